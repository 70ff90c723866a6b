"""Income centres: what one owner's positions are paid together, and how a cap on that cuts each of them."""

from typing import NamedTuple

import numpy as np

from app.engine.columns import Int16s, Int32s, Int64s
from app.engine.compiled import compiled
from app.engine.forest import scatter_sums
from app.engine.sharing import largest_remainder


class OwnersCuts(NamedTuple):
    """What an aggregate cap does, minor money, shape (n). `cut`: what each position loses by it. By the row of an
    owner's first position: `together` is what all their positions would be paid, `cap` the most they may be."""

    owner: Int32s
    cut: Int64s
    together: Int64s
    cap: Int64s


def cuts_of(owner: Int32s, amounts: Int64s, cap: Int64s, cap_row: Int16s) -> OwnersCuts:
    """How much each position's amount (n) is cut, so that no owner's positions are paid more together than the cap:
    pro rata, by largest remainder. cap, cap_row: minor money by rank, and each position's; the highest is the owner's.
    """
    together = scatter_sums(owner, amounts, len(owner))
    most, cut = np.zeros_like(together), np.zeros_like(together)
    _highest(owner, cap, cap_row, most)
    cut_ones = np.flatnonzero((together > most)[owner] & (amounts > 0))
    if cut_ones.size:
        owners, group = np.unique(owner[cut_ones], return_inverse=True)
        cut[cut_ones] = amounts[cut_ones] - largest_remainder(group, amounts[cut_ones], most[owners])
    return OwnersCuts(owner, cut, together, most)


@compiled
def _highest(owner: Int32s, cap: Int64s, cap_row: Int16s, most: Int64s) -> None:
    for person in range(len(owner)):
        # No rank, -1, counts from the end.
        most[owner[person]] = max(most[owner[person]], cap[cap_row[person]])

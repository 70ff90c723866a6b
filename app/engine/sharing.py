"""Totals shared in proportion, to the last unit."""

import numpy as np

from app.engine.columns import Int64s
from app.engine.compiled import compiled
from app.engine.forest import scatter_sums
from app.engine.legs import times_over


def largest_remainder(group: Int64s, parts: Int64s, totals: Int64s) -> Int64s:
    """What each of the parts (k) gets of its group's total, so that the shares of a group add up to it exactly.

    group: the row of each part's total in `totals` (g). Parts and totals are not negative, the parts of no group add up
    to 0, and no total is above the sum of its parts. Everybody gets the whole units of total x part / sum, and what is
    left goes, a unit each, to the largest fractions; of equal fractions to the part that stands first.
    """
    sums = scatter_sums(group, parts, len(totals))
    shares, fractions = np.empty_like(parts), np.empty_like(parts)
    _whole_shares(group, parts, totals, sums, shares, fractions)
    left = totals - scatter_sums(group, shares, len(totals))
    # Sorting keeps equals in their order.
    order = np.lexsort((-fractions, group))
    begins = np.searchsorted(group[order], np.arange(len(totals)))
    place = np.arange(len(order)) - begins[group[order]]
    shares[order[place < left[group[order]]]] += 1
    return shares


@compiled
def _whole_shares(
    group: Int64s, parts: Int64s, totals: Int64s, sums: Int64s, shares: Int64s, fractions: Int64s
) -> None:
    """Fractions of one group are all of the same unit, 1 / its sum."""
    for at in range(len(parts)):
        shares[at], fractions[at] = times_over(parts[at], totals[group[at]], sums[group[at]])

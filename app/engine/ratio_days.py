"""A binary by volume ratio that is matched day by day: each day has a ratio of its own, and is rounded by itself."""

from typing import NamedTuple

import numpy as np

from app.engine.binary_terms import Terms
from app.engine.columns import Int64s
from app.engine.compiled import compiled
from app.engine.days import Rest, each_day
from app.engine.legs import Price, settled
from app.engine.models import Snapshot


class Ratios(NamedTuple):
    """What the days of a period come to of each position, minor units, shape (n): the CV taken of both legs; the whole
    parts of the days' bases; what the days pay, each rounded; and what the caps of the days leave of that."""

    taken: Int64s
    base: Int64s
    raw: Int64s
    due: Int64s


def fullest_leg(snapshot: Snapshot) -> int:
    """No leg has more on any day, minor CV: the fullest that is brought in, and all that is sold."""
    people, orders = snapshot.people, snapshot.orders
    brought = max(int(people.carry_left.max(initial=0)), int(people.carry_right.max(initial=0)))
    return brought + int(np.maximum(orders.cv, 0).sum())


def ratios_by_day(snapshot: Snapshot, terms: Terms) -> Ratios:
    """Work a period through, at the cost of `each_day`."""
    found = Ratios(*(np.zeros(len(snapshot.people), dtype=np.int64) for _ in Ratios._fields))
    each_day(snapshot, lambda rest: _match_day(rest, terms, found))
    return found


# -------------------------------------------------------------------------------------------------------------- kernels


@compiled
def _match_day(rest: Rest, terms: Terms, found: Ratios) -> bool:
    """Match what stands in the legs at the end of a day; whether anything was taken."""
    taken, half_even, in_parts = False, terms.rounding.half_even, terms.rounding.in_parts
    for person in range(len(rest.left)):
        left, right, row = rest.left[person], rest.right[person], terms.row[person]
        if min(left, right) <= 0:
            continue
        # No rank, -1, counts from the end.
        price = Price(terms.num[row], terms.den[row], terms.day_cap[terms.cap_row[person]], False)
        day = settled(left, right, terms.way, price, half_even, in_parts)
        taken = True
        found.taken[person] += day.left
        found.base[person] += day.base
        found.raw[person] += day.raw
        found.due[person] += day.amount
        rest.left[person], rest.right[person] = left - day.left, right - day.right
    return taken

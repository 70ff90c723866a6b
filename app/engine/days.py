"""A binary that is matched day by day: a day's volume joins the legs, is matched, and what is left waits."""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from app.engine.columns import Int8s, Int16s, Int64s
from app.engine.compiled import compiled
from app.engine.forest import guard_sum, scatter_sums
from app.engine.legs import CYCLES, UNLIMITED, Way, cycles_of
from app.engine.models import LEFT, RIGHT, Snapshot
from app.engine.rates import share_of


class Limits(NamedTuple):
    """The most units that a cap pays, by the number of a share and the row of a cap (shares, caps): those worth no more
    than a day's cap, and those whose worth is rounded to no more than the period's. A unit is a cycle, else a minor
    unit of CV. `row`, `cap_row`: whose is which (n)."""

    day: Int64s
    period: Int64s
    row: Int16s
    cap_row: Int16s


class Matched(NamedTuple):
    """What the days of a period matched of each position, shape (n).

    units: taken of the legs. below: the part of them on days whose match was worth no more than the day's cap; over: on
    how many days it was worth more. waiting: what the last day left in the legs because of a cap. left, right: minor CV
    that was taken.
    """

    units: Int64s
    below: Int64s
    over: Int64s
    waiting: Int64s
    left: Int64s
    right: Int64s


class OfDays(NamedTuple):
    """The first columns of `Matched` for one position."""

    units: int
    below: int
    over: int
    waiting: int


class DaysPrice(NamedTuple):
    """What matched units pay: the share as a fraction of the minor CV of each, and how it is rounded."""

    num: int
    den: int
    unit: int
    half_even: bool
    in_parts: bool


class Rest(NamedTuple):
    """What stands in both legs of each position, minor CV, shape (n)."""

    left: Int64s
    right: Int64s


def limits_of(
    shares: list[tuple[int, int]],
    caps: tuple[Int64s, Int64s],
    unit: int,
    rows: tuple[Int16s, Int16s],
    *,
    half_even: bool,
) -> Limits:
    """shares: numerators and denominators. caps: a day's and the period's, minor money. Loops over shares and caps."""
    day, period = (np.full((len(shares), len(cap)), UNLIMITED, dtype=np.int64) for cap in caps)
    for row, (num, den) in enumerate(shares):
        if not num:
            continue
        for at, cap in enumerate(caps[0].tolist()):
            day[row, at] = min(cap * den // (num * unit), UNLIMITED)
        for at, cap in enumerate(caps[1].tolist()):
            # Worth less than half a minor unit more; a half as well, where it is rounded to the cap.
            halves = (2 * cap + 1) * den
            most = (halves if half_even and cap % 2 == 0 else halves - 1) // (2 * num)
            period[row, at] = min(most // unit, UNLIMITED)
    return Limits(day, period, *rows)


def match_days(snapshot: Snapshot, way: Way, limits: Limits, *, carried: bool) -> Matched:
    """Work a period through, at the cost of `each_day`."""
    found = nothing_matched(len(snapshot.people))
    each_day(snapshot, lambda rest: match_day(rest, way, limits, carried, found))
    return found


def each_day(snapshot: Snapshot, match: Callable[[Rest], bool]) -> None:
    """Let the volume of each day join the legs, and have them matched: `match` takes what it matches out of them, and
    says whether that was anything. Raises AmountOverflowError.

    Cost: O(people) for each day with orders, and for each after it on which legs still match what a cap kept back.
    """
    people, orders = snapshot.people, snapshot.orders
    guard_sum("a leg", orders.cv)
    rest = Rest(people.carry_left.copy(), people.carry_right.copy())
    by_day = np.argsort(orders.day, kind="stable")
    begins = np.searchsorted(orders.day[by_day], np.arange(1, snapshot.days + 2))
    stirred = True
    for first, after in pairwise(begins):
        rows = by_day[first:after]
        if rows.size:
            sold = scatter_sums(orders.seller[rows], orders.cv[rows], len(people))
            _join(people.parent, people.slot, snapshot.binary_tree.subtree_sums(sold), rest)
        if rows.size or stirred:
            stirred = match(rest)


def nothing_matched(positions: int) -> Matched:
    """How a period begins."""
    return Matched(*(np.zeros(positions, dtype=np.int64) for _ in Matched._fields))


# -------------------------------------------------------------------------------------------------------------- kernels


@compiled
def _join(parent: Int64s, slot: Int8s, below: Int64s, rest: Rest) -> None:
    for person in range(len(parent)):
        if slot[person] == LEFT:
            rest.left[parent[person]] += below[person]
        elif slot[person] == RIGHT:
            rest.right[parent[person]] += below[person]


@compiled
def match_day(rest: Rest, way: Way, limits: Limits, carried: bool, found: Matched) -> bool:
    """Match what stands in the legs at the end of a day; whether anything was taken."""
    taken = False
    for person in range(len(rest.left)):
        left, right, before = rest.left[person], rest.right[person], found.units[person]
        found.waiting[person] = 0
        count, from_left, from_right = matching(left, right, way, way.most - before)
        if count == 0:
            continue
        # No rank, -1, counts from the end.
        row, cap_row = limits.row[person], limits.cap_row[person]
        most, part = limits.day[row, cap_row], count
        if carried:
            part = min(count, most, limits.period[row, cap_row] - before)
            found.waiting[person] = count - part
            if part < count:
                _, from_left, from_right = matching(left, right, way, part)
        elif count > most:
            found.over[person] += 1
        else:
            found.below[person] += count
        taken |= part > 0
        found.units[person] += part
        found.left[person] += from_left
        found.right[person] += from_right
        rest.left[person], rest.right[person] = left - from_left, right - from_right
    return taken


@compiled
def matching(left: int, right: int, way: Way, most: int) -> tuple[int, int, int]:
    """How many units two legs match, `most` at most, and what these take of the left and of the right one."""
    if way.method == CYCLES:
        return cycles_of(left, right, way, most)
    count = max(0, min(left, right, most))
    return count, count, count


@compiled
def one_day(count: int, day: int, period: int, carried: bool) -> OfDays:
    """What is matched in a period of which one day matches so many units: `day` and `period` are its limits."""
    if carried:
        units = min(count, day, period)
        return OfDays(units, 0, 0, count - units)
    return OfDays(count, 0, 1, 0) if count > day else OfDays(count, count, 0, 0)


@compiled
def worth_of(found: OfDays, price: DaysPrice, cap: int, day_cap: int, carried: bool) -> tuple[int, int, int]:
    """What all that the legs had is worth, what the caps of days leave of that, and what the period's cap leaves.

    Days at or below the cap of a day are added up and rounded once, each above it is worth the cap. Where what a cap
    keeps back is carried, it is the period's that does if all that the legs had is worth more than that.
    """
    num, den, unit, half_even, in_parts = price
    raw = share_of((found.units + found.waiting) * unit, num, den, half_even, in_parts)
    if carried:
        amount = share_of(found.units * unit, num, den, half_even, in_parts)
        return raw, raw if raw > cap else amount, amount
    due = share_of(found.below * unit, num, den, half_even, in_parts)
    if found.over > 0:
        due += found.over * day_cap
    return raw, due, min(due, cap)

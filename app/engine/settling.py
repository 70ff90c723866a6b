"""What every position's legs come to: the whole period at once, or day by day where a day has a cap."""

from typing import NamedTuple

import numpy as np

from app.engine.binary_terms import Come, Legs, Terms, cap_rows, caps_of, shares_of, terms_of
from app.engine.case import Case
from app.engine.columns import Bools, Int64s
from app.engine.compiled import compiled
from app.engine.days import DaysPrice, Limits, Matched, OfDays, limits_of, match_days, matching, one_day, worth_of
from app.engine.errors import AmountOverflowError
from app.engine.forest import SAFE_SUM, guard_sum
from app.engine.legs import CYCLES, VOLUME_RATIO, Price, Way, cycles_of, is_waiting, settled, way_of
from app.engine.ratio_days import fullest_leg, ratios_by_day
from app.plans.binary import Binary


class Settlement(NamedTuple):
    """What positions come to, by which terms, and how many lines and misses each has of it (n)."""

    terms: Terms
    come: Come
    line_counts: Int64s
    miss_counts: Int64s


def settle_at_once(case: Case, bonus: Binary, legs: Legs) -> Settlement:
    """One match a position."""
    way = way_of(bonus)
    fullest = np.array([legs.left.max(initial=0), legs.right.max(initial=0)])
    if way.method == CYCLES:
        fullest = np.array([_most_cycled(legs, way)])
    elif way.method == VOLUME_RATIO:
        _refuse_beyond(int(fullest.max()))
    terms = terms_of(case, bonus, shares_of(case, bonus), fullest)
    base, raw, amount, left, right, line_counts, miss_counts = _zeros(7, len(legs.left))
    come = Come(base=base, raw=raw, due=raw, amount=amount, left=left, right=right)
    _settle_at_once(legs, terms, case.ranks.active, come, line_counts, miss_counts)
    return Settlement(terms, come, line_counts, miss_counts)


def settle_by_day(case: Case, bonus: Binary, legs: Legs) -> Settlement:
    """A match for each day of the period, of which a day's cap pays as much as it does; the period's cap comes last."""
    if bonus.method == "volume_ratio":
        return _settle_by_ratio(case, bonus, legs)
    way, shares = way_of(bonus), shares_of(case, bonus)
    caps = caps_of(case.plan, bonus.cap_per_day), caps_of(case.plan, bonus.cap_per_period)
    rows = shares.row, cap_rows(case.ranks, bonus)
    half_even, carried = case.plan.rounding == "half_even", bonus.above_cap == "carried"
    limits = limits_of(shares.pairs, caps, way.weak, rows, half_even=half_even)
    matched = match_days(case.snapshot, way, limits, carried=carried)
    bases = (matched.units + matched.waiting) * way.weak
    fullest = np.array([each.max(initial=0) for each in (bases, legs.left, legs.right)])
    terms = terms_of(case, bonus, shares, fullest)
    base, raw, due, amount, line_counts, miss_counts = _zeros(6, len(bases))
    come = Come(base=base, raw=raw, due=due, amount=amount, left=matched.left, right=matched.right)
    _settle_days(legs, terms, limits, matched, case.ranks.active, come, line_counts, miss_counts)
    return Settlement(terms, come, line_counts, miss_counts)


def _settle_by_ratio(case: Case, bonus: Binary, legs: Legs) -> Settlement:
    """The same by volume ratio, where each day is rounded by itself."""
    guard_sum("a leg", case.snapshot.orders.cv)
    fullest = fullest_leg(case.snapshot)
    _refuse_beyond(fullest)
    terms = terms_of(case, bonus, shares_of(case, bonus), np.array([fullest]))
    taken, base, raw, due = ratios_by_day(case.snapshot, terms)
    amount = np.minimum(due, terms.cap[terms.cap_row])
    come = Come(base=base, raw=raw, due=due, amount=amount, left=taken, right=taken)
    line_counts, miss_counts = _zeros(2, len(taken))
    _settle_ratios(legs, terms, case.ranks.active, come, line_counts, miss_counts)
    return Settlement(terms, come, line_counts, miss_counts)


def _refuse_beyond(leg: int) -> None:
    if leg >= SAFE_SUM:
        raise AmountOverflowError(f"a leg of {leg} minor units leaves 62 bits; check the volumes")


def _zeros(columns: int, rows: int) -> list[Int64s]:
    return [np.zeros(rows, dtype=np.int64) for _ in range(columns)]


# -------------------------------------------------------------------------------------------------------------- kernels


@compiled
def _most_cycled(legs: Legs, way: Way) -> int:
    """The largest base of any position, what waits for an empty leg spoken of as if that were as full."""
    most = 0
    for person in range(len(legs.left)):
        left, right = legs.left[person], legs.right[person]
        if is_waiting(left, right):
            left = right = max(left, right)
        count, _, _ = cycles_of(left, right, way, way.most)
        most = max(most, count * way.weak)
    return most


@compiled
def _settle_at_once(
    legs: Legs, terms: Terms, active: Bools, come: Come, line_counts: Int64s, miss_counts: Int64s
) -> None:
    """A line for the active with a match; a miss for the inactive with one, for what waits and for what is capped.
    Whoever is paid a share of 0 has neither."""
    way, half_even, in_parts = terms.way, terms.rounding.half_even, terms.rounding.in_parts
    for person in range(len(active)):
        left, right, row = legs.left[person], legs.right[person], terms.row[person]
        waiting = active[person] and is_waiting(left, right)
        if waiting:
            # What is spoken of is what as much in the empty leg would match.
            left = right = max(left, right)
        # No rank, -1, counts from the end.
        price = Price(terms.num[row], terms.den[row], terms.cap[terms.cap_row[person]], terms.carried)
        found = settled(left, right, way, price, half_even, in_parts)
        come.base[person], come.raw[person], come.amount[person] = found.base, found.raw, found.amount
        if not waiting:
            come.left[person], come.right[person] = found.left, found.right
        if price.num == 0:
            continue
        if waiting:
            miss_counts[person] = 1
        elif found.units > 0:
            line_counts[person] = active[person]
            miss_counts[person] = not active[person] or found.raw > price.cap


@compiled
def _settle_days(
    legs: Legs,
    terms: Terms,
    limits: Limits,
    matched: Matched,
    active: Bools,
    come: Come,
    line_counts: Int64s,
    miss_counts: Int64s,
) -> None:
    """As at once; what waits for an empty leg is spoken of as if a day had both legs as full."""
    half_even, in_parts = terms.rounding.half_even, terms.rounding.in_parts
    for person in range(len(active)):
        # No rank, -1, counts from the end.
        row, cap_row = terms.row[person], terms.cap_row[person]
        found = OfDays(matched.units[person], matched.below[person], matched.over[person], matched.waiting[person])
        unmatched = found.units + found.waiting == 0
        if unmatched:
            if not active[person] or not is_waiting(legs.left[person], legs.right[person]):
                continue
            full = max(legs.left[person], legs.right[person])
            count, _, _ = matching(full, full, terms.way, terms.way.most)
            found = one_day(count, limits.day[row, cap_row], limits.period[row, cap_row], terms.carried)
        price = DaysPrice(terms.num[row], terms.den[row], terms.way.weak, half_even, in_parts)
        raw, due, amount = worth_of(found, price, terms.cap[cap_row], terms.day_cap[cap_row], terms.carried)
        come.base[person] = (found.units + found.waiting) * price.unit
        come.raw[person], come.due[person], come.amount[person] = raw, due, amount
        if price.num == 0:
            continue
        if unmatched or not active[person]:
            miss_counts[person] = 1
        else:
            line_counts[person] = 1
            miss_counts[person] = (due < raw) + (amount < due)


@compiled
def _settle_ratios(
    legs: Legs, terms: Terms, active: Bools, come: Come, line_counts: Int64s, miss_counts: Int64s
) -> None:
    """As at once, of what the days come to; what waits for an empty leg is spoken of as if a day had both as full."""
    half_even, in_parts = terms.rounding.half_even, terms.rounding.in_parts
    for person in range(len(active)):
        row, cap_row, unmatched = terms.row[person], terms.cap_row[person], come.left[person] == 0
        if unmatched:
            if not active[person] or not is_waiting(legs.left[person], legs.right[person]):
                continue
            full = max(legs.left[person], legs.right[person])
            # No rank, -1, counts from the end.
            price = Price(terms.num[row], terms.den[row], terms.day_cap[cap_row], False)
            day = settled(full, full, terms.way, price, half_even, in_parts)
            come.base[person], come.raw[person], come.due[person] = day.base, day.raw, day.amount
            come.amount[person] = min(day.amount, terms.cap[cap_row])
        if terms.num[row] == 0:
            continue
        if unmatched or not active[person]:
            miss_counts[person] = 1
        else:
            raw, due = come.raw[person], come.due[person]
            line_counts[person] = 1
            miss_counts[person] = (due < raw) + (come.amount[person] < due)

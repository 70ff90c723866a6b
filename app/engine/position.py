"""One position's legs and what they come to, worked out again for words."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from app.amounts import from_minor
from app.engine.binary_terms import cap_rows, limit_of, own_volume_of, share_of_base
from app.engine.columns import Int8s, Int32s
from app.engine.compiled import compiled
from app.engine.days import DaysPrice, OfDays, Rest, limits_of, match_day, nothing_matched, worth_of
from app.engine.forest import scatter_sums
from app.engine.gates import seen_by
from app.engine.legs import Price, Settled, Way, settled, way_of
from app.engine.models import LEFT, RIGHT, Result, Snapshot
from app.plans.binary import Binary
from app.plans.models import Plan


class CappedDay(NamedTuple):
    """A day of the period whose match was worth more than the day's cap: which, from 1, and its worth, minor money."""

    day: int
    worth: int


@dataclass(frozen=True, slots=True)
class Position:
    """One position's legs as they are settled before any aggregate cap. Minor units. personal: the volume of their own
    that the rate goes by, 0 where it does not; due: what the caps of days leave of `settled.raw`; capped_days: those
    above the cap of a day."""

    left: int
    right: int
    rate: Decimal
    personal: int
    settled: Settled
    due: int
    capped_days: tuple[CappedDay, ...] = ()


def position(snapshot: Snapshot, plan: Plan, result: Result, bonus: Binary, person: int) -> Position:
    """What the legs of a person match and pay, active or not."""
    carry, ranks = result.carry, result.ranks
    left = int(carry.left_in[person] + carry.left_new[person])
    right = int(carry.right_in[person] + carry.right_new[person])
    pay = int(ranks.pay[person])
    personal = own_volume_of(snapshot, ranks, bonus, person)
    rate = bonus.rate_of(plan.rank_names[pay] if pay >= 0 else None, from_minor(personal))
    share, rank = share_of_base(bonus, rate), int(cap_rows(ranks, bonus)[person])
    cap, carried = limit_of(plan, bonus.cap_per_period, rank), bonus.above_cap == "carried"
    half_even = plan.rounding == "half_even"
    if bonus.cap_per_day is None:
        price = Price(share.numerator, share.denominator, cap, carried)
        found = settled(left, right, way_of(bonus), price, half_even, True)
        return Position(left, right, rate, personal, found, found.raw)
    seen, _ = seen_by(snapshot, plan, ranks, plan.bonuses.index(bonus))
    day_cap = limit_of(plan, bonus.cap_per_day, rank)
    if bonus.method == "volume_ratio":
        price = Price(share.numerator, share.denominator, day_cap, False)
        found, due, days = _by_ratio_days(seen, way_of(bonus), price, cap, half_even=half_even, person=person)
        return Position(left, right, rate, personal, found, due, days)
    by_days = DaysPrice(share.numerator, share.denominator, way_of(bonus).weak, half_even, True)
    found, due, days = _by_days(seen, way_of(bonus), by_days, (cap, day_cap), carried=carried, person=person)
    return Position(left, right, rate, personal, found, due, days)


def exact_match(left: int, right: int) -> Fraction:
    """By volume ratio: what the share is of, not rounded, minor CV."""
    weaker, stronger = sorted((left, right))
    return Fraction(weaker * weaker, stronger)


def _by_days(
    snapshot: Snapshot, way: Way, price: DaysPrice, caps: tuple[int, int], *, carried: bool, person: int
) -> tuple[Settled, int, tuple[CappedDay, ...]]:
    """What one position comes to, what the caps of its days leave of it, and which were above theirs; `caps` of the
    period and of a day."""
    period, day_cap = (np.array([cap], dtype=np.int64) for cap in caps)
    alone = np.zeros(1, dtype=np.int16)
    shares = [(price.num, price.den)]
    limits = limits_of(shares, (day_cap, period), way.weak, (alone, alone), half_even=price.half_even)
    people, here = snapshot.people, slice(person, person + 1)
    rest, found = Rest(people.carry_left[here].copy(), people.carry_right[here].copy()), nothing_matched(1)
    days = list[CappedDay]()
    for day, (left, right) in enumerate(zip(*_new_by_day(snapshot, person), strict=True), start=1):
        rest.left[0] += left
        rest.right[0] += right
        before = int(found.units[0])
        match_day(rest, way, limits, carried, found)
        count = int(found.units[0] + found.waiting[0]) - before
        if count > limits.day[0, 0]:
            days.append(CappedDay(day, worth_of(OfDays(count, 0, 0, 0), price, 0, 0, carried)[0]))
    units, below, over, waiting, left, right = (int(column[0]) for column in found)
    raw, due, amount = worth_of(OfDays(units, below, over, waiting), price, *caps, carried)
    whole = units + waiting
    return Settled(whole, whole * way.weak, raw, amount, units, left, right), due, tuple(days)


def _by_ratio_days(
    snapshot: Snapshot, way: Way, price: Price, period: int, *, half_even: bool, person: int
) -> tuple[Settled, int, tuple[CappedDay, ...]]:
    """The same by volume ratio; the cap of `price` is a day's, `period` the period's."""
    people = snapshot.people
    rest_left, rest_right = int(people.carry_left[person]), int(people.carry_right[person])
    taken = base = raw = due = 0
    days = list[CappedDay]()
    for day, (left, right) in enumerate(zip(*_new_by_day(snapshot, person), strict=True), start=1):
        found = settled(rest_left + left, rest_right + right, way, price, half_even, True)
        rest_left, rest_right = rest_left + left - found.left, rest_right + right - found.right
        taken, base, raw, due = taken + found.left, base + found.base, raw + found.raw, due + found.amount
        if found.amount < found.raw:
            days.append(CappedDay(day, found.raw))
    return Settled(taken, base, raw, min(due, period), taken, taken, taken), due, tuple(days)


def _new_by_day(snapshot: Snapshot, person: int) -> tuple[list[int], list[int]]:
    """CV of both legs of a person on each day of the period, minor units."""
    people, orders, tree = snapshot.people, snapshot.orders, snapshot.binary_tree
    side = np.zeros(len(people) + 1, dtype=np.int8)
    _sides(tree.up, tree.order, people.slot, person, side)
    sides = []
    for slot in (LEFT, RIGHT):
        rows = np.flatnonzero(side[orders.seller] == slot)
        sides.append(scatter_sums(orders.day[rows].astype(np.int32) - 1, orders.cv[rows], snapshot.days).tolist())
    return sides[0], sides[1]


@compiled
def _sides(up: Int32s, order: Int32s, slot: Int8s, person: int, side: Int8s) -> None:
    """In which leg of a person each one is, 0 in neither; `side` has an entry more, for nobody."""
    for below in order:
        side[below] = slot[below] if up[below] == person else side[up[below]]

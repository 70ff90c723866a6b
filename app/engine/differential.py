"""Differential pay: an order is walked up by the nearest higher rate, and each gets what it is above the one before."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import NamedTuple

import numpy as np

from app.amounts import from_minor, to_minor
from app.engine.case import Case, Draft
from app.engine.columns import Bools, Int16s, Int32s, Int64s
from app.engine.compiled import compiled
from app.engine.gates import active_in
from app.engine.measures import schedule_volume
from app.engine.models import Ranks, Result, Snapshot
from app.engine.ways import NOTHING, Terms, Ways, draft_ways
from app.plans.differential import Differential
from app.plans.models import Plan


class _Slope(NamedTuple):
    """What a walk up from a sale looks at. All columns have n + 1 entries, the last for nobody.

    `rate`: the number of each person's rate among all, ascending from 0 for none. `above`: the nearest one above whose
    rate is higher. `best`, `best_idle`: the highest rate of an active, of an inactive person from each on upwards.
    `top`: the nearest active one with the highest rate of all, from each on upwards.
    """

    up: Int32s
    rate: Int16s
    active: Bools
    above: Int32s
    best: Int16s
    best_idle: Int16s
    top: Int32s


class _Options(NamedTuple):
    """`rates`: how many there are, 0 among them. `override`: the number of the share of the minimum override, or
    NOTHING."""

    rates: int
    own_purchases: bool
    keep: bool
    override: int


def draft_differential(case: Case, index: int, bonus: Differential) -> Draft:
    """Lines and misses of one bonus. Who is passed over in every plan has no rate; paid_level counts who is paid."""
    rates = _rates(bonus)
    slope = _slope(case, bonus, rates)
    shares = _shares(bonus, rates)
    override = len(shares) - 1 if bonus.minimum_override else NOTHING
    options = _Options(len(rates), bonus.own_purchases, bonus.inactive == "keep", override)
    terms = Terms(shares, customers=1, own=1 if bonus.own_purchases else 0)
    return draft_ways(case, index, partial(_climb, slope, options), terms)


def _rates(bonus: Differential) -> list[Fraction]:
    """Every rate once, ascending from 0."""
    return sorted({Fraction(0), *map(Fraction, bonus.rates)})


def _shares(bonus: Differential, rates: Sequence[Fraction]) -> list[Fraction]:
    """NOTHING, then what rate `higher` is above rate `lower` at 1 + higher x rates + lower, then the minimum override;
    all times the multiplier."""
    multiplier = Fraction(bonus.multiplier)
    above = [multiplier * max(higher - lower, Fraction(0)) for higher in rates for lower in rates]
    return [Fraction(0), *above, multiplier * Fraction(bonus.minimum_override or 0)]


def _slope(case: Case, bonus: Differential, rates: Sequence[Fraction]) -> _Slope:
    tree, people = case.snapshot.sponsor_tree, len(case.snapshot.people)
    rate = np.zeros(people + 1, dtype=np.int16)
    rate[:-1] = np.where(case.snapshot.people.passed_over, 0, rate_numbers(case.plan, case.ranks, bonus))
    active = np.append(case.ranks.active, False)
    above = np.empty(people + 1, dtype=np.int32)
    best, best_idle = np.zeros(people + 1, dtype=np.int16), np.zeros(people + 1, dtype=np.int16)
    _look_up(tree.up, tree.order, rate, active, above, best, best_idle)
    top = tree.nearest(active[:-1] & (rate[:-1] == len(rates) - 1))
    return _Slope(tree.up, rate, active, above, best, best_idle, top)


def rate_numbers(plan: Plan, ranks: Ranks, bonus: Differential) -> Int16s:
    """The number of each person's rate (n) among all of the bonus, ascending from 0 for none."""
    rates = _rates(bonus)
    if bonus.schedule is not None:
        begins = np.array([to_minor(step.from_) for step in bonus.schedule], dtype=np.int64)
        reached = np.searchsorted(begins, ranks.actual(schedule_volume(bonus).name), side="right")
        steps = [0, *(rates.index(Fraction(step.rate)) for step in bonus.schedule)]
        return np.array(steps, dtype=np.int16)[reached]
    given = bonus.rates_by_rank or {}
    # No rank, -1, is the last.
    by_rank = [*(rates.index(Fraction(given.get(name, 0))) for name in plan.rank_names), 0]
    found: Int16s = np.array(by_rank, dtype=np.int16)[ranks.pay]
    return found


def rates_for(snapshot: Snapshot, plan: Plan, result: Result, bonus: Differential) -> Callable[[int], Fraction]:
    """A function from ix to the rate that counts, without the multiplier: none for who is passed over in every plan."""
    volume, names = result.ranks.actual(schedule_volume(bonus).name), (*plan.rank_names, None)

    def rate(ix: int) -> Fraction:
        if snapshot.people.passed_over[ix]:
            return Fraction(0)
        return bonus.rate(from_minor(int(volume[ix])), names[int(result.ranks.pay[ix])])

    return rate


class Met(NamedTuple):
    """What came to somebody of an order: the rate that was paid before them, and the inactive people, as ix, whose rate
    was above what was paid before them."""

    paid: Fraction
    idle: tuple[int, ...]


def met(snapshot: Snapshot, plan: Plan, result: Result, bonus: Differential, order: int, walk: Sequence[int]) -> Met:
    """What is left of an order for the last of `walk`, which begins at the seller and goes up the sponsor tree."""
    rate = rates_for(snapshot, plan, result, bonus)
    before, paid, idle = list(walk[:-1]), Fraction(0), list[int]()
    if int(snapshot.orders.buyer[order]) >= 0 and not bonus.own_purchases:
        paid = rate(walk[0])
        before = before[1:]
    active = active_in(plan, result.ranks, plan.bonuses.index(bonus), np.array(before, dtype=np.int64))
    for ix, paying in zip(before, active, strict=True):
        if (own := rate(ix)) > paid:
            if not paying:
                idle.append(ix)
            if paying or bonus.inactive == "keep":
                paid = own
    return Met(paid, tuple(idle))


# -------------------------------------------------------------------------------------------------------------- kernels


@compiled
def _look_up(
    up: Int32s, order: Int32s, rate: Int16s, active: Bools, above: Int32s, best: Int16s, best_idle: Int16s
) -> None:
    """Everybody after all who stand above them: who is next, leaping over those whose rate is not higher."""
    nobody = len(order)
    above[nobody] = nobody
    for person in order:
        parent = up[person]
        at = parent
        while at < nobody and rate[at] <= rate[person]:
            at = above[at]
        above[person] = at
        best[person], best_idle[person] = best[parent], best_idle[parent]
        if active[person]:
            best[person] = max(best[person], rate[person])
        else:
            best_idle[person] = max(best_idle[person], rate[person])


@compiled
def _climb(
    slope: _Slope, options: _Options, places: Int64s, begin: int, end: int, ways: Ways, size: Int64s, keep: int
) -> None:
    """See ways.Walk. Each leap goes to a higher rate than the one before, so beside one for each row there are at most
    as many as rates."""
    nobody = len(slope.up) - 1
    for place in places[begin:end]:
        person, paid, count = place % nobody, 0, 0
        if place >= nobody and not options.own_purchases:
            person, paid = slope.up[person], slope.rate[person]
        # Where an inactive person has the highest rate of all, what it is above the active ones' reaches nobody.
        best, idle, last = max(slope.best[person], paid), slope.best_idle[person], nobody
        while person < nobody:
            rate, paying = slope.rate[person], slope.active[person]
            if rate <= paid:
                person = slope.above[person]
                continue
            at, share = (ways.first[place] + size[place]) * keep, 1 + rate * options.rates + paid
            ways.person[at] = person if paying else ~person
            ways.paid_level[at], ways.needed[at] = count + 1, -1
            ways.share[at] = share
            ways.lost[at] = NOTHING if paying else _lost(options, share, rate, idle, best)
            size[place] += 1
            last = person
            if paying or options.keep:
                count += paying
                paid = rate
                person = slope.above[person]
            else:
                # The first of several with that rate told it.
                idle = 0 if rate == idle else idle
                person = slope.up[person]
        top = slope.top[slope.up[last]]
        if options.override != NOTHING and count > 0 and paid == options.rates - 1 and top < nobody:
            at = (ways.first[place] + size[place]) * keep
            ways.person[at], ways.paid_level[at], ways.needed[at] = top, count + 1, -1
            ways.share[at], ways.lost[at] = options.override, NOTHING
            size[place] += 1


@compiled
def _lost(options: _Options, share: int, rate: int, idle: int, best: int) -> int:
    """What nobody is paid of an inactive person's share."""
    if options.keep:
        return share
    return 1 + idle * options.rates + best if rate == idle and idle > best else NOTHING

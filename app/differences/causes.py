"""By which rule each changed line is paid otherwise, for all of them at once.

Rules are asked in the order in which a plan applies them: whether the order and the person are there, where they stand,
who is active, who is skipped, what volume, which rank, which rate, which cap. The first that differs, and would make
another amount, is the cause.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, cast

import numpy as np

from app.differences.models import Cause, Changed, Numbered, Paid
from app.differences.standing import levels_of
from app.engine.columns import Bools, Int64s
from app.engine.differential import rate_numbers
from app.engine.gates import active_in, person_gates
from app.plans.binary import Binary, RateByVolume
from app.plans.differential import Differential
from app.plans.models import Bonus, Plan
from app.plans.unilevel import LevelBonus

_NOT_IN_THE_PLAN: Final = -1


def causes_of(
    paid: tuple[Paid, Paid], sides: tuple[Numbered, Numbered], changed: Changed, bonuses: tuple[str, ...]
) -> Int64s:
    """A Cause for each line of `changed`."""
    was = _side(paid[0], sides[0], changed, changed.before)
    now = _side(paid[1], sides[1], changed, changed.after)
    rates = _Rates((paid[0].plan, paid[1].plan), bonuses)
    ranks = rates.ranks_of(0, was.pay), rates.ranks_of(1, now.pay)
    reached = changed.order >= 0
    level = np.maximum(was.paid_level, now.paid_level)  # asked where both are the same
    capped = was.raw != was.amount, now.raw != now.amount
    first: list[tuple[Cause, Bools]] = [
        (Cause.ORDER, reached & (was.has_order != now.has_order)),
        (Cause.PERSON, was.joined != now.joined),
        (Cause.BONUS, ~rates.comparable[changed.bonus]),
        (Cause.TREE, reached & (was.distance != now.distance)),
        (Cause.ACTIVE, was.active != now.active),
    ]
    by_level: list[tuple[Cause, Bools]] = [
        *first,
        (Cause.SKIPS, reached & (was.paid_level != now.paid_level) & (was.paid_level >= 0) & (now.paid_level >= 0)),
        (Cause.CAP, (capped[0] & capped[1]) | (was.has_line & now.has_line & (was.raw == now.raw))),
        (Cause.VOLUME, was.base != now.base),
        (Cause.RANK, rates.rank_matters(changed.bonus, ranks, level)),
        (Cause.RATE, rates.at(0, changed.bonus, ranks[0], level) != rates.at(1, changed.bonus, ranks[1], level)),
        # By the same terms: of a binary whose rate goes by the own volume.
        (Cause.STEP, was.has_line & now.has_line & ((was.num != now.num) | (was.den != now.den))),
        (Cause.CAP, capped[0] | capped[1]),
        (Cause.ROUNDING, was.has_line & now.has_line & (was.raw != now.raw)),
        (Cause.SKIPS, (was.paid_level < 0) | (now.paid_level < 0)),
        (Cause.ROUNDING, was.raw != now.raw),
    ]
    # What is left of a sale by a bonus that has no compression follows from the rates of those below.
    by_rest: list[tuple[Cause, Bools]] = [
        *first,
        (Cause.VOLUME, was.base != now.base),
        (Cause.RATE, ~rates.same_terms[changed.bonus]),
        (Cause.STEP, was.step != now.step),
        (Cause.RANK, was.by_rank & now.by_rank & (ranks[0] != ranks[1])),
        (Cause.SKIPS, (was.num != now.num) | (was.den != now.den)),
        (Cause.ROUNDING, was.raw != now.raw),
    ]
    causes: Int64s = np.where(was.leaves_rest | now.leaves_rest, _first(by_rest), _first(by_level))
    return causes


def _first(rules: list[tuple[Cause, Bools]]) -> Int64s:
    """The first rule that holds."""
    causes: Int64s = np.select([found for _, found in rules], [np.int64(cause) for cause, _ in rules], Cause.OTHER)
    return causes


@dataclass(frozen=True, slots=True)
class _Side:
    """What one run says of each changed line, whether it has the line or not.

    distance: from the person down to the seller in the tree of the bonus, -1 where the seller is not below. paid_level:
    the level that the sale is for the person, 0 of a line without an order, -1 where it does not reach them, or dynamic
    compression gives them none. pay: the rank index in the run's plan. base: of the order, or what a binary line
    matched. raw, amount: 0 without a line; num, den: of its rate. leaves_rest: the bonus neither pays by levels nor is
    binary. step: the number of the rate that the group volume reaches, 0 where rates go otherwise; by_rank: they go by
    rank.
    """

    has_order: Bools
    has_line: Bools
    joined: Bools
    active: Bools
    distance: Int64s
    paid_level: Int64s
    pay: Int64s
    base: Int64s
    raw: Int64s
    amount: Int64s
    num: Int64s
    den: Int64s
    leaves_rest: Bools
    step: Int64s
    by_rank: Bools


def _side(paid: Paid, side: Numbered, changed: Changed, rows: Int64s) -> _Side:
    taken, lines, ranks = paid.taken, paid.result.lines, paid.result.ranks
    ix, order = side.ix_of[changed.person], np.append(side.row_of, -1)[changed.order]
    reached = levels_of(paid, ix, order, side.bonus_of[changed.bonus])
    base, raw, amount, num = (_picked(getattr(lines, name), rows, 0) for name in ("base", "raw", "amount", "rate_num"))
    bonus = side.bonus_of[changed.bonus]
    step = np.zeros(len(changed), np.int64)
    for number in (at for at, each in enumerate(paid.plan.bonuses) if _has_schedule(each)):
        reaches = rate_numbers(paid.plan, ranks, cast(Differential, paid.plan.bonuses[number]))
        step = np.where(bonus == number, _picked(reaches, ix, 0), step)
    if any(map(_is_dynamic, paid.plan.bonuses)):
        # Which level comes to somebody depends on all who are paid below: a line tells it, and nothing else.
        dynamic = np.array([*map(_is_dynamic, paid.plan.bonuses), False], np.bool_)[side.bonus_of[changed.bonus]]
        reached.paid_level[dynamic] = _picked(lines.paid_level, rows, -1)[dynamic]
    return _Side(
        has_order=order >= 0,
        has_line=rows >= 0,
        joined=_picked(taken.enrolled, ix, np.False_),
        active=_active(paid, ix, side.bonus_of[changed.bonus]),
        distance=reached.distance,
        paid_level=np.where(changed.order < 0, 0, reached.paid_level),
        pay=_picked(ranks.pay, ix, -1).astype(np.int64),
        base=np.where(rows >= 0, base, _picked(taken.snapshot.orders.cv, order, 0)),
        raw=raw,
        amount=amount,
        num=num,
        den=_picked(lines.rate_den, rows, 1),
        leaves_rest=_holds(paid.plan, bonus, lambda each: not isinstance(each, LevelBonus | Binary)),
        step=step,
        by_rank=_holds(paid.plan, bonus, lambda each: not _has_schedule(each)),
    )


def _active(paid: Paid, ix: Int64s, bonus: Int64s) -> Bools:
    """Who is active and passes the gates of the line's bonus; without one in the plan, who is active."""
    active: Bools = _picked(paid.result.ranks.active, ix, np.False_)
    for at in range(len(paid.plan.bonuses)):
        if person_gates(paid.plan, at):
            here = (bonus == at) & (ix >= 0)
            active[here] = active_in(paid.plan, paid.result.ranks, at, ix[here])
    return active


def _holds(plan: Plan, bonus: Int64s, what: Callable[[Bonus], bool]) -> Bools:
    """Whether it holds of each bonus of the plan; of none, -1, it does not."""
    holds: Bools = np.array([*map(what, plan.bonuses), False], np.bool_)[bonus]
    return holds


def _has_schedule(bonus: Bonus) -> bool:
    return isinstance(bonus, Differential) and bonus.schedule is not None


def _is_dynamic(bonus: Bonus) -> bool:
    return isinstance(bonus, LevelBonus) and bonus.compression == "dynamic"


def _picked(column: Any, rows: Int64s, none: Any) -> Any:
    """The column's values in the rows; `none` for row -1."""
    return np.append(column, column.dtype.type(none))[rows]


class _Rates:
    """Both plans' rates as numbers that are equal where the rates are, by bonus, rank and level."""

    def __init__(self, plans: tuple[Plan, Plan], bonuses: tuple[str, ...]) -> None:
        """`bonuses`: of both plans, by their number in common."""
        self._ranks = tuple(dict.fromkeys(name for plan in plans for name in plan.rank_names))
        called = [{bonus.name: bonus for bonus in plan.bonuses} for plan in plans]
        deepest = max(
            (bonus.levels for plan in plans for bonus in plan.bonuses if isinstance(bonus, LevelBonus)), default=0
        )
        numbers: dict[_Rate, int] = {Fraction(0): 0}
        self._plans = plans
        self._tables = np.zeros((2, len(bonuses), len(self._ranks) + 1, deepest + 1), np.int64)
        for side, plan in enumerate(plans):
            for number, name in enumerate(bonuses):
                for rank, level, rate in _rates_of(called[side].get(name), self._ranks, deepest):
                    self._tables[side, number, rank, level] = numbers.setdefault(rate, len(numbers))
            unknown = [rank for rank, name in enumerate(self._ranks) if name not in plan.rank_names]
            self._tables[side, :, unknown] = _NOT_IN_THE_PLAN
        self.comparable: Bools = np.array(
            [type(called[0].get(name)) is type(called[1].get(name)) for name in bonuses], np.bool_
        )
        self.same_terms: Bools = np.array([called[0].get(name) == called[1].get(name) for name in bonuses], np.bool_)

    def ranks_of(self, side: int, pay: Int64s) -> Int64s:
        """The number in common of each rank index of a plan; the last for none."""
        numbers = [self._ranks.index(name) for name in self._plans[side].rank_names]
        found: Int64s = np.array([*numbers, len(self._ranks)], np.int64)[pay]
        return found

    def at(self, side: int, bonus: Int64s, rank: Int64s, level: Int64s) -> Int64s:
        """The rate's number in one plan; levels that neither plan pays have none."""
        within = np.clip(level, 0, self._tables.shape[3] - 1)
        found: Int64s = np.where(level == within, self._tables[side, bonus, rank, within], 0)
        return found

    def rank_matters(self, bonus: Int64s, ranks: tuple[Int64s, Int64s], level: Int64s) -> Bools:
        """Whether one of the plans pays the two ranks otherwise."""
        matters = np.zeros(len(bonus), np.bool_)
        for side in (0, 1):
            both = [self.at(side, bonus, rank, level) for rank in ranks]
            matters |= (both[0] != both[1]) & (both[0] != _NOT_IN_THE_PLAN) & (both[1] != _NOT_IN_THE_PLAN)
        return matters


_Rate = Fraction | tuple[Fraction, RateByVolume]
"""With the multiplier in it; where it goes by the own volume, the multiplier and how it does."""


def _rates_of(bonus: Any, ranks: tuple[str, ...], deepest: int) -> list[tuple[int, int, _Rate]]:
    """Rank, level and rate; a binary bonus has its rates on level 0."""
    if not isinstance(bonus, LevelBonus | Binary):
        return []
    share = Fraction(bonus.multiplier)
    if isinstance(bonus, Binary):
        return [(rank, 0, _binary_rate(bonus, name)) for rank, name in enumerate((*ranks, None))]
    return [
        (rank, level, share * bonus.rate(name, level))
        for rank, name in enumerate(ranks)
        for level in range(1, deepest + 1)
    ]


def _binary_rate(bonus: Binary, rank: str | None) -> _Rate:
    if bonus.cycle is not None and bonus.cycle.pays is not None:
        return Fraction(bonus.cycle.pays) / Fraction(bonus.cycle.weak)
    if isinstance(bonus.rate, RateByVolume):
        return Fraction(bonus.multiplier), bonus.rate
    return Fraction(bonus.multiplier) * Fraction(bonus.rate_of(rank, Decimal(0)))

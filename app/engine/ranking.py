"""Activity, measures and ranks, from the bottom of the sponsor tree to its top."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.amounts import to_minor
from app.engine.columns import Bools, Int8s, Int16s, Int32s, Int64s, sealed
from app.engine.compiled import compiled
from app.engine.errors import PlanMismatchError
from app.engine.forest import Forest, guard_sum
from app.engine.measures import (
    PERSONAL_GROUP,
    Figures,
    Measure,
    RankedLegs,
    RankedPeople,
    measures_of,
    needs,
    take,
)
from app.engine.models import Ranks, Snapshot
from app.plans.breakaway import Breakaway
from app.plans.leadership import Leadership
from app.plans.models import Plan

PERSONAL, CUSTOMER, GROUP, LEGS = range(4)
"""The rows of the first measures that are always taken: PV of all orders, of customers', of groups; active legs."""
_NOT_ASKED = np.iinfo(np.int64).min
_ASKED_OF_ALL, _ASKED_OF_HOLDERS = 0, 1


def rank_people(snapshot: Snapshot, plan: Plan) -> Ranks:
    """Who is active, the measures behind ranks, and the ranks.

    active: status active and personal PV at least what the plan's activity rule asks. personal_pv: all orders of the
    seller; customer_pv: those with a customer as buyer; group_pv: personal PV of the inclusive sponsor subtree, whoever
    is active in it; personal_group_pv: the same without those who hold the rank that breaks away, and all below them. A
    leg is a frontline person with everybody below. A leg has a rank when anybody in it is paid as
    that rank or a higher one.
    """
    ranking, orders, tree = ranking_of(snapshot, plan), snapshot.orders, snapshot.sponsor_tree
    actuals = np.zeros((len(ranking.measures), tree.people), dtype=np.int64)
    guard_sum("a sum", orders.pv)
    add_volumes(orders.seller, orders.buyer, orders.pv, actuals[PERSONAL], actuals[CUSTOMER])
    active = ranking.active(snapshot.people.active, actuals[PERSONAL])
    actuals[GROUP] = tree.subtree_sums(actuals[PERSONAL])
    figures = Figures(tree, actuals[PERSONAL], actuals[CUSTOMER], actuals[GROUP], active, active)
    for row in range(LEGS, ranking.by_rank):
        actuals[row] = take(ranking.measures[row], figures, snapshot)
    return ranking.settled(tree, active, actuals)


@dataclass(frozen=True, slots=True)
class Ranking:
    """All that decides about ranks beside orders and trees: what a plan asks, and what people bring along.

    The last of `measures` look at ranks: first those that count legs, which have each of `legs`, then those that count
    the frontline's `people`; ranks are indexes, lowest first. `least_active`: minor PV that an active person needs.
    """

    measures: tuple[Measure, ...]
    legs: Int16s
    people: Int16s
    asked: "_Asked"
    group: "_Groups"
    held: "Held"
    pay_rank: str
    least_active: int | None

    @property
    def by_rank(self) -> int:
        """The row of the first measure that looks at ranks."""
        return len(self.measures) - len(self.legs) - len(self.people)

    def of(self, people: NDArray[np.integer[Any]]) -> "Ranking":
        """The same for some people, in their order."""
        held = self.held
        some = Held(held.title[people], held.reached[people], held.decided[people], held.past.take(people, axis=1))
        return Ranking(
            self.measures, self.legs, self.people, self.asked, self.group, some, self.pay_rank, self.least_active
        )

    def active(self, by_status: Bools, personal: Int64s) -> Bools:
        """Who (n) is active, given who is by status and their personal PV."""
        return by_status if self.least_active is None else by_status & (personal >= self.least_active)

    def settled(self, tree: Forest, active: Bools, actuals: Int64s) -> Ranks:
        """The ranks of all in a tree (n), each after all below them, given their measures (measures, n); to those that
        look at ranks is added what comes up from below, and all are sealed."""
        held = self.held
        paid_as, met, earned = np.empty((3, tree.people), dtype=np.int16)
        found = _Found(paid_as, met, earned)
        _rank_bottom_up(
            tree.up, tree.order, active, held, self.asked, self.legs, self.people, self.group, actuals, found
        )
        pay = {"paid_as": paid_as, "title": held.title, "higher": np.maximum(paid_as, held.title)}[self.pay_rank]
        return Ranks(
            paid_as=sealed(paid_as),
            title=sealed(held.title),
            pay=sealed(pay),
            active=sealed(active),
            met=sealed(met),
            highest=sealed(np.maximum(held.reached, earned)),
            reached=sealed(held.reached),
            decided=sealed(held.decided),
            past=sealed(held.past),
            measures=tuple(measure.name for measure in self.measures),
            actuals=sealed(actuals),
        )


def ranking_of(snapshot: Snapshot, plan: Plan) -> Ranking:
    """What a plan asks of the people of a snapshot. Raises PlanMismatchError as `held_before` does."""
    measures, least = measures_of(plan), plan.activity.personal_pv
    return Ranking(
        measures=measures,
        legs=_heights(plan, measures, RankedLegs),
        people=_heights(plan, measures, RankedPeople),
        asked=_asked(plan, measures),
        group=_groups(plan, measures),
        held=held_before(snapshot, plan),
        pay_rank=plan.pay_rank,
        least_active=None if least is None else to_minor(least),
    )


def _heights(plan: Plan, measures: tuple[Measure, ...], kind: type[RankedLegs | RankedPeople]) -> Int16s:
    """Indexes of the ranks that legs, or people of the frontline, are asked to have, lowest first."""
    wanted = [measure.rank for measure in measures if isinstance(measure, kind)]
    return np.array([plan.rank_names.index(name) for name in wanted], dtype=np.int16)


class _Groups(NamedTuple):
    """`row`: of personal_group_pv in the measures, -1 without. `threshold`: the rank index that breaks away. By which
    ranks people are paid, and so break away: by the one they earn, by their title, or by the higher of both."""

    row: int
    threshold: int
    by_paid_as: bool
    by_title: bool


def _groups(plan: Plan, measures: tuple[Measure, ...]) -> _Groups:
    by_paid_as, by_title = plan.pay_rank != "title", plan.pay_rank != "paid_as"
    if PERSONAL_GROUP not in measures:
        return _Groups(-1, 0, by_paid_as, by_title)
    names = plan.rank_names
    threshold = next(
        names.index(bonus.breaks_away_at) for bonus in plan.bonuses if isinstance(bonus, Breakaway | Leadership)
    )
    return _Groups(measures.index(PERSONAL_GROUP), threshold, by_paid_as, by_title)


class _Asked(NamedTuple):
    """What each rank asks of each measure (2, ranks, measures), whether one must be active (2, ranks), in how many
    periods all of that must be met (2, ranks; 0: in this one), and of how many; of all, and of who reached the rank
    before."""

    needed: Int64s
    active: Bools
    periods: Int8s
    of: Int8s


def _asked(plan: Plan, measures: tuple[Measure, ...]) -> _Asked:
    asked = _Asked(
        np.full((2, len(plan.ranks), len(measures)), _NOT_ASKED, dtype=np.int64),
        np.zeros((2, len(plan.ranks)), dtype=np.bool_),
        *np.zeros((2, 2, len(plan.ranks)), dtype=np.int8),
    )
    rows = {measure: row for row, measure in enumerate(measures)}
    for whose in (_ASKED_OF_ALL, _ASKED_OF_HOLDERS):
        for at, rank in enumerate(plan.ranks):
            rules = rank.asks(held=whose == _ASKED_OF_HOLDERS)
            asked.active[whose, at] = rules.active
            if rules.window is not None:
                asked.periods[whose, at], asked.of[whose, at] = rules.window.met, rules.window.of
            for measure, needed in needs(rules):
                asked.needed[whose, at, rows[measure]] = max(needed, asked.needed[whose, at, rows[measure]])
    return asked


class Held(NamedTuple):
    """What people bring along into the period, as indexes of the plan's ranks: see `Ranks`."""

    title: Int16s
    reached: Int16s
    decided: Int16s
    past: Int16s


def held_before(snapshot: Snapshot, plan: Plan) -> Held:
    """Titles, highest ranks, decisions and what was met before. A name that the plan does not know counts as none where
    it decides nothing about pay. Raises PlanMismatchError where it does, and where the plan looks further back than the
    snapshot."""
    people, past = snapshot.people, snapshot.past
    if plan.looks_back > len(past):
        raise PlanMismatchError(
            f"plan {plan.name!r} looks at {plan.looks_back} periods before this one, and {len(past)} are told"
        )
    index = {name: at for at, name in enumerate(plan.rank_names)}
    table = np.array([index.get(title, -1) for title in snapshot.titles] + [-1], dtype=np.int16)
    if plan.pay_rank != "paid_as":
        _refuse_unknown(
            people.title, snapshot, plan, f"hold the titles {{}}, but plan {{}}, which pays by {plan.pay_rank},"
        )
    _refuse_unknown(people.decided, snapshot, plan, "are to be paid as {} by somebody's decision, but plan {}")
    title = table[people.title]
    met = [table[each.met] for each in past[: plan.looks_back]]
    return Held(
        title=title,
        reached=np.maximum(title, table[people.highest]),
        decided=table[people.decided],
        past=np.stack(met) if met else np.zeros((0, len(people)), dtype=np.int16),
    )


def _refuse_unknown(column: Int16s, snapshot: Snapshot, plan: Plan, they: str) -> None:
    named = {snapshot.titles[at] for at in np.unique(column).tolist() if at >= 0}
    if unknown := sorted(named - set(plan.rank_names) - {""}):
        raise PlanMismatchError(
            f"people {they.format(', '.join(unknown), repr(plan.name))} has only the ranks "
            f"{', '.join(plan.rank_names)}; add them to the plan or correct the people",
            titles=unknown,
        )


# -------------------------------------------------------------------------------------------------------------- kernels


@compiled
def add_volumes(seller: Int64s, buyer: Int64s, pv: Int64s, personal: Int64s, customer: Int64s) -> None:
    for order in range(len(seller)):
        personal[seller[order]] += pv[order]
        if buyer[order] < 0:
            customer[seller[order]] += pv[order]


@compiled
def _meets(person: int, rank: int, active: Bools, reached: Int16s, asked: _Asked, actuals: Int64s) -> bool:
    """Whether somebody meets in this period what a rank asks of them."""
    whose = _ASKED_OF_HOLDERS if reached[person] >= rank else _ASKED_OF_ALL
    met, measure = bool(active[person] or not asked.active[whose, rank]), 0
    while met and measure < len(actuals):
        met = actuals[measure, person] >= asked.needed[whose, rank, measure]
        measure += 1
    return met


@compiled
def _earns(person: int, rank: int, met: bool, highest_met: int, held: Held, asked: _Asked) -> bool:
    """Whether somebody earns a rank, given whether they meet it in this period and the highest one that they meet;
    where it has a window, by all the periods that it looks at."""
    whose = _ASKED_OF_HOLDERS if held.reached[person] >= rank else _ASKED_OF_ALL
    if not asked.of[whose, rank]:
        return met
    times = 1 if highest_met >= rank else 0
    for before in range(asked.of[whose, rank] - 1):
        times += 1 if held.past[before, person] >= rank else 0
    return bool(times >= asked.periods[whose, rank])


@compiled
def _met_and_earned(person: int, active: Bools, held: Held, asked: _Asked, actuals: Int64s) -> tuple[int, int]:
    """The highest rank whose rules somebody meets in this period, and the highest that they earn; -1 none."""
    highest_met = earned = -1
    height = asked.needed.shape[1] - 1
    while height >= 0 and (highest_met < 0 or earned < 0):
        met = _meets(person, height, active, held.reached, asked, actuals)
        if met and highest_met < 0:
            highest_met = height
        # Whatever is met above is known by now, and nothing below counts for this rank.
        if earned < 0 and _earns(person, height, met, highest_met, held, asked):
            earned = height
        height -= 1
    return highest_met, earned


class _Found(NamedTuple):
    """To be written, per person: the rank paid as, the highest whose rules are met, the highest that is earned."""

    paid_as: Int16s
    met: Int16s
    earned: Int16s


@compiled
def _rank_bottom_up(
    up: Int32s,
    order: Int32s,
    active: Bools,
    held: Held,
    asked: _Asked,
    ranks_of_legs: Int16s,
    ranks_of_people: Int16s,
    group: _Groups,
    actuals: Int64s,
    found: _Found,
) -> None:
    """Everybody after all who stand below them, whose ranks are therefore final: one pass settles all ranks.

    The last rows of `actuals` count the legs that have each of `ranks_of_legs`, and then the people of the frontline
    that have each of `ranks_of_people`. The row of personal groups begins as personal PV; a group goes on to the one
    above unless its leader has broken away.
    """
    nobody, people = len(order), len(actuals) - len(ranks_of_people)
    legs = people - len(ranks_of_legs)
    for at in range(nobody - 1, -1, -1):
        person, above = order[at], up[order[at]]
        found.met[person], found.earned[person] = _met_and_earned(person, active, held, asked, actuals)
        rank = max(found.earned[person], held.decided[person])
        found.paid_as[person] = rank
        if above < nobody:
            if group.row >= 0:
                paid_by = max(rank if group.by_paid_as else -1, held.title[person] if group.by_title else -1)
                if paid_by < group.threshold:
                    actuals[group.row, above] += actuals[group.row, person]
            for leg in range(len(ranks_of_legs)):
                # Whoever has such a leg has somebody below who is paid as that rank.
                if rank >= ranks_of_legs[leg] or actuals[legs + leg, person] > 0:
                    actuals[legs + leg, above] += 1
            for one in range(len(ranks_of_people)):
                if rank >= ranks_of_people[one]:
                    actuals[people + one, above] += 1

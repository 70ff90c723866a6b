"""Activity, measures and ranks, from the bottom of the sponsor tree to its top."""

from typing import NamedTuple

import numpy as np

from app.amounts import to_minor
from app.engine.columns import Bools, Int16s, Int32s, Int64s, sealed
from app.engine.compiled import compiled
from app.engine.errors import PlanMismatchError
from app.engine.forest import guard_sum
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
    orders, tree, count = snapshot.orders, snapshot.sponsor_tree, len(snapshot.people)
    measures = measures_of(plan)
    legs, people = _heights(plan, measures, RankedLegs), _heights(plan, measures, RankedPeople)
    actuals = np.zeros((len(measures), count), dtype=np.int64)
    guard_sum("a sum", orders.pv)
    _volumes(orders.seller, orders.buyer, orders.pv, actuals[0], actuals[1])
    active = snapshot.people.active
    if plan.activity.personal_pv is not None:
        active = active & (actuals[0] >= to_minor(plan.activity.personal_pv))
    actuals[2] = tree.subtree_sums(actuals[0])
    figures = Figures(snapshot, actuals[0], actuals[1], actuals[2], active)
    for row in range(3, len(measures) - len(legs) - len(people)):
        actuals[row] = take(measures[row], figures)
    paid_as, title = np.empty(count, dtype=np.int16), _titles(snapshot, plan)
    needed, needs_active = _needs_of(plan, measures)
    group = _groups(plan, measures)
    _rank_bottom_up(tree.up, tree.order, active, title, needed, needs_active, legs, people, group, actuals, paid_as)
    pay = {"paid_as": paid_as, "title": title, "higher": np.maximum(paid_as, title)}[plan.pay_rank]
    return Ranks(
        paid_as=sealed(paid_as),
        title=sealed(title),
        pay=sealed(pay),
        active=sealed(active),
        measures=tuple(measure.name for measure in measures),
        actuals=sealed(actuals),
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


def _needs_of(plan: Plan, measures: tuple[Measure, ...]) -> tuple[Int64s, Bools]:
    """What each rank asks of each measure, and whether one must be active; of all, and of who holds the rank as title.

    Shapes (2, ranks, measures) and (2, ranks).
    """
    table = np.full((2, len(plan.ranks), len(measures)), _NOT_ASKED, dtype=np.int64)
    active = np.zeros((2, len(plan.ranks)), dtype=np.bool_)
    rows = {measure: row for row, measure in enumerate(measures)}
    for whose in (_ASKED_OF_ALL, _ASKED_OF_HOLDERS):
        for at, rank in enumerate(plan.ranks):
            rules = rank.asks(held=whose == _ASKED_OF_HOLDERS)
            active[whose, at] = rules.active
            for measure, needed in needs(rules):
                table[whose, at, rows[measure]] = max(needed, table[whose, at, rows[measure]])
    return table, active


def _titles(snapshot: Snapshot, plan: Plan) -> Int16s:
    """Titles as rank indexes. A title the plan does not know matters only where it decides about pay."""
    index = {name: at for at, name in enumerate(plan.rank_names)}
    table = np.array([index.get(title, -1) for title in snapshot.titles] + [-1], dtype=np.int16)
    if plan.pay_rank != "paid_as":
        held = {snapshot.titles[at] for at in np.unique(snapshot.people.title).tolist() if at >= 0}
        if unknown := sorted(held - set(index) - {""}):
            raise PlanMismatchError(
                f"people hold the titles {', '.join(unknown)}, but plan {plan.name!r}, which pays by {plan.pay_rank}, "
                f"has only the ranks {', '.join(index)}; add them to the plan or correct the titles",
                titles=unknown,
            )
    return table[snapshot.people.title]


# -------------------------------------------------------------------------------------------------------------- kernels


@compiled
def _volumes(seller: Int64s, buyer: Int64s, pv: Int64s, personal: Int64s, customer: Int64s) -> None:
    for order in range(len(seller)):
        personal[seller[order]] += pv[order]
        if buyer[order] < 0:
            customer[seller[order]] += pv[order]


@compiled
def _rank_bottom_up(
    up: Int32s,
    order: Int32s,
    active: Bools,
    title: Int16s,
    needed: Int64s,
    needs_active: Bools,
    ranks_of_legs: Int16s,
    ranks_of_people: Int16s,
    group: _Groups,
    actuals: Int64s,
    paid_as: Int16s,
) -> None:
    """Everybody after all who stand below them, whose ranks are therefore final: one pass settles all ranks.

    The last rows of `actuals` count the legs that have each of `ranks_of_legs`, and then the people of the frontline
    that have each of `ranks_of_people`. The row of personal groups begins as personal PV; a group goes on to the one
    above unless its leader has broken away.
    """
    nobody, ranks, measures = len(order), needed.shape[1], needed.shape[2]
    people = measures - len(ranks_of_people)
    legs = people - len(ranks_of_legs)
    highest_below = np.full(nobody + 1, -1, dtype=np.int16)
    for at in range(nobody - 1, -1, -1):
        person, above = order[at], up[order[at]]
        rank = ranks - 1
        while rank >= 0:
            whose = _ASKED_OF_HOLDERS if title[person] >= rank else _ASKED_OF_ALL
            met, measure = active[person] or not needs_active[whose, rank], 0
            while met and measure < measures:
                met = actuals[measure, person] >= needed[whose, rank, measure]
                measure += 1
            if met:
                break
            rank -= 1
        paid_as[person] = rank
        highest = max(rank, highest_below[person])
        if above < nobody:
            if group.row >= 0:
                held = max(rank if group.by_paid_as else -1, title[person] if group.by_title else -1)
                if held < group.threshold:
                    actuals[group.row, above] += actuals[group.row, person]
            highest_below[above] = max(highest, highest_below[above])
            for leg in range(len(ranks_of_legs)):
                if highest >= ranks_of_legs[leg]:
                    actuals[legs + leg, above] += 1
            for one in range(len(ranks_of_people)):
                if rank >= ranks_of_people[one]:
                    actuals[people + one, above] += 1

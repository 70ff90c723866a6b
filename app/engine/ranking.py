"""Activity, measures and ranks, from the bottom of the sponsor tree to its top."""

from typing import NamedTuple

import numpy as np

from app.amounts import to_minor
from app.engine.columns import Bools, Int16s, Int32s, Int64s, sealed
from app.engine.compiled import compiled
from app.engine.errors import PlanMismatchError
from app.engine.forest import guard_sum
from app.engine.models import Ranks, Snapshot
from app.plans.breakaway import Breakaway
from app.plans.models import Plan, Requirements

MEASURES = ("personal_pv", "customer_pv", "group_pv", "active_legs", "personally_sponsored_active")
"""Always computed. PV in minor units; legs and people are counts. Each `legs_with_rank` the plan names adds a row."""

PERSONAL_GROUP_PV = "personal_group_pv"
"""Computed where a rank asks for it."""

LEGS_WITH_RANK = "legs_with_rank:"
_VOLUMES = ("personal_pv", "customer_pv", "group_pv", PERSONAL_GROUP_PV)
_NOT_ASKED = np.iinfo(np.int64).min


def rank_people(snapshot: Snapshot, plan: Plan) -> Ranks:
    """Who is active, the measures behind ranks, and the ranks.

    active: status active and personal PV at least what the plan's activity rule asks. personal_pv: all orders of the
    seller; customer_pv: those with a customer as buyer; group_pv: personal PV of the inclusive sponsor subtree, whoever
    is active in it; personal_group_pv: the same without those who hold the rank that breaks away, and all below them. A
    leg is a frontline person with everybody below. A leg has a rank when anybody in it is paid as
    that rank or a higher one.
    """
    orders, tree, count = snapshot.orders, snapshot.sponsor_tree, len(snapshot.people)
    named = _ranks_of_legs(plan)
    threshold = _threshold(plan)
    groups = () if threshold is None else (PERSONAL_GROUP_PV,)
    measures = (*MEASURES, *groups, *(LEGS_WITH_RANK + plan.rank_names[at] for at in named.tolist()))
    actuals = np.zeros((len(measures), count), dtype=np.int64)
    guard_sum("a sum", orders.pv)
    _volumes(orders.seller, orders.buyer, orders.pv, actuals[0], actuals[1])
    active = snapshot.people.active
    if plan.activity.personal_pv is not None:
        active = active & (actuals[0] >= to_minor(plan.activity.personal_pv))
    actuals[2] = tree.subtree_sums(actuals[0])
    actuals[3] = tree.legs_with(active)
    actuals[4] = tree.child_sums(active)
    paid_as = np.empty(count, dtype=np.int16)
    title = _titles(snapshot, plan)
    group = _Groups(
        row=len(MEASURES) if groups else -1,
        threshold=threshold or 0,
        title=title,
        by_paid_as=plan.pay_rank != "title",
        by_title=plan.pay_rank != "paid_as",
    )
    if groups:
        actuals[group.row] = actuals[0]
    needed, needs_active = _needs_of(plan, measures), _needs_active(plan)
    _rank_bottom_up(tree.up, tree.order, active, needed, needs_active, named, group, actuals, paid_as)
    pay = {"paid_as": paid_as, "title": title, "higher": np.maximum(paid_as, title)}[plan.pay_rank]
    return Ranks(
        paid_as=sealed(paid_as),
        title=sealed(title),
        pay=sealed(pay),
        active=sealed(active),
        measures=measures,
        actuals=sealed(actuals),
    )


class _Groups(NamedTuple):
    """`row`: of personal_group_pv in the measures, -1 without. `threshold`: the rank index that breaks away. By which
    ranks people are paid, and so break away: by the one they earn, by their title (n), or by the higher of both."""

    row: int
    threshold: int
    title: Int16s
    by_paid_as: bool
    by_title: bool


def _threshold(plan: Plan) -> int | None:
    """The rank index that breaks away, where any rank asks for the volume of personal groups."""
    if all(rank.requires.personal_group_pv is None for rank in plan.ranks):
        return None
    return next(plan.rank_names.index(bonus.breaks_away_at) for bonus in plan.bonuses if isinstance(bonus, Breakaway))


def needs(requires: Requirements) -> list[tuple[str, int]]:
    """(measure, needed) of each requirement but `active`, PV in minor units."""
    volumes = {measure: getattr(requires, measure) for measure in _VOLUMES}
    counts = {measure: getattr(requires, measure) for measure in ("active_legs", "personally_sponsored_active")}
    if requires.legs_with_rank is not None:
        counts[LEGS_WITH_RANK + requires.legs_with_rank.rank] = requires.legs_with_rank.count
    given = {measure: to_minor(volume) for measure, volume in volumes.items() if volume is not None}
    return [*given.items(), *((measure, count) for measure, count in counts.items() if count is not None)]


def _ranks_of_legs(plan: Plan) -> Int16s:
    """Indexes of the ranks that legs are asked to have, lowest first."""
    wanted = {rank.requires.legs_with_rank.rank for rank in plan.ranks if rank.requires.legs_with_rank is not None}
    return np.array([at for at, name in enumerate(plan.rank_names) if name in wanted], dtype=np.int16)


def _needs_of(plan: Plan, measures: tuple[str, ...]) -> Int64s:
    """What each rank asks of each measure, shape (ranks, measures)."""
    table = np.full((len(plan.ranks), len(measures)), _NOT_ASKED, dtype=np.int64)
    for at, rank in enumerate(plan.ranks):
        for measure, needed in needs(rank.requires):
            table[at, measures.index(measure)] = needed
    return table


def _needs_active(plan: Plan) -> Bools:
    return np.array([bool(rank.requires.active) for rank in plan.ranks], dtype=np.bool_)


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
    needed: Int64s,
    needs_active: Bools,
    ranks_of_legs: Int16s,
    group: _Groups,
    actuals: Int64s,
    paid_as: Int16s,
) -> None:
    """Everybody after all who stand below them, whose ranks are therefore final: one pass settles all ranks.

    The last rows of `actuals` count the legs that have each of `ranks_of_legs`. The row of personal groups begins as
    personal PV; a group goes on to the one above unless its leader has broken away.
    """
    nobody, ranks, measures = len(order), needed.shape[0], needed.shape[1]
    first = measures - len(ranks_of_legs)
    highest_below = np.full(nobody + 1, -1, dtype=np.int16)
    for at in range(nobody - 1, -1, -1):
        person, above = order[at], up[order[at]]
        rank = ranks - 1
        while rank >= 0:
            met, measure = active[person] or not needs_active[rank], 0
            while met and measure < measures:
                met = actuals[measure, person] >= needed[rank, measure]
                measure += 1
            if met:
                break
            rank -= 1
        paid_as[person] = rank
        highest = max(rank, highest_below[person])
        if above < nobody:
            if group.row >= 0:
                held = max(rank if group.by_paid_as else -1, group.title[person] if group.by_title else -1)
                if held < group.threshold:
                    actuals[group.row, above] += actuals[group.row, person]
            highest_below[above] = max(highest, highest_below[above])
            for leg in range(len(ranks_of_legs)):
                if highest >= ranks_of_legs[leg]:
                    actuals[first + leg, above] += 1

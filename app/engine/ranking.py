"""Activity, measures and ranks: bottom-up, to the least fixpoint."""

import numpy as np

from app.amounts import to_minor
from app.engine.columns import Bools, Int16s, Int64s, sealed
from app.engine.errors import PlanMismatchError
from app.engine.forest import scatter_sums
from app.engine.models import Ranks, Snapshot
from app.plans.models import Plan, Requirements

MEASURES = ("personal_pv", "customer_pv", "group_pv", "active_legs", "personally_sponsored_active")
"""Always computed. PV in minor units; legs and people are counts. Each `legs_with_rank` the plan names adds a row."""

LEGS_WITH_RANK = "legs_with_rank:"


def rank_people(snapshot: Snapshot, plan: Plan) -> Ranks:
    """Who is active, the measures behind ranks, and the ranks.

    active: status active and personal PV at least what the plan's activity rule asks. personal_pv: all orders of the
    seller; customer_pv: those with a customer as buyer; group_pv: personal PV of the inclusive sponsor subtree, whoever
    is active in it. A leg is a frontline person with everybody below. A leg has a rank when anybody in it is paid as
    that rank or a higher one.
    """
    people, orders, tree = snapshot.people, snapshot.orders, snapshot.sponsor_tree
    count = len(people)
    personal = scatter_sums(orders.seller, orders.pv, count)
    customer = scatter_sums(orders.seller, np.where(orders.buyer < 0, orders.pv, 0), count)
    active = people.active
    if plan.activity.personal_pv is not None:
        active = active & (personal >= to_minor(plan.activity.personal_pv))
    measured = {
        "personal_pv": personal,
        "customer_pv": customer,
        "group_pv": tree.subtree_sums(personal),
        "active_legs": _legs_with(snapshot, active),
        "personally_sponsored_active": tree.child_sums(active),
    }
    paid_as, legs = _fixpoint(snapshot, plan, active, measured)
    title = _titles(snapshot, plan)
    pay = {"paid_as": paid_as, "title": title, "higher": np.maximum(paid_as, title)}[plan.pay_rank]
    measured |= legs
    return Ranks(
        paid_as=sealed(paid_as),
        title=sealed(title),
        pay=sealed(pay),
        active=sealed(active),
        measures=tuple(measured),
        actuals=sealed(np.stack(list(measured.values()))),
    )


def needs(requires: Requirements) -> list[tuple[str, int]]:
    """(measure, needed) of each requirement but `active`, PV in minor units."""
    volumes = {measure: getattr(requires, measure) for measure in ("personal_pv", "customer_pv", "group_pv")}
    counts = {measure: getattr(requires, measure) for measure in ("active_legs", "personally_sponsored_active")}
    if requires.legs_with_rank is not None:
        counts[LEGS_WITH_RANK + requires.legs_with_rank.rank] = requires.legs_with_rank.count
    given = {measure: to_minor(volume) for measure, volume in volumes.items() if volume is not None}
    return [*given.items(), *((measure, count) for measure, count in counts.items() if count is not None)]


def _legs_with(snapshot: Snapshot, wanted: Bools) -> Int64s:
    """Per person the number of frontline legs with at least one person for whom `wanted` holds."""
    tree = snapshot.sponsor_tree
    return tree.child_sums(tree.subtree_sums(wanted) > 0)


def _fixpoint(
    snapshot: Snapshot, plan: Plan, active: Bools, measured: dict[str, Int64s]
) -> tuple[Int16s, dict[str, Int64s]]:
    """Start with nobody ranked and repeat until nothing changes.

    A requirement on legs names a lower rank only (lint sees to it). Somebody who comes to hold a rank through a leg has
    the named rank or higher below already, so each round can only add news about a higher rank: at most one round per
    rank.
    """
    names = plan.rank_names
    wanted = [rank.requires.legs_with_rank.rank for rank in plan.ranks if rank.requires.legs_with_rank is not None]
    named = sorted(set(wanted), key=names.index)
    paid_as = np.full(len(snapshot.people), -1, dtype=np.int16)
    legs = {LEGS_WITH_RANK + name: np.zeros(len(paid_as), dtype=np.int64) for name in named}
    while True:
        reached = np.full_like(paid_as, -1)
        for index, rank in enumerate(plan.ranks):
            met = active.copy() if rank.requires.active else np.ones_like(active)
            for measure, needed in needs(rank.requires):
                met &= (legs[measure] if measure in legs else measured[measure]) >= needed
            reached[met] = index
        if np.array_equal(reached, paid_as):
            return paid_as, legs
        for name in named:
            index = names.index(name)
            if not np.array_equal(reached >= index, paid_as >= index):
                legs[LEGS_WITH_RANK + name] = _legs_with(snapshot, reached >= index)
        paid_as = reached


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

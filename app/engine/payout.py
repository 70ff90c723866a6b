"""Payout: who is paid what they earned with the balance they brought along, and whose balance goes on."""

from decimal import Decimal

import numpy as np

from app.amounts import to_minor
from app.engine.columns import Int64s, sealed
from app.engine.forest import scatter_sums
from app.engine.models import Balances, Snapshot
from app.plans.models import Plan

SMALLEST = 1
"""Nothing, and less than nothing, is never paid out."""


def balances_of(snapshot: Snapshot, plan: Plan, by_person: Int64s) -> Balances:
    """What becomes of everybody's money; `by_person` (bonuses, n) is what the lines add up to."""
    brought, earned = snapshot.people.balance, by_person.sum(axis=0)
    clawbacks = snapshot.clawbacks
    taken_back = scatter_sums(clawbacks.person, clawbacks.amount, len(snapshot.people))
    due = earned + taken_back
    paid, left = due, brought
    if plan.payout is not None:
        due = due + brought
        paid = np.where(due >= least_paid(plan), due, 0)
        left = due - paid
    return Balances(*(sealed(column) for column in (brought, earned, taken_back, paid, left)))


def least_paid(plan: Plan) -> int:
    """The smallest amount that is paid out, minor units."""
    return max(to_minor(plan.payout.minimum if plan.payout else Decimal(0)), SMALLEST)

"""Payout: who is paid what they earned with the balance they brought along, and whose balance goes on."""

from decimal import Decimal

import numpy as np

from app.amounts import to_minor
from app.engine.columns import Int64s, sealed
from app.engine.models import Balances, Snapshot
from app.plans.models import Plan

SMALLEST = 1
"""Nothing, and less than nothing, is never paid out."""


def balances_of(snapshot: Snapshot, plan: Plan, by_person: Int64s) -> Balances:
    """What becomes of everybody's money; `by_person` (bonuses, n) is what the lines add up to."""
    brought, earned = snapshot.people.balance, by_person.sum(axis=0)
    if plan.payout is None:
        return Balances(brought, sealed(earned), sealed(earned), brought)
    due = brought + earned
    paid = np.where(due >= least_paid(plan), due, 0)
    return Balances(brought, sealed(earned), sealed(paid), sealed(due - paid))


def least_paid(plan: Plan) -> int:
    """The smallest amount that is paid out, minor units."""
    return max(to_minor(plan.payout.minimum if plan.payout else Decimal(0)), SMALLEST)

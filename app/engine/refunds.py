"""Returns after the close: which of them take something back by a plan, and how."""

import numpy as np

from app.engine.models import Snapshot
from app.plans.models import Plan


def as_counted(snapshot: Snapshot, plan: Plan) -> Snapshot:
    """The company as a plan sees it: returns that do not count as volume below zero have none, neither PV nor CV."""
    late, rules = snapshot.orders.late_return, plan.refunds
    if not (late >= 0).any():
        return snapshot
    limit = np.iinfo(np.int64).max if rules.window_days is None else rules.window_days
    return snapshot.without(late > limit if rules.after_close == "negative_volume" else late >= 0)


def within_the_window(days: int, plan: Plan) -> bool:
    """Whether a return so many days after its order takes anything back."""
    return plan.refunds.window_days is None or days <= plan.refunds.window_days

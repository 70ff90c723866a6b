"""Returns after the close: which of them take something back by a plan, and how."""

import numpy as np

from app.engine.columns import Bools, Int64s
from app.engine.models import Snapshot
from app.plans.models import Plan


def as_counted(snapshot: Snapshot, plan: Plan) -> Snapshot:
    """The company as a plan sees it: returns that do not count as volume below zero have none, neither PV nor CV."""
    late = snapshot.orders.late_return
    return snapshot.without(uncounted(late, plan)) if (late >= 0).any() else snapshot


def uncounted(late: Int64s, plan: Plan) -> Bools:
    """Which orders a plan does not count, given how many days late each came back (m), -1 of all others."""
    if plan.refunds.after_close != "negative_volume":
        return late >= 0
    limit = np.iinfo(np.int64).max if plan.refunds.window_days is None else plan.refunds.window_days
    return late > limit


def within_the_window(days: int, plan: Plan) -> bool:
    """Whether a return so many days after its order takes anything back."""
    return plan.refunds.window_days is None or days <= plan.refunds.window_days

"""Returns after the close: which of them take something back by a plan."""

import numpy as np

from app.engine.models import Snapshot
from app.plans.models import Plan


def as_counted(snapshot: Snapshot, plan: Plan) -> Snapshot:
    """The company as a plan sees it: returns that take nothing back have no volume, neither PV nor CV."""
    late, rules = snapshot.orders.late_return, plan.refunds
    if not (late >= 0).any():
        return snapshot
    limit = np.iinfo(np.int64).max if rules.window_days is None else rules.window_days
    return snapshot.without(late >= 0 if rules.after_close == "kept" else late > limit)

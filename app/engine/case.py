"""What every bonus looks at: the snapshot, the plan, and who ranks where."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from app.amounts import to_minor
from app.engine.columns import Int8s, Int64s
from app.engine.models import Ranks, Reason, Snapshot
from app.plans.models import Plan


@dataclass(frozen=True, slots=True)
class Case:
    """One run in progress. Shapes as in the models."""

    snapshot: Snapshot
    plan: Plan
    ranks: Ranks

    def inactivity(self) -> tuple[Int8s, Int64s, Int64s]:
        """Per person why they are inactive (meaningless for the active): reason, needed, actual."""
        status = self.snapshot.people.active
        reason = np.where(status, np.int8(Reason.INACTIVE_VOLUME), np.int8(Reason.INACTIVE_STATUS))
        # Without a volume rule nobody is inactive by volume, and this zero is never read.
        volume = to_minor(self.plan.activity.personal_pv or Decimal(0))
        needed = np.where(status, volume, 1)
        return reason, needed, np.where(status, self.ranks.actual("personal_pv"), 0)

"""Subtree totals: one writer adds each fact exactly once (rollup.py), and a recomputation proves it (check.py)."""

from app.volumes.check import TallyCheck
from app.volumes.errors import NewerPeriodError, StaleLeaderError, TallyMissingError, UnknownVolumePeriodError
from app.volumes.models import Difference, RolledUp
from app.volumes.rollup import RollUp

__all__ = [
    "Difference",
    "NewerPeriodError",
    "RollUp",
    "RolledUp",
    "StaleLeaderError",
    "TallyCheck",
    "TallyMissingError",
    "UnknownVolumePeriodError",
]

"""A plan as a fact: which version pays a calendar from when on, and who brought it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.errors import ConflictError, NotFoundError


class PlanVersionTakenError(ConflictError):
    title = "That version is another plan"


class UnknownPlanError(NotFoundError):
    title = "Unknown plan"


@dataclass(frozen=True, slots=True)
class RegisteredPlan:
    """`effective_from`: it pays periods that begin on that day or later. `hash` is the name of its blob. `seq` and the
    rest: the fact."""

    name: str
    version: str
    hash: str
    calendar: str
    effective_from: date
    seq: int
    actor: str
    reason: str
    registered_at: int


def paying(plans: Iterable[RegisteredPlan], calendar: str, first_day: date) -> RegisteredPlan | None:
    """By which plan a calendar's period that begins on `first_day` is paid: the one effective last by then, of several
    of one day the one registered last; None without any."""
    candidates = [plan for plan in plans if plan.calendar == calendar and plan.effective_from <= first_day]
    return max(candidates, key=lambda plan: (plan.effective_from, plan.seq), default=None)

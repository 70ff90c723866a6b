"""A plan as a fact: which version pays a calendar from when on, and who brought it. Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


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


def registered_plan(seq: int, body: str, actor: str, reason: str, registered_at: int) -> RegisteredPlan | None:
    """The plan that a fact of the kind RegisterPlan tells; None where it cannot be read, which the audit names."""
    try:
        said = json.loads(body)
        name, version, hash, calendar = (said[key] for key in ("name", "version", "plan_hash", "calendar"))
        day = date.fromisoformat(said["effective_from"])
    except (LookupError, TypeError, ValueError):
        return None
    return RegisteredPlan(name, version, hash, calendar, day, seq, actor, reason, registered_at)


def paying(plans: Iterable[RegisteredPlan], calendar: str, first_day: date) -> RegisteredPlan | None:
    """By which plan a calendar's period that begins on `first_day` is paid: the one effective last by then, of several
    of one day the one registered last; None without any."""
    candidates = [plan for plan in plans if plan.calendar == calendar and plan.effective_from <= first_day]
    return max(candidates, key=lambda plan: (plan.effective_from, plan.seq), default=None)

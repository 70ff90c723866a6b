"""By which plans a company pays."""

from datetime import date

from app.facts import errors
from app.facts.calendars import CALENDARS
from app.facts.commands import RegisterPlan
from app.facts.limits import MAX_TEXT
from app.facts.plans import RegisteredPlan
from app.facts.rules.checks import Ruling, check_sha256, check_text
from app.facts.world import World


def register_plan(world: World, command: RegisterPlan, recorded_at: int) -> Ruling:
    """A plan by its hash, of a calendar that there is, from a day on. Whoever submits it has seen that it is a plan and
    stored it."""
    check_text("plan name", command.name, MAX_TEXT)
    check_text("plan version", command.version, MAX_TEXT)
    check_sha256(command.plan_hash)
    if command.calendar not in CALENDARS:
        raise errors.InvalidCommandError(f"There is no calendar {command.calendar!r}; choose {', '.join(CALENDARS)}.")
    try:
        day = date.fromisoformat(command.effective_from)
    except ValueError as error:
        raise errors.InvalidCommandError(f"{command.effective_from[:40]!r} is no day such as 2026-03-01.") from error
    if day.isoformat() != command.effective_from:
        raise errors.InvalidCommandError(f"The day {command.effective_from[:40]!r} must be written {day.isoformat()}.")
    said = command.name, command.version, command.plan_hash, command.calendar, day
    envelope = world.envelope
    world.plans.append(RegisteredPlan(*said, envelope.seq, envelope.actor, envelope.reason, recorded_at))
    return recorded_at, {"calendar": command.calendar, "plan_hash": command.plan_hash}

"""Runs that somebody asks for: what may be asked, queued and cancelled. How one ends is no fact, see docs/adr/0017."""

import re
from typing import Final

from app.facts import errors
from app.facts.commands import CancelRun, QueueRun, RequestRun
from app.facts.limits import MAX_ID, MAX_TEXT, WAITING_AT_ONCE
from app.facts.rules.checks import Ruling, check_text
from app.facts.world import StoredCalculation, World

_HASH: Final = re.compile("[0-9a-f]{64}")
CANCELLABLE: Final = ("draft", "queued", "calculating")


def request_run(world: World, command: RequestRun, recorded_at: int) -> Ruling:
    """Of a period that was opened, while not too many wait."""
    check_text("calculation's id", command.calculation_id, MAX_ID)
    check_text("plan's name", command.plan_name, MAX_TEXT)
    check_text("plan's version", command.plan_version, MAX_TEXT)
    if not _HASH.fullmatch(command.plan_hash):
        raise errors.InvalidCommandError(f"{command.plan_hash[:80]!r} is no SHA-256 in hexadecimal digits.")
    if (command.calendar, command.period) not in world.periods:
        raise errors.UnknownPeriodError(f"The calendar {command.calendar!r} has no period {command.period}.")
    if command.calculation_id in world.calculations:
        raise errors.DuplicateIdError(f"There is a calculation {command.calculation_id} already.")
    if world.waiting >= WAITING_AT_ONCE:
        raise errors.TooManyCalculationsError(
            f"{world.waiting} calculations have not come to their end, and {WAITING_AT_ONCE} may be waiting; cancel "
            "some, or ask again later."
        )
    state = "draft" if command.draft else "queued"
    world.calculations[command.calculation_id] = StoredCalculation(state, command.calendar, command.period)
    world.waiting += 1
    return recorded_at, _decided(command.calculation_id, command.calendar, command.period)


def queue_run(world: World, command: QueueRun, recorded_at: int) -> Ruling:
    """A draft alone is queued."""
    calculation = _named(world, command.calculation_id)
    if calculation.state != "draft":
        raise errors.CalculationConflictError(
            f"Calculation {command.calculation_id} is {calculation.state}; only a draft can be queued."
        )
    calculation.state = "queued"
    return recorded_at, _decided(command.calculation_id, calculation.calendar, calculation.period)


def cancel_run(world: World, command: CancelRun, recorded_at: int) -> Ruling:
    """Whatever has not come to its end."""
    calculation = _named(world, command.calculation_id)
    if calculation.state not in CANCELLABLE:
        raise errors.CalculationConflictError(
            f"Calculation {command.calculation_id} is {calculation.state}; only one that has not come to its end can "
            "be cancelled."
        )
    calculation.state = "cancelled"
    world.waiting -= 1
    return recorded_at, _decided(command.calculation_id, calculation.calendar, calculation.period)


def _named(world: World, id: str) -> StoredCalculation:
    calculation = world.calculations.get(id)
    if calculation is None:
        raise errors.UnknownCalculationError(f"There is no calculation {id}.")
    return calculation


def _decided(id: str, calendar: str, period: int) -> dict[str, str | int]:
    return {"calculation_id": id, "calendar": calendar, "period": period}

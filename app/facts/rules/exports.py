"""What was told to somebody outside."""

from typing import get_args

from app.facts import errors
from app.facts.commands import Exported, FileFormat
from app.facts.rules.checks import Ruling, check_sha256, person_named
from app.facts.world import World
from app.places.spots import NOBODY


def exported(world: World, command: Exported, recorded_at: int) -> Ruling:
    """Of somebody who is enrolled, of a period that was opened, or of the company in a format that there is."""
    check_sha256(command.sums_hash)
    if command.subject == "person":
        return recorded_at, {"ix": person_named(world, command.name).ix}
    if command.subject == "company":
        if command.name not in get_args(FileFormat):
            raise errors.InvalidCommandError(f"A company is not exported as {command.name!r}.")
        return recorded_at, {"ix": NOBODY}
    if all(period.name != command.name for period in world.periods.values()):
        raise errors.UnknownPeriodError(f"Period {command.name} does not exist.")
    return recorded_at, {"ix": NOBODY}

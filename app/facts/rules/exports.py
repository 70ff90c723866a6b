"""What was told to somebody outside."""

import re
from typing import Final

from app.facts import errors
from app.facts.commands import Exported
from app.facts.rules.checks import Ruling, person_named
from app.facts.world import World
from app.places.spots import NOBODY

_HASH: Final = re.compile("[0-9a-f]{64}")


def exported(world: World, command: Exported, recorded_at: int) -> Ruling:
    """Of somebody who is enrolled, or of a period that was opened."""
    if not _HASH.fullmatch(command.sums_hash):
        raise errors.InvalidCommandError(f"{command.sums_hash[:80]!r} is no SHA-256 in hexadecimal digits.")
    if command.subject == "person":
        return recorded_at, {"ix": person_named(world, command.name).ix}
    if all(period.name != command.name for period in world.periods.values()):
        raise errors.UnknownPeriodError(f"Period {command.name} does not exist.")
    return recorded_at, {"ix": NOBODY}

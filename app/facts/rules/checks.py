"""What the rules of several rooms ask of a command. Each refuses with the error that it raises."""

import re
from typing import Any, Final

from app.clock import CLOCK_SKEW_MS
from app.facts import errors
from app.facts.text import instant_text, is_printable
from app.facts.world import Person, World

_SHA256: Final = re.compile("[0-9a-f]{64}")
Data = dict[str, Any]
Ruling = tuple[int, Data]
"""Since when a fact is so (epoch ms), and what it decided beside what it was asked."""


def person_named(world: World, id: str) -> Person:
    """The distributor of an id. Raises UnknownDistributorError."""
    person = world.people.get(id)
    if person is None:
        raise errors.UnknownDistributorError(f"Distributor {id} is not enrolled.", distributor=id)
    return person


def check_text(what: str, text: str, longest: int) -> None:
    """Refuse a text that is empty, too long, or does not show what it holds."""
    if not text or len(text) > longest or not is_printable(text):
        raise errors.InvalidCommandError(
            f"The {what} must have 1 to {longest} printable characters; it has {len(text)}"
            f"{'' if is_printable(text) else ' with control characters among them'}."
        )


def check_sha256(text: str) -> None:
    """Refuse what is no SHA-256 in hexadecimal digits."""
    if not _SHA256.fullmatch(text):
        raise errors.InvalidCommandError(f"{text[:80]!r} is no SHA-256 in hexadecimal digits.")


def check_not_before(what: str, instant: int, event: str, at: int) -> None:
    """Refuse what is dated before something that comes first."""
    if instant < at:
        raise errors.InvalidCommandError(
            f"{what} is dated {instant_text(instant)}, before {event} ({instant_text(at)}); date it then or later."
        )


def check_not_long_before(what: str, instant: int, event: str, at: int) -> None:
    """Refuse what is dated before something that comes first by more than the clocks of both may differ."""
    if instant < at - CLOCK_SKEW_MS:
        check_not_before(what, instant, event, at)


def check_not_ahead(what: str, instant: int, recorded_at: int) -> None:
    """Refuse an instant that lies in the future."""
    if instant > recorded_at + CLOCK_SKEW_MS:
        raise errors.InvalidCommandError(f"{what} {instant_text(instant)} lies in the future.")

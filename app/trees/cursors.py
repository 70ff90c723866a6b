"""Opaque page cursors: as of which fact a list is told, where a page of it ended, and which list it is.

The page behind (level, ix) is of the trees as they were known at that fact, whatever came since.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Final

from app.trees.errors import InvalidCursorError

_LARGEST: Final = 2**63 - 1
"""What the graph takes as a number."""


@dataclass(frozen=True, slots=True)
class Position:
    """The last person that a page looked at, and the fact as of which its list is told."""

    seq: int
    level: int
    ix: int

    def encode(self, of: str) -> str:
        """The cursor that goes on behind this position in the list called `of`."""
        text = f"{self.seq}.{self.level}.{self.ix}.{_mark(of)}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


START = Position(0, 0, -1)


def decode(cursor: str | None, of: str) -> Position:
    """The position of a cursor of the list called `of`, START for none. Raises InvalidCursorError."""
    if cursor is None:
        return START
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        *numbers, mark = text.split(".")
        seq, level, ix = (int(part) for part in numbers)
    except (ValueError, binascii.Error) as error:
        raise InvalidCursorError(
            f"The cursor {cursor[:80]!r} is none of this service's; take next_cursor of the page before, or none."
        ) from error
    if mark != _mark(of):
        raise InvalidCursorError(
            "The cursor is of another question: of another person, tree, instant or filter; leave it out to begin here."
        )
    if not (0 <= seq <= _LARGEST and 0 <= level <= _LARGEST and -1 <= ix <= _LARGEST):
        raise InvalidCursorError(f"The cursor {cursor[:80]!r} points outside every tree; leave it out.")
    return Position(seq, level, ix)


def _mark(of: str) -> str:
    """Tells lists apart, no secret: a cursor shows nothing that its list does not."""
    return hashlib.sha256(of.encode("utf-8", "replace")).hexdigest()[:8]

"""Opaque page cursors: where a page ended, and as of which structural version it was made.

A cursor never runs out: a page after a change goes on behind (level, ix) in the tree as it is then, and says so by its
own as_of_seq.
"""

import base64
import binascii
from dataclasses import dataclass

from app.trees.errors import InvalidCursorError


@dataclass(frozen=True, slots=True)
class Position:
    """The last person of a page, and the page's as_of_seq."""

    as_of_seq: int
    level: int
    ix: int

    def encode(self) -> str:
        """The cursor that goes on behind this position."""
        return base64.urlsafe_b64encode(f"{self.as_of_seq}.{self.level}.{self.ix}".encode()).decode().rstrip("=")


START = Position(0, 0, -1)


def decode(cursor: str | None) -> Position:
    """The position of a cursor, START for none. Raises InvalidCursorError."""
    if cursor is None:
        return START
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        as_of_seq, level, ix = (int(part) for part in text.split("."))
    except (ValueError, binascii.Error) as error:
        raise InvalidCursorError(
            f"The cursor {cursor[:80]!r} is none of this service's; take next_cursor of the page before, or none."
        ) from error
    if as_of_seq < 0 or level < 0 or ix < -1:
        raise InvalidCursorError(f"The cursor {cursor[:80]!r} points outside every tree; leave it out.")
    return Position(as_of_seq, level, ix)

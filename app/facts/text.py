"""What a name, an id or a reason may be made of."""

from typing import Final

from app.clock import from_ms

_JOINERS: Final = str.maketrans("", "", "\u200c\u200d")
"""Zero-width joiners: Persian and Indic names, and many emoji, are spelled with them."""


def is_printable(text: str) -> bool:
    """Whether a text shows what it holds: no control, no invisible and no direction-changing characters."""
    return text.isprintable() or text.translate(_JOINERS).isprintable()


def instant_text(epoch_ms: int) -> str:
    """An instant as a refusal says it."""
    return from_ms(epoch_ms).isoformat().replace("+00:00", "Z")

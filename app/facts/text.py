"""What a name, an id or a reason may be made of."""

from typing import Final

_JOINERS: Final = str.maketrans("", "", "\u200c\u200d")
"""Zero-width joiners: Persian and Indic names, and many emoji, are spelled with them."""


def is_printable(text: str) -> bool:
    """Whether a text shows what it holds: no control, no invisible and no direction-changing characters."""
    return text.isprintable() or text.translate(_JOINERS).isprintable()

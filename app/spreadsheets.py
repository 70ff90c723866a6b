"""Text cells of CSV that spreadsheets show as text: what they would run as a formula gets an apostrophe before it."""

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")
"""A text that begins with an apostrophe gets one more, so that taking one away always gives the text back."""


def guarded(text: str) -> str:
    """The text as a cell that no spreadsheet runs."""
    return f"'{text}" if text.startswith(_FORMULA) else text

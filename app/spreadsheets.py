"""Text cells of CSV that spreadsheets show as text: what they would run as a formula gets an apostrophe before it."""

from typing import Any, Final

import pyarrow.compute

pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")
"""A text that begins with an apostrophe gets one more, so that taking one away always gives the text back."""


def guarded(text: str) -> str:
    """The text as a cell that no spreadsheet runs."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def guarded_column(texts: Any) -> Any:
    """A column of Arrow text, each as a cell that no spreadsheet runs."""
    begins = pc.match_substring_regex(texts, r"^[=+\-@\t\r']")
    return pc.if_else(begins, pc.binary_join_element_wise("'", texts, ""), texts)

"""Columns of text to checked values, a whole column at a time. What is wrong goes to the faults with its row."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from app.clock import from_ms
from app.facts.decide import CLOCK_SKEW_MS, MAX_AMOUNT
from app.facts.text import is_printable
from app.imports.files import Table
from app.imports.models import Reason

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take

MISSING: Final = int(np.iinfo(np.int64).min)
"""Stands for a value that is absent or wrong."""

_INSTANT: Final = (
    r"^(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?"
    r"(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)$"
)
_LATE_DAY: Final = r"^.{8}(29|3[01])"
_AMOUNT: Final = r"^\d+(\.\d{1,2}0*)?$"


def mask(condition: Any) -> Mask:
    """An Arrow condition as a NumPy mask."""
    return np.asarray(condition.to_numpy(zero_copy_only=False), dtype=bool)


def check_text(table: Table, column: str, longest: int, *, required: bool) -> None:
    """Each cell has at most `longest` printable characters and no space around; empty ones only if not required."""
    cells = table.texts[column]
    if required:
        table.blame(column, Reason.EMPTY, mask(pc.equal(cells, "")))
    lengths = pc.utf8_length(cells).to_numpy(zero_copy_only=False)
    too_long = np.flatnonzero(lengths > longest)
    details = [f"{lengths[row]} characters, {longest} are allowed" for row in too_long]
    table.blame(column, Reason.TOO_LONG, too_long, details)
    # The writer of facts takes what is_printable says, so only unusual cells need Python's opinion.
    unusual = np.flatnonzero(mask(pc.match_substring_regex(cells, "[^ -~]")))
    unprintable = [row for row in unusual.tolist() if not is_printable(cells[row].as_py())]
    table.blame(column, Reason.UNPRINTABLE, unprintable)
    table.blame(column, Reason.OUTER_SPACE, mask(pc.match_substring_regex(cells, "^ | $")))


def words(table: Table, column: str, meaning: Mapping[str, int]) -> Ints:
    """The number each cell's word stands for; MISSING for other words."""
    index = pc.index_in(table.texts[column], value_set=pa.array(list(meaning)))
    numbers: Ints = np.array([*meaning.values(), MISSING])[pc.fill_null(index, len(meaning)).to_numpy()]
    allowed = f"one of {', '.join(word for word in meaning if word)}"
    table.blame(column, Reason.UNKNOWN_WORD, numbers == MISSING, allowed)
    return numbers


def spelled(meaning: Sequence[str], numbers: Ints, unsaid: Mask) -> Any:
    """The word of each number as an Arrow array, null where `unsaid`."""
    index: Any = pa.array(numbers, mask=unsaid)
    return pa.array(meaning).take(index)


def instants(table: Table, column: str, now: int | None, *, required: bool = True) -> Ints:
    """Epoch milliseconds, truncated; MISSING for a cell that is empty, not ISO 8601 with a zone, or after `now`."""
    cells = table.texts[column]
    empty = mask(pc.equal(cells, ""))
    if empty.all() and not required:
        return np.full(len(table), MISSING)
    table.blame(column, Reason.EMPTY, empty & required)
    good = mask(pc.match_substring_regex(cells, _INSTANT))
    late_days = np.flatnonzero(good & mask(pc.match_substring_regex(cells, _LATE_DAY)))
    good[[row for row in late_days.tolist() if not _is_date(cells[row].as_py()[:10])]] = False
    table.blame(column, Reason.BAD_INSTANT, ~good & ~empty, "such as 2026-01-31T23:59:59Z")
    texts = pc.if_else(pa.array(good), cells, "1970-01-01T00:00Z")
    if mask(pc.match_substring_regex(texts, r"\.\d{4}")).any():
        texts = pc.replace_substring_regex(texts, r"(\.\d{3})\d+", r"\1")
    values = np.array(texts.cast(pa.timestamp("ms", "UTC")).cast(pa.int64()))
    values[~good] = MISSING
    if now is not None:
        future = values > now + CLOCK_SKEW_MS
        table.blame(column, Reason.FUTURE, future, f"it is {instant_text(now)}")
        values[future] = MISSING
    return values


def amounts(table: Table, column: str, required: Mask, *, signed: bool = False) -> Ints:
    """Minor units (1/100) of decimal text, exactly; MISSING where the cell is empty or wrong."""
    cells = table.texts[column]
    empty = mask(pc.equal(cells, ""))
    table.blame(column, Reason.EMPTY, empty & required)
    negative = mask(pc.starts_with(cells, "-"))
    amount = mask(pc.match_substring_regex(pc.replace_substring_regex(cells, "^-", ""), _AMOUNT))
    refused = negative & (not signed)
    table.blame(column, Reason.NEGATIVE, refused & amount)
    table.blame(column, Reason.BAD_AMOUNT, ~amount & ~empty, "such as 12.34")
    good = amount & ~refused
    # No amount that is allowed needs more than 15 digits; longer ones would not fit what follows.
    long = good & mask(pc.match_substring_regex(cells, r"^-?0*[1-9]\d{15}"))
    trimmed = pc.replace_substring_regex(pc.if_else(pa.array(good & ~long), cells, "0"), r"(\.\d\d)0+$", r"\1")
    minor = pc.multiply(trimmed.cast(pa.decimal128(30, 2)), pa.scalar(Decimal(100)))
    values = np.array(minor.cast(pa.int64()))
    too_large = long | (np.abs(values) > MAX_AMOUNT)
    table.blame(column, Reason.TOO_LARGE, too_large, f"{amount_text(MAX_AMOUNT)} at most")
    values[~good | too_large] = MISSING
    return values


def encode(*columns: Any) -> tuple[list[str], list[Ints]]:
    """One number per different text over all columns; the empty text is -1."""
    coded = pa.concat_arrays([pa.array(c, pa.string()) if isinstance(c, list) else c for c in columns])
    encoded: Any = coded.dictionary_encode()
    names = encoded.dictionary.to_pylist()
    numbers = encoded.indices.to_numpy().astype(np.int64)
    if "" in names:
        numbers[numbers == names.index("")] = -1
    return names, np.split(numbers, np.cumsum([len(c) for c in columns])[:-1])


def first_rows(numbers: Ints, count: int, rows: Ints | None = None) -> Ints:
    """Per number below `count` the first row that has it (of `rows`, or of all), -1 where none has."""
    rows = np.arange(len(numbers)) if rows is None else rows
    rows = rows[numbers[rows] >= 0][::-1]
    first = np.full(count, -1)
    first[numbers[rows]] = rows
    return first


def repeated_rows(table: Table, column: str, reason: Reason, numbers: Ints, first: Ints) -> Mask:
    """Marks and reports the rows whose number an earlier row has."""
    repeated = np.zeros(len(table), dtype=bool)
    numbered = np.flatnonzero(numbers >= 0)
    repeated[numbered] = first[numbers[numbered]] != numbered
    details = [f"first on line {table.lines[row]}" for row in first[numbers[repeated]]]
    table.blame(column, reason, repeated, details)
    return repeated


def differences(table: Table, columns: Mapping[str, tuple[Any, Any]], stored: Mapping[int, Any]) -> Mask:
    """Which rows of `stored` say what is stored; a cell that says something else is a fault naming the stored value.

    `columns` maps a column to (values by row, how to write a stored value out); values are an Arrow or NumPy array, and
    one of null or MISSING is not compared, since it is left out or reported already. `stored` maps a row to an object
    with the same attributes.
    """
    same = np.zeros(len(table), dtype=bool)
    other: dict[str, tuple[list[int], list[str]]] = {column: ([], []) for column in columns}
    for row, kept in stored.items():
        same[row] = True
        for column, (values, written) in columns.items():
            value, kept_value = cell(values, row), getattr(kept, column)
            if value is None or value in (kept_value, MISSING):
                continue
            same[row] = False
            other[column][0].append(row)
            other[column][1].append(f"stored: {written(kept_value)}")
    for column, (differing, details) in other.items():
        table.blame(column, Reason.DIFFERS, differing, details)
    return same


def cell(values: Any, row: int) -> Any:
    """One value of an Arrow or NumPy array as plain Python; None for a null."""
    value = values[row]
    return value.as_py() if isinstance(value, pa.Scalar) else value.item()


def instant_text(epoch_ms: int) -> str:
    """2026-01-31T23:59:59.000Z."""
    return from_ms(epoch_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def amount_text(minor: int) -> str:
    """12.34 of 1234."""
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02}"


def quoted(text: str) -> str:
    """A stored text between quotes, so that an empty one shows."""
    return repr(text)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True

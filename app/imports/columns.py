"""Columns of text to checked values, a whole column at a time. What is wrong goes to the faults with its row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from app.clock import CLOCK_SKEW_MS, from_ms
from app.facts.limits import MAX_AMOUNT
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
_FIRST_MS: Final = int(np.datetime64("1900-01-01", "ms").astype(np.int64))
_END_MS: Final = int(np.datetime64("2100-01-01", "ms").astype(np.int64))
_DECIMAL: Final = pa.decimal128(30, 2)
HUNDRED: Final = 100
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
    table.blame(column, Reason.UNPRINTABLE, _unprintable(cells))
    table.blame(column, Reason.OUTER_SPACE, mask(pc.or_(pc.starts_with(cells, " "), pc.ends_with(cells, " "))))


def _unprintable(cells: Any) -> list[int]:
    """The rows that the writer of facts would refuse; only unusual ones need Python's opinion."""
    data = cells.buffers()[-1]
    if data is None or not (np.frombuffer(data, np.uint8) - ord(" ") > ord("~") - ord(" ")).any():
        return []
    unusual = np.flatnonzero(mask(pc.match_substring_regex(cells, "[^ -~]")))
    texts = cells.take(pa.array(unusual)).to_pylist()
    # Most are names with accents: a text of printable characters is printable.
    if is_printable("".join(set("".join(texts)))):
        return []
    return [row for row, text in zip(unusual.tolist(), texts, strict=True) if not is_printable(text)]


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
    typed = table.texts.typed.get(column)
    values, empty = _read_instants(table.texts[column]) if typed is None else _milliseconds(typed)
    if empty.all() and not required:
        return values
    table.blame(column, Reason.EMPTY, empty & required)
    table.blame(column, Reason.BAD_INSTANT, (values == MISSING) & ~empty, "such as 2026-01-31T23:59:59Z")
    if now is not None:
        future = values > now + CLOCK_SKEW_MS
        table.blame(column, Reason.FUTURE, future, f"it is {instant_text(now)}")
        values[future] = MISSING
    return values


def _read_instants(cells: Any) -> tuple[Ints, Mask]:
    """The instant of each text, MISSING where it says none; and which are empty."""
    empty, good = mask(pc.equal(cells, "")), mask(pc.match_substring_regex(cells, _INSTANT))
    late_days = np.flatnonzero(good & mask(pc.match_substring_regex(cells, _LATE_DAY)))
    good[[row for row in late_days.tolist() if not _is_date(cells[row].as_py()[:10])]] = False
    texts = pc.if_else(pa.array(good), cells, "1970-01-01T00:00Z")
    if mask(pc.match_substring_regex(texts, r"\.\d{4}")).any():
        texts = pc.replace_substring_regex(texts, r"(\.\d{3})\d+", r"\1")
    values = np.array(texts.cast(pa.timestamp("ms", "UTC")).cast(pa.int64()))
    values[~good] = MISSING
    return values, empty


def _milliseconds(cells: Any) -> tuple[Ints, Mask]:
    """The same of Arrow timestamps: the same years are instants, and a part of a millisecond is cut off."""
    empty = ~mask(cells.is_valid())
    ticks = pc.fill_null(cells.cast(pa.int64()), 0).to_numpy()
    at = ticks.astype(f"datetime64[{cells.type.unit}]").astype("datetime64[ms]").astype(np.int64)
    return np.where(empty | (at < _FIRST_MS) | (at >= _END_MS), MISSING, at), empty


def amounts(table: Table, column: str, required: Mask, *, signed: bool = False) -> Ints:
    """Minor units (1/100) of decimal text, exactly; MISSING where the cell is empty or wrong."""
    typed = table.texts.typed.get(column)
    read = _read_amounts(table.texts[column]) if typed is None else _minor_units(typed)
    table.blame(column, Reason.EMPTY, read.empty & required)
    refused = read.negative & (not signed)
    table.blame(column, Reason.NEGATIVE, refused & ~read.wrong)
    table.blame(column, Reason.BAD_AMOUNT, read.wrong & ~read.empty, "such as 12.34")
    table.blame(column, Reason.TOO_LARGE, read.too_large & ~refused, f"{amount_text(MAX_AMOUNT)} at most")
    return np.where(read.wrong | refused | read.too_large, MISSING, read.values)


@dataclass(frozen=True, slots=True)
class _Amounts:
    """Minor units of cells, and what is to say of them; an empty cell is wrong too."""

    values: Ints
    empty: Mask
    negative: Mask
    wrong: Mask
    too_large: Mask


def _read_amounts(cells: Any) -> _Amounts:
    empty, negative = mask(pc.equal(cells, "")), mask(pc.starts_with(cells, "-"))
    amount = mask(pc.match_substring_regex(pc.replace_substring_regex(cells, "^-", ""), _AMOUNT))
    # No amount that is allowed needs more than 15 digits; longer ones would not fit what follows.
    long = amount & mask(pc.match_substring_regex(cells, r"^-?0*[1-9]\d{15}"))
    plain = pc.replace_substring_regex(pc.if_else(pa.array(amount & ~long), cells, "0"), r"(\.\d\d)0+$", r"\1")
    values = _hundredfold(plain.cast(_DECIMAL))
    return _Amounts(values, empty, negative, ~amount, long | (np.abs(values) > MAX_AMOUNT))


def _minor_units(cells: Any) -> _Amounts:
    """The same of Arrow decimals of two decimals at most."""
    zero, most = (pa.scalar(Decimal(value), _DECIMAL) for value in (0, MAX_AMOUNT // HUNDRED))
    empty, known = ~mask(cells.is_valid()), pc.fill_null(cells.cast(_DECIMAL), zero)
    too_large = mask(pc.greater(pc.abs(known), most))
    values = _hundredfold(pc.if_else(pa.array(too_large), zero, known))
    return _Amounts(values, empty, mask(pc.less(known, zero)), empty, too_large)


def _hundredfold(amounts: Any) -> Ints:
    return np.array(pc.multiply(amounts, pa.scalar(Decimal(HUNDRED))).cast(pa.int64()))


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


def instant_or_nothing(epoch_ms: int | None) -> str:
    """The same of what may not be stored."""
    return "nothing" if epoch_ms is None else instant_text(epoch_ms)


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

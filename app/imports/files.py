"""Reads the files of an import directory: CSV or Parquet, every row with its line number.

Cells are texts, except that instants and decimal amounts of Parquet stay what they are until a fault shows one.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from app.imports.faults import Faults, Found
from app.imports.models import COLUMNS, KINDS, OPTIONAL, BadLine, ImportDirectoryError, Kind, Reason

Ints = NDArray[np.int64]
pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
pa_csv: Any = pyarrow.csv
_SUFFIXES: Final = (".csv", ".parquet")
_LARGEST_ROW: Final = 1 << 24
_DECIMALS: Final = 2
_DIGITS: Final = 28


class Texts(dict[str, Any]):
    """Arrow strings by column; a column that was read as something else is written out when it is asked for."""

    def __init__(self, texts: Mapping[str, Any], typed: Mapping[str, Any]) -> None:
        super().__init__(texts)
        self.typed = typed
        """Arrow timestamps with a zone, and decimals."""

    def __missing__(self, column: str) -> Any:
        self[column] = pc.fill_null(_written_out(self.typed[column]), "")
        return self[column]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one file: per column one Arrow array of strings (null becomes the empty text), and line numbers."""

    kind: str
    file: str
    texts: Texts
    lines: Ints
    faults: Faults

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def bad(self) -> NDArray[np.bool_]:
        """Which rows have a fault so far."""
        return self.faults.bad_rows(self.kind)

    def blame(self, column: str, reason: Reason, rows: Any, details: Sequence[str] | str = "") -> None:
        """Report a fault of `column` in `rows` (indices, or a mask); `details` one for all, or one a row."""
        index = np.flatnonzero(rows) if getattr(rows, "dtype", None) == np.bool_ else np.asarray(rows, dtype=np.int64)
        if index.size:
            lines = self.lines[index]
            self.faults.add(Found(self.kind, column, reason, lines, index, self.texts[column], details))


@dataclass(frozen=True, slots=True)
class Input:
    """An import directory as read. A kind whose file is missing has an empty table and no file name."""

    tables: dict[Kind, Table]
    faults: Faults
    rows: int
    """Rows of all files, those among them that could not be read too."""

    @property
    def unusable(self) -> bool:
        """Whether a whole file could not be read, so that references into it say nothing."""
        return self.faults.in_whole_file

    def forget(self) -> None:
        """Give up the texts once they are checked, whoever else still holds this: a check keeps what it needs of them,
        and a million people with their orders are some 150 MiB of text."""
        self.tables.clear()


def read_directory(directory: Path) -> Input:
    """Read every file; unreadable files and rows become faults.

    Raises ImportDirectoryError when the directory does not exist, holds none of the files, or holds a CSV or Parquet
    file that no import reads (a misspelt name would otherwise be passed over in silence).
    """
    faults = Faults()
    tables: dict[Kind, Table] = {}
    paths = _paths(directory)
    for kind in KINDS:
        path = paths.get(kind)
        faults.begin(kind, path.name if path else "", COLUMNS[kind], 0)
        tables[kind] = (
            read_file(kind, path, COLUMNS[kind], faults, OPTIONAL.get(kind, ()))
            if path
            else _no_rows(kind, "", COLUMNS[kind], faults)
        )
    return Input(tables, faults, sum(len(table) + faults.unread(kind) for kind, table in tables.items()))


def _paths(directory: Path) -> dict[Kind, Path]:
    if not directory.is_dir():
        raise ImportDirectoryError(f"{directory} is not a directory; give the one that holds the files to import")
    paths: dict[Kind, Path] = {}
    expected = " ".join(f"{kind}{suffix}" for kind in KINDS for suffix in _SUFFIXES)
    for path in sorted(p for p in directory.iterdir() if p.suffix in _SUFFIXES):
        kind = next((kind for kind in KINDS if kind == path.stem), None)
        if kind is None:
            raise ImportDirectoryError(f"{path} is none of the files an import reads: {expected}")
        if kind in paths:
            raise ImportDirectoryError(f"{directory} holds {paths[kind].name} and {path.name}; keep one of them")
        paths[kind] = path
    if not paths:
        raise ImportDirectoryError(f"{directory} holds none of the files an import reads: {expected}")
    return paths


def _no_rows(kind: str, file: str, columns: Sequence[str], faults: Faults) -> Table:
    texts = {column: pa.array([], pa.string()) for column in columns}
    return Table(kind, file, Texts(texts, {}), np.array([], dtype=np.int64), faults)


def read_file(kind: str, path: Path, columns: Sequence[str], faults: Faults, optional: Sequence[str] = ()) -> Table:
    """One CSV or Parquet file with `columns`; one of `optional` that the file leaves out is read as empty cells.

    An unreadable file or row becomes a fault of `kind`, and of a file that cannot be read the table is empty.
    """
    try:
        header = _csv_header(path) if path.suffix == ".csv" else pyarrow.parquet.read_schema(path).names
        if not _has_columns(kind, path, header, columns, optional, faults=faults):
            return _no_rows(kind, path.name, columns, faults)
        present = [column for column in columns if column in header]
        cells, lines = _read_csv(kind, path, present, faults) if path.suffix == ".csv" else _read_parquet(path, present)
    except (pa.ArrowInvalid, OSError, csv.Error) as error:
        faults.add_unread(BadLine(path.name, 1, "", Reason.UNREADABLE, path.name, str(error)), kind)
        return _no_rows(kind, path.name, columns, faults)
    # The columns' order in the file decides which fault of a line comes first.
    faults.begin(kind, path.name, header, len(lines))
    typed = {column: of for column, of in cells.items() if not pa.types.is_binary(of.type)}
    table = Table(kind, path.name, Texts({}, typed), lines, faults)
    for column in columns:
        if column not in present:
            table.texts[column] = pa.repeat("", len(lines))
        elif column not in typed:
            table.texts[column], undecodable = _decoded(cells[column])
            table.blame(column, Reason.NOT_UTF8, undecodable, "save the file as UTF-8")
    return table


def _csv_header(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return next(csv.reader(file), [])


def _has_columns(
    kind: str, path: Path, header: list[str], wanted: Sequence[str], optional: Sequence[str], *, faults: Faults
) -> bool:
    missing = [c for c in wanted if c not in header and c not in optional]
    unknown = list(dict.fromkeys(c for c in header if c not in wanted))
    repeated = list(dict.fromkeys(c for c in header if c in wanted and header.count(c) > 1))
    expected = f"the columns are {', '.join(f'{c} (may be left out)' if c in optional else c for c in wanted)}"
    for reason, columns in (
        (Reason.MISSING_COLUMN, missing),
        (Reason.UNKNOWN_COLUMN, unknown),
        (Reason.REPEATED_COLUMN, repeated),
    ):
        for column in columns:
            faults.add_unread(BadLine(path.name, 1, column, reason, column, expected), kind)
    return not (missing or unknown or repeated)


def _read_csv(kind: str, path: Path, columns: Sequence[str], faults: Faults) -> tuple[dict[str, Any], Ints]:
    """Cells as bytes, and the line each row begins on: quoted line breaks and blank lines are counted."""
    misfits: list[Any] = []

    def put_aside(row: Any) -> str:
        misfits.append(row)
        return "skip"

    read = pa_csv.read_csv(
        path,
        # Arrow numbers the rows it refuses only when one thread reads.
        read_options=pa_csv.ReadOptions(use_threads=False, block_size=_LARGEST_ROW),
        parse_options=pa_csv.ParseOptions(
            newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=put_aside
        ),
        convert_options=pa_csv.ConvertOptions(
            column_types={column: pa.binary() for column in columns}, strings_can_be_null=False
        ),
    )
    texts = {column: read[column].combine_chunks() for column in columns}
    breaks = sum(
        (pc.count_substring(column, "\n").to_numpy(False) for column in texts.values()), np.zeros(len(read), int)
    )
    # Records are numbered from 1, the header; what Arrow put aside has its number, the rest fills the gaps.
    records = len(read) + len(misfits)
    is_misfit = np.zeros(records, dtype=bool)
    is_misfit[[row.number - 2 for row in misfits]] = True
    breaks_in = np.zeros(records, dtype=np.int64)
    breaks_in[~is_misfit] = breaks
    breaks_in[is_misfit] = [row.text.count("\n") for row in misfits]
    line = np.arange(records) + 2 + np.cumsum(breaks_in) - breaks_in
    for row in misfits:
        detail = f"{row.actual_columns} values, the header has {row.expected_columns}"
        bad_line = BadLine(path.name, int(line[row.number - 2]), "", Reason.WRONG_WIDTH, row.text, detail)
        faults.add_unread(bad_line, kind)
    blank = np.logical_and.reduce([pc.binary_length(column).to_numpy(False) == 0 for column in texts.values()])
    return {name: column.filter(pa.array(~blank)) for name, column in texts.items()}, line[~is_misfit][~blank]


def _read_parquet(path: Path, columns: Sequence[str]) -> tuple[dict[str, Any], Ints]:
    """Cells as bytes, or as they are (`_keeps`); a float is refused, since it cannot say which amount was meant."""
    read: Any = pyarrow.parquet.read_table(path)
    cells: dict[str, Any] = {}
    for column in columns:
        of = read[column].combine_chunks()
        if pa.types.is_floating(of.type):
            raise pa.ArrowInvalid(f"column {column} holds floating-point numbers; write decimals or text")
        cells[column] = of if _keeps(of.type) else pc.fill_null(_written_out(of), "").cast(pa.binary())
    return cells, np.arange(1, len(read) + 1)


def _keeps(type: Any) -> bool:
    """Whether cells of a Parquet column need no reading: instants with a zone, amounts of at most two decimals."""
    if pa.types.is_timestamp(type):
        return type.tz is not None
    return pa.types.is_decimal(type) and 0 <= type.scale <= _DECIMALS and type.precision <= _DIGITS


def _written_out(cells: Any) -> Any:
    if not pa.types.is_timestamp(cells.type):
        return cells.cast(pa.string())
    # Arrow writes a timestamp out far more slowly than NumPy does. Without a zone it stays without: refused later.
    known = cells.is_valid().to_numpy(False)
    instants = pc.fill_null(cells.cast(pa.int64()), 0).to_numpy().astype(f"datetime64[{cells.type.unit}]")
    texts = np.datetime_as_string(instants, timezone="UTC" if cells.type.tz else "naive")
    # Above some size Arrow takes NumPy's text in pieces.
    written: Any = pa.array(texts)
    if isinstance(written, pa.ChunkedArray):
        written = written.combine_chunks()
    return pc.if_else(pa.array(known), written, "")


def _decoded(cells: Any) -> tuple[Any, Ints]:
    """Text, and the rows that are not UTF-8."""
    try:
        return cells.cast(pa.string()), np.array([], dtype=np.int64)
    except pa.ArrowInvalid:
        raw = cells.to_pylist()
        decoded = [cell.decode("utf-8", "replace") for cell in raw]
        bad = [row for row, (cell, text) in enumerate(zip(raw, decoded, strict=True)) if text.encode() != cell]
        return pa.array(decoded, pa.string()), np.array(bad, dtype=np.int64)

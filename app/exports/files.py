"""The canonical form of import files: one order of columns, one format for each type, one way to quote.

Text stands in quotes only where a comma, a quote or a line break asks for it; instants are UTC with milliseconds,
amounts have two decimals, lines end with LF, and the coding is UTF-8. Parquet files hold the same values by type.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet
from numpy.typing import NDArray

from app.facts.commands import FileFormat
from app.files import SUMS, secured_sum, sums_text
from app.imports.columns import MISSING
from app.imports.models import COLUMNS, Kind

Ints = NDArray[np.int64]
pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
INSTANTS: Final = frozenset(
    {
        "enrolled_at",
        "held_until",
        "terminated_at",
        "registered_at",
        "placed_at",
        "paid_at",
        "shipped_at",
        "starts_at",
        "ends_at",
        "grace_ends_at",
        "valid_from",
        "valid_to",
    }
)
AMOUNTS: Final = frozenset({"pv", "cv", "carry_left", "carry_right", "balance", "amount"})
ROWS_A_GROUP: Final = 50_000
"""Rows of a group of a Parquet file, however they came."""
_INSTANT: Final = pa.timestamp("ms", tz="UTC")
_AMOUNT: Final = pa.decimal128(18, 2)
_PART: Final = ".part"


def schema_of(kind: Kind) -> pa.Schema:
    """The types of one file as Parquet."""
    return pa.schema([(name, _type_of(name)) for name in COLUMNS[kind]])


def _type_of(column: str) -> Any:
    if column in INSTANTS:
        return _INSTANT
    return _AMOUNT if column in AMOUNTS else pa.string()


class ExportFile:
    """One file, written a page at a time under another name until it is whole.

    A page is a column of text (Arrow), or of epoch milliseconds or minor units (NumPy), for each of its columns.
    """

    def __init__(self, folder: Path, kind: Kind, file_format: FileFormat) -> None:
        self.path = folder / f"{kind}.{file_format}"
        self.rows = 0
        self._part = self.path.with_name(self.path.name + _PART)
        self._kind = kind
        self._sink = _Csv(self._part, kind) if file_format == "csv" else _Parquet(self._part, kind)

    def write(self, columns: Mapping[str, Any]) -> None:
        """The next rows."""
        ordered = {name: columns[name] for name in COLUMNS[self._kind]}
        self.rows += len(next(iter(ordered.values())))
        self._sink.write(ordered)

    def close(self) -> None:
        """The last row was written."""
        self._sink.close()

    def secure(self) -> str:
        """All that was written is on the disk; the SHA-256 of it."""
        return secured_sum(self._part)

    def finish(self) -> None:
        """Give the file its name."""
        self._part.replace(self.path)
        _to_disk(self.path.parent)

    def discard(self) -> None:
        """What was written of an export that failed goes away."""
        self._part.unlink(missing_ok=True)


def write_sums(folder: Path, sums: Mapping[str, str]) -> str:
    """Write the sums of all files, by their names; the SHA-256 of the sums themselves."""
    (folder / SUMS).write_text(sums_text(sums), encoding="utf-8")
    return secured_sum(folder / SUMS)


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Csv:
    def __init__(self, path: Path, kind: Kind) -> None:
        self._file = path.open("wb")
        self._file.write(f"{','.join(COLUMNS[kind])}\n".encode())

    def write(self, columns: Mapping[str, Any]) -> None:
        cells = [_as_text(name, values) for name, values in columns.items()]
        lines = pc.binary_join_element_wise(*cells, ",")
        if len(lines):
            self._file.write("\n".join([*lines.to_pylist(), ""]).encode())

    def close(self) -> None:
        self._file.close()


class _Parquet:
    def __init__(self, path: Path, kind: Kind) -> None:
        self._schema = schema_of(kind)
        self._writer: Any = pyarrow.parquet.ParquetWriter(path, self._schema, compression="zstd", store_schema=False)
        self._waiting = self._schema.empty_table()

    def write(self, columns: Mapping[str, Any]) -> None:
        table = pa.table([_typed(name, values) for name, values in columns.items()], schema=self._schema)
        self._waiting = pa.concat_tables([self._waiting, table])
        while len(self._waiting) >= ROWS_A_GROUP:
            self._writer.write_table(self._waiting.slice(0, ROWS_A_GROUP).combine_chunks())
            self._waiting = self._waiting.slice(ROWS_A_GROUP)

    def close(self) -> None:
        self._writer.write_table(self._waiting.combine_chunks())
        self._writer.close()


def _as_text(column: str, values: Any) -> Any:
    if column in INSTANTS:
        texts = pa.array(np.datetime_as_string(values.astype("datetime64[ms]"), unit="ms", timezone="UTC"))
        return pc.if_else(pa.array(values == MISSING), "", texts)
    if column in AMOUNTS:
        return decimals(values)
    return _quoted(values)


def _quoted(texts: Any) -> Any:
    doubled = pc.binary_join_element_wise('"', pc.replace_substring(texts, '"', '""'), '"', "")
    return pc.if_else(pc.match_substring_regex(texts, '[",\r\n]'), doubled, texts)


def decimals(minor: Ints) -> Any:
    """12.34 of 1234."""
    sign = pc.if_else(pa.array(minor < 0), "-", "")
    whole, cents = np.divmod(np.abs(minor), 100)
    digits = pc.utf8_lpad(pa.array(cents).cast(pa.string()), 2, "0")
    return pc.binary_join_element_wise(sign, pa.array(whole).cast(pa.string()), ".", digits, "")


def _typed(column: str, values: Any) -> Any:
    if column in INSTANTS:
        return pa.array(values, mask=values == MISSING).cast(_INSTANT)
    return decimals(values).cast(_AMOUNT) if column in AMOUNTS else values

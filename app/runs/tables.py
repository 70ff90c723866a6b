"""Columns to Parquet and back, and what they say as one hash, however the file is written."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from app.engine.columns import digest

ROW_GROUP = 65_536
"""Rows that are read to find one: statistics of a group tell whether a person is in it."""


def to_parquet(columns: Mapping[str, Any]) -> bytes:
    """Equally long columns (NumPy arrays or lists of text) as one Parquet file."""
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, row_group_size=ROW_GROUP, compression="zstd", store_schema=False)
    return bytes(sink.getvalue())


def read_columns(content: bytes) -> dict[str, NDArray[Any]]:
    """Every column of a Parquet file; text comes as objects."""
    table = pq.read_table(pa.BufferReader(content))
    return {name: table.column(name).to_numpy() for name in table.column_names}


def content_hash(columns: Mapping[str, Any]) -> str:
    """SHA-256 over the names and values of columns: the same for what goes into a file and what is read of it.

    A file's own bytes hold the version of the library that wrote it, and would be others after the next upgrade.
    """
    return digest(part for name in sorted(columns) for part in _parts(name, columns[name]))


def _parts(name: str, values: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    """A column of numbers as it is; of text its lengths and bytes."""
    if isinstance(values, np.ndarray) and values.dtype.kind != "O":
        yield name, values
        return
    texts = [text.encode() for text in values]
    yield f"{name}: lengths", np.fromiter(map(len, texts), np.int64, len(texts))
    yield f"{name}: text", np.frombuffer(bytearray().join(texts), np.uint8)


def table_of(content: bytes, names: Sequence[str]) -> Any:
    """A few columns of a Parquet file as an Arrow table, and no more of it decoded."""
    return pq.read_table(pa.BufferReader(content), columns=list(names))


def rows_of(path: Path, column: str, value: int) -> dict[str, list[Any]]:
    """The rows whose sorted integer `column` equals `value`; reads only the row groups that can hold them."""
    return pq.read_table(path, filters=[(column, "=", value)]).to_pydict()


def row_at(path: Path, row: int) -> dict[str, Any]:
    """One row by its number; reads one row group."""
    file = pq.ParquetFile(path)
    group = file.read_row_group(row // ROW_GROUP)
    return group.slice(row % ROW_GROUP, 1).to_pylist()[0]


def some_at(path: Path, row: int, wanted: Callable[[str], bool]) -> dict[str, Any] | None:
    """Those columns of one row that are wanted, by name, None beyond the last row; reads one row group of them."""
    file = pq.ParquetFile(path)
    if row >= file.metadata.num_rows:
        return None
    group = file.read_row_group(row // ROW_GROUP, columns=[name for name in file.schema_arrow.names if wanted(name)])
    return group.slice(row % ROW_GROUP, 1).to_pylist()[0]


def column_at(path: Path, column: str, rows: NDArray[np.int64]) -> list[Any]:
    """The values of one column in the rows given, in their order; reads only the row groups they lie in."""
    file = pq.ParquetFile(path)
    found: dict[int, Any] = {}
    for group in np.unique(rows // ROW_GROUP):
        values = file.read_row_group(int(group), columns=[column]).column(0)
        for row in np.unique(rows[rows // ROW_GROUP == group]):
            found[int(row)] = values[int(row) % ROW_GROUP].as_py()
    return [found[int(row)] for row in rows]


def value_at(path: Path, column: str, row: int) -> Any:
    """The value of one column in one row, None beyond the last row; reads one row group."""
    if row >= pq.ParquetFile(path).metadata.num_rows:
        return None
    return column_at(path, column, np.array([row]))[0]


def some_columns(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """A few columns of a Parquet file, and no more of it."""
    table = pq.read_table(path, columns=list(names))
    return {name: table.column(name).to_numpy() for name in names}

"""Columns to Parquet and back, and what they say as one hash, however the file is written."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from app.engine.columns import digest

ROW_GROUP: Final = 8_192
"""Rows that are read to tell one of them."""
FOOTERS_KEPT: Final = 16
"""Of the files that were asked for one row."""


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


def some_at(path: Path, row: int, wanted: Callable[[str], bool]) -> dict[str, Any] | None:
    """Those columns of one row that are wanted, by name, None beyond the last row; reads one row group of them."""
    footer = _footer(path)
    if row >= footer.num_rows:
        return None
    names = [name for name in footer.schema.names if wanted(name)]
    size = footer.row_group(0).num_rows  # as it was written, by any version
    file = pq.ParquetFile(path, metadata=footer)
    group = file.read_row_group(row // size, columns=names, use_threads=False)
    return group.slice(row % size, 1).to_pylist()[0]


def value_at(path: Path, column: str, row: int) -> Any:
    """The value of one column in one row, None beyond the last row; reads one row group."""
    found = some_at(path, row, lambda name: name == column)
    return None if found is None else found[column]


@lru_cache(maxsize=FOOTERS_KEPT)
def _footer(path: Path) -> Any:
    """What stands where in a file of a run, whose name is the hash of its bytes."""
    return pq.read_metadata(path)


def some_columns(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """A few columns of a Parquet file, and no more of it."""
    table = pq.read_table(path, columns=list(names))
    return {name: table.column(name).to_numpy() for name in names}

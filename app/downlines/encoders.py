"""People as bytes: a page of columns goes in, the bytes of that page come out, and nothing of it stays."""

import csv
import io
from collections.abc import Callable
from typing import Any, Final, Protocol

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from app.downlines.models import Columns, Format
from app.spreadsheets import guarded

_INSTANT: Final = pa.timestamp("ms", tz="UTC")
_AMOUNT: Final = pa.decimal128(18, 2)
_SOURCES: Final[dict[str, tuple[str, pa.DataType]]] = {
    "id": ("ids", pa.string()),
    "name": ("names", pa.string()),
    "level": ("levels", pa.int32()),
    "parent_id": ("parent_ids", pa.string()),
    "slot": ("slots", pa.int8()),
    "sponsor_id": ("sponsor_ids", pa.string()),
    "status": ("statuses", pa.string()),
    "title": ("titles", pa.string()),
    "region": ("regions", pa.string()),
    "enrolled_at": ("enrolled_at", _INSTANT),
    "people": ("heads", pa.int64()),
    "personal_pv": ("personal_pvs", _AMOUNT),
    "personal_cv": ("personal_cvs", _AMOUNT),
    "group_pv": ("group_pvs", _AMOUNT),
    "group_cv": ("group_cvs", _AMOUNT),
}
"""Each column of the answer: the graph's list it comes from, and its type."""
SCHEMA: Final = pa.schema([pa.field(name, kind, nullable=False) for name, (_, kind) in _SOURCES.items()])


class Encoder(Protocol):
    """Bytes of one answer, part by part."""

    def page(self, columns: Columns) -> bytes:
        """The bytes of a page, those that stand before the first among them."""
        ...

    def end(self) -> bytes:
        """The bytes behind the last page."""
        ...


def encoder(file_format: Format, facts: dict[str, str]) -> Encoder:
    """A new encoder. `facts` about the answer stand in a Parquet file's metadata; the others have no place for them."""
    makers: dict[Format, Callable[[], Encoder]] = {
        "ndjson": NdjsonEncoder,
        "csv": CsvEncoder,
        "parquet": lambda: ParquetEncoder(facts),
    }
    return makers[file_format]()


class NdjsonEncoder:
    """One JSON object a line, amounts and instants written as everywhere in this API."""

    def page(self, columns: Columns) -> bytes:
        names, lines = SCHEMA.names, bytearray()
        for row in zip(*_written_out(columns).values(), strict=True):
            # One by one: orjson takes kilobytes for each line, and for a page of them at once tens of megabytes.
            lines += orjson.dumps(dict(zip(names, row, strict=True)), option=orjson.OPT_APPEND_NEWLINE)
        return bytes(lines)

    def end(self) -> bytes:
        return b""


class CsvEncoder:
    """RFC 4180 with a line of names. What a spreadsheet would take for a formula gets an apostrophe before it."""

    def __init__(self) -> None:
        self._begun = False

    def page(self, columns: Columns) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        if not self._begun:
            writer.writerow(SCHEMA.names)
            self._begun = True
        written = _written_out(columns)
        for field in SCHEMA:
            if field.type == pa.string():
                written[field.name] = [guarded(cell) for cell in written[field.name]]
        writer.writerows(zip(*written.values(), strict=True))
        return text.getvalue().encode()

    def end(self) -> bytes:
        return b""


class ParquetEncoder:
    """A row group for each page; the file is whole once its end is there, and no reader takes it before."""

    def __init__(self, facts: dict[str, str]) -> None:
        self._sink = _Drain()
        self._schema = SCHEMA.with_metadata(facts)
        self._writer = pq.ParquetWriter(
            pa.PythonFile(self._sink, mode="w"), self._schema, compression="zstd", write_statistics=False
        )

    def page(self, columns: Columns) -> bytes:
        if columns["ids"]:
            arrays = [_array(columns[source], kind) for source, kind in _SOURCES.values()]
            self._writer.write_batch(pa.record_batch(arrays, schema=self._schema))
        return self._sink.drained()

    def end(self) -> bytes:
        self._writer.close()
        return self._sink.drained()


class _Drain(io.RawIOBase):
    """A file that remembers how long it is and gives up what was written since it was last asked."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._length += len(part)
        return len(part)

    def tell(self) -> int:
        return self._length

    def drained(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _written_out(columns: Columns) -> dict[str, list[Any]]:
    """The columns with amounts and instants as text."""
    written: dict[str, list[Any]] = {}
    for name, (source, kind) in _SOURCES.items():
        values = columns[source]
        if kind == _AMOUNT:
            values = _array(values, kind).cast(pa.string()).to_pylist()
        elif kind == _INSTANT:
            instants = np.asarray(values, "datetime64[ms]")
            values = np.datetime_as_string(instants, unit="ms", timezone="UTC").tolist()
        written[name] = values
    return written


def _array(values: list[Any], kind: pa.DataType) -> Any:
    if kind != _AMOUNT:
        return pa.array(values, kind)
    # Minor units are a decimal's own bytes: 128 bits of two's complement, the lower half first.
    low = np.asarray(values, np.int64)
    words = np.stack([low, low >> 63], axis=1)
    return pa.Array.from_buffers(kind, len(low), [None, pa.py_buffer(words.tobytes())])

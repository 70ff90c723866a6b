"""Frozen NumPy columns: exact dtype, own memory, read-only, and a digest over their bytes."""

import hashlib
from collections import namedtuple
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from app.engine.errors import InvalidSnapshotError

Int8s: TypeAlias = NDArray[np.int8]
Int16s: TypeAlias = NDArray[np.int16]
Int32s: TypeAlias = NDArray[np.int32]
Int64s: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

_CACHE_LINE = 64

Scalar = TypeVar("Scalar", bound=np.generic)


def frozen(name: str, values: Any, dtype: DTypeLike) -> NDArray[Any]:
    """A read-only copy of `values` as one dimension of `dtype`; InvalidSnapshotError rather than a lossy cast."""
    given = np.asarray(values)
    wanted = np.dtype(dtype)
    if given.ndim != 1:
        raise InvalidSnapshotError(f"column {name} has {given.ndim} dimensions; it must have one")
    if given.size and given.dtype.kind not in ("b" if wanted.kind == "b" else "iu"):
        raise InvalidSnapshotError(f"column {name} holds {given.dtype}; it must hold {wanted}")
    if given.size and wanted.kind == "i":
        limits = np.iinfo(wanted)
        low, high = int(given.min()), int(given.max())
        if low < limits.min or high > limits.max:
            raise InvalidSnapshotError(f"column {name} holds {low}..{high}; {wanted} cannot")
    column = np.array(given, dtype=wanted, copy=True)
    column.setflags(write=False)
    return column


def side_by_side(rows: int, dtypes: Sequence[np.dtype[Any]]) -> list[NDArray[Any]]:
    """Unwritten columns in one block of memory: it is asked for once, and comes in large pages, but for its ends."""
    lengths = [-(-rows * dtype.itemsize // _CACHE_LINE) * _CACHE_LINE for dtype in dtypes]
    block, begins = np.empty(sum(lengths), dtype=np.uint8), accumulate(lengths, initial=0)
    return [block[at : at + rows * dtype.itemsize].view(dtype) for at, dtype in zip(begins, dtypes, strict=False)]


def record_of(name: str, module: str, columns: Iterable[str]) -> Any:
    """A named tuple of columns, which is how kernels take a table.

    It must be a name of its module: machine code is kept under that name.
    """
    return namedtuple(name, columns, module=module)


def rows_of(people: Int32s, person: int) -> range:
    """The rows of a person in a column that is sorted by person."""
    # Of another type than the column's, the bounds would make NumPy convert all of the column first.
    first, after = np.searchsorted(people, np.array([person, person + 1], people.dtype))
    return range(int(first), int(after))


def sealed(column: NDArray[Scalar]) -> NDArray[Scalar]:
    """The same array, read-only: for columns that the engine made itself."""
    column.setflags(write=False)
    return column


def digest(columns: Iterable[tuple[str, NDArray[Any]]], *texts: str) -> str:
    """sha256 in hex over names, dtypes, shapes and little-endian bytes: equal if and only if the columns are equal."""
    state = hashlib.sha256()
    for text in texts:
        state.update(f"{len(text)}:{text};".encode())
    for name, column in columns:
        little = np.ascontiguousarray(column, dtype=column.dtype.newbyteorder("<"))
        state.update(f"{name}:{little.dtype.str}:{little.shape};".encode())
        state.update(little.view(np.uint8).data if little.size else b"")
    return state.hexdigest()

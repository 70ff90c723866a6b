"""Several cores at one run: kernels let other threads run, so that parts of a column are worked on side by side."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import numpy as np

from app.engine.columns import Int64s

MOST = 8
"""Beyond a few cores the memory is what is waited for."""
FEWEST_ROWS = 20_000
"""Fewer are done with before a second thread has begun."""

Range = tuple[int, int]
"""First and end, which is not in it."""


def cores_for(rows: int) -> int:
    """How many of the cores that this process may use are worth it."""
    if rows < FEWEST_ROWS:
        return 1
    ours = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(ours, MOST)


class Cores:
    """So many threads. What is computed never depends on how many they are."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._pool = ThreadPoolExecutor(count, "engine") if count > 1 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def run(self, works: Iterable[Callable[[], Any]]) -> list[Any]:
        """Do them all side by side, and return what each returned. None of them may run more on its own."""
        if self._pool is None:
            return [work() for work in works]
        return [future.result() for future in [self._pool.submit(work) for work in works]]

    def ranges(self, length: int) -> list[Range]:
        """As many parts of `length` rows as there are threads."""
        return self._between([length * at // self._count for at in range(1, self._count)], length)

    def people_by_rows(self, first: Int64s) -> list[Range]:
        """Parts of the people with about as many rows each: `first` (n) says where each one's rows begin."""
        rows = int(first[-1]) if len(first) else 0
        ends = np.searchsorted(first, [rows * at // self._count for at in range(1, self._count)])
        return self._between(ends.tolist(), len(first))

    def _between(self, ends: list[int], last: int) -> list[Range]:
        return list(zip([0, *ends], [*ends, last], strict=True))

"""Work in a process of its own, with a memory peak that is its own, and on as many cores as it says."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from app.logs import configure_logs
from app.start import SMALL_PAGES

Result = TypeVar("Result")


def alone(work: Callable[..., Result], *args: Any) -> tuple[Result, float]:
    """The result of a function of some module, and the peak of resident memory in MiB."""
    # Spawned, not forked: a fork begins with our memory as its own.
    os.environ.update(SMALL_PAGES)  # as every process of ours begins
    with ProcessPoolExecutor(1, get_context("spawn"), configure_logs, ("ERROR",)) as pool:
        return pool.submit(_watched, work, *args).result()


def _watched(work: Callable[..., Result], *args: Any) -> tuple[Result, float]:
    return work(*args), peak_mib()


@contextmanager
def on_cores(count: int) -> Iterator[None]:
    """This process on the first few of its cores."""
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(ours)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)


def peak_mib(process: int | str = "self") -> float:
    """Of this process, or of one by its id. getrusage will not do: it also knows what the process was before it was
    spawned."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


def forget_peak() -> None:
    """From here on the peak counts anew."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")

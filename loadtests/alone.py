"""Work in a process of its own: on so many cores, and with a memory peak that is its own."""

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from app.logs import configure_logs

Result = TypeVar("Result")


def alone(work: Callable[..., Result], *args: Any, cores: int | None = None) -> tuple[Result, float]:
    """The result of a function of some module, and the peak of resident memory in MiB; on our first `cores`, or all."""
    # Spawned, not forked: a fork begins with our memory as its own.
    with ProcessPoolExecutor(1, get_context("spawn"), _settle, (cores,)) as pool:
        return pool.submit(_watched, work, *args).result()


def _settle(cores: int | None) -> None:
    configure_logs("ERROR")
    if cores is not None:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


def _watched(work: Callable[..., Result], *args: Any) -> tuple[Result, float]:
    return work(*args), peak_mib()


def peak_mib() -> float:
    """Of this process. getrusage will not do: it also knows what the process was before it was spawned."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024

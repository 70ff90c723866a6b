"""How a question is timed: only a right answer counts, quick questions are asked again, slow ones once."""

import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np

from app.errors import BanyanError

Answer = TypeVar("Answer")

MOST_CALLS: Final = 30
FEWEST_CALLS: Final = 3
SPEND_S: Final = 0.25
SLOW_S: Final = 1.0


class DifferentAnswerError(BanyanError):
    """Both sides were asked the same and said different things: one of them is wrong, so no time is worth reading."""

    title = "Two answers to one question"


class LeftOutError(BanyanError):
    """The question was not answered for a reason worth a row, such as a time limit; the message is the row's words."""

    title = "Left out"


@dataclass(frozen=True, slots=True)
class Timing:
    """Of so many calls, in milliseconds."""

    calls: int
    p50_ms: float
    p95_ms: float


def timing_of(seconds: Sequence[float]) -> Timing:
    return Timing(len(seconds), statistics.median(seconds) * 1000, percentile(seconds, 0.95) * 1000)


def percentile(times: Sequence[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def timed(ask: Callable[[], Answer], check: Callable[[Answer], object]) -> Timing:
    """Ask, let `check` raise unless the answer is right, then ask again: the first time fills the caches.

    Where the first answer takes more than a second, it is the measurement.
    """
    first_s, answer = stopwatch(ask)
    check(answer)
    del answer
    return timing_of([stopwatch(ask)[0] for _ in range(_calls(first_s))] or [first_s])


async def timed_async(ask: Callable[[], Awaitable[Answer]], check: Callable[[Answer], object]) -> Timing:
    """The same where the answer is awaited."""
    first_s, answer = await stopwatch_async(ask())
    check(answer)
    del answer
    return timing_of([(await stopwatch_async(ask()))[0] for _ in range(_calls(first_s))] or [first_s])


def stopwatch(work: Callable[[], Answer]) -> tuple[float, Answer]:
    """Seconds and result."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


async def stopwatch_async(work: Awaitable[Answer]) -> tuple[float, Answer]:
    """The same of something awaited."""
    started = time.perf_counter()
    result = await work
    return time.perf_counter() - started, result


def _calls(first_s: float) -> int:
    return 0 if first_s > SLOW_S else min(MOST_CALLS, max(FEWEST_CALLS, int(SPEND_S / first_s)))


def must_equal(what: str, expected: Any, given: Any) -> None:
    """The gate, for anything that compares, and for arrays."""
    if not np.array_equal(expected, given) if isinstance(expected, np.ndarray) else given != expected:
        raise DifferentAnswerError(f"{what}: expected {str(expected)[:200]}, was given {str(given)[:200]}")

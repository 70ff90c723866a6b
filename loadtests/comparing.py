"""How the other side is timed: only answers that equal ours count, and slow questions are asked once."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from app.errors import BanyanError

Answer = TypeVar("Answer")

MOST_RUNS: Final = 9
FEWEST_RUNS: Final = 3
SPEND_S: Final = 3.0
SLOW_S: Final = 5.0


class DifferentAnswerError(BanyanError):
    """Both sides were asked the same and said different things: one of them is wrong, so no time is worth reading."""

    title = "Two answers to one question"


class LeftOutError(BanyanError):
    """The question was not answered for a reason worth a row, such as a time limit; the message is the row's words."""

    title = "Left out"


@dataclass(frozen=True, slots=True)
class Measured:
    """One row: the median of so many runs, or in words why there is none."""

    what: str
    runs: int = 0
    median_ms: float | None = None
    words: str = ""


def measured(what: str, ask: Callable[[], Answer], check: Callable[[Answer], object]) -> Measured:
    """Ask, let `check` raise unless the answer is right, then ask again: the first time fills the caches.

    Where the first answer takes more than five seconds, it is the measurement.
    """
    try:
        first_s, answer = _timed(ask)
    except LeftOutError as error:
        return Measured(what, words=error.message)
    check(answer)
    del answer
    if first_s > SLOW_S:
        return Measured(what, 1, first_s * 1000)
    runs = min(MOST_RUNS, max(FEWEST_RUNS, int(SPEND_S / first_s)))
    times = [_timed(ask)[0] for _ in range(runs)]
    return Measured(what, runs, statistics.median(times) * 1000)


def must_equal(what: str, expected: Answer, given: Answer) -> None:
    """The gate."""
    if given != expected:
        raise DifferentAnswerError(f"{what}: expected {str(expected)[:200]}, was given {str(given)[:200]}")


def _timed(ask: Callable[[], Answer]) -> tuple[float, Answer]:
    started = time.perf_counter()
    answer = ask()
    return time.perf_counter() - started, answer


def line_of(row: Measured) -> str:
    if row.median_ms is None:
        return f"{row.what:<58}{row.words}"
    return f"{row.what:<58}{row.runs:>7}{row.median_ms:>14,.2f}"


HEADING: Final = f"{'what':<58}{'runs':>7}{'median ms':>14}"

"""When requests are due and about whom they ask, drawn from a seed."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from loadtests.company import id_of

S: Final = 1.1
"""Of Zipf's law: the root of rank k is asked about k to the power of -S times as often as the first."""


def due_times(rate: float, seconds: float, draw: np.random.Generator) -> Iterator[float]:
    """Arrivals of many people who know nothing of each other: so many a second on average, with exponential gaps."""
    due = float(draw.exponential(1 / rate)) if rate else seconds
    while due < seconds:
        yield due
        due += float(draw.exponential(1 / rate))


class Roots:
    """Whom somebody asks about. Ranks follow the order of enrolment: who came first has most people below, and most
    of them look."""

    def __init__(self, people: int, draw: np.random.Generator) -> None:
        weights = np.arange(1, people + 1, dtype=np.float64) ** -S
        self._upto = np.cumsum(weights)
        self._draw = draw

    def one(self) -> str:
        """By Zipf's law."""
        rank = int(np.searchsorted(self._upto, self._draw.random() * self._upto[-1], side="right"))
        return id_of(min(rank, len(self._upto) - 1))

    def asked(self, count: int) -> list[str]:
        """Everybody who is asked about in so many questions, each once, in the order in which they are first."""
        ranks = np.searchsorted(self._upto, self._draw.random(count) * self._upto[-1], side="right")
        _, first = np.unique(ranks, return_index=True)
        return [id_of(min(int(rank), len(self._upto) - 1)) for rank in ranks[np.sort(first)]]

    def anybody(self) -> str:
        """All alike: who buys is no matter of rank."""
        return id_of(int(self._draw.integers(len(self._upto))))

"""A company on running servers, as the parts of the bench take it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.engine.models import Snapshot
from app.periods.months import month_number
from app.runtime import Endpoints
from app.wiring import House
from loadtests.sheet import Sheet
from loadtests.trees import MONTH, SEED, Trees

MONTHS: Final = (MONTH, "2025-11")
"""The first holds all orders of the company and is paid; whatever the bench writes counts in the second."""
PERIOD: Final = month_number(MONTH)
ACTOR: Final = "bench"
LEADERS: Final = 100
_THOUSANDS: Final = {"k": 1_000, "M": 1_000_000}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Filled:
    """A company that is imported and rolled up, with what its files say."""

    shape: str
    house: House
    endpoints: Endpoints
    snapshot: Snapshot
    trees: Trees
    calls: int
    sheet: Sheet
    say: Say
    warm_up: int = 0
    """Calls of what writes before the first that is timed."""
    at_once: bool = True
    """Whether newcomers come together as well."""

    @property
    def people(self) -> int:
        return self.trees.people


def id_of(ix: int) -> str:
    """As the generator names the distributor."""
    return f"D{ix + 1:07}"


def ix_of(id: str) -> int:
    return int(id[1:]) - 1


def size_of(text: str) -> int:
    """`2000`, `100k` or `1M`, as a command is told."""
    return int(float(text[:-1]) * _THOUSANDS[text[-1]]) if text[-1:] in _THOUSANDS else int(text)


class Somebody:
    """Draws people, the same ones in each run."""

    def __init__(self, people: int) -> None:
        self._people = people
        self._random = np.random.default_rng(SEED)

    def anybody(self) -> str:
        return id_of(int(self._random.integers(self._people)))

    def leader(self) -> str:
        """One of the first hundred: large downlines."""
        return id_of(int(self._random.integers(min(LEADERS, self._people))))

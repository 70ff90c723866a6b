"""What the doctor looked at and found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.places.columns import MatrixSpotColumns, SpotColumns

Ints = NDArray[np.int64]
MOST_SHOWN: Final = 100
UNKNOWN: Final = -9
"""In place of a property that is missing and that everybody has."""
Name = Callable[[int], str]
"""How a person is called, by ix: nobody can look a number up."""
Sentence = Callable[[Name], str]


@dataclass(frozen=True, slots=True)
class Mirrors:
    """What people say of their own places, by ix; -9 where a property is missing that everybody has."""

    sponsor: Ints
    parent: Ints
    slot: Ints
    spots: SpotColumns
    """What they keep about open slots below."""
    matrix_parent: Ints
    matrix_slot: Ints
    matrix_spots: MatrixSpotColumns


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of fault: how often, and the first hundred as sentences once people are named."""

    count: int
    sentences: tuple[Sentence, ...]


def plain(*sentences: str, count: int | None = None) -> Finding:
    """Faults that concern no person, as many as there are sentences where no `count` is given."""
    told = tuple(lambda _, said=said: said for said in sentences)
    return Finding(len(sentences) if count is None else count, told)


@dataclass(frozen=True, slots=True)
class Checkup:
    """One thing that was checked, over how many rows; `problems` are the first hundred sentences of `count`."""

    what: str
    rows: int
    count: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All of them. `waiting` facts are in no tally yet, which is no fault; when it is `torn`, facts were written or
    counted meanwhile, so a difference may be none either."""

    checkups: tuple[Checkup, ...]
    waiting: int
    torn: bool

    @property
    def healthy(self) -> bool:
        return not any(checkup.count for checkup in self.checkups)

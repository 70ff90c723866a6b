"""What the cache is given, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

Value = TypeVar("Value")
Structure = dict[str, Any]
"""Columns of a page: lists of the same length, and scalars; anything JSON carries."""
Numbers = list[int]
HearsOfMoments = Callable[[int, int], None]
"""Takes a fact, and when it was recorded, epoch ms."""
HEARS_NOTHING: Final[HearsOfMoments] = lambda _seq, _recorded_at: None  # noqa: E731 - of nobody who asks


@dataclass(frozen=True, slots=True)
class Loaded:
    """A page from the graph: the trees as of the fact `seq`, exactly. `version` is not above it; -1 is never kept.
    `settled` is False where something may change the page that changes no version."""

    ix: int
    version: int
    as_of_seq: int
    seq: int
    structure: Structure
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Served(Generic[Value]):
    """An answer, and the last fact that is surely in it."""

    value: Value
    as_of_seq: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What a look found of the generation: the last fact whose refresh had begun, and the last one whose refresh was
    through. The roll-up has counted and committed both, so whoever looked sees them, and all before them, whole."""

    generation: bytes
    mark: bytes
    done: int


@dataclass(frozen=True, slots=True)
class KeptNumbers:
    """What one look found of people's numbers, by ix; who is missing is not kept."""

    standing: Standing
    by_ix: dict[int, Numbers]


@dataclass(frozen=True, slots=True)
class ServedPage:
    """Columns of the trees as of the fact `seq`, exactly; what else they say knows every fact up to `as_of_seq`.
    `numbers`: of a page out of the cache those that were kept of the people on it."""

    columns: Structure
    as_of_seq: int
    seq: int
    numbers: KeptNumbers | None = None

"""Ranks of people by name, in columns: what one plan calls its ranks another may not know."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Int16s = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class NamedRanks:
    """A rank of each person by ix, as a number into `names`; -1 none, as everybody has who is not told of."""

    names: tuple[str, ...]
    number: Int16s

    @classmethod
    def of(cls, texts: Iterable[str]) -> "NamedRanks":
        """A name for each person, empty for none."""
        texts = list(texts)
        names = tuple(sorted(set(texts) - {""}))
        index = {name: number for number, name in enumerate(names)} | {"": -1}
        return cls(names, np.fromiter((index[text] for text in texts), np.int16, len(texts)))

    def texts(self) -> list[str]:
        """A name for each person, empty for none."""
        names = (*self.names, "")  # -1 is the last
        return [names[number] for number in self.number.tolist()]

    def with_slice(self, first: int, some: "NamedRanks") -> "NamedRanks":
        """The same with others from an ix on, in place of who was there or right behind."""
        names = (*self.names, *(name for name in some.names if name not in self.names))
        table = np.array([*(names.index(name) for name in some.names), -1], np.int16)
        end = first + len(some.number)
        number = np.concatenate([self.number[:first], table[some.number], self.number[end:]])
        return NamedRanks(names, number)


NO_RANKS: Final = NamedRanks((), np.zeros(0, np.int16))


def by_one_table(columns: Sequence[NamedRanks], people: int) -> tuple[tuple[str, ...], list[Int16s]]:
    """All columns as long as there are people, by one table of the names that occur, in the order of the alphabet."""
    used = {one.names[at] for one in columns for at in np.unique(one.number).tolist() if at >= 0} - {""}
    names = tuple(sorted(used))
    index = {name: number for number, name in enumerate(names)}
    found = []
    for one in columns:
        table = np.array([*(index.get(name, -1) for name in one.names), -1], np.int16)
        number = np.full(people, -1, np.int16)
        known = min(people, len(one.number))
        number[:known] = table[one.number[:known]]
        found.append(number)
    return names, found

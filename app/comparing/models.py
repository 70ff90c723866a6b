"""What another system says it paid, how it lines up with a run of ours, and why the two differ.

Amounts are integers in minor units; a difference is ours minus theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.amounts import from_minor
from app.errors import InvalidInputError, NotFoundError
from app.imports.models import BadLine
from app.runs.models import Run

Ints = NDArray[np.int64]

COLUMNS: Final = ("distributor", "bonus", "amount", "note")
OPTIONAL: Final = ("note",)
MAX_RESULTS: Final = 5_000_000
"""Rows of one file: with the largest amount in each, their sum still fits 64 bits."""
EXPLAINED: Final = 20_000
"""Differences that are explained line by line, the largest first; the others keep their cause."""
MOST_ROUNDED: Final = 50
"""What is called rounding at most, minor units. Rounding each line or their total differs by up to half a cent a line
and half a cent for the total; for a leader's thousands of lines that is money, behind which an order may be missing."""


class Cause(IntEnum):
    """What kind of difference it is, so that many can be decided at once."""

    UNKNOWN_PERSON = 1
    NOT_JOINED = 2
    UNKNOWN_BONUS = 3
    ROUNDING = 4
    INACTIVE_STATUS = 5
    INACTIVE_VOLUME = 6
    RANK_DEPTH = 7
    WEAK_LEG_EMPTY = 8
    CAPPED = 9
    NOTHING_REACHES = 10
    ONLY_OURS = 11
    LESS = 12
    MORE = 13
    GATE_CUSTOMER_PV = 14
    GATE_CUSTOMER_SHARE = 15
    GATE_MAJORITY = 16
    CAPPED_OWNER = 17
    CAPPED_DAY = 18
    GATE_CUSTOMERS = 19

    @property
    def words(self) -> str:
        return _WORDS[self]

    @property
    def sentence(self) -> str:
        return f"{self.words[0].upper()}{self.words[1:]}"

    @property
    def has_statement(self) -> bool:
        """Whether our statement of the person and the bonus exists."""
        return self not in (Cause.UNKNOWN_PERSON, Cause.NOT_JOINED, Cause.UNKNOWN_BONUS)


_WORDS: Final = {
    Cause.UNKNOWN_PERSON: "the run knows no such distributor",
    Cause.NOT_JOINED: "had not joined by the end of the month",
    Cause.UNKNOWN_BONUS: "our plan has no bonus of that name",
    Cause.ROUNDING: f"rounding: at most half a cent a line and for the total, {from_minor(MOST_ROUNDED)} in all",
    Cause.INACTIVE_STATUS: "missed: status not active",
    Cause.INACTIVE_VOLUME: "missed: too little personal PV to be active",
    Cause.RANK_DEPTH: "missed: the rank does not pay that level",
    Cause.WEAK_LEG_EMPTY: "missed: one leg is empty",
    Cause.CAPPED: "missed: above the cap",
    Cause.NOTHING_REACHES: "nothing in our data reaches them",
    Cause.ONLY_OURS: "we pay, they do not",
    Cause.LESS: "we pay less, and no missed rule of ours explains it",
    Cause.MORE: "we pay more",
    Cause.GATE_CUSTOMER_PV: "missed: too little PV of own customers",
    Cause.GATE_CUSTOMER_SHARE: "missed: too small a part of personal PV from customers",
    Cause.GATE_MAJORITY: "missed: too small a part of group PV from customers",
    Cause.CAPPED_OWNER: "missed: all positions of the owner together above their cap",
    Cause.CAPPED_DAY: "missed: days above the cap of a day",
    Cause.GATE_CUSTOMERS: "missed: too few own customers who bought",
}


class NothingToCompareError(NotFoundError):
    title = "Nothing to compare with"


class ResultsError(InvalidInputError):
    """A file of results or of bonus names has bad lines; the message says each on a line of its own."""

    title = "Nothing compared"

    def __init__(self, bad_lines: tuple[BadLine, ...], faults: int) -> None:
        more = [f"and {faults - len(bad_lines):,} more"] if faults > len(bad_lines) else []
        counted = f"{faults:,} fault{'' if faults == 1 else 's'}. Correct the file and compare again."
        super().__init__("\n".join([counted, *map(str, bad_lines), *more]))
        self.bad_lines = bad_lines


@dataclass(frozen=True, slots=True)
class Results:
    """The other system's results as read: Arrow columns of text, amounts signed."""

    file: str
    distributor: Any
    bonus: Any
    amount: Ints
    note: Any


@dataclass(frozen=True, slots=True)
class BonusNames:
    """What their bonuses are called with us. `lines` says where each stands, for messages."""

    file: str
    ours: Mapping[str, str]
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LineUp:
    """Every pair of person and bonus that either side pays or names, sorted by pair.

    person: ix of the run, or beyond its last for people it does not know. bonus: index into `bonuses`: the plan's, then
    those that only they have. pair_of: the pair of each row of the file. unused: those of their names
    in the bonus names that no row has.
    """

    person: Ints
    bonus: Ints
    theirs: Ints
    ours: Ints
    pair_of: Ints
    strangers: list[str]
    bonuses: list[str]
    unused: list[str]
    planned: int
    """How many of `bonuses` are the plan's."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """A sum on both sides."""

    name: str
    theirs: int
    ours: int

    @property
    def difference(self) -> int:
        return self.ours - self.theirs


@dataclass(frozen=True, slots=True)
class CauseCount:
    """How often a cause was found, and the differences it made."""

    cause: Cause
    count: int
    difference: int


@dataclass(frozen=True, slots=True)
class PeopleCounts:
    """Everybody whom either side pays: `only_…` get something from one side alone."""

    equal: int
    differing: int
    only_theirs: int
    only_ours: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One person and bonus on which the two do not agree."""

    distributor: str
    name: str
    bonus: str
    theirs: int
    ours: int
    cause: Cause
    reason: str
    note: str

    @property
    def difference(self) -> int:
        return self.ours - self.theirs


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the two systems compare for one month. The totals are of everything, equal or not."""

    run: Run
    file: str
    tolerance: int
    bonuses: list[Amounts]
    unknown_bonuses: list[str]
    unused_names: list[str]
    """What the bonus names call theirs, and no row of the file does."""
    people: PeopleCounts
    tolerated: int
    """Pairs that differ by no more than the tolerance, and count as equal."""
    causes: list[CauseCount]
    differences: list[Difference]
    """Sorted by distributor, then in the order of `bonuses`."""

    @property
    def total(self) -> Amounts:
        return Amounts("total", sum(b.theirs for b in self.bonuses), sum(b.ours for b in self.bonuses))

    @property
    def equal(self) -> bool:
        return not self.differences

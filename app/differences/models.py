"""How two runs differ. Amounts are integers in minor units; a change is what the second run pays less what the first
one does.

People, orders and bonuses of both runs have numbers in common here: those of the first run, then those that only the
second one has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.engine.columns import Bools, Int64s
from app.engine.models import Result
from app.plans.models import Plan
from app.runs.models import Run, Taken

PEOPLE_A_PAGE: Final = 200
LINES_TOLD: Final = 20
"""Lines of a person's bonus that are told in words, the largest change first; the rest is counted."""
LINES_OF_ONE: Final = 1_000
"""The same where one person is asked for."""
MOST_AS_CSV: Final = 100_000
"""People in a file, the largest change first; the others are added up."""


class Cause(IntEnum):
    """By which rule a line is paid otherwise. Where several changed, the first of them that makes a difference."""

    ORDER = 1
    PERSON = 2
    BONUS = 3
    TREE = 4
    ACTIVE = 5
    SKIPS = 6
    VOLUME = 7
    RANK = 8
    RATE = 9
    CAP = 10
    ROUNDING = 11
    OTHER = 12
    STEP = 13

    @property
    def word(self) -> str:
        return self.name.lower()

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS: Final = {
    Cause.ORDER: "the order counts in one run only",
    Cause.PERSON: "the person is in one run only",
    Cause.BONUS: "only one of the plans has the bonus",
    Cause.TREE: "the seller stands elsewhere in relation to the person",
    Cause.ACTIVE: "the person is active in one run only",
    Cause.SKIPS: "other people below are skipped or paid, or levels are compressed otherwise",
    Cause.VOLUME: "the volume that is paid on is another",
    Cause.RANK: "the person is paid by another rank",
    Cause.RATE: "the plans have another rate",
    Cause.CAP: "the cap is another, or is reached in one run only",
    Cause.ROUNDING: "the plans round otherwise",
    Cause.STEP: "the person's group or own volume reaches another rate",
    Cause.OTHER: "none of the rules explains it",
}


@dataclass(frozen=True, slots=True)
class Paid:
    """A run with what went in and what came out."""

    taken: Taken
    plan: Plan
    result: Result


@dataclass(frozen=True, slots=True)
class Numbered:
    """The numbers in common of a run's people, orders and bonuses, each by its row, and back (-1: not in this run)."""

    person: Int64s
    order: Int64s
    bonus: Int64s
    ix_of: Int64s
    row_of: Int64s
    bonus_of: Int64s


@dataclass(frozen=True, slots=True)
class Changed:
    """The lines whose amounts differ, by person, bonus and order. order: -1 none; before, after: the row in `Lines` of
    each run, -1 where it has none; change: minor units, never 0."""

    person: Int64s
    bonus: Int64s
    order: Int64s
    before: Int64s
    after: Int64s
    change: Int64s

    def __len__(self) -> int:
        return len(self.change)

    def of(self, rows: NDArray[Any]) -> "Changed":
        """Some of them."""
        return Changed(*(getattr(self, name)[rows] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class LinedUp:
    """Two runs side by side. Per bonus and person (shape (bonuses, people)) what each pays; `cause` of each line that
    changed; `equal`: lines that pay the same in both."""

    people: Sequence[str]
    orders: Sequence[str]
    bonuses: tuple[str, ...]
    sides: tuple[Numbered, Numbered]
    before: Int64s
    after: Int64s
    changed: Changed
    cause: Int64s
    equal: int

    @property
    def change(self) -> Int64s:
        """Per person."""
        change: Int64s = (self.after - self.before).sum(axis=0)
        return change

    @property
    def touched(self) -> Bools:
        """Per person whether any line of theirs changed."""
        touched = np.zeros(len(self.people), np.bool_)
        touched[self.changed.person] = True
        return touched


@dataclass(frozen=True, slots=True)
class Amounts:
    """What both runs pay under one heading."""

    name: str
    before: int
    after: int

    @property
    def change(self) -> int:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class CauseTotal:
    """The lines that changed by one rule: how many pay more and how much, how many pay less and how much."""

    cause: Cause
    lines: int
    more: int
    less: int

    @property
    def change(self) -> int:
        return self.more - self.less


@dataclass(frozen=True, slots=True)
class PeopleTotal:
    """People who gain and what, who lose and what; even: their lines changed and their sum did not."""

    gaining: int
    gained: int
    losing: int
    lost: int
    even: int


@dataclass(frozen=True, slots=True)
class SideOfLine:
    """One run's side of a line: what it pays (0 without a line) and why, or why not."""

    amount: int
    words: str


@dataclass(frozen=True, slots=True)
class LineChange:
    order: str | None
    cause: Cause
    before: SideOfLine
    after: SideOfLine


@dataclass(frozen=True, slots=True)
class BonusChange:
    """One bonus of one person. lines: how many changed; `told` are the largest of them."""

    amounts: Amounts
    lines: int
    told: list[LineChange]


@dataclass(frozen=True, slots=True)
class PersonChange:
    distributor: str
    name: str
    amounts: Amounts
    bonuses: list[BonusChange]


@dataclass(frozen=True, slots=True)
class Differences:
    """How the run `after` pays otherwise than the run `before`: totals of everything, and a page of the people, who
    gains or loses most first. The changes by bonus, by cause and by people each add up to the change of the total."""

    before: Run
    after: Run
    currency: str
    total: Amounts
    bonuses: list[Amounts]
    causes: list[CauseTotal]
    people: PeopleTotal
    lines_equal: int
    lines_changed: int
    page: list[PersonChange]
    offset: int

    @property
    def equal(self) -> bool:
        return not self.lines_changed

    @property
    def people_changed(self) -> int:
        return self.people.gaining + self.people.losing + self.people.even

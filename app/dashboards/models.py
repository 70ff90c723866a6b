"""What a dashboard is made of. Volumes and amounts are minor units."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from app.periods.models import Period
from app.runs.standings import Standing, StoredRun
from app.trees.models import Leg

Source = Literal["live", "preview", "committed"]


class Volumes(NamedTuple):
    pv: int
    cv: int


class Group(NamedTuple):
    """Everybody in a tree from the person down, the person among them."""

    heads: int
    pv: int
    cv: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Who the person is, and what they and their legs have in a period, as rolled up to `as_of_seq`."""

    ix: int
    name: str
    status: str
    title: str
    enrolled_at: datetime
    own: Volumes
    customers: Volumes
    sponsor: Group
    binary: Group
    matrix: Group | None
    """None when the company keeps no matrix."""
    leg_count: int
    legs: tuple[Leg, ...]
    """Of the sponsor tree, the heaviest first; not all of them."""
    sides: tuple[Leg, ...]
    """Of the binary tree, from the left; who stands in no slot is left out."""
    as_of_seq: int


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody in a downline. `level` counts from the person at its top."""

    id: str
    name: str
    status: str
    level: int
    sponsor_id: str
    enrolled_at: datetime


@dataclass(frozen=True, slots=True)
class Newest:
    """Who was enrolled last below a person, the last one first. Not `complete`: others may have come later, or at all,
    since the search ended early."""

    people: tuple[Newcomer, ...]
    complete: bool
    as_of_seq: int


class Runs(NamedTuple):
    """The run that paid a calendar last, and the last nightly preview of its open period."""

    committed: StoredRun | None
    preview: StoredRun | None


@dataclass(frozen=True, slots=True)
class Told:
    """A standing, and what tells it."""

    source: Source
    standing: Standing


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A standing that there is not is words, which say why."""

    period: Period | None
    figures: Figures
    newest: Newest
    rank: Told | str
    present: Told | str
    """Of the open period."""
    committed: Told | str
    """Of the last period that was paid."""
    theirs: bool
    """Whether it is for the person themselves, or for staff: pay and what ranks ask is nobody else's to see."""

    @property
    def as_of_seq(self) -> int:
        """The last fact that is surely in every part but the standings, which say their own."""
        return min(self.figures.as_of_seq, self.newest.as_of_seq)

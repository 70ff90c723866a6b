"""What every bonus looks at, and what it comes to: the rows that it will write into the tables of the run."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol

import numpy as np

from app.amounts import to_minor
from app.engine.columns import Bools, Int32s, Int64s
from app.engine.compiled import compiled
from app.engine.cores import Cores
from app.engine.errors import PlanMismatchError
from app.engine.forest import Forest
from app.engine.models import Lines, Misses, Ranks, Reason, Snapshot
from app.plans.matrix import Matrix
from app.plans.models import Plan
from app.plans.unilevel import LevelBonus

_INACTIVE_STATUS, _INACTIVE_VOLUME = int(Reason.INACTIVE_STATUS), int(Reason.INACTIVE_VOLUME)


@dataclass(frozen=True, slots=True)
class Case:
    """One run in progress, as one bonus sees it: whoever fails its gates is not active in `ranks`, and what pays nobody
    has no CV in `snapshot`. `whole` is the company with all its CV. Shapes as in the models."""

    snapshot: Snapshot
    plan: Plan
    ranks: Ranks
    cores: Cores
    whole: Snapshot

    @property
    def activity(self) -> "Activity":
        # Without a volume rule nobody is inactive by volume, and this zero is never read.
        needed = to_minor(self.plan.activity.personal_pv or Decimal(0))
        return Activity(self.ranks.active, self.snapshot.people.active, self.ranks.actual("personal_pv"), needed)


class Activity(NamedTuple):
    """Who is active, and what an inactive person lacked: per person active, status active, minor PV; the PV needed."""

    active: Bools
    status: Bools
    personal: Int64s
    needed: int


def climbed_by(snapshot: Snapshot, bonus: object) -> Forest:
    """The tree up which a bonus pays its orders. Raises PlanMismatchError where the company does not keep it."""
    if not isinstance(bonus, Matrix):
        return snapshot.sponsor_tree
    if snapshot.matrix_tree is None:
        raise PlanMismatchError(
            f"The bonus {bonus.name!r} pays up a matrix {bonus.width} wide, and the company keeps no matrix"
        )
    return snapshot.matrix_tree


def beginnings(snapshot: Snapshot, bonus: object) -> Int32s:
    """Per order (m) who is first in line for it, n for nobody: the seller of a customer's, whoever stands above the
    buyer of an own purchase. In a matrix nobody is, where the seller has no place in it."""
    orders, tree = snapshot.orders, climbed_by(snapshot, bonus)
    first = np.where(orders.buyer < 0, orders.seller, tree.up[orders.seller])
    if isinstance(bonus, Matrix):
        # Whoever has no sponsor tops the company, and its matrix.
        outside = (tree.up[:-1] == tree.people) & (snapshot.people.sponsor >= 0)
        first[outside[orders.seller]] = tree.people
    return first.astype(np.int32)


def takes_any_level(snapshot: Snapshot, plan: Plan, ranks: Ranks, bonus: LevelBonus) -> Bools:
    """Who takes the level that comes to them whether or not they are paid on it (n). Under dynamic compression nobody
    does; under standard compression the active, if their rank is not compressed, else all whose leaving does not say
    that they take none."""
    if bonus.compression == "dynamic":
        return np.zeros(len(snapshot.people), dtype=np.bool_)
    if bonus.compression == "standard":
        return ranks.active & (ranks.pay >= least_rank(plan, bonus))
    return ~snapshot.people.passed_over


def least_rank(plan: Plan, bonus: LevelBonus) -> int:
    """The rank index from which on people take levels under standard compression; -1: they all do."""
    return -1 if bonus.compress_below is None else plan.rank_names.index(bonus.compress_below)


class Draft(Protocol):
    """What one bonus comes to: how many rows each person gets (n), and then the rows."""

    @property
    def line_counts(self) -> Int64s: ...

    @property
    def miss_counts(self) -> Int64s: ...

    def write(self, lines: Lines, line_at: Int64s, misses: Misses, miss_at: Int64s) -> None:
        """Fill this bonus's rows of both tables: those of person p begin at line_at[p] and miss_at[p]."""


def starts_of(counts: list[Int64s]) -> list[Int64s]:
    """Where each person's rows of each bonus begin in one table sorted by person, then bonus; the counts as given.

    One entry more than there are bonuses: where each person's rows end.
    """
    rows = np.zeros(len(counts[0]), dtype=np.int64)
    for column in counts:
        rows += column
    starts = [np.cumsum(rows) - rows]
    for column in counts:
        starts.append(starts[-1] + column)
    return starts


@compiled
def inactivity(status: bool, personal: int, needed: int) -> tuple[int, int, int]:
    """Why somebody inactive is so: reason, needed, actual."""
    if status:
        return _INACTIVE_VOLUME, needed, personal
    return _INACTIVE_STATUS, 1, 0

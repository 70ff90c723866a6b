"""Volumes and legs of a closed period: those its committed run was calculated from, which never change again."""

import asyncio
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.errors import ConflictError
from app.graph import GraphDatabase
from app.periods.models import Period
from app.runs.breakaway import place_of_rank
from app.runs.errors import NoRunError, NoStatementError
from app.runs.models import Run
from app.runs.opened import OpenedRun, OpenedRuns
from app.runs.repository import RunRepository
from app.trees.models import Leg
from app.volumes.models import NOBODY, Tree
from app.volumes.sums import UNITS

Ints = NDArray[np.int64]
Amounts = tuple[int, int]
"""PV and CV in minor units."""


class NotInRunError(ConflictError):
    """A run's snapshot holds no such tree."""

    title = "Not in the run"


@dataclass(frozen=True, slots=True)
class ClosedVolumes:
    """A person's volumes in a closed period, in one tree."""

    run: Run
    own: Amounts
    customers: Amounts
    group: Amounts
    people: int
    """Everybody in the tree from the person down at the period's end, the person among them."""

    @property
    def personal(self) -> Amounts:
        return self.own[0] + self.customers[0], self.own[1] + self.customers[1]


@dataclass(frozen=True, slots=True)
class ClosedWithout:
    """Group volume in the sponsor tree without the legs whose heads, `ids`, were paid by a rank or a higher one."""

    amounts: Amounts
    ids: list[str]


class ClosedPeriods:
    """Answers about any period with a committed run. O(1) once the run is open; what looks at levels or legs is one
    pass over a column of the people then."""

    def __init__(self, graph: GraphDatabase, *, runs: RunRepository, opened: OpenedRuns) -> None:
        self._graph = graph
        self._runs = runs
        self._opened = opened

    async def volumes(self, distributor_id: str, period: Period, tree: Tree) -> ClosedVolumes:
        """Raises NoStatementError for whoever joined later, NotInRunError in a matrix that was not kept."""
        opened, ix = await self._find(distributor_id, period, tree)
        columns = await _volumes(opened)
        own, customers, group = (_amounts(columns, kind, ix) for kind in ("own", "customer", tree))
        return ClosedVolumes(opened.run, own, customers, group, int(columns[f"{tree}_people"][ix]))

    async def within(self, distributor_id: str, period: Period, tree: Tree, levels: int) -> Amounts:
        """Volume of a person and everybody to some level below."""
        opened, ix = await self._find(distributor_id, period, tree)
        columns, parent = await _volumes(opened), _parents(opened, tree)
        level, total = np.array([ix]), np.zeros(2, np.int64)
        personal = [columns[f"own_{unit}"] + columns[f"customer_{unit}"] for unit in UNITS]
        for below in range(levels + 1):
            if below:
                level = _children(parent, level)
            total += [values[level].sum() for values in personal]
        return int(total[0]), int(total[1])

    async def without(self, distributor_id: str, period: Period, rank: str) -> ClosedWithout:
        """By the ranks of that very run. Raises UnknownRankError."""
        opened, ix = await self._find(distributor_id, period, "sponsor")
        columns, least = await _volumes(opened), place_of_rank(rank, opened.plan.rank_names, opened.run.id)
        legs = _children(_parents(opened, "sponsor"), np.array([ix]))
        broken = legs[opened.result.ranks.pay[legs] >= least]
        pv, cv = (int(columns[f"sponsor_{unit}"][ix] - columns[f"sponsor_{unit}"][broken].sum()) for unit in UNITS)
        return ClosedWithout((pv, cv), [opened.taken.ids[leg] for leg in broken.tolist()])

    async def legs(self, distributor_id: str, period: Period, tree: Tree) -> tuple[Leg, ...]:
        """By slot, else by enrolment; names and statuses are today's."""
        opened, ix = await self._find(distributor_id, period, tree)
        columns, slots = await _volumes(opened), _slots(opened, tree)
        legs = _children(_parents(opened, tree), np.array([ix]))
        legs = legs[np.argsort(slots[legs], kind="stable")]
        [said] = await self._graph.read("queries/runs/names", {"ixs": legs.tolist()})
        return tuple(
            Leg(
                ix=leg,
                id=opened.taken.ids[leg],
                name=name,
                status=status,
                slot=int(slots[leg]),
                heads=int(columns[f"{tree}_people"][leg]),
                pv=int(columns[f"{tree}_pv"][leg]),
                cv=int(columns[f"{tree}_cv"][leg]),
            )
            for leg, name, status in zip(legs.tolist(), said["names"], said["statuses"], strict=True)
        )

    async def _find(self, distributor_id: str, period: Period, tree: Tree) -> tuple[OpenedRun, int]:
        run = await self._runs.one(period.run or "")
        if run is None:
            raise NoRunError(f"There is no committed run of {period.name}.")
        opened = await self._opened.open(run)
        if tree == "matrix" and opened.taken.snapshot.matrix_tree is None:
            raise NotInRunError(f"The company kept no matrix in {period.name}; ask for another tree.")
        ix = opened.ix_of.get(distributor_id)
        if ix is None or not opened.taken.enrolled[ix]:
            raise NoStatementError(f"{distributor_id} had not joined by the end of {period.name}.")
        return opened, ix


async def _volumes(opened: OpenedRun) -> dict[str, Ints]:
    return await asyncio.to_thread(lambda: opened.volumes)


def _amounts(columns: dict[str, Ints], kind: str, ix: int) -> Amounts:
    return int(columns[f"{kind}_pv"][ix]), int(columns[f"{kind}_cv"][ix])


def _parents(opened: OpenedRun, tree: Tree) -> Ints:
    people = opened.taken.snapshot.people
    if tree == "matrix" and people.matrix_parent is not None:
        return people.matrix_parent
    return people.sponsor if tree == "sponsor" else people.parent


def _slots(opened: OpenedRun, tree: Tree) -> NDArray[np.int8]:
    """Per ix; 0 in the sponsor tree, which has none."""
    people = opened.taken.snapshot.people
    if tree == "matrix" and people.matrix_slot is not None:
        return people.matrix_slot
    return people.slot if tree == "binary" else np.zeros(len(people), np.int8)


def _children(parent: Ints, above: Ints) -> Ints:
    """Everybody directly below some people, by ix."""
    is_above = np.zeros(len(parent) + 1, np.bool_)  # one more: nobody's parent is -1
    is_above[above] = True
    is_above[NOBODY] = False
    return np.flatnonzero(is_above[parent])

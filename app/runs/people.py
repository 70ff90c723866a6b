"""People's columns of a live database: as true at an instant and known at a fact, all of them or a slice.

Later changes do not matter, however long ago the instant is: people carry the seq that made them, and an edge that was
ended later is found among the ended ones. Live edges are read before ended ones, so an edge that a move ends meanwhile
is seen at least once, and twice it says the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.engine.errors import InvalidSnapshotError
from app.graph import GraphDatabase
from app.graph.paging import PEOPLE_A_CALL, in_order, ranges
from app.runs.rank_names import NamedRanks

Ints = NDArray[np.int64]
Int8s = NDArray[np.int8]
Bools = NDArray[np.bool_]


class Moment(NamedTuple):
    """What was so at an instant (epoch ms), as known at the fact `seq`."""

    at: int
    seq: int


class Owned(NamedTuple):
    """Who belongs to somebody named otherwise than they: by ix, and what that owner is named."""

    ixs: list[int]
    owners: list[str]


@dataclass(frozen=True, slots=True)
class KnownPeople:
    """People from some ix on, as far as facts tell of them. Whoever enrolled later is in no tree and not active.

    sponsor, parent, matrix_parent: ix, -1 for nobody; slots from 1 on, 0 without a place; the last two are None where
    no matrix is kept. passed_over: they take no level because of how they left.
    """

    enrolled: Bools
    active: Bools
    passed_over: Bools
    sponsor: Ints
    parent: Ints
    slot: Int8s
    title: NamedRanks
    matrix_parent: Ints | None = None
    matrix_slot: Int8s | None = None
    ids: list[str] = field(default_factory=list)
    regions: list[str] = field(default_factory=list)
    owned: Owned = field(default_factory=lambda: Owned([], []))

    def __len__(self) -> int:
        return len(self.enrolled)

    def nameless(self) -> "KnownPeople":
        """Without what is text."""
        return replace(self, ids=[], regions=[], owned=Owned([], []))

    def with_slices(self, slices: Iterable[tuple[int, "KnownPeople"]]) -> "KnownPeople":
        """The same, nameless, with slices that begin at some ix: in place of what was there, or right behind it."""
        slices = list(slices)
        count = max([len(self), *(first + len(some) for first, some in slices)])
        columns: dict[str, Any] = {}
        for each in fields(self):
            column = getattr(self, each.name)
            if isinstance(column, np.ndarray):
                columns[each.name] = grown = np.empty(count, column.dtype)
                grown[: len(self)] = column
                for first, some in slices:
                    grown[first : first + len(some)] = getattr(some, each.name)
        title = self.title
        for first, some in slices:
            title = title.with_slice(first, some.title)
        return replace(self.nameless(), title=title, **columns)


_PEOPLE: Final = (
    "ids",
    "regions",
    "statuses",
    "titles",
    "enrolled",
    "terminated_at",
    "consequences",
    "owned",
    "owners",
)


class PeopleReader:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def read(self, moment: Moment, first: int, to: int, *, matrix: bool) -> KnownPeople:
        """Those whose ix is within [first, to)."""
        columns = await self._columns(moment, first, to)
        enrolled = np.asarray(columns["enrolled"], np.bool_)
        statuses = await self._statuses(moment, first, columns)
        sponsor, _ = await self._edges("sponsor", moment, first, to)
        parent, slot = await self._edges("binary", moment, first, to)
        in_matrix: tuple[Ints | None, Int8s | None] = (None, None)
        if matrix:
            in_matrix = await self._edges("matrix", moment, first, to)
        return KnownPeople(
            enrolled=enrolled,
            active=enrolled & statuses.active,
            passed_over=statuses.passed_over,
            sponsor=sponsor,
            parent=parent,
            slot=slot,
            matrix_parent=in_matrix[0],
            matrix_slot=in_matrix[1],
            title=NamedRanks.of(columns["titles"]),
            ids=columns["ids"],
            regions=columns["regions"],
            owned=Owned(columns["owned"], columns["owners"]),
        )

    async def _columns(self, moment: Moment, first: int, to: int) -> dict[str, list[Any]]:
        """The status of each is the one they have now."""
        columns: dict[str, list[Any]] = {name: [] for name in _PEOPLE}
        reads = [
            partial(
                self._graph.read,
                "queries/runs/people_columns",
                {"from_ix": begin, "to_ix": end, "before": moment.at + 1},
            )
            for begin, end in ranges(to, PEOPLE_A_CALL, first)
        ]
        async for [page] in in_order(reads):
            for name, values in columns.items():
                values.extend(page[name])
        if len(columns["ids"]) != to - first:
            found = f"of {to - first:,} people {len(columns['ids']):,} are found by number"
            raise InvalidSnapshotError(f"{found}; banyan doctor names what was lost")
        return columns

    async def _statuses(self, moment: Moment, first: int, columns: dict[str, list[Any]]) -> "_Statuses":
        """Statuses taken back, or on, to what they were at the moment."""
        count = len(columns["ids"])
        active = np.fromiter((status == "active" for status in columns["statuses"]), np.bool_, count)
        statuses, before = _Statuses(active, np.zeros(count, np.bool_)), moment.at + 1
        for row in np.flatnonzero(np.asarray(columns["terminated_at"], np.int64) >= 0).tolist():
            left = _Status("terminated", columns["terminated_at"][row], columns["consequences"][row])
            statuses.set(row, left, before)
        reads = [
            partial(self._graph.read, "queries/runs/status_changes", {"from_ix": begin, "to_ix": end})
            for begin, end in ranges(first + count, PEOPLE_A_CALL, first)
        ]
        then: dict[int, _Status] = {}
        async for [page] in in_order(reads):
            for ix, known, since, *said in zip(*page.values(), strict=True):
                status, consequence, old_status, old_since, old_consequence = said
                then.setdefault(ix, _Status(old_status, old_since, old_consequence))
                if known <= moment.seq and since <= moment.at:
                    then[ix] = _Status(status, since, consequence)
        for ix, one in then.items():
            statuses.set(ix - first, one, before)
        return statuses

    async def _edges(self, tree: str, moment: Moment, first: int, to: int) -> tuple[Ints, Int8s]:
        parent = np.full(to - first, -1, np.int64)
        slot = np.zeros(to - first, np.int8)
        of = {"seq": moment.seq, "at": moment.at}
        reads = [
            partial(self._live_then_ended, tree, {"from_ix": begin, "to_ix": end, **of})
            for begin, end in ranges(to, PEOPLE_A_CALL, first)
        ]
        async for pages in in_order(reads):
            for page in pages:
                children = np.asarray(page["children"], np.int64) - first
                parent[children] = page["parents"]
                if "slots" in page:
                    slot[children] = page["slots"]
        return parent, slot

    async def stands(self, tree: str, moment: Moment, ix: int) -> bool:
        """Whether somebody has an edge to somebody above."""
        parent, _ = await self._edges(tree, moment, ix, ix + 1)
        return bool(parent[0] >= 0)

    async def _live_then_ended(self, tree: str, params: dict[str, int]) -> list[dict[str, Any]]:
        return [
            page
            for statement in (f"queries/runs/{tree}_edges", f"queries/runs/ended_{tree}_edges")
            for page in await self._graph.read(statement, params)
        ]


@dataclass(frozen=True, slots=True)
class _Status:
    """A status since an instant (epoch ms, negative: since ever), and the consequence of a termination."""

    status: str
    since: int
    consequence: str


@dataclass(frozen=True, slots=True)
class _Statuses:
    """By row: who is active, and who takes no level because of how they left."""

    active: Bools
    passed_over: Bools

    def set(self, row: int, status: _Status, before: int) -> None:
        """What somebody is just before an instant, given their status; whoever was terminated later was active."""
        begun = status.since < before
        self.active[row] = status.status == "active" or not begun
        self.passed_over[row] = begun and status.status == "terminated" and status.consequence == "compress_for_pay"


def first_positions(people: KnownPeople) -> NDArray[np.int32]:
    """The row of each position's owner's first one, of everybody. Where an owner is named as a position is, that one is
    the owner's as well."""
    ids, (owned, owners) = people.ids, people.owned
    first = np.arange(len(people), dtype=np.int32)
    if not owned:
        return first
    first_of: dict[str, int] = {}
    for ix, name in zip(owned, owners, strict=True):
        first_of.setdefault(name, ix)
    elsewhere = set(owned)
    named = [ix for ix, id in enumerate(ids) if id in first_of and ix not in elsewhere]
    for ix in named:
        first_of[ids[ix]] = min(ix, first_of[ids[ix]])
    first[owned] = [first_of[name] for name in owners]
    first[named] = [first_of[ids[ix]] for ix in named]
    return first

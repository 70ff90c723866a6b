"""The tallies recomputed: every edge and every order, summed anew over whole trees. Shares nothing with the roll-up,
which counts fact by fact.

Figures are as of the roll-up's cursor: facts beyond it do not matter. While a roll-up counts, the stored figures move.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from app.engine.errors import BrokenTreeError
from app.engine.forest import Forest, forest, scatter_sums
from app.facts.calendars import MONTHLY
from app.graph import GraphDatabase
from app.graph.paging import FACTS_A_CALL, PEOPLE_A_CALL, in_order, ranges
from app.people.ids import ids_of
from app.volumes.edges import Edges, Ints, read_edges
from app.volumes.models import TREES, Difference, OpenPeriod, Tree
from app.volumes.repository import levels_kept, periods_of
from app.volumes.sums import UNITS, Sold, volume_columns

MOST_KEPT: Final = 1_000
SLOTS: Final = (0, 1)
_ORDERS: Final = {"seller": "seller_ixs", "buyer": "buyer_ixs", "pv": "pv", "cv": "cv"}
_MISSING: Final = -1
Columns = dict[str, Ints]


@dataclass(frozen=True, slots=True)
class TallyReport:
    """What the recomputation found. `differences` are the first thousand by ix; `wrong` is whom they concern, all,
    by calendar."""

    people: int
    seq: int
    tallies: int
    """How many tallies were compared, of every calendar."""
    count: int
    differences: tuple[Difference, ...]
    wrong: Mapping[str, Ints]


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What the tallies must be at a fact: counts, and by calendar the volumes of the newest period of each slot."""

    people: int
    seq: int
    counts: Columns
    slots: Mapping[tuple[str, int], tuple[int, Columns]]
    """Calendar and slot to the number of the period and the volumes."""
    levels: Mapping[tuple[str, int], Mapping[Tree, Ints]]
    """Calendar and slot to the volumes by level (people, 2 x depth): PV and CV of level 1, then of level 2, …"""
    depths: Mapping[Tree, int]
    """To how many levels below each person volumes are kept."""

    @property
    def calendars(self) -> list[str]:
        """Those that there are tallies of; the months' hold the counts, too."""
        return sorted({MONTHLY, *(calendar for calendar, _ in self.slots)})

    def slots_of(self, calendar: str) -> dict[int, tuple[int, Columns]]:
        """What `slots` says of a calendar, by slot."""
        return {slot: said for (of, slot), said in self.slots.items() if of == calendar}


class TallyCheck:
    """Recomputes every tally and compares."""

    def __init__(self, db: GraphDatabase) -> None:
        self._db = db

    async def differences(self) -> list[Difference]:
        """Stored figures that the recomputation does not confirm, by ix, the first thousand; none when all is well."""
        return list((await self.report()).differences)

    async def report(self, edges: Mapping[Tree, Edges] | None = None) -> TallyReport:
        """Compare all; `edges` where somebody has read them already."""
        wanted = await self.recompute(edges)
        return compare(await self.all_stored(wanted), wanted)

    async def recompute(
        self, edges: Mapping[Tree, Edges] | None = None, depths: Mapping[Tree, int] | None = None
    ) -> Recomputed:
        """The figures from edges and orders alone, by level to the depths that are kept or to those given. Raises
        BrokenTreeError, which names people by their ids, when a tree has a cycle."""
        try:
            return await self._recompute(edges, depths)
        except BrokenTreeError as error:
            raise error.calling(await ids_of(self._db, error.people)) from None

    async def _recompute(self, edges: Mapping[Tree, Edges] | None, depths: Mapping[Tree, int] | None) -> Recomputed:
        (row,) = await self._db.read("queries/volumes/all_periods")
        seq = row["seq"]
        kept = levels_kept(row) if depths is None else depths
        (there,) = await self._db.read("queries/moments/people_at", {"seq": seq})
        people = there["people"]
        if edges is None:
            edges = {tree: await read_edges(self._db, tree, people) for tree in kept}
        now = {tree: _forest(tree, edges[tree], people, edges[tree].known_at(seq)) for tree in kept}
        slots, levels = {}, {}
        for period in _newest_of_each_slot(periods_of(row)):
            closed = period.closed_at(seq)
            known = seq if closed is None else closed
            orders = await self._orders(period, period.turns[0], known)
            then = {}
            for tree in kept:
                rows = edges[tree].holding(period.ends_at - 1, known)
                same = np.array_equal(rows, edges[tree].known_at(seq))  # most often
                then[tree] = now[tree] if same else _forest(tree, edges[tree], people, rows)
            slots[period.calendar, period.slot] = period.number, volume_columns(people, then, Sold(**orders))
            levels[period.calendar, period.slot] = _by_level(people, then, orders, kept)
        counts = {f"{tree}_count": now[tree].sizes for tree in kept}
        return Recomputed(people, seq, counts, slots, levels, kept)

    async def all_stored(self, wanted: Recomputed) -> dict[str, Columns]:
        """The tallies that must be as `wanted`, by calendar."""
        return {
            calendar: await self.stored(wanted.people, calendar, wanted.depths)
            | await self.stored_levels(wanted, calendar)
            for calendar in wanted.calendars
        }

    async def stored(self, people: int, calendar: str = MONTHLY, trees: Iterable[Tree] = TREES) -> Columns:
        """The tallies of a calendar as stored by ix: `ix` is -1 where there is none."""
        names = _names(trees)
        columns = {name: np.full(people, _MISSING, np.int64) for name in names}
        reads = [
            partial(
                self._db.read,
                "queries/volumes/all_tallies",
                {"calendar": calendar, "from_ix": first, "to_ix": last, "figures": names},
            )
            for first, last in ranges(people, PEOPLE_A_CALL)
        ]
        async for [row] in in_order(reads):
            page = dict(zip(names, row["columns"], strict=True))
            for name, values in page.items():
                columns[name][page["ix"]] = values
        return columns

    async def stored_levels(self, wanted: Recomputed, calendar: str) -> dict[str, Ints]:
        """Volumes by level as stored (people, 2 x depth), by their property's name; what is not there is zero."""
        shapes = {f"{tree}_levels_{slot}": wanted.depths[tree] for tree in wanted.depths for slot in SLOTS}
        columns = {name: np.zeros((wanted.people, 2 * depth), np.int64) for name, depth in shapes.items() if depth}
        if not columns:
            return {}
        reads = [
            partial(
                self._db.read,
                "queries/volumes/all_levels",
                {"calendar": calendar, "from_ix": first, "to_ix": last, "figures": list(columns)},
            )
            for first, last in ranges(wanted.people, PEOPLE_A_CALL)
        ]
        async for [row] in in_order(reads):
            for name, page in zip(columns, row["columns"], strict=True):
                for ix, volumes in zip(row["ixs"], page, strict=True):
                    if volumes:
                        some = volumes[: columns[name].shape[1]]
                        columns[name][ix, : len(some)] = some
        return columns

    async def _orders(self, period: OpenPeriod, opened: int, known: int) -> Columns:
        """By order and return of a period, which lie between its opening and `known`: `seller`, `buyer` (-1 a
        customer), `pv` and `cv`."""
        of_period = {"calendar": period.calendar, "period": period.number}
        reads = [
            partial(self._db.read, "queries/volumes/volume_facts", {**of_period, "after_seq": after, "to_seq": to})
            for after, to in ranges(known, FACTS_A_CALL, opened)
        ]
        pages = [[np.array(row[name], np.int64) for name in _ORDERS.values()] async for [row] in in_order(reads)]
        nothing = [np.zeros(0, np.int64)] * len(_ORDERS)
        return {name: np.concatenate(parts) for name, *parts in zip(_ORDERS, nothing, *pages, strict=True)}


def _names(trees: Iterable[Tree]) -> list[str]:
    """The properties of a tally that a recomputation says something about, and its ix."""
    volumes = [f"{kind}_{unit}" for kind in ("own", "customer", *trees) for unit in UNITS]
    by_slot = [name for slot in SLOTS for name in (f"period_{slot}", *(f"{volume}_{slot}" for volume in volumes))]
    return ["ix", *(f"{tree}_{figure}" for tree in trees for figure in ("count", "seq")), *by_slot]


def _forest(tree: Tree, edges: Edges, people: int, rows: Any) -> Forest:
    # An edge that names nobody is named by whoever looks at edges; here its child stands at the top.
    return forest(tree, edges.parents(people, rows & (edges.child < people) & (edges.parent < people)))


def _by_level(
    people: int, trees: Mapping[Tree, Forest], orders: Columns, depths: Mapping[Tree, int]
) -> dict[Tree, Ints]:
    columns: dict[Tree, list[Ints]] = {tree: [] for tree in depths}
    for tree in depths:
        level = [scatter_sums(orders["seller"], orders[unit], people) for unit in UNITS]
        for _ in range(depths[tree]):
            level = [trees[tree].child_sums(values) for values in level]
            columns[tree] += level
    nothing = np.zeros((people, 0), np.int64)
    return {tree: np.stack(of, axis=1) if of else nothing for tree, of in columns.items()}


def compare(stored: Mapping[str, Columns], wanted: Recomputed) -> TallyReport:
    """Every figure against its recomputation."""
    findings = [_compared(calendar, columns, wanted) for calendar, columns in stored.items()]
    kept = [difference for finding in findings for difference in finding.kept]
    kept.sort(key=lambda difference: (difference.ix, difference.figure))
    return TallyReport(
        wanted.people,
        wanted.seq,
        sum(int(np.count_nonzero(columns["ix"] >= 0)) for columns in stored.values()),
        sum(finding.count for finding in findings),
        tuple(kept[:MOST_KEPT]),
        {finding.calendar: finding.wrong for finding in findings},
    )


@dataclass(frozen=True, slots=True)
class _Finding:
    """The differences of one calendar's tallies, and the first thousand of each figure."""

    calendar: str
    count: int
    kept: list[Difference]
    wrong: Ints


def _compared(calendar: str, stored: Columns, wanted: Recomputed) -> _Finding:
    expected = _counts_expected(stored, wanted) if calendar == MONTHLY else []
    of = "" if calendar == MONTHLY else f"{calendar} "
    # Another calendar's tally is there once it holds a volume; that a month's is missing is said by the counts.
    there = stored["ix"] >= 0 if calendar == MONTHLY else np.ones(wanted.people, np.bool_)
    for slot, (number, volumes) in wanted.slots_of(calendar).items():
        current = stored[f"period_{slot}"] == number
        figures = [(name, stored[f"{name}_{slot}"], column) for name, column in volumes.items()]
        for tree, levels in wanted.levels[calendar, slot].items():
            for place in range(levels.shape[1]):
                level, unit = divmod(place, len(UNITS))
                name = f"{tree}_{UNITS[unit]} on level {level + 1}"
                figures.append((name, stored[f"{tree}_levels_{slot}"][:, place], levels[:, place]))
        for name, values, column in figures:
            value = np.where(current, values, 0)
            expected.append((f"{name} of {of}{number}", value, np.where(there, column, value)))
    count, kept, wrong = 0, [], np.zeros(wanted.people, np.bool_)
    for name, values, computed in expected:
        different = values != computed
        wrong |= different
        rows = np.flatnonzero(different)
        count += len(rows)
        kept += [Difference(ix, name, int(values[ix]), int(computed[ix])) for ix in rows[:MOST_KEPT].tolist()]
    return _Finding(calendar, count, kept, np.flatnonzero(wrong))


def _counts_expected(stored: Columns, wanted: Recomputed) -> list[tuple[str, Ints, Ints]]:
    there = stored["ix"] >= 0
    expected: list[tuple[str, Ints, Ints]] = [("tally", there.astype(np.int64), np.ones(wanted.people, np.int64))]
    for name, column in wanted.counts.items():
        expected.append((name, stored[name], np.where(there, column, stored[name])))
    for tree in wanted.depths:
        version = stored[f"{tree}_seq"]
        expected.append((f"{tree}_seq", version, np.minimum(version, wanted.seq)))
    return expected


def _newest_of_each_slot(periods: Sequence[OpenPeriod]) -> list[OpenPeriod]:
    newest: dict[tuple[str, int], OpenPeriod] = {}
    for period in sorted(periods, key=lambda period: period.number):
        newest[period.calendar, period.slot] = period
    return list(newest.values())

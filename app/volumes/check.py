"""The tallies recomputed: every edge and every order, summed anew over whole trees. Shares nothing with the roll-up,
which counts fact by fact.

Figures are as of the roll-up's cursor: facts beyond it do not matter. While a roll-up counts, the stored figures move.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from app.engine.forest import Forest, forest, scatter_sums
from app.graph import GraphDatabase
from app.graph.paging import FACTS_A_CALL, PEOPLE_A_CALL, in_order, ranges
from app.volumes.edges import Edges, Ints, read_edges
from app.volumes.models import TREES, Difference, OpenPeriod, Tree

MOST_KEPT: Final = 1_000
SLOTS: Final = (0, 1)
_UNITS: Final = ("pv", "cv")
_VOLUMES: Final = tuple(f"{kind}_{unit}" for kind in ("own", "customer", "sponsor", "binary") for unit in _UNITS)
_STORED: Final = (
    *("ix", "sponsor_count", "binary_count", "sponsor_seq", "binary_seq"),
    *(name for slot in SLOTS for name in (f"period_{slot}", *(f"{volume}_{slot}" for volume in _VOLUMES))),
)
_ORDERS: Final = {"seller": "seller_ixs", "buyer": "buyer_ixs", "pv": "pv", "cv": "cv"}
_MISSING: Final = -1
Columns = dict[str, Ints]


@dataclass(frozen=True, slots=True)
class TallyReport:
    """What the recomputation found. `differences` are the first thousand by ix; `wrong` is whom they concern, all."""

    people: int
    seq: int
    count: int
    differences: tuple[Difference, ...]
    wrong: Ints


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What the tallies must be at a fact: counts, and the volumes of the newest period of each slot."""

    people: int
    seq: int
    counts: Columns
    slots: Mapping[int, tuple[int, Columns]]
    """Slot to the number of its period and the volumes."""


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
        return compare(await self.stored(wanted.people), wanted)

    async def recompute(self, edges: Mapping[Tree, Edges] | None = None) -> Recomputed:
        """The figures from edges and orders alone. Raises BrokenTreeError when a tree has a cycle."""
        (row,) = await self._db.read("queries/volumes/all_periods")
        people, seq = row["people"], row["seq"]
        if edges is None:
            edges = {tree: await read_edges(self._db, tree, people) for tree in TREES}
        now = {tree: _forest(tree, edges[tree], people, edges[tree].known_at(seq)) for tree in TREES}
        slots = {}
        for period in _newest_of_each_slot(list(map(OpenPeriod, row["numbers"], row["ends_at"], row["closed_seqs"]))):
            known = seq if period.closed_seq < 0 else min(seq, period.closed_seq)
            orders = await self._orders(period.number, known)
            then = {}
            for tree in TREES:
                rows = edges[tree].holding(period.ends_at - 1, known)
                same = np.array_equal(rows, edges[tree].known_at(seq))  # most often
                then[tree] = now[tree] if same else _forest(tree, edges[tree], people, rows)
            slots[period.slot] = period.number, _volumes(people, then, orders)
        return Recomputed(people, seq, {f"{tree}_count": now[tree].sizes for tree in TREES}, slots)

    async def stored(self, people: int) -> Columns:
        """The tallies as stored by ix: `ix` is -1 where there is none."""
        columns = {name: np.full(people, _MISSING, np.int64) for name in _STORED}
        reads = [
            partial(
                self._db.read,
                "queries/volumes/all_tallies",
                {"from_ix": first, "to_ix": last, "figures": list(_STORED)},
            )
            for first, last in ranges(people, PEOPLE_A_CALL)
        ]
        async for [row] in in_order(reads):
            page = dict(zip(_STORED, row["columns"], strict=True))
            for name, values in page.items():
                columns[name][page["ix"]] = values
        return columns

    async def _orders(self, period: int, known: int) -> Columns:
        """By order and return: `seller`, `buyer` (-1 a customer), `pv` and `cv`."""
        reads = [
            partial(self._db.read, "queries/volumes/volume_facts", {"period": period, "after_seq": after, "to_seq": to})
            for after, to in ranges(known, FACTS_A_CALL)
        ]
        pages = [[np.array(row[name], np.int64) for name in _ORDERS.values()] async for [row] in in_order(reads)]
        nothing = [np.zeros(0, np.int64)] * len(_ORDERS)
        return {name: np.concatenate(parts) for name, *parts in zip(_ORDERS, nothing, *pages, strict=True)}


def _forest(tree: Tree, edges: Edges, people: int, rows: Any) -> Forest:
    return forest(tree, edges.parents(people, rows))


def _volumes(people: int, trees: Mapping[Tree, Forest], orders: Columns) -> Columns:
    seller, buyer = orders["seller"], orders["buyer"]
    columns: Columns = {}
    for unit in _UNITS:
        amount = orders[unit]
        for kind, bought in (("own", buyer >= 0), ("customer", buyer < 0)):
            columns[f"{kind}_{unit}"] = scatter_sums(seller[bought], amount[bought], people)
        personal = columns[f"own_{unit}"] + columns[f"customer_{unit}"]
        columns |= {f"{tree}_{unit}": shape.subtree_sums(personal) for tree, shape in trees.items()}
    return columns


def compare(stored: Columns, wanted: Recomputed) -> TallyReport:
    """Every figure against its recomputation."""
    there = stored["ix"] >= 0
    expected: list[tuple[str, Ints, Ints]] = [("tally", there.astype(np.int64), np.ones(wanted.people, np.int64))]
    for name, column in wanted.counts.items():
        expected.append((name, stored[name], np.where(there, column, stored[name])))
    for tree in TREES:
        version = stored[f"{tree}_seq"]
        expected.append((f"{tree}_seq", version, np.minimum(version, wanted.seq)))
    for slot, (number, volumes) in wanted.slots.items():
        current = stored[f"period_{slot}"] == number
        for name, column in volumes.items():
            value = np.where(current, stored[f"{name}_{slot}"], 0)
            expected.append((f"{name} of {number}", value, np.where(there, column, value)))
    return _report(wanted, expected)


def _report(wanted: Recomputed, expected: Sequence[tuple[str, Ints, Ints]]) -> TallyReport:
    count, kept, wrong = 0, [], np.zeros(wanted.people, np.bool_)
    for name, stored, computed in expected:
        different = stored != computed
        wrong |= different
        rows = np.flatnonzero(different)
        count += len(rows)
        kept += [Difference(ix, name, int(stored[ix]), int(computed[ix])) for ix in rows[:MOST_KEPT].tolist()]
    kept.sort(key=lambda difference: (difference.ix, difference.figure))
    return TallyReport(wanted.people, wanted.seq, count, tuple(kept[:MOST_KEPT]), np.flatnonzero(wrong))


def _newest_of_each_slot(periods: Sequence[OpenPeriod]) -> list[OpenPeriod]:
    newest: dict[int, OpenPeriod] = {}
    for period in sorted(periods, key=lambda period: period.number):
        newest[period.slot] = period
    return list(newest.values())

"""The obvious way to the tallies: every edge and every order, summed anew. Shares nothing with the roll-up.

Run it while nothing is written and the roll-up has caught up; otherwise differences mean nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.graph import GraphDatabase
from app.volumes.models import TREES, Difference, OpenPeriod, Tree

Ints = NDArray[np.int64]
_PEOPLE_A_CALL: Final = 20_000
_ORDERS_A_CALL: Final = 20_000
_VOLUMES: Final = tuple(f"{kind}_{unit}" for kind in ("own", "customer", "sponsor", "binary") for unit in ("pv", "cv"))


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge, live or ended; instants in epoch ms, None while live."""

    child: int
    parent: int
    seq_from: int
    valid_from: int
    seq_to: int | None
    valid_to: int | None

    def known_at(self, seq: int) -> bool:
        """Whether it is the live edge as known at a fact."""
        return self.seq_from <= seq and (self.seq_to is None or self.seq_to > seq)

    def holds(self, instant: int, seq: int) -> bool:
        """Whether it was so at an instant, as known at a fact."""
        if self.seq_from > seq or self.valid_from > instant:
            return False
        return self.seq_to is None or self.seq_to > seq or (self.valid_to is not None and instant < self.valid_to)


class TallyCheck:
    """Recomputes every tally and compares."""

    def __init__(self, db: GraphDatabase) -> None:
        self._db = db

    async def differences(self) -> list[Difference]:
        """Stored figures that the recomputation does not confirm, by ix; empty when all is well."""
        (row,) = await self._db.read("queries/volumes/all_periods")
        people, seq = row["people"], row["seq"]
        periods = list(map(OpenPeriod, row["numbers"], row["ends_at"], row["closed_seqs"]))
        edges: dict[Tree, list[Edge]] = {tree: await self._edges(tree, people) for tree in TREES}
        stored = await self._stored(people)
        found = [Difference(ix, "tally", 0, 1) for ix in sorted(set(range(people)) - stored.keys())]
        figures: dict[str, Ints] = {}
        for tree in TREES:
            parents = parents_of(people, (e for e in edges[tree] if e.known_at(seq)))
            figures[f"{tree}_count"] = subtree_sums(parents, np.ones(people, np.int64))
        for ix, tally in stored.items():
            found += _compare(ix, tally, {name: int(column[ix]) for name, column in figures.items()})
            found += [
                Difference(ix, f"{tree}_seq", tally[f"{tree}_seq"], seq) for tree in TREES if tally[f"{tree}_seq"] > seq
            ]
        for period in _newest_of_each_slot(periods):
            known = seq if period.closed_seq < 0 else min(seq, period.closed_seq)
            volumes = self._volumes(people, edges, period, known, await self._orders(period.number, known))
            for ix, tally in stored.items():
                current = tally[f"period_{period.slot}"] == period.number
                slot = {name: tally[f"{name}_{period.slot}"] if current else 0 for name in _VOLUMES}
                wanted = {name: int(column[ix]) for name, column in volumes.items()}
                found += _compare(ix, slot, wanted, suffix=f" of {period.number}")
        return sorted(found, key=lambda difference: (difference.ix, difference.figure))

    @staticmethod
    def _volumes(
        people: int, edges: dict[Tree, list[Edge]], period: OpenPeriod, known: int, orders: list[Sequence[int]]
    ) -> dict[str, Ints]:
        columns = {name: np.zeros(people, np.int64) for name in _VOLUMES}
        for _, seller_ix, buyer_ix, _, pv, cv in orders:
            kind = "customer" if buyer_ix < 0 else "own"
            columns[f"{kind}_pv"][seller_ix] += pv
            columns[f"{kind}_cv"][seller_ix] += cv
        for tree in TREES:
            parents = parents_of(people, (e for e in edges[tree] if e.holds(period.ends_at - 1, known)))
            for unit in ("pv", "cv"):
                columns[f"{tree}_{unit}"] = subtree_sums(parents, columns[f"own_{unit}"] + columns[f"customer_{unit}"])
        return columns

    async def _edges(self, tree: Tree, people: int) -> list[Edge]:
        edges: list[Edge] = []
        for first in range(0, people, _PEOPLE_A_CALL):
            params = {"from_ix": first, "to_ix": min(first + _PEOPLE_A_CALL, people)}
            (row,) = await self._db.read(f"queries/volumes/edges_{tree}", params)
            edges += [Edge(*columns) for columns in row["edges"]]
        return edges

    async def _stored(self, people: int) -> dict[int, dict[str, int]]:
        names = ["ix", "sponsor_count", "binary_count", "sponsor_seq", "binary_seq"]
        for slot in (0, 1):
            names += [f"period_{slot}", *(f"{name}_{slot}" for name in _VOLUMES)]
        stored: dict[int, dict[str, int]] = {}
        for first in range(0, people, _PEOPLE_A_CALL):
            params = {"from_ix": first, "to_ix": min(first + _PEOPLE_A_CALL, people)}
            (row,) = await self._db.read("queries/volumes/all_tallies", params)
            stored |= {columns[0]: dict(zip(names, columns, strict=True)) for columns in row["tallies"]}
        return stored

    async def _orders(self, period: int, known: int) -> list[Sequence[int]]:
        orders: list[Sequence[int]] = []
        while True:
            (row,) = await self._db.read(
                "queries/volumes/volume_facts",
                {
                    "period": period,
                    "after_seq": orders[-1][0] if orders else 0,
                    "known": known,
                    "limit": _ORDERS_A_CALL,
                },
            )
            orders += row["orders"]
            if len(row["orders"]) < _ORDERS_A_CALL:
                return orders


def parents_of(people: int, edges: Iterable[Edge]) -> Ints:
    """Parent by ix, -1 at the top."""
    parents = np.full(people, -1, np.int64)
    for edge in edges:
        parents[edge.child] = edge.parent
    return parents


def subtree_sums(parents: Ints, values: Ints) -> Ints:
    """Each person's value and those of everybody below, by ix."""
    jump, depth = parents.copy(), (parents >= 0).astype(np.int64)
    while (jump >= 0).any():  # pointer jumping: the part of the way up that is counted doubles
        at = np.flatnonzero(jump >= 0)
        depth[at], jump[at] = depth[at] + depth[jump[at]], jump[jump[at]]
    by_depth: dict[int, list[int]] = defaultdict(list)
    for ix in np.flatnonzero(parents >= 0).tolist():
        by_depth[int(depth[ix])].append(ix)
    sums = values.copy()
    for level in sorted(by_depth, reverse=True):
        ixs = np.array(by_depth[level], np.int64)
        np.add.at(sums, parents[ixs], sums[ixs])
    return sums


def _newest_of_each_slot(periods: Sequence[OpenPeriod]) -> list[OpenPeriod]:
    newest: dict[int, OpenPeriod] = {}
    for period in sorted(periods, key=lambda period: period.number):
        newest[period.slot] = period
    return list(newest.values())


def _compare(ix: int, stored: dict[str, int], wanted: dict[str, int], suffix: str = "") -> list[Difference]:
    return [
        Difference(ix, name + suffix, stored[name], value) for name, value in wanted.items() if stored[name] != value
    ]

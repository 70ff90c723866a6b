"""Every edge of a tree, live and ended, as columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.graph import GraphDatabase
from app.graph.paging import PEOPLE_A_CALL, in_order, ranges
from app.volumes.models import NOBODY, Tree

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
NEVER: Final = np.iinfo(np.int64).max
"""`seq_to` and `valid_to` of a live edge, `void_seq` of one that stands."""


@dataclass(frozen=True, slots=True)
class Edges:
    """One row an edge. `child`, `parent` and `slot` are what it says; `from_ix` and `to_ix` whom it joins."""

    child: Ints
    parent: Ints
    slot: Ints
    from_ix: Ints
    to_ix: Ints
    seq_from: Ints
    valid_from: Ints
    seq_to: Ints
    valid_to: Ints
    void_seq: Ints
    """The fact from which on it is known never to have been so; NEVER while it stands."""

    @property
    def live(self) -> Bools:
        live: Bools = self.seq_to == NEVER
        return live

    def known_at(self, seq: int) -> Bools:
        """Which are live as known at a fact."""
        return (self.seq_from <= seq) & (self.seq_to > seq)

    def holding(self, instant: int, seq: int) -> Bools:
        """Which were so at an instant, as known at a fact."""
        known: Bools = (self.seq_from <= seq) & (self.valid_from <= instant)
        still: Bools = (self.seq_to > seq) | (instant < self.valid_to)
        return known & still & (self.void_seq > seq)

    def parents(self, people: int, rows: Bools) -> Ints:
        """Parent by ix by the edges chosen, -1 at the top."""
        parents = np.full(people, NOBODY, np.int64)
        parents[self.child[rows]] = self.parent[rows]
        return parents

    def slots(self, people: int, rows: Bools) -> Ints:
        """Slot by ix by the edges chosen, 0 without one."""
        slots = np.zeros(people, np.int64)
        slots[self.child[rows]] = self.slot[rows]
        return slots


async def read_edges(graph: GraphDatabase, tree: Tree, people: int, first: int = 0) -> Edges:
    """Those of children from `first` on. Live ones before ended ones: what a move ends meanwhile is seen at least
    once."""
    pages: dict[str, list[Ints]] = {name: [np.zeros(0, np.int64)] for name in Edges.__slots__}
    for state in ("live", "ended"):
        reads = [
            partial(graph.read, f"queries/volumes/{state}_edges_{tree}", {"from_ix": start, "to_ix": last})
            for start, last in ranges(people, PEOPLE_A_CALL, first)
        ]
        async for [row] in in_order(reads):
            for name, values in _columns(row):
                pages[name].append(values)
    return Edges(**{name: np.concatenate(kept) for name, kept in pages.items()})


_NAMES: Final = {
    "child": "children",
    "parent": "parents",
    "slot": "slots",
    "from_ix": "from_ixs",
    "to_ix": "to_ixs",
    "seq_from": "seq_from",
    "valid_from": "valid_from",
    "seq_to": "seq_to",
    "valid_to": "valid_to",
    "void_seq": "void_seq",
}
_ABSENT: Final = {"slots": 0, "seq_to": NEVER, "valid_to": NEVER, "void_seq": NEVER}


def _columns(row: dict[str, Any]) -> Iterator[tuple[str, Ints]]:
    count = len(row["children"])
    for name, output in _NAMES.items():
        values = np.asarray(row[output] if output in row else np.full(count, _ABSENT[output]), np.int64)
        yield name, np.where(values < 0, NEVER, values) if name == "void_seq" else values

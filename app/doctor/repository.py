"""What the doctor reads beside edges, facts and tallies."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from app.doctor.models import UNKNOWN, Mirrors
from app.graph import GraphDatabase
from app.graph.paging import PEOPLE_A_CALL, in_order, ranges
from app.places.columns import NAMES as SPOTS
from app.places.columns import MatrixSpotColumns, SpotColumns

_PLACES: Final = ("sponsor_ixs", "parent_ixs", "slots")
_MATRIX: Final = ("matrix_parent_ixs", "matrix_slots", "matrix_open_distance", "matrix_open_slot")


@dataclass(frozen=True, slots=True)
class Totals:
    """What Head counts, and what the store's own counters say."""

    people: int
    seq: int
    distributors: int
    tallies: int
    sponsored: int
    was_sponsored: int
    placed: int
    was_placed: int
    seated: int
    was_seated: int
    sponsor_moved: int
    binary_moved: int
    matrix_moved: int
    matrix_width: int
    """0 when the company keeps no matrix."""


class DoctorRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def totals(self) -> Totals:
        """Raises RuntimeError when the graph has no Head."""
        row = await self._graph.read_one("queries/doctor/totals")
        if row is None:
            raise RuntimeError("The graph has no Head node: run the migrations (banyan migrate).")
        return Totals(**row)

    async def calculations(self, page: int) -> dict[str, Any]:
        """How many were asked for, are stored, and are wrong, with the ids of the first of these."""
        [row] = await self._graph.read("queries/doctor/calculations", {"page": page})
        return row

    async def standing(self) -> tuple[int, int]:
        """The last fact, and the last one that is in the tallies."""
        [row] = await self._graph.read("queries/volumes/lag")
        return row["head_seq"], row["cursor_seq"]

    async def mirrors(self, people: int) -> tuple[Mirrors, int]:
        """By ix, and how many people there were."""
        reads = [
            partial(self._graph.read, "queries/doctor/mirrors", {"from_ix": first, "to_ix": last})
            for first, last in ranges(people, PEOPLE_A_CALL)
        ]
        columns = {name: np.full(people, UNKNOWN, np.int64) for name in (*_PLACES, *SPOTS, *_MATRIX)}
        found = 0
        async for [row] in in_order(reads):
            found += len(row["ixs"])
            for name, column in columns.items():
                column[row["ixs"]] = row[name]
        sponsor, parent, slot = (columns[name] for name in _PLACES)
        spots = SpotColumns(*(columns[name] for name in SPOTS))
        seat, seat_slot, *kept = (columns[name] for name in _MATRIX)
        return Mirrors(sponsor, parent, slot, spots, seat, seat_slot, MatrixSpotColumns(*kept)), found

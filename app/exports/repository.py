"""Reads the company as known at a fact, page by page in the order of its files."""

import json
from bisect import bisect_right
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.facts.calendars import CALENDARS, PLACED, CommissionDate
from app.facts.canonical import policy_of
from app.graph import GraphDatabase
from app.graph.paging import PEOPLE_A_CALL, in_order, ranges
from app.imports.columns import MISSING
from app.imports.models import CompanySettings, MatrixShape

Ints = NDArray[np.int64]
ROWS_A_CALL: Final = 20_000
NO_PERIOD: Final = 0
"""In place of the number of a period: none."""


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods of one calendar that there are at a fact, oldest first."""

    calendar: str
    commission_date: CommissionDate
    """By which of its dates an order counts."""
    numbers: Ints
    zones: list[str]
    starts: Ints
    ends: Ints
    grace_ends: Ints
    """MISSING where no grace days are to be told: they matter while a period is open for the first time."""
    closed: NDArray[np.bool_]
    reopened: NDArray[np.bool_]
    """Open again."""
    runs: dict[int, str]
    """Number of the period to its committed run, oldest first."""

    def containing(self, instants: Ints) -> Ints:
        """The number of the period each instant lies in, NO_PERIOD before the first and without an instant, after the
        last one its number."""
        return np.append(self.numbers, NO_PERIOD)[np.searchsorted(self.starts, instants, side="right") - 1]


class ExportRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self.graph = graph

    async def last_seq(self) -> int:
        """The last fact so far."""
        head = await self.graph.read_one("queries/facts/head")
        return 0 if head is None else int(head["seq"])

    async def periods(self, seq: int) -> dict[str, Periods]:
        """Those of each calendar that is kept."""
        every = [await self._of_calendar(calendar, seq) for calendar in CALENDARS]
        return {periods.calendar: periods for periods in every if len(periods.numbers)}

    async def _of_calendar(self, calendar: str, seq: int) -> Periods:
        [row] = await self.graph.read("queries/exports/periods", {"calendar": calendar})
        turned = np.array([bisect_right(turns, seq) for turns in row["turns"]], np.int64)
        there = turned > 0
        names = ("numbers", "starts_at", "ends_at", "grace_ends_at")
        numbers, starts, ends, grace = (np.array(row[name], np.int64)[there] for name in names)
        turned = turned[there]
        zones = [zone for zone, here in zip(row["zones"], there.tolist(), strict=True) if here]
        committed = zip(row["numbers"], row["runs"], row["committed_seqs"], strict=True)
        runs = {number: run for number, run, at in committed if run and at <= seq}
        by: CommissionDate = next(iter(row["commission_dates"]), PLACED)
        grace = np.where((turned == 1) & (grace >= 0), grace, MISSING)
        return Periods(
            calendar, by, numbers, zones, starts, ends, grace, turned % 2 == 0, (turned % 2 == 1) & (turned > 1), runs
        )

    async def settings(self, seq: int) -> CompanySettings:
        """What the company keeps beside its people, as known at a fact."""
        matrix = await self.graph.read_one("queries/moments/matrix_at", {"seq": seq})
        policy = await self.graph.read_one("queries/exports/move_policy", {"seq": seq})
        said = {} if matrix is None else json.loads(matrix["body"])
        return CompanySettings(
            MatrixShape(said["width"], said["depth"]) if said else None,
            None if policy is None else policy_of(policy["body"]),
        )

    async def ids(self, seq: int) -> Any:
        """The id of everybody by ix, as one Arrow column."""
        [row] = await self.graph.read("queries/moments/people_at", {"seq": seq})
        people = row["people"]
        reads = [
            partial(self.graph.read, "queries/exports/ids", {"from_ix": first, "to_ix": to})
            for first, to in ranges(people, PEOPLE_A_CALL)
        ]
        pages = [pa.array(page["ids"], pa.string()) async for [page] in in_order(reads)]
        return pa.concat_arrays([pa.array([], pa.string()), *pages])

    async def pages(self, query: str, known_at: int, **more: int) -> AsyncIterator[Mapping[str, Any]]:
        """The rows of one file that are known at a fact, in the order of their ids, as NumPy columns or Arrow texts;
        `more` is what its statement is asked beside."""
        after = ""
        while True:
            [row] = await self.graph.read(f"queries/exports/{query}", {"after": after, "page": ROWS_A_CALL, **more})
            if not row["ids"]:
                return
            after = row["ids"][-1]
            known = np.array(row["seqs"], np.int64) <= known_at
            yield {name: _column(values, known) for name, values in row.items()}


def _column(values: list[Any], known: NDArray[np.bool_]) -> Any:
    if isinstance(values[0], int):
        return np.array(values, np.int64)[known]
    return pa.array(values, pa.string()).filter(pa.array(known))

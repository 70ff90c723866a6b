"""What was taken over from a former system, as people read it: its statements, balances and highest ranks."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from app.blobs.store import BlobStore
from app.brief import Brief
from app.facts.calendars import MONTHLY
from app.facts.commands import PastLine
from app.graph import GraphDatabase
from app.periods.calendars import calendar_of, number_of
from app.periods.service import PeriodService
from app.runs.calculation import stored_plan
from app.runs.models import PastStatement, Run
from app.runs.repository import RunRepository
from app.runs.tables import value_at

UNKNOWN: Final = -1


@dataclass(frozen=True, slots=True)
class Brought:
    """What one person brought along, by period, oldest first; `ix` is theirs."""

    ix: int
    calendars: Sequence[str]
    periods: Sequence[int]
    balances: Sequence[int]
    highest_ranks: Sequence[str]


class TakeOverService:
    """Answers nothing that changes pay."""

    def __init__(self, graph: GraphDatabase, *, runs: RunRepository, periods: PeriodService, blobs: BlobStore) -> None:
        self._graph = graph
        self._runs = runs
        self._periods = periods
        self._blobs = blobs
        self._rank_names: dict[str, tuple[str, ...]] = {}
        self._newest: Brief[Run | None] = Brief()

    async def past_statement(self, distributor_id: str, period_name: str) -> PastStatement | None:
        """A person's statement of a period as the former system made it."""
        asked = {"calendar": calendar_of(period_name), "period": number_of(period_name)}
        row = await self._graph.read_one("queries/runs/past_statement", {"id": distributor_id, **asked})
        if row is None:
            return None
        said = json.loads(row["body"])
        lines = [PastLine(**line) for line in said["lines"]]
        return PastStatement(distributor_id, period_name, row["seq"], said["currency"], lines)

    async def balance(self, distributor_id: str, period_name: str) -> int | None:
        """The balance a person brought along into a period, minor units; negative when they owe the company."""
        brought = await self._brought(distributor_id)
        if brought is None:
            return None
        of = zip(brought.calendars, brought.periods, strict=True)
        return dict(zip(of, brought.balances, strict=True)).get((calendar_of(period_name), number_of(period_name)))

    async def highest_rank(self, distributor_id: str) -> str | None:
        """The highest rank by the newest committed run of months, or as the former system said of a month."""
        brought = await self._brought(distributor_id)
        if brought is None:
            return None
        committed = [period.run for period in await self._periods.shown(MONTHLY) if period.run is not None]
        newest = await self._newest.get(committed[-1], partial(self._runs.one, committed[-1])) if committed else None
        of_months = zip(brought.calendars, brought.highest_ranks, strict=True)
        told = next((rank for calendar, rank in of_months if rank and calendar == MONTHLY), "")
        return await asyncio.to_thread(self._highest, newest, brought.ix, told) or None

    async def _brought(self, distributor_id: str) -> Brought | None:
        row = await self._graph.read_one("queries/runs/openings_of", {"id": distributor_id})
        return None if row is None else Brought(**row)

    def _highest(self, newest: Run | None, ix: int, told: str) -> str:
        if newest is None:
            return told
        achieved = value_at(self._blobs.open(newest.ranks_blob), "highest", ix)
        return highest_of(told, achieved or "", self._names(newest))

    def _names(self, run: Run) -> tuple[str, ...]:
        if run.plan_hash not in self._rank_names:
            self._rank_names[run.plan_hash] = tuple(stored_plan(run, self._blobs).rank_names)
        return self._rank_names[run.plan_hash]


def highest_of(told: str, achieved: str, names: Sequence[str]) -> str:
    """The higher of two ranks by the newest plan's `names`. One that was told and that no plan knows cannot be compared
    with others, so it stands."""
    if told and told not in names:
        return told
    order = {name: number for number, name in enumerate(names)}
    return max(told, achieved, key=lambda name: order.get(name, UNKNOWN))

"""Group volume without the legs that broke away, by the ranks of the last committed run."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from app.blobs.store import BlobStore
from app.errors import InvalidInputError
from app.facts.calendars import MONTHLY
from app.graph import GraphDatabase
from app.periods.service import PeriodService
from app.runs.calculation import stored_plan
from app.runs.repository import RunRepository


class UnknownRankError(InvalidInputError):
    """The plan of the last committed run has no such rank above its lowest, which everybody has."""

    title = "Unknown rank"


@dataclass(frozen=True, slots=True)
class GroupWithout:
    """Volumes in minor units; `ids` head the legs that have broken away. Without a committed run `run` is empty and no
    leg has broken away."""

    group_pv: int
    group_cv: int
    pv: int
    cv: int
    ids: list[str]
    run: str
    run_period: str
    as_of_seq: int


class BreakawayService:
    def __init__(self, graph: GraphDatabase, *, runs: RunRepository, periods: PeriodService, blobs: BlobStore) -> None:
        self._graph = graph
        self._runs = runs
        self._periods = periods
        self._blobs = blobs
        self._rank_names: tuple[str, tuple[str, ...]] = ("", ())

    async def group_without(
        self, distributor_id: str, rank: str, period: int, calendar: str, run_calendar: str = MONTHLY
    ) -> GroupWithout | None:
        """A person's group volume of a period without the legs whose head was paid by `rank` or a higher one in the
        last committed run of `run_calendar`; None when there is no such person. Raises UnknownRankError."""
        ranks = await self._from(rank, run_calendar)
        params = {"id": distributor_id, "ranks": ranks, "period": period, "calendar": calendar}
        row = await self._graph.read_one(
            "procedures/group_without_broken_away", {**params, "run_calendar": run_calendar}
        )
        return None if row is None else GroupWithout(**row)

    async def _from(self, rank: str, run_calendar: str) -> list[str]:
        """A rank and those above it by the plan of the last committed run; no rank at all without a run."""
        ids = [period.run for period in await self._periods.all(run_calendar) if period.run is not None]
        run = await self._runs.one(ids[-1]) if ids else None
        if run is None:
            return []
        if self._rank_names[0] != run.plan_hash:
            plan = await asyncio.to_thread(stored_plan, run, self._blobs)
            self._rank_names = (run.plan_hash, plan.rank_names)
        names = self._rank_names[1]
        return list(names[place_of_rank(rank, names, run.id) :])


def place_of_rank(rank: str, names: Sequence[str], run_id: str) -> int:
    """Where a rank stands among those of a run's plan, lowest first. Raises UnknownRankError, for the lowest too."""
    if rank not in names[1:]:
        raise UnknownRankError(
            f"By the plan of run {run_id} nobody rises to {rank!r}; its ranks above the lowest are "
            f"{', '.join(names[1:])}."
        )
    return names.index(rank)

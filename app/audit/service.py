"""Walks everything that was written once and must never change: the chain of facts and the committed runs."""

import asyncio
from typing import Final

from app.audit.models import AuditReport, Commitment
from app.audit.repository import AuditRepository
from app.audit.runs import examine, standing_problems, statement_problems
from app.blobs.store import BlobStore
from app.facts.verify import verify_chain
from app.graph import GraphDatabase
from app.periods.repository import PeriodRepository
from app.runs.repository import RunRepository

PROBLEMS_SHOWN: Final = 1_000


class AuditService:
    def __init__(
        self, graph: GraphDatabase, *, runs: RunRepository, periods: PeriodRepository, blobs: BlobStore
    ) -> None:
        self._graph = graph
        self._repository = AuditRepository(graph)
        self._runs = runs
        self._periods = periods
        self._blobs = blobs

    async def verify(self) -> AuditReport:
        """Look at all of it. Reads only; names the first thousand faults of the chain, and as many of runs."""
        chain = await verify_chain(self._graph)
        commitments, said_runs, said_periods = await self._repository.commitments()
        by_facts = {commitment.run_id for commitment in commitments}
        problems = [
            f"Run {run} stands as committed, and no fact committed it."
            for run in sorted((said_runs | said_periods) - by_facts)
        ]
        for commitment in commitments:
            if len(problems) < PROBLEMS_SHOWN:
                problems += await self._problems_of(commitment)
        if lost := await self._repository.lost_statements():
            problems.append(f"{lost:,} statements name no run, or no person by number.")
        return AuditReport(chain, len(commitments), tuple(problems[:PROBLEMS_SHOWN]))

    async def _problems_of(self, commitment: Commitment) -> list[str]:
        problems = list(standing_problems(commitment))
        run = await self._runs.one(commitment.run_id)
        period = await self._periods.one(commitment.calendar, commitment.period)
        if run is None or period is None:
            return problems or [f"Period {commitment.period} of {commitment.calendar!r} is not stored."]
        examined = await asyncio.to_thread(examine, commitment, run, period, self._blobs)
        problems += examined.problems
        if examined.statements is None:
            return problems
        missing = dict(examined.statements)
        async for page in self._repository.statements(run.id):
            for said in page:
                problems += statement_problems(run.id, missing.pop(said["ix"], None), said)
        problems += (
            f"The statement of {expected['distributor']} (number {ix}) in run {run.id} is missing."
            for ix, expected in missing.items()
        )
        return problems

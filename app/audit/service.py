"""Walks all that was written once and must never change: the chain of facts, the runs on their way to pay, the
registered plans; and what periods, people and customers say, which facts tell."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from app.audit.calendars import ToldPeriods
from app.audit.copies import Told, customer_problems, matrix_problems
from app.audit.models import AuditReport, SteppedRun
from app.audit.plans import plan_problems, unregistered
from app.audit.repository import AuditRepository
from app.audit.runs import examine, statement_problems
from app.audit.steps import Replay, standing_problems
from app.blobs.store import BlobStore
from app.facts.plans import RegisteredPlan
from app.facts.verify import ChainReport, verify_chain
from app.graph import GraphDatabase
from app.plans.repository import PlanRepository
from app.runs.repository import RunRepository

PROBLEMS_SHOWN: Final = 1_000
TRIES: Final = 3


class AuditService:
    def __init__(
        self,
        graph: GraphDatabase,
        *,
        runs: RunRepository,
        plans: PlanRepository,
        blobs: BlobStore,
    ) -> None:
        self._graph = graph
        self._repository = AuditRepository(graph)
        self._runs = runs
        self._plans = plans
        self._blobs = blobs

    async def verify(self) -> AuditReport:
        """Look at all of it. Reads only; names the first thousand faults of the chain, and as many of the rest."""
        chain, copies = await self._chain_and_copies()
        row = await self._repository.run_steps()
        periods, matrix = await self._standing()
        replay = Replay(row, periods.before(await self._repository.opens()))
        problems = [*periods.problems, *matrix, *standing_problems(replay, row)]
        committed = sorted((run for run in replay.runs() if run.committed_seq is not None), key=_committed_seq)
        received: dict[str, Mapping[str, int]] = {}
        plans = await self._plans.registered()
        for run in committed:
            if len(problems) < PROBLEMS_SHOWN:
                problems += await self._problems_of(run, periods, plans, received)
        problems += await asyncio.to_thread(plan_problems, plans, self._blobs)
        problems += copies
        if lost := await self._repository.lost_statements():
            problems.append(f"{lost:,} statements name no run, or no person by number.")
        return AuditReport(chain, len(committed), tuple(problems[:PROBLEMS_SHOWN]))

    async def _standing(self) -> tuple[ToldPeriods, list[str]]:
        """Periods and the matrix. What is written while it is read is looked at anew, as below."""
        tries = 0
        while True:
            periods = ToldPeriods(await self._repository.periods())
            matrix = list(matrix_problems(*await self._repository.matrix()))
            tries += 1
            if tries == TRIES or not (periods.problems or matrix):
                return periods, matrix

    async def _chain_and_copies(self) -> tuple[ChainReport, list[str]]:
        """What is written while it is read belongs to neither side, so that is looked at anew."""
        tries = 0
        while True:
            told = Told()
            chain = await verify_chain(self._graph, told.read)
            copies = await self._copies(told)
            head = await self._graph.read_one("queries/facts/head")
            tries += 1
            if not copies or tries == TRIES or head is None or head["seq"] == chain.head_seq:
                return chain, copies

    async def _copies(self, told: Told) -> list[str]:
        problems: list[str] = []
        people = customers = 0
        async for person in self._repository.people(told.people):
            people += 1
            if len(problems) < PROBLEMS_SHOWN:
                problems += told.person_problems(*person)
        async for customer in self._repository.customers():
            customers += 1
            if len(problems) < PROBLEMS_SHOWN:
                problems += customer_problems(*customer)
        for what, stored, is_so in (
            ("people", people, told.people),
            ("customers", customers, told.customers),
        ):
            if stored != is_so:
                problems.append(f"There are {stored:,} {what} by number, {is_so:,} by the facts.")
        return problems[:PROBLEMS_SHOWN]

    async def _problems_of(
        self,
        stepped: SteppedRun,
        periods: ToldPeriods,
        plans: Sequence[RegisteredPlan],
        received: dict[str, Mapping[str, int]],
    ) -> list[str]:
        """`received` by voided run is what people had received for its period by then."""
        run = await self._runs.one(stepped.run_id)
        period = periods.period((stepped.calendar, stepped.period))
        if run is None:
            return []  # named already
        if period is None:
            return [f"No fact that can be read opened period {stepped.period} of {stepped.calendar!r}."]
        supersedes = stepped.marks.get("supersedes")
        before = {} if supersedes is None else received.get(supersedes)
        examined = await asyncio.to_thread(examine, stepped, run, period, self._blobs, before)
        if examined.received is not None and "voided_seq" in stepped.marks:
            received[run.id] = examined.received
        problems = list(examined.problems)
        if stepped.committed_seq is not None:
            problems += unregistered(run, period, stepped.committed_seq, plans)
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


def _committed_seq(run: SteppedRun) -> int:
    return run.committed_seq or 0

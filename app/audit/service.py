"""Walks all that was written once and must never change: the chain of facts, the runs on their way to pay, the
registered plans; and what people and customers say, which facts tell."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from app.audit.copies import Told, customer_problems
from app.audit.models import AuditReport, SteppedRun
from app.audit.plans import plan_problems, unregistered
from app.audit.repository import AuditRepository
from app.audit.runs import examine, statement_problems
from app.audit.steps import OfCalendar, Replay, standing_problems
from app.blobs.store import BlobStore
from app.facts.calendars import CALENDARS
from app.facts.plans import RegisteredPlan
from app.facts.verify import ChainReport, verify_chain
from app.graph import GraphDatabase
from app.periods.repository import PeriodRepository
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
        periods: PeriodRepository,
        plans: PlanRepository,
        blobs: BlobStore,
    ) -> None:
        self._graph = graph
        self._repository = AuditRepository(graph)
        self._runs = runs
        self._periods = periods
        self._plans = plans
        self._blobs = blobs

    async def verify(self) -> AuditReport:
        """Look at all of it. Reads only; names the first thousand faults of the chain, and as many of the rest."""
        chain, copies = await self._chain_and_copies()
        row = await self._repository.run_steps()
        replay = Replay(row, await self._periods_before())
        problems = list(standing_problems(replay, row))
        committed = sorted((run for run in replay.runs() if run.committed_seq is not None), key=_committed_seq)
        received: dict[str, Mapping[str, int]] = {}
        plans = await self._plans.registered()
        for run in committed:
            if len(problems) < PROBLEMS_SHOWN:
                problems += await self._problems_of(run, plans, received)
        problems += await asyncio.to_thread(plan_problems, plans, self._blobs)
        problems += copies
        if lost := await self._repository.lost_statements():
            problems.append(f"{lost:,} statements name no run, or no person by number.")
        return AuditReport(chain, len(committed), tuple(problems[:PROBLEMS_SHOWN]))

    async def _periods_before(self) -> dict[OfCalendar, OfCalendar]:
        """Of each period that carries on from another one, which."""
        opens = await self._repository.opens()
        kept = [period for calendar in CALENDARS for period in await self._periods.all(calendar)]
        ending = {(period.calendar, period.ends_at): (period.calendar, period.number) for period in kept}
        return {
            (period.calendar, period.number): ending[period.calendar, period.starts_at]
            for period in kept
            if (period.calendar, period.starts_at) in ending and opens.get(period.calendar) != period.number
        }

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
        self, stepped: SteppedRun, plans: Sequence[RegisteredPlan], received: dict[str, Mapping[str, int]]
    ) -> list[str]:
        """`received` by voided run is what people had received for its period by then."""
        run = await self._runs.one(stepped.run_id)
        period = await self._periods.one(stepped.calendar, stepped.period)
        if run is None:
            return []  # named already
        if period is None:
            return [f"Period {stepped.period} of {stepped.calendar!r} is not stored."]
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

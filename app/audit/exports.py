"""Exports of one person's history, for a dispute, and of one period's, for a regulator: files, and the fact of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from app.audit import periods, persons
from app.audit.facts import HEADER, Chosen, between, chosen_facts, rows_of, that_name
from app.audit.files import ExportFolder
from app.audit.readme import readme
from app.blobs.store import BlobStore
from app.clock import Clock, zulu
from app.facts.calendars import CALENDARS
from app.facts.commands import TREES, Exported, Submission
from app.facts.errors import UnknownDistributorError
from app.facts.history import PastFact
from app.facts.writer import FactWriter
from app.graph import GraphDatabase
from app.people.ids import ids_of
from app.periods.models import Period
from app.periods.service import PeriodService
from app.runs.calculation import stored_plan
from app.runs.errors import NoStatementError
from app.runs.models import Part, Run
from app.runs.opened import OpenedRun, OpenedRuns
from app.runs.repository import RunRepository
from app.runs.statements import StatementService, clawbacks_of
from app.volumes.edges import read_edges

Facts = list[tuple[PastFact, str]]

ROWS_A_CALL: Final = 20_000
"""Of a person's lines and misses, of which a leader has as many as there are orders: no more are held at once."""


@dataclass(frozen=True, slots=True)
class AuditExport:
    """As of which fact, how many rows each file has, the hash of the sums, and the fact that tells of it."""

    as_of: int
    rows: dict[str, int]
    sums_hash: str
    seq: int


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks for what, as of which fact."""

    subject: Literal["person", "period"]
    name: str
    actor: str
    reason: str
    as_of: int
    head: str


class AuditExports:
    def __init__(
        self,
        graph: GraphDatabase,
        *,
        writer: FactWriter,
        periods: PeriodService,
        runs: RunRepository,
        statements: StatementService,
        opened: OpenedRuns,
        blobs: BlobStore,
        clock: Clock,
    ) -> None:
        self._graph = graph
        self._writer = writer
        self._periods = periods
        self._runs = runs
        self._statements = statements
        self._opened = opened
        self._blobs = blobs
        self._clock = clock

    async def person(self, id: str, path: Path, *, actor: str, reason: str = "") -> AuditExport:
        """All that names a person: facts, places, orders, and what each committed run paid them and did not.

        Raises UnknownDistributorError, InvalidInputError when something is in the folder.
        """
        asked = await self._asked("person", id, actor, reason)
        found = await self._graph.read_one("queries/audit/person", {"id": id})
        if found is None:
            raise UnknownDistributorError(f"Distributor {id} is not enrolled.", distributor=id)
        folder = ExportFolder(path)
        try:
            await self._write_person(folder, asked, int(found["ix"]))
            return await self._finish(folder, asked, f"What is recorded of distributor {id}", [])
        except BaseException:
            folder.discard()
            raise

    async def period(self, name: str, path: Path, *, actor: str, reason: str = "") -> AuditExport:
        """Every fact from the opening of a period to its close, and all that its committed run was calculated from and
        paid. Raises UnknownPeriodError, InvalidInputError when something is in the folder."""
        asked = await self._asked("period", name, actor, reason)
        period = await self._periods.get(name)
        folder = ExportFolder(path)
        try:
            notes = await self._write_period(folder, asked, period)
            return await self._finish(folder, asked, f"What is recorded of the period {name}", notes)
        except BaseException:
            folder.discard()
            raise

    async def _asked(self, subject: Literal["person", "period"], name: str, actor: str, reason: str) -> _Asked:
        head = await self._graph.read_one("queries/facts/head")
        seq, hash = (0, "") if head is None else (int(head["seq"]), str(head["hash"]))
        return _Asked(subject, name, actor, reason, seq, hash)

    async def _finish(self, folder: ExportFolder, asked: _Asked, title: str, notes: list[str]) -> AuditExport:
        text = readme(
            title,
            written=zulu(self._clock.now()),
            actor=asked.actor,
            as_of=asked.as_of,
            head=asked.head,
            rows=folder.rows,
            notes=notes,
        )
        folder.text("README.txt", text)
        sums_hash = folder.seal()
        command = Exported(asked.subject, asked.name, asked.as_of, sums_hash)
        submission = Submission(f"audit-export-{sums_hash}", asked.actor, asked.reason, command)
        receipt = await self._writer.submit(submission)
        folder.finish()
        return AuditExport(asked.as_of, folder.rows, sums_hash, receipt.seq)

    async def _facts(self, folder: ExportFolder, as_of: int, chosen: Chosen, keep: Callable[[Facts], None]) -> None:
        table = folder.table("facts.csv", HEADER)
        try:
            async for facts in chosen_facts(self._graph, as_of, chosen):
                table.write(rows_of(facts))
                keep(facts)
        finally:
            table.close()

    # ---------------------------------------------------------------------------------------------------- one person

    async def _write_person(self, folder: ExportFolder, asked: _Asked, ix: int) -> None:
        paid = await self._paid()
        runs = {run.id for _, run in paid}
        runs |= {run.id for calendar in CALENDARS for run in await self._runs.own(asked.name, calendar)}
        sold: Facts = []
        await self._facts(
            folder,
            asked.as_of,
            that_name(ix, asked.name, runs),
            lambda facts: sold.extend(one for one in facts if one[0].kind in persons.SOLD),
        )
        edges = {tree: await read_edges(self._graph, tree, ix + 1, ix) for tree in TREES}
        named = {ix, *(int(parent) for of in edges.values() for parent in of.parent)}
        named |= {fact.decided[column] for fact, _ in sold for column in ("seller_ix", "buyer_ix")}
        ids = await ids_of(self._graph, named)
        places = (row for tree, of in edges.items() for row in persons.place_rows(tree, of, ids))
        folder.write_table("places.csv", persons.PLACES, places)
        folder.write_table("orders.csv", persons.ORDERS, persons.order_rows(sold, ids))
        await self._write_statements(folder, asked.name, paid)

    async def _write_statements(self, folder: ExportFolder, id: str, paid: list[tuple[Period, Run]]) -> None:
        tables = [folder.table(f"{name}.csv", header) for name, header in persons.OF_STATEMENTS.items()]
        _, _, of_lines, of_misses, *_ = tables
        try:
            for period, run in paid:
                rows = Part(0, ROWS_A_CALL)
                try:
                    statement = await self._statements.statement(id, period.name, lines=rows, misses=rows)
                except NoStatementError:  # not enrolled by then
                    continue
                opened = await self._opened.open(run)
                taken_back, returned = clawbacks_of(opened, opened.ix_of[id]), await self._returned(opened)
                first: tuple[Iterable[Sequence[Any]], ...] = (
                    [persons.run_row(run, period)],
                    [persons.statement_row(statement, period.name)],
                    persons.line_rows(statement),
                    persons.miss_rows(statement),
                    persons.clawback_rows(run.id, taken_back, returned),
                    persons.because_rows(statement),
                    persons.carry_rows(statement),
                )
                for table, some in zip(tables, first, strict=True):
                    table.write(some)
                for offset in range(ROWS_A_CALL, max(statement.line_count, statement.miss_count), ROWS_A_CALL):
                    rows = Part(offset, ROWS_A_CALL)
                    statement = await self._statements.statement(id, period.name, lines=rows, misses=rows)
                    of_lines.write(persons.line_rows(statement))
                    of_misses.write(persons.miss_rows(statement))
                self._write_plan(folder, run)
        finally:
            for table in tables:
                table.close()

    # ---------------------------------------------------------------------------------------------------- one period

    async def _write_period(self, folder: ExportFolder, asked: _Asked, period: Period) -> list[str]:
        last = asked.as_of if period.closed_seq is None else min(asked.as_of, period.closed_seq)
        chosen = between(period.opened_seq, last, period.calendar, period.number)
        await self._facts(folder, asked.as_of, chosen, lambda _: None)
        notes = [
            f"facts.csv holds every fact from {period.opened_seq} to {last}: no number between them may be missing.",
            "After them come the steps of its runs, and the exports that hold all of it.",
        ]
        if period.run is None:
            state = "open" if period.open else "closed"
            return [*notes, f"The period is {state} and has no committed run, so nothing is told of its pay."]
        run = await self._runs.one(period.run)
        if run is None:
            return [*notes, f"The period names the run {period.run}, which is not stored."]
        opened = await self._opened.open(run)
        folder.write_table("runs.csv", persons.RUNS, [persons.run_row(run, period)])
        folder.write_table("people.csv", periods.people_header(opened), periods.people_rows(opened))
        folder.write_table("orders.csv", periods.ORDERS, periods.order_rows(opened))
        folder.write_table("lines.csv", periods.LINES, periods.line_rows(opened))
        folder.write_table("misses.csv", periods.MISSES, periods.miss_rows(opened))
        folder.write_table(
            "clawbacks.csv", periods.CLAWBACKS, periods.clawback_rows(opened, await self._returned(opened))
        )
        self._write_plan(folder, run)
        return notes

    async def _returned(self, opened: OpenedRun) -> dict[str, str]:
        """The order of each return that takes something back in a run."""
        rows = np.unique(opened.taken.snapshot.clawbacks.order).tolist()
        [row] = await self._graph.read("queries/audit/returned", {"ids": [opened.taken.order_ids[at] for at in rows]})
        return dict(zip(row["returns"], row["orders"], strict=True))

    async def _paid(self) -> list[tuple[Period, Run]]:
        """Every period that has a committed run, with it."""
        named = [(period, period.run) for period in await self._periods.every_calendar() if period.run is not None]
        found = [(period, await self._runs.one(run)) for period, run in named]
        return [(period, run) for period, run in found if run is not None]

    def _write_plan(self, folder: ExportFolder, run: Run) -> None:
        folder.text(f"plan-{run.plan_hash[:12]}.json", stored_plan(run, self._blobs).canonical())

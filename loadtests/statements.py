"""What a committed run is asked: statements of the best paid and of anybody, and its reports; and how fast statements
are written, of as many people as the company has."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final, get_args

import numpy as np

from app.blobs.store import BlobStore, DirectoryBlobs
from app.engine.columns import Int64s
from app.reports.models import ReportName
from app.runs.calculation import stored_plan
from app.runs.models import Run, StatementTotal
from app.runs.repository import RunRepository
from app.runs.routes import statement_body
from app.runs.tables import read_columns, to_parquet
from loadtests.company import MONTHS, Filled, id_of
from loadtests.rows import Row, once
from loadtests.timing import stopwatch_async, timing_of
from loadtests.trees import SEED

FIRST: Final = "first statements of a run"
ONE: Final = "one statement with its reasons, of the best paid and anybody"
WRITTEN: Final = "statements of everybody written: totals into the graph, lines as Parquet"
REPORTS: Final[tuple[ReportName, ...]] = get_args(ReportName)


def report_of(name: ReportName) -> str:
    """The name of a report's row."""
    return f"report of a run: {name}"


async def ask_about(company: Filled, run: Run) -> None:
    """Everything that is told of a committed run."""
    add, house = company.sheet.add, company.house
    blobs = DirectoryBlobs(house.settings.data_dir / "blobs")
    opening, _ = await stopwatch_async(house.statements.examples(run))
    add(once(FIRST, opening))
    asked = different_people(*paid_by(run, blobs), company.calls)
    timing = timing_of([(await stopwatch_async(_told(company, id_of(ix))))[0] for ix in asked])
    add(Row(ONE, timing.calls, timing.p50_ms, timing.p95_ms))
    for name in REPORTS:
        # The only run that there is: whoever moves most against it does not move.
        seconds, _ = await stopwatch_async(house.reports.report(run.id, name, before=run.id))
        add(once(report_of(name), seconds))
    seconds, _ = await stopwatch_async(_write(company, run, blobs))
    add(once(WRITTEN, seconds, company.people))


def paid_by(run: Run, blobs: BlobStore) -> tuple[Int64s, Int64s]:
    """Who was there by the end of the period, as ix, and what the run pays each."""
    there = np.flatnonzero(read_columns(blobs.get(run.people_blob))["enrolled"])
    columns = read_columns(blobs.get(run.ranks_blob))
    return there, np.sum([columns[name][there] for name in columns if name.startswith("bonus:")], axis=0)


def different_people(there: Int64s, amounts: Int64s, calls: int) -> list[int]:
    """Nobody twice: the best paid, who have most lines, and as many others, in turn."""
    by_pay = there[np.argsort(-amounts, kind="stable")]
    best, others = by_pay[: calls // 2], by_pay[calls // 2 :]
    drawn = np.random.default_rng(SEED).permutation(others)[: len(best)]
    return [int(ix) for pair in zip(best, drawn, strict=False) for ix in pair]


async def _told(company: Filled, id: str) -> str:
    """A statement as the API tells it."""
    found = await company.house.statements.statement(id, MONTHS[0])
    return statement_body(found, opening_balance=None).model_dump_json()


async def _write(company: Filled, run: Run, blobs: BlobStore) -> None:
    """Everybody's total as another run's, and the run's own lines once more."""
    bonuses = [bonus.name for bonus in stored_plan(run, blobs).bonuses]
    parts = [100, *[0] * (len(bonuses) - 1)]
    totals = [StatementTotal(ix, id_of(ix), 100, "Member", parts) for ix in range(company.people)]
    await RunRepository(company.house.graph).save(replace(run, id=f"{run.id}-again"), bonuses, totals)
    with tempfile.TemporaryDirectory() as folder:
        DirectoryBlobs(Path(folder)).put(to_parquet(read_columns(blobs.get(run.lines_blob))))

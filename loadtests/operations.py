"""What a company does: orders and enrolments, a month from its close to committed statements, a visit of the doctor."""

import asyncio
from dataclasses import replace
from typing import Final

from app.blobs.store import DirectoryBlobs
from app.demo.commit import commit_with_two
from app.doctor.service import Doctor
from app.doctor.text import diagnosis_lines
from app.engine.calculate import calculate
from app.engine.models import Snapshot
from app.errors import BanyanError
from app.facts.commands import BelowSponsor, Enrol, Order, Submission
from app.periods.months import month
from app.plans.loader import library, load_plan
from app.runs.calculation import stored_plan, stored_snapshot
from app.runs.models import Run
from app.runs.snapshots import NO_CARRY, SnapshotRepository
from loadtests import statements
from loadtests.alone import alone, on_cores
from loadtests.company import ACTOR, MONTHS, Filled, Somebody, id_of
from loadtests.filling import count
from loadtests.rows import Row, once
from loadtests.timing import DifferentAnswerError, Timing, stopwatch, stopwatch_async, timing_of
from loadtests.what_ifs import ask_what_if
from loadtests.writing import somebody_writes

PLAN: Final = "sample"
TO_COMMITTED: Final = "run: close to committed statements"
ONE_CORE: Final = "run: the engine of it, on one core"
TWO_CORES: Final = "run: the engine of it, on two cores"
SNAPSHOT: Final = "run: its snapshot, read by itself"
SNAPSHOT_BESIDE: Final = "run: its snapshot, read while somebody writes"
DOCTOR: Final = "banyan doctor"
AT_ONCE: Final = 5_000
ENGINE_CALLS: Final = 3
_IN_SECOND_MONTH: Final = month(MONTHS[1], "UTC").ends_at - 1
"""When everybody has enrolled."""


class NotWellError(BanyanError):
    """The doctor found something wrong with a company that only the bench has touched."""

    title = "Company not well"


async def write(company: Filled) -> None:
    """Commands one after the other, and many at once."""
    writer, numbers, somebody = company.house.writer, iter(range(10**9)), Somebody(company.people)

    def order() -> Submission:
        id = f"bench-{next(numbers)}"
        return Submission(id, ACTOR, "", Order(id, somebody.anybody(), "distributor", _IN_SECOND_MONTH, 10_000, 8_000))

    def enrolment() -> Submission:
        number = next(numbers)
        place = BelowSponsor("outside_right" if number % 2 else "outside_left")
        person = Enrol(f"bench-{number}", id_of(0), "Newcomer", "", _IN_SECOND_MONTH, placement=place)
        return Submission(f"bench-{number}", ACTOR, "", person)

    for what, command in (("one order at a time", order), ("one outside-leg enrolment at a time", enrolment)):
        times = [(await stopwatch_async(writer.submit(command())))[0] for _ in range(company.calls)]
        timing = timing_of(times)
        company.sheet.add(Row(what, timing.calls, timing.p50_ms, timing.p95_ms))
    seconds, _ = await stopwatch_async(asyncio.gather(*(writer.submit(order()) for _ in range(AT_ONCE))))
    company.sheet.add(once("orders at once", seconds, AT_ONCE))
    await count(company.house, AT_ONCE + 2 * company.calls, company.sheet, "roll-up of these orders and enrolments")


async def pay(company: Filled) -> None:
    """Close the first month, calculate it, commit the run; the engine of it again, alone; what it is asked."""
    house, add = company.house, company.sheet.add
    closing, _ = await stopwatch_async(house.periods.close(MONTHS[0], key="close", actor=ACTOR))
    calculating, run = await stopwatch_async(house.runs.calculate(MONTHS[0], load_plan(library()[PLAN])))
    add(once("run: snapshot, engine, files, statement totals", calculating))
    committing, _ = await stopwatch_async(commit_with_two(house, run.id))
    add(once(TO_COMMITTED, closing + calculating + committing, words=f"{run.orders:,} orders, {run.earners:,} earners"))
    # After the run, whose figures would be those of warm caches else.
    snapshots = SnapshotRepository(house.graph)
    period = await house.periods.get(MONTHS[0])
    reading, taken = await stopwatch_async(snapshots.take(period, await snapshots.last_seq(), NO_CARRY))
    add(once(SNAPSHOT, reading, len(taken.ids)))
    async with somebody_writes(company.people, company.endpoints, house.settings.neo4j) as written:
        reading, again = await stopwatch_async(snapshots.take(period, taken.seq, NO_CARRY))
    add(once(SNAPSHOT_BESIDE, reading, len(again.ids), words=written.words))
    if again.ids != taken.ids or again.order_ids != taken.order_ids:
        raise DifferentAnswerError(f"The snapshot at fact {taken.seq} is another one while somebody writes")
    del taken, again
    _engine(company, run)
    await statements.ask_about(company, run)
    await ask_what_if(company, run)


def _engine(company: Filled, run: Run) -> None:
    (one, two), _ = alone(engine_of, run, DirectoryBlobs(company.house.settings.data_dir / "blobs"))
    company.sheet.add(Row(ONE_CORE, one.calls, one.p50_ms, one.p95_ms))
    words = f"{one.p50_ms / two.p50_ms:.2f} times as fast as one core"
    company.sheet.add(Row(TWO_CORES, two.calls, two.p50_ms, two.p95_ms, words=words))


def engine_of(run: Run, blobs: DirectoryBlobs) -> tuple[Timing, Timing]:
    """The engine again on what a run was calculated from, trees indexed anew, on one core and on two."""
    given, plan = stored_snapshot(run, blobs).snapshot, stored_plan(run, blobs)

    def pay_again() -> Timing:
        return timing_of([stopwatch(lambda: calculate(_unindexed(given), plan))[0] for _ in range(ENGINE_CALLS)])

    calculate(given, plan)
    with on_cores(1):
        one = pay_again()
    with on_cores(2):
        return one, pay_again()


def _unindexed(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot)


async def examine(company: Filled) -> None:
    """All checks; they must find nothing."""
    seconds, diagnosis = await stopwatch_async(Doctor(company.house.graph).examine(lambda _line: None))
    if not diagnosis.healthy:
        raise NotWellError("\n".join(diagnosis_lines(diagnosis)))
    company.sheet.add(once(DOCTOR, seconds, company.people))

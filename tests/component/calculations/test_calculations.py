"""A run is asked for, calculated by a worker, cancelled; workers are killed anywhere, and another finishes."""

import asyncio
import csv
import json
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from app.calculations.models import Calculation
from app.doctor.service import Doctor
from app.engine import calculate
from app.facts import errors
from app.facts.commands import Order
from app.facts.limits import WAITING_AT_ONCE
from app.facts.verify import verify_chain
from app.graph import GraphDatabase
from app.graph.database import QueryEvent
from app.plans.loader import library, load_plan
from app.plans.models import Plan
from app.runs import repository
from app.runs.models import Run
from app.runtime import Endpoints
from app.wiring import House, calculation_worker
from tests.component.runs.test_runs import files_of, spillover_company

pytestmark = pytest.mark.anyio
LEASE_MS = 600_000
CHUNK = 1
"""Statements a call."""


@pytest.fixture
def sample() -> Plan:
    return load_plan(library()["sample"])


@pytest.fixture
async def company(house: House) -> House:
    await spillover_company(house)
    return house


async def queued(house: House, plan: Plan, key: str = "ask", period: str = "2026-01", **how: Any) -> Calculation:
    asked, _ = await house.calculations.request(period, plan, key=key, actor="ann", reason="preview", **how)
    return asked


async def work_off(house: House) -> None:
    """Calculate whatever waits."""
    worker = calculation_worker(house)
    while await worker.calculate_next(asyncio.Event()):
        pass


def result_of(run: Run) -> dict[str, Any]:
    """All of a run but when it was calculated."""
    return {name: value for name, value in asdict(run).items() if name != "calculated_at"}


async def test_a_queued_run_is_calculated_as_of_the_fact_that_queued_it(company: House, sample: Plan) -> None:
    asked = await queued(company, sample)
    assert (asked.state, asked.run, asked.attempt) == ("queued", None, 0)
    seq = asked.steps[0].seq
    await company.periods.close("2026-01", key="close", actor="test")
    await work_off(company)
    done = await company.calculations.get(asked.id)
    assert (done.state, done.attempt, done.failure) == ("done", 1, None)
    [(kind, actor, reason)] = [(step.kind, step.actor, step.reason) for step in done.steps]
    assert (kind, actor, reason) == ("RequestRun", "ann", "preview")
    run = await company.runs.get(str(done.run))
    closed = await company.periods.get("2026-01")
    assert run.seq == closed.closed_seq, "nobody had begun it, so the close is known"
    assert (run.final, run.plan_hash, run.period) == (True, sample.hash, 202601)

    again = await queued(company, sample)
    assert again.id == asked.id, "the same key answers the same calculation"
    other = await queued(company, sample, "another")
    await work_off(company)
    assert (await company.calculations.get(other.id)).run == run.id, "the same content is the same run"
    assert (await verify_chain(company.graph)).intact
    assert seq < run.seq


async def test_a_run_of_an_open_period_knows_nothing_later_than_the_fact_that_queued_it(
    house: House, sample: Plan
) -> None:
    desk = await spillover_company(house)
    asked = await queued(house, sample)
    await desk(Order("late", "P1", "distributor", 1_767_657_600_000, 10_000, 10_000))
    await work_off(house)
    done = await house.calculations.get(asked.id)
    run = await house.runs.get(str(done.run))
    assert (run.seq, run.final, done.as_of) == (asked.steps[0].seq, False, asked.steps[0].seq)
    assert (await house.runs.calculate("2026-01", sample)).orders == run.orders + 1


async def test_a_draft_waits_until_it_is_queued(company: House, sample: Plan) -> None:
    draft = await queued(company, sample, draft=True)
    await work_off(company)
    assert (await company.calculations.get(draft.id)).state == "draft"
    await company.calculations.queue(draft.id, key="queue", actor="bob", reason="checked")
    with pytest.raises(errors.CalculationConflictError, match="is queued"):
        await company.calculations.queue(draft.id, key="queue again", actor="bob")
    await work_off(company)
    done = await company.calculations.get(draft.id)
    assert [(step.kind, step.actor) for step in done.steps] == [("RequestRun", "ann"), ("QueueRun", "bob")]
    assert (done.state, done.as_of) == ("done", done.steps[1].seq)
    with pytest.raises(errors.CalculationConflictError, match="is done"):
        await company.calculations.cancel(draft.id, key="cancel", actor="bob")
    with pytest.raises(errors.UnknownCalculationError):
        await company.calculations.cancel("nothing", key="cancel nothing", actor="bob")


async def test_what_would_fail_again_fails_at_once_and_says_why(company: House, sample: Plan) -> None:
    asked = await queued(company, sample, period="2026-02")
    await work_off(company)
    failed = await company.calculations.get(asked.id)
    assert (failed.state, failed.attempt, failed.run) == ("failed", 1, None)
    assert "2026-01 has no run yet" in str(failed.failure)


async def test_what_breaks_three_times_has_failed_and_says_why(
    company: House, sample: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> Run:
        raise MemoryError("no more of it")

    monkeypatch.setattr(type(company.runs), "calculate", broken)
    monkeypatch.setattr("app.workers.calculations.AGAIN_MS", 0)
    asked = await queued(company, sample)
    await work_off(company)
    failed = await company.calculations.get(asked.id)
    assert (failed.state, failed.attempt, failed.failure) == ("failed", 3, "MemoryError: no more of it")


async def test_only_so_many_may_wait(company: House, sample: Plan) -> None:
    first = await queued(company, sample, "0", draft=True)
    for number in range(1, WAITING_AT_ONCE):
        await queued(company, sample, str(number))
    with pytest.raises(errors.TooManyCalculationsError, match="cancel some"):
        await queued(company, sample, "one more")
    await company.calculations.cancel(first.id, key="cancel", actor="ann")
    await queued(company, sample, "one more")
    newest = await company.calculations.newest()
    assert (len(newest), newest[0].state, newest[-1].id) != (0, "", first.id)


class Workers:
    """Workers in processes of their own, on one company's graph and folder."""

    def __init__(self, endpoints: Endpoints, data_dir: Path) -> None:
        self._config = {"endpoints": asdict(endpoints), "data_dir": str(data_dir), "chunk": CHUNK, "lease_ms": LEASE_MS}

    async def run(self, die_at: str | None = None, nth: int = 1) -> int:
        """Until nothing waits, or it kills itself; its exit status."""
        config = self._config | {"die_at": die_at, "nth": nth}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.component.calculations.worker_process", json.dumps(config)
        )
        return await process.wait()


@pytest.fixture
def workers(endpoints: Endpoints, tmp_path: Path) -> Workers:
    return Workers(endpoints, tmp_path)


KILLS = {
    "in the snapshot": ("queries/runs/people_columns", 1),
    "later in the snapshot": ("queries/runs/order_columns", 1),
    "before the run is stored": ("queries/runs/save_run", 1),
    "between statements": ("queries/runs/save_statements", 2),
    "before its end is committed": ("queries/calculations/finish", 1),
    "with the run shown, not committed": ("queries/runs/finish_run", 1),
}


async def expired(graph: GraphDatabase) -> None:
    """The lease of a worker that is gone runs out."""
    await graph.run_script("expire", ["MATCH (c:Calculation) SET c.lease_until = 0"])


@pytest.mark.parametrize("point", KILLS)
async def test_another_worker_finishes_what_a_killed_one_left(
    company: House, sample: Plan, workers: Workers, point: str
) -> None:
    asked = await queued(company, sample)
    expected = await company.runs.calculate("2026-01", sample, as_of=asked.steps[0].seq)
    assert expected.earners > CHUNK, "or there is nothing between chunks"
    await forget_runs(company.graph)
    assert await workers.run(*KILLS[point]) == -signal.SIGKILL
    left = await company.calculations.get(asked.id)
    assert (left.state, left.attempt, left.run) == ("calculating", 1, None)
    assert await company.runs.all() == [], "nothing of it is seen"
    await expired(company.graph)
    assert await workers.run() == 0
    done = await company.calculations.get(asked.id)
    assert (done.state, done.attempt) == ("done", 2)
    [run] = await company.runs.all()
    assert (run.id, result_of(run)) == (done.run, result_of(expected))
    assert await statements(company.graph, run.id) == run.earners


async def test_a_worker_that_is_killed_between_its_files_leaves_none_by_halves(
    company: House, sample: Plan, workers: Workers, tmp_path: Path
) -> None:
    """Killed at its first file and at its fourth; what has a name is whole, and the third worker writes the rest."""
    asked = await queued(company, sample)
    expected = await company.runs.calculate("2026-01", sample, as_of=asked.steps[0].seq)
    whole = files_of(tmp_path)
    await forget_runs(company.graph)
    for path in (tmp_path / "blobs").rglob("*"):
        if path.is_file() and path.name != sample.hash:
            path.unlink()
    for nth in (1, 4):
        assert await workers.run("file", nth) == -signal.SIGKILL
        assert await company.runs.all() == [], "nothing of it is seen"
        named = {name: content for name, content in files_of(tmp_path).items() if not name.startswith(".new-")}
        assert (len(named), named.items() <= whole.items()) == (nth, True), "the plan is there from the beginning"
        await expired(company.graph)
    assert await workers.run() == 0
    [run] = await company.runs.all()
    assert result_of(run) == result_of(expected)
    assert whole.items() <= files_of(tmp_path).items()


async def test_a_worker_that_dies_every_time_gives_up_after_three(
    company: House, sample: Plan, workers: Workers
) -> None:
    asked = await queued(company, sample)
    for _ in range(3):
        assert await workers.run("queries/runs/save_statements") == -signal.SIGKILL
        await expired(company.graph)
    assert await workers.run() == 0
    failed = await company.calculations.get(asked.id)
    assert (failed.state, failed.attempt) == ("failed", 3)
    assert "was lost 3 times, the last time at the stage" in str(failed.failure)
    assert await company.runs.all() == []


def once(name: str, do: Callable[[], Any]) -> Callable[[QueryEvent], None]:
    """Observe a graph, and do something at the first run of a statement."""
    done = False

    def observe(event: QueryEvent) -> None:
        nonlocal done
        if event.name == name and not done:
            done = True
            do()

    return observe


def last_step_after(happened: asyncio.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever saves a run shows it no earlier than something has happened."""
    save = repository.RunRepository.save

    async def slow(self: Any, run: Run, bonuses: Any, rows: Any, *, tell: Any, along: Any) -> Run:
        async def waits(tx: Any, run_id: str) -> None:
            await happened.wait()
            await along(tx, run_id)

        return await save(self, run, bonuses, rows, tell=tell, along=waits)

    monkeypatch.setattr(repository.RunRepository, "save", slow)


@pytest.mark.parametrize("at", ["queries/runs/people_columns", "queries/runs/save_run", "queries/runs/save_statements"])
async def test_who_cancels_stops_the_worker_and_nothing_is_seen(
    company: House, sample: Plan, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    monkeypatch.setattr(repository, "STATEMENTS_A_CALL", CHUNK)
    asked = await queued(company, sample)
    told, cancelling = asyncio.Event(), []

    async def cancel() -> None:
        await company.calculations.cancel(asked.id, key="cancel", actor="bob", reason="the wrong plan")
        told.set()

    company.graph.observer = once(at, lambda: cancelling.append(asyncio.create_task(cancel())))
    last_step_after(told, monkeypatch)
    await work_off(company)
    await cancelling[0]
    cancelled = await company.calculations.get(asked.id)
    assert (cancelled.state, cancelled.run) == ("cancelled", None)
    said = [(step.kind, step.actor, step.reason) for step in cancelled.steps]
    assert said[1:] == [("CancelRun", "bob", "the wrong plan")]
    assert await company.runs.all() == []
    later = await queued(company, sample, "after all")
    await work_off(company)
    assert (await company.calculations.get(later.id)).state == "done", "what was left does no harm"


async def test_who_cancels_stops_a_stage_that_would_not_end(
    company: House, sample: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def endless(*_: Any, tell: Any, **__: Any) -> Run:
        tell("statements", 5, 10)
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        raise AssertionError

    monkeypatch.setattr(type(company.runs), "calculate", endless)
    asked = await queued(company, sample)
    beats = asyncio.Event()
    company.graph.observer = once("queries/calculations/beat", beats.set)
    working = asyncio.create_task(calculation_worker(company).calculate_next(asyncio.Event()))
    await asyncio.gather(begun.wait(), beats.wait())
    await company.calculations.cancel(asked.id, key="cancel", actor="bob")
    assert await working
    assert stopped.is_set()
    cancelled = await company.calculations.get(asked.id)
    assert (cancelled.state, cancelled.stage, cancelled.done, cancelled.of) == ("cancelled", "statements", 5, 10)


async def test_who_cancels_within_the_engine_stops_it_before_the_next_bonus(
    company: House, sample: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first bonus takes as long as it takes the worker to learn that nobody wants the run any more."""
    begun, lost, drafted = asyncio.Event(), threading.Event(), list[int]()
    loop, draft = asyncio.get_running_loop(), calculate._draft

    def slow(case: Any, index: int, bonus: Any) -> Any:
        drafted.append(index)
        loop.call_soon_threadsafe(begun.set)
        assert lost.wait(30)
        return draft(case, index, bonus)

    def observe(event: QueryEvent) -> None:
        if event.name == "queries/calculations/beat" and not event.rows:
            loop.call_later(0.2, lost.set)

    monkeypatch.setattr(calculate, "_draft", slow)
    company.graph.observer = observe
    asked = await queued(company, sample)
    working = asyncio.create_task(calculation_worker(company).calculate_next(asyncio.Event()))
    await begun.wait()
    await company.calculations.cancel(asked.id, key="cancel", actor="bob")
    assert await working
    assert len(sample.bonuses) > 1
    assert drafted == [0]
    cancelled = await company.calculations.get(asked.id)
    assert (cancelled.state, cancelled.run) == ("cancelled", None)


async def test_two_workers_do_not_calculate_the_same_one(company: House, sample: Plan) -> None:
    asked = await queued(company, sample)
    claims: list[str] = []

    def note(event: QueryEvent) -> None:
        if event.name == "queries/calculations/claim" and event.rows:
            claims.append(event.name)

    company.graph.observer = note
    workers = [calculation_worker(company) for _ in range(4)]
    worked = await asyncio.gather(*(worker.calculate_next(asyncio.Event()) for worker in workers))
    assert (sorted(worked), len(claims)) == ([False, False, False, True], 1)
    assert (await company.calculations.get(asked.id)).attempt == 1


async def test_who_lost_the_lease_stops_without_harm(
    company: House, sample: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first worker's lease runs out before it has shown its run; another one takes over, and finishes."""
    asked = await queued(company, sample)
    second: list[asyncio.Task[bool]] = []
    taken = asyncio.Event()

    def observe(event: QueryEvent) -> None:
        if event.name == "queries/runs/save_run" and not second:
            second.append(asyncio.create_task(calculation_worker(company).calculate_next(asyncio.Event())))
        if event.name == "queries/calculations/claim" and event.rows and second:
            taken.set()

    company.graph.observer = observe
    last_step_after(taken, monkeypatch)
    assert await calculation_worker(company, lease_ms=0).calculate_next(asyncio.Event())
    assert await second[0]
    done = await company.calculations.get(asked.id)
    assert (done.state, done.attempt) == ("done", 2)
    assert [run.id for run in await company.runs.all()] == [done.run]


async def test_a_worker_that_is_told_to_stop_leaves_it_to_another(company: House, sample: Plan) -> None:
    asked = await queued(company, sample)
    stop = asyncio.Event()
    company.graph.observer = once("queries/runs/people_columns", stop.set)
    await calculation_worker(company).calculate_next(stop)
    left = await company.calculations.get(asked.id)
    assert (left.state, left.attempt) == ("queued", 0)
    await work_off(company)
    assert (await company.calculations.get(asked.id)).state == "done"


async def forget_runs(graph: GraphDatabase) -> None:
    await graph.run_script("forget", ["MATCH (r:Run) DETACH DELETE r", "MATCH (s:Statement) DETACH DELETE s"])


async def statements(graph: GraphDatabase, run: str) -> int:
    text = "MATCH (s:Statement {run: $run}) WHERE s.amount <> 0 RETURN count(s)"
    found = await graph.adhoc(text, {"run": run}, timeout_s=10, max_rows=1, max_bytes=1_000)
    return int(found.rows[0][0])


async def test_the_doctor_names_a_calculation_that_is_not_what_its_facts_say(company: House, sample: Plan) -> None:
    async def faults() -> list[str]:
        checkups = (await Doctor(company.graph).examine(lambda _: None)).checkups
        return [problem for one in checkups if "calculations" in one.what for problem in one.problems]

    asked = [await queued(company, sample, str(number), draft=number > 3) for number in range(5)]
    await company.calculations.cancel(asked[0].id, key="cancel", actor="bob")
    await company.calculations.cancel(asked[4].id, key="cancel a draft", actor="bob")
    await work_off(company)
    assert await faults() == []
    wrong = ["{id: $one}) SET c.state = 'queued'", "{id: $two}) SET c.run = 'none'", "{id: $three}) SET c.period = 1"]
    for number, change in enumerate(wrong):
        text = change.replace("$" + ("one", "two", "three")[number], f"'{asked[number].id}'")
        await company.graph.run_script("spoil", [f"MATCH (c:Calculation {text}"])
    await company.graph.run_script("lose", [f"MATCH (c:Calculation {{id: '{asked[4].id}'}}) DELETE c"])
    said = sorted(f"Calculation {one.id} is not what its facts say" for one in asked[:3])
    assert await faults() == [*said, "5 facts ask for a calculation, and 4 are stored"]


async def test_what_was_asked_for_goes_to_a_regulator(company: House, sample: Plan, tmp_path: Path) -> None:
    """Facts of a period after its close, too, and no other period's."""
    await company.periods.close("2026-01", key="close", actor="test")
    asked = await queued(company, sample)
    await queued(company, sample, "another period", period="2026-02")
    await company.calculations.cancel(asked.id, key="cancel", actor="bob", reason="not wanted")
    await company.audit_exports.period("2026-01", tmp_path / "out", actor="legal")
    with (tmp_path / "out" / "facts.csv").open() as file:
        facts = [(row["kind"], row["actor"], row["key"]) for row in csv.DictReader(file)]
    assert facts[-3:] == [
        ("ClosePeriod", "test", "close"),
        ("RequestRun", "ann", "ask"),
        ("CancelRun", "bob", "cancel"),
    ]
    assert (await company.audit.verify()).intact
    await company.graph.run_script("spoil", ["MATCH (f:CancelRun) SET f.reason = 'wanted'"])
    [problem] = (await company.audit.verify()).chain.problems
    assert f"({facts[-1][0]}, key 'cancel')" in problem

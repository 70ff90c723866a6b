"""The loop around the roll-up: rivals, a leader that is gone, a clean stop."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from functools import partialmethod

import pytest
from prometheus_client import REGISTRY

from app.graph import GraphDatabase
from app.volumes import RollUp
from app.workers.rollup import PAUSE_S, REST_S, RollUpWorker
from tests.component.volumes.company import MARCH, Company, enrol, open_period, order, spillover

pytestmark = pytest.mark.anyio


@pytest.fixture
async def company(graph: GraphDatabase) -> Company:
    company = Company(graph)
    await company.write(open_period(MARCH), *spillover(40, seed=9))
    return company


def worker(company: Company, holder: str, **options: int) -> RollUpWorker:
    return RollUpWorker(company.graph, company.roll_up(holder, **options), None, company.clock)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(120):
        while not await condition():
            await asyncio.sleep(0.05)


async def caught_up(company: Company) -> bool:
    row = await company.graph.read_one("queries/volumes/lag")
    assert row is not None
    return bool(row["head_seq"] == row["cursor_seq"])


async def test_a_worker_follows_the_facts_and_stops_when_told(company: Company) -> None:
    stop = asyncio.Event()
    running = worker(company, "w1")
    task = asyncio.create_task(running.run(stop))
    for turn in range(3):
        await company.write(*[order(f"o{turn}-{n}", f"D{n}", 100) for n in range(40)])
        await until(lambda: caught_up(company))
    assert REGISTRY.get_sample_value("banyan_rollup_reigns") == 1
    stop.set()
    await task
    assert REGISTRY.get_sample_value("banyan_rollup_reigns") == 0
    await company.check()
    # Stopped means stopped: a later fact waits.
    await company.write(order("late", "D1", 100))
    assert not await caught_up(company)


async def test_an_idle_worker_writes_nothing(company: Company) -> None:
    await company.catch_up()
    company.clock.pass_ms(60_000)
    writes: list[str] = []
    company.graph.observer = lambda event: writes.append(event.name) if event.mode == "WRITE" else None
    rolling = company.roll_up("w1", lease_ms=10**9)
    idle = RollUpWorker(company.graph, rolling, None, company.clock, monotonic=lambda: 100.0)
    assert await idle._turn() > 0
    assert writes != [], "it claims and confirms once"
    writes.clear()
    assert await idle._turn() > 0
    assert writes == []


async def test_it_rests_after_a_step_that_caught_up_and_not_before(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RollUp, "step", partialmethod(RollUp.step, 3))
    ticks = itertools.count()
    rolling = RollUpWorker(
        company.graph, company.roll_up("w1", lease_ms=10**9), None, company.clock, monotonic=lambda: next(ticks) / 5
    )
    rests = []
    while not await caught_up(company):
        rests.append(await rolling._turn())
    assert len(rests) > 3
    assert set(rests[:-1]) == {0.0}, "more waited"
    assert rests[-1] == REST_S
    assert await rolling._turn() == PAUSE_S, "nothing came, so there is nothing to rest from"
    for turn in range(3):
        await company.write(*[order(f"{turn}-{number}", "D1", 100) for number in range(5)])
        assert await rolling._turn() == pytest.approx(1 / 5), "more comes than it counts"
    assert [await rolling._turn() for _ in range(2)] == [0.0, REST_S], "it catches up"
    await company.check()


async def test_a_second_worker_takes_over_when_the_first_is_gone(company: Company) -> None:
    stop = asyncio.Event()
    first = worker(company, "w1", lease_ms=60_000)
    gone = asyncio.create_task(first.run(stop))
    await until(lambda: caught_up(company))
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    second = worker(company, "w2", lease_ms=60_000)
    task = asyncio.create_task(second.run(stop))
    await company.write(order("o1", "D5", 100), enrol("N", "D5"))
    await asyncio.sleep(0.3)
    assert not await caught_up(company), "the first one's lease still runs"
    company.clock.pass_ms(61_000)
    await until(lambda: caught_up(company))
    stop.set()
    await task
    await company.check()


async def test_two_workers_and_a_writer_at_once(company: Company) -> None:
    stop = asyncio.Event()
    workers = [asyncio.create_task(worker(company, f"w{n}", lease_ms=0).run(stop)) for n in range(2)]
    for turn in range(10):
        await company.write(*[order(f"o{turn}-{n}", f"D{(n + turn) % 40}", 100 + n) for n in range(40)])
        company.clock.pass_ms(1)
    await until(lambda: caught_up(company))
    stop.set()
    await asyncio.gather(*workers)
    await company.check()

"""The bench of orders: it counts what callers were answered for against the graph."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.clock import SystemClock
from app.facts.commands import Enrol, Submission
from app.facts.writer import FactWriter
from app.graph import GraphDatabase
from app.periods.months import month
from app.runtime import Endpoints
from loadtests import order_callers, orders_in
from loadtests.api_process import api_process
from loadtests.company import MONTHS, id_of
from loadtests.orders_in import CountedOtherwiseError, Stages, measure

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stages(
    graph: GraphDatabase, redis_url: str, endpoints: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stages]:
    """One person who buys, and an API that takes sixteen writes at a time."""
    monkeypatch.setattr(orders_in, "A_BULK", 50)
    writer, opened = FactWriter(graph, SystemClock()), month(MONTHS[1], "UTC")
    await writer.submit(Submission("month", "test", "", opened))
    await writer.submit(Submission("top", "test", "", Enrol(id_of(0), None, "Top", "", opened.starts_at)))
    async with api_process(endpoints, tmp_path, pool_size=2, acquire_timeout_s=10.0) as api:
        yield Stages(graph, [api], 1, lambda _line: None)


async def test_every_stage_tells_rates_and_times(stages: Stages) -> None:
    rows = {row.what: row for row in await measure(stages, 0.5)}
    assert len(rows) == 4
    for row in rows.values():
        assert row.accepted > 0, row.line
        assert row.p50_ms is not None
        assert row.p99_ms is not None
        assert 0 < row.p50_ms <= row.p99_ms
        assert row.refused.keys() <= {"overloaded"}, row.line
        assert row.cpu.keys() == {"api", "neo4j", "callers"}
    assert rows["one by one, closed loop"].refused["overloaded"] > 0, "there are more callers than places"
    assert rows["in bulk, closed loop"].accepted % 50 == 0
    assert [row.asked for row in rows.values()] == [300, None, None, 5_000]


async def test_callers_are_shared_among_processes(stages: Stages, endpoints: Endpoints, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    async with api_process(endpoints, tmp_path / "second", pool_size=2, acquire_timeout_s=10.0) as second:
        stages.apis = [*stages.apis, second]
        row = await stages.run("by two", 1.0, 4)
    assert row.accepted > 0, row.line
    assert row.refused == {}


async def test_orders_that_are_not_in_the_graph_end_it(stages: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    sell = order_callers.sell

    def boast(load: order_callers.Load) -> order_callers.Sold:
        sold = sell(load)
        sold.accepted += 1
        return sold

    monkeypatch.setattr(orders_in, "alone", lambda _work, load: (boast(load), 0.0))
    with pytest.raises(CountedOtherwiseError, match="were answered for"):
        await stages.run("lost", 0.2, 2)

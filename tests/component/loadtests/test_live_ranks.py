"""The load test of live ranks: every figure is there, of a small company and a few orders."""

from pathlib import Path

import pytest

from app.clock import SystemClock
from app.facts.commands import Enrol, Submission
from app.graph import GraphDatabase
from app.periods.months import month
from app.runtime import Endpoints
from app.settings import Settings
from app.wiring import build_house
from loadtests.company import id_of, size_of
from loadtests.live_ranks import figures_of, lines_of, measure
from loadtests.trees import MONTH

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]
PEOPLE = 60


async def test_every_figure_is_there(
    graph: GraphDatabase, redis_url: str, endpoints: Endpoints, test_settings: Settings, tmp_path: Path
) -> None:
    house = build_house(test_settings.model_copy(update={"data_dir": tmp_path}), graph, SystemClock())
    opened = month(MONTH, "UTC")
    await house.writer.submit(Submission("month", "test", "", opened))
    for ix in range(PEOPLE):
        sponsor = None if ix == 0 else id_of((ix - 1) // 3)
        await house.writer.submit(
            Submission(f"enrol-{ix}", "test", "", Enrol(id_of(ix), sponsor, "P", "", opened.starts_at))
        )
    report = await measure(house, endpoints, PEOPLE, rate=20.0, seconds=3.0)
    ordered, read, staff, top = report.rows
    assert ordered.count == 60, report
    assert read.count == staff.count == top.count == 15, report
    assert not any(row.lost for row in report.rows), report
    for row in (read, staff, top):
        assert row.asked_ms == 2_000
        assert row.p50_ms is not None
        assert row.longest_ms is not None
        assert row.p50_ms <= row.longest_ms
    assert report.refused == {}
    assert report.worker_peak_mib >= report.worker_before_mib > 10
    assert 0 < report.takeover_read_s <= report.takeover_pushed_s
    assert len(lines_of(report)) == 9


def test_numbers_of_people_are_read_as_they_are_said() -> None:
    assert [size_of(text) for text in ("2000", "100k", "1M", "2.5k")] == [2_000, 100_000, 1_000_000, 2_500]


def test_what_was_lost_is_not_what_was_promised() -> None:
    assert figures_of("read", [0.1, 0.2], asked_ms=2_000).met
    assert not figures_of("read", [0.1, 2.2], asked_ms=2_000).met
    assert not figures_of("read", [0.1, 0.2], 1, asked_ms=2_000).met
    assert not figures_of("read", [], asked_ms=2_000).met
    assert figures_of("ordered", [9.0]).met is None

"""A short `make load` from end to end: Locust, an API process and a worker on servers of their own."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.settings import Settings
from loadtests.load.asks import MIX
from loadtests.load.conductor import HIT_RATE, HOT, ONE_BY_ONE, QUICK, run
from loadtests.load.rows import LATE, Row

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]


async def test_every_kind_of_request_is_answered_and_counted(test_settings: Settings, tmp_path: Path) -> None:
    rows: list[Row] = []

    def settings_of(folder: Path) -> Settings:
        return test_settings.model_copy(update={"data_dir": folder, "runtime": "embedded"})

    await run(replace(QUICK, rates=(20.0,)), settings_of, tmp_path, rows.append, lambda _line: None)

    told = "\n".join(row.line for row in rows)
    found = {(row.stage, row.what): row for row in rows}
    mixed = {what for stage, what in found if stage == "the mix at 20 a second"}
    assert {"all", "dashboard", "order", LATE} <= mixed <= {"all", LATE, *MIX}
    assert all(row.errors == 0 for row in rows), told
    every = found["the mix at 20 a second", "all"]
    assert every.p50_ms is not None
    assert every.p99_ms is not None
    assert 0 < every.p50_ms <= every.p99_ms
    assert found[HOT, "hot page"].answers > 20, told
    assert found[HOT, "order"].answers > 0
    share = found[HOT, HIT_RATE].share
    assert share is not None
    assert 0 < share < 1, told
    for size in ("50", "many"):
        first, again = (found[ONE_BY_ONE, f"page of {size}, {turn}"] for turn in ("first", "again"))
        assert first.answers == again.answers > 0, told

"""A short `make faults` from end to end, on servers and processes of its own."""

from pathlib import Path

import pytest

from app.settings import Settings
from loadtests.faults.conductor import QUICK, run
from loadtests.faults.rows import Row, conclusion

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]


async def test_nothing_acknowledged_is_lost_or_doubled(test_settings: Settings, tmp_path: Path) -> None:
    """One fault of most kinds, in the order of the seed."""
    rows: list[Row] = []
    lines: list[str] = []

    def settings_of(folder: Path) -> Settings:
        return test_settings.model_copy(update={"data_dir": folder, "runtime": "embedded"})

    await run(QUICK, settings_of, tmp_path, rows.append, lines.append)

    told = "\n".join(row.line for row in rows)
    assert all(row.well for row in rows), told
    assert [row.number for row in rows] == [1, 2, 3, 4, 5]
    assert sum(row.killed for row in rows) == 4
    last = rows[-1]
    assert last.acknowledged > 50, told
    assert last.unknown > 0, "some had no answer while a part was away"
    assert last.acknowledged + last.refused == last.sent, told
    [before_refresh] = [row for row in rows if "before the refresh" in row.what]
    counted, refreshed = (part.split()[-1] for part in before_refresh.evidence.split(", "))
    assert refreshed == "generation" or int(refreshed) < int(counted)
    [old_leader] = [row for row in rows if "stopped at rest" in row.what]
    assert "stepped down" in old_leader.evidence
    assert "all counters equal" in conclusion(rows)

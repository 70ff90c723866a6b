"""Closed periods are calculated by whoever is there, and the next one begins with what they carry on."""

from datetime import date
from pathlib import Path

import pytest

from app.blobs.store import DirectoryBlobs
from app.clock import SystemClock
from app.demo.commit import commit_with_two
from app.facts import errors
from app.graph import GraphDatabase
from app.plans.loader import library, load_plan
from app.plans.models import Plan
from app.runs.calculation import carry_out, stored_snapshot
from app.runs.models import Run
from app.settings import Settings
from app.wiring import House, build_house, runs_of_closed_periods
from tests.component.calculations.test_calculations import work_off
from tests.component.runs.test_runs import spillover_company

pytestmark = pytest.mark.anyio
MONTHS = ("2026-01", "2026-02")


@pytest.fixture
def sample() -> Plan:
    return load_plan(library()["sample"])


@pytest.fixture
async def house(graph: GraphDatabase, test_settings: Settings, tmp_path: Path) -> House:
    """January and February are closed, and nobody is paid for either."""
    house = build_house(test_settings.model_copy(update={"data_dir": tmp_path}), graph, SystemClock())
    await spillover_company(house)
    for month in MONTHS:
        await house.periods.close(month, key=f"close {month}", actor="test")
    return house


async def asked_and_done(house: House) -> list[Run]:
    """The runs that come of one look."""
    ids = await runs_of_closed_periods(house).ask()
    await work_off(house)
    return [await house.runs.get(str((await house.calculations.get(id)).run)) for id in ids]


async def test_a_closed_period_is_calculated_and_the_next_begins_with_what_it_carries(
    house: House, sample: Plan
) -> None:
    assert await runs_of_closed_periods(house).ask() == [], "by which plan is not known"
    await house.plans.register(sample, date(2026, 1, 1), key="plan", actor="board")
    [january] = await asked_and_done(house)
    [february] = await asked_and_done(house)
    assert await asked_and_done(house) == []
    assert (january.carries_from, february.carries_from) == (None, january.id)
    assert (january.plan_hash, january.state, january.final) == (sample.hash, "preview", True)
    by_hand = [await house.runs.calculate(month, sample) for month in MONTHS]
    assert [run.hash for run in by_hand] == [january.hash, february.hash]
    blobs = DirectoryBlobs(house.settings.data_dir / "blobs")
    carried, begun = carry_out(january, blobs), stored_snapshot(february, blobs).snapshot.people
    count = len(carried.left)
    assert (begun.carry_left[:count].tolist(), begun.carry_right[:count].tolist()) == (
        carried.left.tolist(),
        carried.right.tolist(),
    )
    assert carried.left.any() or carried.right.any()
    with pytest.raises(errors.RunConflictError, match="the committed run of 2026-01 is none by now"):
        await house.runs.step(february.id, "review", key="review", actor="ann")


async def test_what_another_run_carries_on_is_calculated_anew(house: House, sample: Plan) -> None:
    await house.plans.register(sample, date(2026, 1, 1), key="plan", actor="board")
    await asked_and_done(house)
    [first] = await asked_and_done(house)
    await house.periods.reopen("2026-02", key="reopen", actor="test", reason="late orders")
    assert await asked_and_done(house) == [], "it is open"
    await house.periods.close("2026-02", key="close again", actor="test")
    [second] = await asked_and_done(house)
    other = await house.runs.calculate(
        "2026-01", sample.model_copy(update={"version": "other", "rounding": "half_even"})
    )
    await commit_with_two(house, other.id)
    [third] = await asked_and_done(house)
    assert first.seq < second.seq == third.seq
    assert (first.carries_from, third.carries_from) == (second.carries_from, other.id)
    await commit_with_two(house, third.id)
    assert await asked_and_done(house) == []


async def test_what_a_former_system_paid_is_left_alone(house: House, sample: Plan) -> None:
    """A plan of another calendar, and one that pays from March on, ask for nothing."""
    await house.plans.register(sample, date(2026, 3, 1), key="plan", actor="board")
    weekly = sample.model_copy(update={"name": "weekly", "calendar": "weekly"})
    await house.plans.register(weekly, date(2026, 1, 1), key="weekly", actor="board")
    assert await asked_and_done(house) == []

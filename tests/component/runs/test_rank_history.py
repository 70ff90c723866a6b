"""Windows, maintenance, highest and decided ranks from run to run, on the real graph."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from app.demo.commit import commit_with_two
from app.engine.errors import PlanMismatchError
from app.facts import errors
from app.facts.commands import Enrol, Move, Order, OverrideRank, Register, Submission
from app.facts.verify import verify_chain
from app.graph import GraphDatabase
from app.plans.loader import parse_plan
from app.plans.models import Plan
from app.runs.calculation import stored_plan, stored_result, stored_snapshot
from app.runs.models import Run
from app.runs.snapshots import NO_CARRY, SnapshotRepository
from app.runs.text import decision_words
from app.settings import Settings
from app.wiring import House, build_house
from tests.component.runs.test_runs import DAY, JANUARY_5, Desk
from tests.component.volumes.company import TestClock

pytestmark = pytest.mark.anyio
MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04")
PLAN: dict[str, Any] = {
    "name": "History",
    "version": "1",
    "currency": "EUR",
    "ranks": [
        {"name": "Member"},
        {
            "name": "Silver",
            "requires": {"group_pv": 100, "window": {"met": 2, "of": 3}},
            "maintain": {"group_pv": 10},
        },
        {"name": "Director", "requires": {"group_pv": 9999}},
    ],
    "bonuses": [{"type": "unilevel", "name": "Levels", "levels_by_rank": {"Member": ["1%"], "Director": ["10%"]}}],
    "gates": [
        {"type": "any_of", "gates": [{"type": "customers", "at_least": 2}, {"type": "customer_pv", "at_least": 50}]}
    ],
}


def plan(**other: Any) -> Plan:
    return parse_plan(json.dumps(PLAN | other).encode(), "plan")


@pytest.fixture
def clock() -> TestClock:
    return TestClock(2026, 5, 2)


@pytest.fixture
def house(graph: GraphDatabase, test_settings: Settings, tmp_path: Path, clock: TestClock) -> House:
    return build_house(test_settings.model_copy(update={"data_dir": tmp_path}), graph, clock)


@pytest.fixture
async def desk(house: House) -> Desk:
    """Ann above Bob and Cat; Bob's customers C1 and C2."""
    desk = Desk(house)
    await house.periods.open(MONTHS[0], "UTC", key=MONTHS[0], actor="test")
    for id, sponsor in (("Ann", None), ("Bob", "Ann"), ("Cat", "Ann")):
        await desk(Enrol(id, sponsor, id, "", JANUARY_5))
    for customer in ("C1", "C2"):
        await desk(Register(customer, customer, "Bob", JANUARY_5))
    return desk


async def month(house: House, desk: Desk, number: int, *said: OverrideRank) -> None:
    """In January and in March Bob sells 100 PV or more, in February and April less; then the month is closed."""
    name, volume = MONTHS[number], (50_00, 5_00, 60_00, 6_00)[number]
    if number:
        await house.periods.open(name, "UTC", key=name, actor="test")
    for customer in ("C1", "C2"):
        at = JANUARY_5 + number * 31 * DAY
        await desk(Order(f"{customer} {number}", customer, "customer", at, volume, volume))
    for one in said:
        await desk(one)
    await house.periods.close(name, key=f"close {name}", actor="test")


@pytest.fixture
async def year(house: House, desk: Desk) -> Desk:
    """All four months went by."""
    for number in range(len(MONTHS)):
        await month(house, desk, number)
    return desk


def ranks(house: House, run: Run) -> dict[str, tuple[str, str, str]]:
    """Paid as, met and highest of each person, by name."""
    taken, by = stored_snapshot(run, house.blobs), stored_plan(run, house.blobs)
    found, names = stored_result(run, taken, by, house.blobs).ranks, (*by.rank_names, "")
    rows = zip(found.paid_as.tolist(), found.met.tolist(), found.highest.tolist(), strict=True)
    return {id: (names[a], names[b], names[c]) for id, (a, b, c) in zip(taken.ids, rows, strict=True)}


async def run_all(house: House, by: Plan, names: Sequence[str] = MONTHS) -> list[Run]:
    """The committed run of each month."""
    found = []
    for name in names:
        run = await house.runs.calculate(name, by)
        await commit_with_two(house, run.id)
        found.append(run)
    return found


async def test_two_of_three_months_then_kept_by_other_rules(house: House, year: Desk) -> None:
    """Bob meets Silver in January, not in February, and in March: two of three. In April he keeps it with 12 PV."""
    runs = await run_all(house, plan())
    assert [ranks(house, run)["Bob"] for run in runs] == [
        ("Member", "Silver", "Member"),
        ("Member", "Member", "Member"),
        ("Silver", "Silver", "Silver"),
        ("Silver", "Silver", "Silver"),
    ]
    report = await house.statements.rank("Bob", "2026-02")
    [silver] = [card for card in report.card.next if card.rank == "Silver"]
    assert (silver.met, silver.checks[-1].required, silver.checks[-1].actual) == (False, 2, 1)
    assert [(one.period, one.run, one.met) for one in report.periods["Silver"]] == [
        ("2026-02", runs[1].id, False),
        ("2026-01", runs[0].id, True),
        ("2025-12", None, False),
    ], "before the first run nothing is known"
    april = await house.statements.rank("Bob", "2026-04")
    assert april.card.paid_as is not None
    assert (april.card.paid_as.rules, april.highest) == ("maintain", "Silver")
    snapshot = stored_snapshot(runs[3], house.blobs).snapshot
    assert [(past.name, past.run) for past in snapshot.past] == [("2026-03", runs[2].id), ("2026-02", runs[1].id)]
    assert (await house.runs.calculate("2026-03", plan())).id == runs[2].id


async def test_a_plan_that_begins_to_look_back_reads_runs_of_another(house: House, year: Desk) -> None:
    """What was met is told by name; a rank that the plan before did not know was met by nobody."""
    levels = {"type": "unilevel", "name": "Levels", "levels_by_rank": {"Member": ["1%"]}}
    two = [{"name": "Member"}, {"name": "Silver", "requires": {"group_pv": 90}}]
    before = plan(version="0", ranks=two, bonuses=[levels])
    await run_all(house, before, MONTHS[:2])
    march = await house.runs.calculate("2026-03", plan())
    assert ranks(house, march)["Bob"] == ("Silver", "Silver", "Silver"), "January's Silver by the plan before"


async def test_a_decided_rank_is_seen_by_runs_while_it_lasts(
    house: House, desk: Desk, clock: TestClock, tmp_path: Path
) -> None:
    """Cat is Director by decision, which is ended early, in March; what is said after a month's close changes nothing
    of it, and a year later its run is the same by every byte."""
    await month(house, desk, 0)
    await month(house, desk, 1, OverrideRank("Cat", "Director", "2026-01-15", "2026-12-31"))
    await month(house, desk, 2, OverrideRank("Cat", "", "2026-03-31", ""))
    runs = await run_all(house, plan(), MONTHS[:3])
    assert [ranks(house, run)["Cat"] for run in runs] == [
        ("Member", "Member", "Member"),
        ("Director", "Member", "Member"),
        ("Member", "Member", "Member"),
    ], "January knew nothing of it; it is neither met nor earned; it ended on the last day of March"
    report = await house.statements.rank("Cat", "2026-02")
    assert report.decision is not None
    assert decision_words(report.decision) == "Director until 2026-12-31 by decision of desk: test"
    assert report.card.paid_as is not None
    assert (report.paid_as, report.card.paid_as.met) == ("Director", False)
    statement = await house.statements.statement("Cat", "2026-02")
    assert statement.decision == report.decision
    for number in range(12):
        clock.set(2026 + (number + 5) // 12, (number + 5) % 12 + 1, 20)
        await desk(OverrideRank("Bob" if number % 2 else "Cat", "Silver", "2026-02-01", f"2027-{number + 1:02}-20"))
    await desk(Move("Cat", "sponsor", "Bob"))
    for file in (tmp_path / "blobs").rglob("*"):
        if file.is_file() and not file.name.startswith(runs[0].ranks_blob):
            file.unlink()
    taken = await SnapshotRepository(house.graph).take(await house.periods.get("2026-02"), runs[1].seq, NO_CARRY)
    assert taken.decisions == {2: report.decision}
    (tmp_path / "blobs").mkdir(exist_ok=True)
    house.blobs.put(plan().canonical().encode())
    again = await house.runs.calculate("2026-02", plan())
    assert bytes_of(again) == bytes_of(runs[1])
    assert (await verify_chain(house.graph)).intact


def bytes_of(run: Run) -> tuple[str, ...]:
    """Names of content: equal names, equal bytes."""
    return run.id, run.hash, run.people_blob, run.orders_blob, run.lines_blob, run.ranks_blob


async def test_what_may_be_decided_of_a_rank(house: House, desk: Desk) -> None:
    receipt = await desk(OverrideRank("Cat", "Director", "2026-03-01", "2026-03-31"))
    assert receipt.data == {
        "author": "",
        "from_day": "2026-03-01",
        "ix": 2,
        "rank": "Director",
        "until_day": "2026-03-31",
    }
    for wrong, error in (
        (OverrideRank("Nobody", "Director", "2026-03-01", "2026-03-31"), errors.UnknownDistributorError),
        (OverrideRank("Cat", "Director", "2026-03-01", "2026-02-28"), errors.InvalidCommandError),
        (OverrideRank("Cat", "Director", "2026-3-1", "2026-03-31"), errors.InvalidCommandError),
        (OverrideRank("Cat", "Director", "2026-03-01", ""), errors.InvalidCommandError),
        (OverrideRank("Cat", "x" * 300, "2026-03-01", "2026-03-31"), errors.InvalidCommandError),
        (OverrideRank("Cat", "", "2026-03-01", "2026-03-31"), errors.InvalidCommandError),
        (OverrideRank("Cat", "", "2026-04-01", ""), errors.NoRankOverrideError),
        (OverrideRank("Bob", "", "2026-03-01", ""), errors.NoRankOverrideError),
    ):
        with pytest.raises(error):
            await desk(wrong)
    with pytest.raises(errors.InvalidCommandError, match="reason"):
        await house.writer.submit(
            Submission("k", "ann", " ", OverrideRank("Cat", "Silver", "2026-03-01", "2026-03-31"))
        )
    await desk(OverrideRank("Cat", "", "2026-03-10", ""))
    with pytest.raises(errors.NoRankOverrideError):
        await desk(OverrideRank("Cat", "", "2026-03-10", ""))
    told = await house.rank_overrides.said_of("Cat")
    assert [(one.rank, one.since, one.until, one.author) for one in told] == [
        ("Director", "2026-03-01", "2026-03-31", "desk"),
        ("", "2026-03-10", "", "desk"),
    ]


async def test_a_plan_without_the_decided_rank_is_refused_by_name(house: House, desk: Desk) -> None:
    await month(house, desk, 0, OverrideRank("Cat", "Emperor", "2026-01-01", "2026-12-31"))
    with pytest.raises(PlanMismatchError, match="Emperor"):
        await house.runs.calculate("2026-01", plan())


async def test_the_gate_of_customers_counts_who_bought(house: House, year: Desk, clock: TestClock) -> None:
    """In February Bob sold 10 PV to two customers: two pass, and three would not."""
    run = await house.runs.calculate("2026-01", plan())
    await house.runs.calculate("2026-02", plan())
    paid = await house.statements.statement("Bob", "2026-02", include_uncommitted=True)
    assert paid.amount == 10
    three = plan(version="2", gates=[{"type": "customers", "at_least": 3}])
    clock.pass_ms(1)  # of two runs the newer one is told
    other = await house.runs.calculate("2026-02", three)
    missed = await house.statements.statement("Bob", "2026-02", include_uncommitted=True)
    assert missed.run.id == other.id
    assert {(miss.reason, miss.lack.needed, miss.lack.actual) for miss in missed.misses} == {
        ("gate_customers", "3", "2")
    }
    assert "2 of 3 customers of yours bought, 1 short" in missed.misses[0].words
    taken = stored_snapshot(run, house.blobs)
    assert sorted(set(taken.customers)) == ["C1", "C2"]

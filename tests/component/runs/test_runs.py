"""import → close → snapshot → engine → statement, on real servers."""

import asyncio
import json
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.blobs.store import BlobDamagedError, DirectoryBlobs
from app.clock import to_ms
from app.demo.commit import commit_with_two
from app.demo.examples import EXAMPLES, Example
from app.demo.tour import run_example
from app.engine.calculate import calculate
from app.engine.errors import BrokenTreeError, InvalidSnapshotError, PlanMismatchError, UnknownSellerError
from app.facts import errors
from app.facts.commands import BelowSponsor, Enrol, Move, Order, Receipt, Register, Return, Submission
from app.generator import CompanySpec, generate, write_company
from app.imports.progress import Stages
from app.plans.loader import library, load_plan, parse_plan
from app.plans.models import Plan
from app.runs import calculation
from app.runs.breakaway import UnknownRankError
from app.runs.calculation import TABLES, stored_plan, stored_result, stored_snapshot
from app.runs.errors import NoRunError, NoStatementError, PreviousRunMissingError
from app.runs.models import EVERY_ROW
from app.wiring import House, roll_up

pytestmark = pytest.mark.anyio
JANUARY_5 = 1_767_571_200_000
DAY = 86_400_000


@pytest.fixture
def sample() -> Plan:
    return load_plan(library()["sample"])


class Desk:
    def __init__(self, house: House) -> None:
        self.house = house
        self.numbers = count()

    async def __call__(self, command: Any) -> Receipt:
        return await self.house.writer.submit(Submission(f"desk-{next(self.numbers)}", "desk", "test", command))


async def spillover_company(house: House) -> Desk:
    """Ten people whose sponsors and places differ, a customer, own and customer orders, one of them returned."""
    desk = Desk(house)
    for month in ("2026-01", "2026-02"):
        await house.periods.open(month, "UTC", key=month, actor="test")
    await desk(Enrol("A", None, "A", "", JANUARY_5))
    for number in range(9):
        sponsor = "A" if number % 3 else ("A" if number == 0 else f"P{number - 3}")
        await desk(
            Enrol(
                f"P{number}",
                sponsor,
                "P",
                "",
                JANUARY_5,
                placement=BelowSponsor("outside_right" if number % 2 else "outside_left"),
            )
        )
    await desk(Register("C", "Cora", "P4", JANUARY_5))
    for number in range(9):
        await desk(Order(f"O{number}", f"P{number}", "distributor", JANUARY_5 + DAY, 15_000, 12_345 + number))
    await desk(Order("OC", "C", "customer", JANUARY_5 + DAY, 20_000, 20_001))
    await desk(Return("R3", "O3", JANUARY_5 + 2 * DAY))
    return desk


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title.split(":")[0])
async def test_published_examples(house: House, example: Example) -> None:
    """G7, G8 and G14 of the worked examples, each with its source in its README; amounts as published."""
    said: list[str] = []
    await run_example(house, example, said.append)
    assert any("path" in line or "matched" in line for line in said)


async def test_g14_carries_between_the_legs(house: House) -> None:
    [example] = [example for example in EXAMPLES if example.title.startswith("G14")]
    await run_example(house, example, lambda _: None)
    january = await house.statements.statement("You", "2026-01")
    february = await house.statements.statement("You", "2026-02")
    legs = {leg.leg: (leg.brought_in, leg.new, leg.matched, leg.carried_out) for leg in january.carry}
    assert legs == {"left": (0, 20_000, 20_000, 0), "right": (0, 50_000, 20_000, 30_000)}
    legs = {leg.leg: (leg.brought_in, leg.new, leg.matched, leg.carried_out) for leg in february.carry}
    assert legs == {"left": (0, 40_000, 40_000, 0), "right": (30_000, 10_000, 40_000, 0)}


async def test_run_again_gives_the_same_bytes_whatever_happened_since(house: House, sample: Plan) -> None:
    desk = await spillover_company(house)
    await house.periods.close("2026-01", key="close", actor="test")
    first = await house.runs.calculate("2026-01", sample)
    await desk(Move("P4", "sponsor", "P1"))
    await desk(Move("P7", "binary", "P8", 2))
    await desk(Enrol("late", "A", "L", "", JANUARY_5))
    await desk(Order("late order", "P1", "distributor", JANUARY_5, 10_000, 10_000))
    await desk(Return("late return", "O1", JANUARY_5 + 3 * DAY))
    again = await house.runs.calculate("2026-01", sample)
    assert again.id == first.id
    assert again.hash == first.hash
    assert (again.lines_blob, again.people_blob, again.orders_blob) == (
        first.lines_blob,
        first.people_blob,
        first.orders_blob,
    )
    assert len(await house.runs.all()) == 1, "the same run is stored once"


def as_written_by_another_library(columns: dict[str, Any]) -> bytes:
    """Other compression, other row groups, and another version in the footer."""
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, row_group_size=3, compression="snappy", store_schema=False)
    written = bytes(sink.getvalue())
    assert written.count(b"parquet-cpp-arrow version ") == 1
    return written.replace(b"parquet-cpp-arrow version ", b"parquet-cpp-arrow-version-")


async def test_files_written_otherwise_are_the_same_run(
    house: House, sample: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade of the library that writes the files makes no other run of what was calculated before."""
    await spillover_company(house)
    await house.periods.close("2026-01", key="close", actor="test")
    first = await house.runs.calculate("2026-01", sample)
    files = set(files_of(tmp_path))
    monkeypatch.setattr(calculation, "to_parquet", as_written_by_another_library)
    again = await house.runs.calculate("2026-01", sample)
    assert again == first
    assert len(set(files_of(tmp_path)) - files) == len(TABLES), "each is another file"
    assert len(await house.runs.all()) == 1


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "blobs").rglob("*") if path.is_file()}


CYCLES = {
    "sponsor": "SPONSORED_BY",
    "binary": "PLACED_UNDER",
}


@pytest.mark.parametrize("tree", CYCLES)
async def test_a_run_refuses_a_broken_tree_and_names_whom_to_look_at(house: House, sample: Plan, tree: str) -> None:
    """L1 comes to stand below L3, whom she stands above; the rest of the company is sound."""
    desk = await spillover_company(house)
    for number in range(6):
        above = f"L{number - 1}" if number else "P0"
        await desk(Enrol(f"L{number}", above, "L", "", JANUARY_5, placement=BelowSponsor("outside_left")))
    await house.periods.close("2026-01", key="close", actor="test")
    damage = (
        f"MATCH (x:Distributor {{id: 'L1'}})-[r:{CYCLES[tree]}]->(), (y:Distributor {{id: 'L3'}}) "
        f"WITH x, y, r, properties(r) AS said DELETE r CREATE (x)-[n:{CYCLES[tree]}]->(y) "
        "SET n = said, n.parent = y.ix, n.slot = 3 - said.slot"
    )
    await house.graph.run_script("damage", [damage])
    with pytest.raises(BrokenTreeError) as refused:
        await house.runs.calculate("2026-01", sample)
    assert refused.value.message == (
        f"the {tree} tree has a cycle through L1, L2, L3; repair their edges and try again"
    )
    assert refused.value.details == {"tree": tree, "people": ["L1", "L2", "L3"], "count": 3}
    assert await house.runs.all() == []


async def test_a_run_refuses_two_people_in_one_slot(house: House, sample: Plan) -> None:
    """Constraints keep live edges apart; an ended one that still held at the month's end can say anything."""
    await spillover_company(house)
    await house.periods.close("2026-01", key="close", actor="test")
    damage = (
        "MATCH (x:Distributor {id: 'P7'})-[:PLACED_UNDER]->(), (y:Distributor {id: 'P1'})-[r:PLACED_UNDER]->(z) "
        "CREATE (x)-[w:WAS_PLACED_UNDER]->(z) SET w = properties(r), w.child = x.ix, w.seq_to = 99999, "
        "w.valid_to = 99999999999999"
    )
    await house.graph.run_script("damage", [damage])
    with pytest.raises(BrokenTreeError, match="P1, P7 share a binary slot with each other; repair their edges"):
        await house.runs.calculate("2026-01", sample)
    assert await house.runs.all() == []


LOST = {
    "sponsor": "MATCH (:Distributor {id: 'P4'})-[r:SPONSORED_BY]->() DELETE r",
    "binary": "MATCH (:Distributor {id: 'P4'})-[r:PLACED_UNDER]->() SET r.child = 99",
}


@pytest.mark.parametrize("tree", LOST)
async def test_a_run_refuses_a_tree_from_which_somebody_was_cut_off(house: House, sample: Plan, tree: str) -> None:
    """P4 would top a tree of their own, and nobody above be paid for them; whoever never had a place is no fault."""
    desk = await spillover_company(house)
    await desk(Enrol("unplaced", "P4", "U", "", JANUARY_5))
    await house.periods.close("2026-01", key="close", actor="test")
    await house.graph.run_script("damage", [LOST[tree]])
    with pytest.raises(BrokenTreeError) as refused:
        await house.runs.calculate("2026-01", sample)
    assert refused.value.message == (
        f"in the {tree} tree P4 stand below somebody by their own word, and no edge leads there; "
        "repair their edges and try again"
    )
    assert refused.value.details == {"tree": tree, "people": ["P4"], "count": 1}
    assert await house.runs.all() == []


@pytest.mark.parametrize(
    "damage",
    [
        "MATCH (d:Distributor {id: 'P3'}) DETACH DELETE d",
        "MATCH (d:Distributor {id: 'P8'}) DETACH DELETE d",
        "MATCH (d:Distributor {id: 'P3'}) SET d.ix = 4000",
        "MATCH (d:Distributor {id: 'P4'}) SET d.ix = 4000",
    ],
)
async def test_a_run_refuses_a_company_in_which_somebody_is_missing(house: House, sample: Plan, damage: str) -> None:
    """People are counted by halving their numbers: whoever is gone must not make it end early."""
    await spillover_company(house)
    await house.periods.close("2026-01", key="close", actor="test")
    await house.graph.run_script("damage", [damage])
    with pytest.raises(InvalidSnapshotError, match="banyan doctor names what was lost"):
        await house.runs.calculate("2026-01", sample)
    assert await house.runs.all() == []


@pytest.mark.parametrize("seller", [10, 999, -1])
async def test_a_run_refuses_an_order_of_nobody(house: House, sample: Plan, seller: int) -> None:
    await spillover_company(house)
    await house.periods.close("2026-01", key="close", actor="test")
    await house.graph.run_script("damage", [f"MATCH (f:Order {{order_id: 'O5'}}) SET f.seller_ix = {seller}"])
    with pytest.raises(UnknownSellerError, match="the seller of O5 is nobody there is; banyan audit verify names"):
        await house.runs.calculate("2026-01", sample)
    assert await house.runs.all() == []


async def test_an_open_period_is_an_estimate_that_moves_with_the_facts(house: House, sample: Plan) -> None:
    desk = await spillover_company(house)
    before = await house.runs.calculate("2026-01", sample)
    await desk(Order("more", "P1", "distributor", JANUARY_5, 10_000, 10_000))
    after = await house.runs.calculate("2026-01", sample)
    assert not before.final
    assert after.id != before.id
    assert after.orders == before.orders + 1
    with pytest.raises(errors.RunConflictError):
        await commit_with_two(house, after.id)
    with pytest.raises(NoRunError):
        await house.statements.statement("P1", "2026-01")
    assert (await house.statements.statement("P1", "2026-01", include_uncommitted=True)).run.id == after.id


async def test_a_move_within_the_period_counts_and_one_after_it_does_not(house: House) -> None:
    """A move is true from the instant it is recorded, which is long after January and long after February."""
    desk = await spillover_company(house)
    plan = load_plan(library()["g7-unilevel"])
    await desk(Move("P8", "sponsor", "P2"))
    [january, this_month] = await _sponsors(house, plan, "2026-01", "P8"), await _sponsor_now(house, "P8")
    assert january == "A", "January is paid by January's tree although it is calculated after the move"
    assert this_month == "P2"


async def _sponsors(house: House, plan: Plan, month: str, id: str) -> str:
    run = await house.runs.calculate(month, plan)
    taken = stored_snapshot(run, DirectoryBlobs(house.settings.data_dir / "blobs"))
    sponsor: str = taken.ids[taken.snapshot.people.sponsor[taken.ids.index(id)]]
    return sponsor


async def _sponsor_now(house: House, id: str) -> str:
    row = await house.graph.read_one("queries/people/card", {"id": id})
    assert row is not None
    return str(row["sponsor_id"])


async def test_commit_once_and_in_order(house: House, sample: Plan) -> None:
    await spillover_company(house)
    for month in ("2026-01", "2026-02"):
        await house.periods.close(month, key=f"close {month}", actor="test")
    with pytest.raises(PreviousRunMissingError, match="2026-01"):
        await house.runs.calculate("2026-02", sample)
    run = await house.runs.calculate("2026-01", sample)
    other = await house.runs.calculate("2026-01", load_plan(library()["g7-unilevel"]))
    first, second = await asyncio.gather(
        commit_with_two(house, run.id),
        commit_with_two(house, other.id),
        return_exceptions=True,
    )
    [refused] = [answer for answer in (first, second) if not isinstance(answer, Receipt)]
    assert isinstance(refused, errors.RunConflictError | errors.UnregisteredPlanError), "one of both plans pays January"
    committed = [run for run in await house.runs.all() if run.committed]
    assert len(committed) == 1
    assert (await house.periods.get("2026-01")).run == committed[0].id
    await house.runs.calculate("2026-02", sample)


async def test_lines_add_up_to_statements_and_statements_to_the_run(house: House, sample: Plan) -> None:
    await spillover_company(house)
    await house.periods.close("2026-01", key="close", actor="test")
    run = await house.runs.calculate("2026-01", sample)
    await commit_with_two(house, run.id)
    statements = [await house.statements.statement(f"P{n}", "2026-01") for n in range(9)]
    statements.append(await house.statements.statement("A", "2026-01"))
    assert all(sum(line.amount for line in s.lines) == s.amount for s in statements)
    assert sum(s.amount for s in statements) == run.amount > 0
    stored = await house.graph.adhoc(
        "MATCH (s:Statement {run: $run}) RETURN s.distributor, s.amount",
        {"run": run.id}, timeout_s=5, max_rows=100, max_bytes=100_000,
    )  # fmt: skip
    assert {id: amount for id, amount in stored.rows if amount} == {
        s.distributor: s.amount for s in statements if s.amount
    }


RANKS_AND_GATES = """
name: ranks and gates
version: "1"
currency: EUR
ranks:
  - name: Member
  - name: Silver
    requires: {group_pv: {pv: 300, leg_cap: 40%}, volume_within_levels: {levels: 2, pv: 100}}
    maintain: {personal_pv: 10}
  - name: Gold
    requires:
      personally_sponsored_with_rank: [{rank: Member, count: 2}]
      weak_leg_pv: 100
      legs_with_volume: {pv: 90, count: 2}
gates:
  - {type: customer_share, at_least: 50%}
  - {type: majority_of_customers, more_than: 10%}
bonuses:
  - {type: unilevel, name: Levels, levels_by_rank: {Member: [5%, 5%], Silver: [5%, 5%], Gold: [5%, 5%]}}
"""


async def test_a_stored_run_tells_what_ranks_and_gates_looked_at(house: House, tmp_path: Path) -> None:
    await spillover_company(house)
    plan = parse_plan(RANKS_AND_GATES.encode(), "plan")
    run, blobs = await house.runs.calculate("2026-01", plan), DirectoryBlobs(tmp_path / "blobs")
    taken = stored_snapshot(run, blobs)
    stored, again = stored_result(run, taken, stored_plan(run, blobs), blobs), calculate(taken.snapshot, plan)
    assert stored.ranks.actuals.tolist() == again.ranks.actuals.tolist()
    assert set(stored.ranks.measures) == set(again.ranks.measures)
    assert {"group_pv:0.4:requirement:300", "group_customer_pv"} < set(stored.ranks.measures)
    found = await house.statements.rank("A", "2026-01", include_uncommitted=True)
    assert found.card.paid_as is not None
    checks = {check.measure: check for card in (found.card.paid_as, *found.card.next) for check in card.checks}
    assert checks["weak_leg_pv"].unit == "PV"
    statement = await house.statements.statement("A", "2026-01", misses=EVERY_ROW, include_uncommitted=True)
    assert {miss.reason for miss in statement.misses} == {"gate_customer_share"}
    assert all("what this bonus asks for" in miss.words or "not above 0" in miss.words for miss in statement.misses)


async def test_the_plan_and_the_period_must_mean_the_same_months(house: House) -> None:
    await house.periods.open("2026-01", "America/New_York", key="open", actor="test")
    with pytest.raises(PlanMismatchError, match="America/New_York"):
        await house.runs.calculate("2026-01", load_plan(library()["g7-unilevel"]))


async def test_a_damaged_blob_is_named(house: House, sample: Plan, tmp_path: Path) -> None:
    await spillover_company(house)
    run = await house.runs.calculate("2026-01", sample)
    blobs = DirectoryBlobs(tmp_path / "blobs")
    path = blobs.open(run.lines_blob)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(BlobDamagedError, match=run.lines_blob):
        await house.statements.statement("P1", "2026-01", include_uncommitted=True)
    assert stored_plan(run, blobs) == parse_plan(sample.canonical())


async def test_a_company_of_ten_thousand(house: House, sample: Plan, tmp_path: Path) -> None:
    """The whole way at the size of the tour; sponsor and place differ for at least 30 % of the people."""
    company = generate(CompanySpec(10_000, 11, ("2026-01", "2026-02")))
    assert company.spillover_share >= 0.30
    write_company(company, tmp_path / "import")
    for month in ("2026-01", "2026-02"):
        await house.periods.open(month, "UTC", key=month, actor="test")
    report = await house.imports.run(tmp_path / "import", Stages.untold())
    assert report.imported
    await house.periods.close("2026-01", key="close", actor="test")
    run = await house.runs.calculate("2026-01", sample)
    await commit_with_two(house, run.id)

    taken = stored_snapshot(run, DirectoryBlobs(house.settings.data_dir / "blobs"))
    february = to_ms((await house.periods.get("2026-01")).ends_at)
    there = company.enrolled_at < february
    assert 0 < np.count_nonzero(there) == run.people < 10_000, "whoever joined in February is not in January's trees"
    for column in ("sponsor", "parent", "slot"):
        assert np.array_equal(getattr(taken.snapshot.people, column)[there], getattr(company, column)[there])
        assert set(getattr(taken.snapshot.people, column)[~there]) <= {-1, 0}
    kept = (company.order_at < february) & ~company.order_late
    back = company.return_of[kept[company.return_of]]  # January is open at the import, whenever they came back
    assert int(taken.snapshot.orders.cv.sum()) == int(company.order_cv[kept].sum() - company.order_cv[back].sum())
    with pytest.raises(NoStatementError):
        await house.statements.statement(taken.ids[int(np.flatnonzero(~there)[0])], "2026-01")
    best = (await house.statements.examples(run))[0]
    statement = await house.statements.statement(best, "2026-01", lines=EVERY_ROW)
    assert sum(line.amount for line in statement.lines) == statement.amount > 0
    assert all(line.path[0] == line.source and line.path[-1] == best for line in statement.lines if line.order)


WEEKLY: Any = {
    "name": "Weekly binary",
    "version": "1",
    "currency": "EUR",
    "calendar": "weekly",
    "ranks": [{"name": "Member"}],
    "bonuses": [{"type": "binary", "name": "Team bonus", "rate": "10%"}],
}


async def test_a_weekly_binary_is_paid_beside_a_monthly_unilevel(house: House) -> None:
    """By hand: A's legs hold 200.00 and 300.00 in week 2, then 250.00 and 100.00 in week 3 with 100.00 carried in; the
    month's unilevel pays one level of all of it."""
    desk = Desk(house)
    for name in ("2026-01", "2026-W02", "2026-W03"):
        await house.periods.open(name, "UTC", key=name, actor="test")
    await desk(Enrol("A", None, "A", "", JANUARY_5))
    await desk(Enrol("L", "A", "L", "", JANUARY_5, placement=BelowSponsor("outside_left")))
    await desk(Enrol("R", "A", "R", "", JANUARY_5, placement=BelowSponsor("outside_right")))
    for number, (buyer, day, cv) in enumerate([("L", 0, 20_000), ("R", 6, 30_000), ("L", 7, 25_000), ("R", 8, 10_000)]):
        await desk(Order(f"O{number}", buyer, "distributor", JANUARY_5 + day * DAY, cv, cv))
    weekly = parse_plan(json.dumps(WEEKLY).encode(), "weekly")
    level = {"type": "unilevel", "name": "Level bonus", "levels_by_rank": {"Member": ["10%"]}}
    monthly = parse_plan(
        json.dumps(WEEKLY | {"name": "Levels", "calendar": "monthly", "bonuses": [level]}).encode(), "m"
    )
    with pytest.raises(PlanMismatchError, match="weekly"):
        await house.runs.calculate("2026-01", weekly)
    for week in ("2026-W02", "2026-W03"):
        await house.periods.close(week, key=f"close {week}", actor="test")
    with pytest.raises(PreviousRunMissingError, match="2026-W02"):
        await house.runs.calculate("2026-W03", weekly)
    paid = {}
    for week in ("2026-W02", "2026-W03"):
        run = await house.runs.calculate(week, weekly)
        await commit_with_two(house, run.id)
        paid[week] = (await house.statements.statement("A", week)).amount
    assert paid == {"2026-W02": 2_000, "2026-W03": 2_000}, "the smaller side of 200/300, then of 250 and 100 + 100"
    await house.periods.close("2026-01", key="close", actor="test")
    run = await house.runs.calculate("2026-01", monthly)
    await commit_with_two(house, run.id)
    assert (await house.statements.statement("A", "2026-01")).amount == 8_500, "10 % of 850.00, whatever the week"
    assert [len(await house.runs.all(calendar)) for calendar in ("weekly", "monthly", "daily")] == [2, 1, 0]
    assert (await house.statements.rank("A", calendar="weekly")).run.period == (
        await house.periods.get("2026-W03")
    ).number


async def test_group_volume_without_legs_that_broke_away_is_by_the_last_committed_run(house: House) -> None:
    """A sponsors S (silver), M and N; S sponsors D, whose own silver does not matter to A's legs."""
    desk = Desk(house)
    for name in ("2026-01", "2026-02"):
        await house.periods.open(name, "UTC", key=name, actor="test")
    for id, sponsor in (("A", None), ("S", "A"), ("M", "A"), ("N", "A"), ("D", "S"), ("E", "M")):
        await desk(Enrol(id, sponsor, id, "", JANUARY_5))
    ranks = [
        {"name": "Member"},
        {"name": "Silver", "requires": {"personal_pv": 100}},
        {"name": "Gold", "requires": {"personal_pv": 900}},
    ]
    plan = parse_plan(json.dumps(WEEKLY | {"calendar": "monthly", "ranks": ranks}).encode(), "ranks")
    for number, (id, pv) in enumerate([("S", 10_000), ("E", 95_000), ("M", 1_000)]):
        await desk(Order(f"O{number}", id, "distributor", JANUARY_5, pv, pv))
    february = JANUARY_5 + 30 * DAY
    for number, id in enumerate(("A", "S", "M", "N", "D", "E")):
        await desk(Order(f"F{number}", id, "distributor", february, 10**number, 10**number))
    assert await roll_up(house).catch_up()
    before = await house.breakaway.group_without("A", "Silver", 202602, "monthly")
    assert before is not None
    assert (before.pv, before.ids, before.run) == (111_111, [], ""), "no run says that anybody broke away"
    await house.periods.close("2026-01", key="close", actor="test")
    run = await house.runs.calculate("2026-01", plan)
    await commit_with_two(house, run.id)
    assert run.earners == 0, "ranks are known of whoever has one, paid or not"
    found = await house.breakaway.group_without("A", "Silver", 202602, "monthly")
    assert found is not None
    assert (found.group_pv, found.pv, found.ids) == (111_111, 101_101, ["S"]), "with S goes D; E is deeper in M's leg"
    assert (found.run, found.run_period) == (run.id, "2026-01")
    inner = await house.breakaway.group_without("M", "Silver", 202602, "monthly")
    assert inner is not None
    assert (inner.pv, inner.ids) == (100, ["E"]), "the rank asked for and higher ones"
    gold = await house.breakaway.group_without("A", "Gold", 202602, "monthly")
    assert gold is not None
    assert gold.ids == []
    with pytest.raises(UnknownRankError, match="Silver"):
        await house.breakaway.group_without("A", "Platinum", 202602, "monthly")
    assert await house.breakaway.group_without("nobody", "Silver", 202602, "monthly") is None

"""The one writer on a real graph."""

import asyncio
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from app.clock import SystemClock
from app.errors import BanyanError
from app.facts import errors
from app.facts.commands import (
    BelowSponsor,
    Command,
    Enrol,
    Explicit,
    Move,
    Order,
    Place,
    Receipt,
    Register,
    Return,
    Submission,
)
from app.facts.history import past_facts
from app.facts.verify import verify_chain
from app.facts.writer import FactWriter
from app.graph import GraphDatabase
from app.periods.months import month
from app.runtime import Endpoints
from tests.component.facts.writer_process import JANUARY_15, submissions

pytestmark = pytest.mark.anyio


@pytest.fixture
def writer(graph: GraphDatabase) -> FactWriter:
    return FactWriter(graph, SystemClock())


class Desk:
    """Submits commands under keys of their own."""

    def __init__(self, writer: FactWriter) -> None:
        self.writer = writer
        self.count = 0

    async def __call__(self, command: Any) -> Receipt:
        self.count += 1
        return await self.writer.submit(Submission(f"desk-{self.count}", "desk", "", command))


async def company(writer: FactWriter) -> Desk:
    """A with B0..B3 on alternating outside legs and the month of January."""
    desk = Desk(writer)
    await desk(month("2026-01", "UTC"))
    await desk(Enrol("A", None, "Ann", "", JANUARY_15))
    for number in range(4):
        await desk(
            Enrol(
                f"B{number}",
                "A",
                f"Bo {number}",
                "",
                JANUARY_15,
                placement=BelowSponsor("outside_right" if number % 2 else "outside_left"),
            )
        )
    return desk


async def edges(graph: GraphDatabase, tree: str) -> dict[int, tuple[int, int]]:
    """Child to (parent, slot) as the snapshot reads it now."""
    params = {"from_ix": 0, "to_ix": 1_000_000, "seq": 10**9, "at": 4 * 10**12}
    [row] = await graph.read(f"queries/runs/{tree}_edges", params)
    slots = row.get("slots") or [0] * len(row["children"])
    return {child: (parent, slot) for child, parent, slot in zip(row["children"], row["parents"], slots, strict=True)}


async def test_outside_leg_follows_the_run_of_the_sponsor_in_later_commits(
    graph: GraphDatabase, writer: FactWriter
) -> None:
    desk = await company(writer)
    place = await desk(Enrol("C", "B0", "Cy", "", JANUARY_15, placement=BelowSponsor("outside_left")))
    assert place.data["parent_id"] == "B2"
    assert await edges(graph, "binary") == {1: (0, 1), 2: (0, 2), 3: (1, 1), 4: (2, 2), 5: (3, 1)}
    assert await edges(graph, "sponsor") == {1: (0, 0), 2: (0, 0), 3: (0, 0), 4: (0, 0), 5: (1, 0)}


@pytest.mark.parametrize("part", [5_000, 2])
async def test_a_batch_may_mix_newcomers_and_stored_people_in_any_kind_of_place(
    graph: GraphDatabase, writer: FactWriter, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    """In one part, and in parts that are decided while those before them are written."""
    monkeypatch.setattr("app.facts.writer.PART", part)
    monkeypatch.setattr("app.facts.repository.ROWS_A_CALL", part)
    await company(writer)
    batch: list[Command] = [
        Enrol("N1", "A", "N1", "", JANUARY_15),
        Place("N1", BelowSponsor("outside_left"), JANUARY_15),
        Enrol("N2", "A", "N2", "", JANUARY_15, placement=BelowSponsor("outside_left")),
        Enrol("N3", "B0", "N3", "", JANUARY_15, placement=Explicit("N2", 2)),
        Enrol("N4", "N3", "N4", "", JANUARY_15, placement=BelowSponsor("outside_right")),
        Enrol("N5", "B1", "N5", "", JANUARY_15, placement=Explicit("N2", 1)),
    ]
    with pytest.raises(errors.BatchRefusedError, match="B1") as refused:
        await writer.submit_all([Submission(f"b{n}", "batch", "", command) for n, command in enumerate(batch)])
    assert [r["row"] for r in refused.value.details["refusals"]] == [5], "N2 stands below B0, not below B1"
    before = await verify_chain(graph)
    held: list[int] = []
    receipts = await writer.submit_all(
        [Submission(f"b{n}", "batch", "", c) for n, c in enumerate(batch[:5])], held.append
    )
    assert sum(held) == 5
    assert before.facts == 6, "a refused batch writes nothing"
    assert [r.data.get("parent_id") for r in receipts] == [None, "B2", "N1", "N2", "N3"]
    assert (await verify_chain(graph)).intact


async def test_a_batch_is_refused_when_an_order_would_count_elsewhere(graph: GraphDatabase, writer: FactWriter) -> None:
    """As when somebody closes a month between the check of an import and its write."""
    await company(writer)
    await writer.submit(Submission("open", "desk", "", month("2026-02", "UTC")))
    orders = [Order(f"O{n}", "A", "distributor", JANUARY_15, 1, 1) for n in (1, 2)]
    before = await verify_chain(graph)
    with pytest.raises(errors.BatchRefusedError, match="was to count in 202602 of 'monthly' and would count in 202601"):
        await writer.submit_all(
            [Submission(f"o{n}", "batch", "", c, counts_in={"monthly": 202601 + n}) for n, c in enumerate(orders)]
        )
    assert (await verify_chain(graph)).facts == before.facts
    await writer.submit_all(
        [Submission(f"o{n}", "batch", "", c, counts_in={"monthly": 202601}) for n, c in enumerate(orders)]
    )


async def test_a_move_ends_the_edge_and_keeps_it_as_history(graph: GraphDatabase, writer: FactWriter) -> None:
    desk = await company(writer)
    moved = await desk(Move("B2", "binary", "B3", 1))
    responsored = await desk(Move("B3", "sponsor", "B1"))
    assert (await edges(graph, "binary"))[3] == (4, 1)
    assert (await edges(graph, "sponsor"))[4] == (2, 0)
    at = {"from_ix": 0, "to_ix": 100, "at": 4 * 10**12}
    for tree, receipt, was in (("binary", moved, [3]), ("sponsor", responsored, [4])):
        [known_before] = await graph.read(f"queries/runs/ended_{tree}_edges", {**at, "seq": receipt.seq - 1})
        [known_now] = await graph.read(f"queries/runs/ended_{tree}_edges", {**at, "seq": receipt.seq})
        [true_before] = await graph.read(
            f"queries/runs/ended_{tree}_edges", {**at, "seq": receipt.seq, "at": receipt.recorded_at - 1}
        )
        assert known_before["children"] == was
        assert known_now["children"] == []
        assert true_before["children"] == was
    with pytest.raises(errors.SlotTakenError, match="was B2's"):
        await desk(Enrol("D", "B0", "Di", "", JANUARY_15, placement=Explicit("B0", 1)))
    freed = await desk(Enrol("D", "B0", "Di", "", moved.recorded_at, placement=Explicit("B0", 1)))
    assert freed.data["parent_id"] == "B0", "the slot that the move left is free again since then"
    with pytest.raises(errors.CycleError):
        await desk(Move("B1", "binary", "B2", 1))


async def test_refusals_do_not_stop_the_rest_of_a_group(graph: GraphDatabase, writer: FactWriter) -> None:
    desk = await company(writer)
    answers = await asyncio.gather(
        *(desk(Order(f"O{n}", "A" if n % 3 else "nobody", "distributor", JANUARY_15, 100, 50)) for n in range(90)),
        return_exceptions=True,
    )
    kinds = Counter(type(answer).__name__ for answer in answers)
    assert kinds == {"Receipt": 60, "UnknownDistributorError": 30}
    assert (await verify_chain(graph)).facts == 6 + 60


async def test_what_was_answered_for_is_there_for_whoever_looks_next(graph: GraphDatabase, writer: FactWriter) -> None:
    """By another connection: an answer that came before its commit would be ahead of it."""
    desk = await company(writer)
    for number in range(30):
        receipt = await desk(Order(f"O{number}", "A", "distributor", JANUARY_15, 100, 50))
        head = await graph.read_one("queries/facts/head")
        assert head is not None
        assert head["seq"] >= receipt.seq


async def test_the_graph_refuses_what_the_rules_would_not_let_through(graph: GraphDatabase, writer: FactWriter) -> None:
    """The constraints are the net below the rules: an edge written past them is refused by the database."""
    await company(writer)
    row = {"child": 4, "parent": 0, "slot": 1, "valid_from": JANUARY_15, "seq_from": 99}

    async def second_child(tx: Any) -> None:
        await tx.run("queries/facts/create_binary_edges", {"places": [row]})

    with pytest.raises(BanyanError):
        await graph.write(second_child)


async def test_customers_orders_and_returns(writer: FactWriter) -> None:
    desk = await company(writer)
    await desk(Register("K", "Kim", "B1", JANUARY_15))
    order = await desk(Order("O", "K", "customer", JANUARY_15, 1234, 1000))
    assert (order.data["seller_ix"], order.data["buyer_ix"], order.data["monthly"]) == (2, -1, 202601)
    back = await desk(Return("R", "O", JANUARY_15 + 1))
    assert (back.data["pv"], back.data["cv"], back.data["seller_ix"]) == (-1234, -1000, 2)
    with pytest.raises(errors.AlreadyReturnedError):
        await desk(Return("R2", "O", JANUARY_15 + 1))
    with pytest.raises(errors.UnknownOrderError):
        await desk(Return("R3", "R", JANUARY_15 + 1))


async def test_every_tampering_with_a_fact_is_named(graph: GraphDatabase, writer: FactWriter) -> None:
    desk = await company(writer)
    await desk(Order("O", "A", "distributor", JANUARY_15, 100, 50))
    assert (await verify_chain(graph)).intact
    for tamper in TAMPERINGS:
        await graph.run_script("tamper", [tamper["do"]])
        report = await verify_chain(graph)
        assert not report.intact, tamper["do"]
        assert any(tamper["named"] in problem for problem in report.problems), (tamper["do"], report.problems)
        await graph.run_script("mend", [tamper["undo"]])
        assert (await verify_chain(graph)).intact, tamper["undo"]


TAMPERINGS = [
    {
        "do": "MATCH (f:Fact {seq: 7}) REMOVE f:Order SET f:Return",
        "undo": "MATCH (f:Fact {seq: 7}) REMOVE f:Return SET f:Order",
        "named": "Fact 7",
    },
    {
        "do": "MATCH (f:Fact {seq: 7}) REMOVE f:Order",
        "undo": "MATCH (f:Fact {seq: 7}) SET f:Order",
        "named": "Fact 7 (of no kind",
    },
    {
        "do": "MATCH (f:Fact {seq: 7}) SET f:Return",
        "undo": "MATCH (f:Fact {seq: 7}) REMOVE f:Return",
        "named": "Fact 7",
    },
    {
        "do": "MATCH (f:Fact {seq: 7}) SET f.pv = 101",
        "undo": "MATCH (f:Fact {seq: 7}) SET f.pv = 100",
        "named": "Fact 7",
    },
    {
        "do": "MATCH (f:Fact {seq: 3}) SET f.actor = 'somebody else'",
        "undo": "MATCH (f:Fact {seq: 3}) SET f.actor = 'desk'",
        "named": "Fact 3",
    },
    {
        "do": "MATCH (f:Fact {seq: 3}) SET f.body = replace(f.body, 'Bo', 'Jo')",
        "undo": "MATCH (f:Fact {seq: 3}) SET f.body = replace(f.body, 'Jo', 'Bo')",
        "named": "Fact 3",
    },
    {
        "do": "MATCH (f:Fact {seq: 7}) REMOVE f.valid_at",
        "undo": f"MATCH (f:Fact {{seq: 7}}) SET f.valid_at = {JANUARY_15}",
        "named": "Fact 7",
    },
    {
        "do": "MATCH (f:Fact {seq: 4}) SET f.seq = 4000",
        "undo": "MATCH (f:Fact {seq: 4000}) SET f.seq = 4",
        "named": "Facts 4 to 4 are missing",
    },
    {
        "do": "MATCH (f:Fact {seq: 7}) SET f.seq = 7000",
        "undo": "MATCH (f:Fact {seq: 7000}) SET f.seq = 7",
        "named": "Head says 7",
    },
    {
        "do": "MATCH (f:Fact {seq: 7}) SET f.seq = 8",
        "undo": "MATCH (f:Fact {seq: 8}) SET f.seq = 7",
        "named": "Fact 8 lies beyond Head, which says 7.",
    },
    {
        "do": "CREATE (:Fact:Order {seq: 100000, key: 'slipped in'})",
        "undo": "MATCH (f:Fact {seq: 100000}) DELETE f",
        "named": "Fact 100000 lies beyond Head, which says 7.",
    },
    {
        "do": "CREATE (:Fact:Order {seq: 0, key: 'slipped in'})",
        "undo": "MATCH (f:Fact {key: 'slipped in'}) DELETE f",
        "named": "There are 8 facts, 1 more than Head counts.",
    },
    {
        "do": "CREATE (:Fact:Order {seq: '7', key: 'slipped in'})",
        "undo": "MATCH (f:Fact {key: 'slipped in'}) DELETE f",
        "named": "There are 8 facts, 1 more than Head counts.",
    },
    {
        "do": "MATCH (h:Head) SET h.seq = 6",
        "undo": "MATCH (h:Head) SET h.seq = 7",
        "named": "Fact 7 lies beyond Head, which says 6.",
    },
]


async def test_facts_that_were_swapped_or_dropped_are_named(graph: GraphDatabase, writer: FactWriter) -> None:
    """Each of two facts takes the other's number; then one is gone, and those after it close the gap."""
    await company(writer)
    swap = [f"MATCH (f:Fact {{seq: {was}}}) SET f.seq = {now}" for was, now in ((3, -1), (4, 3), (-1, 4))]
    await graph.run_script("swap", swap)
    problems = (await verify_chain(graph)).problems
    assert [problem.split(" (")[0] for problem in problems] == ["Fact 3", "Fact 4", "Fact 5"]
    await graph.run_script("swap", swap)
    assert (await verify_chain(graph)).intact
    await graph.run_script("drop", ["MATCH (f:Fact {seq: 4}) DELETE f"])
    problems = (await verify_chain(graph)).problems
    counted = "Head says people 5, by the facts it is 4."
    assert [problem.split(" (")[0] for problem in problems] == ["Facts 4 to 4 are missing.", "Fact 5", counted]
    closed = [f"MATCH (f:Fact {{seq: {was}}}) SET f.seq = {was - 1}" for was in (5, 6)]
    await graph.run_script("close the gap", [*closed, "MATCH (h:Head) SET h.seq = 5"])
    problems = (await verify_chain(graph)).problems
    assert [problem.split(" (")[0] for problem in problems] == ["Fact 4", "Fact 5", counted]


# --- several processes ------------------------------------------------------------------------------------------------


async def start(
    endpoints: Endpoints, log: Path, name: str, orders: int, die_after: int = 0
) -> asyncio.subprocess.Process:
    config = {"endpoints": asdict(endpoints), "log": str(log), "name": name, "orders": orders, "die_after": die_after}
    return await asyncio.create_subprocess_exec(
        ".venv/bin/python", "-m", "tests.component.facts.writer_process", json.dumps(config),
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


def answers_in(log: Path) -> list[dict[str, Any]]:
    """The lines that were written whole."""
    lines = log.read_text().splitlines() if log.exists() else []
    return [json.loads(line) for line in lines if line.endswith("}")]


async def facts_by_key(graph: GraphDatabase) -> dict[str, int]:
    facts = [fact async for page in past_facts(graph, 20_000) for fact in page]
    assert len({fact.key for fact in facts}) == len(facts)
    return {fact.key: fact.seq for fact in facts}


async def test_two_processes_write_two_thousand_commands_each(
    graph: GraphDatabase, writer: FactWriter, endpoints: Endpoints, tmp_path: Path
) -> None:
    await company(writer)
    processes = [await start(endpoints, tmp_path / name, name, 2000) for name in ("a", "b")]
    assert [await process.wait() for process in processes] == [0, 0]

    stored = await facts_by_key(graph)
    report = await verify_chain(graph)
    assert report.intact, report.problems[:3]
    assert sorted(stored.values()) == list(range(1, report.head_seq + 1)), "every sequence number once"
    logs = {name: {line["key"]: line for line in answers_in(tmp_path / name)} for name in ("a", "b")}
    asked = {name: {s.key: s for s in submissions(name, 2000)} for name in ("a", "b")}
    assert all(logs[name].keys() == asked[name].keys() for name in ("a", "b")), "every command was answered"
    shared = logs["a"].keys() & logs["b"].keys()
    assert len(shared) == 500
    for key in shared:
        answers = [logs["a"][key], logs["b"][key]]
        if asked["a"][key].command == asked["b"][key].command:
            assert answers[0] == answers[1], "the same key with the same body answers the same"
            assert answers[0]["seq"] == stored[key]
        else:
            refused = [answer for answer in answers if answer.get("error") == "IdempotencyKeyReusedError"]
            assert len(refused) == 1, "another body under a used key is refused"
    own = (logs["a"].keys() | logs["b"].keys()) - shared
    assert all(stored[key] == (logs["a"].get(key) or logs["b"][key])["seq"] for key in own)
    assert len(stored) == 6 + 3000 + 500


async def test_a_writer_killed_after_any_statement_loses_no_acknowledged_command(
    graph: GraphDatabase, writer: FactWriter, endpoints: Endpoints, tmp_path: Path
) -> None:
    """A commit of this list locks and reads, then writes orders, and looks for each place before it is written, so the
    first 13 statements have every kind of gap between them."""
    await company(writer)
    log = tmp_path / "a"
    acknowledged: dict[str, int] = {}
    for die_after in range(1, 14):
        process = await start(endpoints, log, "a", 400, die_after)
        code = await process.wait()
        for line in answers_in(log):
            assert acknowledged.setdefault(line["key"], line["seq"]) == line["seq"], "an answer changed after a crash"
        if code == 0:
            break
    await (await start(endpoints, log, "a", 400)).wait()
    for line in answers_in(log):
        assert acknowledged.setdefault(line["key"], line["seq"]) == line["seq"]
    stored = await facts_by_key(graph)
    assert len(acknowledged) == 400
    assert {key: stored[key] for key in acknowledged} == acknowledged
    assert len(stored) == 6 + 400, "nothing was written twice"
    assert (await verify_chain(graph)).intact

"""Single bytes of facts, of Head and of edges are changed, each by itself: the audit or the doctor names each."""

import random
from datetime import date
from pathlib import Path
from typing import Any

import neo4j
import pytest

from app.doctor.service import Doctor
from app.facts.commands import Exported, PastMove, Submission
from app.facts.decide import DECIDED
from app.facts.verify import verify_chain
from app.graph import GraphDatabase
from app.plans.loader import library, load_plan
from app.settings import Settings
from app.wiring import House, build_house
from tests.component.exports.ugly import live_through
from tests.component.volumes.company import TestClock, ms

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(1_200)]
ENVELOPE = ("seq", "key", "actor", "reason", "valid_at", "recorded_at", "body", "hash")
KINDS = (
    *(
        "Enrol",
        "Place",
        "Prefer",
        "KeepMatrix",
        "Move",
        "Vacate",
        "SetMovePolicy",
        "PastMove",
        "Terminate",
        "Reinstate",
    ),
    *(
        "Register",
        "Order",
        "Return",
        "OpenPeriod",
        "ClosePeriod",
        "Opening",
        "PastStatement",
        "RequestRun",
        "QueueRun",
        "CancelRun",
        "StepRun",
        "CommitRun",
        "Exported",
        "RegisterPlan",
    ),
)
SET = "UNWIND $rows AS row MATCH (f) WHERE elementId(f) = row.node SET f[row.name] = row.value"


@pytest.fixture
async def house(graph: GraphDatabase, test_settings: Settings, tmp_path: Path) -> House:
    """A company with a past, in which there are facts of every kind."""
    clock = TestClock(2026, 1, 1)
    house = build_house(test_settings.model_copy(update={"data_dir": tmp_path}), graph, clock)
    await live_through(house, clock)
    for command in (
        PastMove("D9", "sponsor", "D1", 0, ms(2026, 2, 1), ms(2026, 2, 2)),
        Exported("person", "D0", 1, "a" * 64),
    ):
        await house.writer.submit(Submission(f"flips {type(command).__name__}", "test", "odd", command))
    sample = load_plan(library()["sample"]).model_copy(update={"zone": "Europe/Berlin"})
    await house.plans.register(sample, date(2026, 3, 1), key="flips plan", actor="test")
    asked, _ = await house.calculations.request("2026-03", sample, key="flips run", actor="test", draft=True)
    await house.calculations.queue(asked.id, key="flips queue", actor="test")
    await house.calculations.cancel(asked.id, key="flips cancel", actor="test")
    return house


def flipped(value: Any, rng: random.Random) -> Any:
    """The value with one bit of it changed; of nothing, something."""
    match value:
        case None:
            return 1 << rng.randrange(8)
        case bool():
            return not value
        case int():
            return value ^ (1 << rng.randrange(62))
        case "":
            return chr(1 << rng.randrange(1, 7))
        case str():
            at = rng.randrange(len(value))
            return value[:at] + chr(ord(value[at]) ^ 0x40) + value[at + 1 :]
        case list():
            at = rng.randrange(len(value))
            return [*value[:at], flipped(value[at], rng), *value[at + 1 :]]
    raise AssertionError(value)


class Facts:
    """All facts as stored, and a way to change and restore them."""

    def __init__(self, driver: neo4j.Driver) -> None:
        self._driver = driver
        rows = driver.execute_query(
            "MATCH (f:Fact) RETURN elementId(f), labels(f), properties(f) ORDER BY f.seq"
        ).records
        self.all = [
            {"node": node, "kind": next(iter({*labels} - {"Fact"})), "said": said} for node, labels, said in rows
        ]

    def set(self, facts: list[dict[str, Any]], name: str, values: list[Any]) -> None:
        rows = [{"node": fact["node"], "name": name, "value": value} for fact, value in zip(facts, values, strict=True)]
        self._driver.execute_query(SET, rows=rows)

    def restore(self, facts: list[dict[str, Any]], name: str) -> None:
        self.set(facts, name, [fact["said"].get(name) for fact in facts])


def names_of(kind: str) -> list[str]:
    return [name for name in (*ENVELOPE, *DECIDED[kind]) if name != "seq"]


async def problems(house: House) -> tuple[str, ...]:
    return (await verify_chain(house.graph)).problems


async def test_a_flipped_bit_of_any_property_of_any_fact_is_named(house: House, driver: neo4j.Driver) -> None:
    """Of each property all facts at once, each with a bit of its own: every one is named by its number."""
    rng, facts = random.Random(1), Facts(driver)
    assert {fact["kind"] for fact in facts.all} >= set(KINDS)
    assert await problems(house) == ()
    properties = {name for kind in DECIDED for name in names_of(kind)}
    for name in sorted(properties):
        for _ in range(2):
            having = [fact for fact in facts.all if name in names_of(fact["kind"])]
            if not having:
                continue
            facts.set(having, name, [flipped(fact["said"].get(name), rng) for fact in having])
            said = "\n".join(await problems(house))
            for fact in having:
                assert f"Fact {fact['said']['seq']} ({fact['kind']}" in said, (name, fact)
            facts.restore(having, name)
    assert await problems(house) == ()


async def test_a_single_flipped_bit_breaks_a_chain_that_is_sound_otherwise(house: House, driver: neo4j.Driver) -> None:
    """Of each kind and each of its properties one fact alone, and nothing else betrays it; numbers of another type."""
    rng, facts = random.Random(2), Facts(driver)
    for kind in KINDS:
        for name in names_of(kind):
            fact = rng.choice([fact for fact in facts.all if fact["kind"] == kind])
            was, seq = fact["said"].get(name), fact["said"]["seq"]
            for value in [flipped(was, rng), *([float(was)] if type(was) is int else [])]:
                facts.set([fact], name, [value])
                found = await problems(house)
                assert found[0].startswith(f"Fact {seq} ("), (kind, name, was, value, found)
                assert len(found) <= (2 if name in ("hash", "recorded_at") else 1), found
            facts.restore([fact], name)
    assert await problems(house) == ()


async def test_numbers_and_kinds_of_facts_are_part_of_the_chain(house: House, driver: neo4j.Driver) -> None:
    rng, facts = random.Random(3), Facts(driver)
    last = len(facts.all)
    for bit in (*range(8, 62, 6), 62):
        fact = rng.choice(facts.all)
        seq = fact["said"]["seq"]
        facts.set([fact], "seq", [seq ^ (1 << bit)])
        told = "\n".join(await problems(house))
        assert f"Facts {seq} to {seq} are missing." in told or f"the chain ends with fact {last - 1}" in told
        facts.restore([fact], "seq")
    for kind in KINDS:
        fact = rng.choice([fact for fact in facts.all if fact["kind"] == kind])
        other = rng.choice([name for name in KINDS if name != kind])
        for damage, undo in (
            (f"REMOVE f:{kind} SET f:{other}", f"REMOVE f:{other} SET f:{kind}"),
            (f"REMOVE f:{kind}", f"SET f:{kind}"),
            (f"SET f:{other}", f"REMOVE f:{other}"),
        ):
            driver.execute_query(f"MATCH (f) WHERE elementId(f) = $node {damage}", node=fact["node"])
            found = await problems(house)
            assert found[0].startswith(f"Fact {fact['said']['seq']} ("), (kind, damage, found)
            driver.execute_query(f"MATCH (f) WHERE elementId(f) = $node {undo}", node=fact["node"])
    assert await problems(house) == ()


async def test_every_fact_that_is_dropped_or_swapped_is_named(house: House, driver: neo4j.Driver) -> None:
    rng, facts = random.Random(4), Facts(driver)
    for fact in [facts.all[0], facts.all[-1], *rng.sample(facts.all, 10)]:
        seq = fact["said"]["seq"]
        driver.execute_query("MATCH (f:Fact {seq: $seq}) REMOVE f:Fact", seq=seq)
        found = "\n".join(await problems(house))
        gone = f"Facts {seq} to {seq} are missing." if seq < len(facts.all) else f"the chain ends with fact {seq - 1}."
        assert gone in found
        driver.execute_query("MATCH (f) WHERE elementId(f) = $node SET f:Fact", node=fact["node"])
    for _ in range(10):
        one, other = rng.sample(facts.all, 2)
        numbers = one["said"]["seq"], other["said"]["seq"]
        for fact, seq in ((one, -1), (other, numbers[0]), (one, numbers[1])):
            facts.set([fact], "seq", [seq])
        found = "\n".join(await problems(house))
        assert all(f"Fact {seq} (" in found for seq in numbers)
        for fact, seq in ((one, -1), (other, numbers[1]), (one, numbers[0])):
            facts.set([fact], "seq", [seq])
    assert await problems(house) == ()


async def test_every_bit_of_head_counts(house: House, driver: neo4j.Driver) -> None:
    """A number so large that nobody can count to it, too."""
    [[said]] = driver.execute_query("MATCH (h:Head) RETURN properties(h)").records
    rng = random.Random(5)
    for name in ("seq", "people", "recorded_at", "hash"):
        was = said[name]
        wrong = (
            [was ^ (1 << bit) for bit in range(63)] if isinstance(was, int) else [flipped(was, rng) for _ in range(9)]
        )
        for value in [*wrong, None, "x"]:
            driver.execute_query("MATCH (h:Head) SET h[$name] = $value", name=name, value=value)
            found = await problems(house)
            assert any("Head" in problem for problem in found), (name, value, found)
        driver.execute_query("MATCH (h:Head) SET h[$name] = $value", name=name, value=was)
    assert await problems(house) == ()


async def test_what_head_says_of_trees_is_named(house: House, driver: neo4j.Driver) -> None:
    """How wide and deep the matrix is, and which facts were the last moves."""
    [[said]] = driver.execute_query("MATCH (h:Head) RETURN properties(h)").records
    rng, sound, change = random.Random(6), await told_by_the_doctor(house), "MATCH (h:Head) SET h[$name] = $value"
    assert (await house.audit.verify()).intact
    for name in ("matrix_width", "matrix_depth", "sponsor_moved", "binary_moved", "matrix_moved"):
        for value in (flipped(said[name], rng), None):
            driver.execute_query(change, name=name, value=value)
            if name.endswith("moved"):
                found = await told_by_the_doctor(house) - sound
            else:
                found = {*(await house.audit.verify()).problems}
            driver.execute_query(change, name=name, value=said[name])
            assert any(problem.startswith("Head says ") for problem in found), (name, value, found)
    assert (await house.audit.verify()).intact


async def told_by_the_doctor(house: House) -> set[str]:
    """What is wrong; the odd move of the past is, in any case."""
    diagnosis = await Doctor(house.graph).examine(lambda _: None)
    return {problem for checkup in diagnosis.checkups for problem in checkup.problems}


EDGES = ("SPONSORED_BY", "PLACED_UNDER", "SEATED_UNDER", "WAS_SPONSORED_BY", "WAS_PLACED_UNDER", "WAS_SEATED_UNDER")


@pytest.mark.parametrize("type", EDGES)
async def test_a_flipped_bit_of_an_edge_is_told_by_the_doctor(house: House, driver: neo4j.Driver, type: str) -> None:
    rng = random.Random(type)
    rows = driver.execute_query(
        f"MATCH ()-[r:{type}]->() RETURN elementId(r), properties(r) ORDER BY r.child, r.seq_from"
    )
    sound = await told_by_the_doctor(house)
    for name in sorted({name for _, said in rows.records for name in said}):
        node, said = rng.choice([row for row in rows.records if name in row[1]])
        for value in (flipped(said[name], rng), None):
            change = f"MATCH ()-[r:{type}]->() WHERE elementId(r) = $node SET r[$name] = $value"
            driver.execute_query(change, node=node, name=name, value=value)
            assert await told_by_the_doctor(house) - sound, (name, said, value)
            driver.execute_query(change, node=node, name=name, value=said[name])
    assert await told_by_the_doctor(house) == sound


@pytest.mark.parametrize("label", ["Distributor", "Customer"])
async def test_a_flipped_bit_of_what_is_copied_from_facts_is_named(
    house: House, driver: neo4j.Driver, label: str
) -> None:
    """Several people and customers, those among them who left, came back or prefer something."""
    rng = random.Random(label)
    names = ("name", "id", "registered_at", "seq") if label == "Customer" else COPIED
    assert (await house.audit.verify()).intact
    rows = driver.execute_query(f"MATCH (n:{label}) RETURN elementId(n), properties(n) ORDER BY n.id").records
    told = [row for row in rows if row[1]["id"] in ("T", "D8", "D9", "N3", "B", "D0", "H", "C1")]
    for node, said in [*told, *rng.sample(rows, 3)]:
        for name in names:
            change = f"MATCH (n:{label}) WHERE elementId(n) = $node SET n[$name] = $value"
            for value in (flipped(said.get(name), rng), None if name in said else "x"):
                driver.execute_query(change, node=node, name=name, value=value)
                found = (await house.audit.verify()).problems
                driver.execute_query(change, node=node, name=name, value=said.get(name))
                where = f"{label} {value if name == 'id' else said['id']} " if value or name != "id" else ""
                assert any(where in f"{problem} " for problem in found), (said, name, value, found)
    assert (await house.audit.verify()).intact


COPIED = (
    *("id", "owner", "name", "region", "title", "status", "enrolled_at", "enrol_seq", "preference"),
    *("status_at", "terminated_at", "consequence"),
)


OF_A_PERIOD = (
    *("calendar", "number", "name", "zone", "state", "opened_seq", "closed_seq", "turns", "starts_at", "ends_at"),
    *("grace_ends_at", "commission_date", "run", "voided_run"),
)


async def test_a_flipped_bit_of_a_period_is_named(house: House, driver: neo4j.Driver) -> None:
    """Of one that is paid, one that was opened again, and open ones; whatever it says, the audit goes on to its end."""
    await house.periods.open("2026-W10", "Asia/Tokyo", key="week", actor="test", grace_days=0, commission_date="paid")
    await house.periods.close("2026-W10", key="close", actor="test")
    await house.periods.reopen("2026-W10", key="reopen", actor="test", reason="late orders")
    rng, whole = random.Random("Period"), await house.audit.verify()
    assert whole.intact, whole.problems
    rows = driver.execute_query("MATCH (p:Period) RETURN elementId(p), properties(p) ORDER BY p.starts_at").records
    assert {name for _, said in rows for name in said} == {*OF_A_PERIOD} - {"grace_ends_at", "voided_run"}
    change = "MATCH (p:Period) WHERE elementId(p) = $node SET p[$name] = $value"
    for node, said in rows:
        for name in OF_A_PERIOD:
            for value in (flipped(said.get(name), rng), None if name in said else "x"):
                driver.execute_query(change, node=node, name=name, value=value)
                report = await house.audit.verify()
                driver.execute_query(change, node=node, name=name, value=said.get(name))
                assert any(problem.startswith("Period ") for problem in report.problems), (said, name, value, report)
                assert (report.chain.intact, report.runs) == (whole.chain.intact, whole.runs)
    more_than_told = rows[0][1] | {"number": 209912, "name": "2099-12", "run": None}
    driver.execute_query("CREATE (p:Period) SET p = $said", said=more_than_told)
    [more] = (await house.audit.verify()).problems
    assert more == "Period 2099-12, number 209912 of 'monthly', is stored, and no fact opened it."
    driver.execute_query("MATCH (p:Period {number: 209912}) DELETE p")
    driver.execute_query("MATCH (p:Period {name: '2026-04'}) DELETE p")
    [gone] = (await house.audit.verify()).problems
    assert gone.startswith("Period 2026-04, which fact ")
    assert gone.endswith(" opened, is not stored.")

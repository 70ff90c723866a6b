"""Whatever is otherwise than it was committed is named: files, runs, periods, statements."""

import random
from pathlib import Path
from typing import Any

import neo4j
import pytest

from app.audit.text import report_lines
from app.blobs.store import DirectoryBlobs
from app.plans.loader import library, load_plan
from app.runs.calculation import TABLES
from tests.component.audit.conftest import Paid

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(900)]
FILES = (*TABLES, "plan")
FLIPS = 6
"""Bytes that are changed of each file, besides the first and the last."""


def file_of(paid: Paid, run: int, what: str) -> Path:
    blobs = DirectoryBlobs(paid.house.settings.data_dir / "blobs")
    return blobs.open(getattr(paid.runs[run], f"{what}_blob"))


async def test_what_is_as_it_was_committed_is_intact(paid: Paid) -> None:
    other = await paid.house.runs.calculate("2026-01", load_plan(library()["g7-unilevel"]))
    assert not other.committed
    report = await paid.house.audit.verify()
    assert list(report_lines(report)) == [
        "2 committed runs, periods, registered plans, people and customers: as written.",
        f"{report.chain.head_seq} facts, chain intact.",
    ]
    assert report.intact


@pytest.mark.parametrize("what", FILES)
async def test_every_single_byte_of_a_run_s_files_counts(paid: Paid, what: str) -> None:
    path = file_of(paid, 0, what)
    content = path.read_bytes()
    within = random.Random(what).sample(range(1, len(content) - 1), FLIPS)
    for offset in (0, len(content) - 1, *within):
        changed = bytearray(content)
        changed[offset] ^= 1 << offset % 8
        path.write_bytes(changed)
        assert_named(await paid.problems(), paid.runs[0].id, what, path.name)
    path.unlink()
    assert_named(await paid.problems(), paid.runs[0].id, what, path.name)
    path.write_bytes(content)
    assert await paid.problems() == []


def assert_named(problems: list[str], run: str, what: str, file: str) -> None:
    """Both runs were made by one plan, which was registered, and took back nothing: they share those files."""
    assert len(problems) == {"plan": 3, "clawbacks": 2}.get(what, 1), problems
    assert problems[0].startswith(f"Run {run}, {what}: ")
    assert all(file in problem for problem in problems)
    assert all(f", {what}: " in problem for problem in problems[:2])


@pytest.mark.parametrize("what", FILES)
async def test_a_sound_file_in_the_place_of_another_is_named(paid: Paid, driver: neo4j.Driver, what: str) -> None:
    """February's file, or another table's, has the right bytes for its name and is not what January was paid by."""
    january, february = paid.runs
    other = "plan" if what != "plan" else "lines"
    swaps = [getattr(january, f"{other}_blob"), "", 7, None]
    if what not in {"plan", "clawbacks"}:
        swaps.append(getattr(february, f"{what}_blob"))
        assert swaps[-1] != getattr(january, f"{what}_blob")
    for name in swaps:
        driver.execute_query(f"MATCH (r:Run {{id: $id}}) SET r.{what}_blob = $name", id=january.id, name=name)
        problems = await paid.problems()
        assert problems, (what, name)
        assert all(problem.startswith(f"Run {january.id}") for problem in problems), problems


def changed(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return value + "x"
        case list():
            return [changed(value[0]), *value[1:]]
    raise AssertionError(value)


async def test_every_change_of_a_run_s_node_is_named(paid: Paid, driver: neo4j.Driver) -> None:
    run = paid.runs[0].id
    [[said]] = driver.execute_query("MATCH (r:Run {id: $id}) RETURN properties(r)", id=run).records
    for name, value in said.items():
        if name == "calculated_at":
            continue  # when it was made is no part of what it is
        for other in (changed(value), None):
            driver.execute_query(f"MATCH (r:Run {{id: $id}}) SET r.{name} = $other", id=run, other=other)
            problems = await paid.problems()
            assert any(problem.startswith(f"Run {run}") for problem in problems), (name, other, problems)
            driver.execute_query(
                f"MATCH (r:Run) WHERE elementId(r) = $node SET r.{name} = $value",
                node=node_of(driver, run, paid.runs[1].id), value=value,
            )  # fmt: skip
    assert await paid.problems() == []


def node_of(driver: neo4j.Driver, run: str, other: str) -> str:
    """The run's node, whatever it is called just now."""
    [[node]] = driver.execute_query(
        "MATCH (r:Run) WHERE coalesce(r.id, '') <> $other RETURN elementId(r)", other=other
    )[0]
    return str(node)


async def test_every_change_of_a_statement_is_named(paid: Paid, driver: neo4j.Driver) -> None:
    run = paid.runs[1].id
    [[node, said]] = driver.execute_query(
        "MATCH (s:Statement {run: $run}) WHERE s.amount > 0 AND s.rank IS NOT NULL "
        "RETURN elementId(s), properties(s) ORDER BY s.ix LIMIT 1",
        run=run,
    ).records
    who = f"The statement of {said['distributor']} (number {said['ix']}) in run {run}"
    set_it = "MATCH (s:Statement) WHERE elementId(s) = $node SET s = $said"
    for name, value in said.items():
        other = 900 if name == "ix" else changed(value)
        for damage in (said | {name: other}, {key: kept for key, kept in said.items() if key != name}):
            driver.execute_query(set_it, node=node, said=damage)
            problems = await paid.problems()
            assert problems, (name, damage)
            assert any(who in problem for problem in problems) or name == "distributor", (name, problems)
    driver.execute_query(set_it, node=node, said=said | {"bonus": 5})
    assert await paid.problems() == [f"{who} says bonus 5; by the run's files it is None."]
    driver.execute_query(set_it, node=node, said=said)
    assert await paid.problems() == []
    driver.execute_query("CREATE (s:Statement) SET s = $said", said=said | {"ix": -5})
    [named] = await paid.problems()
    assert named.endswith(f"(number -5) in run {run} is of nobody whom the run pays or ranks.")
    driver.execute_query("MATCH (s:Statement {ix: -5}) SET s.ix = '5'")
    assert await paid.problems() == ["1 statements name no run, or no person by number."]
    driver.execute_query("MATCH (s:Statement {ix: '5'}) DELETE s")
    driver.execute_query("MATCH (s:Statement) WHERE elementId(s) = $node DELETE s", node=node)
    assert await paid.problems() == [f"{who} is missing."]


async def test_a_commitment_that_cannot_be_read_is_named(paid: Paid, driver: neo4j.Driver) -> None:
    run = paid.runs[0].id
    for damage in ("REMOVE f.body", "SET f.body = '{'", "SET f.body = '[]'", "SET f.run_id = 'x'"):
        [[was]] = driver.execute_query("MATCH (f:CommitRun {run_id: $run}) RETURN properties(f)", run=run).records
        driver.execute_query(f"MATCH (f:CommitRun {{run_id: $run}}) {damage}", run=run)
        report = await paid.house.audit.verify()
        assert [f"Fact {was['seq']} " in problem for problem in report.chain.problems] == [True]
        driver.execute_query("MATCH (f:CommitRun {seq: $seq}) SET f = $was", seq=was["seq"], was=was)
    assert (await paid.house.audit.verify()).intact


async def test_what_says_it_is_committed_must_be_so_by_a_fact(paid: Paid, driver: neo4j.Driver) -> None:
    other = await paid.house.runs.calculate("2026-01", load_plan(library()["g7-unilevel"]))
    driver.execute_query("MATCH (r:Run {id: $id}) SET r.state = 'committed'", id=other.id)
    assert await paid.problems() == [f"Run {other.id} says that it is committed, and no fact took it there."]
    driver.execute_query("MATCH (p:Period {name: '2026-01'}) SET p.run = $id", id=other.id)
    driver.execute_query("MATCH (r:Run {id: $id}) SET r.state = 'preview'", id=paid.runs[0].id)
    standing, alone, period = await paid.problems()
    assert alone == f"Run {other.id} says that it is committed, and no fact took it there."
    assert standing == f"Run {paid.runs[0].id} says state 'preview'; by the facts of its steps it is 'committed'."
    assert period == (
        f"Period 202601 of 'monthly' says the run {other.id}; by the facts it is the run {paid.runs[0].id}."
    )

"""Migrations on a real server: once each, in order, one runner at a time."""

import asyncio
import contextlib
import json
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.graph import GraphDatabase, open_graph
from app.graph.errors import MigrationError, MigrationLockedError
from app.graph.migrations import MIGRATIONS_ROOT, Migrator, read_migrations
from app.runtime import Endpoints
from app.settings import Settings

pytestmark = pytest.mark.anyio

RUNNER = """
import asyncio, json, sys
from pathlib import Path
from app.graph import open_graph
from app.graph.migrations import Migrator
from app.settings import Neo4jSettings

async def main() -> None:
    url, user, password, folder = sys.argv[1:]
    async with open_graph(url, user, password, Neo4jSettings(), wait_s=60) as graph:
        print(json.dumps(await Migrator(graph, Path(folder)).migrate()))

asyncio.run(main())
"""


@pytest.fixture
async def blank(graph: GraphDatabase) -> AsyncIterator[GraphDatabase]:
    """The graph as a new server has it: no schema, no chain. Put back afterwards for the tests that follow."""
    await clear(graph)
    yield graph
    await clear(graph)
    await Migrator(graph).migrate()


async def clear(graph: GraphDatabase) -> None:
    async def names(text: str) -> list[str]:
        return [r[0] for r in (await graph.adhoc(text, timeout_s=9, max_rows=999, max_bytes=99_999)).rows]

    drops = [f"DROP CONSTRAINT {n}" for n in await names("SHOW CONSTRAINTS YIELD name")]
    indexes = "SHOW INDEXES YIELD name, type, owningConstraint WHERE type <> 'LOOKUP' AND owningConstraint IS NULL "
    drops += [f"DROP INDEX {n}" for n in await names(indexes + "RETURN name")]
    await graph.run_script("clear", [*drops, "MATCH (n) DETACH DELETE n"])


async def chain(graph: GraphDatabase) -> list[str]:
    text = (
        "MATCH p = (:Migration {version: 1})-[:MIGRATED_TO*0..]->(m) WHERE NOT (m)-->() RETURN [n IN nodes(p) | n.name]"
    )
    rows = (await graph.adhoc(text, timeout_s=9, max_rows=9, max_bytes=9999)).rows
    assert len(rows) <= 1
    return list(rows[0][0]) if rows else []


def copy_of_migrations(folder: Path) -> Path:
    return Path(shutil.copytree(MIGRATIONS_ROOT, folder / "migrations"))


async def test_empty_to_newest_then_nothing_to_do(blank: GraphDatabase) -> None:
    files = [m.file for m in read_migrations()]
    migrator = Migrator(blank)
    assert {s.state for s in await migrator.status()} == {"pending"}
    assert await migrator.migrate(dry_run=True) == files
    assert {s.state for s in await migrator.status()} == {"pending"}, "a dry run applied something"
    assert await migrator.migrate() == files
    assert [(s.file, s.state) for s in await migrator.status()] == [(f, "applied") for f in files]
    assert await chain(blank) == [m.name for m in read_migrations()]
    assert await migrator.migrate() == []
    constraints = {r["name"] for r in await blank.run_admin("queries/graph/constraints")}
    assert {"fact_seq", "distributor_ix", "placed_under_slot", "migration_version"} <= constraints
    head = await blank.adhoc("MATCH (h:Head) RETURN h.name, h.seq, h.people", timeout_s=5, max_rows=9, max_bytes=999)
    assert head.rows == [["head", 0, 0]]


async def test_nobody_waits_for_indexes_that_guard_nothing(blank: GraphDatabase) -> None:
    """All constraints are in force when a migration ends; what is still filled is found by its state."""

    async def indexes() -> list[list[Any]]:
        text = "SHOW INDEXES YIELD name, state, owningConstraint RETURN name, state, owningConstraint IS NOT NULL"
        return (await blank.adhoc(text, timeout_s=9, max_rows=99, max_bytes=99_999)).rows

    people = "UNWIND range(1, 20000) AS ix CREATE (:Distributor {ix: ix, id: 'D' + ix, name: 'Ann Number ' + ix})"
    await blank.run_script("people", [people])
    migrator = Migrator(blank)
    await migrator.migrate(fill=False)
    found = await indexes()
    assert {state for _, state, guards in found if guards} == {"ONLINE"}
    assert "distributor_search" in {name for name, _, guards in found if not guards}
    await migrator.await_indexes()
    assert {state for _, state, _ in await indexes()} == {"ONLINE"}


async def test_two_processes_at_once_apply_each_file_once(
    blank: GraphDatabase, endpoints: Endpoints, tmp_path: Path
) -> None:
    folder = copy_of_migrations(tmp_path)
    # Not repeatable on purpose: a second run of it would count two.
    (folder / "V900__count.cypher").write_text(
        "MERGE (r:Run {id: 'counted'}) SET r.times = coalesce(r.times, 0) + 1;\n"
        "UNWIND range(1, 300000) AS ii WITH sum(ii) AS total MATCH (r:Run {id: 'counted'}) SET r.total = total;\n"
    )
    arguments = [endpoints.neo4j_url, endpoints.neo4j_user, endpoints.neo4j_password, str(folder)]
    runners = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", RUNNER, *arguments, stdout=asyncio.subprocess.PIPE)
        for _ in range(2)
    ]
    outputs = [(await runner.communicate())[0] for runner in runners]
    assert [runner.returncode for runner in runners] == [0, 0]
    applied = [json.loads(output.decode().splitlines()[-1]) for output in outputs]
    assert sorted(applied[0] + applied[1]) == [m.file for m in read_migrations(folder)]
    counted = await blank.adhoc("MATCH (r:Run) RETURN r.times", timeout_s=5, max_rows=9, max_bytes=999)
    assert counted.rows == [[1]]


async def test_a_runner_that_finds_the_lock_held_gives_up_in_words(
    blank: GraphDatabase, endpoints: Endpoints, test_settings: Settings
) -> None:
    await blank.run_admin("queries/graph/lock_guard")
    lock = {"name": "migrations", "holder": "the other"}
    async with contextlib.AsyncExitStack() as stack:
        other = await stack.enter_async_context(
            open_graph(endpoints.neo4j_url, endpoints.neo4j_user, endpoints.neo4j_password, test_settings.neo4j)
        )
        await stack.enter_async_context(blank.holding("queries/graph/take_lock", lock, wait_s=5, hold_s=60))
        with pytest.raises(MigrationLockedError, match="another runner"):
            await Migrator(other, wait_s=1).migrate()
    assert {s.state for s in await Migrator(blank).status()} == {"pending"}


async def test_an_altered_file_is_an_error_that_names_it(graph: GraphDatabase, tmp_path: Path) -> None:
    folder = copy_of_migrations(tmp_path)
    altered = folder / "V001__schema.cypher"
    altered.write_text(altered.read_text() + "// one more word\n")
    for call in (Migrator(graph, folder).status, Migrator(graph, folder).migrate):
        with pytest.raises(MigrationError, match=r"V001__schema\.cypher was altered after it was applied"):
            await call()


async def test_a_missing_file_and_one_that_comes_too_late_are_errors(graph: GraphDatabase, tmp_path: Path) -> None:
    folder = copy_of_migrations(tmp_path)
    (folder / "V002__head.cypher").unlink()
    with pytest.raises(MigrationError, match=r"V002__head\.cypher was applied on .* and is missing here"):
        await Migrator(graph, folder).migrate()


async def test_a_failing_file_is_not_recorded_and_runs_again(blank: GraphDatabase, tmp_path: Path) -> None:
    folder = copy_of_migrations(tmp_path)
    broken = folder / "V900__broken.cypher"
    broken.write_text("MERGE (r:Run {id: 'first'});\nMERGE (r:Run {id: 1/0});\n")
    with pytest.raises(Exception, match=r"V900__broken\.cypher"):
        await Migrator(blank, folder).migrate()
    assert (await Migrator(blank, folder).status())[-1].state == "pending"
    broken.write_text("MERGE (r:Run {id: 'first'});\nMERGE (r:Run {id: 'second'});\n")
    assert await Migrator(blank, folder).migrate() == ["V900__broken.cypher"]

"""The database class against a real server."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest
import structlog
from prometheus_client import REGISTRY

from app.graph import (
    ConstraintViolatedError,
    GraphDatabase,
    GraphTransaction,
    GraphUnavailableError,
    QueryTimeoutError,
    QueryTooLargeError,
    StatementError,
    StatementLibrary,
    WriteInReadModeError,
    open_graph,
)
from app.graph.database import QueryEvent
from app.graph.errors import InvalidQueryError
from app.graph.statements import CYPHER_ROOT
from app.runtime import Endpoints
from app.settings import Neo4jSettings, Settings

pytestmark = pytest.mark.anyio

FILES = {
    "echo": (
        "READ",
        "// param: value :: ANY\n// param: more :: INTEGER = 7\n// output: value :: ANY\n// output: more :: INTEGER",
        "RETURN $value AS value, $more AS more",
    ),
    "things": ("READ", "// output: id :: STRING", "MATCH (t:Customer) RETURN t.id AS id ORDER BY id"),
    "add": (
        "WRITE",
        "// param: id :: STRING\n// output: id :: STRING",
        "CREATE (t:Customer {id: $id}) RETURN t.id AS id",
    ),
    "liar": ("READ", "// output: id :: STRING", "CREATE (t:Customer {id: 'x'}) RETURN t.id AS id"),
    "slow": (
        "READ",
        "// output: total :: INTEGER",
        "UNWIND range(1, 10000) AS aa UNWIND range(1, 1000000) AS bb RETURN sum(aa * bb) AS total",
    ),
    "lock": (
        "WRITE",
        "// param: name :: STRING\n// output: name :: STRING",
        "MERGE (t:Cursor {name: $name}) SET t.touched = datetime() RETURN t.name AS name",
    ),
    "visible": (
        "READ",
        "// output: metadata :: MAP",
        "SHOW TRANSACTIONS YIELD metaData AS metadata WHERE metadata.query IS NOT NULL RETURN metadata",
    ),
    "types": (
        "READ",
        "// output: at :: ZONED DATETIME\n// output: days :: LIST OF DATE\n// output: ids :: LIST OF INTEGER",
        "RETURN datetime('2026-03-01T00:00:00Z') AS at, [date('2026-03-01')] AS days, range(1, 3) AS ids",
    ),
}


def library_of(folder: Path) -> StatementLibrary:
    for name, (mode, fields, text) in FILES.items():
        (folder / f"{name}.cypher").write_text(
            f"// name: {name}\n// mode: {mode}\n// description: d\n{fields}\n{text}\n"
        )
    graph_files = folder / "queries" / "graph"
    graph_files.mkdir(parents=True)
    for path in (CYPHER_ROOT / "queries" / "graph").glob("*.cypher"):
        (graph_files / path.name).write_text(path.read_text())
    return StatementLibrary.load(folder)


@pytest.fixture
async def db(graph: GraphDatabase, endpoints: Endpoints, test_settings: Settings, tmp_path: Path) -> Any:
    async with connect(endpoints, test_settings.neo4j, tmp_path) as opened:
        yield opened


def connect(
    endpoints: Endpoints, settings: Neo4jSettings, folder: Path
) -> contextlib.AbstractAsyncContextManager[GraphDatabase]:
    return open_graph(
        endpoints.neo4j_url, endpoints.neo4j_user, endpoints.neo4j_password, settings, library=library_of(folder)
    )


def adding(identity: str) -> Any:
    async def work(tx: GraphTransaction) -> str:
        rows = await tx.run("add", {"id": identity})
        return str(rows[0]["id"])

    return work


async def test_defaults_fill_in_and_wrong_parameters_never_reach_the_server(db: GraphDatabase) -> None:
    seen: list[QueryEvent] = []
    db.observer = seen.append
    assert await db.read_one("echo", {"value": [1, 2]}) == {"value": [1, 2], "more": 7}
    assert await db.read_one("echo", {"value": None, "more": 8}) == {"value": None, "more": 8}
    for params in ({}, {"value": 1, "mroe": 2}):
        with pytest.raises(StatementError, match="echo"):
            await db.read("echo", params)
    assert [event.name for event in seen] == ["echo", "echo"]


async def test_a_statement_runs_only_where_its_mode_belongs(db: GraphDatabase) -> None:
    with pytest.raises(StatementError, match="add has mode WRITE"):
        await db.read("add", {"id": "a"})
    with pytest.raises(StatementError, match="add has mode WRITE"):
        await db.run_admin("add", {"id": "a"})
    with pytest.raises(StatementError, match="no statement 'nowhere'"):
        await db.read("nowhere")


async def test_a_read_that_writes_is_refused_by_the_server(db: GraphDatabase) -> None:
    with pytest.raises(WriteInReadModeError, match="liar"):
        await db.read("liar")
    assert await db.read("things") == []


async def test_values_leave_as_plain_python(db: GraphDatabase) -> None:
    row = await db.read_one("types")
    assert row is not None
    assert row["at"].isoformat() == "2026-03-01T00:00:00+00:00"
    assert row["days"][0].isoformat() == "2026-03-01"
    assert row["ids"] == [1, 2, 3]


async def test_a_write_commits_and_a_raising_one_leaves_nothing(db: GraphDatabase) -> None:
    assert await db.write(adding("a")) == "a"

    async def half(tx: GraphTransaction) -> None:
        await tx.run("add", {"id": "b"})
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        await db.write(half)
    assert await db.read("things") == [{"id": "a"}]


async def test_statements_in_turn_answer_in_their_order(db: GraphDatabase) -> None:
    seen: list[QueryEvent] = []
    db.observer = seen.append

    async def three(tx: GraphTransaction) -> list[Any]:
        return await tx.run_in_turn([("add", {"id": "a"}), ("echo", {"value": [1, 2]}), ("add", {"id": "b"})])

    assert await db.write(three) == [[{"id": "a"}], [{"value": [1, 2], "more": 7}], [{"id": "b"}]]
    assert [event.name for event in seen] == ["add", "echo", "add"]
    assert await db.read("things") == [{"id": "a"}, {"id": "b"}]


@pytest.mark.parametrize("ids", [["a", "a", "b"], ["b", "a", "a"]])
async def test_statements_in_turn_end_with_the_first_that_fails(db: GraphDatabase, ids: list[str]) -> None:
    async def some(tx: GraphTransaction) -> list[Any]:
        return await tx.run_in_turn([("add", {"id": id}) for id in ids])

    with pytest.raises(ConstraintViolatedError) as caught:
        await db.write(some)
    assert caught.value.details["constraint"] == "customer_id"
    assert await db.read("things") == []


async def test_a_violated_constraint_is_named_without_the_value(db: GraphDatabase) -> None:
    await db.write(adding("secret-id"))
    with pytest.raises(ConstraintViolatedError) as caught:
        await db.write(adding("secret-id"), name="adding")
    assert caught.value.details == {"query": "adding", "constraint": "customer_id"}
    assert "secret-id" not in caught.value.message


async def test_a_statement_past_its_time_is_stopped_by_the_server(db: GraphDatabase) -> None:
    with pytest.raises(QueryTimeoutError, match="slow"):
        await db.read("slow", timeout_s=0.5)


async def test_closing_waits_for_a_write_whose_caller_is_gone(
    graph: GraphDatabase, endpoints: Endpoints, test_settings: Settings, tmp_path: Path
) -> None:
    begun = asyncio.Event()

    async def work(tx: GraphTransaction) -> None:
        begun.set()
        await asyncio.sleep(0.3)
        await tx.run("add", {"id": "kept"})

    async with connect(endpoints, test_settings.neo4j, tmp_path) as db:
        task = asyncio.create_task(db.write(work))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    found = await graph.adhoc("MATCH (c:Customer) RETURN c.id", timeout_s=5, max_rows=9, max_bytes=999)
    assert found.rows == [["kept"]]


async def test_a_deadlock_is_retried_to_success_and_counted(db: GraphDatabase) -> None:
    first_locks = asyncio.Barrier(2)

    def crossing(one: str, other: str) -> Any:
        attempts = 0

        async def work(tx: GraphTransaction) -> int:
            nonlocal attempts
            attempts += 1
            await tx.run("lock", {"name": one})
            if attempts == 1:
                await first_locks.wait()
            await tx.run("lock", {"name": other})
            return attempts

        return work

    code = "Neo.TransientError.Transaction.DeadlockDetected"
    before = REGISTRY.get_sample_value("banyan_db_retries_total", {"query": "crossing", "code": code}) or 0
    attempts = await asyncio.gather(
        db.write(crossing("left", "right"), name="crossing"), db.write(crossing("right", "left"), name="crossing")
    )
    assert sorted(attempts) == [1, 2]
    assert REGISTRY.get_sample_value("banyan_db_retries_total", {"query": "crossing", "code": code}) == before + 1


async def test_a_read_survives_one_lost_connection(db: GraphDatabase) -> None:
    await db.read_one("echo", {"value": 1})
    kill_pooled_connections(db)
    assert await db.read_one("echo", {"value": 2}) == {"value": 2, "more": 7}


def kill_pooled_connections(db: GraphDatabase) -> None:
    """Closes the sockets of idle connections under the driver, as a restarting server does."""
    for connections in db._driver._pool.connections.values():
        for connection in connections:
            connection.socket._writer.transport.abort()


async def test_statements_show_their_file_and_request_in_the_server(db: GraphDatabase) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        rows = await db.read("visible")
    assert {"query": "visible", "request": "r-1"} in [row["metadata"] for row in rows]


async def test_every_statement_is_timed_under_its_name(db: GraphDatabase) -> None:
    labels = {"query": "things", "mode": "READ"}
    before = REGISTRY.get_sample_value("banyan_db_query_seconds_count", labels) or 0
    await db.read("things")
    assert REGISTRY.get_sample_value("banyan_db_query_seconds_count", labels) == before + 1


async def test_a_slow_statement_is_logged_with_sizes_and_no_values(
    graph: GraphDatabase, endpoints: Endpoints, tmp_path: Path
) -> None:
    settings = Neo4jSettings(slow_query_ms=0.001)
    async with connect(endpoints, settings, tmp_path) as db:
        with structlog.testing.capture_logs() as logs:
            await db.read("echo", {"value": ["private"] * 3})
    assert logs[0]["query"] == "echo"
    assert logs[0]["params"] == {"value": 3, "more": 1}
    assert "private" not in str(logs)


async def test_adhoc_stops_at_rows_and_at_bytes(db: GraphDatabase) -> None:
    many = "UNWIND range(1, 5000000) AS ii RETURN ii, 'xxxxxxxxxx' AS text"
    by_rows = await db.adhoc(many, timeout_s=10, max_rows=3, max_bytes=10_000)
    assert (by_rows.columns, by_rows.rows[-1], by_rows.truncated) == (("ii", "text"), [3, "xxxxxxxxxx"], True)
    by_bytes = await db.adhoc(many, timeout_s=10, max_rows=1000, max_bytes=50)
    assert by_bytes.truncated
    assert len(by_bytes.rows) == 3
    exact = await db.adhoc("UNWIND [1, 2] AS ii RETURN ii", timeout_s=10, max_rows=2, max_bytes=10_000)
    assert (exact.rows, exact.truncated) == ([[1], [2]], False)


async def test_adhoc_cannot_write_and_does_not_retry_what_eats_memory(db: GraphDatabase) -> None:
    with pytest.raises(WriteInReadModeError):
        await db.adhoc("CREATE (x:Customer {id: 'adhoc'}) RETURN x", timeout_s=5, max_rows=1, max_bytes=100)
    with pytest.raises(InvalidQueryError, match="Invalid input"):
        await db.adhoc("MATCH (n RETURN n", timeout_s=5, max_rows=1, max_bytes=100)
    greedy = "UNWIND range(1, 100000000) AS ii RETURN collect({ii: ii}) AS all"
    with pytest.raises((QueryTooLargeError, QueryTimeoutError)):
        await db.adhoc(greedy, timeout_s=20, max_rows=1, max_bytes=100)
    assert await db.read("things") == []


async def test_explain_tells_columns_type_and_operators_without_running(db: GraphDatabase) -> None:
    read = await db.explain("MATCH (d:Distributor {ix: $ix}) RETURN d.id AS id", {"ix": 1})
    assert (read.query_type, read.columns) == ("r", ("id",))
    assert [o.name for o in read.operators()][-1] == "NodeUniqueIndexSeek"
    write = await db.explain("CREATE (x:Customer {id: 'explained'})")
    assert "w" in write.query_type
    assert await db.read("things") == []


async def test_nobody_there_is_told_in_words_within_the_wait(tmp_path: Path) -> None:
    with pytest.raises(GraphUnavailableError, match=r"bolt://127\.0\.0\.1:9 did not answer within 0.5 s"):
        async with open_graph("bolt://127.0.0.1:9", "neo4j", "no", Neo4jSettings(), wait_s=0.5):
            pytest.fail("it opened")


async def test_a_wrong_password_is_told_at_once(endpoints: Endpoints) -> None:
    with pytest.raises(GraphUnavailableError, match="refused the user or password"):
        async with open_graph(endpoints.neo4j_url, "neo4j", "wrong-password", Neo4jSettings()):
            pytest.fail("it opened")

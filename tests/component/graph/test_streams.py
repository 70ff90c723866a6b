"""Rows read one at a time: the server makes them as they are wanted, and stops when nobody wants more."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.graph import GraphDatabase, QueryTimeoutError, StatementLibrary, open_graph
from app.runtime import Endpoints
from app.settings import Settings

pytestmark = pytest.mark.anyio
# The row of 3 takes longer than any test, and the server hands out no row before it knows whether another follows: the
# first row comes, and whoever waits for the second waits for ever.
_NUMBERS = """// name: numbers
// mode: READ
// description: d
// output: number :: INTEGER
UNWIND [1, 2, 3] AS number
CALL (number) { UNWIND range(1, CASE number WHEN 3 THEN 100000000000 ELSE 1 END) AS n RETURN max(n) AS _ }
RETURN number
"""
_RUNNING = "SHOW TRANSACTIONS YIELD metaData AS metadata WHERE metadata.query = 'numbers' RETURN 1 AS one"


@pytest.fixture
async def db(endpoints: Endpoints, test_settings: Settings, tmp_path: Path) -> AsyncIterator[GraphDatabase]:
    (tmp_path / "numbers.cypher").write_text(_NUMBERS)
    login = (endpoints.neo4j_url, endpoints.neo4j_user, endpoints.neo4j_password)
    async with open_graph(*login, test_settings.neo4j, library=StatementLibrary.load(tmp_path)) as opened:
        yield opened


async def running(db: GraphDatabase) -> int:
    return len((await db.adhoc(_RUNNING, timeout_s=10, max_rows=10, max_bytes=1000)).rows)


async def until_it_stopped(db: GraphDatabase) -> None:
    async with asyncio.timeout(20):
        while await running(db):
            await asyncio.sleep(0.05)


async def test_leaving_early_stops_the_statement(db: GraphDatabase) -> None:
    async with asyncio.timeout(60):
        async with db.stream("numbers", timeout_s=100) as numbers:
            assert await anext(numbers) == {"number": 1}
            assert await running(db) == 1
        await until_it_stopped(db)
        again = await db.adhoc("RETURN 1 AS one", timeout_s=5, max_rows=1, max_bytes=100)
        assert again.rows == [[1]], "other statements go on"


async def test_a_cancelled_reader_stops_the_statement(db: GraphDatabase) -> None:
    reached = asyncio.Event()

    async def read() -> None:
        async with db.stream("numbers", timeout_s=100) as numbers:
            async for _ in numbers:
                reached.set()

    reader = asyncio.create_task(read())
    await reached.wait()
    assert await running(db) == 1
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    await until_it_stopped(db)


async def test_its_time_runs_out(db: GraphDatabase) -> None:
    async def read() -> list[int]:
        async with db.stream("numbers", timeout_s=1) as numbers:
            return [row["number"] async for row in numbers]

    with pytest.raises(QueryTimeoutError):
        await read()

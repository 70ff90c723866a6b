"""Real servers for tests: one Neo4j and one Redis a pytest process, started on first need, gone at the end.

Tests wipe the graph, so they never look at BANYAN_NEO4J__URL or a .env file. To reuse servers between runs, start
`python -m app.runtime` and give its first line of output as BANYAN_TEST_ENDPOINTS.
"""

import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis

from app.graph import GraphDatabase, open_graph
from app.graph.migrations import Migrator, read_migrations
from app.runtime import Endpoints, running_servers
from app.settings import Neo4jSettings, RedisSettings, Settings

pytest_plugins = ["pytester", "tests.skip_guard"]

_WIPE = "MATCH (n) WHERE NOT n:Migration AND NOT n:Lock CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Everything runs on asyncio."""
    return "asyncio"


@pytest.fixture(scope="session")
def test_settings() -> Iterator[Settings]:
    """Settings of a small deployment in a folder of its own, whatever the environment says."""
    with tempfile.TemporaryDirectory(prefix="banyan-test-") as folder:
        yield Settings(
            _env_file=None,
            data_dir=Path(folder),
            neo4j=Neo4jSettings(heap_mib=1024, page_cache_mib=128, retry_time_s=15.0, acquire_timeout_s=10.0),
            redis=RedisSettings(server=os.environ.get("BANYAN_REDIS__SERVER", "auto")),
        )


@pytest.fixture(scope="session")
def endpoints(test_settings: Settings) -> Iterator[Endpoints]:
    """Where this process's own Neo4j and Redis answer."""
    given = os.environ.get("BANYAN_TEST_ENDPOINTS")
    if given:
        yield Endpoints(**json.loads(given))
        return
    with running_servers(test_settings, progress=lambda line: print(line, file=sys.stderr)) as started:
        yield started


@pytest.fixture(scope="session")
async def migrated_graph(endpoints: Endpoints, test_settings: Settings) -> AsyncIterator[GraphDatabase]:
    """One connected graph for the whole session, at the newest migration. Most tests want `graph`."""
    async with open_graph(
        endpoints.neo4j_url, endpoints.neo4j_user, endpoints.neo4j_password, test_settings.neo4j, wait_s=60
    ) as opened:
        await Migrator(opened).migrate()
        yield opened


@pytest.fixture
async def wipe_graph(migrated_graph: GraphDatabase) -> None:
    """Leaves what a freshly migrated graph holds: Head at 0 and the roll-up's Cursor."""
    data = [m for m in read_migrations() if m.name == "head"]
    await migrated_graph.run_script("wipe", [_WIPE, *data[0].statements], timeout_s=300)


@pytest.fixture
async def graph(migrated_graph: GraphDatabase, wipe_graph: None) -> AsyncIterator[GraphDatabase]:
    """A migrated, empty graph of this test's own."""
    yield migrated_graph
    migrated_graph.observer = None


@pytest.fixture
def redis_url(endpoints: Endpoints) -> str:
    """Where this process's own Redis answers; emptied first."""
    with redis.Redis.from_url(endpoints.redis_url) as client:
        client.flushall()
    return endpoints.redis_url

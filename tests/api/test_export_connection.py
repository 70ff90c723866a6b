"""An export over a real connection: what becomes of it when either side breaks off."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from prometheus_client import REGISTRY

from app.graph import GraphDatabase
from app.main import create_app
from app.runtime import Endpoints
from app.settings import Settings
from tests.api.conftest import SetClock, empty, token
from tests.e2e.serving import Served

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]
PATH = "/v1/distributors/{}/downline/export"
# More bytes than the buffers of both ends take, so that the server has to wait for a reader who stops.
_BIG = """
MATCH (head:Head) SET head.people = 16001
WITH head
CREATE (top:Distributor {ix: 0, id: 'TOP', name: 'Top', status: 'active', title: '', region: '', enrolled_at: 0})
WITH top, reduce(text = '', n IN range(1, 200) | text + '\N{EVERGREEN TREE}') AS name
UNWIND range(1, 16000) AS ix
CREATE (d:Distributor {ix: ix, id: 'P' + ix, name: name, status: 'active', title: '', region: '', enrolled_at: 0})
CREATE (d)-[:SPONSORED_BY {child: ix, parent: 0, seq_from: 0, valid_from: 0}]->(top)
"""
_RUNNING = """
SHOW TRANSACTIONS YIELD transactionId AS id, metaData AS metadata
WHERE metadata.query STARTS WITH 'queries/trees/export' RETURN id
"""


@pytest.fixture(scope="module")
async def served(migrated_graph: GraphDatabase, endpoints: Endpoints, settings: Settings) -> AsyncIterator[Served]:
    """A large downline behind a real server."""
    await empty(migrated_graph)
    await migrated_graph.run_script("big", [_BIG])
    served = Served(lambda: create_app(settings, endpoints, clock=SetClock(), roll_up=False))
    await asyncio.to_thread(served.up)
    yield served
    await asyncio.to_thread(served.down)
    await empty(migrated_graph)


async def begun(served: Served) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """An export of which only the head was read, by somebody who takes little at a time."""
    host, port = served.home.removeprefix("http://").split(":")
    with_little_room = socket.socket()
    with_little_room.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    with_little_room.setblocking(False)
    await asyncio.get_running_loop().sock_connect(with_little_room, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=with_little_room, limit=65_536)
    writer.write(
        f"GET {PATH.format('TOP')} HTTP/1.1\r\nHost: banyan.test\r\nAuthorization: Bearer {token()}\r\n\r\n".encode()
    )
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    assert head.startswith("http/1.1 200"), head
    assert "transfer-encoding: chunked" in head
    assert "row-count: 16000" in head
    return reader, writer


async def running(graph: GraphDatabase) -> list[str]:
    """The exports that the server is at."""
    found = await graph.adhoc(_RUNNING, timeout_s=10, max_rows=10, max_bytes=10_000)
    return [id for [id] in found.rows]


async def until_none_runs(graph: GraphDatabase) -> None:
    async with asyncio.timeout(20):
        while await running(graph):
            await asyncio.sleep(0.1)


def abandoned() -> float:
    return (
        REGISTRY.get_sample_value("banyan_http_abandoned_reads_total", {"route": PATH.format("{distributor_id}")}) or 0
    )


async def test_a_reader_who_goes_away_stops_the_query(served: Served, migrated_graph: GraphDatabase) -> None:
    before = abandoned()
    _, writer = await begun(served)
    for _ in range(10):
        await asyncio.sleep(0.2)
        assert len(await running(migrated_graph)) == 1, "the server waits for its reader"
    writer.transport.abort()
    await until_none_runs(migrated_graph)
    assert abandoned() == before + 1, "and it did not run to its end for nobody"


async def test_an_answer_that_breaks_off_is_seen_to(served: Served, migrated_graph: GraphDatabase) -> None:
    reader, writer = await begun(served)
    [id] = await running(migrated_graph)
    await migrated_graph.run_script("stop", [f"TERMINATE TRANSACTION '{id}'"])
    body = await reader.read(-1)
    writer.close()
    assert b'{"id":"P1"' in body
    assert not body.endswith(b"0\r\n\r\n"), "the last chunk is missing, so every client sees that it was cut"


async def test_read_to_its_end_it_is_whole(served: Served, migrated_graph: GraphDatabase) -> None:
    reader, writer = await begun(served)
    body = b""
    while not body.endswith(b"\r\n0\r\n\r\n"):
        part = await reader.read(1_000_000)
        assert part, "the connection stays open behind a whole answer"
        body += part
    writer.close()
    assert body.count(b'{"id":"P') == 16_000
    await until_none_runs(migrated_graph)

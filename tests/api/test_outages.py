"""Redis gone: the same answers. Neo4j gone: problems that say so, and readiness that says so."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from app.cache import CacheRefresher, open_store
from app.graph import GraphDatabase
from app.main import create_app
from app.runtime import Endpoints
from app.settings import Settings
from app.trees.repository import TreeRepository
from app.volumes import RollUp
from tests.api.conftest import Company, SetClock, enrol_ugly, roll_up, running
from tests.component.cache.conftest import OwnRedis

pytestmark = pytest.mark.anyio
ORDER = {
    "id": "O1",
    "buyer_id": "D7",
    "buyer_kind": "distributor",
    "placed_at": "2026-03-05T00:00:00Z",
    "pv": "10.00",
    "cv": "8.00",
}
QUESTIONS = [
    f"/v1/distributors/{id}/{rest}"
    for id in ("D1", "D2")
    for rest in (
        *("downline", "downline?tree=binary&limit=2", "children", "upline", "legs", "legs?tree=binary", "rank"),
        *("levels", "path?other=D3", "common-upline?other=D3", "downline/as-of?at=2026-03-05T00:00:00Z"),
    )
]


@pytest.fixture
def own_redis() -> Iterator[OwnRedis]:
    server = OwnRedis()
    yield server
    server.kill()


async def refresh_cache(graph: GraphDatabase, redis_url: str, settings: Settings) -> None:
    """Roll up and tell the cache, as the worker does, so that it is in use."""

    async def numbers(ixs: Any) -> dict[int, list[int]]:
        return (await TreeRepository(graph).numbers(ixs)).value

    rollup = RollUp(graph, "test", SetClock(), lease_ms=3_600_000)
    assert await rollup.claim()
    async with open_store(redis_url, settings.company, settings.redis) as store:
        refresher = CacheRefresher(store, numbers, hold_ms=3_600_000)
        idle = False
        while not idle:
            rolled = await rollup.step()
            await refresher.refresh(
                rolled.seq_from, rolled.seq_to, rolled.touched, rolled.versions, recorded_at=rolled.recorded_at
            )
            idle = rolled.idle


async def cache_hits(company: Company) -> float:
    page = (await company.get("/metrics")).text
    name = 'banyan_cache_requests_total{kind="structure",result="hit"}'
    return sum(float(line.rpartition(" ")[2]) for line in page.splitlines() if line.startswith(name))


async def answers(company: Company) -> dict[str, Any]:
    found = {path: await company.get(path) for path in QUESTIONS}
    assert {answer.status_code for answer in found.values()} == {200}
    return {path: answer.json() for path, answer in found.items()}


async def test_without_redis_the_same_answers(
    graph: GraphDatabase, endpoints: Endpoints, settings: Settings, own_redis: OwnRedis
) -> None:
    at = replace(endpoints, redis_url=own_redis.url)
    async with running(create_app(settings, at, clock=SetClock(), roll_up=False)) as app:
        company = await enrol_ugly(Company(app))
        assert (await company.post("/v1/periods", {"name": "2026-03"}, key="p")).status_code == 201
        assert (await company.post("/v1/orders", ORDER, key="o")).status_code == 201
        await refresh_cache(graph, own_redis.url, settings)
        first = await answers(company)
        hits = await cache_hits(company)
        assert await answers(company) == first
        assert await cache_hits(company) > hits, "the cache is in use before it goes"
        assert (await company.get("/readyz")).json()["checks"]["redis"]["state"] == "ok"

        own_redis.kill()
        assert await answers(company) == first
        other = {**ORDER, "id": "O2"}
        assert (await company.post("/v1/orders", other, key="o2")).status_code == 201, "writes go on as well"
        await roll_up(graph)
        legs = (await company.get("/v1/distributors/D1/legs?period=2026-03")).json()
        assert legs["group"]["pv"] == "20.00", "and their figures are seen"
        ready = await settled(company, "redis", "degraded")
        assert (ready.status_code, ready.json()["state"]) == (200, "degraded")


async def settled(company: Company, check: str, state: str) -> httpx.Response:
    """The readiness once a check has this state: findings are kept for a moment."""
    answer = await company.get("/readyz")
    for _ in range(100):
        if answer.json()["checks"][check]["state"] == state:
            return answer
        await asyncio.sleep(0.1)
        answer = await company.get("/readyz")
    raise AssertionError(f"{check} is never {state}: {answer.text}")


class Gate:
    """A way to a server that can be shut."""

    def __init__(self, url: str) -> None:
        host, _, port = url.rpartition("/")[2].partition(":")
        self._to = (host, int(port))
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._through, "127.0.0.1", 0)
        return f"bolt://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def shut(self) -> None:
        self._server.close()
        for writer in self._open:
            writer.transport.abort()

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._to)
        self._open |= {writer, far_writer}
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


@pytest.fixture
async def gate(endpoints: Endpoints) -> AsyncIterator[Gate]:
    gate = Gate(endpoints.neo4j_url)
    yield gate
    gate.shut()


async def test_without_neo4j_problems_and_not_ready(
    graph: GraphDatabase, endpoints: Endpoints, settings: Settings, redis_url: str, gate: Gate
) -> None:
    impatient = settings.neo4j.model_copy(update={"retry_time_s": 0.2, "acquire_timeout_s": 2.0})
    settings = settings.model_copy(update={"neo4j": impatient})
    at = replace(endpoints, neo4j_url=await gate.start(), redis_url=redis_url)
    async with running(create_app(settings, at, clock=SetClock(), roll_up=False)) as app:
        company = Company(app)
        await company.enrol("D1", None)
        assert (await settled(company, "neo4j", "ok")).status_code == 200
        gate.shut()
        reads = ["/v1/distributors/D1", "/v1/distributors/D1/downline", "/v1/search?q=D", "/v1/periods", "/v1/runs"]
        tries = [company.get(path) for path in reads]
        enrolment = {"id": "D2", "sponsor_id": "D1", "name": "N", "enrolled_at": "2026-03-01T00:00:00Z"}
        tries.append(company.post("/v1/distributors", enrolment, key="k"))
        tries.append(company.post("/v1/orders/bulk", {"orders": [{**ORDER, "idempotency_key": "b"}]}))
        tries.append(company.post("/v1/cypher", {"query": "RETURN 1 AS x", "reason": "a test"}))
        for answer in await asyncio.gather(*tries):
            assert answer.status_code == 503, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["retry-after"]
            assert "127.0.0.1" not in answer.text
        assert (await company.get("/livez")).status_code == 200, "a restart would not help"
        ready = await settled(company, "neo4j", "failed")
        assert (ready.status_code, ready.json()["state"]) == (503, "failed")
        assert "127.0.0.1" not in ready.text

"""More than this process takes: refused with 503 and Retry-After, and nothing of it lost or doubled.

Head is held as if a slow commit of another process held it, so that whatever is admitted waits.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from app.facts.verify import verify_chain
from app.graph import GraphDatabase
from app.main import WRITES_A_CONNECTION, create_app
from app.orders.bulk import AT_ONCE, PATH
from app.runtime import Endpoints
from app.settings import Settings
from tests.api.conftest import Company, SetClock, running, token
from tests.api.test_bulk_orders import order
from tests.api.test_idempotency import last_seq
from tests.api.test_problems import is_problem

pytestmark = pytest.mark.anyio
CONNECTIONS = 2
MOST = CONNECTIONS * WRITES_A_CONNECTION
MORE = 10
SOON_S = 3.0
"""A refusal waits for nothing; the server gives up a wait for Head two seconds later."""


@pytest.fixture
async def shop(
    graph: GraphDatabase, redis_url: str, endpoints: Endpoints, settings: Settings
) -> AsyncIterator[Company]:
    """D7 alone, March is open, and a pool of two connections."""
    small = settings.model_copy(update={"neo4j": settings.neo4j.model_copy(update={"pool_size": CONNECTIONS})})
    async with running(create_app(small, endpoints, clock=SetClock(), roll_up=False)) as app:
        company = Company(app)
        await company.enrol("D7", None)
        assert (await company.post("/v1/periods", {"name": "2026-03"}, key="march")).status_code == 201
        yield company


@asynccontextmanager
async def head_held(graph: GraphDatabase) -> AsyncIterator[None]:
    async with graph.holding("queries/facts/take_head", wait_s=5, hold_s=60):
        yield


async def buy(company: Company, number: int) -> httpx.Response:
    body = order(number)
    key = body.pop("idempotency_key")
    return await company.post("/v1/orders", body, key=key)


async def refused_soon(tries: list[asyncio.Task[httpx.Response]]) -> tuple[list[httpx.Response], list[Any]]:
    """The answers that came at once, all of them refusals, and whoever waits."""
    done, waiting = await asyncio.wait(tries, timeout=SOON_S)
    refused = [task.result() for task in tries if task in done]
    for answer in refused:
        problem = is_problem(answer, 503, "overloaded")
        assert "nothing of this one happened" in problem["detail"]
        assert answer.headers["retry-after"] == "1"
    return refused, [task for task in tries if task in waiting]


async def test_more_writes_than_the_pool_is_good_for(shop: Company, graph: GraphDatabase) -> None:
    before = await last_seq(shop)
    async with head_held(graph):
        tries = [asyncio.create_task(buy(shop, number)) for number in range(MOST + MORE)]
        refused, waiting = await refused_soon(tries)
        assert (len(refused), len(waiting)) == (MORE, MOST)
        assert (await shop.get("/v1/distributors/D7")).status_code == 200, "who reads is not kept out"
        stranger = await shop.post("/v1/orders", order(0), token("admin")[:-1] + "?", key="k")
        is_problem(stranger, 503, "overloaded")
    assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {201}
    assert await last_seq(shop) == before + MOST, "nothing happened of what was refused"
    again = await asyncio.gather(*(buy(shop, number) for number in range(MOST)))
    more = await asyncio.gather(*(buy(shop, number) for number in range(MOST, MOST + MORE)))
    replayed = [answer.headers["idempotency-replayed"] for answer in (*again, *more)]
    assert sorted(replayed) == ["false"] * MORE + ["true"] * MOST
    assert await last_seq(shop) == before + MOST + MORE
    assert (await verify_chain(graph)).intact


async def test_bulks_have_fewer_places(shop: Company, graph: GraphDatabase) -> None:
    async with head_held(graph):
        bulks = [[order(10 * number + one) for one in range(5)] for number in range(AT_ONCE + 2)]
        tries = [asyncio.create_task(shop.post(PATH, {"orders": orders})) for orders in bulks]
        refused, waiting = await refused_soon(tries)
        assert (len(refused), len(waiting)) == (2, AT_ONCE)
        single = asyncio.create_task(buy(shop, 999))
        assert not (await asyncio.wait([single], timeout=0.2))[0], "one order is still taken"
    written = [answer.json() for answer in await asyncio.gather(*waiting)]
    assert [body["accepted"] for body in written] == [5] * AT_ONCE
    assert (await single).status_code == 201
    later = [(await shop.post(PATH, {"orders": orders})).json() for orders in bulks]
    fresh = sum(not result["replayed"] for body in later for result in body["results"])
    assert fresh == 5 * 2, "places are free again, and those of before are not written twice"


async def test_more_orders_than_the_writer_keeps_waiting(shop: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.facts.writer.MAX_WAITING", 4)
    before = await last_seq(shop)
    dated = {"paid_at": "2026-03-03T00:00:00Z", "shipped_at": "2026-03-03T00:00:00Z"}
    answer = await shop.post(PATH, {"orders": [order(1, **dated), order(2, **dated)]})
    is_problem(answer, 503, "overloaded")
    assert answer.headers["retry-after"] == "1"
    assert await last_seq(shop) == before
    fits = await shop.post(PATH, {"orders": [order(1, **dated), order(2)]})
    assert (fits.status_code, fits.json()["accepted"]) == (200, 2)


async def test_who_sends_slowly_takes_nobodys_place(shop: Company) -> None:
    enough = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"{"
        await enough.wait()

    async def begin() -> httpx.Response:
        headers = {"Content-Type": "application/json", "Idempotency-Key": "slow"}
        async with shop.caller(token()) as caller:
            return await caller.post("/v1/orders", content=slowly(), headers=headers)

    slow = [asyncio.create_task(begin()) for _ in range(MOST + 1)]
    assert not (await asyncio.wait(slow, timeout=0.2))[0]
    assert (await buy(shop, 1)).status_code == 201
    enough.set()
    for answer in await asyncio.gather(*slow):
        assert answer.status_code in (422, 503)

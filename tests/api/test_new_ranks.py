"""New live ranks in the stream: told by the worker of one application to the readers of another, over one Redis."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest

from app.cache import Teller, open_store
from app.events import stream as stream_room
from app.graph import GraphDatabase
from app.live.models import RankChange
from app.live.pushes import TOPIC, RankPushes
from app.main import create_app
from app.plans.loader import parse_plan
from app.runtime import Endpoints
from app.settings import RedisSettings, Settings
from app.wiring import build_house
from tests.api.conftest import SetClock, empty, token
from tests.api.test_events import Reader, reading
from tests.component.cache.conftest import OwnRedis
from tests.e2e.serving import Served

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]
PLAN = parse_plan("""
name: Live
version: "1"
currency: EUR
ranks:
  - name: Member
  - {name: Silver, requires: {personal_pv: 100}}
  - {name: Gold, requires: {group_pv: 1000}}
bonuses:
  - {type: unilevel, name: Levels, levels_by_rank: {Member: [10%], Silver: [20%], Gold: [30%]}}
""")
SPONSORS = (("D1", None), ("D2", "D1"), ("D3", "D1"), ("D4", "D3"))
PACE_S = 60.0
"""Of facts to distributors: longer than a reader waits."""


@pytest.fixture
async def apart(
    migrated_graph: GraphDatabase,
    redis_url: str,
    endpoints: Endpoints,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[tuple[Served, Served]]:
    """One application with the workers, and one that only serves. D1 sponsors D2 and D3, D3 D4; April is open."""
    await empty(migrated_graph)
    monkeypatch.setattr(
        stream_room.EventStreamResponse.__init__,
        "__kwdefaults__",
        {"heartbeat_s": 15.0, "longest_s": 900.0, "pace_s": PACE_S},
    )
    house = build_house(settings, migrated_graph, SetClock())
    await house.plans.register(PLAN, date(2026, 1, 1), key="plan", actor="test")
    await house.periods.open("2026-04", "UTC", key="april", actor="test")
    working, serving = (
        Served(lambda roll_up=roll_up: create_app(settings, endpoints, clock=SetClock(), roll_up=roll_up))  # type: ignore[misc]
        for roll_up in (True, False)
    )
    for one in (working, serving):
        await asyncio.to_thread(one.up)
    for id, sponsor in SPONSORS:
        body = {"id": id, "sponsor_id": sponsor, "name": id, "enrolled_at": "2026-03-01T00:00:00Z"}
        await post(serving, "/v1/distributors", body, id)
    await live(serving, "D4", "Member")
    yield working, serving
    for one in (serving, working):
        await asyncio.to_thread(one.down)


async def post(served: Served, path: str, body: dict[str, Any], key: str) -> None:
    headers = {"Authorization": f"Bearer {token()}", "Idempotency-Key": key}
    async with httpx.AsyncClient(base_url=served.home, headers=headers) as client:
        answer = await client.post(path, json=body)
        assert answer.status_code == 201, answer.text


async def sell(served: Served, id: str, who: str, pv: str) -> None:
    body = {"id": id, "buyer_id": who, "buyer_kind": "distributor", "pv": pv, "cv": pv}
    await post(served, "/v1/orders", body | {"placed_at": "2026-04-02T00:00:00Z"}, id)


async def live(served: Served, id: str, rank: str) -> None:
    """Wait until somebody has a live rank."""
    headers = {"Authorization": f"Bearer {token()}"}
    async with httpx.AsyncClient(base_url=served.home, headers=headers) as client, asyncio.timeout(60):
        while True:
            answer = await client.get(f"/v1/distributors/{id}/live")
            if answer.status_code == 200 and answer.json()["rank"]["rank"] == rank:
                return
            await asyncio.sleep(0.05)


async def new_rank(reader: Reader) -> dict[str, Any]:
    """The next new rank, wherever facts are told between."""
    while (block := await reader.next()).get("event") != "rank.changed":
        pass
    assert "id" not in block, "the place to go on after stays where it is"
    told: dict[str, Any] = json.loads(block["data"])
    return told


def change(id: str, before: str, now: str) -> dict[str, Any]:
    return {"type": "rank.changed", "version": 1, "distributor_id": id, "period": "2026-04", "before": before} | {
        "now": now
    }


def said(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name != "as_of_seq"}


async def test_a_new_rank_is_told_to_those_who_may_see_the_person(apart: tuple[Served, Served]) -> None:
    """By another process than the one that works it out, and without waiting for the pace of facts."""
    _, serving = apart
    async with AsyncExitStack() as stack:
        bearers = {id: token("distributor", id) for id in ("D2", "D3", "D4")} | {"support": token("support")}
        readers = {id: await stack.enter_async_context(reading(serving, bearer)) for id, bearer in bearers.items()}
        for reader in readers.values():
            assert "id" in await reader.next(), "it has begun"
        await sell(serving, "o1", "D4", "100.00")
        first = change("D4", "Member", "Silver")
        for id in ("D3", "D4", "support"):
            told = await new_rank(readers[id])
            assert said(told) == first, id
            assert told["as_of_seq"] > 0
        await sell(serving, "o2", "D2", "950.00")
        changes = [change("D1", "Member", "Gold"), change("D2", "Member", "Silver")]
        assert [said(await new_rank(readers["support"])) for _ in changes] == changes
        # The facts of both orders were told to D3 as well, or wait for their pace: the next rank does not.
        assert said(await new_rank(readers["D2"])) == changes[1], "nothing of D1, who stands above, and of D4 beside"
        await sell(serving, "o3", "D3", "100.00")
        assert said(await new_rank(readers["D3"])) == change("D3", "Member", "Silver")
        await sell(serving, "o4", "D4", "900.00")
        assert said(await new_rank(readers["D4"])) == change("D4", "Silver", "Gold"), "nothing of D3, who stands above"


async def test_only_ranks_or_everything_but_ranks(apart: tuple[Served, Served]) -> None:
    _, serving = apart
    async with (
        reading(serving, token(), types=["rank.changed"]) as ranks,
        reading(serving, token(), types=["order.placed"]) as orders,
    ):
        for reader in (ranks, orders):
            await reader.next()
        await sell(serving, "o1", "D4", "100.00")
        assert said(await new_rank(ranks)) == change("D4", "Member", "Silver")
        await sell(serving, "o2", "D2", "100.00")
        assert [(await orders.event())["data"]["id"] for _ in range(2)] == ["o1", "o2"]
    headers = {"Authorization": f"Bearer {token()}"}
    async with httpx.AsyncClient(base_url=serving.home, headers=headers) as client:
        page = await client.get("/v1/events", params={"types": "rank.changed"})
    assert (page.status_code, page.json()["type"]) == (422, "/problems/invalid-input"), "a page has facts alone"


@pytest.mark.parametrize("message", [b"{", b"[1, 2]", b"[1, 2, [[3]]]", b"null"])
async def test_what_cannot_be_read_is_left_out(
    apart: tuple[Served, Served], redis_url: str, settings: Settings, message: bytes
) -> None:
    """The next ranks are told all the same."""
    _, serving = apart
    async with (
        reading(serving, token(), types=["rank.changed"]) as reader,
        open_store(redis_url, settings.company, RedisSettings()) as store,
    ):
        await reader.next()
        assert await store.publish(TOPIC, message), "somebody hears it"
        await sell(serving, "o1", "D4", "100.00")
        assert said(await new_rank(reader)) == change("D4", "Member", "Silver")


async def test_without_redis_facts_are_told_all_the_same(
    migrated_graph: GraphDatabase, endpoints: Endpoints, settings: Settings
) -> None:
    """And once it is there again, new ranks are."""
    await empty(migrated_graph)
    own = OwnRedis()
    at = replace(endpoints, redis_url=own.url)
    served = Served(lambda: create_app(settings, at, clock=SetClock(), roll_up=False))
    await asyncio.to_thread(served.up)
    try:
        for id, sponsor in SPONSORS:
            body = {"id": id, "sponsor_id": sponsor, "name": id, "enrolled_at": "2026-03-01T00:00:00Z"}
            await post(served, "/v1/distributors", body, id)
        async with reading(served, token("distributor", "D3")) as reader:
            await reader.next()
            own.kill()
            body = {"id": "D5", "sponsor_id": "D4", "name": "D5", "enrolled_at": "2026-03-01T00:00:00Z"}
            await post(served, "/v1/distributors", body, "D5")
            assert (await reader.event())["distributor_id"] == "D5"
            async with open_store(own.url, "acme", RedisSettings()) as store:
                pushes = RankPushes(Teller(store, TOPIC).tell)
                await pushes.changed("2026-04", 5, [RankChange(3, None, "Silver")])
                own.start()
                telling = asyncio.create_task(_again_and_again(pushes))
                told = await new_rank(reader)
                telling.cancel()
        assert (told["distributor_id"], told["before"], told["now"]) == ("D4", None, "Silver")
    finally:
        await asyncio.to_thread(served.down)
        own.kill()


async def _again_and_again(pushes: RankPushes) -> None:
    """The reader's process hears again a moment after Redis answers."""
    while True:
        await pushes.changed("2026-04", 5, [RankChange(1, None, "Silver"), RankChange(3, None, "Silver")])
        await asyncio.sleep(0.2)

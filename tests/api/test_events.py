"""Events over the API: pages, the stream, and who hears what."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.events import stream as stream_room
from app.events.models import TYPES
from app.graph import GraphDatabase
from app.main import create_app
from app.runtime import Endpoints
from app.settings import Settings
from tests.api.conftest import Company, SetClock, empty, token
from tests.e2e.serving import Served

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]
STREAM = "/v1/events/stream"


async def said(company: Company, bearer: str | None = None, **params: Any) -> dict[str, Any]:
    answer = await company.get("/v1/events", bearer, params=params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_the_staff_hears_everything_in_order(ugly: Company) -> None:
    page = await said(ugly, limit=3)
    assert [(event["seq"], event["type"], event["distributor_id"]) for event in page["events"]] == [
        (1, "distributor.enrolled", "D1"),
        (2, "distributor.enrolled", "D2"),
        (3, "distributor.enrolled", "D3"),
    ]
    assert (page["next_after"], page["last"]) == (3, 8)
    assert page["events"][1]["data"]["parent_id"] == "D1"
    assert page["events"][0]["actor"]
    rest = await said(ugly, token("support"), after=3)
    assert [event["seq"] for event in rest["events"]] == [4, 5, 6, 7, 8]
    assert (await said(ugly, after=8))["events"] == []


async def test_a_distributor_hears_of_those_below_them(ugly: Company) -> None:
    page = await said(ugly, token("distributor", "D2"))
    heard = {event["distributor_id"] for event in page["events"]}
    assert heard == {"D2", "D4", "D5", "D6", "D7"}, "below in the sponsor tree or in the binary one"
    assert page["next_after"] == 8, "what is not for them is passed over"
    assert {event["actor"] for event in page["events"]} == {None}
    sold = {"id": "O1", "buyer_id": "D7", "buyer_kind": "distributor", "pv": "10", "cv": "5"}
    order = sold | {"placed_at": "2026-04-01T00:00:00Z"}
    assert (await ugly.post("/v1/periods", {"name": "2026-04", "zone": "UTC"}, key="p")).status_code == 201
    assert (await ugly.post("/v1/orders", order, key="o1")).status_code == 201
    [event] = (await said(ugly, token("distributor", "D6"), after=9))["events"]
    assert (event["type"], event["data"]["pv"]) == ("order.placed", "10.00")
    assert (await said(ugly, token("distributor", "D3"), after=8))["events"] == []


async def test_only_some_types(ugly: Company) -> None:
    assert (await said(ugly, types=["order.placed"]))["events"] == []
    assert len((await said(ugly, types=["order.placed", "distributor.enrolled"]))["events"]) == 8
    refused = await ugly.get("/v1/events", params={"types": "order.eaten"})
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid-input")
    assert "order.eaten" in refused.json()["detail"]


async def test_what_never_was(ugly: Company) -> None:
    for path in ("/v1/events", STREAM):
        refused = await ugly.get(path, params={"after": 9})
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/no-such-event")
        assert refused.json()["last"] == 8


async def test_groups_are_for_administrators(ugly: Company) -> None:
    async with ugly.caller(token("support")) as support:
        assert (await support.put("/v1/event-groups/g", json={"after": 0})).status_code == 403
    async with ugly.caller(token()) as admin:
        assert (await admin.put("/v1/event-groups/g/consumers/a", json={})).status_code == 404
        assert (await admin.put("/v1/event-groups/g", json={"after": 5})).json() == {"group": "g", "done_to": 5}
        first = (await admin.put("/v1/event-groups/g/consumers/a", json={"most": 2})).json()
        assert [event["seq"] for event in first["events"]] == [6, 7]
        then = (await admin.put("/v1/event-groups/g/consumers/a", json={"done": [6, 7], "most": 2})).json()
        assert [event["seq"] for event in then["events"]] == [8]
        assert then["done_to"] == 7


@pytest.fixture
async def served(migrated_graph: GraphDatabase, endpoints: Endpoints, settings: Settings) -> AsyncIterator[Served]:
    await empty(migrated_graph)
    served = Served(lambda: create_app(settings, endpoints, clock=SetClock(), roll_up=False))
    await asyncio.to_thread(served.up)
    yield served
    await asyncio.to_thread(served.down)


class Reader:
    """One who follows the stream over a real connection."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines

    async def next(self) -> dict[str, str]:
        """The next block: its fields by name."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(20):
            async for line in self._lines:
                if not line:
                    return fields
                name, _, value = line.partition(": ")
                fields[name] = value
        raise AssertionError(f"the stream ended at {fields}")

    async def to_its_end(self) -> None:
        while True:
            await self.next()

    async def event(self) -> dict[str, Any]:
        """The next event, wherever the stream tells where it is."""
        while "data" not in (block := await self.next()):
            pass
        event: dict[str, Any] = json.loads(block["data"])
        assert (block["id"], block["event"]) == (str(event["seq"]), event["type"])
        return event


@asynccontextmanager
async def reading(served: Served, bearer: str, *, last: int | None = None, **params: Any) -> AsyncIterator[Reader]:
    headers = {"Authorization": f"Bearer {bearer}"} | ({} if last is None else {"Last-Event-ID": str(last)})
    async with httpx.AsyncClient(base_url=served.home, headers=headers, timeout=30) as client:
        async with client.stream("GET", STREAM, params=params) as response:
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            yield Reader(response.aiter_lines())


async def enrol(served: Served, id: str, sponsor: str | None) -> None:
    body = {"id": id, "sponsor_id": sponsor, "name": id, "enrolled_at": "2026-03-01T00:00:00Z"}
    headers = {"Authorization": f"Bearer {token()}", "Idempotency-Key": f"enrol-{id}"}
    async with httpx.AsyncClient(base_url=served.home, headers=headers) as client:
        assert (await client.post("/v1/distributors", json=body)).status_code == 201


async def test_the_stream_tells_what_happens_and_goes_on_where_it_broke_off(served: Served) -> None:
    await enrol(served, "D1", None)
    async with reading(served, token()) as reader:
        assert (await reader.next())["id"] == "1", "it begins now, and says where that is"
        await enrol(served, "D2", "D1")
        event = await reader.event()
        assert (event["seq"], event["distributor_id"]) == (2, "D2")
    for number in range(3, 7):
        await enrol(served, f"D{number}", "D1")
    async with reading(served, token(), last=event["seq"], after=1) as reader:
        assert [(await reader.event())["seq"] for _ in range(4)] == [3, 4, 5, 6], "none is lost, none comes twice"
    async with reading(served, token(), after=0) as reader:
        assert [(await reader.event())["seq"] for _ in range(6)] == [1, 2, 3, 4, 5, 6]


async def test_the_stream_of_a_distributor(served: Served) -> None:
    for id, sponsor in (("D1", None), ("D2", "D1"), ("D3", "D1"), ("D4", "D3")):
        await enrol(served, id, sponsor)
    async with reading(served, token("distributor", "D3"), after=0) as reader:
        assert [(await reader.event())["distributor_id"] for _ in range(2)] == ["D3", "D4"]
        await enrol(served, "D5", "D2")
        block = await reader.next()
        while block.get("id") != "5":
            block = await reader.next()
        assert "data" not in block, "the place to go on after moves, and nothing is told"
        await enrol(served, "D6", "D4")
        assert (await reader.event())["distributor_id"] == "D6"


async def test_many_follow_at_once_and_each_hears_all(served: Served) -> None:
    await enrol(served, "D1", None)

    async def listen(begun: asyncio.Event) -> list[int]:
        async with reading(served, token(), after=1) as reader:
            await reader.next()
            begun.set()
            return [(await reader.event())["seq"] for _ in range(30)]

    begun = [asyncio.Event() for _ in range(10)]
    listening = [asyncio.create_task(listen(one)) for one in begun]
    for one in begun:
        await one.wait()
    await asyncio.gather(*(enrol(served, f"P{number}", "D1") for number in range(30)))
    assert await asyncio.gather(*listening) == [list(range(2, 32))] * 10


async def test_a_stream_ends_and_can_be_gone_on_with(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    await enrol(served, "D1", None)
    monkeypatch.setattr(
        stream_room.EventStreamResponse.__init__,
        "__kwdefaults__",
        {"heartbeat_s": 0.1, "longest_s": 0.5, "pace_s": 0.0},
    )
    async with httpx.AsyncClient(base_url=served.home, timeout=20) as client:
        answer = await client.get(STREAM, headers={"Authorization": f"Bearer {token()}"})
    blocks = answer.text.split("\n\n")
    assert blocks[0].startswith("retry: 2000\nid: 1")
    assert len(blocks) > 3
    assert set(blocks[1:-1]) == {"id: 1"}, "it says where it is as long as nothing happens"


async def test_whoever_stops_serving_does_not_wait_for_streams(served: Served) -> None:
    await enrol(served, "D1", None)
    async with reading(served, token()) as reader:
        await reader.next()
        down = asyncio.create_task(asyncio.to_thread(served.down))
        await down
        with pytest.raises(AssertionError, match="the stream ended"):
            await reader.to_its_end()
    await asyncio.to_thread(served.up)


def test_the_document_has_every_type() -> None:
    text = (Path(__file__).parents[2] / "docs" / "events.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in text for name in TYPES.values())

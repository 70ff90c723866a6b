"""Three processes of the API take orders at once, from many clients; one of them is killed meanwhile.

Every order is sent to two of them, alone to the one and among others to the other, so that both write it at about the
same time. A client who gets no answer, or is told to come again, sends the same to another process.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.clock import SystemClock
from app.facts.commands import Enrol, Submission
from app.facts.history import past_facts
from app.facts.verify import verify_chain
from app.facts.writer import FactWriter
from app.graph import GraphDatabase
from app.periods.months import month
from app.runtime import Endpoints
from loadtests.api_process import ApiProcess, api_process, bearer
from loadtests.http_client import Connection
from tests.component.facts.writer_process import JANUARY_15

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
PROCESSES, CLIENTS, BULKS = 3, 24, 6
ORDERS = 1_200
A_BULK = 50
KILLED_AFTER = 300
"""Answers."""
TRIES = 200
Order = dict[str, Any]


@dataclass
class Office:
    """What every client was answered."""

    homes: Sequence[str]
    answers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By key what each answer says of the order."""
    refusals: list[int] = field(default_factory=list)
    broken: int = 0
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    _starts: "itertools.count[int]" = field(default_factory=itertools.count)

    async def send(self, connections: Sequence[Connection], path: str, content: bytes, key: str = "") -> Any:
        """The answer of the first process that gives one."""
        for number in itertools.islice(itertools.count(next(self._starts)), TRIES):
            try:
                status, body = await connections[number % len(connections)].post(path, content, key)
            except (OSError, EOFError):
                self.broken += 1
                await asyncio.sleep(0.02)
                continue
            if status in (200, 201):
                return orjson.loads(body)
            assert status == 503, body
            self.refusals.append(status)
            await asyncio.sleep(0.1)
        raise AssertionError(f"nobody answered {path}")

    def note(self, key: str, order: dict[str, Any]) -> None:
        self.answers.setdefault(key, []).append(order)
        if sum(map(len, self.answers.values())) >= KILLED_AFTER:
            self.enough.set()


def body_of(number: int) -> Order:
    """Every fifth with dates."""
    dates = {"paid_at": "2026-01-16T00:00:00Z", "shipped_at": "2026-01-17T00:00:00Z"} if number % 5 == 0 else {}
    sold = {"id": f"O{number}", "buyer_id": "A", "buyer_kind": "distributor", "placed_at": "2026-01-15T12:00:00Z"}
    return {**sold, "pv": "1.00", "cv": "0.50", **dates}


def key_of(number: int) -> str:
    return f"order {number}"


async def one_by_one(office: Office, numbers: Sequence[int]) -> None:
    connections = [Connection(home, bearer()) for home in office.homes]
    for number in numbers:
        told = await office.send(connections, "/v1/orders", orjson.dumps(body_of(number)), key_of(number))
        office.note(key_of(number), told)
    for connection in connections:
        connection.close()


async def many_at_once(office: Office, numbers: Sequence[int]) -> None:
    connections = [Connection(home, bearer()) for home in office.homes]
    for start in range(0, len(numbers), A_BULK):
        some = numbers[start : start + A_BULK]
        orders = [body_of(number) | {"idempotency_key": key_of(number)} for number in some]
        told = await office.send(connections, "/v1/orders/bulk", orjson.dumps({"orders": orders}))
        assert told["refused"] == 0, told
        for number, result in zip(some, told["results"], strict=True):
            office.note(key_of(number), result["order"])
    for connection in connections:
        connection.close()


@pytest.fixture
async def processes(
    graph: GraphDatabase, redis_url: str, endpoints: Endpoints, tmp_path: Path
) -> AsyncIterator[list[ApiProcess]]:
    """Each with its own writer, roll-up and pool; January is open, and A is there."""
    writer = FactWriter(graph, SystemClock())
    await writer.submit(Submission("january", "test", "", month("2026-01", "UTC")))
    await writer.submit(Submission("A", "test", "", Enrol("A", None, "Ann", "", JANUARY_15)))
    async with AsyncExitStack() as stack:
        started = []
        for number in range(PROCESSES):
            folder = tmp_path / str(number)
            folder.mkdir()
            started.append(await stack.enter_async_context(api_process(endpoints, folder)))
        yield started


async def test_every_order_is_stored_once_whoever_takes_it(graph: GraphDatabase, processes: list[ApiProcess]) -> None:
    office = Office([process.home for process in processes])

    async def kill_one() -> None:
        await office.enough.wait()
        processes[0].kill()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(kill_one())
        for number in range(CLIENTS):
            tasks.create_task(one_by_one(office, range(number, ORDERS, CLIENTS)))
        for number in range(BULKS):
            tasks.create_task(many_at_once(office, range(ORDERS - 1 - number, -1, -BULKS)))

    assert office.broken > 0, "one was killed while it was asked"
    facts = [fact async for page in past_facts(graph, 20_000) for fact in page]
    stored = {fact.key: fact for fact in facts if fact.kind == "Order"}
    assert stored.keys() == {key_of(number) for number in range(ORDERS)} == office.answers.keys()
    assert len(facts) == 2 + ORDERS + 2 * ORDERS // 5, "no order and no date of one is there twice"
    for key, answers in office.answers.items():
        assert len(answers) == 2
        assert answers[0] == answers[1], "both processes tell the same fact"
        assert answers[0]["receipt"]["seq"] == stored[key].seq
    report = await verify_chain(graph)
    assert report.intact, report.problems[:3]
    assert sorted(fact.seq for fact in facts) == list(range(1, report.head_seq + 1))

"""Callers who sell over HTTP, in a process of their own; see orders_in.py."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from app.clock import from_ms, zulu
from app.orders.bulk import PATH as BULK
from app.periods.months import month
from loadtests.company import MONTHS, Somebody
from loadtests.http_client import Connection

SINGLE: Final = "/v1/orders"
OVERLOADED: Final = "overloaded"
_AT: Final = zulu(from_ms(month(MONTHS[1], "UTC").ends_at - 1))
"""When everybody has enrolled."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent: without a rate each caller sends the next request when the last one is answered."""

    homes: Sequence[str]
    """Of the API's processes; each has as many of the callers."""
    bearer: str
    name: str
    """Begins the numbers of its orders."""
    people: int
    seconds: float
    callers: int
    """Connections, and so how many requests are under way at most."""
    rate: float = 0.0
    """Requests a second, whatever comes back; a time then begins when the request was due."""
    a_bulk: int = 0
    """Orders in one request; 0: one, and by itself."""


@dataclass(slots=True)
class Sold:
    """What came of it."""

    accepted: int = 0
    """Orders whose receipt came."""
    times: list[float] = field(default_factory=list)
    """Seconds of each request that was accepted."""
    refused: Counter[str] = field(default_factory=Counter)
    """Requests by the problem they were answered with; `broken`: without an answer."""
    seconds: float = 0.0
    """Until the last answer."""
    cpu_s: float = 0.0
    """Of this process."""


def sell(load: Load) -> Sold:
    """Send all of it."""
    return asyncio.run(_Callers(load).run())


class _Callers:
    def __init__(self, load: Load) -> None:
        self._load = load
        self._sold = Sold()
        self._somebody = Somebody(load.people)
        self._requests = self._made()

    async def run(self) -> Sold:
        load = self._load
        homes = itertools.islice(itertools.cycle(load.homes), load.callers)
        connections = [Connection(home, load.bearer) for home in homes]
        began, used = time.perf_counter(), time.process_time()
        if load.rate:
            await self._at_the_rate(connections, began)
        else:
            await asyncio.gather(*(self._one_after_the_other(one, began + load.seconds) for one in connections))
        self._sold.seconds, self._sold.cpu_s = time.perf_counter() - began, time.process_time() - used
        for connection in connections:
            connection.close()
        return self._sold

    async def _one_after_the_other(self, connection: Connection, until: float) -> None:
        while (now := time.perf_counter()) < until:
            await self._send(connection, now)

    async def _at_the_rate(self, connections: list[Connection], began: float) -> None:
        free: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
        for connection in connections:
            free.put_nowait(connection)

        async def send(due: float) -> None:
            connection = await free.get()
            await self._send(connection, due)
            free.put_nowait(connection)

        async with asyncio.TaskGroup() as tasks:
            for number in range(int(self._load.rate * self._load.seconds)):
                due = began + number / self._load.rate
                await asyncio.sleep(due - time.perf_counter())
                tasks.create_task(send(due))

    async def _send(self, connection: Connection, since: float) -> None:
        path, content, key, orders = next(self._requests)
        try:
            status, body = await connection.post(path, content, key)
        except (OSError, EOFError):
            self._sold.refused["broken"] += 1
            return
        if status not in (200, 201):
            self._sold.refused[orjson.loads(body)["type"].rpartition("/")[2]] += 1
            return
        self._sold.times.append(time.perf_counter() - since)
        self._sold.accepted += orders if path == SINGLE else orjson.loads(body)["accepted"]

    def _made(self) -> Iterator[tuple[str, bytes, str, int]]:
        numbers = (f"{self._load.name}-{number}" for number in itertools.count())
        while True:
            if self._load.a_bulk:
                keyed = [
                    self._order(id) | {"idempotency_key": id} for id in itertools.islice(numbers, self._load.a_bulk)
                ]
                yield BULK, orjson.dumps({"orders": keyed}), "", len(keyed)
            else:
                id = next(numbers)
                yield SINGLE, orjson.dumps(self._order(id)), id, 1

    def _order(self, id: str) -> dict[str, Any]:
        buyer = self._somebody.anybody()
        return {
            "id": id,
            "buyer_id": buyer,
            "buyer_kind": "distributor",
            "placed_at": _AT,
            "pv": "100.00",
            "cv": "80.00",
        }

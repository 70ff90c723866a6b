"""A Redis of this test's own, to be killed, stopped and started again; and a small company read through the cache."""

import asyncio
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
import redis

from app.cache import CacheRefresher, Loaded, RedisStore, Served, SubtreeCache, open_store
from app.graph import GraphDatabase
from app.graph.database import QueryEvent
from app.runtime.redis_embedded import redis_server
from app.settings import RedisSettings
from app.trees.cursors import Position
from app.trees.models import Tree
from app.trees.repository import TreeRepository
from app.trees.service import TreeService
from app.volumes import RollUp
from tests.component.volumes.company import MARCH, Company, enrol, open_period

Answer = TypeVar("Answer")


class OwnRedis:
    """A redis-server on one port, memory only."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                str(redis_server("auto")),
                "--port",
                str(self.port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
            ],
            stdout=subprocess.DEVNULL,
        )
        for _ in range(200):
            try:
                with self.client() as client:
                    client.ping()
                return
            except redis.ConnectionError:
                time.sleep(0.05)
        raise AssertionError("redis-server does not answer")

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, decode_responses=True)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)


@pytest.fixture
def own_redis() -> Iterator[OwnRedis]:
    server = OwnRedis()
    yield server
    server.kill()


@dataclass(slots=True)
class Site:
    """The company, read through the cache, with the roll-up by hand."""

    company: Company
    store: RedisStore
    repository: TreeRepository
    service: TreeService
    rollup: RollUp
    refresher: CacheRefresher
    now: list[float]
    """The circuit breaker's clock, in seconds."""
    queries: list[str] = field(default_factory=list)
    """Names of the statements that went to the graph."""

    async def roll(self) -> None:
        """Roll up and refresh the cache until nothing is left, then confirm once more, as an idle worker does."""
        while True:
            rolled = await self.rollup.step()
            await self.refresher.refresh(
                rolled.seq_from, rolled.seq_to, rolled.touched, rolled.versions, recorded_at=rolled.recorded_at
            )
            if rolled.idle:
                return

    async def ids(self, tree: str = "binary", id: str = "A") -> list[str]:
        page = await self.service.downline(tree, id, MARCH)  # type: ignore[arg-type]
        return [member.id for member in page.members]

    def new_service(self) -> TreeService:
        """Another process' service on the same Redis."""
        return TreeService(self.repository, SubtreeCache(self.store))


async def load_numbers(repository: TreeRepository, ixs):  # type: ignore[no-untyped-def]
    return (await repository.numbers(ixs)).value


def refresher_of(store: RedisStore, repository: TreeRepository) -> CacheRefresher:
    """One that a slow machine does not let expire."""
    return CacheRefresher(store, lambda ixs: load_numbers(repository, ixs), hold_ms=3_600_000)


@pytest.fixture
async def site(graph: GraphDatabase, own_redis: OwnRedis) -> AsyncIterator[Site]:
    """A sponsors B and C; C was placed below B; D is sponsored by C, left of C; E, by B, has no place."""
    company = Company(graph)
    await company.write(
        open_period(MARCH),
        enrol("A", None),
        enrol("B", "A", "A", 1),
        enrol("C", "A", "B", 1),
        enrol("D", "C", "C", 1),
        enrol("E", "B"),
    )
    now = [0.0]
    async with open_store(own_redis.url, "acme", RedisSettings(timeout_s=0.5)) as store:
        store._monotonic = lambda: now[0]
        repository = TreeRepository(graph)
        site = Site(
            company,
            store,
            repository,
            TreeService(repository, SubtreeCache(store)),
            company.roll_up(lease_ms=10**9),
            refresher_of(store, repository),
            now,
        )
        assert await site.rollup.claim()
        await site.roll()

        def observe(event: QueryEvent) -> None:
            site.queries.append(event.name)

        graph.observer = observe
        yield site
        graph.observer = None


class Gate(TreeRepository):
    """A repository whose answers wait, after they were read, until the test lets them go."""

    def __init__(self, inner: TreeRepository) -> None:
        super().__init__(inner._db)
        self.read = asyncio.Event()
        self.go = asyncio.Event()

    async def downline(self, tree: Tree, id: str, after: Position, **params: Any) -> Loaded | None:
        loaded = await super().downline(tree, id, after, **params)
        return await self._wait(loaded)

    async def numbers(self, ixs: Sequence[int], calendar: str = "monthly") -> Served[dict[int, list[int]]]:
        return await self._wait(await super().numbers(ixs, calendar))

    async def _wait(self, answer: Answer) -> Answer:
        self.read.set()
        await self.go.wait()
        return answer

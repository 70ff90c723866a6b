"""A company on servers of its own, before anybody serves it: a small one comes live, a large one offline, as in the
bench."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.engine.columns import Int64s
from app.engine.forest import forest
from app.generator import Company
from app.graph.migrations import Migrator
from app.imports.offline.service import Start
from app.runtime import Endpoints
from app.runtime.models import Address
from app.runtime.neo4j_embedded import EmbeddedNeo4j
from app.runtime.redis_embedded import EmbeddedRedis
from app.settings import Settings
from app.wiring import open_house, prepare
from loadtests.alone import alone
from loadtests.company import Say
from loadtests.faults.members import Server
from loadtests.filling import begin, fill_live, import_offline, make
from loadtests.plan import MOST_LIVE
from loadtests.sheet import Sheet
from loadtests.trees import HEAVY_TAILED

SettingsOf = Callable[[Path], Settings]
"""Of servers whose data is in a folder."""


@dataclass(frozen=True)
class Ground:
    """Servers that hold a company of so many people."""

    settings: Settings
    neo4j: Server
    redis: Server
    endpoints: Endpoints
    company: Company

    @property
    def people(self) -> int:
        return len(self.company.sponsor)

    @property
    def sizes(self) -> Int64s:
        """By ix how many stand below somebody in the sponsor tree, the person among them."""
        return forest("sponsor", self.company.sponsor).sizes


@asynccontextmanager
async def filled(people: int, settings_of: SettingsOf, folder: Path, say: Say) -> AsyncIterator[Ground]:
    """The company, as long as the block runs."""
    sheet, files = Sheet({}, say), folder / "files"
    sheet.section(HEAVY_TAILED, people)
    company = await asyncio.to_thread(make, HEAVY_TAILED, people, files, sheet)
    small = settings_of(folder / "servers")
    live = files if people <= MOST_LIVE else None
    async with _servers(small, say) as (neo4j, redis, endpoints):
        start = await _begun(small, endpoints, live, sheet)
        if live is not None:
            yield Ground(small, neo4j, redis, endpoints, company)
            return
    large = settings_of(folder / "large")
    await asyncio.to_thread(alone, import_offline, large, files, start)
    async with _servers(large, say) as (neo4j, redis, endpoints):
        async with open_house(large, endpoints) as house:
            await prepare(house.graph)
            await Migrator(house.graph).await_indexes()
        yield Ground(large, neo4j, redis, endpoints, company)


@asynccontextmanager
async def _servers(settings: Settings, say: Say) -> AsyncIterator[tuple[Server, Server, Endpoints]]:
    neo4j, redis = Server(EmbeddedNeo4j(settings, say)), Server(EmbeddedRedis(settings, say))
    for name in ("neo4j", "redis"):
        (settings.data_dir / name).mkdir(parents=True, exist_ok=True)
    cache = await asyncio.to_thread(redis.start)
    try:
        graph = await asyncio.to_thread(neo4j.start)
        try:
            yield neo4j, redis, _endpoints(graph, cache)
        finally:
            await asyncio.to_thread(neo4j.stop)
    finally:
        await asyncio.to_thread(redis.stop)


def _endpoints(graph: Address, cache: Address) -> Endpoints:
    return Endpoints(graph.url, graph.user, graph.password, cache.url, "embedded", "embedded")


async def _begun(settings: Settings, endpoints: Endpoints, files: Path | None, sheet: Sheet) -> Start:
    async with open_house(settings, endpoints) as house:
        await prepare(house.graph)
        start = await begin(house)
        if files is not None:
            await fill_live(house, files, sheet)
        return start

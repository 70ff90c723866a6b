"""The whole service as processes: Neo4j, Redis, API processes, workers, and a look inside for the conductor."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from json import dumps
from pathlib import Path
from typing import Any, Final

import httpx

from app.cache import CacheDownError, RedisStore, open_store
from app.errors import UnavailableError
from app.runtime import Endpoints
from app.runtime.ports import LOOPBACK, free_port
from app.wiring import House, open_house
from loadtests.api_process import COMPANY, SECRET
from loadtests.faults.ground import Ground
from loadtests.faults.members import Process

WAIT_S: Final = 240.0
"""For anything that must come: longer than a transaction may live that a stopped process left behind."""
POLL_S: Final = 0.1
_WORK: Final = "from app.start import main; main()"


@dataclass(slots=True)
class Service:
    """Every part, by which faults are done. `house` and `store` are the conductor's own way into graph and cache."""

    ground: Ground
    house: House
    store: RedisStore
    apis: list[Process] = field(default_factory=list)
    homes: list[str] = field(default_factory=list)
    """Where each API process answers, in every life of it."""
    workers: list[Process] = field(default_factory=list)

    async def reigning(self) -> Process | None:
        """The worker of ours that rolls up, if one does."""
        cursor = await self.cursor()
        pids = {worker.pid: worker for worker in self.workers}
        return pids.get(int(cursor["holder"].split(":")[1])) if cursor["holder"] else None

    async def cursor(self) -> dict[str, Any]:
        """How far the roll-up is, and who holds it."""
        [row] = await self.house.graph.read("queries/volumes/read_cursor")
        return row

    async def counted(self) -> bool:
        """Whether every fact is in the tallies."""
        [row] = await self.house.graph.read("queries/volumes/lag")
        return bool(row["head_seq"] == row["cursor_seq"])

    async def head(self) -> int:
        """The last fact."""
        [row] = await self.house.graph.read("queries/facts/head")
        return int(row["seq"])

    async def refreshed(self) -> int | None:
        """The last fact whose refresh is through; None without a generation."""
        try:
            standing = await self.store.run("standing")
        except CacheDownError:
            return None
        return int(standing[2]) if standing else None

    async def whole(self) -> None:
        """Return once every part answers and somebody reigns."""
        async with httpx.AsyncClient(timeout=5) as client:
            for home in self.homes:
                await until(f"{home} is ready", partial(_is_ready, client, home))
        await until("a worker reigns", self._somebody_reigns)

    async def _somebody_reigns(self) -> bool:
        return await self.reigning() is not None


async def until(what: str, condition: Callable[[], Awaitable[bool]], *, pause_s: float = POLL_S) -> None:
    """Wait; while the graph is away it does not hold. Raises TimeoutError that says what was waited for."""
    began = time.monotonic()
    while time.monotonic() - began < WAIT_S:
        with suppress(UnavailableError):
            if await condition():
                return
        await asyncio.sleep(pause_s)
    raise TimeoutError(f"{what}: not within {WAIT_S:g} s")


async def _is_ready(client: httpx.AsyncClient, home: str) -> bool:
    try:
        return (await client.get(f"{home}/readyz")).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


@asynccontextmanager
async def service(ground: Ground, members: int, folder: Path) -> AsyncIterator[Service]:
    """So many API processes and workers beside the servers, on one data folder; logs go into `folder`."""
    settings, endpoints = ground.settings, ground.endpoints
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(open_house(settings, endpoints))
        store = await stack.enter_async_context(open_store(endpoints.redis_url, COMPANY, settings.redis))
        made = Service(ground, house, store)
        for number in range(members):
            port = free_port()
            made.homes.append(f"http://{LOOPBACK}:{port}")
            made.apis.append(_api(endpoints, settings.data_dir, folder / f"api-{number}.log", port))
            made.workers.append(_worker(endpoints, settings.data_dir, folder / f"worker-{number}.log"))
        for process in (*made.apis, *made.workers):
            process.start()
            stack.push_async_callback(asyncio.to_thread, process.stop)
        await made.whole()
        yield made


def _api(endpoints: Endpoints, data: Path, log: Path, port: int) -> Process:
    config = {"endpoints": asdict(endpoints), "folder": str(data), "roll_up": False, "neo4j": {}, "port": port}
    return Process(["-m", "loadtests.api_process", dumps(config)], log)


def _worker(endpoints: Endpoints, data: Path, log: Path) -> Process:
    environment = {
        "BANYAN_COMPANY": COMPANY,
        "BANYAN_DATA_DIR": str(data),
        "BANYAN_TOKEN_SECRET": SECRET,
        "BANYAN_RUNTIME": "url",
        "BANYAN_NEO4J__URL": endpoints.neo4j_url,
        "BANYAN_NEO4J__USER": endpoints.neo4j_user,
        "BANYAN_NEO4J__PASSWORD": endpoints.neo4j_password,
        "BANYAN_REDIS__URL": endpoints.redis_url,
    }
    return Process(["-c", _WORK, "worker"], log, environment)

"""A worker in a process of its own, on servers that run already, as `banyan worker` runs it.

    python -m loadtests.worker_process '{"endpoints": …, "folder": …, "neo4j": {}}'

It says `up`, and `keeps up` once it has a mirror of live ranks.
"""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.cache import open_store
from app.logs import configure_logs
from app.runtime import Endpoints
from app.wiring import House, open_house, workers
from loadtests.alone import peak_mib
from loadtests.api_process import settings_of

UP, KEEPS_UP = "up", "keeps up"
_LOOK_S = 0.05


@dataclass
class WorkerProcess:
    """One that works."""

    process: asyncio.subprocess.Process
    before_mib: float
    """Its peak of resident memory before it had a mirror."""

    @property
    def peak_mib(self) -> float:
        """So far."""
        return peak_mib(self.process.pid)

    async def keeps_up(self) -> None:
        """Wait until it has a mirror."""
        await _said(self.process, KEEPS_UP)

    async def kill(self) -> None:
        """At once, whatever it is at."""
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def worker_process(endpoints: Endpoints, folder: Path, **neo4j: Any) -> AsyncIterator[WorkerProcess]:
    """Works while the block runs; its log goes into the folder. `neo4j`: settings of its pool."""
    config = {"endpoints": asdict(endpoints), "folder": str(folder), "neo4j": neo4j}
    with (folder / "worker.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "loadtests.worker_process", json.dumps(config),
            stdout=asyncio.subprocess.PIPE, stderr=log,
        )  # fmt: skip
    try:
        await _said(process, UP)
        yield WorkerProcess(process, peak_mib(process.pid))
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _said(process: asyncio.subprocess.Process, word: str) -> None:
    line = (await process.stdout.readline()).decode().strip() if process.stdout else ""
    if line != word:
        raise RuntimeError(f"the worker ended, or said {line!r} instead of {word!r}; worker.log says why")


async def _work(config: dict[str, Any]) -> None:
    settings, endpoints, stop = settings_of(config), Endpoints(**config["endpoints"]), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with (
        open_house(settings, endpoints) as house,
        open_store(endpoints.redis_url, settings.company, settings.redis) as store,
    ):
        print(UP, flush=True)
        await asyncio.gather(_tell(house, stop), *(one.run(stop) for one in workers(house, store).values()))


async def _tell(house: House, stop: asyncio.Event) -> None:
    stopping = asyncio.create_task(stop.wait())
    while not house.mirrors.all and not stopping.done():
        await asyncio.wait({stopping}, timeout=_LOOK_S)
    print(KEEPS_UP, flush=True)
    await stopping


if __name__ == "__main__":
    configure_logs("INFO")
    asyncio.run(_work(json.loads(sys.argv[1])))

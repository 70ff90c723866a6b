"""The client processes together: let them flow, or pause them until each has an answer to all that it sent."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Final

from loadtests.faults.client import GIVE_UP_S, Config

PAUSE_S: Final = GIVE_UP_S + 60.0


class Callers:
    """`journals` are their files."""

    def __init__(self, processes: Sequence[asyncio.subprocess.Process], journals: Sequence[Path], log: Path) -> None:
        self._processes = processes
        self.journals = journals
        self._log = log

    def flow(self) -> None:
        """Send, from now on."""
        self._say("flow")

    async def pause(self) -> None:
        """Return once nothing is under way."""
        self._say("pause")
        await self._heard(b"paused")

    async def ready(self) -> None:
        """Return once every process has started."""
        await self._heard(b"ready")

    async def _heard(self, word: bytes) -> None:
        async with asyncio.timeout(PAUSE_S):
            for process in self._processes:
                if process.stdout is None or (await process.stdout.readline()).strip() != word:
                    raise RuntimeError(f"a client ended by itself: {self._log.read_text()[-2000:]}")

    def _say(self, word: str) -> None:
        for process in self._processes:
            if process.stdin is not None:
                process.stdin.write(f"{word}\n".encode())


@asynccontextmanager
async def calling(configs: Sequence[Config], log: Path) -> AsyncIterator[Callers]:
    """All of them, paused at first; they end with the block, and with us."""
    async with AsyncExitStack() as stack:
        errors = stack.enter_context(log.open("ab"))
        processes = [await stack.enter_async_context(_process(config, errors)) for config in configs]
        callers = Callers(processes, [Path(config.journal) for config in configs], log)
        await callers.ready()
        yield callers


@asynccontextmanager
async def _process(config: Config, errors: IO[bytes]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "loadtests.faults.client", json.dumps(asdict(config)),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=errors,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()

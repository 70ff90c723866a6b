"""Callers stand in line for a connection.

The driver wakes everybody who waits for one whenever one is given back, and each looks through the whole pool again:
with hundreds waiting a core is busy with waking them, so that the line grows longer. Here one is woken for one.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.graph.errors import GraphUnavailableError
from app.graph.metrics import ERRORS


class Line:
    """As many at once as there are connections; the others in the order in which they came."""

    def __init__(self, connections: int, wait_s: float) -> None:
        self._connections = connections
        self._wait_s = wait_s
        self._free = asyncio.Semaphore(connections)

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """A connection is free until the block ends. Raises GraphUnavailableError when none is within the time."""
        if self._free.locked():
            await self._wait(name)
        else:
            await self._free.acquire()
        try:
            yield
        finally:
            self._free.release()

    async def _wait(self, name: str) -> None:
        try:
            async with asyncio.timeout(self._wait_s):
                await self._free.acquire()
        except TimeoutError:
            ERRORS.labels(name, "Line").inc()
            raise GraphUnavailableError(
                f"{name}: all {self._connections} connections to the graph were in use for {self._wait_s:g} s"
            ) from None

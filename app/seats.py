"""How many large questions of a kind are answered at a time, in this process; more are refused and may come again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from app.errors import BanyanError


class Seats:
    """So many at once. Who finds none free is refused at once: a queue would only hide that the graph is busy."""

    def __init__(self, at_once: int, refusal: Callable[[], BanyanError]) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._refusal = refusal

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A seat until the block ends. Raises the refusal, before anything was asked, when none is free."""
        if self._free.locked():
            raise self._refusal()
        async with self._free:
            yield

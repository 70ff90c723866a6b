"""Long columns in pages, with the next pages on their way while this one is worked on."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Final, TypeVar

Page = TypeVar("Page")
AHEAD: Final = 2
"""Reads under way at once: what two cores of a server answer in the time that one here unpacks."""


async def in_order(reads: Iterable[Callable[[], Awaitable[Page]]], ahead: int = AHEAD) -> AsyncIterator[Page]:
    """The result of each read, in the order given. Those still under way are cancelled when the reader stops."""
    waiting: deque[asyncio.Task[Page]] = deque()
    todo = iter(reads)
    try:
        while True:
            while len(waiting) <= ahead and (read := next(todo, None)) is not None:
                waiting.append(asyncio.ensure_future(read()))
            if not waiting:
                return
            yield await waiting.popleft()
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

"""Long columns in pages, with the next pages on their way while this one is worked on."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import Final, TypeVar

Page = TypeVar("Page")
AHEAD: Final = 2
"""Reads under way at once: what two cores of a server answer in the time that one here unpacks."""

FACTS_A_CALL: Final = 50_000


def seq_ranges(last: int, a_call: int = FACTS_A_CALL) -> Iterator[tuple[int, int]]:
    """(before, last] of the facts up to `last`, so many a call. Unlike a page, a range is known before the one before
    it was read."""
    for before in range(0, last, a_call):
        yield before, min(before + a_call, last)


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

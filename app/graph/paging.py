"""Long columns in pages, with the next pages on their way while this one is worked on."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import Final, TypeVar

Page = TypeVar("Page")
AHEAD: Final = 2
"""Reads under way beside the one that is waited for: two cores of a server answer them while one here unpacks."""
PEOPLE_A_CALL: Final = 20_000
FACTS_A_CALL: Final = 50_000


def ranges(end: int, a_call: int, start: int = 0) -> Iterator[tuple[int, int]]:
    """`start` to `end` in steps: [first, to) of people by ix, (before, to] of facts by number. Unlike a page, a range
    is known before the one before it was read."""
    for first in range(start, end, a_call):
        yield first, min(first + a_call, end)


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

"""How far a calculation is, and work that nothing can stop."""

import asyncio
from collections.abc import Callable
from typing import Final, Literal, TypeVar

Result = TypeVar("Result")
Stage = Literal["snapshot", "engine", "tables", "statements"]
Tell = Callable[[Stage, int, int], None]
"""Hears the stage, and how much of how much of it is done; from any thread, and must not wait. What it raises ends the
work that tells."""


def _told_nobody(stage: Stage, done: int, of: int) -> None:
    """Nobody asks."""


NOBODY_ASKS: Final[Tell] = _told_nobody


async def off_loop(work: Callable[[], Result]) -> Result:
    """What `work` answers, done in a thread. A thread cannot be stopped, but for what its work tells: whoever is
    cancelled meanwhile waits for it to end, so that the next one does not work beside it."""
    working = asyncio.create_task(asyncio.to_thread(work))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait({working})
        if not working.cancelled():
            working.exception()  # it matters to nobody any more
        raise

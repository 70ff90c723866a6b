"""Work that gives way: whoever asks meanwhile comes first."""

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

Result = TypeVar("Result")
NICENESS: Final = 10
"""Of the thread: where all cores are wanted it gets about a tenth of one."""


class Aside:
    """One thread for long calculations, behind all others of the machine where the system lets it (Linux)."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "aside", initializer=_give_way)

    async def run(self, work: Callable[[], Result]) -> Result:
        """What it comes to."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        """What is under way ends in its own time."""
        self._thread.shutdown(wait=False)


def _give_way() -> None:
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)

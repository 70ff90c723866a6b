"""Single flight: those who ask for the same thing at the same time share one load."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class SingleFlight(Generic[Value]):
    """Shares loads by key within one event loop.

    A load has its own deadline: who waits longer, or whose shared load failed, loads alone. A caller that goes away
    does not end the load of the others.
    """

    def __init__(self, deadline_s: float) -> None:
        self._deadline_s = deadline_s
        self._flights: dict[Hashable, asyncio.Task[Value]] = {}

    async def load(self, key: Hashable, load: Callable[[], Awaitable[Value]]) -> Value:
        """What `load` answers, for all who ask for `key` meanwhile."""
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(_run(load), name=f"load {key}")
            self._flights[key] = flight
            flight.add_done_callback(lambda task: self._land(key, task))
            return await asyncio.shield(flight)
        done, _ = await asyncio.wait({flight}, timeout=self._deadline_s)
        if not done:
            self._forget(key, flight)
            return await load()
        if flight.cancelled() or flight.exception() is not None:
            return await load()
        return flight.result()

    def _forget(self, key: Hashable, flight: asyncio.Task[Value]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]

    def _land(self, key: Hashable, task: asyncio.Task[Value]) -> None:
        self._forget(key, task)
        if not task.cancelled():
            task.exception()  # read, so that a failure nobody waited for is no warning


async def _run(load: Callable[[], Awaitable[Value]]) -> Value:
    return await load()

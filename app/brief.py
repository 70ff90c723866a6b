"""What every request asks for alike, and what changes a few times a month, is read a few times a second at most."""

import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Final, Generic, TypeVar

from app.flights import SingleFlight

Value = TypeVar("Value")
LIFE_S: Final = 0.25
"""How long something is told as it was read: so late other processes learn of a period's close."""
MOST_KEPT: Final = 64
_DEADLINE_S: Final = 5.0


class Brief(Generic[Value]):
    """Keeps what was loaded for a moment, by key, counted from when the load began. Within one event loop."""

    def __init__(self, life_s: float = LIFE_S, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._life_s = life_s
        self._monotonic = monotonic
        self._flights: SingleFlight[Value] = SingleFlight(_DEADLINE_S)
        self._kept: dict[Hashable, tuple[float, Value]] = {}

    async def get(self, key: Hashable, load: Callable[[], Awaitable[Value]]) -> Value:
        """What `load` answered a moment ago, or answers now."""
        kept = self._kept.get(key)
        if kept is not None and self._monotonic() < kept[0]:
            return kept[1]

        async def loaded() -> Value:
            ends = self._monotonic() + self._life_s
            value = await load()
            self._keep(key, ends, value)
            return value

        # Whoever comes later than the moment that a load began in must not share it, however long it takes.
        return await self._flights.load((key, int(self._monotonic() / self._life_s)), loaded)

    def _keep(self, key: Hashable, ends: float, value: Value) -> None:
        self._kept.pop(key, None)
        self._kept[key] = (ends, value)
        while len(self._kept) > MOST_KEPT:  # the oldest load is the first
            self._kept.pop(next(iter(self._kept)))

"""Deliveries to groups of consumers by Redis Streams. A stream may vanish at any moment: the log in the graph fills it
again, from where the group is (docs/caching.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.cache.store import RedisStore, pairs

IDLE_MS: Final = 30_000
"""What a consumer holds for so long without a word goes to another."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a consumer holds now, by number, and the last number that was ever put in; None: there is no stream."""

    events: dict[int, bytes]
    last: int | None


class EventStreams:
    """One stream a group. Raises CacheDownError, as the store does."""

    def __init__(self, store: RedisStore, *, idle_ms: int = IDLE_MS) -> None:
        self._store = store
        self._idle_ms = idle_ms

    async def next(self, group: str, consumer: str, most: int) -> Held:
        """What the consumer was given and has not done, then what another gave up, then new events, `most` in all."""
        answer = await self._store.run("next_events", group, consumer, most, self._idle_ms)
        if not answer:
            return Held({}, None)
        last, *flat = answer
        given = zip(flat[::2], flat[1::2], strict=True)
        return Held({int(seq): content for seq, content in given}, int(last))

    async def put(self, group: str, floor: int, events: Sequence[tuple[int, bytes]]) -> None:
        """Put events in, in their order; where there is no stream the group begins after `floor`."""
        await self._store.run("put_events", group, floor, *pairs(events))

    async def done(self, group: str, seqs: Sequence[int]) -> int:
        """A consumer has done these; the number up to which the group has done all, as far as Redis knows."""
        return int(await self._store.run("done_events", group, *seqs))

    async def drop(self, group: str) -> None:
        """Forget what was put in and who holds what."""
        await self._store.run("drop_events", group)

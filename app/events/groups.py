"""Groups of consumers: each event goes to one consumer of a group, and again to another when that one falls silent.

How far a group is stands in the graph; Redis only deals out. So an event comes at least once, whatever happens to Redis
or to a consumer: who must not do a thing twice looks at the event's number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from app.cache import CacheDownError, EventStreams
from app.errors import UnavailableError
from app.events.content import told
from app.events.models import NoSuchEventError, UnknownGroupError
from app.events.repository import EventRepository

_AHEAD: Final = 2
"""So many calls' worth of events are put into the stream at once."""


class DeliveryDownError(UnavailableError):
    """Redis, which deals events out to groups, does not answer."""

    title = "Events are not delivered at the moment"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a consumer holds, in the order of the events, and how far its group is."""

    events: list[dict[str, Any]]
    done_to: int


class EventGroups:
    def __init__(self, events: EventRepository, streams: EventStreams) -> None:
        self._events = events
        self._streams = streams

    async def begin(self, group: str, after: int) -> None:
        """The group goes on after that event, for the first time or anew: what was dealt out is forgotten.

        Raises NoSuchEventError, DeliveryDownError.
        """
        last = await self._events.last()
        if after > last:
            raise NoSuchEventError(f"The group is to go on after event {after}, and the last one is {last}.", last=last)
        await self._events.begin(group, after)
        try:
            await self._streams.drop(group)
        except CacheDownError as error:
            raise _down() from error

    async def deliver(self, group: str, consumer: str, done: Sequence[int], most: int) -> Delivery:
        """Note what a consumer has done, and give it what it has not done of what it holds, then more.

        Raises UnknownGroupError, DeliveryDownError.
        """
        floor = await self._events.done_by(group)
        if floor is None:
            raise UnknownGroupError(f"There is no group '{group}'; begin it with PUT /v1/event-groups/{group}.")
        try:
            if done:
                floor = await self._note_done(group, done, floor)
            held = await self._held(group, consumer, floor, most)
            # An older Redis that came back deals out what was done before.
            while past := [seq for seq in held if seq <= floor]:
                await self._streams.done(group, past)
                held = await self._held(group, consumer, floor, most)
        except CacheDownError as error:
            raise _down() from error
        return Delivery([orjson.loads(held[seq]) for seq in sorted(held)], floor)

    async def _note_done(self, group: str, done: Sequence[int], floor: int) -> int:
        through = await self._streams.done(group, sorted(set(done)))
        if through > floor:
            await self._events.advance(group, through)
        return max(through, floor)

    async def _held(self, group: str, consumer: str, floor: int, most: int) -> dict[int, bytes]:
        held = await self._streams.next(group, consumer, most)
        if len(held.events) < most:
            more = await self._events.after(max(held.last or 0, floor), most * _AHEAD)
            if more or held.last is None:
                contents = [(event.seq, orjson.dumps(told(event))) for event in more]
                await self._streams.put(group, floor, contents)
                held = await self._streams.next(group, consumer, most)
        return held.events


def _down() -> DeliveryDownError:
    return DeliveryDownError("Redis does not answer, so nothing is dealt out to groups; try again in a second.")

"""Who hears what: the staff everything, a distributor what happens to themselves and to everybody below them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from app.access.models import Principal, Role
from app.events.content import told
from app.events.models import SEEN_BELOW, Event, NoSuchEventError
from app.events.repository import EventRepository


@dataclass(frozen=True, slots=True)
class Page:
    """Some events, what to go on after, and the last event there is."""

    events: list[dict[str, Any]]
    next_after: int
    last: int


class EventService:
    def __init__(self, events: EventRepository) -> None:
        self._events = events

    async def page(self, caller: Principal, after: int, most: int, types: Collection[str]) -> Page:
        """Of the `most` events after a number those that are for the caller, and of these types; none: of all.

        Raises NoSuchEventError for a number that no event has yet.
        """
        last = await self._events.last()
        if after > last:
            raise NoSuchEventError(f"There is nothing after event {after}: the last one is {last}.", last=last)
        found = await self._events.after(after, min(most, last - after)) if after < last else []
        return Page(await self.heard(caller, found, types), found[-1].seq if found else after, last)

    async def heard(self, caller: Principal, events: Sequence[Event], types: Collection[str]) -> list[dict[str, Any]]:
        """Those of some events that are for the caller, as they are told to them."""
        wanted = [event for event in events if not types or event.type in types]
        if caller.role is not Role.DISTRIBUTOR:
            return [told(event) for event in wanted]
        near = [event for event in wanted if event.type in SEEN_BELOW and event.about is not None]
        seen = await self._events.below(
            caller.distributor or "", {event.about for event in near if event.about is not None}
        )
        return [told(event, of_staff=False) for event in near if event.about in seen]

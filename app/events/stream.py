"""Events on their way to one reader: server-sent events, from any event on, for as long as the reader stays; and new
live ranks beside them, which wait for no event."""

import asyncio
import time
from collections.abc import Collection
from contextlib import nullcontext
from typing import Any, Final

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.access.models import Principal, Role
from app.events.feed import EventFeed
from app.events.models import RANK_CHANGED
from app.events.ranks import Pushed, RankFeed
from app.events.service import EventService

MEDIA_TYPE: Final = "text/event-stream"
HEARTBEAT_S: Final = 15.0
"""So often a reader hears at least where the stream is."""
LONGEST_S: Final = 900.0
"""Then the stream ends, and the reader comes again with its token: one that has expired hears no more."""
AGAIN_MS: Final = 2_000
PACE_S: Final = 2.0
"""How often a distributor is told at most: who of some people stands below them is a look at the graph each time."""


class EventStreamResponse(Response):
    """Begins once there is a seat: a refusal is a problem document like any other. A reader who goes away cancels this
    task (app/edge.py)."""

    def __init__(
        self,
        feed: EventFeed,
        ranks: RankFeed,
        events: EventService,
        caller: Principal,
        *,
        after: int | None,
        types: Collection[str],
        heartbeat_s: float = HEARTBEAT_S,
        longest_s: float = LONGEST_S,
        pace_s: float = PACE_S,
    ) -> None:
        # As Starlette's own streaming answer does: with a body here it would announce that body's length.
        self.status_code = 200
        self.background = None
        self._feed = feed
        self._ranks = ranks
        self._events = events
        self._caller = caller
        self._after = after
        self._types = types
        self._heartbeat_s = heartbeat_s
        self._longest_s = longest_s
        self._pace_s = pace_s if caller.role is Role.DISTRIBUTOR else 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wants_ranks = not self._types or RANK_CHANGED in self._types
        ranks = self._ranks.following(self._caller) if wants_ranks else nullcontext()
        async with self._feed.following(self._after) as begin, ranks as pushed:
            self.init_headers(
                {"Content-Type": MEDIA_TYPE, "Cache-Control": "private, no-store", "X-Accel-Buffering": "no"}
            )
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            # Where it begins is told at once, so that a reader who is cut off before the first event loses none.
            await _send(send, f"retry: {AGAIN_MS}\n{_at(begin)}".encode())
            telling = None if pushed is None else asyncio.create_task(_tell_ranks(send, pushed))
            try:
                await self._tell_events(send, begin)
            finally:
                if telling is not None:
                    telling.cancel()
                    await asyncio.gather(telling, return_exceptions=True)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell_events(self, send: Send, seq: int) -> None:
        """What comes after an event, as long as the stream lasts."""
        end = time.monotonic() + self._longest_s
        while (left_s := end - time.monotonic()) > 0 and not self._feed.closed:
            found = await self._feed.after(seq, min(self._heartbeat_s, left_s))
            heard = await self._events.heard(self._caller, found, self._types)
            seq = found[-1].seq if found else seq
            lines = [_line(event) for event in heard]
            if not heard or heard[-1]["seq"] != seq:
                lines.append(_at(seq).encode())
            await _send(send, b"".join(lines))
            if found and self._pace_s:
                await asyncio.sleep(self._pace_s)


async def _tell_ranks(send: Send, pushed: Pushed) -> None:
    """As they come. Without an `id`, so that the place to go on after stays where it is."""
    while True:
        lines = [_block(RANK_CHANGED, rank.told()) for rank in await pushed.next()]
        await _send(send, b"".join(lines))


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


def _line(event: dict[str, Any]) -> bytes:
    return b"id: %d\n%b" % (event["seq"], _block(event["type"], event))


def _block(type: str, data: dict[str, Any]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (type.encode(), orjson.dumps(data))


def _at(seq: int) -> str:
    """No event, but a place to go on after."""
    return f"id: {seq}\n\n"

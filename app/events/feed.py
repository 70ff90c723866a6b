"""The newest events of a process: one loop reads them, any number of streams follow at their own pace."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

from app.errors import BanyanError
from app.events.models import Event, NoSuchEventError, TooManyStreamsError
from app.events.repository import EventRepository
from app.seats import Seats

PAUSE_S: Final = 0.1
"""Between two looks for news while somebody follows; nobody is asked while nobody does."""
PAGE: Final = 500
KEPT: Final = 5_000
"""Events in memory for those who are a little behind; whoever is further behind reads the log."""
MOST_STREAMS: Final = 200
_RETRY_AFTER_S: Final = 5
_log = structlog.get_logger(__name__)


class EventFeed:
    """Readers hold a number and ask what comes after it, so a slow one keeps nobody waiting and fills no queue."""

    def __init__(self, events: EventRepository, *, pause_s: float = PAUSE_S, most_streams: int = MOST_STREAMS) -> None:
        self._events = events
        self._pause_s = pause_s
        self._seats = Seats(most_streams, _full)
        self._followers = 0
        self.closed = False
        """Whether streams are to end: the process does."""
        self._last = 0
        self._recent: deque[Event] = deque(maxlen=KEPT)
        self._news = asyncio.Event()
        self._wanted = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Look for news while somebody follows, until `stop` is set."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                if not self._followers:
                    self._wanted.clear()
                    wanted = asyncio.create_task(self._wanted.wait())
                    await asyncio.wait({wanted, stopping}, return_when=asyncio.FIRST_COMPLETED)
                    wanted.cancel()
                    continue
                if not await self._look():
                    await asyncio.wait({stopping}, timeout=self._pause_s)
        finally:
            stopping.cancel()

    def close(self) -> None:
        """Let every stream end."""
        self.closed = True
        self._news.set()

    @asynccontextmanager
    async def following(self, seq: int | None) -> AsyncIterator[int]:
        """A seat until the block ends, and the number to go on after: `seq`, or that of the last event.

        Raises TooManyStreamsError, and NoSuchEventError for a number that no event has yet.
        """
        async with self._seats.one():
            last = await self._events.last()
            if seq is not None and seq > last:
                raise NoSuchEventError(
                    f"The stream is to go on after event {seq}, and the last one is {last}: "
                    "begin anew with a number from this company.",
                    last=last,
                )
            if not self._followers:
                self._last = last
                self._recent.clear()
            self._followers += 1
            self._wanted.set()
            try:
                yield last if seq is None else seq
            finally:
                self._followers -= 1

    async def after(self, seq: int, wait_s: float) -> list[Event]:
        """What comes after an event, in order and without a gap; nothing when nothing came in that time. One who
        follows asks."""
        if seq >= self._last:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), wait_s)
        if seq >= self._last:
            return []
        if self._recent and self._recent[0].seq <= seq + 1:
            behind = min(self._last - seq, len(self._recent))
            return [self._recent[at] for at in range(len(self._recent) - behind, len(self._recent))][:PAGE]
        return await self._events.after(seq, min(PAGE, self._last - seq))

    async def _look(self) -> bool:
        """Whether there may be more at once."""
        try:
            last = await self._events.last()
            if last <= self._last:
                return False
            found = await self._events.after(self._last, min(PAGE, last - self._last))
        except BanyanError as error:
            _log.warning("events wait", error=error.message, kind=error.code())
            return False
        self._recent.extend(found)
        self._last = found[-1].seq
        news, self._news = self._news, asyncio.Event()
        news.set()
        return True


def _full() -> TooManyStreamsError:
    return TooManyStreamsError(
        "This process sends as many streams as it takes at a time; come again, or ask GET /v1/events now and then.",
        retry_after_s=_RETRY_AFTER_S,
    )

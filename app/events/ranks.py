"""New live ranks on their way to the streams of a process: heard over Redis, told to those who may see the person.

They are no facts: they have no number, are not told again, and are lost to whoever does not follow at the moment.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import structlog

from app.access.models import Principal, Role
from app.cache import Listener, RedisStore
from app.errors import BanyanError
from app.events.models import RANK_CHANGED, VERSION
from app.events.repository import EventRepository
from app.live.pushes import TOPIC, RankNews, read

MOST_WAITING: Final = 1_000
"""Changes that wait for one reader; of more the oldest are lost."""
BEGIN_S: Final = 0.3
"""How long a stream waits to be heard for, before it begins."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NewRank:
    """A person is paid as another rank; None: as none."""

    id: str
    period: str
    before: str | None
    now: str | None
    seq: int

    def told(self) -> dict[str, Any]:
        """As it leaves."""
        return {
            "type": RANK_CHANGED,
            "version": VERSION,
            "distributor_id": self.id,
            "period": self.period,
            "before": self.before,
            "now": self.now,
            "as_of_seq": self.seq,
        }


class Pushed:
    """What one reader has not been told yet: of each person the newest, so that a slow one is not told what is over."""

    def __init__(self, caller: Principal) -> None:
        self.caller = caller
        self._waiting: OrderedDict[tuple[str, str], NewRank] = OrderedDict()
        self._come = asyncio.Event()

    def put(self, rank: NewRank) -> None:
        """Somebody whom the reader may see has another rank."""
        key = rank.period, rank.id
        earlier = self._waiting.pop(key, None)
        before = rank.before if earlier is None else earlier.before
        if before != rank.now:
            self._waiting[key] = NewRank(rank.id, rank.period, before, rank.now, rank.seq)
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popitem(last=False)
        self._come.set()

    async def next(self) -> list[NewRank]:
        """All that waits, in the order in which it came, once there is something."""
        while not self._waiting:
            self._come.clear()
            await self._come.wait()
        found = [*self._waiting.values()]
        self._waiting.clear()
        return found


class RankFeed:
    """Hears while anybody follows."""

    def __init__(self, events: EventRepository, store: RedisStore) -> None:
        self._events = events
        self._listener = Listener(store, TOPIC, self._take)
        self._followers: set[Pushed] = set()
        self._wanted = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Hear while somebody follows, until `stop` is set."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                self._wanted.clear()
                if self._followers:
                    await self._listener.serve(lambda: bool(self._followers) and not stop.is_set())
                    continue
                wanted = asyncio.create_task(self._wanted.wait())
                await asyncio.wait({wanted, stopping}, return_when=asyncio.FIRST_COMPLETED)
                wanted.cancel()
        finally:
            stopping.cancel()

    @asynccontextmanager
    async def following(self, caller: Principal) -> AsyncIterator[Pushed]:
        """What the caller is to hear, until the block ends."""
        pushed = Pushed(caller)
        self._followers.add(pushed)
        self._wanted.set()
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._listener.hearing.wait(), BEGIN_S)
            yield pushed
        finally:
            self._followers.discard(pushed)

    async def _take(self, message: bytes) -> None:
        try:
            news = read(message)
        except (TypeError, ValueError) as error:
            _log.error("what was told of new ranks cannot be read", error=str(error))
            return
        try:
            await self._tell(news)
        except BanyanError as error:
            _log.warning("new ranks are lost", error=error.message, kind=error.code())

    async def _tell(self, news: RankNews) -> None:
        """One look at the graph for all who follow."""
        staff = [one for one in self._followers if one.caller.role is not Role.DISTRIBUTOR]
        others: dict[str, list[Pushed]] = {}
        for one in self._followers.difference(staff):
            others.setdefault(one.caller.distributor or "", []).append(one)
        people = await self._events.followed({change.ix for change in news.changes}, others)
        for change in news.changes:
            if change.ix in people:
                id, above = people[change.ix]
                rank = NewRank(id, news.period, change.before, change.now, news.seq)
                for one in (*staff, *(one for each in above for one in others[each])):
                    one.put(rank)

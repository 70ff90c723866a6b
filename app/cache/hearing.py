"""Messages to whoever hears a topic at the moment, in any process, over Redis. Nothing is kept: who does not hear one
then never does."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from prometheus_client import Counter

from app.cache.store import CacheDownError, RedisStore

TOLD: Final = Counter("banyan_cache_messages_total", "Messages to a topic: heard, nobody, error", ["topic", "result"])
_AGAIN_S: Final = 1.0
_log = structlog.get_logger(__name__)


class Teller:
    """Tells messages to a topic."""

    def __init__(self, store: RedisStore, topic: str) -> None:
        self._store = store
        self._topic = topic

    async def tell(self, message: bytes) -> None:
        """To whoever hears it now; to nobody while Redis does not answer."""
        try:
            result = "heard" if await self._store.publish(self._topic, message) else "nobody"
        except CacheDownError:
            result = "error"
        TOLD.labels(self._topic, result).inc()


class Listener:
    """Hears a topic. `take` must be quick: messages wait for each other."""

    def __init__(self, store: RedisStore, topic: str, take: Callable[[bytes], Awaitable[None]]) -> None:
        self._store = store
        self._topic = topic
        self._take = take
        self.hearing = asyncio.Event()
        """Set while it does."""

    async def serve(self, going_on: Callable[[], bool]) -> None:
        """Hear as long as that says so, also after Redis was away."""
        while going_on():
            try:
                await self._hear(going_on)
            except CacheDownError as error:
                _log.debug("nothing is heard", topic=self._topic, error=str(error))
                await asyncio.sleep(_AGAIN_S)

    async def _hear(self, going_on: Callable[[], bool]) -> None:
        async with self._store.heard(self._topic) as heard:
            self.hearing.set()
            try:
                while going_on():
                    message = await heard()
                    if message is not None:
                        await self._take(message)
            finally:
                self.hearing.clear()

"""Redis behind short timeouts and a circuit breaker. What fails raises CacheDownError, and the caller goes without."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app.settings import RedisSettings

_LUA: Final = Path(__file__).with_name("lua")
_FAILURES_TO_OPEN: Final = 3
_REST_S: Final = 2.0


class CacheDownError(Exception):
    """Redis did not answer in time, or is given a rest. Never leaves the room: everything works without it."""


class RedisStore:
    """Runs the scripts of lua/ by name. Safe for concurrent use within one event loop.

    After three failures in a row nothing is sent for two seconds, so that a dead Redis costs a request nothing.
    """

    def __init__(self, client: Redis, prefix: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._scripts = {path.stem: client.register_script(path.read_text()) for path in sorted(_LUA.glob("*.lua"))}
        self._prefix = prefix
        self._monotonic = monotonic
        self._failures = 0
        self._closed_until = 0.0

    @property
    def resting(self) -> bool:
        """Whether nothing is sent for the moment."""
        return self._monotonic() < self._closed_until

    async def run(self, script: str, *arguments: str | int | bytes) -> Any:
        """The answer of a script, values as bytes. Raises CacheDownError."""
        if self.resting:
            raise CacheDownError("Redis is given a rest after it failed")
        try:
            answer = await self._scripts[script](args=[self._prefix, *arguments])
        except (RedisError, OSError, TimeoutError) as error:
            self._failures += 1
            if self._failures >= _FAILURES_TO_OPEN:
                self._closed_until = self._monotonic() + _REST_S
            raise CacheDownError(f"{script}: {type(error).__name__}: {error}") from error
        self._failures = 0
        return answer


@asynccontextmanager
async def open_store(url: str, company: str, settings: RedisSettings) -> AsyncIterator[RedisStore]:
    """A store at `url`; nothing is sent before the first use, so Redis may be away. Closed at the end."""
    client = Redis.from_url(
        url,
        socket_timeout=settings.timeout_s,
        socket_connect_timeout=settings.timeout_s,
        retry=Retry(NoBackoff(), 0),
        client_name="banyan",
    )
    try:
        # The braces are Redis' hash tag: every key of a company lies on one node of a cluster.
        yield RedisStore(client, f"{{{company}}}")
    finally:
        await client.aclose()


def pairs(items: Sequence[tuple[int, int | bytes]]) -> list[int | bytes]:
    """[(a, 1), (b, 2)] as the flat argument list a script takes."""
    return [value for pair in items for value in pair]

"""Redis behind short timeouts and a circuit breaker. What fails raises CacheDownError, and the caller goes without."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app.settings import RedisSettings

_LUA: Final = Path(__file__).with_name("lua")
_FAILURES_TO_OPEN: Final = 3
_REST_S: Final = 2.0
_PATIENCE: Final = 0.8
"""What part of a command's time limit Redis may be asked to wait for something to come."""
_HEARD_S: Final = 0.2
"""After so long without a message a listener looks about."""


class CacheDownError(Exception):
    """Redis did not answer in time, or is given a rest. Never leaves the room: everything works without it."""


class RedisStore:
    """Runs the scripts of lua/ by name, and carries messages. Safe for concurrent use within one event loop.

    After three failures in a row nothing is sent for two seconds, so that a dead Redis costs a request nothing.
    """

    def __init__(
        self, client: Redis, prefix: str, *, monotonic: Callable[[], float] = time.monotonic, patience_s: float = 0.4
    ) -> None:
        self._client = client
        self._scripts = {path.stem: client.register_script(path.read_text()) for path in sorted(_LUA.glob("*.lua"))}
        self._prefix = prefix
        self._monotonic = monotonic
        self._patience_s = patience_s
        self._failures = 0
        self._closed_until = 0.0

    @property
    def resting(self) -> bool:
        """Whether nothing is sent for the moment."""
        return self._monotonic() < self._closed_until

    async def run(self, script: str, *arguments: str | int | bytes) -> Any:
        """The answer of a script, values as bytes. Raises CacheDownError."""
        return await self._guarded(script, partial(self._scripts[script], args=[self._prefix, *arguments]))

    async def publish(self, topic: str, message: bytes) -> int:
        """Tell a message to whoever hears a topic; how many do. Raises CacheDownError."""
        return int(await self._guarded("publish", partial(self._client.publish, f"{self._prefix}:{topic}", message)))

    async def wait_for(self, name: str) -> bytes | None:
        """What somebody leaves under a name, once; None when nothing comes in most of a command's time. Raises
        CacheDownError."""
        wait: Any = partial(self._client.blpop, [f"{self._prefix}:{name}"], timeout=self._patience_s)
        found = await self._guarded("wait", wait)
        return None if found is None else found[1]

    @asynccontextmanager
    async def heard(self, topic: str) -> AsyncIterator[Callable[[], Awaitable[bytes | None]]]:
        """Hear a topic: each call gives the next message, or None after a moment without one. Raises CacheDownError."""
        async with self._client.pubsub() as channel:
            await self._guarded("subscribe", partial(channel.subscribe, f"{self._prefix}:{topic}"))
            get = partial(channel.get_message, ignore_subscribe_messages=True, timeout=_HEARD_S)

            async def following() -> bytes | None:
                # Silence says nothing about how Redis is, so it does not count for its rest.
                try:
                    message = await get()
                except (RedisError, OSError, TimeoutError) as error:
                    raise CacheDownError(f"hear: {type(error).__name__}: {error}") from error
                return None if message is None else message["data"]

            yield following

    async def _guarded(self, what: str, command: Callable[[], Awaitable[Any]]) -> Any:
        if self.resting:
            raise CacheDownError("Redis is given a rest after it failed")
        try:
            answer = await command()
        except (RedisError, OSError, TimeoutError) as error:
            self._failures += 1
            if self._failures >= _FAILURES_TO_OPEN:
                self._closed_until = self._monotonic() + _REST_S
            raise CacheDownError(f"{what}: {type(error).__name__}: {error}") from error
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
        yield RedisStore(client, f"{{{company}}}", patience_s=_PATIENCE * settings.timeout_s)
    finally:
        await client.aclose()


def joined(ixs: Iterable[int]) -> str:
    """Inner numbers as one argument of a script: a thousand arguments cost the client milliseconds."""
    return " ".join(map(str, ixs))


def lines(values: Iterable[Any]) -> bytes:
    """Values as JSON, a line each, as one argument."""
    return b"\n".join(map(orjson.dumps, values))


def pairs(items: Sequence[tuple[int, int | bytes]]) -> list[int | bytes]:
    """[(a, 1), (b, 2)] as the flat argument list a script takes."""
    return [value for pair in items for value in pair]

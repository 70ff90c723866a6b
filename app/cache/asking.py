"""Questions that one process answers for all others, over Redis. Nothing is kept there: without Redis, and while nobody
answers, the question comes back without an answer."""

import secrets
from collections.abc import Callable
from typing import Final

import orjson
from prometheus_client import Counter

from app.cache.hearing import Listener
from app.cache.store import CacheDownError, RedisStore

ASKED: Final = Counter(
    "banyan_cache_questions_total", "Questions to another process: answered, nobody, late, error", ["topic", "result"]
)
REPLY_LIFE_MS: Final = 5_000


class Questions:
    """Asks whoever answers a topic."""

    def __init__(self, store: RedisStore, topic: str) -> None:
        self._store = store
        self._topic = topic

    async def ask(self, question: bytes) -> bytes | None:
        """The answer; None when nobody answers in time, or Redis does not."""
        reply = f"reply:{secrets.token_hex(8)}"
        try:
            if not await self._store.publish(self._topic, orjson.dumps([reply, question.decode()])):
                ASKED.labels(self._topic, "nobody").inc()
                return None
            answer = await self._store.wait_for(reply)
        except CacheDownError:
            ASKED.labels(self._topic, "error").inc()
            return None
        ASKED.labels(self._topic, "late" if answer is None else "answered").inc()
        return answer


class Answers:
    """Answers a topic. `answer` must be quick: questions wait for each other."""

    def __init__(self, store: RedisStore, topic: str, answer: Callable[[bytes], bytes | None]) -> None:
        self._store = store
        self._answer = answer
        self._questions = Listener(store, topic, self._reply)

    async def serve(self, going_on: Callable[[], bool]) -> None:
        """Answer as long as that says so, also after Redis was away."""
        await self._questions.serve(going_on)

    async def _reply(self, message: bytes) -> None:
        reply, question = orjson.loads(message)
        answer = self._answer(question.encode())
        if answer is not None:
            await self._store.run("reply", reply, answer, REPLY_LIFE_MS)

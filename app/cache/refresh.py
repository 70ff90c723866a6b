"""The roll-up's side of the cache: what it has counted becomes visible here, and nothing older can come back."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar

import structlog

from app.cache.metrics import REFRESHES
from app.cache.models import Numbers
from app.cache.store import CacheDownError, RedisStore, joined, lines, pairs

STANDING_LIFE_MS: Final = 24 * 3600 * 1000
HOLD_MS: Final = 10_000
"""How long readers trust a generation that the roll-up no longer confirms."""
_A_CALL: Final = 1_000

Item = TypeVar("Item")
LoadNumbers = Callable[[Sequence[int]], Awaitable[Mapping[int, Numbers]]]
_log = structlog.get_logger(__name__)


class CacheRefresher:
    """Used by the one worker that rolls up. Never raises for Redis' sake; the roll-up does not wait for a dead Redis.

    `load_numbers` reads the tallies of some people after the step that changed them was committed.
    """

    def __init__(self, store: RedisStore, load_numbers: LoadNumbers, *, hold_ms: int = HOLD_MS) -> None:
        self._store = store
        self._hold_ms = hold_ms
        self._load_numbers = load_numbers
        self._generation: bytes | None = None

    async def refresh(
        self,
        seq_from: int,
        seq_to: int,
        touched: Sequence[int],
        versions: Mapping[str, Mapping[int, int]],
        *,
        recorded_at: int,
    ) -> None:
        """The facts (seq_from, seq_to] are committed in the tallies; `seq_from == seq_to` confirms that nothing is new.
        `recorded_at`: when the fact `seq_to` was, epoch ms.

        Whatever the cache was not told of (a crash before this call, a flush, a restart, an older backup) shows in its
        seq, and then a new generation begins, empty.
        """
        try:
            if self._generation is None:
                await self._adopt_or_renew(seq_to, recorded_at)
            elif not await self._go_on(self._generation, seq_from, seq_to, touched, versions, recorded_at=recorded_at):
                await self._renew(seq_to)
            else:
                REFRESHES.labels("done").inc()
        except CacheDownError as error:
            self._generation = None
            REFRESHES.labels("error").inc()
            _log.debug("cache not refreshed", error=str(error), seq=seq_to)

    async def _go_on(
        self,
        generation: bytes,
        seq_from: int,
        seq_to: int,
        touched: Sequence[int],
        versions: Mapping[str, Mapping[int, int]],
        *,
        recorded_at: int,
    ) -> bool:
        """False when the generation is not ours or does not stand where we think."""
        run = self._store.run
        if seq_from != seq_to:
            # First the mark: from here on nothing is kept that was read before.
            if not await run("begin_refresh", generation, seq_from, seq_to, STANDING_LIFE_MS):
                return False
            for tree, changed in versions.items():
                for some in _chunks(list(changed.items())):
                    if not await run("refresh_versions", generation, tree, *pairs(some)):
                        return False
            for people in _chunks(touched):
                kept = [int(ix) for ix in await run("kept_numbers", generation, joined(people))]
                if kept and not await self._renew_numbers(generation, kept):
                    return False
        ends = (seq_to, STANDING_LIFE_MS, self._hold_ms, seq_from, recorded_at)
        return bool(await run("end_refresh", generation, *ends))

    async def _renew_numbers(self, generation: bytes, kept: Sequence[int]) -> bool:
        numbers = await self._load_numbers(kept)
        return bool(await self._store.run("refresh_numbers", generation, joined(numbers), lines(numbers.values())))

    async def _adopt_or_renew(self, seq: int, recorded_at: int) -> None:
        """A generation that stands exactly where the tallies do is as good as new; any other is left to die."""
        standing = await self._store.run("standing")
        if standing and int(standing[1]) == int(standing[2]) == seq:
            self._generation = standing[0]
            await self._store.run("end_refresh", standing[0], seq, STANDING_LIFE_MS, self._hold_ms, seq, recorded_at)
        else:
            await self._renew(seq)

    async def _renew(self, seq: int) -> None:
        generation = secrets.token_hex(8).encode()
        await self._store.run("new_generation", generation, seq, STANDING_LIFE_MS, self._hold_ms)
        self._generation = generation
        REFRESHES.labels("generation").inc()
        _log.info("cache generation", seq=seq)


def _chunks(items: Sequence[Item]) -> list[Sequence[Item]]:
    return [items[first : first + _A_CALL] for first in range(0, len(items), _A_CALL)]

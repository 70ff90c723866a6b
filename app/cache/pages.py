"""Pages of structure: looked for, loaded by one process at a time, loaded anew before they end, and kept where there is
room or where they are worth it."""

import asyncio
import random
import secrets
import time
import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
import zstandard

from app.cache.metrics import REQUESTS, STORES
from app.cache.models import HearsOfMoments, KeptNumbers, Loaded, Numbers, ServedPage, Standing, Structure
from app.cache.store import CacheDownError, RedisStore, joined
from app.flights import SingleFlight

PAGE_LIFE_MS: Final = 2 * 60 * 60 * 1000
"""Where there is room; before that a page ends because its subtree has another version, or because it is evicted."""
UNSETTLED_LIFE_MS: Final = 10 * 60 * 1000
"""Of a page that another version does not end in any case."""
EARLY_MS: Final = 60 * 1000
"""A page in the last minute of its life is loaded anew by one of those who ask, while all get the one that is there."""
CLAIM_MS: Final = 2_000
"""How long one process may load a page before another does as well."""
WORTH_MS: Final = 20.0
"""Where Redis is nearly full: what a page costs to load, times how often it was asked for lately, to be kept."""
LATELY_S: Final = 600.0
"""The count of those who ask begins anew after so long, and remembers the time before."""
BUCKETS: Final = 1 << 16
"""Counts are kept by a hash of what is asked for, so that they take no more room; two in one are kept sooner."""
JITTER: Final = 0.2
IXS: Final = "ixs"
"""The column of a page that says whose numbers belong to it."""
_PAUSES_S: Final = (0.005, 0.01, 0.02, 0.04, 0.08, *[0.1] * 20)
"""Between looks for a page that another process loads; longer together than its claim."""
_DEADLINE_S: Final = 5.0

Load = Callable[[int | None], Awaitable[Loaded | None]]
"""Takes a fact of which, and of all before it, everything is seen by whoever reads now; None where none is known."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A page below `id`; `shape` names everything else that it depends on."""

    tree: str
    id: str
    shape: str
    numbered: bool = False
    """Whether the numbers of those on it are looked for too."""

    @property
    def bucket(self) -> int:
        """Where those who ask for it are counted."""
        return zlib.crc32(f"{self.tree}:{self.id}:{self.shape}".encode()) % BUCKETS


@dataclass(frozen=True, slots=True)
class _Kept:
    """A page as it lies in Redis: nothing below its root changed from `version` until it was read as of `seq`."""

    version: int
    seq: int
    structure: Structure

    def holds(self, at: int, done: int) -> bool:
        """Whether it is the page as of the fact `at`. While it is found, nothing has changed up to `done` either."""
        return at == self.seq or (self.version <= at <= done and self.seq <= done)


@dataclass(frozen=True, slots=True)
class _Look:
    """What was found. `mine`: this process is to load it. `asks`: how many asked lately and did not find it."""

    standing: Standing
    kept: _Kept | None
    mine: bool
    asks: int
    numbers: KeptNumbers | None = None

    def page(self, at: int | None) -> ServedPage | None:
        """What was found, where it is the page as of that fact, or as it is now."""
        kept, done = self.kept, self.standing.done
        if kept is None or (at is not None and not kept.holds(at, done)):
            return None
        return ServedPage(kept.structure, done, max(kept.seq, done) if at is None else at, self.numbers)


class Pages:
    """Asks Redis once; without it every page is loaded. `store` None means no cache at all."""

    def __init__(self, store: RedisStore | None, monotonic: Callable[[], float], hear: HearsOfMoments) -> None:
        self._store = store
        self._monotonic = monotonic
        self._hear = hear
        self._word = secrets.token_hex(8)  # which process has a claim
        self._flights: SingleFlight[ServedPage | None] = SingleFlight(_DEADLINE_S)
        self._renewals: set[asyncio.Task[ServedPage | None]] = set()
        self._compress = zstandard.ZstdCompressor(level=3).compress
        self._decompress = zstandard.ZstdDecompressor().decompress

    async def page(self, asked: Asked, load: Load, at: int | None) -> ServedPage | None:
        """As of the fact `at`, or as it is now. `load` reads it as of the same fact; None when it finds nobody."""
        # What is read as of an earlier fact cannot take the place of a page that is there.
        look = await self._look_counted(asked, 0 if at is not None else EARLY_MS)
        if look is not None and (page := look.page(at)) is not None:
            if look.mine:
                self._renew(asked, look, load)
            return page
        # The standing belongs to the key: who looked after a refresh must not share a load from before it.
        key = (asked, at, None if look is None else look.standing)
        return await self._flights.load(key, lambda: self._loaded_by_one(asked, look, load, at))

    async def _loaded_by_one(self, asked: Asked, look: _Look | None, load: Load, at: int | None) -> ServedPage | None:
        """Wait while another process loads it; load it where none does, or where that takes long."""
        for pause_s in _PAUSES_S:
            if look is None or look.mine or look.kept is not None:
                break
            await asyncio.sleep(pause_s)
            again = await self._look_again(asked)
            if again is not None and (page := again.page(at)) is not None:
                return page
            look = None if again is None else replace(again, asks=look.asks)
        return await self._load(asked, look, load)

    async def _load(self, asked: Asked, look: _Look | None, load: Load) -> ServedPage | None:
        began, loaded, offered = self._monotonic(), None, False
        try:
            loaded = await load(None if look is None else int(look.standing.mark))
            if loaded is None:
                return None
            if look is not None and loaded.version >= 0:
                offered = True
                await self._offer(asked, look, loaded, (self._monotonic() - began) * 1000)
            return ServedPage(loaded.structure, loaded.as_of_seq, loaded.seq)
        finally:
            if look is not None and look.mine and not offered:
                await self._leave(asked, look.standing)

    def _renew(self, asked: Asked, look: _Look, load: Load) -> None:
        """Before it ends."""
        task = asyncio.create_task(self._load(asked, look, load), name=f"renew {asked}")
        self._renewals.add(task)
        task.add_done_callback(self._renewed)

    def _renewed(self, task: asyncio.Task[ServedPage | None]) -> None:
        self._renewals.discard(task)
        if not task.cancelled():
            task.exception()  # read, so that a failure nobody waited for is no warning: the next who asks loads it

    async def _look_counted(self, asked: Asked, early_ms: int) -> _Look | None:
        """The first look of somebody who asks; a page that ends within `early_ms` may be theirs to load anew."""
        if self._store is None or self._store.resting:
            REQUESTS.labels("structure", "bypass").inc()
            return None
        try:
            look = await self._look_in(self._store, asked, early_ms, int(time.time() / LATELY_S))
        except CacheDownError:
            REQUESTS.labels("structure", "error").inc()
            return None
        found = "bypass" if look is None else "miss" if look.kept is None else "hit"
        REQUESTS.labels("structure", found).inc()
        return look

    async def _look_again(self, asked: Asked) -> _Look | None:
        """While they wait, which is in no count."""
        if self._store is None:
            return None
        try:
            return await self._look_in(self._store, asked, 0, 0)
        except CacheDownError:
            return None

    async def _look_in(self, store: RedisStore, asked: Asked, early_ms: int, window: int) -> _Look | None:
        answer: Any = await store.run(
            "look_page", asked.tree, asked.id, asked.shape, self._word, CLAIM_MS, early_ms,
            window, asked.bucket, int(2 * LATELY_S * 1000), int(asked.numbered),
        )  # fmt: skip
        if not answer:
            return None
        generation, mark, done, page, mine, asks, recorded, found = answer
        hear_of(recorded, self._hear)
        standing = Standing(generation, mark, int(done))
        if page is None:
            return _Look(standing, None, bool(mine), int(asks))
        kept = self._opened(page)
        numbers = KeptNumbers(standing, numbers_of(kept.structure[IXS], found)) if asked.numbered else None
        return _Look(standing, kept, bool(mine), int(asks), numbers)

    def _packed(self, kept: _Kept) -> bytes:
        """As it lies in Redis: the numbers of those on it in a line that a script can read, then all of it."""
        return joined(kept.structure.get(IXS, ())).encode() + b"\n" + self._compress(orjson.dumps(kept))

    def _opened(self, page: bytes) -> _Kept:
        return _Kept(**orjson.loads(self._decompress(page[page.index(b"\n") + 1 :])))

    async def _offer(self, asked: Asked, look: _Look, loaded: Loaded, cost_ms: float) -> None:
        page = self._packed(_Kept(loaded.version, loaded.seq, loaded.structure))
        worth = int(cost_ms * look.asks >= WORTH_MS or look.kept is not None)
        standing, lasts = look.standing, life(PAGE_LIFE_MS if loaded.settled else UNSETTLED_LIFE_MS)
        result = await self._run(
            "keep_page", standing.generation, standing.mark, asked.tree, asked.id, loaded.ix, asked.shape,
            loaded.version, page, lasts, self._word, worth,
        )  # fmt: skip
        STORES.labels("structure", {None: "error", 1: "kept", 0: "dropped"}.get(result, "refused")).inc()

    async def _leave(self, asked: Asked, standing: Standing) -> None:
        """Another may load it."""
        await self._run("leave_page", standing.generation, standing.mark, asked.tree, asked.id, asked.shape, self._word)

    async def _run(self, script: str, *arguments: str | int | bytes) -> Any:
        """The script's answer; None without Redis."""
        if self._store is None:
            return None
        try:
            return await self._store.run(script, *arguments)
        except CacheDownError:
            return None


def numbers_of(ixs: Sequence[int], found: bytes) -> dict[int, Numbers]:
    """What a look found of these people's numbers, by ix."""
    return {ix: value for ix, value in zip(ixs, orjson.loads(b"[%b]" % found), strict=True) if value is not None}


def hear_of(recorded: bytes | None, hear: HearsOfMoments) -> None:
    """Tell on what a look says of a fact and its moment; there is none before the first."""
    if recorded is not None:
        seq, recorded_at = map(int, recorded.split(b":"))
        if recorded_at:
            hear(seq, recorded_at)


def life(milliseconds: int) -> int:
    """Some time around it, so that what was kept together does not end together."""
    return int(milliseconds * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311  spreading, not secrecy

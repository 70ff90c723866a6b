"""What readers see of the cache: pages of structure and people's numbers, kept only when nothing changed meanwhile."""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import orjson
import zstandard

from app.cache.flights import SingleFlight
from app.cache.metrics import REQUESTS, STORES
from app.cache.store import CacheDownError, RedisStore, pairs

PAGE_LIFE_MS: Final = 10 * 60 * 1000
NUMBER_LIFE_MS: Final = 10 * 60 * 1000
_JITTER: Final = 0.2
_DEADLINE_S: Final = 5.0

Value = TypeVar("Value")
Structure = dict[str, Any]
"""Columns of a page: lists of the same length, and scalars; anything JSON carries."""
Numbers = list[int]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A page from the graph: the trees as of the fact `seq`, exactly. `version` is not above it; -1 is never kept."""

    ix: int
    version: int
    as_of_seq: int
    seq: int
    structure: Structure


@dataclass(frozen=True, slots=True)
class Served(Generic[Value]):
    """An answer, and the last fact that is surely in it."""

    value: Value
    as_of_seq: int


@dataclass(frozen=True, slots=True)
class ServedPage:
    """Columns of the trees as of the fact `seq`, exactly; what else they say knows every fact up to `as_of_seq`."""

    columns: Structure
    as_of_seq: int
    seq: int


@dataclass(frozen=True, slots=True)
class _Standing:
    """What a look found of the generation."""

    generation: bytes
    mark: bytes
    done: int


@dataclass(frozen=True, slots=True)
class _Kept:
    """A page as it lies in Redis: nothing below its root changed from `version` until it was read as of `seq`."""

    version: int
    seq: int
    structure: Structure

    def holds(self, at: int, done: int) -> bool:
        """Whether it is the page as of the fact `at`. While it is found, nothing has changed up to `done` either."""
        return at == self.seq or (self.version <= at <= done and self.seq <= done)


class SubtreeCache:
    """Hot subtrees. Without Redis every question goes to the graph: slower, never wrong.

    `store` None means no cache at all.
    """

    def __init__(self, store: RedisStore | None) -> None:
        self._store = store
        self._flights: SingleFlight[Loaded | None] = SingleFlight(_DEADLINE_S)
        self._compress = zstandard.ZstdCompressor(level=3).compress
        self._decompress = zstandard.ZstdDecompressor().decompress

    async def structure(
        self, tree: str, id: str, shape: str, load: Callable[[], Awaitable[Loaded | None]], *, at: int | None = None
    ) -> ServedPage | None:
        """A page below `id`, as of the fact `at` or as it is now; `shape` names everything else that it depends on.

        `load` reads it as of the same fact. None when it finds nobody.
        """
        standing, found = await self._look("structure", "look_page", tree, id, shape)
        if standing is not None and found and (page := found[0]) is not None:
            kept = _Kept(**orjson.loads(self._decompress(page)))
            if at is None or kept.holds(at, standing.done):
                seq = max(kept.seq, standing.done) if at is None else at
                return ServedPage(kept.structure, standing.done, seq)
        # The generation and mark belong to the key: who looked after a refresh must not share a load from before it.
        key = (tree, id, shape, at, standing)
        loaded = await self._flights.load(key, lambda: self._load_page(tree, id, shape, standing, load))
        return None if loaded is None else ServedPage(loaded.structure, loaded.as_of_seq, loaded.seq)

    async def numbers(
        self, ixs: Sequence[int], load: Callable[[Sequence[int]], Awaitable[Served[dict[int, Numbers]]]]
    ) -> Served[dict[int, Numbers]]:
        """Numbers by ix; who has none is left out. `load` is asked for those that are not kept."""
        standing, found = await self._look("numbers", "look_numbers", *ixs)
        known = {ix: orjson.loads(value) for ix, value in zip(ixs, found, strict=False) if value is not None}
        missing = [ix for ix in ixs if ix not in known]
        if standing is not None and not missing:
            return Served(known, standing.done)
        loaded = await load(missing)
        if standing is not None and loaded.value:
            values = [(ix, orjson.dumps(numbers)) for ix, numbers in loaded.value.items()]
            await self._keep(
                "numbers", "keep_numbers", standing.generation, standing.mark, _life(NUMBER_LIFE_MS), *pairs(values)
            )
        as_of_seq = loaded.as_of_seq if standing is None or not known else min(loaded.as_of_seq, standing.done)
        return Served(known | loaded.value, as_of_seq)

    async def _load_page(
        self,
        tree: str,
        id: str,
        shape: str,
        standing: _Standing | None,
        load: Callable[[], Awaitable[Loaded | None]],
    ) -> Loaded | None:
        loaded = await load()
        if loaded is not None and standing is not None and loaded.version >= 0:
            page = self._compress(orjson.dumps(_Kept(loaded.version, loaded.seq, loaded.structure)))
            await self._keep(
                "structure",
                "keep_page",
                standing.generation,
                standing.mark,
                tree,
                id,
                loaded.ix,
                shape,
                loaded.version,
                page,
                _life(PAGE_LIFE_MS),
            )
        return loaded

    async def _look(self, kind: str, script: str, *arguments: str | int) -> tuple[_Standing | None, list[bytes | None]]:
        if self._store is None or self._store.resting:
            REQUESTS.labels(kind, "bypass").inc()
            return None, []
        try:
            answer = await self._store.run(script, *arguments)
        except CacheDownError:
            REQUESTS.labels(kind, "error").inc()
            return None, []
        if not answer:
            REQUESTS.labels(kind, "bypass").inc()
            return None, []
        generation, mark, done, *found = answer
        complete = bool(found) and all(value is not None for value in found)
        REQUESTS.labels(kind, "hit" if complete else "miss").inc()
        return _Standing(generation, mark, int(done)), found

    async def _keep(self, kind: str, script: str, *arguments: str | int | bytes) -> None:
        if self._store is None:
            return
        try:
            kept = await self._store.run(script, *arguments)
        except CacheDownError:
            STORES.labels(kind, "error").inc()
            return
        STORES.labels(kind, "kept" if kept else "dropped").inc()


def _life(milliseconds: int) -> int:
    """Some time around it, so that what was kept together does not end together."""
    return int(milliseconds * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311  spreading, not secrecy

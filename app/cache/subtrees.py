"""What readers see of the cache: pages of structure and people's numbers, kept only when nothing changed meanwhile."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import orjson

from app.cache.metrics import REQUESTS, STORES
from app.cache.models import HEARS_NOTHING, HearsOfMoments, Loaded, Numbers, Served, ServedPage, Standing
from app.cache.pages import Asked, Pages, hear_of, life
from app.cache.store import CacheDownError, RedisStore, joined, lines

NUMBER_LIFE_MS: Final = 10 * 60 * 1000
"""Shorter than that of pages: each that is kept is written anew with every order below."""


class SubtreeCache:
    """Hot subtrees. Without Redis every question goes to the graph: slower, never wrong.

    `store` None means no cache at all.
    """

    def __init__(
        self,
        store: RedisStore | None,
        monotonic: Callable[[], float] = time.monotonic,
        hear: HearsOfMoments = HEARS_NOTHING,
    ) -> None:
        """`monotonic`: the clock by which a load's cost is told. `hear`: is told when facts were recorded whose as-of
        marks answers are about to want."""
        self._store = store
        self._pages = Pages(store, monotonic, hear)
        self._hear = hear

    async def structure(
        self, tree: str, id: str, shape: str, load: Callable[[], Awaitable[Loaded | None]], *, at: int | None = None
    ) -> ServedPage | None:
        """A page below `id`, as of the fact `at` or as it is now; `shape` names everything else that it depends on.

        `load` reads it as of the same fact. None when it finds nobody.
        """
        return await self._pages.page(Asked(tree, id, shape), load, at)

    async def numbers(
        self, ixs: Sequence[int], load: Callable[[Sequence[int]], Awaitable[Served[dict[int, Numbers]]]]
    ) -> Served[dict[int, Numbers]]:
        """Numbers by ix; who has none is left out. `load` is asked for those that are not kept."""
        standing, found = await self._look(ixs)
        known = {ix: orjson.loads(value) for ix, value in zip(ixs, found, strict=False) if value is not None}
        missing = [ix for ix in ixs if ix not in known]
        if standing is not None and not missing:
            return Served(known, standing.done)
        loaded = await load(missing)
        if standing is not None and loaded.value:
            await self._keep(standing, loaded.value)
        as_of_seq = loaded.as_of_seq if standing is None or not known else min(loaded.as_of_seq, standing.done)
        return Served(known | loaded.value, as_of_seq)

    async def _look(self, ixs: Sequence[int]) -> tuple[Standing | None, list[bytes | None]]:
        if self._store is None or self._store.resting:
            REQUESTS.labels("numbers", "bypass").inc()
            return None, []
        try:
            answer = await self._store.run("look_numbers", joined(ixs))
        except CacheDownError:
            REQUESTS.labels("numbers", "error").inc()
            return None, []
        if not answer:
            REQUESTS.labels("numbers", "bypass").inc()
            return None, []
        generation, mark, done, recorded, *found = answer
        hear_of(recorded, self._hear)
        complete = bool(found) and all(value is not None for value in found)
        REQUESTS.labels("numbers", "hit" if complete else "miss").inc()
        return Standing(generation, mark, int(done)), found

    async def _keep(self, standing: Standing, numbers: dict[int, Numbers]) -> None:
        if self._store is None:
            return
        values = (joined(numbers), lines(numbers.values()))
        try:
            kept = await self._store.run(
                "keep_numbers", standing.generation, standing.mark, life(NUMBER_LIFE_MS), *values
            )
        except CacheDownError:
            STORES.labels("numbers", "error").inc()
            return
        STORES.labels("numbers", "kept" if kept else "dropped").inc()

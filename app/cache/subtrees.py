"""What readers see of the cache: pages of structure and people's numbers, kept only when nothing changed meanwhile."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from app.cache.metrics import REQUESTS, STORES
from app.cache.models import HEARS_NOTHING, HearsOfMoments, KeptNumbers, Numbers, Served, ServedPage, Standing
from app.cache.pages import Asked, Load, Pages, hear_of, life, numbers_of
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
        self, tree: str, id: str, shape: str, load: Load, *, at: int | None = None, numbered: bool = False
    ) -> ServedPage | None:
        """A page below `id`, as of the fact `at` or as it is now; `shape` names everything else that it depends on.

        `load` reads it as of the same fact. None when it finds nobody. `numbered`: the numbers of those in its column
        `ixs` are wanted too, and looked for in the same trip.
        """
        return await self._pages.page(Asked(tree, id, shape, numbered=numbered), load, at)

    async def numbers(
        self,
        ixs: Sequence[int],
        load: Callable[[Sequence[int]], Awaitable[Served[dict[int, Numbers]]]],
        kept: KeptNumbers | None = None,
    ) -> Served[dict[int, Numbers]]:
        """Numbers by ix; who has none is left out. `load` is asked for those that are not kept. `kept`: what was found
        with their page; else they are looked for here."""
        if kept is None:
            kept = await self._look(ixs)
        if kept is None:
            return await load(ixs)
        missing = [ix for ix in ixs if ix not in kept.by_ix]
        REQUESTS.labels("numbers", "miss" if missing else "hit").inc()
        if not missing:
            return Served(kept.by_ix, kept.standing.done)
        loaded = await load(missing)
        if loaded.value:
            await self._keep(kept.standing, loaded.value)
        as_of_seq = min(loaded.as_of_seq, kept.standing.done) if kept.by_ix else loaded.as_of_seq
        return Served(kept.by_ix | loaded.value, as_of_seq)

    async def _look(self, ixs: Sequence[int]) -> KeptNumbers | None:
        if self._store is None or self._store.resting:
            REQUESTS.labels("numbers", "bypass").inc()
            return None
        try:
            answer = await self._store.run("look_numbers", joined(ixs))
        except CacheDownError:
            REQUESTS.labels("numbers", "error").inc()
            return None
        if not answer:
            REQUESTS.labels("numbers", "bypass").inc()
            return None
        generation, mark, done, recorded, found = answer
        hear_of(recorded, self._hear)
        return KeptNumbers(Standing(generation, mark, int(done)), numbers_of(ixs, found))

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

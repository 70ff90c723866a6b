"""Sums up the ways to the top.

A `Climber` remembers parents as of an instant and a fact, asks the graph only for those it has not met, and is told of
every structural fact in order; so a batch of orders usually climbs without any question to the graph.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.engine.columns import Bools
from app.volumes.models import NOBODY, Structure, Tree
from app.volumes.ways import from_below, sum_up, ways_up

Ints = NDArray[np.int64]
Fetch = Callable[[Tree, Sequence[int], int, int], Awaitable[tuple[Sequence[int], Sequence[int]]]]
"""(tree, ixs, known seq, before instant) to the edges (children, parents) of eight levels of their ways up."""

ALWAYS: Final = 253_402_300_799_000
"""An instant after every other: the tree as it is now."""
_UNKNOWN: Final = -2
_ASKED_AT_ONCE: Final = 10_000


class Climber:
    """The trees just before some instants, as known at the fact `known`."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._parents: dict[tuple[Tree, int], Ints] = {}
        self._met = np.empty(0, np.bool_)
        self.known = -1

    def use(self, fetch: Fetch) -> None:
        """Ask through this from now on: each transaction has its own way to the graph."""
        self._fetch = fetch

    def begin(self, known: int) -> None:
        """Stand at the fact `known`; what was learned on the way to another one (a batch rolled back) is dropped."""
        if known != self.known:
            self._parents.clear()
            self.known = known

    def advance(self, known: int, structure: Iterable[Structure]) -> None:
        """Go on to the fact `known`, over these structural facts in order."""
        for fact in structure:
            if fact.kind == "Enrol":
                self._learn_newcomer(fact)
            else:
                self._forget(fact.tree, fact.ix)
        self.known = known

    def keep(self, instants: Iterable[int]) -> None:
        """Forget the trees of instants that nobody will ask about again."""
        wanted = {*instants, ALWAYS}
        for key in [key for key in self._parents if key[1] not in wanted]:
            del self._parents[key]

    async def parents_of(self, tree: Tree, before: int, ixs: Sequence[int]) -> list[int]:
        """The parent of each person, -1 at the top."""
        people = np.array(ixs, np.int64)
        await self._know(tree, before, people)
        parents: list[int] = self._parents[tree, before][people].tolist()
        return parents

    async def climb(self, tree: Tree, before: int, starts: Ints, amounts: Ints, seqs: Ints) -> tuple[Ints, Ints, Ints]:
        """Carry amounts from each start to the top, the start included.

        starts (n,), amounts (n, k), seqs (n,). Returns the people passed, ascending (m,), the sums that reached each
        (m, k), and the highest seq that did (m,).
        """
        people = await self._know(tree, before, starts)
        parents = self._parents[tree, before][people]
        above = np.where(parents >= 0, np.searchsorted(people, parents), NOBODY)
        through = from_below(above)
        if through.size < people.size:
            raise AssertionError(f"the {tree} tree has a cycle among {people[:5].tolist()}… as known at {self.known}")
        return people, *sum_up(above, through, np.searchsorted(people, starts), amounts, seqs)

    async def climb_levels(
        self, tree: Tree, before: int, *, starts: Ints, levels: Ints, amounts: Ints, depth: int
    ) -> tuple[Ints, Ints]:
        """Carry amounts up `depth` levels: what is on level k of somebody is on level k + 1 of who stands above.

        starts and levels (n,), amounts (n, k); level 0 is the start itself. Returns the people who got something on
        level 1 or further down, ascending (m,), and the sums of their levels 1 to `depth` (m, depth, k).
        """
        people = await self._know(tree, before, starts)
        parents = self._parents[tree, before][people]
        above = np.where(parents >= 0, np.searchsorted(people, parents), NOBODY)
        width = depth + 1
        sums = np.zeros((people.size * width, amounts.shape[1]), np.int64)
        passed = np.zeros(people.size * width, np.bool_)
        at, carried = np.searchsorted(people, starts) * width + levels, amounts
        while at.size:
            at, carried = _merge(at, carried)
            sums[at] += carried
            passed[at] = True
            who, level = np.divmod(at, width)
            going_on = (above[who] >= 0) & (level < depth)
            at, carried = above[who[going_on]] * width + level[going_on] + 1, carried[going_on]
        got = passed.reshape(-1, width)[:, 1:].any(axis=1)
        return people[got], sums.reshape(people.size, width, -1)[got, 1:]

    async def _know(self, tree: Tree, before: int, starts: Ints) -> Ints:
        """Make the ways up from `starts` known; everybody on them, ascending."""
        self._room(tree, before, int(starts.max(initial=0)))
        while True:
            parents = self._parents[tree, before]
            people = ways_up(parents, starts, self._met_for(parents))
            unknown = people[parents[people] == _UNKNOWN]
            if not unknown.size:
                return np.sort(people)
            for first in range(0, unknown.size, _ASKED_AT_ONCE):
                await self._ask(tree, before, unknown[first : first + _ASKED_AT_ONCE])

    async def _ask(self, tree: Tree, before: int, unknown: Ints) -> None:
        children, parents = await self._fetch(tree, unknown.tolist(), self.known, before)
        child = np.asarray(children, np.int64)
        parent = np.asarray(parents, np.int64)
        column = self._room(tree, before, int(max(child.max(initial=0), parent.max(initial=0))))
        column[unknown] = NOBODY
        column[child] = parent

    def _room(self, tree: Tree, before: int, ix: int) -> Ints:
        """The column of that tree, long enough for `ix`."""
        column = self._parents.get((tree, before), np.empty(0, np.int64))
        if ix >= column.size:
            grown = np.full(max(ix + 1, 2 * column.size, 1024), _UNKNOWN, np.int64)
            grown[: column.size] = column
            self._parents[tree, before] = column = grown
        return column

    def _met_for(self, parents: Ints) -> Bools:
        """Nobody yet, of all in this column."""
        if self._met.size < parents.size:
            self._met = np.zeros(parents.size, np.bool_)
        return self._met

    def _learn_newcomer(self, fact: Structure) -> None:
        for tree, before in list(self._parents):
            parent = fact.parent_in(tree)
            column = self._room(tree, before, max(fact.ix, parent))
            column[fact.ix] = parent if fact.since_in(tree) < before else NOBODY

    def _forget(self, tree: str, ix: int) -> None:
        for key, column in self._parents.items():
            if key[0] == tree and ix < column.size:
                column[ix] = _UNKNOWN


def _merge(at: Ints, amounts: Ints) -> tuple[Ints, Ints]:
    """Amounts of the same person as one."""
    unique, group = np.unique(at, return_inverse=True)
    merged = np.zeros((unique.size, amounts.shape[1]), np.int64)
    np.add.at(merged, group, amounts)
    return unique, merged

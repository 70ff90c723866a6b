"""Edges that were lost. Whoever stood below somebody at the end of a period has an edge that says so; without it they
would top a tree of their own, and nobody above be paid for them."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.engine.errors import BrokenTreeError
from app.graph import GraphDatabase
from app.graph.paging import PEOPLE_A_CALL, in_order, ranges
from app.runs.people import KnownPeople, Moment, PeopleReader

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

PEOPLE_NAMED: Final = 20
"""That a refusal names."""
LOOKS, PAUSE_S = 3, 0.05
"""At what a commit under way may tell by halves, since it is seen record by record: how often, and how far apart."""


@dataclass(frozen=True, slots=True)
class ToldPlaces:
    """What facts say of places in a tree, one row a saying: whose, by which fact, since when, until when (-1: until
    another says otherwise), and whether they stand somewhere or gave their place up."""

    ix: Ints
    seq: Ints
    begin: Ints
    end: Ints
    stands: Bools

    def and_also(self, others: "ToldPlaces") -> "ToldPlaces":
        """Both."""
        columns = {f.name: np.concatenate([getattr(self, f.name), getattr(others, f.name)]) for f in fields(self)}
        return ToldPlaces(**columns)

    def standing(self, moment: Moment) -> Ints:
        """Who stood below somebody then: a later fact corrects what earlier ones said of the time since it holds."""
        then = (self.seq <= moment.seq) & (self.begin <= moment.at) & ((self.end < 0) | (self.end > moment.at))
        order = np.lexsort([self.seq[then], self.ix[then]])
        ix, stands = self.ix[then][order], self.stands[then][order]
        last = np.ones(len(ix), np.bool_)
        last[:-1] = ix[1:] != ix[:-1]
        standing: Ints = ix[last & stands]
        return standing


class LostEdges:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph
        self._people = PeopleReader(graph)

    async def refuse(self, people: KnownPeople, moment: Moment) -> None:
        """`people` is everybody at a moment. Raises BrokenTreeError, which names whose edges were lost: those whom no
        edge leads up, and who say themselves that they stand below somebody, or of whom facts say it."""
        for tree, alone in _alone(people):
            await self._by_own_word(tree, alone, people.ids)
            await self._by_facts(tree, alone, moment, people.ids)

    async def refuse_some(self, people: KnownPeople, first: int) -> None:
        """`people` are some, from an ix on. Raises the same of those who say themselves that they stand below somebody:
        that costs a look at these alone."""
        for tree, alone in _alone(people):
            await self._by_own_word(tree, alone + first, people.ids, first)

    async def _by_own_word(self, tree: str, alone: Ints, ids: list[str], first: int = 0) -> None:
        """Who has no edge at all, so that their live one was lost."""
        for look in range(LOOKS):
            if not len(alone):
                return
            await asyncio.sleep(look * PAUSE_S)
            reads = [
                partial(self._graph.read, f"queries/runs/lost_{tree}_edges", {"ixs": alone[begin:end].tolist()})
                for begin, end in ranges(len(alone), PEOPLE_A_CALL)
            ]
            alone = np.asarray([ix async for [page] in in_order(reads) for ix in page["ixs"]], np.int64)
        if len(alone):
            raise _lost("stand below somebody by their own word", tree, alone, ids, first)

    async def _by_facts(self, tree: str, alone: Ints, moment: Moment, ids: list[str]) -> None:
        """Who has another edge, or none any more, so that one of the past was lost: they moved, or gave a place up.
        Everybody else stands where they first came to, by their own word."""
        [row] = await self._graph.read("queries/runs/later_places", {"tree": tree})
        later = _told(row)
        moved = np.intersect1d(alone, later.ix)
        if not len(moved):
            return
        told = later
        reads = [
            partial(self._graph.read, "queries/runs/first_places", {"tree": tree, "ixs": moved[first:to].tolist()})
            for first, to in ranges(len(moved), PEOPLE_A_CALL)
        ]
        async for [row] in in_order(reads):
            told = told.and_also(_told(row))
        lost = np.intersect1d(moved, told.standing(moment))
        while len(lost):
            if await self._still_alone(tree, moment, lost[:PEOPLE_NAMED].tolist()):
                raise _lost("stood below somebody by the facts", tree, lost, ids)
            lost = lost[PEOPLE_NAMED:]

    async def _still_alone(self, tree: str, moment: Moment, ixs: list[int]) -> list[int]:
        for look in range(1, LOOKS):
            await asyncio.sleep(look * PAUSE_S)
            ixs = [ix for ix in ixs if not await self._people.stands(tree, moment, ix)]
        return ixs


def _alone(people: KnownPeople) -> Iterator[tuple[str, Ints]]:
    """By tree the rows of those whom no edge leads up."""
    for tree, above in (("sponsor", people.sponsor), ("binary", people.parent), ("matrix", people.matrix_parent)):
        if above is not None:
            yield tree, np.flatnonzero(people.enrolled & (above < 0))


def _told(row: Mapping[str, Any]) -> ToldPlaces:
    ix, seq, begin = (np.asarray(row[name], np.int64) for name in ("ixs", "seqs", "begins"))
    end = np.asarray(row.get("ends", np.full(len(ix), -1)), np.int64)
    return ToldPlaces(ix, seq, begin, end, np.asarray(row.get("stands", np.ones(len(ix))), np.bool_))


def _lost(why: str, tree: str, people: Ints, ids: list[str], first: int = 0) -> BrokenTreeError:
    """`ids` of those from the ix `first` on."""
    named = people[:PEOPLE_NAMED].tolist()
    return BrokenTreeError(
        f"in the {tree} tree {{people}} {why}, and no edge leads there",
        tree=tree,
        people=named,
        count=len(people),
        ids={ix: ids[ix - first] for ix in named},
    )

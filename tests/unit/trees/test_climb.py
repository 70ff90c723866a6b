"""Sums up the ways to the top against the obvious walk, with a graph that answers eight levels at a time."""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.volumes.climb import ALWAYS, Climber
from app.volumes.models import Structure, Tree


class Graph:
    """Eight levels of the ways up in a forest given as a parent list."""

    def __init__(self, parents: list[int]) -> None:
        self.parents = parents
        self.asked: list[int] = []

    async def fetch(self, tree: Tree, ixs: Sequence[int], known: int, before: int) -> tuple[list[int], list[int]]:
        self.asked += ixs
        edges = set()
        for start in ixs:
            ix = start
            for _ in range(8):
                if self.parents[ix] < 0:
                    break
                edges.add((ix, self.parents[ix]))
                ix = self.parents[ix]
        return [child for child, _ in edges], [parent for _, parent in edges]


def obvious(parents: list[int], starts: list[int], amounts: list[int], seqs: list[int]) -> dict[int, tuple[int, int]]:
    sums: dict[int, tuple[int, int]] = {}
    for start, amount, seq in zip(starts, amounts, seqs, strict=True):
        ix = start
        while ix >= 0:
            before = sums.get(ix, (0, 0))
            sums[ix] = (before[0] + amount, max(before[1], seq))
            ix = parents[ix]
    return sums


def climbed(climber: Climber, starts: list[int], amounts: list[int], seqs: list[int]) -> dict[int, tuple[int, int]]:
    columns = np.array(starts), np.array(amounts).reshape(-1, 1), np.array(seqs)
    people, sums, latest = asyncio.run(climber.climb("binary", ALWAYS, *columns))
    assert (np.diff(people) > 0).all()
    return {int(ix): (int(total[0]), int(seq)) for ix, total, seq in zip(people, sums, latest, strict=True)}


@st.composite
def forests(draw: st.DrawFn) -> list[int]:
    size = draw(st.integers(1, 60))
    parents = [draw(st.integers(-1, ix - 1)) if draw(st.booleans()) else ix - 1 for ix in range(size)]
    names = draw(st.permutations(range(size)))  # a moved person may have a parent with a higher number
    renamed = [-1] * size
    for ix, parent in enumerate(parents):
        renamed[names[ix]] = names[parent] if parent >= 0 else -1
    return renamed


@settings(deadline=None)
@given(forests(), st.data())
def test_climbing_equals_walking(parents: list[int], data: st.DataObject) -> None:
    graph = Graph(parents)
    climber = Climber(graph.fetch)
    for _ in range(3):
        starts = data.draw(st.lists(st.integers(0, len(parents) - 1), min_size=1, max_size=30))
        amounts = data.draw(st.lists(st.integers(-(10**12), 10**12), min_size=len(starts), max_size=len(starts)))
        seqs = data.draw(st.lists(st.integers(0, 10**9), min_size=len(starts), max_size=len(starts)))
        assert climbed(climber, starts, amounts, seqs) == obvious(parents, starts, amounts, seqs)


def test_the_same_way_is_asked_once() -> None:
    graph = Graph([-1, *range(1_999)])
    climber = Climber(graph.fetch)
    expected = obvious(graph.parents, [1_999], [5], [1])
    assert climbed(climber, [1_999], [5], [1]) == expected
    asked = len(graph.asked)
    assert asked <= 2_000 / 8 + 1
    assert climbed(climber, [1_999], [5], [1]) == expected
    assert len(graph.asked) == asked


def test_structural_facts_keep_it_true() -> None:
    graph = Graph([-1, 0, 1, 2])
    climber = Climber(graph.fetch)
    climber.begin(4)
    assert set(climbed(climber, [3], [1], [0])) == {0, 1, 2, 3}
    graph.parents = [-1, 0, 1, 0, 3]
    climber.advance(
        6,
        [
            Structure(5, "Move", 3, "binary", -1, 0, 0, 0, 0, -1, 0),
            Structure(6, "Enrol", 4, "", 0, 3, 0, 0, 0, -1, 0),
        ],
    )
    asked = len(graph.asked)
    assert set(climbed(climber, [4], [1], [0])) == {0, 3, 4}
    assert graph.asked[asked:] == [3], "a newcomer's parent is in the fact itself"


def test_another_fact_than_the_last_one_forgets_everything() -> None:
    graph = Graph([-1, 0])
    climber = Climber(graph.fetch)
    climber.begin(4)
    climbed(climber, [1], [1], [0])
    climber.advance(5, [])
    climber.begin(4)  # the batch was rolled back
    graph.asked.clear()
    climbed(climber, [1], [1], [0])
    assert graph.asked != []


def test_a_cycle_is_an_error_and_not_an_endless_walk() -> None:
    with pytest.raises(AssertionError, match="cycle"):
        climbed(Climber(Graph([1, 2, 0]).fetch), [0], [1], [0])

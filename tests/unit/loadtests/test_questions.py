"""The answers that gate PostgreSQL's times, against a walk over each person."""

from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest

from loadtests.questions import LEVELS, Question, Rows, Tree, answer_of, questions_about
from loadtests.trees import SHAPES, Trees, trees_of
from tests.unit.engine.companies import random_snapshot

COMPANIES = {shape: make(500) for shape, make in SHAPES.items()} | {
    "ugly": trees_of(random_snapshot(500, 2_000, seed=7)),
    "long sponsor lines": trees_of(random_snapshot(500, 2_000, seed=8, recent=0.01)),
}
TREES: tuple[Tree, Tree] = ("sponsor", "binary")


def _above(trees: Trees, tree: Tree, person: int) -> list[int]:
    up = trees.sponsor if tree == "sponsor" else trees.parent
    found: list[int] = []
    while up[person] >= 0:
        person = int(up[person])
        found.append(person)
    return found


@pytest.mark.parametrize("name", COMPANIES)
@pytest.mark.parametrize("tree", TREES)
def test_questions_about_one_person(name: str, tree: Tree) -> None:
    """Downline, upline and legs of everybody."""
    trees = COMPANIES[name]
    uplines = [_above(trees, tree, person) for person in range(trees.people)]
    for person in range(0, trees.people, 7):
        below = [other for other in range(trees.people) if person in uplines[other]]
        legs = defaultdict[int, list[int]](list)
        for other in below:
            legs[[other, *uplines[other]][uplines[other].index(person)]].append(other)

        assert _answer(trees, "downline", tree, person) == [(len(below), _volume(trees, below))]
        assert _answer(trees, "upline", tree, person) == list(enumerate(uplines[person], start=1))
        assert _answer(trees, "legs", tree, person) == [
            (leg, len(legs[leg]), _volume(trees, legs[leg])) for leg in sorted(legs)
        ]


@pytest.mark.parametrize("name", COMPANIES)
def test_questions_about_everybody(name: str) -> None:
    """Volume on five levels, and in both legs."""
    trees = COMPANIES[name]
    levels, legs = defaultdict[tuple[int, int], int](int), defaultdict[int, list[int]](lambda: [0, 0])
    for person in range(trees.people):
        volume = int(trees.volume[person])
        for level, earner in enumerate(_above(trees, "sponsor", person)[:LEVELS], start=1):
            levels[earner, level] += volume
        path = [person, *_above(trees, "binary", person)]
        for child, parent in pairwise(path):
            legs[parent][int(trees.slot[child]) - 1] += volume

    assert answer_of(trees, Question("unilevel_volumes", "", "sponsor")) == sorted(
        (*earner_and_level, volume) for earner_and_level, volume in levels.items() if volume
    )
    assert answer_of(trees, Question("binary_volumes", "", "binary")) == sorted(
        (parent, *both) for parent, both in legs.items() if any(both)
    )


def test_downlines_are_as_near_to_the_wanted_sizes_as_there_are() -> None:
    """By ratio, each once, and none larger than the company."""
    names = [question.name for question in questions_about(SHAPES["chain"](2_000))]

    assert names[:4] == [
        "sponsor: downline of 100",
        "sponsor: downline of 1,000",
        "sponsor: upline of 1,999",
        "sponsor: legs of a downline of 1,000",
    ]


def test_a_company_of_one_is_asked_about_too() -> None:
    """Nobody above, nobody below."""
    trees = SHAPES["chain"](1)

    answers = [answer_of(trees, question) for question in questions_about(trees) if question.tree == "sponsor"]

    assert answers == [[(0, 0)], [], [], []]


def _answer(trees: Trees, kind: str, tree: Tree, person: int) -> Rows:
    return answer_of(trees, Question(kind, kind, tree, person))  # type: ignore[arg-type]


def _volume(trees: Trees, people: list[int]) -> int:
    return int(np.sum(trees.volume[people])) if people else 0

"""The answers that gate PostgreSQL's times, against a walk over each person."""

from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest

from loadtests.questions import LEVELS, Question, Tree, answer_of, questions_about, table_of
from loadtests.trees import SHAPES, Trees, company_of, snapshot_of, trees_of
from tests.unit.engine.companies import random_snapshot

COMPANIES = {shape: trees_of(snapshot_of(company_of(shape, 500))) for shape in SHAPES} | {
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
        assert _answer(trees, "downline_list", tree, person) == sorted(
            (uplines[other].index(person) + 1, other) for other in below
        )
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

    assert _answer(trees, "unilevel_volumes", "sponsor") == sorted(
        (*earner_and_level, volume) for earner_and_level, volume in levels.items() if volume
    )
    assert _answer(trees, "binary_volumes", "binary") == sorted(
        (parent, *both) for parent, both in legs.items() if any(both)
    )


def test_downlines_are_as_near_to_the_wanted_sizes_as_there_are() -> None:
    """And are not asked about where nobody has one of about that size; what they really are stands beside."""
    chain, wide = (questions_about(trees_of(snapshot_of(company_of(shape, 1_500)))) for shape in ("chain", "wide"))

    assert [(question.name, question.about) for question in chain[:6]] == [
        ("sponsor: people and volume below, 100", 100),
        ("sponsor: list of those below, 100", 100),
        ("sponsor: people and volume below, 1,000", 1_000),
        ("sponsor: list of those below, 1,000", 1_000),
        ("sponsor: upline of the deepest", 1_499),
        ("sponsor: legs of a leader", 1_000),
    ]
    assert [(question.name, question.about) for question in wide[:3]] == [
        ("sponsor: people and volume below, 1,000", 1_499),
        ("sponsor: list of those below, 1,000", 1_499),
        ("sponsor: upline of the deepest", 1),
    ]


def test_a_company_of_one_is_asked_about_too() -> None:
    """Nobody above, nobody below."""
    trees = Trees(*(np.array([value]) for value in (-1, -1, 0, 0, 100)))

    answers = [answer_of(trees, question).tolist() for question in questions_about(trees)]

    assert answers == [[]] * len(answers)


def test_rows_in_any_order_are_one_answer() -> None:
    """Sorted by the first column, then by the next."""
    assert table_of([(2, 1), (1, 9), (1, -3)]).tolist() == [[1, -3], [1, 9], [2, 1]]
    assert table_of([]).size == 0


def _answer(trees: Trees, kind: str, tree: Tree, person: int = -1) -> list[tuple[int, ...]]:
    return [tuple(row) for row in answer_of(trees, Question(kind, kind, tree, person)).tolist()]  # type: ignore[arg-type]


def _volume(trees: Trees, people: list[int]) -> int:
    return int(np.sum(trees.volume[people])) if people else 0

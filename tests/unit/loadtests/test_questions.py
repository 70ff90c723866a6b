"""The answers that gate PostgreSQL's times, against a walk over each person."""

from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest

from loadtests.questions import LEVELS, PAGE, SUMMED, Question, Tree, answer_of, questions_about, table_of
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
@pytest.mark.parametrize("tree", TREES)
def test_questions_about_levels_frontlines_and_two_people(name: str, tree: Tree) -> None:
    """By the ways up of everybody."""
    trees = COMPANIES[name]
    ways = [[person, *_above(trees, tree, person)] for person in range(trees.people)]
    children = defaultdict[int, list[int]](list)
    for person, way in enumerate(ways):
        if len(way) > 1:
            children[way[1]].append(person)
    for person in range(0, trees.people, 23):
        levels = defaultdict[int, list[int]](list)
        for below, way in enumerate(ways):
            if person in way[1 : SUMMED + 1]:
                levels[way.index(person)].append(below)

        assert _answer(trees, "levels", tree, person) == [
            (level, len(some), _volume(trees, some)) for level, some in sorted(levels.items())
        ]
        assert _answer(trees, "frontline", tree, person) == [
            (child, len(children[child])) for child in children[person][:PAGE]
        ]
        for other in range(0, trees.people, 31):
            shared = [above for above in ways[person] if above in ways[other]]
            distance = ways[person].index(other) if other in ways[person] else -1
            assert _answer(trees, "is_in_downline", tree, person, other) == [(distance,)]
            assert _answer(trees, "common_upline", tree, person, other) == [
                (above, ways[person].index(above), ways[other].index(above)) for above in shared[:1]
            ]
            between = {above for above in (*ways[person], *ways[other]) if above not in shared[1:]}
            assert _answer(trees, "path", tree, person, other) == [(one,) for one in sorted(between) if shared]


@pytest.mark.parametrize("name", COMPANIES)
def test_questions_about_open_slots(name: str) -> None:
    """Of all open slots below, those by level and then from left to right."""
    trees = COMPANIES[name]
    taken = set(zip(trees.parent.tolist(), trees.slot.tolist(), strict=True))
    ways = [[person, *_above(trees, "binary", person)] for person in range(trees.people)]
    for top in range(0, trees.people, 17):
        below = [person for person in range(trees.people) if top in ways[person]]
        turns = {
            person: [int(trees.slot[one]) for one in ways[person][: ways[person].index(top)]][::-1] for person in below
        }
        free = [(person, slot) for person in below for slot in (1, 2) if (person, slot) not in taken]
        nearest = sorted(free, key=lambda place: (len(turns[place[0]]), [*turns[place[0]], place[1]]))

        assert _answer(trees, "open_slots", "binary", top) == sorted(nearest[:PAGE])
        assert _answer(trees, "first_open", "binary", top) == nearest[:1]


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
    """Nobody above, nobody below, who is on the way to themselves and has two open slots."""
    trees = Trees(*(np.array([value]) for value in (-1, -1, 0, 0, 100)))

    answers = {question.kind: answer_of(trees, question).tolist() for question in questions_about(trees)}

    alone = {"is_in_downline": [[0]], "path": [[0]], "common_upline": [[0, 0, 0]]}
    slots = {"open_slots": [[0, 1], [0, 2]], "first_open": [[0, 1]]}
    assert {kind: answer for kind, answer in answers.items() if answer} == alone | slots


def test_rows_in_any_order_are_one_answer() -> None:
    """Sorted by the first column, then by the next."""
    assert table_of([(2, 1), (1, 9), (1, -3)]).tolist() == [[1, -3], [1, 9], [2, 1]]
    assert table_of([]).size == 0


def _answer(trees: Trees, kind: str, tree: Tree, person: int = -1, other: int = -1) -> list[tuple[int, ...]]:
    question = Question(kind, kind, tree, person, other=other)  # type: ignore[arg-type]
    return [tuple(row) for row in answer_of(trees, question).tolist()]


def _volume(trees: Trees, people: list[int]) -> int:
    return int(np.sum(trees.volume[people])) if people else 0

"""Places by the facts alone: moves back in time, history taken over, pages, and facts that were tampered with."""

from itertools import count, groupby
from typing import Any

import numpy as np
import pytest

from app.doctor.replay import Replay, Stay, check_places
from app.facts.decide import DECIDED
from app.facts.history import FactsOfKind
from app.volumes.edges import NEVER, Edges
from app.volumes.models import Tree

PEOPLE = 6
Fact = tuple[str, int, int, dict[str, Any]]
"""Kind, number, when it is valid, and what it decided."""


def history(*said: tuple[str, int, dict[str, Any]]) -> list[Fact]:
    numbers = count(1)
    return [(kind, next(numbers), valid_at, decided) for kind, valid_at, decided in said]


def enrol(
    ix: int, sponsor: int, at: int, parent: int = -1, slot: int = 0, **more: int
) -> tuple[str, int, dict[str, Any]]:
    return "Enrol", at, {"ix": ix, "sponsor_ix": sponsor, "parent_ix": parent, "slot": slot, **more}


def move(ix: int, tree: Tree, parent: int, at: int, slot: int = 0) -> tuple[str, int, dict[str, Any]]:
    return "Move", at, {"ix": ix, "tree": tree, "parent_ix": parent, "slot": slot}


def place(ix: int, tree: Tree, parent: int, at: int, slot: int) -> tuple[str, int, dict[str, Any]]:
    return "Place", at, {"ix": ix, "tree": tree, "parent_ix": parent, "slot": slot}


COMPANY = history(
    enrol(0, -1, 10),
    enrol(1, 0, 11, 0, 1),
    enrol(2, 0, 12, 0, 2, sponsored_at=16, placed_at=14),
    enrol(3, 1, 13),
    ("PastMove", 16, {"ix": 2, "tree": "sponsor", "parent_ix": 1, "slot": 0, "since": 12}),
    place(3, "binary", 1, 15, 1),
    move(2, "sponsor", 1, 20),
    move(2, "sponsor", 3, 30),
    place(3, "matrix", 0, 16, 3),
    move(3, "binary", 2, 25, 2),
    ("Order", 26, {"seller_ix": 3}),
    move(2, "sponsor", 0, 18),
    enrol(4, 2, 31),
    move(2, "sponsor", 1, 14),
)
"""2 moves at 20 and 30, and then it is said that they stood elsewhere since 18, and then since 14."""


def pages(facts: list[Fact], size: int) -> list[list[FactsOfKind]]:
    """The facts as they are read: so many numbers a page, and in it a kind at a time."""
    made = []
    for _, page in groupby(facts, key=lambda fact: (fact[1] - 1) // size):
        by_kind = sorted(page, key=lambda fact: fact[0])
        made.append([of_kind(kind, list(some)) for kind, some in groupby(by_kind, key=lambda fact: fact[0])])
    return made


def of_kind(kind: str, facts: list[Fact]) -> FactsOfKind:
    unsaid = [""] * len(facts)
    decided = [[fact[3].get(name) for fact in facts] for name in DECIDED[kind]]
    seqs, valid = [fact[1] for fact in facts], [fact[2] for fact in facts]
    return FactsOfKind(kind, seqs, unsaid, unsaid, unsaid, valid, valid, unsaid, unsaid, decided)


def replay(facts: list[Fact], size: int = 100) -> Replay:
    read = Replay(PEOPLE)
    for page in pages(facts, size):
        read.read(page)
    return read


def live(read: Replay, tree: Tree) -> dict[int, tuple[int, ...]]:
    """Parent, slot, since when, and the fact, of whoever has a place."""
    rows = zip(*(column.tolist() for column in read.places[tree].live.values()), strict=True)
    return {ix: row for ix, row in enumerate(rows) if row[0] >= 0}


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_where_everybody_stands_and_stood(size: int) -> None:
    """As docs/adr/0012 has it: what was said of the times after a move is void from it on, and what is left of the
    place that held its instant is an edge of its own."""
    read = replay(COMPANY, size)
    assert live(read, "sponsor") == {1: (0, 0, 11, 2), 2: (1, 0, 14, 14), 3: (1, 0, 13, 4), 4: (2, 0, 31, 13)}
    assert live(read, "binary") == {1: (0, 1, 11, 2), 2: (0, 2, 14, 3), 3: (2, 2, 25, 10)}
    assert live(read, "matrix") == {3: (0, 3, 16, 9)}
    assert read.places["binary"].left == {3: [Stay(1, 1, 15, 25, seq_from=6, seq_to=10)]}
    assert set(read.places["sponsor"].left) == {2}
    assert sorted(read.places["sponsor"].left[2]) == sorted(
        [
            Stay(1, 0, 12, 16, seq_from=5, seq_to=5, void_seq=14),
            Stay(1, 0, 12, 14, seq_from=14, seq_to=14),
            Stay(0, 0, 16, 20, seq_from=3, seq_to=7, void_seq=12),
            Stay(0, 0, 16, 18, seq_from=12, seq_to=12, void_seq=14),
            Stay(1, 0, 20, 30, seq_from=7, seq_to=8, void_seq=12),
            Stay(3, 0, 30, 30, seq_from=8, seq_to=12, void_seq=12),
            Stay(0, 0, 18, 18, seq_from=12, seq_to=14, void_seq=14),
        ]
    )


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_who_gave_up_a_place_stands_nowhere_until_placed_anew(size: int) -> None:
    """2 stands above 3, gives the place up, 3 takes it, and 2 is placed below 3."""
    said = history(
        enrol(0, -1, 10),
        enrol(2, 0, 12, 0, 2),
        enrol(3, 0, 13, 2, 1),
        ("Vacate", 20, {"ix": 2, "tree": "binary"}),
        move(3, "binary", 0, 20, 2),
        place(2, "binary", 3, 25, 1),
        ("Vacate", 30, {"ix": 2, "tree": "binary"}),
    )
    assert live(replay(said[:5], size), "binary") == {3: (0, 2, 20, 5)}
    assert live(replay(said[:6], size), "binary") == {2: (3, 1, 25, 6), 3: (0, 2, 20, 5)}
    read = replay(said, size)
    assert live(read, "binary") == {3: (0, 2, 20, 5)}
    assert read.places["binary"].left == {
        2: [Stay(0, 2, 12, 20, seq_from=2, seq_to=4), Stay(3, 1, 25, 30, seq_from=6, seq_to=7)],
        3: [Stay(2, 1, 13, 20, seq_from=3, seq_to=5)],
    }


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_seat_of_an_enrolment_is_given_up_and_another_taken(size: int) -> None:
    """1 stands above 2 in the matrix, gives the place up, 2 takes it, and 1 is placed below 2."""
    said = history(
        enrol(0, -1, 10),
        enrol(1, 0, 11, 0, 1, matrix_parent_ix=0, matrix_slot=3),
        enrol(2, 0, 12, matrix_parent_ix=1, matrix_slot=2, matrix_placed_at=14),
        ("Vacate", 20, {"ix": 1, "tree": "matrix"}),
        move(2, "matrix", 0, 20, 3),
        place(1, "matrix", 2, 25, 1),
    )
    assert live(replay(said[:3], size), "matrix") == {1: (0, 3, 11, 2), 2: (1, 2, 14, 3)}
    read = replay(said, size)
    assert live(read, "matrix") == {1: (2, 1, 25, 6), 2: (0, 3, 20, 5)}
    assert live(read, "binary") == {1: (0, 1, 11, 2)}
    assert read.places["matrix"].left == {
        1: [Stay(0, 3, 11, 20, seq_from=2, seq_to=4)],
        2: [Stay(1, 2, 14, 20, seq_from=3, seq_to=5)],
    }


def edges_of(read: Replay, tree: Tree) -> Edges:
    """The edges that say what the facts do."""
    now = [(ix, *row, NEVER, NEVER, NEVER) for ix, row in live(read, tree).items()]
    before = [
        (ix, stay.parent, stay.slot, stay.valid_from, stay.seq_from, stay.seq_to, stay.valid_to, stay.void_seq)
        for ix, stays in read.places[tree].left.items()
        for stay in stays
    ]
    child, parent, slot, valid_from, seq_from, seq_to, valid_to, void = np.array([*now, *before], np.int64).T
    return Edges(child, parent, slot, child, parent, seq_from, valid_from, seq_to, valid_to, void)


def told(read: Replay, tree: Tree, edges: Edges) -> list[str]:
    findings = check_places(tree, edges, read.places[tree])
    return [sentence(lambda ix: f"P{ix}") for finding in findings for sentence in finding.sentences]


@pytest.mark.parametrize("tree", ["sponsor", "binary", "matrix"])
@pytest.mark.parametrize("column", ["parent", "slot", "valid_from", "seq_from"])
def test_each_thing_that_an_edge_says_is_compared(tree: Tree, column: str) -> None:
    read = replay(COMPANY)
    edges = edges_of(read, tree)
    assert told(read, tree, edges) == []
    getattr(edges, column)[edges.live & (edges.child == 3)] += 1
    [named] = told(read, tree, edges)
    assert named.startswith("P3 stands ")


def test_an_edge_too_many_and_one_too_few_are_told() -> None:
    read = replay(COMPANY)
    edges = edges_of(read, "binary")
    edges.child[edges.child == 1] = 4
    assert told(read, "binary", edges) == [
        "P1 stands nowhere by the binary edge, in slot 1 of P0 since 1970-01-01T00:00:00.011000Z (fact 2) by the facts",
        "P4 stands in slot 1 of P0 since 1970-01-01T00:00:00.011000Z (fact 2) by the binary edge, nowhere by the facts",
    ]


def test_a_fact_without_one_of_its_numbers_tells_no_place() -> None:
    """The chain names the fact; the edge that it made stands alone."""
    facts = [(kind, seq, at, decided | ({"parent_ix": None} if seq == 6 else {})) for kind, seq, at, decided in COMPANY]
    facts[7] = (*facts[7][:3], facts[7][3] | {"tree": "oak"})
    read = replay(facts)
    assert live(read, "sponsor")[2] == (1, 0, 14, 14)
    assert read.places["binary"].left[3][0].parent == -1


@pytest.mark.parametrize("lost", ["matrix_parent_ix", "matrix_slot"])
def test_half_a_seat_is_none(lost: str) -> None:
    """Each may be missing, where an enrolment gives no seat; so its type alone does not tell that it was lost."""
    kind, at, decided = enrol(1, 0, 11, matrix_parent_ix=0, matrix_slot=3)
    half = kind, at, decided | {lost: None}
    assert live(replay(history(enrol(0, -1, 10), half)), "matrix") == {}

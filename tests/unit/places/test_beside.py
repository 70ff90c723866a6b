"""Where a search goes on past a branch, by what people keep about open slots, against a search of the whole tree."""

import random
from collections import deque

import pytest

from app.places.beside import search_beside
from app.places.matrix import MatrixSpot, MatrixSpots
from app.places.spots import Spot, Spots

PEOPLE = 60
Places = dict[int, tuple[int, int]]


def grow(rng: random.Random, width: int, *, full: bool) -> Places:
    """Parent and slot of everybody but 0; level by level, or below anybody who came before."""
    places: Places = {}
    for ix in range(1, PEOPLE):
        taken = set(places.values())
        free = [(above, slot) for above in range(ix) for slot in range(1, width + 1) if (above, slot) not in taken]
        places[ix] = free[0] if full and rng.random() < 0.9 else rng.choice(free)
    return places


def first_open(places: Places, width: int, top: int, mover: int | None) -> tuple[int, int]:
    children = {place: ix for ix, place in places.items()}
    queue = deque([top])
    while queue:
        ix = queue.popleft()
        for slot in range(1, width + 1):
            if (ix, slot) not in children:
                return ix, slot
        queue += [below for slot in range(1, width + 1) if (below := children[ix, slot]) != mover]
    assert mover is not None
    return places[mover]


def above(places: Places, ix: int) -> list[int]:
    """The person and everybody above."""
    way = [ix]
    while way[-1]:
        way.append(places[way[-1]][0])
    return way


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("width", [1, 2, 3])
@pytest.mark.parametrize("full", [True, False])
def test_the_first_open_slot_outside_the_branch(seed: int, width: int, full: bool) -> None:
    rng = random.Random(seed)
    places, matrix, binary = grow(rng, width, full=full), MatrixSpots(), Spots()
    matrix.width = width
    matrix.know(MatrixSpot(0))
    binary.begin(Spot.alone(0))
    for ix, (parent, slot) in places.items():
        matrix.attach(MatrixSpot(ix), parent, slot)
        if width == 2:
            binary.attach(Spot.alone(ix), parent, slot)
    searched = 0
    children = {place: ix for ix, place in places.items()}
    for mover in places:
        for top in above(places, mover)[1:]:
            if mover not in above(places, first_open(places, width, top, None)[0]):
                continue  # the strategy ends outside as it is
            searched += 1
            expected = first_open(places, width, top, mover)
            for spots in (matrix, binary) if width == 2 else (matrix,):
                ix, slot = search_beside(spots, "first_open", top, mover)
                if (ix, slot) == places[mover]:
                    assert expected == places[mover]
                    continue
                start = children[ix, slot] if slot else ix
                assert first_open(places, width, start, None) == expected
                assert mover not in above(places, start)
    assert searched


def test_a_line_ends_with_the_branch_and_a_walk_takes_the_other_side() -> None:
    spots = Spots()
    spots.begin(Spot.alone(0))
    for ix, parent, slot in ((1, 0, 1), (2, 1, 1), (3, 1, 2), (4, 2, 1), (5, 0, 2)):
        spots.attach(Spot.alone(ix), parent, slot)
    for line in ("outside_left", "inside_left", "lighter_by_volume", "lighter_by_volume_weekly"):
        assert search_beside(spots, line, 0, 2) == (1, 1)
    assert search_beside(spots, "lighter_by_people", 0, 2) == (1, 2)
    assert search_beside(spots, "lighter_by_people", 0, 4) == (2, 0)
    assert search_beside(spots, "left_leg", 0, 1) == (0, 1)
    assert search_beside(spots, "left_leg", 0, 2) == (1, 2)
    assert search_beside(spots, "right_leg", 0, 5) == (0, 2)

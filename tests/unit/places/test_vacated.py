"""What people keep about open slots after places were given up, against what the edges say."""

import random

import numpy as np
import pytest

from app.places.columns import matrix_spots_of, spots_of
from app.places.matrix import MatrixSpot, MatrixSpots
from app.places.spots import NOBODY, Spot, Spots

PEOPLE = 40


def grow(rng: random.Random, width: int) -> dict[int, tuple[int, int]]:
    """Parent and slot of everybody but 0, each below somebody who came before."""
    places: dict[int, tuple[int, int]] = {}
    for ix in range(1, PEOPLE):
        taken = set(places.values())
        free = [(above, slot) for above in range(ix) for slot in range(1, width + 1) if (above, slot) not in taken]
        places[ix] = rng.choice(free)
    return places


def promoted(places: dict[int, tuple[int, int]], leaver: int) -> tuple[list[tuple[int, int, int]], int | None]:
    """The moves of the others, to any open slot below the first, and the first."""
    below = sorted(ix for ix, (above, _) in places.items() if above == leaver)
    if not below:
        return [], None
    branch = [below[0]]
    for one in branch:
        branch += [ix for ix, (above, _) in places.items() if above == one]
    taken = set(places.values())
    free = [(above, slot) for above in branch for slot in (1, 2) if (above, slot) not in taken]
    return [(ix, *free.pop()) for ix in below[1:]], below[0]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("width", [2, 3])
def test_what_is_kept_is_what_the_edges_say(seed: int, width: int) -> None:
    rng = random.Random(seed)
    places, spots, matrix = grow(rng, width), Spots(), MatrixSpots()
    matrix.width = width
    matrix.know(MatrixSpot(0))
    spots.begin(Spot.alone(0))
    for ix, (above, slot) in places.items():
        matrix.attach(MatrixSpot(ix), above, slot)
        if width == 2:
            spots.attach(Spot.alone(ix), above, slot)
    trees = (matrix, spots) if width == 2 else (matrix,)
    for leaver in rng.sample(range(1, PEOPLE), 12):
        if leaver not in places:
            continue
        others, first = promoted(places, leaver)
        goes = [*others, *([(first, *places[leaver])] if first is not None else [])]
        for tree in trees:
            for ix, above, slot in others:
                tree.move(ix, above, slot)
            tree.vacate(leaver)
            if first is not None:
                tree.move(first, *places[leaver])
        places |= {ix: (above, slot) for ix, above, slot in goes}
        del places[leaver]
        parents = np.array([places.get(ix, (NOBODY, 0))[0] for ix in range(PEOPLE)])
        slots = np.array([places.get(ix, (NOBODY, 0))[1] for ix in range(PEOPLE)])
        of_matrix = matrix_spots_of(parents, slots, width)
        assert [matrix[ix].open_distance for ix in range(PEOPLE)] == of_matrix.open_distance.tolist()
        assert [matrix[ix].open_slot for ix in range(PEOPLE)] == of_matrix.open_slot.tolist()
        if width == 2:
            of_binary = spots_of(parents, slots)
            for name in ("run_top", "left_end", "right_end", "open_distance", "open_side"):
                assert [getattr(spots[ix], name) for ix in range(PEOPLE)] == getattr(of_binary, name).tolist(), name

"""The spots of everybody at once, out of the edges alone: for a whole import, and to check and rebuild what is kept."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.places.spots import LEFT, NOBODY, RIGHT, SIDES

Ints = NDArray[np.int64]
NAMES: Final = ("run_top", "left_end", "right_end", "open_distance", "open_side")
MATRIX_NAMES: Final = ("open_distance", "open_slot")


@dataclass(frozen=True, slots=True)
class SpotColumns:
    """By ix, as `Spot` says them; -1 for nobody."""

    run_top: Ints
    left_end: Ints
    right_end: Ints
    open_distance: Ints
    open_side: Ints


@dataclass(frozen=True, slots=True)
class MatrixSpotColumns:
    """By ix, as `MatrixSpot` says them."""

    open_distance: Ints
    open_slot: Ints


def spots_of(parent: Ints, slot: Ints) -> SpotColumns:
    """The spots in the tree of these parents (-1 without one) and slots (0 without one)."""
    people = len(parent)
    child = np.full((3, people), NOBODY)
    placed = np.flatnonzero(parent >= 0)
    child[slot[placed], parent[placed]] = placed
    run_top = np.full(people, NOBODY)
    ends = {}
    for side in SIDES:
        top = _tops(parent, slot == side)
        in_run = slot == side
        run_top[in_run] = top[in_run]
        ends[side] = np.full(people, NOBODY)
        at_end = np.flatnonzero(child[side] == NOBODY)
        ends[side][top[at_end]] = at_end
    return SpotColumns(
        run_top,
        ends[LEFT],
        ends[RIGHT],
        *_nearest_open(parent, slot, (child[LEFT] == NOBODY) | (child[RIGHT] == NOBODY), len(SIDES)),
    )


def matrix_spots_of(parent: Ints, slot: Ints, width: int) -> MatrixSpotColumns:
    """The spots in the matrix of these parents (-1 without one) and slots (0 without one)."""
    placed = np.flatnonzero(parent >= 0)
    taken = np.bincount(parent[placed], minlength=len(parent))
    return MatrixSpotColumns(*_nearest_open(parent, slot, taken < width, width))


def _tops(parent: Ints, in_run: NDArray[np.bool_]) -> Ints:
    """Who begins the run that each stands in; doubling, so a run of a million costs what short ones do."""
    top = np.where(in_run, parent, np.arange(len(parent)))
    for _ in range(len(parent).bit_length()):
        top = top[top]
    return top


def _nearest_open(parent: Ints, slot: Ints, is_open: NDArray[np.bool_], width: int) -> tuple[Ints, Ints]:
    """Distances and slots, one round a distance: as many rounds as the farthest has levels, so few."""
    people = len(parent)
    distance = np.where(is_open, 0, NOBODY)
    side = np.zeros(people, np.int64)
    reached, rounds = np.flatnonzero(is_open), 0
    while reached.size:
        rounds += 1
        reached = reached[(parent[reached] >= 0)]
        above = parent[reached]
        new = distance[above] == NOBODY
        reached, above = reached[new], above[new]
        for one in range(width, 0, -1):  # the leftmost is written last and stays
            side[above[slot[reached] == one]] = one
        distance[above] = rounds
        reached = np.unique(above)
    return distance, side

"""Where a growing matrix puts each newcomer, O(log n) amortised a person."""

import numpy as np
from numpy.typing import NDArray

from app.generator.models import Bools, Ints, Matrix

_NOBODY = -1


class GrowingMatrix:
    """A matrix of people 0..n-1 that only ever gains leaves, each in the first open slot below somebody, breadth first.

    Per person it keeps the distance to the nearest open slot below (0 = has one) and which child holds it, so that
    the first open slot is found by walking down.
    """

    def __init__(self, people: int, width: int) -> None:
        self.parent = [_NOBODY] * people
        self.slot = [0] * people
        self._width = width
        self._below: list[list[int] | None] = [None] * people
        self._distance = [0] * people
        self._towards = [_NOBODY] * people

    def place(self, person: int, under: int) -> None:
        """Into the shallowest open slot at or below `under`, the leftmost on a tie."""
        node, distance, towards = under, self._distance, self._towards
        while distance[node]:
            node = towards[node]
        below = self._below[node]
        if below is None:
            below = self._below[node] = []
        below.append(person)
        self.parent[person], self.slot[person] = node, len(below)
        if len(below) == self._width:
            self._repair(node)

    def _repair(self, node: int) -> None:
        # A distance never shrinks and is at most the logarithm of the people below, so all repairs are O(n log n).
        distance = self._distance
        while node != _NOBODY:
            below = self._below[node]
            if below is None or len(below) < self._width:
                return
            nearest = min(below, key=distance.__getitem__)
            self._towards[node] = nearest
            if distance[node] == distance[nearest] + 1:
                return
            distance[node] = distance[nearest] + 1
            node = self.parent[node]


def fill_matrix(sponsor: Ints, waits: Bools, *, width: int, depth: int) -> Matrix:
    """The matrix of people in enrolment order; whoever waits stands nowhere in it, and their recruits go below the
    nearest person up the sponsor line who does not."""
    matrix = GrowingMatrix(len(sponsor), width)
    anchors = list(range(len(sponsor)))
    waiting = waits.tolist()
    for person, sponsored_by in enumerate(sponsor.tolist()):
        if sponsored_by == _NOBODY:
            continue
        anchor = anchors[sponsored_by]
        if waiting[person]:
            anchors[person] = anchor
        else:
            matrix.place(person, anchor)
    return Matrix(width, depth, _column(matrix.parent), _column(matrix.slot))


def _column(values: list[int]) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)

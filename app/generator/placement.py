"""Where a growing binary tree puts each newcomer, O(log n) amortised a person."""

import numpy as np
from numpy.typing import NDArray

BREADTH_FIRST, OUTSIDE_LEFT, OUTSIDE_RIGHT = 0, 1, 2
LEFT, RIGHT = 1, 2
_NOBODY = -1


class GrowingBinaryTree:
    """A binary tree of people 0..n-1 that only ever gains leaves.

    Per person it keeps the distance to the nearest open slot below (0 = has one) and which child holds it, so that
    the first open slot is found by walking down; and per side a shortcut towards the end of the run of same-side
    children, halved on each walk, so that an outside leg a million long costs no more than a short one.
    """

    def __init__(self, people: int) -> None:
        self.parent = [_NOBODY] * people
        self.slot = [0] * people
        self._left = [_NOBODY] * people
        self._right = [_NOBODY] * people
        self._distance = [0] * people
        self._towards = [_NOBODY] * people
        self._shortcut_left = [_NOBODY] * people
        self._shortcut_right = [_NOBODY] * people

    def place_breadth_first(self, person: int, under: int) -> None:
        """Into the shallowest open slot below `under` (the left one on a tie)."""
        node, distance, towards = under, self._distance, self._towards
        while distance[node]:
            node = towards[node]
        self._attach(person, node, LEFT if self._left[node] == _NOBODY else RIGHT)

    def place_outside(self, person: int, under: int, side: int) -> None:
        """At the end of the run of `side` children that begins at `under`."""
        shortcut = self._shortcut_left if side == LEFT else self._shortcut_right
        node = under
        while (following := shortcut[node]) != _NOBODY:
            if (beyond := shortcut[following]) != _NOBODY:
                shortcut[node] = beyond
            node = following
        self._attach(person, node, side)

    def _attach(self, person: int, parent: int, side: int) -> None:
        self.parent[person] = parent
        self.slot[person] = side
        if side == LEFT:
            self._left[parent] = self._shortcut_left[parent] = person
        else:
            self._right[parent] = self._shortcut_right[parent] = person
        self._repair(parent)

    def _repair(self, node: int) -> None:
        # A distance never shrinks and is at most log2 of the subtree, so all repairs together are O(n log n).
        distance, towards = self._distance, self._towards
        while node != _NOBODY:
            left, right = self._left[node], self._right[node]
            if _NOBODY in (left, right):
                return
            nearer = left if distance[left] <= distance[right] else right
            towards[node] = nearer
            if distance[node] == distance[nearer] + 1:
                return
            distance[node] = distance[nearer] + 1
            node = self.parent[node]


def place_everyone(
    sponsor: NDArray[np.int64], unplaced: NDArray[np.bool_], style: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Parent and slot of each person in enrolment order; -1 and 0 for the root (person 0) and the unplaced.

    `style[s]` is how sponsor s fills their tree. Recruits of an unplaced sponsor go below the nearest placed person
    up the sponsor line.
    """
    tree = GrowingBinaryTree(len(sponsor))
    anchors = list(range(len(sponsor)))
    waits, styles = unplaced.tolist(), style.tolist()
    for person, sponsored_by in enumerate(sponsor.tolist()):
        if sponsored_by == _NOBODY:
            continue
        anchor = anchors[sponsored_by]
        if waits[person]:
            anchors[person] = anchor
        elif styles[anchor] == BREADTH_FIRST:
            tree.place_breadth_first(person, anchor)
        else:
            tree.place_outside(person, anchor, LEFT if styles[anchor] == OUTSIDE_LEFT else RIGHT)
    return np.array(tree.parent, dtype=np.int64), np.array(tree.slot, dtype=np.int64)

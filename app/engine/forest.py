"""A forest as arrays: everybody's parent, and an order in which parents come before their children.

Each sum is one pass over that order, down it or up it, whatever the shape: a chain of a million people costs what a
broad tree of them costs. Where everybody stands below somebody of a smaller ix, as after enrolments alone, the order is
that of the ix, and a pass reads memory from one end to the other.
"""

from dataclasses import dataclass

import numpy as np

from app.engine.columns import Bools, Int8s, Int32s, Int64s, sealed
from app.engine.compiled import compiled
from app.engine.errors import AmountOverflowError, BrokenTreeError

SAFE_SUM = 2**62
"""Sums of absolute values must stay below this, so that no order of adding them can leave int64."""

_NAMED = 20
_MET, _PLACED, _ON_CYCLE = 1, 2, 3
"""What is known of a person while the order is made; 0 when nothing is."""


@dataclass(frozen=True, slots=True)
class Forest:
    """One tree kind over n people. All arrays are read-only int32.

    `up` has n + 1 entries: the parent of each person, and n ("nobody") for roots and for nobody itself, so that walking
    up needs no test. `depth` is 0 at a root. `order` lists all people, each after their parent.
    """

    up: Int32s
    depth: Int32s
    order: Int32s

    @property
    def people(self) -> int:
        """n."""
        return len(self.order)

    @property
    def sizes(self) -> Int64s:
        """Per person how many are in the inclusive subtree."""
        return self.subtree_sums(np.ones(self.people, dtype=np.bool_))

    def subtree_sums(self, values: Int64s | Bools) -> Int64s:
        """Per person the exact sum of `values` (n) over the inclusive subtree; AmountOverflowError beyond 64 bits."""
        sums = _summed("a subtree sum", values)
        _sum_up(self.up, self.order, sums)
        return sums[:-1]

    def path_sums(self, values: Int64s | Bools) -> Int64s:
        """Per person the exact sum of `values` (n) over the person and all ancestors."""
        sums = _summed("a path sum", values)
        _sum_down(self.up, self.order, sums)
        return sums[:-1]

    def ancestors(self, steps: int) -> Int32s:
        """Per person, and for nobody (n + 1 entries), who stands `steps` levels above; n where nobody does."""
        found, jump = np.arange(self.people + 1, dtype=np.int32), self.up
        while steps:
            if steps % 2:
                found = jump[found]
            steps //= 2
            if steps:
                jump = jump[jump]
        return found

    def sums_within(self, sums: Int64s, levels: int) -> Int64s:
        """Per person what the subtree sums `sums` (n) come to without those who stand more than `levels` below."""
        within = np.append(sums, 0)
        _take_away(self.ancestors(levels + 1), sums, within)
        return within[:-1]

    def child_sums(self, values: Int64s | Bools) -> Int64s:
        """Per person the exact sum of `values` (n) over the direct children."""
        return scatter_sums(self.up[:-1], values, self.people + 1)[:-1]

    def legs_with(self, wanted: Bools) -> Int64s:
        """Per person the number of children in whose inclusive subtree `wanted` (n) holds for anybody."""
        legs = np.zeros(self.people + 1, dtype=np.int64)
        _count_legs(self.up, self.order, np.append(wanted, False), legs)
        return legs[:-1]

    def nearest(self, wanted: Bools) -> Int32s:
        """Per person, and for nobody (n + 1 entries), the nearest ancestor-or-self for whom `wanted` holds, else n."""
        found = np.empty(self.people + 1, dtype=np.int32)
        _find_nearest(self.up, self.order, wanted, found)
        return found


def stands_below(parent: Int64s, person: int, head: int) -> bool:
    """Whether somebody is `head` or stands below them; `parent` (n) holds -1 for roots and no cycle."""
    return bool(_meets(parent, person, head))


def scatter_sums(rows: Int64s | Int32s, values: Int64s | Bools, length: int) -> Int64s:
    """The exact sum of `values` per row number, shape (length,); AmountOverflowError beyond 64 bits."""
    guard_sum("a sum", values)
    sums = np.zeros(length, dtype=np.int64)
    _scatter(rows, values, sums)
    return sums


def guard_sum(what: str, values: Int64s | Bools) -> None:
    """Raise AmountOverflowError when the absolute values may add up to more than SAFE_SUM."""
    if not values.size or values.dtype.kind == "b":
        return
    largest = max(abs(int(values.min())), abs(int(values.max())))
    if largest * values.size < SAFE_SUM:
        return
    total = float(np.abs(values.astype(np.float64)).sum())
    # The float sum may be off by rounding, far less than one part in a thousand.
    if total * 1.001 >= SAFE_SUM:
        raise AmountOverflowError(
            f"{what} over {values.size} rows may reach {total:.3g} minor units, beyond 64 bits; check the volumes"
        )


def forest(tree: str, parent: Int64s) -> Forest:
    """Index the tree named `tree`; `parent` holds -1 for roots. Raises BrokenTreeError naming the people on a cycle."""
    people = len(parent)
    up = np.full(people + 1, people, dtype=np.int32)
    np.copyto(up[:-1], parent, where=parent >= 0, casting="same_kind")
    order, known = np.empty(people, dtype=np.int32), np.zeros(people + 1, dtype=np.int8)
    known[people] = _PLACED
    _, sound = _order(up, np.arange(people, dtype=np.int32), order, known)
    if not sound:
        raise _cycle(tree, np.flatnonzero(known == _ON_CYCLE))
    depth = np.empty(people + 1, dtype=np.int32)
    depth[people] = -1
    _measure_depth(up, order, depth)
    return Forest(up=sealed(up), depth=sealed(depth[:-1]), order=sealed(order))


@dataclass(frozen=True, slots=True)
class Part:
    """Some people of a forest, m of them, as a forest of its own: everybody at or above a few, and whoever stands right
    below one of those.

    rows (m): who they are. The first `inside` are those at or above the few, each after their parent; nobody else's
    figures change when only the few change. Of the others each stands for all below them. tree: with the numbers of
    `rows`. place (n + 1): the number of each person of the whole forest; m for all who are not in it.
    """

    rows: Int64s
    inside: int
    tree: Forest
    place: Int32s

    @property
    def within(self) -> Bools:
        """Whether each (m) is one of those at or above the few."""
        return np.arange(len(self.rows)) < self.inside


def part_of(tree: Forest, people: Int64s) -> Part:
    """The part of a forest that is at, above and right below some people. O(people above them), and two looks at each
    person of the forest."""
    known, order = np.zeros(tree.people + 1, dtype=np.int8), np.empty(tree.people, dtype=np.int32)
    known[tree.people] = _PLACED
    inside, _ = _order(tree.up, people.astype(np.int32), order, known)
    above = known == _PLACED
    above[tree.people] = False
    rows = np.concatenate([order[:inside], np.flatnonzero(above[tree.up[:-1]] & ~above[:-1])]).astype(np.int64)
    place = np.full(tree.people + 1, len(rows), dtype=np.int32)
    place[rows] = np.arange(len(rows), dtype=np.int32)
    up = np.append(place[tree.up[rows]], np.int32(len(rows)))
    depth = np.append(tree.depth[rows], np.int32(-1))
    part = Forest(sealed(up), sealed(depth[:-1]), sealed(np.arange(len(rows), dtype=np.int32)))
    return Part(rows, int(inside), part, place)


def _summed(what: str, values: Int64s | Bools) -> Int64s:
    """The values as int64 with a place for nobody behind, to be added up."""
    guard_sum(what, values)
    sums = np.empty(len(values) + 1, dtype=np.int64)
    sums[:-1], sums[-1] = values, 0
    return sums


def _cycle(tree: str, people: Int64s) -> BrokenTreeError:
    named = [int(ix) for ix in people[:_NAMED]]
    return BrokenTreeError(
        f"the {tree} tree has a cycle through {{people}}", tree=tree, people=named, count=len(people)
    )


# -------------------------------------------------------------------------------------------------------------- kernels


@compiled
def _order(up: Int32s, people: Int32s, order: Int32s, known: Int8s) -> tuple[int, bool]:
    """Fill `order`: each of some people in turn, after those above who are not in it yet. How many are in it, and False
    where there is a cycle."""
    way = np.empty(len(order), dtype=np.int32)
    placed = 0
    sound = True
    for person in people:
        steps = 0
        at = person
        while known[at] == 0:
            known[at] = _MET
            way[steps] = at
            steps += 1
            at = up[at]
        # Who was met on this very way stands above themselves.
        while known[at] == _MET:
            sound = False
            known[at] = _ON_CYCLE
            at = up[at]
        for step in range(steps - 1, -1, -1):
            if known[way[step]] == _MET:
                known[way[step]] = _PLACED
                order[placed] = way[step]
                placed += 1
    return placed, sound


@compiled
def _meets(parent: Int64s, at: int, head: int) -> bool:
    while at >= 0 and at != head:
        at = parent[at]
    return at == head


@compiled
def _measure_depth(up: Int32s, order: Int32s, depth: Int32s) -> None:
    for person in order:
        depth[person] = depth[up[person]] + 1


@compiled
def _sum_up(up: Int32s, order: Int32s, sums: Int64s) -> None:
    for at in range(len(order) - 1, -1, -1):
        person = order[at]
        sums[up[person]] += sums[person]


@compiled
def _sum_down(up: Int32s, order: Int32s, sums: Int64s) -> None:
    for person in order:
        sums[person] += sums[up[person]]


@compiled
def _take_away(above: Int32s, sums: Int64s, rest: Int64s) -> None:
    for person in range(len(sums)):
        rest[above[person]] -= sums[person]


@compiled
def _count_legs(up: Int32s, order: Int32s, found: Bools, legs: Int64s) -> None:
    """`found` (n + 1) comes to hold for everybody above those for whom it holds."""
    for at in range(len(order) - 1, -1, -1):
        person = order[at]
        if found[person]:
            found[up[person]] = True
            legs[up[person]] += 1


@compiled
def _find_nearest(up: Int32s, order: Int32s, wanted: Bools, nearest: Int32s) -> None:
    nearest[len(order)] = len(order)
    for person in order:
        nearest[person] = person if wanted[person] else nearest[up[person]]


@compiled
def _scatter(rows: Int64s | Int32s, values: Int64s | Bools, sums: Int64s) -> None:
    for at in range(len(rows)):
        sums[rows[at]] += values[at]

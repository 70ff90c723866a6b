"""A forest as arrays: preorder, so that the sum over any subtree is the difference of two cumulative sums.

Everything is built by pointer doubling (each round doubles the distance every person looks up), so that the number of
NumPy calls grows with the logarithm of the depth: a chain of a million people costs twenty rounds, not a million.
"""

from dataclasses import dataclass

import numpy as np

from app.engine.columns import Bools, Int64s, sealed
from app.engine.errors import AmountOverflowError, BrokenTreeError

SAFE_SUM = 2**62
"""Sums of absolute values must stay below this, so that no order of adding them can leave int64."""

_NAMED = 20


@dataclass(frozen=True, slots=True)
class Forest:
    """One tree kind over n people. All arrays are read-only int64.

    `up` has n + 1 entries: the parent of each person, and n ("nobody") for roots and for nobody itself, so that walking
    up needs no test. `depth` is 0 at a root. `size` counts the inclusive subtree. `order` lists people in preorder
    (children by ix), `position` is its inverse: the subtree of p is `order[position[p] : position[p] + size[p]]`.
    """

    up: Int64s
    depth: Int64s
    size: Int64s
    order: Int64s
    position: Int64s

    @property
    def people(self) -> int:
        """n."""
        return len(self.position)

    def subtree_sums(self, values: Int64s | Bools) -> Int64s:
        """Per person the exact sum of `values` (n) over the inclusive subtree; AmountOverflowError beyond 64 bits."""
        guard_sum("a subtree sum", values)
        running = np.zeros(self.people + 1, dtype=np.int64)
        np.cumsum(values[self.order], out=running[1:])
        sums: Int64s = running[self.position + self.size] - running[self.position]
        return sums

    def path_sums(self, values: Int64s | Bools) -> Int64s:
        """Per person the exact sum of `values` (n) over the person and all ancestors."""
        guard_sum("a path sum", values)
        change = np.zeros(self.people + 1, dtype=np.int64)
        change[:-1] = values[self.order]
        # In preorder, the ends of subtrees lie near each other in memory.
        np.subtract.at(change, np.arange(self.people) + self.size[self.order], change[:-1].copy())
        sums: Int64s = np.cumsum(change)[self.position]
        return sums

    def child_sums(self, values: Int64s | Bools) -> Int64s:
        """Per person the exact sum of `values` (n) over the direct children."""
        return scatter_sums(self.up[:-1], values, self.people + 1)[:-1]

    def nearest(self, wanted: Bools) -> Int64s:
        """Per person, and for nobody (n + 1 entries), the nearest ancestor-or-self for whom `wanted` holds, else n."""
        nobody = self.people
        jump = np.append(np.where(wanted, np.arange(nobody), self.up[:-1]), nobody)
        settled = np.append(wanted, True)
        live = np.flatnonzero(~settled[jump])
        while live.size:
            jump[live] = jump[jump[live]]
            live = live[~settled[jump[live]]]
        return jump


def scatter_sums(rows: Int64s, values: Int64s | Bools, length: int) -> Int64s:
    """The exact sum of `values` per row number, shape (length,); AmountOverflowError beyond 64 bits."""
    guard_sum("a sum", values)
    sums = np.zeros(length, dtype=np.int64)
    np.add.at(sums, rows, values.astype(np.int64, copy=False))
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
    up = np.append(np.where(parent < 0, people, parent), people)
    depth, size = _depths_and_sizes(tree, up)
    children, before = _siblings(up, size)
    # The place of a person is the number of people before them: along the path from the root, one for each ancestor
    # and the whole subtrees of earlier siblings.
    position = np.zeros(people + 1, dtype=np.int64)
    position[children] = before + 1
    jump = up
    live = np.flatnonzero(jump[:-1] < people)
    while live.size:
        # Both right-hand sides are gathered before either array changes.
        add, further = position[jump[live]], jump[jump[live]]
        position[live] += add
        jump = jump.copy() if jump is up else jump
        jump[live] = further
        live = live[further < people]
    position = position[:-1] - 1
    order = np.empty(people, dtype=np.int64)
    order[position] = np.arange(people)
    return Forest(up=sealed(up), depth=sealed(depth), size=sealed(size), order=sealed(order), position=sealed(position))


def _depths_and_sizes(tree: str, up: Int64s) -> tuple[Int64s, Int64s]:
    """By doubling: `steps` and `below` cover distances under 2^k after round k."""
    people = len(up) - 1
    steps = (up < people).astype(np.int64)
    below = np.ones(people + 1, dtype=np.int64)
    below[people] = 0
    jump = up.copy()
    live = np.flatnonzero(jump < people)
    rounds = 0
    while live.size:
        if rounds > people.bit_length():
            raise _cycle(tree, np.unique(jump[live]))
        targets = jump[live]
        further, more_steps, more_below = jump[targets], steps[targets], below[live]
        np.add.at(below, targets, more_below)
        steps[live] += more_steps
        jump[live] = further
        live = live[further < people]
        rounds += 1
    return steps[:-1], below[:-1]


def _siblings(up: Int64s, size: Int64s) -> tuple[Int64s, Int64s]:
    """People sorted by (parent, ix), and for each the people in the subtrees of their earlier siblings."""
    people = len(size)
    bits = people.bit_length()
    keys = np.sort((up[:-1] << bits) | np.arange(people))
    children = keys & ((1 << bits) - 1)
    parents = keys >> bits
    sizes = size[children]
    running = np.cumsum(sizes) - sizes
    first = np.ones(people, dtype=bool)
    first[1:] = parents[1:] != parents[:-1]
    return children, running - np.repeat(running[first], np.diff(np.append(np.flatnonzero(first), people)))


def _cycle(tree: str, people: Int64s) -> BrokenTreeError:
    named = [int(ix) for ix in people[:_NAMED]]
    more = f" and {len(people) - _NAMED} more" if len(people) > _NAMED else ""
    return BrokenTreeError(
        f"the {tree} tree has a cycle through people with ix {named}{more}; repair their edges and snapshot again",
        tree=tree,
        people=named,
        count=len(people),
    )

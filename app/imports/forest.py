"""Questions about forests given as parent arrays, answered for all nodes at once by pointer doubling.

No recursion and no loop per level, so a chain of a million costs twenty rounds like any other shape.
"""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
TOP = -1


def cycles(parent: Ints) -> list[list[int]]:
    """Each cycle as its members from the lowest node on, child to parent. `parent` holds -1 for a top."""
    alive = parent >= 0
    # A node that hangs below nobody's mistake leaves as soon as its way up has ended; after 2^k >= n steps
    # whoever is still under way stands on a cycle, and every member of one has been reached.
    here, steps = parent.copy(), 1
    while steps < len(parent) and alive.any():
        here[alive] = here[here[alive]]
        alive = here >= 0
        steps *= 2
    found: list[list[int]] = []
    seen: set[int] = set()
    for start in np.unique(here[here >= 0]).tolist():
        if start in seen:
            continue
        members, node = [start], int(parent[start])
        while node != start:
            members.append(node)
            node = int(parent[node])
        seen.update(members)
        found.append(members)
    return found


def depths(parent: Ints) -> Ints:
    """Steps from each node to its top; `parent` must have no cycle."""
    depth = (parent >= 0).astype(np.int64)
    here = parent.copy()
    while (alive := np.flatnonzero(here >= 0)).size:
        depth[alive] += depth[here[alive]]
        here[alive] = here[here[alive]]
    return depth


def ancestors_at(parent: Ints, nodes: Ints, steps: Ints) -> Ints:
    """For each of `nodes` the node `steps` (>= 0) above it, -1 beyond the top; `parent` must have no cycle."""
    here, jump, left = nodes.copy(), parent.copy(), steps.copy()
    while left.any():
        odd = (left % 2 == 1) & (here >= 0)
        here[odd] = jump[here[odd]]
        alive = jump >= 0
        jump[alive] = jump[jump[alive]]
        left //= 2
    return here


def highest_above(parent: Ints, values: Ints) -> Ints:
    """The largest value of each node and those above it; `parent` must have no cycle."""
    found, jump = values.copy(), parent.copy()
    while (alive := np.flatnonzero(jump >= 0)).size:
        found[alive] = np.maximum(found[alive], found[jump[alive]])
        jump[alive] = jump[jump[alive]]
    return found


def any_above(parent: Ints, flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """For each node whether `flags` holds for it or for a node above it; `parent` must have no cycle."""
    found, jump = flags.copy(), parent.copy()
    while (alive := np.flatnonzero(jump >= 0)).size:
        found[alive] |= found[jump[alive]]
        jump[alive] = jump[jump[alive]]
    return found

"""Where sellers stand below people in the trees of one run, for many pairs of them at once."""

from dataclasses import dataclass

import numpy as np

from app.differences.models import Paid
from app.engine.case import beginnings, climbed_by, least_rank
from app.engine.columns import Bools, Int64s
from app.engine.forest import Forest
from app.engine.gates import active_in
from app.engine.models import Snapshot
from app.plans.matrix import Matrix
from app.plans.unilevel import LevelBonus, Unilevel


@dataclass(frozen=True, slots=True)
class Reached:
    """distance: from the person down to the seller in the tree of the bonus, -1 where the seller is not at or below.
    paid_level: the level that the sale is for the person, paid or not, -1 where it does not reach them."""

    distance: Int64s
    paid_level: Int64s


def levels_of(paid: Paid, ix: Int64s, order: Int64s, bonus: Int64s) -> Reached:
    """For each person, order row and bonus of the plan; -1 where the run has none of it.

    Cost: O(n log n) of people, whatever the number of pairs, and O(1) for each pair.
    """
    snapshot, plan = paid.taken.snapshot, paid.plan
    found = _reached(snapshot, None, ~snapshot.people.passed_over, ix, order)
    for at, each in enumerate(plan.bonuses):
        here = bonus == at
        if isinstance(each, Matrix):
            own = _reached(snapshot, each, _counted(paid, at, each), ix[here], order[here])
            found.distance[here], found.paid_level[here] = own.distance, own.paid_level
        elif isinstance(each, Unilevel) and (each.compression == "standard" or each.reach is not None):
            own = _reached(snapshot, each, _counted(paid, at, each), ix[here], order[here])
            found.paid_level[here] = own.paid_level
    return Reached(found.distance, np.where(bonus >= 0, found.paid_level, -1))


def _counted(paid: Paid, at: int, bonus: LevelBonus) -> Bools:
    """Whose level is counted."""
    if bonus.compression == "none":
        return ~paid.taken.snapshot.people.passed_over
    ranks = paid.result.ranks
    return active_in(paid.plan, ranks, at) & (ranks.pay >= least_rank(paid.plan, bonus))


def _reached(snapshot: Snapshot, bonus: LevelBonus | None, counted: Bools, ix: Int64s, order: Int64s) -> Reached:
    """Up the tree of a bonus, or the sponsor tree. `counted` (n): whose level is counted."""
    tree = climbed_by(snapshot, bonus)
    seller = np.append(snapshot.orders.seller, -1)[order]
    below = (ix >= 0) & (seller >= 0)
    below[below] = _is_below(tree, ix[below], seller[below])
    depth = np.append(tree.depth.astype(np.int64), 0)
    distance = np.where(below, depth[seller] - depth[ix], -1)

    # The buyer of an own purchase is nobody's level.
    own = np.append(snapshot.orders.buyer, -1)[order] >= 0
    first = np.append(beginnings(snapshot, bonus), -1)[order]
    reaches = below & (first < tree.people) & ~(own & (distance == 0))
    if bonus is not None and bonus.reach is not None:
        reaches &= distance + ~own <= bonus.reach
    level = _levels(tree, counted, ix, np.where(reaches, first, -1))
    return Reached(distance, np.where(reaches, level, -1))


def _levels(tree: Forest, counted: Bools, ix: Int64s, first: Int64s) -> Int64s:
    """How many count from `first` up to the person; the person in any case."""
    sums = np.append(tree.path_sums(counted), 0)
    levels: Int64s = sums[first] - sums[ix] + 1
    return levels


def _is_below(tree: Forest, above: Int64s, below: Int64s) -> Bools:
    """Whether the second of each pair is the first or stands under them."""
    sizes = tree.sizes
    begins = _preorder(tree, sizes)
    inside: Bools = (begins[above] <= begins[below]) & (begins[below] < begins[above] + sizes[above])
    return inside


def _preorder(tree: Forest, sizes: Int64s) -> Int64s:
    """A number for each person so that everybody's subtree is one run of numbers."""
    parent = tree.up[:-1]
    by_parent = np.argsort(parent, kind="stable")
    running = np.cumsum(sizes[by_parent]) - sizes[by_parent]
    of_parent = parent[by_parent]
    first = np.ones(len(by_parent), np.bool_)
    first[1:] = of_parent[1:] != of_parent[:-1]
    earlier = running - running[np.maximum.accumulate(np.where(first, np.arange(len(first)), 0))]
    offset = np.empty(len(parent), np.int64)
    offset[by_parent] = earlier + (of_parent < len(parent))  # one more below somebody
    return tree.path_sums(offset)

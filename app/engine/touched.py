"""Ranks after some more orders: of those whom these touch, by the same rules and kernels as everybody's.

An order touches its seller and everybody above. They are ranked anew together with whoever stands right below one of
them, whose own figures stay, and stand for all below. So what is found is what `rank_people` finds of all orders.
"""

from typing import NamedTuple

import numpy as np

from app.engine.columns import Bools, Int64s
from app.engine.forest import Part, guard_sum, part_of, scatter_sums
from app.engine.measures import (
    CUSTOMERS,
    GROUP_CUSTOMERS,
    WEAK_LEG,
    Figures,
    Measure,
    WithinLevels,
    customers_who_bought,
    take_up,
    weak_leg,
)
from app.engine.models import Ranks, Snapshot
from app.engine.ranking import CUSTOMER, GROUP, LEGS, PERSONAL, Ranking, add_volumes


class Sales(NamedTuple):
    """Columns of orders and returns (m) as in `Orders`, with PV as the plan counts it."""

    seller: Int64s
    buyer: Int64s
    pv: Int64s
    customer: Int64s

    def after(self, rows: int) -> "Sales":
        """Without the first ones."""
        return Sales(*(column[rows:] for column in self))


class Before(NamedTuple):
    """How everybody (n) stood without the last orders. `in_legs`: PV of each one's whole placement subtree, where a
    rank of the plan looks at it."""

    ranks: Ranks
    in_legs: Int64s | None


class Touched(NamedTuple):
    """Who may stand otherwise now, how they do, and whose placement subtree holds how much PV. Rows are ix."""

    rows: Int64s
    ranks: Ranks
    placed: Int64s
    in_legs: Int64s


def looks_at_legs(ranking: Ranking) -> bool:
    """Whether a rank looks at the placement tree."""
    return WEAK_LEG in ranking.measures


def placement_sums(snapshot: Snapshot, ranks: Ranks) -> Int64s:
    """PV of everybody's whole placement subtree (n)."""
    return snapshot.binary_tree.subtree_sums(ranks.actuals[PERSONAL])


def touched_by(snapshot: Snapshot, ranking: Ranking, before: Before, sales: Sales, known: int) -> Touched:
    """How those stand whom the orders after the first `known` of `sales` touch. The people and trees are those of
    `snapshot`, whose orders are not looked at. Raises AmountOverflowError.

    O(people touched), and a few looks at everybody; where a rank counts customers, a look at every order.
    """
    more = sales.after(known)
    guard_sum("a sum", more.pv)
    placed = _placed(snapshot, before, more)
    part = part_of(snapshot.sponsor_tree, np.union1d(more.seller, placed.rows))
    actuals = np.take(before.ranks.actuals, part.rows, axis=1)
    was = actuals.copy()
    add_volumes(_places(part, more.seller), more.buyer, more.pv, actuals[PERSONAL], actuals[CUSTOMER])
    active = ranking.active(snapshot.people.active[part.rows], actuals[PERSONAL])
    within = part.within
    actuals[GROUP] = part.tree.subtree_sums(np.where(within, actuals[PERSONAL], was[GROUP]))
    # Whoever ends the part stands for everybody below.
    leg_active = active | (~within & (was[LEGS] > 0))
    figures = Figures(part.tree, actuals[PERSONAL], actuals[CUSTOMER], actuals[GROUP], active, leg_active)
    for row in range(LEGS, ranking.by_rank):
        measure = ranking.measures[row]
        if measure == WEAK_LEG:
            actuals[row, part.place[placed.rows]] = placed.weak
        elif measure == CUSTOMERS:
            _count_customers(part, sales, more, actuals[row])
        else:
            actuals[row] = np.where(within, _taken(measure, figures, within, was, row), was[row])
    actuals[ranking.by_rank :, within] = 0
    ranks = ranking.of(part.rows).settled(part.tree, active, actuals)
    return Touched(part.rows[: part.inside], ranks.of(slice(part.inside)), placed.rows, placed.in_legs)


def _taken(measure: Measure, figures: Figures, within: Bools, was: Int64s, row: int) -> Int64s:
    """A measure of everybody in the part; of those who end it, anything."""
    if isinstance(measure, WithinLevels):
        # Of what is further down than the part reaches nothing has changed.
        unchanged: Int64s = was[row]
        return unchanged + take_up(measure, figures._replace(group=figures.group - was[GROUP]))
    if measure == GROUP_CUSTOMERS:
        return take_up(measure, figures._replace(customers=np.where(within, figures.customers, was[row])))
    return take_up(measure, figures)


def _count_customers(part: Part, sales: Sales, more: Sales, counted: Int64s) -> None:
    """Write how many customers bought of those who sold something now."""
    sold = np.zeros(len(part.place), dtype=np.bool_)
    sold[more.seller] = True
    theirs = np.flatnonzero(sold[sales.seller])
    sellers = _places(part, sales.seller[theirs])
    count = customers_who_bought(sellers, sales.customer[theirs], sales.pv[theirs], len(part.rows))
    selling = sold[part.rows]
    counted[selling] = count[selling]


class _Placed(NamedTuple):
    """Whose placement subtree changes, how much PV it holds, and how much their weak leg does."""

    rows: Int64s
    in_legs: Int64s
    weak: Int64s


def _placed(snapshot: Snapshot, before: Before, more: Sales) -> _Placed:
    if before.in_legs is None:
        nobody = np.zeros(0, dtype=np.int64)
        return _Placed(nobody, nobody, nobody)
    part = part_of(snapshot.binary_tree, np.unique(more.seller))
    sold = scatter_sums(_places(part, more.seller), more.pv, len(part.rows))
    in_legs = before.in_legs[part.rows] + part.tree.subtree_sums(sold)
    weak = weak_leg(part.tree, snapshot.people.slot[part.rows], in_legs)
    return _Placed(part.rows[: part.inside], in_legs[: part.inside], weak[: part.inside])


def _places(part: Part, people: Int64s) -> Int64s:
    """The numbers of some people in a part."""
    return part.place[people].astype(np.int64)

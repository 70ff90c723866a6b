"""Unilevel pay up the sponsor tree, levels counted with or without the inactive."""

from dataclasses import dataclass

import numpy as np

from app.engine.case import Case
from app.engine.columns import Bools, Int8s, Int16s, Int64s
from app.engine.models import Lines, Misses, Reason, Snapshot
from app.engine.rates import RateTable, rate_table, share_of
from app.plans.models import Unilevel


@dataclass(frozen=True, slots=True)
class _Steps:
    """Who stands where above which order: one row per (person, order), sorted by (person, order's seq)."""

    person: Int64s
    order: Int64s
    level: Int64s
    paid_level: Int64s

    def where(self, mask: Bools) -> "_Steps":
        return _Steps(self.person[mask], self.order[mask], self.level[mask], self.paid_level[mask])


def pay_unilevel(case: Case, index: int, bonus: Unilevel) -> tuple[Lines, Misses]:
    """Lines and misses of one bonus (the plan's number `index`), sorted by (person, order's seq).

    An order without CV makes neither. Under standard compression an inactive person is named in a miss when they stand
    within the plan's depth by plain counting, with the level they would have been paid as.
    """
    table = rate_table(bonus, case.plan)
    compressed = bonus.compression == "standard"
    steps = _steps(case.snapshot, case.ranks.active, table.levels, compressed=compressed)
    rated = table.num[case.ranks.pay[steps.person], steps.paid_level - 1] > 0
    paid = case.ranks.active[steps.person] & rated
    payable = rated | (table.needed[case.ranks.pay[steps.person], steps.paid_level - 1] >= 0)
    lines = _lines(case, index, table, steps.where(paid))
    return lines, _misses(case, index, table, steps.where(payable & ~paid), compressed=compressed)


def _steps(snapshot: Snapshot, active: Bools, levels: int, *, compressed: bool) -> _Steps:
    orders, tree = snapshot.orders, snapshot.sponsor_tree
    rows = np.argsort(orders.seq)
    rows = rows[orders.cv[rows] != 0]
    seller = orders.seller[rows]
    # A customer's order pays its seller first, an own purchase the buyer's sponsor.
    start = np.where(orders.buyer[rows] < 0, seller, tree.up[seller])
    climbed = _climb(start, tree.up, levels)
    if compressed:
        nearest = tree.nearest(active)
        skipped = np.where(np.append(active, True)[climbed], tree.people, climbed)
        climbed = np.concatenate([_climb(nearest[start], nearest[tree.up], levels), skipped], axis=1)
    person, at = _sorted_pairs(climbed, tree.people)
    # Level 1 is `start`: a level is a difference of depths, a paid level one of depths counted in active people.
    level = tree.depth[start[at]] - tree.depth[person] + 1
    paid_level = level
    if compressed:
        counted = tree.path_sums(active)
        paid_level = counted[start[at]] - counted[person] + 1
    return _Steps(person, rows[at], level, paid_level)


def _climb(start: Int64s, up: Int64s, levels: int) -> Int64s:
    """`start` and the next people above, shape (orders, levels), filled up with nobody."""
    climbed = np.empty((len(start), levels), dtype=np.int64)
    current = start
    for level in range(levels):
        climbed[:, level] = current
        current = up[current]
    return climbed


def _sorted_pairs(climbed: Int64s, nobody: int) -> tuple[Int64s, Int64s]:
    """(person, row of `climbed`) of every cell with somebody in it, sorted by both; no pair appears twice."""
    flat = climbed.ravel()
    cells = np.flatnonzero(flat < nobody)
    bits = max(1, climbed.shape[0].bit_length())
    # Sorting one packed integer is several times faster than a stable argsort over two columns.
    packed = np.sort((flat[cells] << bits) | (cells // climbed.shape[1]))
    return packed >> bits, packed & ((1 << bits) - 1)


def _lines(case: Case, index: int, table: RateTable, steps: _Steps) -> Lines:
    orders = case.snapshot.orders
    base = orders.cv[steps.order]
    rank = case.ranks.pay[steps.person]
    num, den = table.num[rank, steps.paid_level - 1], table.den[rank, steps.paid_level - 1]
    amount = share_of(base, num, den, case.plan.rounding)
    return Lines(
        bonus=np.full(len(base), index, dtype=np.int16),
        earner=steps.person.astype(np.int32),
        source=orders.seller[steps.order].astype(np.int32),
        order=steps.order.astype(np.int32),
        level=steps.level.astype(np.int32),
        paid_level=steps.paid_level.astype(np.int16),
        rate_num=num,
        rate_den=den,
        base=base,
        raw=amount,
        amount=amount,
        rank=rank,
    )


def _misses(case: Case, index: int, table: RateTable, steps: _Steps, *, compressed: bool) -> Misses:
    column, rank = steps.paid_level - 1, case.ranks.pay[steps.person]
    rank_needed = table.needed[rank, column]
    reason, needed, actual = _reasons(case, steps.person, rank_needed)
    entitled = np.where(rank_needed >= 0, rank_needed, rank)
    base = case.snapshot.orders.cv[steps.order]
    forgone = share_of(base, table.num[entitled, column], table.den[entitled, column], case.plan.rounding)
    passed_on = (reason != Reason.RANK_DEPTH) & compressed
    return Misses(
        bonus=np.full(len(base), index, dtype=np.int16),
        person=steps.person.astype(np.int32),
        order=steps.order.astype(np.int32),
        level=steps.level.astype(np.int32),
        paid_level=steps.paid_level.astype(np.int16),
        reason=reason,
        rank_needed=rank_needed,
        needed=needed,
        actual=actual,
        forgone=forgone,
        breakage=np.where(passed_on, 0, forgone),
    )


def _reasons(case: Case, person: Int64s, rank_needed: Int16s) -> tuple[Int8s, Int64s, Int64s]:
    """Reason, needed and actual: inactivity comes first, since an inactive person is paid nothing at any rank."""
    reason, needed, actual = case.inactivity()
    by_rank = case.ranks.active[person]
    return (
        np.where(by_rank, np.int8(Reason.RANK_DEPTH), reason[person]),
        np.where(by_rank, rank_needed.astype(np.int64), needed[person]),
        np.where(by_rank, case.ranks.pay[person], actual[person]),
    )

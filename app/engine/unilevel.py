"""Unilevel pay up the sponsor tree, levels counted with or without the inactive."""

from dataclasses import dataclass, fields

import numpy as np

from app.engine.case import Case
from app.engine.columns import Bools, Int8s, Int16s, Int32s, Int64s
from app.engine.models import Lines, Misses, Reason
from app.engine.rates import RateTable, rate_table, share_of
from app.plans.models import Unilevel


@dataclass(frozen=True, slots=True)
class _Steps:
    """Who stands where above which order: one row per (person, order), sorted by (person, order's seq).

    `cell` is the place in the bonus's rate table of the person's rank at the paid level.
    """

    person: Int64s
    order: Int32s
    source: Int32s
    base: Int64s
    level: Int64s
    paid_level: Int64s
    cell: Int64s

    def where(self, mask: Bools) -> "_Steps":
        rows = np.flatnonzero(mask)
        return _Steps(**{each.name: getattr(self, each.name)[rows] for each in fields(self)})


def pay_unilevel(case: Case, index: int, bonus: Unilevel) -> tuple[Lines, Misses]:
    """Lines and misses of one bonus (the plan's number `index`), sorted by (person, order's seq).

    An order without CV makes neither. Under standard compression an inactive person is named in a miss when they stand
    within the plan's depth by plain counting, with the level they would have been paid as.
    """
    table = rate_table(bonus, case.plan)
    compressed = bonus.compression == "standard"
    steps = _steps(case, table, compressed=compressed)
    rated = table.num[steps.cell] > 0
    paid = case.ranks.active[steps.person] & rated
    payable = rated | (table.needed[steps.cell] >= 0)
    lines = _lines(case, index, table, steps.where(paid))
    return lines, _misses(case, index, table, steps.where(payable & ~paid), compressed=compressed)


def _steps(case: Case, table: RateTable, *, compressed: bool) -> _Steps:
    orders, tree, active = case.snapshot.orders, case.snapshot.sponsor_tree, case.ranks.active
    rows = np.argsort(orders.seq)
    rows = rows[orders.cv[rows] != 0]
    seller = orders.seller[rows]
    # A customer's order pays its seller first, an own purchase the buyer's sponsor.
    start = np.where(orders.buyer[rows] < 0, seller, tree.up[seller])
    everybody = np.append(np.ones(tree.people, dtype=np.bool_), False)
    counted = tree.depth
    climbs = [_climb(start, tree.up, table.levels, everybody)]
    if compressed:
        nearest, inactive = tree.nearest(active), np.append(~active, False)
        counted = tree.path_sums(active)
        climbs = [
            _climb(nearest[start], nearest[tree.up], table.levels, everybody),
            _climb(start, tree.up, table.levels, inactive),
        ]
    person, at = _sorted_pairs(climbs)
    # Level 1 is `start`: a level is a difference of depths, a paid level one of depths counted in active people. One
    # narrow row per order, so that a pair costs one jump through memory instead of four; nobody's depth is never read.
    facts = np.stack(
        [rows, seller, np.append(tree.depth, 0)[start], np.append(counted, 0)[start]], axis=1, dtype=np.int32
    )
    order, source, start_depth, start_counted = facts.take(at, axis=0).T
    paid_level = start_counted - counted[person] + 1
    return _Steps(
        person=person,
        order=order,
        source=source,
        base=orders.cv[rows][at],
        level=start_depth - tree.depth[person] + 1,
        paid_level=paid_level,
        cell=table.cells(case.ranks.pay[person], paid_level),
    )


def _climb(start: Int64s, up: Int64s, levels: int, wanted: Bools) -> list[tuple[Int64s, Int64s]]:
    """(people, rows of `start`) for `start` itself and each further step up, of those people who are wanted (n + 1)."""
    found = []
    current = start
    for _ in range(levels):
        rows = np.flatnonzero(wanted[current])
        found.append((current[rows], rows))
        current = up[current]
    return found


def _sorted_pairs(climbs: list[list[tuple[Int64s, Int64s]]]) -> tuple[Int64s, Int64s]:
    """All (person, row) pairs sorted by both; no pair appears twice."""
    pairs = [pair for climb in climbs for pair in climb]
    bits = max(1, max(int(rows[-1]) if rows.size else 0 for _, rows in pairs).bit_length())
    # Sorting one packed integer is several times faster than a stable argsort over two columns.
    packed = np.concatenate([(person << bits) | rows for person, rows in pairs])
    packed.sort()
    return packed >> bits, packed & ((1 << bits) - 1)


def _lines(case: Case, index: int, table: RateTable, steps: _Steps) -> Lines:
    num, den = table.num[steps.cell], table.den[steps.cell]
    amount = share_of(steps.base, num, den, case.plan.rounding)
    return Lines(
        bonus=np.full(len(amount), index, dtype=np.int16),
        earner=steps.person.astype(np.int32),
        source=steps.source,
        order=steps.order,
        level=steps.level.astype(np.int32),
        paid_level=steps.paid_level.astype(np.int16),
        rate_num=num,
        rate_den=den,
        base=steps.base,
        raw=amount,
        amount=amount,
        rank=case.ranks.pay[steps.person],
    )


def _misses(case: Case, index: int, table: RateTable, steps: _Steps, *, compressed: bool) -> Misses:
    rank_needed = table.needed[steps.cell]
    reason, needed, actual = _reasons(case, steps.person, rank_needed)
    entitled = np.where(rank_needed >= 0, table.cells(rank_needed, steps.paid_level), steps.cell)
    forgone = share_of(steps.base, table.num[entitled], table.den[entitled], case.plan.rounding)
    passed_on = (reason != Reason.RANK_DEPTH) & compressed
    return Misses(
        bonus=np.full(len(forgone), index, dtype=np.int16),
        person=steps.person.astype(np.int32),
        order=steps.order,
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

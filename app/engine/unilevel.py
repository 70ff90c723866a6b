"""Pay by levels up the sponsor tree or the matrix, counted with or without those who are not paid on them."""

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.engine.case import Activity, Case, Draft, beginnings, climbed_by, inactivity, takes_any_level
from app.engine.columns import Bools, Int8s, Int16s, Int32s, Int64s
from app.engine.compiled import compiled
from app.engine.cores import Cores
from app.engine.errors import PlanMismatchError
from app.engine.forest import Forest
from app.engine.models import Lines, LinesRecord, Misses, MissesRecord, Orders, Reason, Snapshot
from app.engine.rates import PAID, UNPAID, RateTable, Rounding, rate_table, rounding_of, share_of
from app.plans.matrix import Matrix
from app.plans.unilevel import LevelBonus

AT_ONCE = 8192
"""So many sales are dealt out together: few enough for the cache."""

_RANK_DEPTH = int(Reason.RANK_DEPTH)
_SOLD = np.dtype([("cv", np.int64), ("seller", np.int32), ("depth", np.int32)], align=True)
"""What a row says of its order, side by side in memory, since rows ask for orders here and there.

`depth`: 1 more than that of the person where the walk begins; less that of an earner, it is the level.
"""


class _Walk(NamedTuple):
    """What a walk up from an order looks at.

    `nearest` (k, n + 1): the first person who takes a level, from each on upwards; paid level l is looked up in its row
    nearest_of[l - 1]. `depth` (n): how many stand above each person. `standing` (n): 4 x the row of the rate table that
    is the person's rank's, 2 more when they take whatever level comes to them, and 1 more when they are active.
    `reach`: so many levels up a sale is paid at most, counted plainly; no fewer than the rate table has.
    """

    up: Int32s
    nearest: Int32s
    nearest_of: Int8s
    depth: Int32s
    standing: Int16s
    reach: int


class _Sales(NamedTuple):
    """Orders with CV, by seq: their rows in the snapshot, and where walks up from them begin."""

    order: Int32s
    start: Int32s


class _Ways(NamedTuple):
    """Who gets a row of a sale that begins at `start`: those from first[start] (n + 1) on, up to the next start's.

    `person`: who gets a line, or ~person who gets a miss; `paid_level`: which level it is after compression.
    """

    first: Int64s
    person: Int32s
    paid_level: Int8s


class _Priced(NamedTuple):
    """What a row costs: each order of the snapshot as _SOLD; how shares of its CV are rounded."""

    sold: NDArray[np.void]
    rounding: Rounding


def draft_unilevel(case: Case, index: int, bonus: LevelBonus) -> Draft:
    """Lines and misses of one bonus (the plan's number `index`), each person's in the order of the orders' seq.

    An order without CV makes neither. Under standard compression an inactive person is named in a miss when they stand
    within the plan's depth by plain counting, with the level they would have been paid as; under dynamic compression so
    is everybody who is not paid on the level that comes to them. Raises PlanMismatchError where the company keeps no
    matrix that the bonus pays up, or a wider one.
    """
    orders = case.snapshot.orders
    if isinstance(bonus, Matrix):
        _check_width(case.snapshot, bonus)
    table = rate_table(bonus, case.plan)
    walk = _walk(case, bonus, table)
    sales = _sales(orders, beginnings(case.snapshot, bonus), len(case.snapshot.people))
    rates = zip(table.num.tolist(), table.den.tolist(), strict=True)
    return _Draft(
        index=index,
        table=table,
        walk=walk,
        parts=_counted(walk, table, sales, case.cores),
        priced=_Priced(_sold(orders, sales, walk), rounding_of(case.plan.rounding, orders.cv, rates)),
        rank=case.ranks.pay,
        activity=case.activity,
        cores=case.cores,
    )


def _check_width(snapshot: Snapshot, bonus: Matrix) -> None:
    slots = snapshot.people.matrix_slot
    if slots is not None and (used := int(slots.max(initial=0))) > bonus.width:
        raise PlanMismatchError(
            f"The bonus {bonus.name!r} pays up a matrix {bonus.width} wide, and people stand in slot {used}"
        )


def _walk(case: Case, bonus: LevelBonus, table: RateTable) -> _Walk:
    tree, ranks = climbed_by(case.snapshot, bonus), case.ranks
    # The row behind the last rank's is that of people without one.
    row = np.where(ranks.pay < 0, len(case.plan.ranks), ranks.pay)
    takes = takes_any_level(case.snapshot, case.plan, ranks, bonus)
    if bonus.compression == "dynamic":
        nearest, nearest_of = _nearest_by_level(tree, table, row, ranks.active)
    else:
        # Where everybody takes their level, nobody is beyond the plan's depth, and nobody asks who is next.
        nearest = (tree.up if takes.all() else tree.nearest(takes))[np.newaxis]
        nearest_of = np.zeros(table.levels, dtype=np.int8)
    standing = (row * 4 + takes * 2 + ranks.active).astype(np.int16)
    reach = len(standing) if bonus.reach is None else bonus.reach
    return _Walk(tree.up, nearest, nearest_of, tree.depth, standing, max(reach, table.levels))


def _nearest_by_level(tree: Forest, table: RateTable, row: Int64s, active: Bools) -> tuple[Int32s, Int8s]:
    """For each set of ranks that some level pays, the nearest active person of them; and by level which set it is."""
    paid = table.kind.reshape(-1, table.levels) == PAID
    sets, nearest_of = np.unique(paid, axis=1, return_inverse=True)
    nearest = np.stack([tree.nearest(active & sets[row, at]) for at in range(sets.shape[1])])
    return nearest, nearest_of.ravel().astype(np.int8)


def _sales(orders: Orders, start: Int32s, people: int) -> _Sales:
    """Without those that nobody is in line for, such as own purchases of who has nobody above."""
    order = np.flatnonzero((orders.cv != 0) & (start < people)).astype(np.int32)
    if not (orders.seq[1:] > orders.seq[:-1]).all():
        order = order[np.argsort(orders.seq[order])]
    return _Sales(order, start[order])


def _sold(orders: Orders, sales: _Sales, walk: _Walk) -> NDArray[np.void]:
    sold = np.empty(len(orders), dtype=_SOLD)
    _describe(orders.cv, orders.seller, sales, walk, sold)
    return sold


def _counted(walk: _Walk, table: RateTable, sales: _Sales, cores: Cores) -> "list[_Part]":
    """The sales in parts, as many as cores, and how many rows each person gets of each."""
    parts = [_Sales(*(column[first:end] for column in sales)) for first, end in cores.ranges(len(sales.order))]
    return cores.run(partial(_counted_part, walk, table, part) for part in parts)


def _counted_part(walk: _Walk, table: RateTable, sales: _Sales) -> "_Part":
    people = len(walk.standing)
    times = np.bincount(sales.start, minlength=people)
    line_counts, miss_counts = np.zeros(people, dtype=np.int64), np.zeros(people, dtype=np.int64)
    # Each level is reached once by plain counting, and once more at most by counting those who count.
    most = 2 * table.levels * np.count_nonzero(times)
    ways = _Ways(np.empty(people + 1, np.int64), np.empty(most, np.int32), np.empty(most, np.int8))
    _climb(walk, table, times, ways, line_counts, miss_counts)
    return _Part(sales, ways, line_counts, miss_counts)


class _Part(NamedTuple):
    """Some sales, all of them after those of the part before, and the rows that each person (n) gets of them."""

    sales: _Sales
    ways: _Ways
    line_counts: Int64s
    miss_counts: Int64s


@dataclass(frozen=True, slots=True)
class _Draft:
    """Everything that the rows of one bonus are written from; shapes as in the models."""

    index: int
    table: RateTable
    walk: _Walk
    parts: list[_Part]
    priced: _Priced
    rank: Int16s
    activity: Activity
    cores: Cores

    @property
    def line_counts(self) -> Int64s:
        """See Draft."""
        return _sum_of([part.line_counts for part in self.parts])

    @property
    def miss_counts(self) -> Int64s:
        """See Draft."""
        return _sum_of([part.miss_counts for part in self.parts])

    def write(self, lines: Lines, line_at: Int64s, misses: Misses, miss_at: Int64s) -> None:
        """See Draft."""
        line, miss = lines.as_record(LinesRecord), misses.as_record(MissesRecord)
        line_end, miss_end = line_at.copy(), miss_at.copy()
        deals = []
        for part in self.parts:
            orders = lines.order, lines.paid_level, misses.order, misses.paid_level
            deals.append(partial(_deal, part.sales, part.ways, line_end, miss_end, *orders))
            line_end, miss_end = line_end + part.line_counts, miss_end + part.miss_counts
        self.cores.run(deals)
        known = self.index, self.walk, self.table, self.priced, self.rank
        self.cores.run(
            [
                *(
                    partial(_write_misses, *known, self.activity, *people, miss_at, miss_end, miss)
                    for people in self.cores.people_by_rows(miss_at)
                ),
                *(
                    partial(_write_lines, *known, *people, line_at, line_end, line)
                    for people in self.cores.people_by_rows(line_at)
                ),
            ]
        )


def _sum_of(columns: list[Int64s]) -> Int64s:
    return columns[0] if len(columns) == 1 else np.add.reduce(columns)


# -------------------------------------------------------------------------------------------------------------- kernels
#
# No loop calls a function that takes columns: to count the references to them would cost more than all the rest.


@compiled
def _describe(cv: Int64s, seller: Int64s, sales: _Sales, walk: _Walk, sold: NDArray[np.void]) -> None:
    for sale in range(len(sales.order)):
        order, start = sales.order[sale], sales.start[sale]
        sold[order]["cv"], sold[order]["seller"] = cv[order], seller[order]
        sold[order]["depth"] = walk.depth[start] + 1


@compiled
def _climb(walk: _Walk, table: RateTable, times: Int64s, ways: _Ways, line_counts: Int64s, miss_counts: Int64s) -> None:
    """Walk up from everybody with sales, `times` (n) as many as there are, and keep and count who gets rows of them."""
    levels, nobody, found = table.levels, len(walk.standing), 0
    for start in range(nobody):
        ways.first[start] = found
        person, level, paid_level = start, 1, 1
        while times[start] > 0 and paid_level <= levels and person < nobody:
            if level > levels:
                # Beyond the plan's depth by plain counting whoever takes no level is passed over in silence.
                person = walk.nearest[walk.nearest_of[paid_level - 1], person]
                if person == nobody or walk.depth[start] - walk.depth[person] >= walk.reach:
                    break
            kind = table.kind[walk.standing[person] // 4 * levels + paid_level - 1]
            paid = kind == PAID and walk.standing[person] % 2 == 1
            if paid:
                ways.person[found], ways.paid_level[found] = person, paid_level
                line_counts[person] += times[start]
                found += 1
            elif kind != UNPAID:
                ways.person[found], ways.paid_level[found] = ~person, paid_level
                miss_counts[person] += times[start]
                found += 1
            if paid or walk.standing[person] // 2 % 2 == 1:
                paid_level += 1
            person = walk.up[person]
            level += 1
    ways.first[nobody] = found


@compiled
def _deal(
    sales: _Sales,
    ways: _Ways,
    line_at: Int64s,
    miss_at: Int64s,
    line_order: Int32s,
    line_level: Int16s,
    miss_order: Int32s,
    miss_level: Int16s,
) -> None:
    """Write the order and the paid level of each person's rows, sale after sale, by seq.

    `line_at` and `miss_at` begin as each person's first rows and come to where their rows end. What is looked up for a
    sale is looked up for many in a row, in short loops: memory then answers several questions at a time.
    """
    longest = 0
    for start in range(len(ways.first) - 1):
        longest = max(longest, ways.first[start + 1] - ways.first[start])
    first, end = np.empty(AT_ONCE, dtype=np.int64), np.empty(AT_ONCE, dtype=np.int64)
    places = np.empty(AT_ONCE * longest, dtype=np.int64)
    people, orders = np.empty(AT_ONCE * longest, dtype=np.int32), np.empty(AT_ONCE * longest, dtype=np.int32)
    levels = np.empty(AT_ONCE * longest, dtype=np.int8)
    for dealt in range(0, len(sales.order), AT_ONCE):
        hand = min(AT_ONCE, len(sales.order) - dealt)
        for sale in range(hand):
            start = sales.start[dealt + sale]
            first[sale], end[sale] = ways.first[start], ways.first[start + 1]
        rows = 0
        for sale in range(hand):
            for step in range(first[sale], end[sale]):
                people[rows], orders[rows] = ways.person[step], sales.order[dealt + sale]
                levels[rows] = ways.paid_level[step]
                rows += 1
        # Rows of misses are turned around, as their people are.
        for row in range(rows):
            person = people[row]
            if person >= 0:
                places[row] = line_at[person]
                line_at[person] += 1
            else:
                places[row] = ~miss_at[~person]
                miss_at[~person] += 1
        for row in range(rows):
            at = places[row]
            if at >= 0:
                line_order[at], line_level[at] = orders[row], levels[row]
            else:
                miss_order[~at], miss_level[~at] = orders[row], levels[row]


@compiled
def _write_lines(
    bonus: int,
    walk: _Walk,
    table: RateTable,
    priced: _Priced,
    rank: Int16s,
    first_person: int,
    end_person: int,
    first: Int64s,
    end: Int64s,
    line: Any,
) -> None:
    """The other columns of some people's rows, one person's after another's: what orders say, then what follows."""
    half_even, in_parts = priced.rounding.half_even, priced.rounding.in_parts
    for person in range(first_person, end_person):
        depth = walk.depth[person]
        for at in range(first[person], end[person]):
            order = priced.sold[line.order[at]]
            line.source[at], line.base[at] = order["seller"], order["cv"]
            line.level[at] = order["depth"] - depth
    for person in range(first_person, end_person):
        row, pay = walk.standing[person] // 4 * table.levels - 1, rank[person]
        for at in range(first[person], end[person]):
            cell = row + line.paid_level[at]
            num, den = table.num[cell], table.den[cell]
            share = share_of(line.base[at], num, den, half_even, in_parts)
            line.bonus[at], line.earner[at], line.rank[at] = bonus, person, pay
            line.rate_num[at], line.rate_den[at] = num, den
            line.raw[at], line.amount[at] = share, share


@compiled
def _write_misses(
    bonus: int,
    walk: _Walk,
    table: RateTable,
    priced: _Priced,
    rank: Int16s,
    activity: Activity,
    first_person: int,
    end_person: int,
    first: Int64s,
    end: Int64s,
    miss: Any,
) -> None:
    """The other columns of some people's rows. Inactivity comes first: the inactive are paid nothing at any rank."""
    half_even, in_parts = priced.rounding.half_even, priced.rounding.in_parts
    for person in range(first_person, end_person):
        depth = walk.depth[person]
        for at in range(first[person], end[person]):
            order = priced.sold[miss.order[at]]
            # Of the whole volume here; its share comes in its place.
            miss.forgone[at] = order["cv"]
            miss.level[at] = order["depth"] - depth
    for person in range(first_person, end_person):
        row, active = walk.standing[person] // 4 * table.levels - 1, activity.active[person]
        keeps = walk.standing[person] // 2 % 2 == 1
        reason, lacked, held = inactivity(activity.status[person], activity.personal[person], activity.needed)
        for at in range(first[person], end[person]):
            paid_level = miss.paid_level[at]
            other = table.needed[row + paid_level]
            cell = row + paid_level if other < 0 else other * table.levels + paid_level - 1
            share = share_of(miss.forgone[at], table.num[cell], table.den[cell], half_even, in_parts)
            miss.bonus[at], miss.person[at], miss.rank_needed[at] = bonus, person, other
            miss.reason[at] = _RANK_DEPTH if active else reason
            miss.needed[at] = other if active else lacked
            miss.actual[at] = rank[person] if active else held
            # Who takes no level leaves it to those above.
            miss.forgone[at], miss.breakage[at] = share, share if keeps else 0

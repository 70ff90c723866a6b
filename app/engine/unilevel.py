"""Unilevel pay up the sponsor tree, levels counted with or without the inactive."""

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from app.engine.case import Activity, Case, Draft, inactivity
from app.engine.columns import Int16s, Int32s, Int64s
from app.engine.compiled import compiled
from app.engine.cores import Cores
from app.engine.models import Lines, LinesRecord, Misses, MissesRecord, Orders, Reason
from app.engine.rates import PAID, UNPAID, RateTable, Rounding, rate_table, rounding_of, share_of
from app.plans.models import Unilevel

_RANK_DEPTH = int(Reason.RANK_DEPTH)


class _Walk(NamedTuple):
    """What a walk up from an order looks at.

    `nearest` (n + 1): the first person who counts, from each on upwards. `standing` (n): 2 x the row of the rate table
    that is the person's rank's, and 1 more when they are active.
    """

    up: Int32s
    nearest: Int32s
    depth: Int32s
    standing: Int16s
    compressed: bool


class _Sales(NamedTuple):
    """Orders with CV, by seq: their rows in the snapshot, and where walks up from them begin (n: nowhere).

    `times`: how many sales each stands for. Where only their number matters, those of one start are one, without order.
    """

    order: Int32s
    start: Int32s
    times: Int32s


class _Priced(NamedTuple):
    """What a row costs: seller and minor CV of each order of the snapshot; how shares of it are rounded."""

    seller: Int64s
    cv: Int64s
    rounding: Rounding


def draft_unilevel(case: Case, index: int, bonus: Unilevel) -> Draft:
    """Lines and misses of one bonus (the plan's number `index`), each person's in the order of the orders' seq.

    An order without CV makes neither. Under standard compression an inactive person is named in a miss when they stand
    within the plan's depth by plain counting, with the level they would have been paid as.
    """
    orders, tree, ranks = case.snapshot.orders, case.snapshot.sponsor_tree, case.ranks
    table = rate_table(bonus, case.plan)
    compressed = bonus.compression == "standard"
    # The row behind the last rank's is that of people without one.
    row = np.where(ranks.pay < 0, len(case.plan.ranks), ranks.pay)
    walk = _Walk(
        up=tree.up,
        nearest=tree.nearest(ranks.active) if compressed else tree.up,
        depth=tree.depth,
        standing=(row * 2 + ranks.active).astype(np.int16),
        compressed=compressed,
    )
    rates = zip(table.num.tolist(), table.den.tolist(), strict=True)
    return _Draft(
        index=index,
        table=table,
        walk=walk,
        parts=_counted(walk, table, _sales(orders, tree.up), case.cores),
        priced=_Priced(orders.seller, orders.cv, rounding_of(case.plan.rounding, orders.cv, rates)),
        rank=ranks.pay,
        activity=case.activity,
        cores=case.cores,
    )


def _sales(orders: Orders, up: Int32s) -> _Sales:
    in_order = bool((orders.seq[1:] > orders.seq[:-1]).all())
    rows = np.arange(len(orders)) if in_order else np.argsort(orders.seq)
    rows = rows[orders.cv[rows] != 0].astype(np.int32)
    seller = orders.seller[rows]
    # A customer's order pays its seller first, an own purchase the buyer's sponsor.
    start = np.where(orders.buyer[rows] < 0, seller, up[seller]).astype(np.int32)
    return _Sales(rows, start, np.ones(len(rows), dtype=np.int32))


def _counted(walk: _Walk, table: RateTable, sales: _Sales, cores: Cores) -> "list[_Part]":
    """The sales in parts, as many as cores, and how many rows each person gets of each."""
    parts = [_Sales(*(column[first:end] for column in sales)) for first, end in cores.ranges(len(sales.order))]
    return cores.run(partial(_counted_part, walk, table, part) for part in parts)


def _counted_part(walk: _Walk, table: RateTable, sales: _Sales) -> "_Part":
    people = len(walk.standing)
    times = np.bincount(sales.start, minlength=people)[:people]
    start = np.flatnonzero(times)
    by_start = _Sales(sales.order[:0], start.astype(np.int32), times[start].astype(np.int32))
    line_counts, miss_counts = np.zeros(people, dtype=np.int64), np.zeros(people, dtype=np.int64)
    no_lines, no_misses = Lines.unwritten(0).as_record(LinesRecord), Misses.unwritten(0).as_record(MissesRecord)
    _climb(walk, table, by_start, line_counts, miss_counts, no_lines, no_misses)
    return _Part(sales, line_counts, miss_counts)


class _Part(NamedTuple):
    """Some sales, all of them after those of the part before, and the rows that each person (n) gets of them."""

    sales: _Sales
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
        climbs = []
        for part in self.parts:
            climbs.append(
                partial(_climb, self.walk, self.table, part.sales, line_end.copy(), miss_end.copy(), line, miss)
            )
            line_end += part.line_counts
            miss_end += part.miss_counts
        self.cores.run(climbs)
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
def _climb(
    walk: _Walk, table: RateTable, sales: _Sales, line_at: Int64s, miss_at: Int64s, line: Any, miss: Any
) -> None:
    """Walk up from each sale, by seq, and write order, level and paid_level of each person's rows.

    `line_at` and `miss_at` begin as each person's first rows and come to where their rows end. Begun at zero, and with
    sales without order, they come to be the counts of rows, and nothing is written.
    """
    levels, nobody, writes = table.levels, len(walk.standing), len(sales.order) > 0
    for sale in range(len(sales.start)):
        start = sales.start[sale]
        person, level, paid_level = start, 1, 1
        while paid_level <= levels and person < nobody:
            if level > levels:
                # Beyond the plan's depth by plain counting the inactive are passed over in silence.
                person = walk.nearest[person]
                if person == nobody:
                    break
                level = walk.depth[start] - walk.depth[person] + 1
            active = walk.standing[person] % 2 == 1
            kind = table.kind[walk.standing[person] // 2 * levels + paid_level - 1]
            if kind == PAID and active:
                at = line_at[person]
                line_at[person] += sales.times[sale]
                if writes:
                    line.order[at], line.level[at], line.paid_level[at] = sales.order[sale], level, paid_level
            elif kind != UNPAID:
                at = miss_at[person]
                miss_at[person] += sales.times[sale]
                if writes:
                    miss.order[at], miss.level[at], miss.paid_level[at] = sales.order[sale], level, paid_level
            if active or not walk.compressed:
                paid_level += 1
            person = walk.up[person]
            level += 1


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
    """The other columns of some people's rows, one person's after another's."""
    half_even, in_parts = priced.rounding.half_even, priced.rounding.in_parts
    for person in range(first_person, end_person):
        row = walk.standing[person] // 2 * table.levels - 1
        for at in range(first[person], end[person]):
            order, cell = line.order[at], row + line.paid_level[at]
            base, num, den = priced.cv[order], table.num[cell], table.den[cell]
            share = share_of(base, num, den, half_even, in_parts)
            line.bonus[at], line.earner[at], line.source[at] = bonus, person, priced.seller[order]
            line.rate_num[at], line.rate_den[at], line.rank[at] = num, den, rank[person]
            line.base[at], line.raw[at], line.amount[at] = base, share, share


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
        row, active = walk.standing[person] // 2 * table.levels - 1, activity.active[person]
        reason, lacked, held = inactivity(activity.status[person], activity.personal[person], activity.needed)
        for at in range(first[person], end[person]):
            paid_level = miss.paid_level[at]
            other = table.needed[row + paid_level]
            cell = row + paid_level if other < 0 else other * table.levels + paid_level - 1
            share = share_of(priced.cv[miss.order[at]], table.num[cell], table.den[cell], half_even, in_parts)
            miss.bonus[at], miss.person[at], miss.rank_needed[at] = bonus, person, other
            miss.reason[at] = _RANK_DEPTH if active else reason
            miss.needed[at] = other if active else lacked
            miss.actual[at] = rank[person] if active else held
            # Under compression the next active person was paid what an inactive one was not.
            miss.forgone[at], miss.breakage[at] = share, 0 if walk.compressed and not active else share

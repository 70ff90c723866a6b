"""Pay by ways: who gets what of a sale depends on where it begins alone, so that each beginning is looked at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from app.engine.case import Activity, Case, Draft, inactivity
from app.engine.columns import Int16s, Int32s, Int64s
from app.engine.compiled import compiled
from app.engine.cores import Cores
from app.engine.models import Lines, LinesRecord, Misses, MissesRecord, Orders, Reason
from app.engine.rates import Rounding, rounding_of, share_of

_RANK_DEPTH = int(Reason.RANK_DEPTH)

NOTHING = 0
"""The number of the share of nothing."""


class Ways(NamedTuple):
    """Who gets a row of a sale that begins at a place: the rows from first[place] (2n + 1) on, up to the next place's.

    Place p is where the orders of person p's customers begin, n + p where p's own purchases do. `person`: who gets a
    line, or ~person who gets a miss; `paid_level` as in the tables. `share`: the number of what is paid or forgone, and
    `lost` of what of a miss nobody is paid. `needed`: the rank index that would be paid, -1 where rank is no obstacle.
    """

    first: Int64s
    person: Int32s
    paid_level: Int16s
    share: Int16s
    lost: Int16s
    needed: Int16s


Walk = Callable[[Int64s, int, int, Ways, Int64s, int], None]
"""walk(places, begin, end, ways, size, keep): for each of places[begin:end], where something was sold, write its rows
into `ways` at (first[place] + size[place]) x keep, and add each to `size` (2n) then. `keep` is 1, or 0 to count."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What ways refer to. `shares`: multiplier x rate by number, where number 0 is NOTHING. `customers`, `own`: the
    level on which a sale of a customer's, an own purchase, comes to its seller; it grows by 1 with each one above."""

    shares: Sequence[Fraction]
    customers: int
    own: int


class _Sales(NamedTuple):
    """Orders with CV, by seq: their rows in the snapshot, and the places where they begin."""

    order: Int32s
    place: Int64s


class _Priced(NamedTuple):
    """What a row costs and where it stands: columns of the orders, depths, shares, and the levels of `Terms`."""

    cv: Int64s
    seller: Int64s
    buyer: Int64s
    depth: Int32s
    num: Int64s
    den: Int64s
    rounding: Rounding
    customers: int
    own: int


class _Part(NamedTuple):
    """Some sales, all of them after those of the part before, and the rows that each person (n) gets of them."""

    sales: _Sales
    line_counts: Int64s
    miss_counts: Int64s


def draft_ways(case: Case, index: int, walk: Walk, terms: Terms) -> Draft:
    """Lines and misses of one bonus (the plan's number `index`), each person's in the order of the orders' seq.

    An order without CV makes neither.
    """
    orders, people = case.snapshot.orders, len(case.snapshot.people)
    sales = _sales(orders, people)
    sold = np.zeros(2 * people, dtype=np.bool_)
    sold[sales.place] = True
    ways = _walked(walk, np.flatnonzero(sold), len(sold), case.cores)
    rates = [(share.numerator, share.denominator) for share in terms.shares]
    num, den = np.array(rates, dtype=np.int64).T.copy()
    rounding = rounding_of(case.plan.rounding, orders.cv, rates)
    depth = case.snapshot.sponsor_tree.depth
    return _Draft(
        index=index,
        ways=ways,
        parts=_counted(ways, sales, people, case.cores),
        priced=_Priced(orders.cv, orders.seller, orders.buyer, depth, num, den, rounding, terms.customers, terms.own),
        rank=case.ranks.pay,
        activity=case.activity,
        cores=case.cores,
    )


def _sales(orders: Orders, people: int) -> _Sales:
    order = np.flatnonzero(orders.cv).astype(np.int32)
    if not (orders.seq[1:] > orders.seq[:-1]).all():
        order = order[np.argsort(orders.seq[order])]
    seller = orders.seller[order]
    return _Sales(order, np.where(orders.buyer[order] < 0, seller, seller + people))


def _walked(walk: Walk, places: Int64s, count: int, cores: Cores) -> Ways:
    """Every place's rows, counted first and then written side by side."""
    first, size = np.zeros(count + 1, dtype=np.int64), np.zeros(count, dtype=np.int64)
    ranges = cores.ranges(len(places))
    cores.run(partial(walk, places, *each, Ways(first, *_rows(1)), size, 0) for each in ranges)
    np.cumsum(size, out=first[1:])
    size[:] = 0
    ways = Ways(first, *_rows(int(first[-1])))
    cores.run(partial(walk, places, *each, ways, size, 1) for each in ranges)
    return ways


def _rows(rows: int) -> list[Any]:
    return [np.empty(rows, dtype=np.int32), *(np.empty(rows, dtype=np.int16) for _ in range(4))]


def _counted(ways: Ways, sales: _Sales, people: int, cores: Cores) -> list[_Part]:
    """The sales in parts, as many as cores, and how many rows each person gets of each."""
    ranges = cores.ranges(len(sales.order))
    parts = [_Sales(sales.order[first:end], sales.place[first:end]) for first, end in ranges]
    return cores.run(partial(_counted_part, ways, part, people) for part in parts)


def _counted_part(ways: Ways, sales: _Sales, people: int) -> _Part:
    line_counts, miss_counts = np.zeros(people, dtype=np.int64), np.zeros(people, dtype=np.int64)
    _count(ways, np.bincount(sales.place, minlength=2 * people), line_counts, miss_counts)
    return _Part(sales, line_counts, miss_counts)


@dataclass(frozen=True, slots=True)
class _Draft:
    """Everything that the rows of one bonus are written from; shapes as in the models."""

    index: int
    ways: Ways
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
            deals.append(partial(_deal, part.sales, self.ways, line_end, miss_end, line, miss))
            line_end, miss_end = line_end + part.line_counts, miss_end + part.miss_counts
        self.cores.run(deals)
        known = self.index, self.ways, self.priced, self.rank
        self.cores.run(
            [
                *(
                    partial(_write_lines, *known, *people, line_at, line_end, line)
                    for people in self.cores.people_by_rows(line_at)
                ),
                *(
                    partial(_write_misses, *known, self.activity, *people, miss_at, miss_end, miss)
                    for people in self.cores.people_by_rows(miss_at)
                ),
            ]
        )


def _sum_of(columns: list[Int64s]) -> Int64s:
    total: Int64s = np.add.reduce(columns)
    return total


# -------------------------------------------------------------------------------------------------------------- kernels
#
# No loop calls a function that takes columns: to count the references to them would cost more than all the rest.


@compiled
def _count(ways: Ways, times: Int64s, line_counts: Int64s, miss_counts: Int64s) -> None:
    """`times` (2n): how many sales begin at each place."""
    for place in range(len(times)):
        if times[place] > 0:
            for at in range(ways.first[place], ways.first[place + 1]):
                person = ways.person[at]
                if person >= 0:
                    line_counts[person] += times[place]
                else:
                    miss_counts[~person] += times[place]


@compiled
def _deal(sales: _Sales, ways: Ways, line_at: Int64s, miss_at: Int64s, line: Any, miss: Any) -> None:
    """Write the order of each person's rows, sale after sale, by seq, and the number of the row in `ways` where its
    share will come. `line_at` and `miss_at` begin as each person's first rows and come to where their rows end."""
    for sale in range(len(sales.order)):
        order, place = sales.order[sale], sales.place[sale]
        for at in range(ways.first[place], ways.first[place + 1]):
            person = ways.person[at]
            if person >= 0:
                line.order[line_at[person]], line.raw[line_at[person]] = order, at
                line_at[person] += 1
            else:
                miss.order[miss_at[~person]], miss.forgone[miss_at[~person]] = order, at
                miss_at[~person] += 1


@compiled
def _write_lines(
    bonus: int,
    ways: Ways,
    priced: _Priced,
    rank: Int16s,
    first_person: int,
    end_person: int,
    first: Int64s,
    end: Int64s,
    line: Any,
) -> None:
    half_even, in_parts = priced.rounding.half_even, priced.rounding.in_parts
    for person in range(first_person, end_person):
        for at in range(first[person], end[person]):
            order, way = line.order[at], line.raw[at]
            seller, base, number = priced.seller[order], priced.cv[order], ways.share[way]
            num, den = priced.num[number], priced.den[number]
            share = share_of(base, num, den, half_even, in_parts)
            begin = priced.customers if priced.buyer[order] < 0 else priced.own
            line.bonus[at], line.earner[at], line.rank[at] = bonus, person, rank[person]
            line.source[at], line.base[at] = seller, base
            line.level[at] = priced.depth[seller] + begin - priced.depth[person]
            line.paid_level[at] = ways.paid_level[way]
            line.rate_num[at], line.rate_den[at] = num, den
            line.raw[at], line.amount[at] = share, share


@compiled
def _write_misses(
    bonus: int,
    ways: Ways,
    priced: _Priced,
    rank: Int16s,
    activity: Activity,
    first_person: int,
    end_person: int,
    first: Int64s,
    end: Int64s,
    miss: Any,
) -> None:
    """Inactivity comes first: the inactive are paid nothing at any rank."""
    half_even, in_parts = priced.rounding.half_even, priced.rounding.in_parts
    for person in range(first_person, end_person):
        active = activity.active[person]
        reason, lacked, held = inactivity(activity.status[person], activity.personal[person], activity.needed)
        for at in range(first[person], end[person]):
            order, way = miss.order[at], miss.forgone[at]
            base, number, lost = priced.cv[order], ways.share[way], ways.lost[way]
            begin = priced.customers if priced.buyer[order] < 0 else priced.own
            miss.bonus[at], miss.person[at] = bonus, person
            miss.level[at] = priced.depth[priced.seller[order]] + begin - priced.depth[person]
            miss.paid_level[at], miss.rank_needed[at] = ways.paid_level[way], ways.needed[way]
            miss.reason[at] = _RANK_DEPTH if active else reason
            miss.needed[at] = ways.needed[way] if active else lacked
            miss.actual[at] = rank[person] if active else held
            miss.forgone[at] = share_of(base, priced.num[number], priced.den[number], half_even, in_parts)
            miss.breakage[at] = share_of(base, priced.num[lost], priced.den[lost], half_even, in_parts)

"""Pay by ways: who gets what of a sale depends on where it begins alone, so that each beginning is looked at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.engine.case import Activity, Case, Draft, inactivity
from app.engine.columns import Int16s, Int32s, Int64s
from app.engine.compiled import compiled
from app.engine.cores import Cores
from app.engine.models import Lines, LinesRecord, Misses, MissesRecord, Orders, Reason
from app.engine.rates import Rounding, rounding_of, share_of

_RANK_DEPTH = int(Reason.RANK_DEPTH)

NOTHING = 0
"""The number of the share of nothing."""
AT_ONCE = 8192
"""So many sales are dealt out together: few enough for the cache."""

_WAY = np.dtype(
    [("person", np.int32), ("paid_level", np.int16), ("share", np.int16), ("lost", np.int16), ("needed", np.int16)],
    align=True,
)
"""A row of `Ways`, side by side in memory, since sales ask for places here and there."""
_DEALT = np.dtype(
    [("order", np.int32), ("paid_level", np.int16), ("share", np.int16), ("lost", np.int16), ("needed", np.int16)],
    align=True,
)
"""What a row of the table is made of: sales deal them out to people here and there, and each is one piece of memory."""
_SOLD = np.dtype([("cv", np.int64), ("seller", np.int32), ("level", np.int32)], align=True)
"""What a row says of its order. `level`: that of the person who tops the tree; less an earner's depth, it is theirs."""

Rows = NDArray[np.void]
"""Of one of these types."""


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
    """What a row costs and where it stands: each order of the snapshot as _SOLD, everybody's depth, and the shares."""

    sold: Rows
    depth: Int32s
    num: Int64s
    den: Int64s
    rounding: Rounding


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
    depth, described = case.snapshot.sponsor_tree.depth, _blank(len(orders), _SOLD)
    _describe(orders.cv, orders.seller, sales, depth, terms.customers, terms.own, described)
    return _Draft(
        index=index,
        first=ways.first,
        ways=_packed(ways),
        parts=_counted(ways, sales, people, case.cores),
        priced=_Priced(described, depth, num, den, rounding),
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


def _packed(ways: Ways) -> Rows:
    packed = _blank(len(ways.person), _WAY)
    _pack(ways, packed)
    return packed


def _blank(rows: int, kind: np.dtype[np.void]) -> Rows:
    return np.empty(rows, dtype=kind)


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
    first: Int64s
    ways: Rows
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
        line_first, miss_first = _starts(self.line_counts), _starts(self.miss_counts)
        dealt = _blank(int(line_first[-1]), _DEALT), _blank(int(miss_first[-1]), _DEALT)
        self._deal(line_first, miss_first, *dealt)
        known = self.index, self.priced, self.rank
        self.cores.run(
            [
                *(
                    partial(_write_misses, *known, self.activity, *people, miss_first, miss_at, dealt[1], miss)
                    for people in self.cores.people_by_rows(miss_first[:-1])
                ),
                *(
                    partial(_write_lines, *known, *people, line_first, line_at, dealt[0], line)
                    for people in self.cores.people_by_rows(line_first[:-1])
                ),
            ]
        )

    def _deal(self, line_first: Int64s, miss_first: Int64s, lines: Rows, misses: Rows) -> None:
        line_end, miss_end = line_first[:-1].copy(), miss_first[:-1].copy()
        deals = []
        for part in self.parts:
            deals.append(partial(_deal, part.sales, self.first, self.ways, line_end, miss_end, lines, misses))
            line_end, miss_end = line_end + part.line_counts, miss_end + part.miss_counts
        self.cores.run(deals)


def _starts(counts: Int64s) -> Int64s:
    """Where each person's rows of this bonus alone begin (n + 1), and last where all end."""
    starts = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts


def _sum_of(columns: list[Int64s]) -> Int64s:
    return columns[0] if len(columns) == 1 else np.add.reduce(columns)


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
def _pack(ways: Ways, packed: Rows) -> None:
    for at in range(len(packed)):
        packed[at]["person"], packed[at]["paid_level"] = ways.person[at], ways.paid_level[at]
        packed[at]["share"], packed[at]["lost"] = ways.share[at], ways.lost[at]
        packed[at]["needed"] = ways.needed[at]


@compiled
def _describe(cv: Int64s, seller: Int64s, sales: _Sales, depth: Int32s, customers: int, own: int, sold: Rows) -> None:
    people = len(depth)
    for sale in range(len(sales.order)):
        order, person = sales.order[sale], seller[sales.order[sale]]
        sold[order]["cv"], sold[order]["seller"] = cv[order], person
        sold[order]["level"] = depth[person] + (customers if sales.place[sale] < people else own)


@compiled
def _deal(
    sales: _Sales, first: Int64s, ways: Rows, line_at: Int64s, miss_at: Int64s, lines: Rows, misses: Rows
) -> None:
    """Deal out what each person's rows are made of, sale after sale, by seq.

    `line_at` and `miss_at` begin as each person's first rows and come to where their rows end. What is looked up for a
    sale is looked up for many in a row, in short loops: memory then answers several questions at a time.
    """
    longest = 0
    for place in range(len(first) - 1):
        longest = max(longest, first[place + 1] - first[place])
    begin, end = np.empty(AT_ONCE, dtype=np.int64), np.empty(AT_ONCE, dtype=np.int64)
    most = min(AT_ONCE, len(sales.order)) * longest
    way, place_of = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    person_of, orders = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.int32)
    for dealt in range(0, len(sales.order), AT_ONCE):
        hand = min(AT_ONCE, len(sales.order) - dealt)
        for sale in range(hand):
            place = sales.place[dealt + sale]
            begin[sale], end[sale] = first[place], first[place + 1]
        rows = 0
        for sale in range(hand):
            for at in range(begin[sale], end[sale]):
                way[rows], person_of[rows], orders[rows] = at, ways[at]["person"], sales.order[dealt + sale]
                rows += 1
        # Rows of misses are turned around, as their people are.
        for row in range(rows):
            person = person_of[row]
            if person >= 0:
                place_of[row] = line_at[person]
                line_at[person] += 1
            else:
                place_of[row] = ~miss_at[~person]
                miss_at[~person] += 1
        for row in range(rows):
            at, known = place_of[row], ways[way[row]]
            if at >= 0:
                lines[at]["order"], lines[at]["paid_level"] = orders[row], known["paid_level"]
                lines[at]["share"] = known["share"]
            else:
                misses[~at]["order"], misses[~at]["paid_level"] = orders[row], known["paid_level"]
                misses[~at]["share"], misses[~at]["lost"] = known["share"], known["lost"]
                misses[~at]["needed"] = known["needed"]


@compiled
def _write_lines(
    bonus: int,
    priced: _Priced,
    rank: Int16s,
    first_person: int,
    end_person: int,
    first: Int64s,
    row_at: Int64s,
    dealt: Rows,
    line: Any,
) -> None:
    """Some people's rows, one person's after another's: those of person p begin at row_at[p]."""
    half_even, in_parts = priced.rounding.half_even, priced.rounding.in_parts
    for person in range(first_person, end_person):
        depth, shift = priced.depth[person], row_at[person] - first[person]
        for at in range(first[person], first[person + 1]):
            row, order = at + shift, priced.sold[dealt[at]["order"]]
            line.source[row], line.base[row], line.level[row] = order["seller"], order["cv"], order["level"] - depth
            line.order[row], line.paid_level[row] = dealt[at]["order"], dealt[at]["paid_level"]
    for person in range(first_person, end_person):
        pay, shift = rank[person], row_at[person] - first[person]
        for at in range(first[person], first[person + 1]):
            row, number = at + shift, dealt[at]["share"]
            num, den = priced.num[number], priced.den[number]
            share = share_of(line.base[row], num, den, half_even, in_parts)
            line.bonus[row], line.earner[row], line.rank[row] = bonus, person, pay
            line.rate_num[row], line.rate_den[row] = num, den
            line.raw[row], line.amount[row] = share, share


@compiled
def _write_misses(
    bonus: int,
    priced: _Priced,
    rank: Int16s,
    activity: Activity,
    first_person: int,
    end_person: int,
    first: Int64s,
    row_at: Int64s,
    dealt: Rows,
    miss: Any,
) -> None:
    """The same of misses. Inactivity comes first: the inactive are paid nothing at any rank."""
    half_even, in_parts = priced.rounding.half_even, priced.rounding.in_parts
    for person in range(first_person, end_person):
        depth, shift = priced.depth[person], row_at[person] - first[person]
        for at in range(first[person], first[person + 1]):
            row, order = at + shift, priced.sold[dealt[at]["order"]]
            # Of the whole volume here; its share comes in its place.
            miss.forgone[row], miss.level[row] = order["cv"], order["level"] - depth
            miss.order[row], miss.paid_level[row] = dealt[at]["order"], dealt[at]["paid_level"]
    for person in range(first_person, end_person):
        active, shift = activity.active[person], row_at[person] - first[person]
        reason, lacked, held = inactivity(activity.status[person], activity.personal[person], activity.needed)
        for at in range(first[person], first[person + 1]):
            row, number, lost, needed = at + shift, dealt[at]["share"], dealt[at]["lost"], dealt[at]["needed"]
            base = miss.forgone[row]
            share = share_of(base, priced.num[number], priced.den[number], half_even, in_parts)
            miss.bonus[row], miss.person[row], miss.rank_needed[row] = bonus, person, needed
            miss.reason[row] = _RANK_DEPTH if active else reason
            miss.needed[row] = needed if active else lacked
            miss.actual[row] = rank[person] if active else held
            miss.forgone[row] = share
            if lost == number:
                miss.breakage[row] = share
            elif lost == NOTHING:
                miss.breakage[row] = 0
            else:
                miss.breakage[row] = share_of(base, priced.num[lost], priced.den[lost], half_even, in_parts)

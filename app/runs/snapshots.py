"""A snapshot of a live database: facts up to a seq, edges as true at an instant and known at that seq."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.clock import to_ms
from app.engine.errors import BrokenTreeError, InvalidSnapshotError, UnknownSellerError
from app.engine.models import Orders, PastPeriod, People, Snapshot
from app.facts.calendars import DAY, days_of
from app.graph import GraphDatabase
from app.graph.paging import FACTS_A_CALL, PEOPLE_A_CALL, in_order, ranges
from app.periods.models import Period
from app.runs.lost import LOOKS, PAUSE_S, LostEdges
from app.runs.models import KeptMatrix, LateReturn, RankDecision, Taken
from app.runs.people import KnownPeople, Moment, PeopleReader, first_positions
from app.runs.rank_names import NO_RANKS, NamedRanks, by_one_table

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PastRanks:
    """The highest rank whose rules people met in a period before, as a run says; without one nobody is known to have
    met any."""

    name: str
    run: str | None
    met: NamedRanks


@dataclass(frozen=True, slots=True)
class CarryIn:
    """What a period begins with, per ix: binary volume carried in, minor CV; balances, minor money; the highest
    rank earned before; of the periods before, the latest first, the ranks that were met. People enrolled later bring
    nothing."""

    left: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    right: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    balance: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    highest: NamedRanks = NO_RANKS
    past: tuple[PastRanks, ...] = ()

    def with_past(self, past: Sequence[PastRanks]) -> "CarryIn":
        """The same, with the periods before."""
        return replace(self, past=tuple(past))


@dataclass(frozen=True, slots=True)
class OrdersRead:
    """The orders of a period among some facts, in the order of these: their columns, their ids, the returns after the
    close, and the ids of the customers who bought, empty for own purchases."""

    orders: Orders
    ids: list[str]
    late: tuple[LateReturn, ...]
    customers: list[str]


ORDERS_NAMED = 20
"""That a refusal names."""
NO_CARRY = CarryIn()


class SnapshotRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph
        self._people = PeopleReader(graph)
        self._lost = LostEdges(graph)

    async def last_seq(self) -> int:
        """The number of the last fact so far."""
        head = await self._graph.read_one("queries/facts/head")
        return 0 if head is None else int(head["seq"])

    async def take(self, period: Period, seq: int, carry: CarryIn) -> Taken:
        """The company at the end of `period` as known at `seq`, with the orders that count in it. Raises
        BrokenTreeError, which names people by their ids, InvalidSnapshotError where people are not stored any more, and
        UnknownSellerError."""
        people = await self.everybody(period, seq)
        read = await self.orders(period, seq)
        _check_sellers(read.orders, read.ids, len(people))
        decisions = await self.decisions(period, seq)
        try:
            snapshot = assembled(
                period,
                people,
                owner=first_positions(people),
                carry=carry,
                decisions=decisions,
                orders=read.orders,
            )
        except BrokenTreeError as error:
            raise error.calling({ix: people.ids[ix] for ix in error.people}) from None
        return Taken(
            snapshot, people.ids, people.regions, people.enrolled, read.ids, seq, read.late, read.customers, decisions
        )

    async def everybody(self, period: Period, seq: int) -> KnownPeople:
        """Everybody at the end of a period as known at `seq`. Raises InvalidSnapshotError where people are not stored
        any more, and BrokenTreeError where an edge was lost."""
        moment, matrix = _end_of(period, seq), await self.matrix(seq) is not None
        people = await self._people.read(moment, 0, await self._count(seq), matrix=matrix)
        await self._lost.refuse(people, moment)
        return people

    async def people(self, period: Period, seq: int, first: int, to: int) -> KnownPeople:
        """Those with an ix within [first, to). Raises the same; of edges of the past that were lost only `everybody`
        knows."""
        matrix = await self.matrix(seq) is not None
        people = await self._people.read(_end_of(period, seq), first, to, matrix=matrix)
        await self._lost.refuse_some(people, first)
        return people

    async def _count(self, seq: int) -> int:
        """How many people were enrolled by a fact. Raises InvalidSnapshotError where some of them are not stored."""
        for look in range(LOOKS):
            await asyncio.sleep(look * PAUSE_S)
            [row] = await self._graph.read("queries/moments/people_at", {"seq": seq})
            if row["whole"]:
                return int(row["people"])
        raise InvalidSnapshotError("not all people are stored whom Head counts; banyan doctor names what was lost")

    async def matrix(self, seq: int) -> KeptMatrix | None:
        """The matrix that the company keeps, as known at `seq`."""
        said = await self._graph.read_one("queries/moments/matrix_at", {"seq": seq})
        if said is None:
            return None
        kept = json.loads(said["body"])
        return KeptMatrix(kept["width"], kept["depth"])

    async def opens(self, calendar: str) -> int | None:
        """The number of the period that begins with what people brought along; None when nobody did."""
        [row] = await self._graph.read("queries/facts/opens")
        return dict(zip(row["calendars"], row["periods"], strict=True)).get(calendar)

    async def opening_carry(self, period: Period, seq: int) -> CarryIn:
        """What people brought along into a period from a former system, as known at `seq`."""
        [row] = await self._graph.read("queries/moments/people_at", {"seq": seq})
        count = row["people"]
        left, right, balance = (np.zeros(count, np.int64) for _ in range(3))
        carry, highest = CarryIn(left, right, balance), [""] * count
        reads = [
            partial(
                self._graph.read,
                "queries/runs/opening_columns",
                {"calendar": period.calendar, "period": period.number, "from_ix": first, "to_ix": to, "seq": seq},
            )
            for first, to in ranges(count, PEOPLE_A_CALL)
        ]
        async for [page] in in_order(reads):
            ixs = np.asarray(page["ixs"], np.int64)
            carry.left[ixs], carry.right[ixs] = page["carry_left"], page["carry_right"]
            carry.balance[ixs] = page["balances"]
            for ix, rank in zip(page["ixs"], page["highest_ranks"], strict=True):
                highest[ix] = rank
        return replace(carry, highest=NamedRanks.of(highest))

    async def decisions(self, period: Period, seq: int) -> dict[int, RankDecision]:
        """Which ranks somebody decided, by ix, that are in force on the last day of the period as known at `seq`: of
        all that begin by then the one that was said last."""
        [row] = await self._graph.read("queries/runs/rank_overrides", {"seq": seq})
        found: dict[int, RankDecision] = {}
        for ix, *said in zip(*row.values(), strict=True):
            decision = RankDecision(*said)
            if decision.since <= period.last_day.isoformat():
                found[ix] = decision
        return {ix: one for ix, one in found.items() if one.rank and one.until >= period.last_day.isoformat()}

    async def orders(self, period: Period, seq: int, after: int | None = None) -> OrdersRead:
        """Those among the facts (after, seq], without `after` from the period's opening on; never beyond its close.
        Customers are numbered from 0."""
        numbers, texts = ("seqs", "sellers", "buyers", "pvs", "cvs", "instants"), ("order_ids", "customers")
        columns: dict[str, list[Any]] = {name: [] for name in (*numbers, *texts)}
        of_period = {"calendar": period.calendar, "period": period.number}
        begin = period.opened_seq if after is None else after
        last = seq if period.closed_seq is None else min(seq, period.closed_seq)
        reads = [
            partial(self._graph.read, "queries/runs/order_columns", {**of_period, "after": first, "to_seq": to})
            for first, to in ranges(last, FACTS_A_CALL, begin)
        ]
        async for [page] in in_order(reads):
            for name, values in columns.items():
                values.extend(page[name])
        seqs = np.asarray(columns["seqs"], np.int64)
        late = await self._late_returns(of_period, seqs, (begin, last))
        days = np.full(len(seqs), -1, np.int64)
        days[[one.row for one in late]] = [one.days for one in late]
        orders = Orders(
            seller=np.asarray(columns["sellers"], np.int64),
            buyer=np.asarray(columns["buyers"], np.int64),
            pv=np.asarray(columns["pvs"], np.int64),
            cv=np.asarray(columns["cvs"], np.int64),
            seq=seqs,
            day=_days(period, np.asarray(columns["instants"], np.int64)),
            late_return=days,
            customer=numbered(columns["customers"]),
        )
        return OrdersRead(orders, columns["order_ids"], late, columns["customers"])

    async def late_returns(self, period: Period, seqs: Ints, seq: int) -> tuple[LateReturn, ...]:
        """The returns of closed periods' orders among orders of a period, of those seqs, as known at `seq`."""
        last = seq if period.closed_seq is None else min(seq, period.closed_seq)
        of_period = {"calendar": period.calendar, "period": period.number}
        return await self._late_returns(of_period, seqs, (period.opened_seq, last))

    async def _late_returns(
        self, of_period: dict[str, Any], seqs: Ints, between: tuple[int, int]
    ) -> tuple[LateReturn, ...]:
        """The returns of closed periods' orders among orders of those seqs."""
        first, last = between
        reads = [
            partial(self._graph.read, "queries/runs/late_returns", {**of_period, "after": after, "to_seq": to})
            for after, to in ranges(last, FACTS_A_CALL, first)
        ]
        found: list[LateReturn] = []
        async for [page] in in_order(reads):
            rows = np.searchsorted(seqs, np.asarray(page["seqs"], np.int64)).tolist()
            columns = rows, page["orders"], page["periods"], page["days"]
            found += [LateReturn(*one) for one in zip(*columns, strict=True)]
        return tuple(found)


def _end_of(period: Period, seq: int) -> Moment:
    """The last instant of a period, as known at `seq`."""
    return Moment(to_ms(period.ends_at) - 1, seq)


def assembled(
    period: Period,
    known: KnownPeople,
    *,
    owner: NDArray[np.int32],
    carry: CarryIn,
    decisions: Mapping[int, RankDecision],
    orders: Orders,
) -> Snapshot:
    """The snapshot that these parts make. Raises BrokenTreeError."""
    count = len(known)
    held = (known.title, carry.highest, decided_by(decisions, count), *(each.met for each in carry.past))
    names, (title, highest, decided, *met) = by_one_table(held, count)
    people = People(
        sponsor=known.sponsor,
        parent=known.parent,
        slot=known.slot,
        active=known.active,
        passed_over=known.passed_over,
        title=title,
        carry_left=_padded(carry.left, count),
        carry_right=_padded(carry.right, count),
        owner=owner,
        balance=_padded(carry.balance, count),
        highest=highest,
        decided=decided,
        matrix_parent=known.matrix_parent,
        matrix_slot=known.matrix_slot,
    )
    past = tuple(PastPeriod(each.name, each.run, of) for each, of in zip(carry.past, met, strict=True))
    first, after = days_of(period.calendar, period.number)
    return Snapshot(people, orders, names, days=(after - first).days, first_day=first, past=past)


def numbered(customers: Sequence[str]) -> Ints:
    """Customers by number, in the order in which they come first; -1 for none."""
    numbers = {"": -1}
    return np.fromiter((numbers.setdefault(id, len(numbers) - 1) for id in customers), np.int64, len(customers))


def decided_by(decisions: Mapping[int, RankDecision], people: int) -> NamedRanks:
    """What was decided, as a column."""
    texts = [""] * people
    for ix, decision in decisions.items():
        texts[ix] = decision.rank
    return NamedRanks.of(texts)


def _days(period: Period, instants: Ints) -> NDArray[np.int16]:
    """The day of the period, from 1, on which each of the instants (epoch ms) lies by the clock of its zone; of what
    lies before the period, the first, and of what lies after it, the last."""
    zone, (first, after) = ZoneInfo(period.zone), days_of(period.calendar, period.number)
    nights = (first + day * DAY for day in range(1, (after - first).days))
    begins = np.array([to_ms(datetime.combine(night, time(), zone)) for night in nights], np.int64)
    return (np.searchsorted(begins, instants, side="right") + 1).astype(np.int16)


def _check_sellers(orders: Orders, order_ids: list[str], people: int) -> None:
    strange = np.flatnonzero((orders.seller < 0) | (orders.seller >= people))
    if strange.size:
        named = ", ".join(order_ids[row] for row in strange[:ORDERS_NAMED].tolist())
        more = f" and {strange.size - ORDERS_NAMED:,} more" if strange.size > ORDERS_NAMED else ""
        raise UnknownSellerError(
            f"the seller of {named}{more} is nobody there is; banyan audit verify names what was changed",
            count=int(strange.size),
        )


def _padded(values: Ints, count: int) -> Ints:
    padded = np.zeros(count, np.int64)
    padded[: min(count, len(values))] = values[:count]
    return padded

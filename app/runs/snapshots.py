"""A snapshot of a live database: facts up to a seq, edges as true at an instant and known at that seq.

Later changes do not matter, however long ago the instant is: people and orders carry the seq that made them, and an
edge that was ended later is found among the ended ones. Live edges are read before ended ones, so an edge that a move
ends meanwhile is seen at least once, and twice it says the same.
"""

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
from app.runs.models import KeptMatrix, LateReturn, RankDecision, Taken
from app.runs.rank_names import NO_RANKS, NamedRanks, by_one_table

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


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
class _Status:
    """A status since an instant (epoch ms, negative: since ever), and the consequence of a termination."""

    status: str
    since: int
    consequence: str


@dataclass(frozen=True, slots=True)
class _Statuses:
    """By ix: who is active, and who takes no level because of how they left."""

    active: Bools
    passed_over: Bools

    def set(self, ix: int, status: _Status, before: int) -> None:
        """What somebody is just before an instant, given their status; whoever was terminated later was active."""
        begun = status.since < before
        self.active[ix] = status.status == "active" or not begun
        self.passed_over[ix] = begun and status.status == "terminated" and status.consequence == "compress_for_pay"


ORDERS_NAMED = PEOPLE_NAMED = 20
"""Orders, and people, that a refusal names."""
LOOKS, PAUSE_S = 3, 0.05
"""At what a commit under way may tell by halves, since it is seen record by record: how often, and how far apart."""
NO_CARRY = CarryIn()


class SnapshotRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def last_seq(self) -> int:
        """The number of the last fact so far."""
        head = await self._graph.read_one("queries/facts/head")
        return 0 if head is None else int(head["seq"])

    async def take(self, period: Period, seq: int, carry: CarryIn) -> Taken:
        """The company at the end of `period` as known at `seq`, with the orders that count in it. Raises
        BrokenTreeError, which names people by their ids, InvalidSnapshotError where people are not stored any more, and
        UnknownSellerError."""
        count = await self._count(seq)
        at = to_ms(period.ends_at) - 1
        ids, regions, enrolled, titles, statuses, owner = await self._people(count, at + 1)
        await self._as_of(statuses, seq, at)
        active, passed_over = enrolled & statuses.active, statuses.passed_over
        sponsor, _ = await self._edges("sponsor", count, seq, at)
        parent, slot = await self._edges("binary", count, seq, at)
        in_matrix: tuple[Ints | None, NDArray[np.int8] | None] = (None, None)
        if await self.matrix(seq) is not None:
            in_matrix = await self._edges("matrix", count, seq, at)
        for tree, above in (("sponsor", sponsor), ("binary", parent), ("matrix", in_matrix[0])):
            if above is not None:
                await self._check_found(tree, np.flatnonzero(enrolled & (above < 0)), ids)
        orders, order_ids, late, customers = await self._orders(period, seq)
        _check_sellers(orders, order_ids, count)
        first, after = days_of(period.calendar, period.number)
        decisions = await self._decisions(period, seq)
        held = (titles, carry.highest, decided_by(decisions, count), *(each.met for each in carry.past))
        names, (title, highest, decided, *met) = by_one_table(held, count)
        people = People(
            sponsor=sponsor,
            parent=parent,
            slot=slot,
            active=active,
            passed_over=passed_over,
            title=title,
            carry_left=_padded(carry.left, count),
            carry_right=_padded(carry.right, count),
            owner=owner,
            balance=_padded(carry.balance, count),
            highest=highest,
            decided=decided,
            matrix_parent=in_matrix[0],
            matrix_slot=in_matrix[1],
        )
        past = tuple(PastPeriod(each.name, each.run, of) for each, of in zip(carry.past, met, strict=True))
        try:
            snapshot = Snapshot(people, orders, names, days=(after - first).days, first_day=first, past=past)
        except BrokenTreeError as error:
            raise error.calling({ix: ids[ix] for ix in error.people}) from None
        return Taken(snapshot, ids, regions, enrolled, order_ids, seq, late, customers, decisions)

    async def _count(self, seq: int) -> int:
        """How many people were enrolled by a fact. Raises InvalidSnapshotError where some of them are not stored."""
        for look in range(LOOKS):
            await asyncio.sleep(look * PAUSE_S)
            [row] = await self._graph.read("queries/moments/people_at", {"seq": seq})
            if row["whole"]:
                return int(row["people"])
        raise InvalidSnapshotError("not all people are stored whom Head counts; banyan doctor names what was lost")

    async def _check_found(self, tree: str, alone: Ints, ids: list[str]) -> None:
        """Whoever stands below nobody must not say that they do while no edge leads there: it was lost, and everybody
        above would be paid without them."""
        for look in range(LOOKS):
            if not len(alone):
                return
            await asyncio.sleep(look * PAUSE_S)
            reads = [
                partial(self._graph.read, f"queries/runs/lost_{tree}_edges", {"ixs": alone[first:to].tolist()})
                for first, to in ranges(len(alone), PEOPLE_A_CALL)
            ]
            alone = np.asarray([ix async for [page] in in_order(reads) for ix in page["ixs"]], np.int64)
        if len(alone):
            named = alone[:PEOPLE_NAMED].tolist()
            raise BrokenTreeError(
                f"in the {tree} tree {{people}} stand below somebody by their own word, and no edge leads there",
                tree=tree,
                people=named,
                count=len(alone),
                ids={ix: ids[ix] for ix in named},
            )

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

    async def _people(
        self, count: int, before: int
    ) -> tuple[list[str], list[str], Bools, NamedRanks, "_Statuses", NDArray[np.int32]]:
        """The status of each is the one they have now, if it changed at most by their enrolment's own word."""
        names = ("ids", "regions", "statuses", "titles", "enrolled", "terminated_at", "consequences", "owned", "owners")
        columns: dict[str, list[Any]] = {name: [] for name in names}
        reads = [
            partial(self._graph.read, "queries/runs/people_columns", {"from_ix": first, "to_ix": to, "before": before})
            for first, to in ranges(count, PEOPLE_A_CALL)
        ]
        async for [page] in in_order(reads):
            for name, values in columns.items():
                values.extend(page[name])
        if len(columns["ids"]) != count:
            raise InvalidSnapshotError(
                f"of {count:,} people {len(columns['ids']):,} are found by number; banyan doctor names what was lost"
            )
        enrolled = np.asarray(columns["enrolled"], np.bool_)
        active = np.fromiter((status == "active" for status in columns["statuses"]), np.bool_, count)
        statuses = _Statuses(active, np.zeros(count, np.bool_))
        for ix in np.flatnonzero(np.asarray(columns["terminated_at"], np.int64) >= 0).tolist():
            statuses.set(ix, _Status("terminated", columns["terminated_at"][ix], columns["consequences"][ix]), before)
        owner = _first_positions(columns["ids"], columns["owned"], columns["owners"])
        return columns["ids"], columns["regions"], enrolled, NamedRanks.of(columns["titles"]), statuses, owner

    async def _decisions(self, period: Period, seq: int) -> dict[int, RankDecision]:
        """Which ranks somebody decided, by ix, that are in force on the last day of the period as known at `seq`: of
        all that begin by then the one that was said last."""
        [row] = await self._graph.read("queries/runs/rank_overrides", {"seq": seq})
        found: dict[int, RankDecision] = {}
        for ix, *said in zip(*row.values(), strict=True):
            decision = RankDecision(*said)
            if decision.since <= period.last_day.isoformat():
                found[ix] = decision
        return {ix: one for ix, one in found.items() if one.rank and one.until >= period.last_day.isoformat()}

    async def _as_of(self, statuses: "_Statuses", seq: int, at: int) -> None:
        """Take the statuses back, or on, to what they were at an instant as known at `seq`."""
        reads = [
            partial(self._graph.read, "queries/runs/status_changes", {"from_ix": first, "to_ix": to})
            for first, to in ranges(len(statuses.active), PEOPLE_A_CALL)
        ]
        then: dict[int, _Status] = {}
        async for [page] in in_order(reads):
            for ix, known, since, *said in zip(*page.values(), strict=True):
                status, consequence, old_status, old_since, old_consequence = said
                then.setdefault(ix, _Status(old_status, old_since, old_consequence))
                if known <= seq and since <= at:
                    then[ix] = _Status(status, since, consequence)
        for ix, status in then.items():
            if ix < len(statuses.active):
                statuses.set(ix, status, at + 1)

    async def _edges(self, tree: str, count: int, seq: int, at: int) -> tuple[Ints, NDArray[np.int8]]:
        parent = np.full(count, -1, np.int64)
        slot = np.zeros(count, np.int8)
        reads = [
            partial(self._live_then_ended, tree, {"from_ix": first, "to_ix": to, "seq": seq, "at": at})
            for first, to in ranges(count, PEOPLE_A_CALL)
        ]
        async for pages in in_order(reads):
            for page in pages:
                children = np.asarray(page["children"], np.int64)
                parent[children] = page["parents"]
                if "slots" in page:
                    slot[children] = page["slots"]
        return parent, slot

    async def _live_then_ended(self, tree: str, params: dict[str, int]) -> list[dict[str, Any]]:
        return [
            page
            for statement in (f"queries/runs/{tree}_edges", f"queries/runs/ended_{tree}_edges")
            for page in await self._graph.read(statement, params)
        ]

    async def _orders(self, period: Period, seq: int) -> tuple[Orders, list[str], tuple[LateReturn, ...], list[str]]:
        """With the numbers of the orders, the returns after the close, and the ids of the customers who bought, empty
        for own purchases."""
        numbers, texts = ("seqs", "sellers", "buyers", "pvs", "cvs", "instants"), ("order_ids", "customers")
        columns: dict[str, list[Any]] = {name: [] for name in (*numbers, *texts)}
        of_period = {"calendar": period.calendar, "period": period.number}
        last = seq if period.closed_seq is None else min(seq, period.closed_seq)
        reads = [
            partial(self._graph.read, "queries/runs/order_columns", {**of_period, "after": after, "to_seq": to})
            for after, to in ranges(last, FACTS_A_CALL, period.opened_seq)
        ]
        async for [page] in in_order(reads):
            for name, values in columns.items():
                values.extend(page[name])
        seqs = np.asarray(columns["seqs"], np.int64)
        late = await self._late_returns(of_period, seqs, (period.opened_seq, last))
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
        return orders, columns["order_ids"], late, columns["customers"]

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


def _first_positions(ids: list[str], owned: list[int], owners: list[str]) -> NDArray[np.int32]:
    """The row of each position's owner's first one. `owned`, in the order of ix: those whose owner is named otherwise
    than they, by the entry of `owners`. Where it is named as a position is, that one is the owner's as well."""
    first = np.arange(len(ids), dtype=np.int32)
    if not owned:
        return first
    first_of: dict[str, int] = {}
    for ix, name in zip(owned, owners, strict=True):
        first_of.setdefault(name, ix)
    elsewhere = set(owned)
    named = [ix for ix, id in enumerate(ids) if id in first_of and ix not in elsewhere]
    for ix in named:
        first_of[ids[ix]] = min(ix, first_of[ids[ix]])
    first[owned] = [first_of[name] for name in owners]
    first[named] = [first_of[ids[ix]] for ix in named]
    return first


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

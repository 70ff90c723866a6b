"""An open period in memory: the snapshot of it as of a fact, and everybody's ranks, taken on from fact to fact. Pure.

`prepare` works out what comes of the next facts and may take a while; `turn` makes it so, at once. Whoever reads in
between sees all of it as of one fact.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.engine.columns import Int16s, Int64s
from app.engine.errors import BrokenTreeError, UnknownSellerError
from app.engine.models import RANK_COLUMNS, Ranks, Result, Snapshot
from app.engine.ranking import Ranking, rank_people, ranking_of
from app.engine.refunds import as_counted
from app.engine.touched import Before, Touched, looks_at_legs, placement_sums, touched_by
from app.live.book import Book
from app.live.models import Paid, RankChange, Told
from app.periods.models import Period
from app.plans.models import Plan
from app.runs.models import LateReturn, RankDecision
from app.runs.people import KnownPeople
from app.runs.snapshots import CarryIn, OrdersRead, assembled
from app.runs.standings import Pay, Standing

Ints = NDArray[np.int64]
CHANGES_AT_ONCE = 10_000
"""Beyond so many it is not said who changed: a plan or a month began."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A period as read from the graph, as known at the fact `seq`."""

    period: Period
    plan: Plan
    seq: int
    people: KnownPeople
    owner: NDArray[np.int32]
    carry: CarryIn
    carries_from: str | None
    decisions: Mapping[int, RankDecision]
    orders: OrdersRead


@dataclass(slots=True)
class _Ranked:
    """Ranks with what they were worked out from. Its columns are its own, and change in place."""

    snapshot: Snapshot
    """People and trees, without orders."""
    ranking: Ranking
    ranks: Ranks
    in_legs: Int64s | None


@dataclass(frozen=True, slots=True)
class Step:
    """What comes of some facts."""

    told: Told
    rows: int
    late: tuple[LateReturn, ...] = ()
    """Those of its orders that came back after their period's close, by their rows among all."""
    known: KnownPeople | None = None
    owner: NDArray[np.int32] | None = None
    whole: _Ranked | None = None
    """Everybody ranked anew; else those whom orders touched, if any."""
    touched: Touched | None = None


class Case(NamedTuple):
    """What a calculation of all pay begins with, as of the fact `seq`, and the ranks that it must come to. `late`: the
    returns after the close, for which something may be taken back."""

    seq: int
    snapshot: Snapshot
    plan: Plan
    ranks: Ranks
    late: tuple[LateReturn, ...]


class Mirror:
    """One period. Used by one task at a time, but for `standing`."""

    def __init__(self, loaded: Loaded) -> None:
        self.period, self.plan, self.seq = loaded.period, loaded.plan, loaded.seq
        self.plan_hash, self.carries_from = loaded.plan.hash, loaded.carries_from
        self.paid: Paid | None = None
        self._paid_at = -1
        """The fact to which pay was worked out of this very mirror."""
        self.owners = frozenset(loaded.people.owned.owners)
        """What owners are named who are named otherwise than their position."""
        self._carry, self._decisions = loaded.carry, loaded.decisions
        self._known, self._owner = loaded.people.nameless(), loaded.owner
        self._book = Book(loaded.plan)
        self._book.turn(self._book.write(loaded.orders.orders, loaded.orders.customers))
        self._late = list(loaded.orders.late)
        try:
            self._ranked = self._ranked_anew(self._known, self._owner, self._decisions, self._book.rows)
        except BrokenTreeError as error:
            raise error.calling({ix: loaded.people.ids[ix] for ix in error.people}) from None

    @property
    def people(self) -> int:
        """How many are known."""
        return len(self._known)

    @property
    def paid_as(self) -> Int16s:
        """Everybody's rank."""
        return self._ranked.ranks.paid_as

    @property
    def owes_pay(self) -> bool:
        """Whether pay is to be worked out."""
        return self._paid_at < self.seq

    def show_paid(self, paid: Paid) -> None:
        """Pay was worked out of a case of this mirror."""
        self.paid, self._paid_at = paid, paid.seq

    def prepare(self, told: Told) -> Step:
        """What comes of facts that follow the last ones. Nothing is seen of it before `turn`. Raises what the engine
        refuses."""
        rows, late = self._book.rows, tuple[LateReturn, ...]()
        if told.orders is not None:
            late = tuple(replace(each, row=rows + each.row) for each in told.orders.late)
            rows = self._book.write(told.orders.orders, told.orders.customers)
        if told.people or told.decisions is not None:
            known = self._known.with_slices(told.people) if told.people else self._known
            newcomers = np.arange(len(self._owner), len(known), dtype=np.int32)
            owner = np.concatenate([self._owner, newcomers])
            decisions = self._decisions if told.decisions is None else told.decisions
            return Step(told, rows, late, known, owner, whole=self._ranked_anew(known, owner, decisions, rows))
        if rows == self._book.rows:
            return Step(told, rows)
        now = self._ranked
        self._check_sellers(told)
        before, sales = Before(now.ranks, now.in_legs), self._book.sales(rows)
        return Step(told, rows, late, touched=touched_by(now.snapshot, now.ranking, before, sales, self._book.rows))

    def turn(self, step: Step) -> list[RankChange]:
        """Stand at the facts that were prepared; whose rank changed."""
        if step.whole is not None and step.known is not None and step.owner is not None:
            changes = self._changes(self._ranked.ranks.paid_as, step.whole.ranks.paid_as)
            self._known, self._owner, self._ranked = step.known, step.owner, step.whole
            if step.told.decisions is not None:
                self._decisions = step.told.decisions
        elif step.touched is not None:
            changes = self._take_in(step.touched)
        else:
            changes = []
        self._book.turn(step.rows)
        self._late += step.late
        self.seq = step.told.to
        return changes

    def changes_since(self, before: "Mirror") -> list[RankChange]:
        """Whose rank is another one than an earlier mirror of the same period, by the same plan, says."""
        return self._changes(before.paid_as, self.paid_as)

    def case(self) -> Case:
        """All of it as of now, for a calculation elsewhere."""
        ranks = self._ranked.ranks
        copied = replace(ranks, **{name: getattr(ranks, name).copy() for name in ("paid_as", "active", "actuals")})
        orders = self._book.orders(self._book.rows)
        return Case(self.seq, self._ranked.snapshot.with_orders(orders), self.plan, copied, tuple(self._late))

    def standing(self, ix: int) -> Standing | None:
        """How somebody stands; None of who is not known yet."""
        if ix >= self.people:
            return None
        snapshot = self._ranked.snapshot
        return Standing(
            period=self.period.name,
            run=None,
            seq=self.seq,
            plan=self.plan,
            ranks=self._ranked.ranks.of(np.array([ix])),
            highest=self._highest(ix),
            decision=self._decisions.get(ix),
            past=tuple((each.name, each.run) for each in snapshot.past),
            pay=self._pay(ix),
            carried=None,
            enrolled=bool(self._known.enrolled[ix]),
        )

    def _highest(self, ix: int) -> str | None:
        """One from before may be a rank that the plan does not know."""
        snapshot, highest = self._ranked.snapshot, int(self._ranked.ranks.highest[ix])
        if highest >= 0:
            return self.plan.rank_names[highest]
        before = int(snapshot.people.highest[ix])
        return snapshot.titles[before] if before >= 0 else None

    def _pay(self, ix: int) -> Pay | None:
        paid, names = self.paid, [bonus.name for bonus in self.plan.bonuses]
        if paid is None:
            return None
        if ix >= paid.by_person.shape[1]:
            return Pay(paid.seq, tuple((name, 0) for name in names), earned=0, taken_back=0, paid=0, matched=(0, 0))
        amounts = paid.by_person[:, ix].tolist()
        return Pay(
            paid.seq,
            tuple(zip(names, amounts, strict=True)),
            earned=sum(amounts),
            taken_back=int(paid.taken_back[ix]),
            paid=int(paid.paid[ix]),
            matched=(int(paid.left_matched[ix]), int(paid.right_matched[ix])),
        )

    def _ranked_anew(
        self, known: KnownPeople, owner: NDArray[np.int32], decisions: Mapping[int, RankDecision], rows: int
    ) -> _Ranked:
        snapshot = assembled(
            self.period, known, owner=owner, carry=self._carry, decisions=decisions, orders=self._book.orders(rows)
        )
        counted = as_counted(snapshot, self.plan)
        found = rank_people(counted, self.plan)
        ranks = replace(found, **{name: getattr(found, name).copy() for name in RANK_COLUMNS})
        ranking = ranking_of(snapshot, self.plan)
        in_legs = placement_sums(snapshot, ranks) if looks_at_legs(ranking) else None
        return _Ranked(snapshot.with_orders(self._book.orders(0)), ranking, ranks, in_legs)

    def _check_sellers(self, told: Told) -> None:
        """A kernel trusts its rows."""
        strange = 0 if told.orders is None else int(np.count_nonzero(told.orders.orders.seller >= self.people))
        if strange:
            raise UnknownSellerError(
                f"{strange} orders up to fact {told.to} are of people beyond the {self.people} that are known",
                count=strange,
            )

    def _take_in(self, touched: Touched) -> list[RankChange]:
        ranked, rows = self._ranked, touched.rows
        changes = self._changes(ranked.ranks.paid_as[rows], touched.ranks.paid_as, rows)
        for name in RANK_COLUMNS:
            getattr(ranked.ranks, name)[..., rows] = getattr(touched.ranks, name)
        if ranked.in_legs is not None:
            ranked.in_legs[touched.placed] = touched.in_legs
        return changes

    def _changes(self, before: NDArray[Any], now: NDArray[Any], rows: Ints | None = None) -> list[RankChange]:
        """Newcomers have had no rank before."""
        names = (*self.plan.rank_names, None)
        was = np.full(len(now), -1, before.dtype)
        was[: len(before)] = before[: len(now)]
        changed = np.flatnonzero(was != now)
        if len(changed) > CHANGES_AT_ONCE:
            return []
        who = changed if rows is None else rows[changed]
        return [
            RankChange(ix, names[old], names[new])
            for ix, old, new in zip(who.tolist(), was[changed].tolist(), now[changed].tolist(), strict=True)
        ]


def paid_by(case: Case, result: Result) -> Paid:
    """What a calculation of a case says of pay."""
    carry, balances = result.carry, result.balances
    return Paid(
        case.seq,
        result.totals.by_person,
        carry.left_matched,
        carry.right_matched,
        balances.taken_back,
        balances.paid,
    )


def same_ranks(case: Case, result: Result) -> bool:
    """Whether ranks that followed the orders are those that everybody is given who is ranked anew."""
    mine, theirs = case.ranks, result.ranks
    return all(np.array_equal(getattr(mine, name), getattr(theirs, name)) for name in ("paid_as", "active", "actuals"))

"""An open period in memory: the snapshot of it as of a fact, and everybody's ranks, taken on from fact to fact. Pure.

`prepare` works out what comes of the next facts and may take a while; `turn` makes it so, at once. Whoever reads in
between sees all of it as of one fact.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.engine.columns import Int64s
from app.engine.errors import UnknownSellerError
from app.engine.models import RANK_COLUMNS, Ranks, Result, Snapshot
from app.engine.ranking import Ranking, rank_people, ranking_of
from app.engine.refunds import as_counted
from app.engine.touched import Before, Touched, looks_at_legs, placement_sums, touched_by
from app.live.book import Book
from app.live.models import Earned, Paid, PastName, RankChange, Standing, Told
from app.periods.models import Period
from app.plans.models import Plan
from app.runs.models import RankDecision
from app.runs.people import KnownPeople
from app.runs.snapshots import CarryIn, OrdersRead, assembled

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
    known: KnownPeople | None = None
    owner: NDArray[np.int32] | None = None
    whole: _Ranked | None = None
    """Everybody ranked anew; else those whom orders touched, if any."""
    touched: Touched | None = None


class Case(NamedTuple):
    """What a calculation of all pay begins with, as of the fact `seq`, and the ranks that it must come to."""

    seq: int
    snapshot: Snapshot
    plan: Plan
    ranks: Ranks


class Mirror:
    """One period. Used by one task at a time, but for `standing`."""

    def __init__(self, loaded: Loaded) -> None:
        self.period, self.plan, self.seq = loaded.period, loaded.plan, loaded.seq
        self.plan_hash, self.carries_from = loaded.plan.hash, loaded.carries_from
        self.paid: Paid | None = None
        self.owners = frozenset(loaded.people.owned.owners)
        """What owners are named who are named otherwise than their position."""
        self._carry, self._decisions = loaded.carry, loaded.decisions
        self._known, self._owner = loaded.people.nameless(), loaded.owner
        self._book = Book(loaded.plan)
        self._book.turn(self._book.write(loaded.orders.orders, loaded.orders.customers))
        self._ranked = self._ranked_anew(self._known, self._owner, self._decisions, self._book.rows)

    @property
    def people(self) -> int:
        """How many are known."""
        return len(self._known)

    def prepare(self, told: Told) -> Step:
        """What comes of facts that follow the last ones. Nothing is seen of it before `turn`. Raises what the engine
        refuses."""
        rows = self._book.rows
        if told.orders is not None:
            rows = self._book.write(told.orders.orders, told.orders.customers)
        if told.people or told.decisions is not None:
            known = self._known.with_slices(told.people) if told.people else self._known
            newcomers = np.arange(len(self._owner), len(known), dtype=np.int32)
            owner = np.concatenate([self._owner, newcomers])
            decisions = self._decisions if told.decisions is None else told.decisions
            return Step(told, rows, known, owner, whole=self._ranked_anew(known, owner, decisions, rows))
        if rows == self._book.rows:
            return Step(told, rows)
        now = self._ranked
        self._check_sellers(told)
        before, sales = Before(now.ranks, now.in_legs), self._book.sales(rows)
        return Step(told, rows, touched=touched_by(now.snapshot, now.ranking, before, sales, self._book.rows))

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
        self.seq = step.told.to
        return changes

    def case(self) -> Case:
        """All of it as of now, for a calculation elsewhere."""
        ranks = self._ranked.ranks
        copied = replace(ranks, **{name: getattr(ranks, name).copy() for name in ("paid_as", "active", "actuals")})
        orders = self._book.orders(self._book.rows)
        return Case(self.seq, self._ranked.snapshot.with_orders(orders), self.plan, copied)

    def standing(self, ix: int) -> Standing | None:
        """How somebody stands; None of who is not known yet."""
        if ix >= self.people:
            return None
        ranked = self._ranked
        past = tuple(PastName(each.name, each.run) for each in ranked.snapshot.past)
        alone = ranked.ranks.of(np.array([ix]))
        return Standing("live", self.seq, bool(self._known.enrolled[ix]), self.plan_hash, alone, past, self._earned(ix))

    def _earned(self, ix: int) -> Earned | None:
        paid = self.paid
        if paid is None:
            return None
        if ix >= paid.by_person.shape[1]:
            return Earned(paid.seq, (0,) * len(self.plan.bonuses), (0, 0))
        matched = int(paid.left_matched[ix]), int(paid.right_matched[ix])
        return Earned(paid.seq, tuple(paid.by_person[:, ix].tolist()), matched)

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
        was[: len(before)] = before
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
    carry = result.carry
    return Paid(case.seq, result.totals.by_person, carry.left_matched, carry.right_matched)


def same_ranks(case: Case, result: Result) -> bool:
    """Whether ranks that followed the orders are those that everybody is given who is ranked anew."""
    mine, theirs = case.ranks, result.ranks
    return all(np.array_equal(getattr(mine, name), getattr(theirs, name)) for name in ("paid_as", "active", "actuals"))

"""A mirror that was told of facts is the one that is loaded after them: snapshot, ranks, and pay."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.calculate import calculate
from app.engine.errors import UnknownSellerError
from app.engine.models import RANK_COLUMNS, Orders
from app.live import wire
from app.live.book import Book
from app.live.mirror import Loaded, Mirror, paid_by, same_ranks
from app.live.mirrors import CURRENT_S, Mirrors
from app.live.models import Told
from app.live.repository import NEAR, spans
from app.periods.models import Period
from app.runs.models import RankDecision
from app.runs.people import KnownPeople
from app.runs.rank_names import NamedRanks
from app.runs.snapshots import CarryIn, OrdersRead, PastRanks, numbered
from app.runs.standings import Pay
from tests.unit.engine.test_touched import BY_TITLE, EVERY_MEASURE

MARCH = Period(
    calendar="monthly",
    number=202603,
    name="2026-03",
    zone="UTC",
    starts_at=datetime(2026, 3, 1, tzinfo=UTC),
    ends_at=datetime(2026, 4, 1, tzinfo=UTC),
    grace_ends_at=None,
    commission_date="placed",
    state="open",
    turns=(1,),
    run=None,
)
TITLES = ("", "Member", "Silver", "Gold")
DECISION = RankDecision("Gold", "2026-03-01", "2026-12-31", "ann", "why", 7)


class Drawn:
    """A company that grows, and what is told of it."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.people = self.newcomers(0, int(self.rng.integers(1, 20)))
        self.orders = [self.some_orders(int(self.rng.integers(0, 15)))]
        self.decisions: dict[int, RankDecision] = {}
        self.seq = 1000

    def newcomers(self, first: int, count: int) -> KnownPeople:
        """Sponsored by somebody earlier; each second one is placed right below the one before."""
        ixs, rng = np.arange(first, first + count), self.rng
        placed = (ixs % 2 == 1) & (ixs > 0)
        return KnownPeople(
            enrolled=np.ones(count, np.bool_),
            active=rng.random(count) < 0.8,
            passed_over=np.zeros(count, np.bool_),
            sponsor=np.where(ixs == 0, -1, (rng.random(count) * ixs).astype(np.int64)),
            parent=np.where(placed, ixs - 1, -1),
            slot=np.where(placed, rng.integers(1, 3, count), 0).astype(np.int8),
            title=NamedRanks.of(rng.choice(TITLES, count).tolist()),
        )

    def some_orders(self, count: int) -> OrdersRead:
        rng, people = self.rng, len(self.people)
        seller, theirs = rng.integers(0, people, count), rng.random(count) < 0.5
        customers = [
            f"C{number}" if mine else "" for number, mine in zip(rng.integers(0, 5, count), theirs, strict=True)
        ]
        begin = 10 + sum(len(read.orders) for read in getattr(self, "orders", []))
        orders = Orders(
            seller=seller,
            buyer=np.where(theirs, -1, seller),
            pv=rng.integers(-2_000, 20_000, count),
            cv=rng.integers(-2_000, 20_000, count),
            seq=np.arange(begin, begin + count),
            day=rng.integers(1, 32, count).astype(np.int16),
            late_return=rng.choice([-1, -1, -1, 3, 90], count),
            customer=numbered(customers),
        )
        return OrdersRead(orders, [], (), customers)

    def told(self) -> Told:
        """The next facts: orders mostly, now and then people or a decision."""
        rng = self.rng
        self.seq += 1
        what = rng.choice(["orders", "orders", "orders", "newcomers", "moved", "left", "decided", "nothing"])
        slices: list[tuple[int, KnownPeople]] = []
        decisions = None
        if what == "newcomers":
            slices = [(len(self.people), self.newcomers(len(self.people), int(rng.integers(1, 4))))]
        elif what in ("moved", "left"):
            slices = [self.changed(int(rng.integers(0, len(self.people))), what)]
        elif what == "decided":
            self.decisions = {int(rng.integers(0, len(self.people))): DECISION}
            decisions = self.decisions
        self.people = self.people.with_slices(slices)
        orders = None if what == "nothing" else self.some_orders(int(rng.integers(0, 8)))
        self.orders += [] if orders is None else [orders]
        return Told(self.seq, orders, slices, decisions)

    def changed(self, ix: int, what: str) -> tuple[int, KnownPeople]:
        known = KnownPeople(
            **{
                name: getattr(self.people, name)[ix : ix + 1].copy()
                for name in ("enrolled", "active", "passed_over", "sponsor", "parent", "slot")
            },
            title=NamedRanks.of([self.people.title.texts()[ix]]),
        )
        if what == "left":
            known.active[0], known.passed_over[0] = False, self.rng.random() < 0.5
        elif ix:
            known.sponsor[0] = self.rng.integers(0, ix)
        return ix, known

    def loaded(self, plan: Any) -> Loaded:
        reads = self.orders
        customers = [who for read in reads for who in read.customers]
        columns = [dict(read.orders.columns()) for read in reads]
        whole = {name: np.concatenate([each[name] for each in columns]) for name in columns[0]}
        people = len(self.people)
        carry = CarryIn(
            left=np.arange(5, dtype=np.int64) * 100,
            right=np.arange(5, dtype=np.int64)[::-1] * 100,
            balance=np.zeros(5, np.int64),
            highest=NamedRanks.of(["Silver", "", "Diamond"]),
            past=(PastRanks("2026-02", None, NamedRanks.of(["Platinum", "Silver"])),),
        )
        return Loaded(
            period=MARCH,
            plan=plan,
            seq=self.seq,
            people=self.people,
            owner=np.arange(people, dtype=np.int32),
            carry=carry,
            carries_from=None,
            decisions=dict(self.decisions),
            orders=OrdersRead(Orders(**whole | {"customer": numbered(customers)}), [], (), customers),
        )


REFUNDS = EVERY_MEASURE.model_dump(mode="json") | {"refunds": {"after_close": "negative_volume", "window_days": 30}}
PLANS = (EVERY_MEASURE, BY_TITLE, type(EVERY_MEASURE).model_validate(REFUNDS))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), steps=st.integers(1, 8), number=st.integers(0, 2))
def test_a_mirror_that_follows_is_the_one_that_is_loaded(seed: int, steps: int, number: int) -> None:
    drawn, plan = Drawn(seed), PLANS[number]
    mirror = Mirror(drawn.loaded(plan))
    for _ in range(steps):
        before = [mirror.standing(ix) for ix in range(mirror.people)]
        changes = mirror.turn(mirror.prepare(drawn.told()))
        fresh = Mirror(drawn.loaded(plan))
        case, expected = mirror.case(), fresh.case()
        assert (case.seq, case.snapshot.digest()) == (expected.seq, expected.snapshot.digest())
        names = (*plan.rank_names, None)
        told = {change.ix: (change.before, change.now) for change in changes}
        for ix in range(mirror.people):
            one, other = mirror.standing(ix), fresh.standing(ix)
            assert one is not None
            assert other is not None
            for name in RANK_COLUMNS:
                assert getattr(one.ranks, name).tolist() == getattr(other.ranks, name).tolist(), (name, ix)
            was = -1 if ix >= len(before) else int(before[ix].ranks.paid_as[0])  # type: ignore[union-attr]
            now = int(one.ranks.paid_as[0])
            assert told.get(ix) == (None if was == now else (names[was], names[now]))
        result = calculate(case.snapshot, plan)
        assert same_ranks(case, result)
        assert paid_by(case, result).by_person.tolist() == calculate(expected.snapshot, plan).totals.by_person.tolist()


def test_nothing_is_seen_of_what_is_only_prepared() -> None:
    drawn = Drawn(1)
    mirror = Mirror(drawn.loaded(EVERY_MEASURE))
    before = mirror.case()
    step = mirror.prepare(Told(2000, drawn.some_orders(20)))
    assert mirror.case().snapshot.digest() == before.snapshot.digest()
    assert mirror.case().ranks.actuals.tolist() == before.ranks.actuals.tolist()
    mirror.turn(step)
    assert len(mirror.case().snapshot.orders) == len(before.snapshot.orders) + 20


def test_what_was_prepared_and_thrown_away_leaves_nothing() -> None:
    drawn = Drawn(2)
    mirror, orders = Mirror(drawn.loaded(EVERY_MEASURE)), drawn.some_orders(6)
    mirror.prepare(Told(2000, drawn.some_orders(9)))
    mirror.turn(mirror.prepare(Told(2001, orders)))
    case = mirror.case()
    assert case.snapshot.orders.seq.tolist()[-6:] == orders.orders.seq.tolist()
    assert same_ranks(case, calculate(case.snapshot, EVERY_MEASURE))


def test_an_order_of_somebody_unknown_is_refused_before_a_kernel_sees_it() -> None:
    drawn = Drawn(3)
    mirror = Mirror(drawn.loaded(EVERY_MEASURE))
    strange = drawn.some_orders(3)
    beyond = replace(strange.orders, seller=strange.orders.seller + 1000, buyer=np.full(3, -1))
    with pytest.raises(UnknownSellerError, match="3 orders up to fact 2000"):
        mirror.prepare(Told(2000, replace(strange, orders=beyond, customers=["C"] * 3)))


def test_a_difference_of_ranks_is_noticed() -> None:
    drawn = Drawn(4)
    case = Mirror(drawn.loaded(EVERY_MEASURE)).case()
    result = calculate(case.snapshot, EVERY_MEASURE)
    assert same_ranks(case, result)
    case.ranks.actuals[0, 0] += 1
    assert not same_ranks(case, result)


def test_a_book_grows_and_numbers_customers_as_they_come() -> None:
    drawn, book = Drawn(5), Book(EVERY_MEASURE)
    reads = [drawn.some_orders(count) for count in (900, 0, 900, 4000)]
    for read in reads:
        book.turn(book.write(read.orders, read.customers))
    expected = numbered([who for read in reads for who in read.customers])
    assert book.orders(book.rows).customer.tolist() == expected.tolist()
    assert book.orders(book.rows).pv.tolist() == [pv for read in reads for pv in read.orders.pv.tolist()]


def test_a_standing_is_read_as_it_was_written() -> None:
    drawn = Drawn(6)
    mirror = Mirror(drawn.loaded(EVERY_MEASURE))
    for paid in (False, True):
        if paid:
            case = mirror.case()
            mirror.show_paid(paid_by(case, calculate(case.snapshot, case.plan)))
        standing = mirror.standing(0)
        assert standing is not None
        said = wire.said(wire.written(standing))
        assert said is not None
        assert said["plan"] == EVERY_MEASURE.hash
        found = wire.standing(said, EVERY_MEASURE)
        for name in RANK_COLUMNS:
            one, other = getattr(found.ranks, name), getattr(standing.ranks, name)
            assert (one.tolist(), one.dtype, one.shape) == (other.tolist(), other.dtype, other.shape), name
        assert replace(found, ranks=standing.ranks) == standing
        assert (standing.pay is not None) == paid
    assert wire.said(wire.written(mirror.standing(1_000))) is None


def test_whoever_enrolled_after_the_pay_was_worked_out_has_earned_nothing() -> None:
    drawn = Drawn(7)
    mirror = Mirror(drawn.loaded(EVERY_MEASURE))
    case = mirror.case()
    mirror.show_paid(paid_by(case, calculate(case.snapshot, case.plan)))
    ix = mirror.people
    mirror.turn(mirror.prepare(Told(2000, None, [(ix, drawn.newcomers(ix, 1))])))
    standing = mirror.standing(ix)
    assert standing is not None
    [bonus] = EVERY_MEASURE.bonuses
    assert standing.pay == Pay(case.seq, ((bonus.name, 0),), earned=0, taken_back=0, paid=0, matched=(0, 0))


def test_a_mirror_that_nobody_keeps_up_is_not_shown() -> None:
    now = [100.0]
    mirrors, mirror = Mirrors(lambda: now[0]), Mirror(Drawn(8).loaded(EVERY_MEASURE))
    assert mirrors.standing("2026-03", 0) is None
    mirrors.put(mirror)
    now[0] += CURRENT_S
    assert mirrors.standing("2026-03", 0) is not None
    now[0] += 0.1
    assert mirrors.standing("2026-03", 0) is None
    mirrors.confirm(mirror)
    assert mirrors.standing("2026-03", 0) is not None
    mirrors.drop("2026-03")
    assert mirrors.standing("2026-03", 0) is None


def test_people_near_each_other_are_read_together() -> None:
    assert spans([]) == []
    assert spans({5, 7, 6}) == [(5, 8)]
    assert spans([0, NEAR, 2 * NEAR + 5]) == [(0, NEAR + 1), (2 * NEAR + 5, 2 * NEAR + 6)]
    assert spans(range(30_000)) == [(0, 20_000), (20_000, 30_000)]

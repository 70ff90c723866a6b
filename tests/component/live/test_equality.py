"""At any quiet fact what a mirror has followed to is what the engine says on a snapshot of that fact, of everybody."""

import pytest

from app.engine.calculate import calculate
from app.engine.forest import Forest
from app.engine.models import RANK_COLUMNS
from app.facts.commands import Order, Return
from app.live.mirror import Mirror, paid_by
from app.live.repository import MirrorReader
from app.plans.models import Plan
from app.runs.snapshots import SnapshotRepository
from app.volumes.live import LiveFigures
from app.volumes.models import Tree
from app.volumes.sums import Sold, volume_columns
from app.wiring import House
from tests.component.live.company import APRIL, CLAWBACK, MARCH, PLAN, LiveCompany
from tests.component.volumes.company import ms

pytestmark = pytest.mark.anyio


class Follower:
    """A mirror of one period, taken on by hand."""

    def __init__(self, house: House, period: str, plan: Plan = PLAN) -> None:
        self.house, self.period, self.plan = house, period, plan
        self.reader = MirrorReader(house.graph, snapshots=SnapshotRepository(house.graph), before=house.before)
        self.mirror: Mirror | None = None
        self.loads = 0

    async def load(self) -> Mirror:
        self.loads += 1
        loaded = await self.reader.load(await self.house.periods.get(self.period), self.plan)
        self.mirror = Mirror(loaded)
        return self.mirror

    async def catch_up(self) -> Mirror:
        mirror = self.mirror or await self.load()
        while (news := await self.reader.news(mirror)) is not None:
            if news.told is None:
                mirror = await self.load()
            else:
                mirror.turn(mirror.prepare(news.told))
        return mirror


async def assert_equal(house: House, follower: Follower) -> None:
    """Snapshot, ranks, report figures and pay, of everybody: with what is taken back, as a run has it."""
    plan, mirror, period = follower.plan, await follower.catch_up(), await house.periods.get(follower.period)
    begins = await house.runs.beginning(period, plan.looks_back)
    taken = await house.runs.take(period, begins)
    case, whole = mirror.case(), await house.runs.taking_back(period, taken, plan)
    expected = calculate(whole.snapshot, plan)
    assert case.seq == begins.seq
    assert case.snapshot.digest() == taken.snapshot.digest()
    snapshot = await house.clawbacks.taking_back(period, case.snapshot, case.late, plan)
    mirror.show_paid(paid_by(case, calculate(snapshot, plan)))
    for ix in range(len(taken.ids)):
        standing = mirror.standing(ix)
        assert standing is not None
        assert standing.enrolled == taken.enrolled[ix]
        for name in RANK_COLUMNS:
            found, wanted = getattr(standing.ranks, name), getattr(expected.ranks, name)[..., ix]
            assert found[..., 0].tolist() == wanted.tolist(), (follower.period, taken.ids[ix], name)
        pay, balances = standing.pay, expected.balances
        assert pay is not None
        assert [amount for _, amount in pay.bonuses] == expected.totals.by_person[:, ix].tolist()
        assert (pay.earned, pay.taken_back, pay.paid) == (
            balances.earned[ix],
            balances.taken_back[ix],
            balances.paid[ix],
        )
        assert pay.matched == (expected.carry.left_matched[ix], expected.carry.right_matched[ix])
        assert standing.decision == taken.decisions.get(ix)


async def assert_tallies(company: LiveCompany, name: str) -> None:
    """What the roll-up has counted is the volume of the snapshot, of everybody and their subtrees."""
    await company.count()
    house = company.house
    period, figures = await house.periods.get(name), LiveFigures(house.graph, house.periods, house.clock)
    taken = await house.runs.take(period, await house.runs.beginning(period, 0))
    snapshot, orders = taken.snapshot, taken.snapshot.orders
    trees: dict[Tree, Forest] = {"sponsor": snapshot.sponsor_tree, "binary": snapshot.binary_tree}
    expected = volume_columns(len(taken.ids), trees, Sold(orders.seller, orders.buyer, orders.pv, orders.cv))
    for ix, id in enumerate(taken.ids):
        live = await figures.of(id, period)
        assert {column: getattr(live, column) for column in expected} == {
            column: int(sums[ix]) for column, sums in expected.items()
        }, (name, id)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_mirror_is_what_the_engine_says(house: House, seed: int) -> None:
    """Two open periods, orders of both, late ones in grace, returns of a closed month's orders, moves from now on and
    since last month, terminations that promote, decided ranks, income centres."""
    company = LiveCompany(house, seed)
    await company.begin()
    followers = [Follower(house, MARCH), Follower(house, APRIL)]
    for _ in range(14):
        for _ in range(company.rng.randint(1, 8)):
            await company.step()
        for follower in followers:
            await assert_equal(house, follower)
            await assert_tallies(company, follower.period)
    assert {"Order", "Return", "Move", "Enrol"} <= company.done.keys(), company.done
    assert all(follower.loads < 8 for follower in followers), "most of it is followed, not read anew"


async def test_every_kind_of_fact_is_met(house: House) -> None:
    """By a longer way, looked at once at its end and once in the middle."""
    company = LiveCompany(house, 11)
    await company.begin()
    followers = [Follower(house, MARCH), Follower(house, APRIL)]
    for _ in range(2):
        for _ in range(50):
            await company.step()
            await followers[0].catch_up()
        for follower in followers:
            await assert_equal(house, follower)
    kinds = {"Order", "Return", "Move", "Enrol", "Place", "Terminate", "Reinstate", "OverrideRank", "Register"}
    assert company.done.keys() == kinds, company.done


async def test_a_return_after_the_close_and_a_late_order_in_grace(house: House) -> None:
    """Told one by one, so that it is certain that each happened."""
    company = LiveCompany(house, 5)
    await company.begin()
    followers = {period: Follower(house, period) for period in (MARCH, APRIL)}
    for follower in followers.values():
        await assert_equal(house, follower)
    before = {period: _orders(await follower.catch_up()) for period, follower in followers.items()}
    february = company.orders[0]
    assert await company.say(Order("april", "D3", "distributor", company.now, 10_000, 9_000))
    assert await company.say(Order("late", "D3", "distributor", ms(2026, 3, 31, 22), 30_000, 27_000))
    assert await company.say(Return("back", february, company.now))
    march = await followers[MARCH].catch_up()
    sold = march.case().snapshot.orders
    assert sold.pv.tolist()[-2] == 30_000
    assert sold.late_return.tolist()[-1] >= 0
    april = await followers[APRIL].catch_up()
    assert (_orders(march), _orders(april)) == (before[MARCH] + 2, before[APRIL] + 1), "each counts in one alone"
    for follower in followers.values():
        await assert_equal(house, follower)


def _orders(mirror: Mirror) -> int:
    return len(mirror.case().snapshot.orders)


async def test_what_returns_take_back_is_what_a_run_takes_back(house: House) -> None:
    """By a plan that claws back: of February's sales, from whom its run paid."""
    company = LiveCompany(house, 7, CLAWBACK)
    await company.begin()
    followers = [Follower(house, period, CLAWBACK) for period in (MARCH, APRIL)]
    taken_back = 0
    for _ in range(6):
        order = company.orders.pop(0)
        assert await company.say(Return(f"{order} back", order, company.now))
        for _ in range(3):
            await company.step()
        for follower in followers:
            await assert_equal(house, follower)
            paid = (await follower.catch_up()).paid
            assert paid is not None
            taken_back += int(paid.taken_back.sum())
    assert taken_back < 0

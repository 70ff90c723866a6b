"""The loop around mirrors: what it keeps, whom it tells, and who takes over when it is gone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.cache import open_store
from app.clock import SystemClock, to_ms
from app.facts.commands import Enrol, Explicit, Order, Return, Submission, Terminate
from app.graph import GraphDatabase
from app.live.models import LiveNotReadyError, RankChange
from app.live.service import LiveService
from app.periods.calendars import name_of
from app.plans.loader import parse_plan
from app.settings import RedisSettings, Settings
from app.wiring import House, build_house, live_ranks, live_worker

pytestmark = pytest.mark.anyio
NOW = datetime.now(UTC)
MONTH, BEFORE = (
    name_of("monthly", each.year * 100 + each.month) for each in (NOW, NOW.replace(day=1) - timedelta(days=1))
)
PLAN = """
name: Live
version: "{version}"
currency: EUR
ranks:
  - name: Member
  - {{name: Silver, requires: {{group_pv: 100}}}}
bonuses:
  - {{type: unilevel, name: Levels, levels_by_rank: {{Member: ["10%"], Silver: ["{rate}"]}}}}
  - {{type: binary, name: Team, rate: 10%}}
"""
CARRYING = """
name: Carrying
version: "1"
currency: EUR
ranks: [{name: Member}]
bonuses:
  - {type: unilevel, name: Levels, levels_by_rank: {Member: ["10%"]}}
  - {type: binary, name: Team, rate: 10%}
refunds: {after_close: clawback, window_days: 90}
"""


class Heard:
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.changes: list[RankChange] = []

    async def changed(self, period: str, seq: int, changes: Sequence[RankChange]) -> None:
        self.changes += changes

    async def by_person(self) -> dict[int, tuple[str | None, str | None]]:
        return {change.ix: (change.before, change.now) for change in self.changes}


class Office:
    """A process: its own house, worker and answers, on servers that all share."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.heard = Heard()
        self.service: LiveService = live_ranks(house, None)
        self.keys = 0

    async def say(self, command: Any) -> None:
        self.keys += 1
        await self.house.writer.submit(Submission(f"{id(self)}-{self.keys}", "test", "test", command))

    async def sell(self, id: str, who: str, pv: int) -> None:
        await self.say(Order(id, who, "distributor", to_ms(datetime.now(UTC)), pv, pv))

    async def rank(self, id: str) -> str | None:
        """Live; None before."""
        try:
            found = await self.service.of(id, None)
        except LiveNotReadyError:
            return None
        return found.rank.paid_as if found.rank.live else None

    async def pay(self, id: str) -> tuple[int, ...] | None:
        """By bonus, live; None before."""
        try:
            found = await self.service.of(id, None)
        except LiveNotReadyError:
            return None
        pay = found.pay.pay
        return None if pay is None or not found.pay.live else tuple(amount for _, amount in pay.bonuses)


def office(graph: GraphDatabase, settings: Settings, folder: Path) -> Office:
    return Office(build_house(settings.model_copy(update={"data_dir": folder}), graph, SystemClock()))


@asynccontextmanager
async def at_work(one: Office, **options: Any) -> AsyncIterator[asyncio.Task[None]]:
    """Its worker runs, and is told to stop at the end unless it is gone."""
    stop = asyncio.Event()
    worker = live_worker(one.house, None, pay_rest_s=0.1, hears=one.heard, **options)
    task = asyncio.create_task(worker.run(stop))
    try:
        yield task
    finally:
        stop.set()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], Awaitable[Any]], wanted: Any, within_s: float = 60) -> None:
    """Wait until something is as it is to be."""
    found = None
    try:
        async with asyncio.timeout(within_s):
            while (found := await condition()) != wanted:
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"{found!r} instead of {wanted!r}")


@pytest.fixture
async def ann(graph: GraphDatabase, test_settings: Settings, tmp_path: Path) -> Office:
    """A sponsors B, who stands left of A, and C, right of A. The present month is open."""
    one = office(graph, test_settings, tmp_path)
    await one.house.plans.register(
        parse_plan(PLAN.format(version=1, rate="20%")), date(2026, 1, 1), key="p", actor="test"
    )
    await one.house.periods.open(MONTH, "UTC", key=MONTH, actor="test")
    begin = to_ms(datetime(NOW.year, NOW.month, 1, tzinfo=UTC))
    for id, sponsor, place in (("A", None, None), ("B", "A", Explicit("A", 1)), ("C", "A", Explicit("A", 2))):
        await one.say(Enrol(id, sponsor, id, "", begin, placement=place))
    return one


async def test_an_order_becomes_a_rank_and_then_pay(ann: Office) -> None:
    async with at_work(ann):
        await until(lambda: ann.rank("A"), "Member")
        await until(lambda: ann.pay("A"), (0, 0))
        ann.heard.changes.clear()
        await ann.sell("o1", "B", 120_00)
        await until(lambda: ann.rank("A"), "Silver")
        assert await ann.rank("B") == "Silver"
        assert await ann.rank("C") == "Member"
        await until(lambda: ann.pay("A"), (24_00, 0))
        await ann.sell("o2", "C", 50_00)
        await until(lambda: ann.pay("A"), (34_00, 5_00))
        await until(ann.heard.by_person, {0: ("Member", "Silver"), 1: ("Member", "Silver")})
        assert len(ann.heard.changes) == 2, "once each"


async def test_a_newcomer_and_another_plan_are_followed(ann: Office) -> None:
    async with at_work(ann):
        await ann.sell("o1", "B", 120_00)
        await until(lambda: ann.pay("A"), (24_00, 0))
        await ann.say(Enrol("D", "B", "D", "", to_ms(datetime.now(UTC))))
        await until(lambda: ann.rank("D"), "Member")
        other = parse_plan(PLAN.format(version=2, rate="30%"))
        await ann.house.plans.register(other, date(2026, 1, 1), key="p2", actor="test")
        await until(lambda: ann.pay("A"), (36_00, 0))


async def test_a_closed_period_is_let_go_and_an_opened_one_kept(ann: Office) -> None:
    after = NOW.month % 12 + 1
    following = f"{NOW.year + NOW.month // 12}-{after:02}"

    async def kept() -> set[str]:
        return {mirror.period.name for mirror in ann.house.mirrors.all}

    async with at_work(ann):
        await until(kept, {MONTH})
        await ann.house.periods.open(following, "UTC", key=following, actor="test")
        await until(kept, {MONTH, following})


async def test_a_second_worker_takes_over_when_the_first_is_gone(
    ann: Office, graph: GraphDatabase, test_settings: Settings, tmp_path: Path
) -> None:
    """The second one follows meanwhile, and says nothing; then it tells, and pays, within ten seconds."""
    second = office(graph, test_settings, tmp_path)
    async with at_work(ann) as first:
        await until(lambda: ann.pay("A"), (0, 0))
        async with at_work(second):
            await until(lambda: second.rank("A"), "Member")
            await ann.sell("o1", "B", 120_00)
            await until(lambda: second.rank("A"), "Silver")
            await until(lambda: ann.pay("A"), (24_00, 0))
            assert second.heard.changes == []
            assert await second.pay("A") is None
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            await until(lambda: second.pay("A"), (24_00, 0), within_s=10)
            await ann.sell("o2", "C", 120_00)
            await until(lambda: second.rank("C"), "Silver")
            await until(second.heard.by_person, {2: ("Member", "Silver")})


async def test_a_process_without_a_worker_asks_over_redis(
    ann: Office, graph: GraphDatabase, test_settings: Settings, tmp_path: Path, redis_url: str
) -> None:
    api = office(graph, test_settings, tmp_path)
    async with (
        open_store(redis_url, "acme", RedisSettings()) as store,
        open_store(redis_url, "acme", RedisSettings()) as theirs,
    ):
        api.service = live_ranks(api.house, theirs)
        assert await api.rank("A") is None, "nobody answers"
        stop = asyncio.Event()
        task = asyncio.create_task(live_worker(ann.house, store, pay_rest_s=0.1).run(stop))
        await until(lambda: api.rank("A"), "Member")
        await ann.sell("o1", "B", 120_00)
        await until(lambda: api.rank("A"), "Silver")
        await until(lambda: api.pay("A"), (24_00, 0))
        assert api.house.mirrors.all == []
        stop.set()
        await task
        assert await api.rank("A") is None
    assert await api.rank("A") is None, "without Redis neither"


async def test_the_newest_run_answers_where_no_worker_does(ann: Office) -> None:
    with pytest.raises(LiveNotReadyError, match="no run"):
        await ann.service.of("A", None)
    await ann.sell("o1", "B", 120_00)
    run = await ann.house.runs.calculate(MONTH, parse_plan(PLAN.format(version=1, rate="20%")))
    await ann.sell("o2", "C", 50_00)
    found = await ann.service.of("A", None)
    for standing in (found.rank, found.pay):
        assert (standing.live, standing.run, standing.seq) == (False, run.id, run.seq)
    assert found.pay.pay is not None
    assert found.pay.pay.bonuses == (("Levels", 24_00), ("Team", 0))


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        ("MATCH ()-[r:SPONSORED_BY {child: 1}]->() DELETE r", "in the sponsor tree B stand below somebody"),
        ("MATCH ()-[r:PLACED_UNDER {child: 2}]->() DELETE r", "in the binary tree C stand below somebody"),
        ("MATCH (d:Distributor {id: 'C'}) DETACH DELETE d", "not all people are stored whom Head counts"),
    ],
)
async def test_a_broken_tree_is_not_ranked(ann: Office, damage: str, why: str) -> None:
    """It is said that nothing live is ready, and the log says why; once it is mended it goes on."""

    async def refused() -> bool:
        return any(why in entry.get("error", "") for entry in logged)

    await ann.house.graph.run_script("damage", [damage])
    with capture_logs() as logged:
        async with at_work(ann):
            await until(refused, wanted=True)
            await ann.sell("o1", "A", 120_00)
            with pytest.raises(LiveNotReadyError, match="No worker tells live ranks"):
                await ann.service.of("A", None)
            assert ann.house.mirrors.all == []


async def test_an_edge_that_is_lost_while_it_follows_ends_what_is_shown(
    ann: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once somebody's columns are read again, those without an edge are noticed; until then all is as the facts say."""
    monkeypatch.setattr("app.live.mirrors.CURRENT_S", 0.5)
    async with at_work(ann):
        await until(lambda: ann.rank("A"), "Member")
        await ann.house.graph.run_script("damage", ["MATCH ()-[r:SPONSORED_BY {child: 1}]->() DELETE r"])
        await ann.sell("o1", "B", 120_00)
        await until(lambda: ann.rank("A"), "Silver")
        with capture_logs() as logged:
            await ann.say(Terminate("B", "keep_hole"))
            await until(lambda: ann.rank("A"), None)
        assert any("in the sponsor tree B stand below somebody" in entry.get("error", "") for entry in logged)


@pytest.fixture
async def after_a_month(graph: GraphDatabase, test_settings: Settings, tmp_path: Path) -> Office:
    """As `ann`, since the month before, which is closed and calculated: B sold 50.00 in it."""
    one = office(graph, test_settings, tmp_path)
    await one.house.plans.register(parse_plan(CARRYING), date(2026, 1, 1), key="p", actor="test")
    for month in (BEFORE, MONTH):
        await one.house.periods.open(month, "UTC", key=month, actor="test")
    begin = to_ms((await one.house.periods.get(BEFORE)).starts_at)
    for id, sponsor, place in (("A", None, None), ("B", "A", Explicit("A", 1)), ("C", "A", Explicit("A", 2))):
        await one.say(Enrol(id, sponsor, id, "", begin, placement=place))
    await one.say(Order("before", "B", "distributor", begin, 50_00, 50_00))
    await one.house.periods.close(BEFORE, key="close", actor="test")
    await one.house.runs.calculate(BEFORE, parse_plan(CARRYING))
    return one


async def test_what_begins_otherwise_is_paid_anew_though_no_fact_came(after_a_month: Office) -> None:
    """Another run of the month before, which is nearer to pay, carries nothing on; calculating one is no fact."""
    one = after_a_month
    async with at_work(one):
        await one.sell("o1", "C", 30_00)
        await until(lambda: one.pay("A"), (3_00, 3_00))
        without_team = CARRYING.replace("  - {type: binary, name: Team, rate: 10%}\n", "")
        await one.house.runs.calculate(BEFORE, parse_plan(without_team))
        await until(lambda: one.pay("A"), (3_00, 0))


async def test_what_a_return_takes_back_is_live(after_a_month: Office) -> None:
    """Of the sale of a closed month, by a plan that claws back: beside what is earned, and in what is paid."""
    one = after_a_month

    async def paid() -> tuple[int, int, int] | None:
        try:
            found = await one.service.of("A", None)
        except LiveNotReadyError:
            return None
        pay = found.pay.pay
        return None if pay is None or not found.pay.live else (pay.earned, pay.taken_back, pay.paid)

    async with at_work(one):
        await one.sell("o1", "B", 30_00)
        await until(paid, (3_00, 0, 3_00))
        await one.say(Return("back", "before", to_ms(datetime.now(UTC))))
        await until(paid, (3_00, -5_00, -2_00))

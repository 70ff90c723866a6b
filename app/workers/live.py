"""Keeps ranks and pay of open periods up with the facts. Every worker keeps up; one of them reigns: it works out pay,
answers other processes, and tells whose rank changed."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final, Protocol

import structlog
from prometheus_client import Counter, Gauge, Histogram

from app.clock import Clock, to_ms
from app.engine.calculate import calculate
from app.engine.errors import PlanMismatchError
from app.errors import BanyanError, UnavailableError
from app.live.lease import Lease
from app.live.mirror import Mirror, paid_by, same_ranks
from app.live.mirrors import Mirrors
from app.live.models import HearsOfRanks, RankChange
from app.live.repository import MirrorReader
from app.periods.models import Period
from app.periods.service import PeriodService
from app.plans.models import Plan
from app.runs.clawbacks import ClawbackReader
from app.runs.service import refuse_misfit
from app.workers.aside import Aside

REIGNS: Final = Gauge("banyan_live_reigns", "1 while this process reigns over live ranks")
LAG_SECONDS: Final = Histogram(
    "banyan_live_lag_seconds",
    "From when a fact was recorded until ranks with it can be read, of the oldest fact of each step",
    buckets=(0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0),
)
LOADS: Final = Counter("banyan_live_loads_total", "Periods that were read anew")
PAY_SECONDS: Final = Histogram("banyan_live_pay_seconds", "Calculations of all pay of a period")
DIFFERENCES: Final = Counter(
    "banyan_live_differences_total", "Calculations that found other ranks than those that followed the orders"
)
FAILURES: Final = Counter("banyan_live_failures_total", "What failed, by error", ["error"])

PAUSE_S: Final = 0.1
BEAT_S: Final = 1.0
"""How often a reign is renewed, or tried for."""
LOOK_S: Final = 5.0
PAY_REST_S: Final = 5.0
PAY_RESTS: Final = 9
"""So many times as long as the last calculation took the next one waits at least: longer where others want a core."""
ENGINE_CORES: Final = 1
"""The others are for whoever asks meanwhile."""
STOP_S: Final = 2.0
MOST_UNTOLD: Final = 100
"""Steps whose changes of ranks wait to be told; of more the oldest are not."""
_log = structlog.get_logger(__name__)

Turn = Callable[[], Awaitable[bool]]
"""Something to do; whether there may be more of it at once."""


class PlanOf(Protocol):
    """Knows by which plan a period is estimated."""

    def __call__(self, period: Period) -> Awaitable[Plan | None]: ...


class ServesAnswers(Protocol):
    """Answers other processes."""

    async def serve(self, going_on: Callable[[], bool]) -> None:
        """As long as that says so."""


class _UnwantedError(Exception):
    """The worker was told to stop."""


class LiveWorker:
    """Runs until told to stop."""

    def __init__(
        self,
        mirrors: Mirrors,
        reader: MirrorReader,
        *,
        periods: PeriodService,
        plan_of: PlanOf,
        clawbacks: ClawbackReader,
        lease: Lease,
        clock: Clock,
        answers: ServesAnswers | None = None,
        hears: HearsOfRanks | None = None,
        pay_rest_s: float = PAY_REST_S,
    ) -> None:
        self._mirrors = mirrors
        self._reader = reader
        self._periods = periods
        self._plan_of = plan_of
        self._clawbacks = clawbacks
        self._lease = lease
        self._clock = clock
        self._answers = answers
        self._hears = hears
        self._pay_rest_s = pay_rest_s
        self._aside = Aside()
        self._stop = asyncio.Event()
        self._look_now = asyncio.Event()
        self._tell_now = asyncio.Event()
        self._untold: deque[tuple[str, int, Sequence[RankChange]]] = deque(maxlen=MOST_UNTOLD)
        self._stale: set[str] = set()
        """Periods whose mirrors are to be read anew, and are not gone on with before."""
        self._at_work = asyncio.Lock()
        """Held while a mirror goes on, or is copied."""
        self._tried: set[str] = set()
        """Periods whose pay was worked out once, or failed to be."""
        self._next_pay = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Keep up until `stop` is set."""
        self._stop = stop
        turns = [
            asyncio.create_task(self._take_turns(*turn))
            for turn in (
                ("reign", self._reign, BEAT_S),
                ("look", self._look_about, LOOK_S),
                ("follow", self._follow, PAUSE_S),
                ("pay", self._pay, PAUSE_S),
                ("answer", self._answer, BEAT_S),
                ("tell", self._tell, BEAT_S),
            )
        ]
        try:
            await stop.wait()
            await asyncio.wait(turns, timeout=STOP_S)
            with contextlib.suppress(BanyanError):
                await self._lease.give_back()
        finally:
            for turn in turns:
                turn.cancel()
            await asyncio.gather(*turns, return_exceptions=True)
            self._aside.close()
            REIGNS.set(0)

    async def _take_turns(self, name: str, turn: Turn, pause_s: float) -> None:
        """With a pause after each that found nothing more to do."""
        while not self._stop.is_set():
            more = False
            try:
                more = await turn()
            except _UnwantedError:
                return
            except BanyanError as error:
                _warn(error, turn=name)
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not end the worker
                FAILURES.labels(type(error).__name__).inc()
                _log.exception("live ranks failed", turn=name)
            if not more:
                await self._pause(pause_s, {"look": self._look_now, "tell": self._tell_now}.get(name))

    async def _pause(self, seconds: float, sooner: asyncio.Event | None) -> None:
        waits = [asyncio.create_task(each.wait()) for each in (self._stop, sooner) if each is not None]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for each in waits:
            each.cancel()
        if sooner is not None:
            sooner.clear()

    # --------------------------------------------------------------------------------------------------------- reigning

    async def _reign(self) -> bool:
        REIGNS.set(int(await self._lease.claim()))
        return False

    async def _answer(self) -> bool:
        if self._answers is not None and self._lease.holds:
            await self._answers.serve(lambda: self._lease.holds and not self._stop.is_set())
        return False

    # ---------------------------------------------------------------------------------------------------- which periods

    async def _look_about(self) -> bool:
        """Keep a mirror of each open period by whose plan it is known, and no other."""
        wanted = {period.name: (period, plan) for period, plan in await self._wanted()}
        for mirror in self._mirrors.all:
            if mirror.period.name not in wanted:
                self._mirrors.drop(mirror.period.name)
        for name, (period, plan) in wanted.items():
            try:
                if await self._is_to_load(name, plan):
                    await self._load(period, plan)
            except BanyanError as error:
                _warn(error, period=name)
        return False

    async def _wanted(self) -> list[tuple[Period, Plan]]:
        found = []
        for period in await self._periods.every_calendar():
            plan = await self._plan_of(period) if period.open else None
            if plan is None:
                continue
            try:
                refuse_misfit(plan, period)
            except PlanMismatchError as error:
                _log.info("no live ranks", period=period.name, why=error.message)
                continue
            found.append((period, plan))
        return found

    async def _is_to_load(self, name: str, plan: Plan) -> bool:
        mirror = self._mirrors.get(name)
        if mirror is None or name in self._stale or mirror.plan_hash != plan.hash:
            return True
        return await self._reader.begins_otherwise(mirror)

    async def _load(self, period: Period, plan: Plan) -> None:
        began, before = time.monotonic(), self._mirrors.get(period.name)
        mirror = await asyncio.to_thread(Mirror, await self._reader.load(period, plan))
        # The one before goes on meanwhile, and nobody is to be shown less than they were.
        while before is not None and mirror.seq < before.seq and await self._go_on(mirror):
            pass
        same = before is not None and before.plan_hash == mirror.plan_hash
        if before is not None and same:
            mirror.paid = before.paid  # until its own is worked out: what it begins with may be another
        self._stale.discard(period.name)
        self._mirrors.put(mirror)
        if before is not None and same:
            self._note_changes(mirror, mirror.changes_since(before))
        LOADS.inc()
        seconds = round(time.monotonic() - began, 3)
        _log.info("live ranks begin", period=period.name, people=mirror.people, seq=mirror.seq, seconds=seconds)

    # -------------------------------------------------------------------------------------------------------- following

    async def _follow(self) -> bool:
        """Whether any mirror went on."""
        went_on = False
        for mirror in self._mirrors.all:
            if mirror.period.name in self._stale:
                continue
            try:
                went_on |= await self._go_on(mirror)
            except UnavailableError:
                raise
            except BanyanError as error:
                _warn(error, period=mirror.period.name)
                self._read_anew(mirror)
        return went_on

    async def _go_on(self, mirror: Mirror) -> bool:
        """Take a mirror to the next facts; whether there were any."""
        news = await self._reader.news(mirror)
        if news is None:
            self._confirm(mirror)
            return False
        if news.told is None:
            self._read_anew(mirror)
            return False
        async with self._at_work:
            changes = mirror.turn(await asyncio.to_thread(mirror.prepare, news.told))
        self._confirm(mirror)
        LAG_SECONDS.observe(max(0.0, (to_ms(self._clock.now()) - news.recorded_at) / 1000))
        if news.look:
            self._look_now.set()
        self._note_changes(mirror, changes)
        return True

    def _note_changes(self, mirror: Mirror, changes: Sequence[RankChange]) -> None:
        """To be told by another turn: ranks wait for nobody who hears of them."""
        shown = self._mirrors.get(mirror.period.name) is mirror
        if changes and shown and self._hears is not None and self._lease.holds:
            self._untold.append((mirror.period.name, mirror.seq, changes))
            self._tell_now.set()

    async def _tell(self) -> bool:
        """Whether more is to be told."""
        if self._untold and self._hears is not None:
            await self._hears.changed(*self._untold.popleft())
        return bool(self._untold)

    def _confirm(self, mirror: Mirror) -> None:
        if self._mirrors.get(mirror.period.name) is mirror:
            self._mirrors.confirm(mirror)

    def _read_anew(self, mirror: Mirror) -> None:
        self._stale.add(mirror.period.name)
        self._look_now.set()

    # -------------------------------------------------------------------------------------------------------------- pay

    async def _pay(self) -> bool:
        """Work out the pay of the period whose is oldest, unless it is new enough."""
        behind = [each for each in self._mirrors.all if each.owes_pay]
        if time.monotonic() < self._next_pay:
            # A period's first pay waits for nobody.
            behind = [each for each in behind if each.period.name not in self._tried]
        if not behind or not self._lease.holds:
            return False
        oldest = min(behind, key=lambda mirror: -1 if mirror.paid is None else mirror.paid.seq)
        self._tried.add(oldest.period.name)
        await self._work_out(oldest)
        return True

    async def _work_out(self, mirror: Mirror) -> None:
        began = time.monotonic()
        try:
            async with self._at_work:
                case = await asyncio.to_thread(mirror.case)
            snapshot = await self._clawbacks.taking_back(mirror.period, case.snapshot, case.late, case.plan)
            result = await self._aside.run(
                partial(calculate, snapshot, case.plan, ENGINE_CORES, before_bonus=self._ask_whether_wanted)
            )
            same = await self._aside.run(partial(same_ranks, case, result))
        finally:
            took = time.monotonic() - began
            self._next_pay = time.monotonic() + max(self._pay_rest_s, PAY_RESTS * took)
        PAY_SECONDS.observe(took)
        if same:
            mirror.show_paid(paid_by(case, result))
            return
        DIFFERENCES.inc()
        _log.error("live ranks are not those of a calculation", period=mirror.period.name, seq=case.seq)
        self._read_anew(mirror)

    def _ask_whether_wanted(self, _: int) -> None:
        if self._stop.is_set():
            raise _UnwantedError


def _warn(error: BanyanError, **where: str) -> None:
    FAILURES.labels(type(error).__name__).inc()
    _log.warning("live ranks wait", error=error.message, kind=error.code(), **where)

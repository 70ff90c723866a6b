"""The roll-up's loop: claim, count until caught up, tell the cache, wait a moment. Several may run; one reigns."""

import asyncio
import math
import time
from collections.abc import Callable
from typing import Final

import structlog
from prometheus_client import Counter, Gauge, Histogram

from app.cache import CacheRefresher
from app.clock import Clock, to_ms
from app.errors import BanyanError, UnavailableError
from app.graph import GraphDatabase
from app.volumes import RolledUp, RollUp, StaleLeaderError

REIGNS: Final = Gauge("banyan_rollup_reigns", "1 while this process rolls up")
LAG_FACTS: Final = Gauge("banyan_rollup_lag_facts", "Facts that are not in the tallies yet")
LAG_SECONDS: Final = Gauge("banyan_rollup_lag_seconds", "Age of the oldest fact that is not in the tallies yet")
FACTS: Final = Counter("banyan_rollup_facts_total", "Facts counted by this process")
STEP_SECONDS: Final = Histogram("banyan_rollup_step_seconds", "One step that counted something, cache included")
FAILURES: Final = Counter("banyan_rollup_failures_total", "Steps that failed, by error", ["error"])

PAUSE_S: Final = 0.1
REST_S: Final = 0.5
"""How long a roll-up that has caught up waits for more. Each step writes the tallies of everybody above its orders, and
most of them are the same people each time: a few orders more cost hardly more, and orders come in on the same cores.
Live ranks do not wait for it."""
CONFIRM_S: Final = 1.0
"""How often an idle leader renews its lease and the cache's generation."""
_RIVAL_PAUSE_S: Final = 1.0
_FAULT_PAUSE_S: Final = 5.0
_log = structlog.get_logger(__name__)


class RollUpWorker:
    """Runs until told to stop."""

    def __init__(
        self,
        db: GraphDatabase,
        rollup: RollUp,
        refresher: CacheRefresher | None,
        clock: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db = db
        self._rollup = rollup
        self._refresher = refresher
        self._clock = clock
        self._monotonic = monotonic
        self._reigns = False
        self._confirmed = 0.0
        self._left: float = math.inf
        """Facts that waited when the last step was through, of those that were known before it."""

    async def run(self, stop: asyncio.Event) -> None:
        """Roll up until `stop` is set; the step under way is finished first."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                pause_s = await self._turn()
                if pause_s:
                    await asyncio.wait({stopping}, timeout=pause_s)
        finally:
            stopping.cancel()
            self._reign(False)

    async def _turn(self) -> float:
        """One step, or a look whether there is one to do; the seconds to wait before the next turn."""
        try:
            if not self._reigns:
                if not await self._rollup.claim():
                    return _RIVAL_PAUSE_S
                self._reign(True)
            behind = await self._behind()
            if not behind and self._monotonic() - self._confirmed < CONFIRM_S:
                return PAUSE_S
            started = self._monotonic()
            rolled = await self._rollup.step()
            await self._tell_cache(rolled)
        except StaleLeaderError as error:
            _log.info("stepped down", reason=error.message)
            self._reign(False)
            return _RIVAL_PAUSE_S
        except BanyanError as error:
            FAILURES.labels(type(error).__name__).inc()
            _log.error("roll-up step failed", error=error.message, kind=error.code())
            return _RIVAL_PAUSE_S if isinstance(error, UnavailableError) else _FAULT_PAUSE_S
        self._confirmed = self._monotonic()
        if rolled.idle:
            return PAUSE_S
        counted, took = rolled.seq_to - rolled.seq_from, self._confirmed - started
        FACTS.inc(counted)
        STEP_SECONDS.observe(took)
        return self._rest(behind, counted, took)

    def _rest(self, behind: int, counted: int, took: float) -> float:
        """Seconds to wait after a step: none while it catches up. While more comes than it counts it rests as long as
        it works: it would not keep up anyway, and whatever comes in does so sooner."""
        came, self._left = behind - self._left, behind - counted
        if counted >= behind:
            return REST_S
        return took if came > counted else 0.0

    async def _behind(self) -> int:
        """How many facts wait; a cheap read, so that an idle roll-up writes nothing."""
        row = await self._db.read_one("queries/volumes/lag")
        if row is None:
            return 1
        facts: int = row["head_seq"] - row["cursor_seq"]
        LAG_FACTS.set(facts)
        LAG_SECONDS.set(max(0.0, (to_ms(self._clock.now()) - row["waiting_since"]) / 1000) if facts else 0.0)
        return facts

    async def _tell_cache(self, rolled: RolledUp) -> None:
        if self._refresher is not None:
            await self._refresher.refresh(
                rolled.seq_from, rolled.seq_to, rolled.touched, rolled.versions, recorded_at=rolled.recorded_at
            )

    def _reign(self, reigns: bool) -> None:
        self._reigns = reigns
        REIGNS.set(int(reigns))

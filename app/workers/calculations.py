"""Calculates what is queued, one at a time. Several may do it: a lease says whose each is, and whoever is lost is
followed by another, who comes to the same run."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, Final

import structlog
from prometheus_client import Counter

from app.blobs.store import BlobStore
from app.calculations.errors import LeaseLostError
from app.calculations.models import MOST_ATTEMPTS, Claim
from app.calculations.repository import CalculationRepository
from app.clock import Clock, to_ms
from app.errors import BanyanError, UnavailableError
from app.graph import GraphTransaction
from app.plans.loader import parse_plan
from app.plans.models import Plan
from app.runs.service import RunService

ENDED: Final = Counter("banyan_calculations_ended_total", "Attempts at calculations by this process, by end", ["end"])
LEASE_MS: Final = 15_000
BEAT_S: Final = 0.5
"""How soon a worker learns that its calculation was cancelled."""
PAUSE_S: Final = 1.0
AGAIN_MS: Final = 5_000
FAILURE_SHOWN: Final = 1_000
_log = structlog.get_logger(__name__)


class CalculationWorker:
    """Runs until told to stop."""

    def __init__(
        self,
        calculations: CalculationRepository,
        *,
        runs: RunService,
        blobs: BlobStore,
        clock: Clock,
        holder: str,
        lease_ms: int = LEASE_MS,
    ) -> None:
        """`holder` is a name that no other worker has."""
        self._calculations = calculations
        self._runs = runs
        self._blobs = blobs
        self._clock = clock
        self._holder = holder
        self._lease_ms = lease_ms
        self._progress: tuple[str, int, int] = ("snapshot", 0, 0)
        self._unwanted = False

    async def run(self, stop: asyncio.Event) -> None:
        """Calculate until `stop` is set; one that is at work then is left for another worker."""
        while not stop.is_set():
            worked = False
            try:
                worked = await self.calculate_next(stop)
            except BanyanError as error:
                _log.warning("calculations wait", error=error.message, kind=error.code())
            if not worked:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), PAUSE_S)

    async def calculate_next(self, stop: asyncio.Event) -> bool:
        """Take the calculation that waits longest to its end; False when none waits."""
        claim = await self._calculations.claim_next(self._holder, self._now(), self._now() + self._lease_ms)
        if claim is None:
            return False
        log = _log.bind(calculation=claim.id, attempt=claim.attempt)
        if claim.attempt > MOST_ATTEMPTS:
            words = f"Its worker was lost {MOST_ATTEMPTS} times, the last time at the stage {claim.left_at}."
            await self._calculations.leave(claim, "failed", words, at=self._now(), counted=MOST_ATTEMPTS)
            end = "failed"
        else:
            end = await self._attempt(claim, stop)
        ENDED.labels(end).inc()
        log.info("calculation left", end=end)
        return True

    async def _attempt(self, claim: Claim, stop: asyncio.Event) -> str:
        """How it ended: done, failed, again, lost, or interrupted."""
        self._progress, self._unwanted = ("snapshot", 0, 0), False
        try:
            if await self._while_held(claim, stop, self._calculate(claim)):
                return "done"
        except LeaseLostError:
            return "lost"
        except BanyanError as error:
            again = isinstance(error, UnavailableError)
            return await self._failed(claim, f"{error.title}: {error.message}", again=again)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not end the worker
            _log.exception("a calculation failed", calculation=claim.id)
            return await self._failed(claim, f"{type(error).__name__}: {error}", again=True)
        await self._calculations.leave(claim, "queued", None, at=self._now(), counted=claim.attempt - 1)
        return "interrupted"

    async def _while_held(self, claim: Claim, stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
        """Do the work as long as the calculation is this worker's; False when told to stop. Raises LeaseLostError,
        and whatever the work raises."""
        working = asyncio.create_task(work)
        stopping = asyncio.create_task(stop.wait())
        held = True
        try:
            while held and not stop.is_set():
                await asyncio.wait({working, stopping}, timeout=BEAT_S, return_when=asyncio.FIRST_COMPLETED)
                if working.done():
                    await working
                    return True
                held = await self._beat(claim)
        finally:
            self._unwanted = True
            stopping.cancel()
            await _ended(working)
        if not held:
            raise LeaseLostError(f"Calculation {claim.id} was cancelled, or another worker took it over.")
        return False

    async def _beat(self, claim: Claim) -> bool:
        try:
            return await self._calculations.beat(claim, self._now() + self._lease_ms, *self._progress)
        except UnavailableError as error:
            # Should the lease run out meanwhile, another one takes over, and this one is not let finish.
            _log.warning("a calculation could not tell how far it is", calculation=claim.id, error=error.message)
            return True

    async def _calculate(self, claim: Claim) -> None:
        plan = await asyncio.to_thread(self._plan, claim)

        async def finish(tx: GraphTransaction, run: str) -> None:
            if not await self._calculations.finish(tx, claim, run, self._now()):
                raise LeaseLostError(f"Calculation {claim.id} was cancelled, or another worker took it over.")

        await self._runs.calculate(claim.period_name, plan, as_of=claim.as_of, tell=self._tell, along=finish)

    def _plan(self, claim: Claim) -> Plan:
        return parse_plan(self._blobs.get(claim.plan_hash), f"plan of calculation {claim.id}")

    def _tell(self, stage: str, done: int, of: int) -> None:
        """A thread learns here that nobody waits for it any more."""
        if self._unwanted:
            raise LeaseLostError("What this thread works at is not wanted any more.")
        self._progress = (stage, done, of)

    async def _failed(self, claim: Claim, words: str, *, again: bool) -> str:
        """A refusal in words would be the same the next time; anything else is tried again."""
        again = again and claim.attempt < MOST_ATTEMPTS
        now = self._now()
        await self._calculations.leave(
            claim,
            "queued" if again else "failed",
            words[:FAILURE_SHOWN],
            at=now,
            counted=claim.attempt,
            again_from=now + AGAIN_MS if again else 0,
        )
        return "again" if again else "failed"

    def _now(self) -> int:
        return to_ms(self._clock.now())


async def _ended(task: asyncio.Task[None]) -> None:
    """Cancel a task, and wait until nothing of it is at work."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # whoever awaited it has been told

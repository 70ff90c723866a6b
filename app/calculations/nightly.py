"""The preview that every open period gets once a night."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from app.blobs.store import BlobStore
from app.calculations.models import NIGHTLY
from app.calculations.paying import plan_of
from app.calculations.service import CalculationService
from app.clock import Clock
from app.errors import BanyanError, UnavailableError
from app.facts.errors import IdempotencyKeyReusedError
from app.periods.models import Period
from app.periods.service import PeriodService
from app.plans.service import PlanService
from app.runs.service import RunService

ACTOR: Final = "nightly preview"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Night:
    """At which time of day of a zone previews are asked for."""

    at: time
    zone: ZoneInfo

    def last_before(self, now: datetime) -> date:
        """The day whose night came last. Each day has one: where clocks are put back the first of two equal times, and
        where they are put forward over it the same time as before the change."""
        today = now.astimezone(self.zone).date()
        due = datetime.combine(today, self.at, self.zone).astimezone(UTC)
        return today if due <= now else today - timedelta(days=1)


class NightlyPreviews:
    def __init__(
        self,
        night: Night,
        *,
        calculations: CalculationService,
        periods: PeriodService,
        runs: RunService,
        plans: PlanService,
        blobs: BlobStore,
        clock: Clock,
    ) -> None:
        self._night = night
        self._calculations = calculations
        self._periods = periods
        self._runs = runs
        self._plans = plans
        self._blobs = blobs
        self._clock = clock
        self._done: date | None = None

    async def ask(self) -> Sequence[str]:
        """Ask for the previews of the last night, unless that was done; the ids of those that are asked for. Nights
        that nobody was there for are not made up for one by one. Several processes may ask: the key of each preview is
        its night and its period, so that each is asked for once."""
        now = self._clock.now()
        night = self._night.last_before(now)
        if night == self._done:
            return []
        begun = [one for one in await self._periods.every_calendar() if one.open and one.starts_at <= now]
        asked = [await self._preview(night, period) for period in begun]
        self._done = night
        return [id for id in asked if id is not None]

    async def _preview(self, night: date, period: Period) -> str | None:
        plan = await plan_of(period, plans=self._plans, runs=self._runs, blobs=self._blobs)
        if plan is None:
            _log.info("no plan to preview by: none is registered, and the calendar has no run yet", period=period.name)
            return None
        key = f"{NIGHTLY}{night}-{period.name}"
        try:
            found, receipt = await self._calculations.request(
                period.name, plan, key=key, actor=ACTOR, reason=f"the night of {night}"
            )
        except UnavailableError:
            raise
        except IdempotencyKeyReusedError:
            return None  # it was asked for before the calendar got another plan
        except BanyanError as error:
            _log.warning("no preview", period=period.name, error=error.message, kind=error.code())
            return None
        return None if receipt.replayed else found.id

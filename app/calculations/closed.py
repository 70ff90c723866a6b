"""The run of every closed period: nobody has to ask for it, and the next period begins with what it carries on."""

from collections.abc import Sequence
from typing import Final

import structlog

from app.calculations.service import CalculationService
from app.errors import BanyanError, UnavailableError
from app.facts.plans import RegisteredPlan, paying
from app.periods.models import Period
from app.periods.service import PeriodService
from app.plans.service import PlanService
from app.runs.service import RunService

ACTOR: Final = "close of the period"
_log = structlog.get_logger(__name__)


class RunsOfClosedPeriods:
    """Of calendars with a registered plan: by which else they are paid is not known."""

    def __init__(
        self, *, calculations: CalculationService, periods: PeriodService, runs: RunService, plans: PlanService
    ) -> None:
        self._calculations = calculations
        self._periods = periods
        self._runs = runs
        self._plans = plans
        self._asked: set[str] = set()
        """Keys, so that what failed is not asked for over and over."""

    async def ask(self) -> Sequence[str]:
        """Ask for the run of each closing that has none, or none that begins with what is carried on by now, oldest
        period first; the ids of those that are asked for. Several processes may ask: a key says all of it."""
        plans = await self._plans.all()
        closed = [each for each in await self._periods.every_calendar() if not each.open and each.run is None]
        asked = [
            await self._ask_for(period, plan)
            for period in closed
            if (plan := paying(plans, period.calendar, period.first_day)) is not None
        ]
        return [id for id in asked if id is not None]

    async def _ask_for(self, period: Period, plan: RegisteredPlan) -> str | None:
        wanted = await self._runs.still_to_calculate(period)
        if wanted is None:
            return None
        closed_seq, carries_from = wanted
        key = f"run-of-{period.name}-closed-at-{closed_seq}-after-{carries_from}"
        if key in self._asked:
            return None
        reason = f"closed at fact {closed_seq}"
        try:
            found, receipt = await self._calculations.request(
                period.name, await self._plans.stored(plan.hash), key=key, actor=ACTOR, reason=reason
            )
        except UnavailableError:
            raise
        except BanyanError as error:
            _log.warning("no run of a closed period", period=period.name, error=error.message, kind=error.code())
            return None
        self._asked.add(key)
        return None if receipt.replayed else found.id

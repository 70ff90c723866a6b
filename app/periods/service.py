"""Opening periods, closing them and opening them again: facts, and nothing else changes a period. Its name tells its
calendar."""

from functools import partial

from app.brief import Brief
from app.facts.calendars import CALENDARS, MONTHLY, PLACED, CommissionDate
from app.facts.commands import ClosePeriod, Receipt, ReopenPeriod, Submission
from app.facts.errors import UnknownPeriodError
from app.facts.writer import FactWriter
from app.periods.calendars import calendar_of, number_of, period
from app.periods.models import Period, Turn
from app.periods.repository import PeriodRepository


class PeriodService:
    def __init__(self, repository: PeriodRepository, writer: FactWriter) -> None:
        self._repository = repository
        self._writer = writer
        self._shown: Brief[list[Period]] = Brief()

    @property
    def turned(self) -> int:
        """Another number once this process has opened or closed a period, or made a run its pay."""
        return self._writer.turned

    async def all(self, calendar: str = MONTHLY) -> list[Period]:
        """Every period of a calendar so far, oldest first."""
        return await self._repository.all(calendar)

    async def shown(self, calendar: str) -> list[Period]:
        """The same as they were a moment ago (app/brief), for what is shown live: every request asks for them. What
        this process does itself is seen at once."""
        return await self._shown.get((calendar, self.turned), partial(self._repository.all, calendar))

    async def every_calendar(self) -> list[Period]:
        """Every period of every calendar, by calendar, oldest first."""
        return [period for calendar in CALENDARS for period in await self._repository.all(calendar)]

    async def get(self, name: str) -> Period:
        """The period called `name`, e.g. '2026-03'. Raises UnknownPeriodError."""
        found = await self._repository.one(calendar_of(name), number_of(name))
        if found is None or found.name != name:
            raise UnknownPeriodError(f"Period {name} does not exist; open it with banyan period open {name}.")
        return found

    async def turns(self, period: Period) -> list[Turn]:
        """Who opened and closed it when and why, in order."""
        return await self._repository.turns(period)

    async def open(
        self,
        name: str,
        zone: str,
        *,
        key: str,
        actor: str,
        reason: str = "",
        grace_days: int | None = None,
        commission_date: CommissionDate | None = None,
    ) -> Receipt:
        """Open a period for orders. It must start where the last one of its calendar ends; at most two are open at
        once. It takes what comes late for `grace_days` after its end; None: as long as it is open. An order counts by
        its `commission_date`; None: as in the calendar's other periods, in the first one by the date it was placed."""
        if commission_date is None:
            kept = await self._repository.all(calendar_of(name))
            commission_date = kept[0].commission_date if kept else PLACED
        command = period(name, zone, grace_days, commission_date)
        return await self._writer.submit(Submission(key, actor, reason, command))

    async def close(self, name: str, *, key: str, actor: str, reason: str = "", override: bool = False) -> Receipt:
        """Close a period that has ended with its grace days, or override these for a reason. Facts up to the receipt's
        seq count in it, later ones do not."""
        command = ClosePeriod(calendar_of(name), number_of(name), override)
        return await self._writer.submit(Submission(key, actor, reason, command))

    async def reopen(self, name: str, *, key: str, actor: str, reason: str) -> Receipt:
        """Open a closed period again, for a correction before its run is committed. Runs of it that were calculated
        stay as they are, and cannot be committed any more."""
        command = ReopenPeriod(calendar_of(name), number_of(name))
        return await self._writer.submit(Submission(key, actor, reason, command))

"""Reports of stored runs. It reads, and writes nothing; one report is made at a time, so that memory holds one run's
columns, or two for the movers."""

import asyncio
from typing import Final

from app.blobs.store import BlobStore
from app.comparing.repository import ComparingRepository
from app.engine.columns import Int64s
from app.periods.calendars import name_of
from app.periods.service import PeriodService
from app.reports.models import NoEarlierRunError, Report, ReportMismatchError, ReportName
from app.reports.stored import StoredRun
from app.reports.tables import REPORTS, most_moved, movers, side_by_side
from app.runs.errors import OtherCurrencyError
from app.runs.models import Run
from app.runs.service import RunService

_SAID_BY_THE_RUN: Final = {"amount": "earned", "breakage": "breakage", "people": "people", "earners": "earners"}
"""Columns whose total the run says as well, and as what."""


class ReportService:
    def __init__(
        self, *, runs: RunService, periods: PeriodService, people: ComparingRepository, blobs: BlobStore
    ) -> None:
        self._runs = runs
        self._periods = periods
        self._people = people
        self._blobs = blobs
        self._making = asyncio.Lock()

    async def report(self, run_id: str, name: ReportName, *, before: str | None = None) -> Report:
        """A report of a run; movers against the run called `before`, else the committed one of the period before.

        Raises NoRunError, NoEarlierRunError, OtherCurrencyError; ReportMismatchError when the stored lines do not add
        up to what the run says.
        """
        run = await self._runs.get(run_id)
        earlier = await self._earlier(run, before) if name == "movers" else None
        async with self._making:
            stored = StoredRun(run, self._blobs)
            if earlier is None:
                return _checked(await asyncio.to_thread(REPORTS[name], stored))
            return _checked(await self._movers(stored, StoredRun(earlier, self._blobs)))

    async def _movers(self, stored: StoredRun, before: StoredRun) -> Report:
        if stored.plan.currency != before.plan.currency:
            raise OtherCurrencyError(
                f"Run {stored.run.id} pays {stored.plan.currency} and run {before.run.id} {before.plan.currency}; "
                "name another one."
            )

        def moved() -> Int64s:
            was, now = side_by_side(before.amounts, stored.amounts)
            return most_moved(now - was)

        names = await self._people.names(await asyncio.to_thread(moved))
        return await asyncio.to_thread(movers, stored, before, names)

    async def _earlier(self, run: Run, named: str | None) -> Run:
        if named is not None:
            return await self._runs.get(named)
        period = await self._periods.get(name_of(run.calendar, run.period))
        before = [each for each in await self._periods.all(run.calendar) if each.ends_at == period.starts_at]
        if not before or before[0].run is None:
            what = f"{before[0].name} has no committed run" if before else "there is no period before"
            raise NoEarlierRunError(f"Run {run.id} is of {period.name}, and {what}; name a run to compare with.")
        return await self._runs.get(before[0].run)


def _checked(report: Report) -> Report:
    """The report, if it adds up to what its run says."""
    for at, column in enumerate(report.columns):
        said = _SAID_BY_THE_RUN.get(column.name)
        if said is not None and getattr(report.run, said) != report.total[at]:
            raise ReportMismatchError(
                f"Run {report.run.id} says {said} {getattr(report.run, said)}, and its stored lines "
                f"{report.total[at]} (amounts in minor units); calculate the period again and compare the runs."
            )
    return report

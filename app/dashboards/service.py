"""Puts a dashboard together. Everything is read side by side, and what is large is not read at all."""

import asyncio
from functools import partial
from typing import Final

from app.access.visibility import NotVisibleError
from app.brief import Brief
from app.cache import Loaded, SubtreeCache
from app.clock import from_ms
from app.dashboards.models import Dashboard, Figures, Newcomer, Newest, Runs, Told
from app.dashboards.repository import DashboardRepository
from app.live.service import LiveService
from app.periods.calendars import Calendar, name_of
from app.periods.models import Period
from app.periods.service import PeriodService
from app.runs.standings import RunStandings, Standing, StoredRun
from app.volumes.live import LiveFigures, of_period

LEGS: Final = 10
NEWEST: Final = 5
OTHERS: Final = "Pay, and what the next ranks ask, are told to the person themselves and to staff."


class DashboardService:
    """What is live takes the place of the nightly preview, and in the rank that of the last committed run. Whether the
    caller may ask about the person is decided before (app/access)."""

    def __init__(
        self,
        repository: DashboardRepository,
        cache: SubtreeCache,
        *,
        figures: LiveFigures,
        periods: PeriodService,
        standings: RunStandings,
        live: LiveService,
    ) -> None:
        self._repository = repository
        self._cache = cache
        self._figures = figures
        self._periods = periods
        self._standings = standings
        self._live = live
        self._runs: Brief[Runs] = Brief()

    async def of(self, distributor_id: str, calendar: Calendar, *, theirs: bool) -> Dashboard:
        """A person's dashboard with the present period of a calendar and what its runs say. Not `theirs`: without pay,
        and ranks only of the committed run. Raises NotVisibleError when there is no such person."""
        (period, figures, runs, live), newest = await asyncio.gather(
            self._present(distributor_id, calendar, theirs=theirs), self._newest(distributor_id)
        )
        if figures is None or newest is None:
            raise NotVisibleError(f"There is no distributor '{distributor_id}' that you may see.")
        told = live is not None and (live.pay is not None or not live.enrolled)
        paid, previewed = await asyncio.gather(
            self._standing(runs.committed, figures.ix),
            self._standing(runs.preview if theirs and not told else None, figures.ix),
        )
        committed = _committed(runs.committed, paid, calendar)
        present = _present(period, calendar, live, runs.preview, previewed) if theirs else OTHERS
        return Dashboard(
            period=period,
            figures=figures,
            newest=newest,
            rank=Told("live", live) if live is not None and live.enrolled else _rank(committed, present),
            present=present,
            committed=committed,
            theirs=theirs,
        )

    async def _present(
        self, distributor_id: str, calendar: Calendar, *, theirs: bool
    ) -> tuple[Period | None, Figures | None, Runs, Standing | None]:
        period = await self._figures.period(None, calendar)
        number, of_calendar = of_period(period)
        figures, runs = await asyncio.gather(
            self._repository.figures(distributor_id, number, of_calendar, LEGS),
            self._runs.get((calendar, number, self._periods.turned), partial(self._repository.runs, calendar, number)),
        )
        live = None
        if period is not None and figures is not None and theirs:
            live = await self._live.live_of(figures.ix, period)
        return period, figures, runs, live

    async def _standing(self, run: StoredRun | None, ix: int) -> Standing | None:
        return None if run is None else await self._standings.of(run, ix)

    async def _newest(self, distributor_id: str) -> Newest | None:
        async def load(_whole: int | None) -> Loaded | None:
            return await self._repository.newest(distributor_id, NEWEST)

        served = await self._cache.structure("sponsor", distributor_id, f"newest.{NEWEST}", load)
        if served is None:
            return None
        columns = served.columns
        names = ("ids", "names", "statuses", "levels", "sponsor_ids", "enrolled_at")
        people = tuple(
            Newcomer(id, name, status, level, sponsor_id, from_ms(enrolled_at))
            for id, name, status, level, sponsor_id, enrolled_at in zip(*(columns[name] for name in names), strict=True)
        )
        return Newest(people, columns["complete"], served.as_of_seq)


def _present(
    period: Period | None, calendar: str, live: Standing | None, run: StoredRun | None, previewed: Standing | None
) -> Told | str:
    if period is None:
        return f"No period of the calendar {calendar} is open."
    if live is not None and not live.enrolled:
        return f"They had not joined by the end of {period.name}."
    if live is not None and (live.pay is not None or previewed is None):
        return Told("live", live)
    if run is None:
        return f"There is no nightly preview of {period.name} yet."
    if previewed is None:
        return f"They joined after run {run.id}, the last nightly preview of {period.name}, was calculated."
    return Told("preview", previewed)


def _committed(run: StoredRun | None, paid: Standing | None, calendar: str) -> Told | str:
    if run is None:
        return f"No run of the calendar {calendar} is committed yet."
    if paid is None:
        return f"They had not joined by the end of {name_of(run.calendar, run.period)}, which run {run.id} pays."
    return Told("committed", paid)


def _rank(committed: Told | str, present: Told | str) -> Told | str:
    """The last committed run, before which an estimate is better than nothing."""
    if isinstance(present, Told) and isinstance(committed, str):
        return present
    return f"{committed} {present}" if isinstance(committed, str) else committed

"""What a period begins with: carry-over, and the ranks of the periods before."""

from collections.abc import AsyncIterator

from app.blobs.store import BlobStore
from app.facts.runs import UNCOMMITTED
from app.periods.calendars import name_of, number_before
from app.periods.models import Period
from app.periods.service import PeriodService
from app.runs.calculation import carry_out, met_in
from app.runs.errors import PaidElsewhereError, PreviousRunMissingError
from app.runs.models import Run
from app.runs.rank_names import NO_RANKS
from app.runs.repository import RunRepository
from app.runs.snapshots import CarryIn, PastRanks, SnapshotRepository


class PeriodsBefore:
    def __init__(
        self, *, runs: RunRepository, snapshots: SnapshotRepository, periods: PeriodService, blobs: BlobStore
    ) -> None:
        self._runs = runs
        self._snapshots = snapshots
        self._periods = periods
        self._blobs = blobs

    async def into(self, period: Period, seq: int, looks_back: int) -> tuple[CarryIn, str | None]:
        """What the period begins with, and the run that carries it on, where it is one. Of `looks_back` periods before
        it tells which ranks were met: as the run says with which it begins, the one with which that began, and so on.
        Where that chain ends, nothing is known of a period.

        Raises PreviousRunMissingError while there is a period before without any run, PaidElsewhereError for a period
        before what people brought along.
        """
        opening, run = await self.run_before(period)
        if opening:
            carry = await self._snapshots.opening_carry(period, seq)
        else:
            carry = CarryIn() if run is None else carry_out(run, self._blobs)
        past = [each async for each in self._past(period, run, looks_back)]
        return carry.with_past(past), None if run is None else run.id

    async def ranks_into(self, period: Period, seq: int, looks_back: int) -> CarryIn:
        """As `into`, for somebody who only looks: where no run is there to begin with, nothing is known of before."""
        try:
            carry, _ = await self.into(period, seq, looks_back)
        except (PaidElsewhereError, PreviousRunMissingError):
            return CarryIn().with_past([each async for each in self._past(period, None, looks_back)])
        return carry

    async def _past(self, period: Period, run: Run | None, looks_back: int) -> AsyncIterator[PastRanks]:
        number = period.number
        for _ in range(looks_back):
            number = number_before(period.calendar, number)
            name = name_of(period.calendar, number)
            if run is not None and run.period != number:
                run = None
            yield PastRanks(name, None, NO_RANKS) if run is None else PastRanks(name, run.id, met_in(run, self._blobs))
            run = None if run is None or run.carries_from is None else await self._runs.one(run.carries_from)

    async def run_before(self, period: Period) -> tuple[bool, Run | None]:
        """Whether the period begins with what people brought along, else with which run's carry-over, if any."""
        opens = await self._snapshots.opens(period.calendar)
        if opens is not None and period.number < opens:
            raise PaidElsewhereError(
                f"Period {period.name} was paid before the company came here: the openings of "
                f"{name_of(period.calendar, opens)} carry on from it, so it gets no run."
            )
        if opens == period.number:
            return True, None
        before = [p for p in await self._periods.all(period.calendar) if p.ends_at == period.starts_at]
        if not before:
            return False, None
        run = await self.nearest_to_pay(before[0])
        if run is None:
            raise PreviousRunMissingError(
                f"Period {before[0].name} has no run yet, so what it carries into {period.name} is not known; "
                "calculate it first."
            )
        return False, run

    async def nearest_to_pay(self, period: Period) -> Run | None:
        """The committed run of a period; else of those that know all of it the one that came furthest, of several the
        newest; else its newest estimate. What begins with another than the committed one is a preview: it is not
        reviewed before that one is committed."""
        runs = await self._runs.of_period(period.calendar, period.number)
        if period.run is not None:
            return next(run for run in runs if run.id == period.run)
        return max(
            (run for run in runs if run.state in UNCOMMITTED),
            key=lambda run: (run.seq == period.closed_seq, UNCOMMITTED.index(run.state), run.calculated_at, run.id),
            default=None,
        )

"""Compares two stored runs; reads only. The newest comparison stays in memory, so that its pages are quick."""

import asyncio

from app.comparing.repository import ComparingRepository
from app.differences.lineup import line_up, most_changed, totals_by_bonus, totals_by_cause, totals_of_people
from app.differences.models import (
    LINES_OF_ONE,
    LINES_TOLD,
    Amounts,
    Differences,
    LinedUp,
    Paid,
    PersonChange,
)
from app.differences.pages import person_change
from app.engine.columns import Int64s
from app.facts.errors import UnknownDistributorError
from app.runs.errors import OtherCurrencyError
from app.runs.models import Run
from app.runs.opened import OpenedRun, OpenedRuns
from app.runs.service import RunService


class DifferenceService:
    def __init__(self, *, runs: RunService, opened: OpenedRuns, people: ComparingRepository) -> None:
        self._runs = runs
        self._opened = opened
        self._people = people
        self._comparing = asyncio.Lock()
        self._newest: tuple[tuple[str, str], LinedUp] | None = None

    async def differences(
        self, before_id: str, after_id: str, *, offset: int = 0, limit: int, person: str | None = None
    ) -> Differences:
        """From one run to another: totals of everything, and `limit` people from `offset` on, the largest change first;
        or one `person` alone, with more of their lines.

        Raises NoRunError, OtherCurrencyError, UnknownDistributorError for a person in neither run.
        """
        before, after, lined = await self._compared(before_id, after_id)
        most = LINES_TOLD if person is None else LINES_OF_ONE
        if person is None:
            chosen = (await asyncio.to_thread(most_changed, lined))[offset : offset + limit]
        else:
            chosen = _one(lined, person, before, after)
        names = await self._people.names(chosen)  # runs of one company number people by ix
        paid = _paid(before), _paid(after)

        def page() -> list[PersonChange]:
            return [person_change(lined, paid, number, names.get(number, ""), most) for number in chosen.tolist()]

        return Differences(
            before=before.run,
            after=after.run,
            currency=after.plan.currency,
            total=Amounts("total", before.run.earned, after.run.earned),
            bonuses=totals_by_bonus(lined),
            causes=totals_by_cause(lined),
            people=totals_of_people(lined),
            lines_equal=lined.equal,
            lines_changed=len(lined.changed),
            page=await asyncio.to_thread(page),
            offset=offset if person is None else 0,
        )

    async def lined_up(self, before_id: str, after_id: str) -> tuple[Run, Run, LinedUp]:
        """Both runs and all that differs, for a file. Raises as `differences`."""
        before, after, lined = await self._compared(before_id, after_id)
        return before.run, after.run, lined

    async def _compared(self, before_id: str, after_id: str) -> tuple[OpenedRun, OpenedRun, LinedUp]:
        runs = await self._runs.get(before_id), await self._runs.get(after_id)
        async with self._comparing:
            before, after = await self._opened.open(runs[0]), await self._opened.open(runs[1])
            if before.plan.currency != after.plan.currency:
                raise OtherCurrencyError(
                    f"Run {before_id} pays {before.plan.currency} and run {after_id} {after.plan.currency}; name two "
                    "that pay the same."
                )
            pair = before_id, after_id
            if self._newest is None or self._newest[0] != pair:
                self._newest = pair, await asyncio.to_thread(line_up, _paid(before), _paid(after))
            return before, after, self._newest[1]


def _paid(opened: OpenedRun) -> Paid:
    return Paid(opened.taken, opened.plan, opened.result)


def _one(lined: LinedUp, person: str, before: OpenedRun, after: OpenedRun) -> Int64s:
    """Their number in common, as a page of one."""
    for opened, side in zip((before, after), lined.sides, strict=True):
        ix = opened.ix_of.get(person)
        if ix is not None:
            return side.person[ix : ix + 1]
    raise UnknownDistributorError(f"Distributor {person} is in neither run.", distributor=person)

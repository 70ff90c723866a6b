"""Compares a run with what another system paid for the same month. It reads, and writes nothing."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from app.amounts import from_minor
from app.blobs.store import BlobStore
from app.comparing.causes import causes_of, rows_of_pairs
from app.comparing.lineup import check_names, count_people, line_up, notes_of, totals_by_bonus
from app.comparing.models import (
    EXPLAINED,
    BonusNames,
    Cause,
    CauseCount,
    Comparison,
    Difference,
    Ints,
    LineUp,
    NothingToCompareError,
    Results,
)
from app.comparing.repository import ComparingRepository
from app.comparing.words import Explainer
from app.engine.refunds import as_counted
from app.errors import InvalidInputError
from app.periods.models import Period
from app.periods.service import PeriodService
from app.runs.calculation import stored_plan, stored_result, stored_snapshot
from app.runs.models import Run
from app.runs.repository import RunRepository

_BY_CAUSE: Final = {
    cause: f"{cause.sentence}{'; the statement says more' if cause.has_statement else ''}." for cause in Cause
}
"""The reason of a difference that is not explained line by line."""


@dataclass(frozen=True, slots=True)
class _Compared:
    """Everything but the people's names: `rows` of the line-up differ, each with its cause; a few are explained."""

    lined: LineUp
    rows: Ints
    causes: Ints
    reasons: dict[int, str]
    ids: list[str]


class ComparingService:
    def __init__(
        self, *, runs: RunRepository, periods: PeriodService, people: ComparingRepository, blobs: BlobStore
    ) -> None:
        self._runs = runs
        self._periods = periods
        self._people = people
        self._blobs = blobs

    async def compare(
        self, month: str, results: Results, names: BonusNames, *, run_id: str | None = None, tolerance: int = 0
    ) -> Comparison:
        """The committed run of a month, or the run named, beside `results`.

        Pairs that differ by at most `tolerance` (minor units) count as equal. Raises NothingToCompareError when there
        is no such run, ResultsError when `names` has a bonus that the run's plan does not.
        """
        if tolerance < 0:
            raise InvalidInputError(f"the tolerance is {from_minor(tolerance)}; give zero or more")
        run = await self._run(await self._periods.get(month), run_id)
        compared = await asyncio.to_thread(_compare, run, self._blobs, results, names, tolerance)
        lined, rows = compared.lined, compared.rows
        known = np.unique(lined.person[rows])
        called = await self._people.names(known[known < len(compared.ids)])
        differs = np.zeros(len(lined.person), dtype=bool)
        differs[rows] = True
        return Comparison(
            run=run,
            file=results.file,
            tolerance=tolerance,
            bonuses=totals_by_bonus(lined),
            unknown_bonuses=lined.bonuses[lined.planned :],
            unused_names=lined.unused,
            people=count_people(lined, differs),
            tolerated=int(np.sum((lined.ours != lined.theirs) & ~differs)),
            causes=_counted(compared),
            differences=_differences(compared, called, results),
        )

    async def _run(self, period: Period, run_id: str | None) -> Run:
        runs = await self._runs.of_period(period.calendar, period.number)
        for run in runs:
            if run.id == run_id or (run_id is None and run.committed):
                return run
        there = ", ".join(f"{run.id} ({run.plan_name})" for run in runs[:5])
        what = f"no committed run; name another by --run: {there}" if run_id is None and runs else "no run"
        if run_id is not None:
            what = f"no run {run_id}" + (f"; there are {there}" if runs else "")
        raise NothingToCompareError(f"{period.name} has {what}.")


def _compare(run: Run, blobs: BlobStore, results: Results, names: BonusNames, tolerance: int) -> _Compared:
    plan = stored_plan(run, blobs)
    planned = tuple(bonus.name for bonus in plan.bonuses)
    check_names(names, planned)
    taken = stored_snapshot(run, blobs)
    taken = replace(taken, snapshot=as_counted(taken.snapshot, plan))
    result = stored_result(run, taken, plan, blobs)
    lined = line_up(results, names, planned, taken.ids, result.totals.by_person)
    difference = np.abs(lined.ours - lined.theirs)
    rows = np.flatnonzero(difference > tolerance)
    causes = causes_of(lined, rows, result, taken.enrolled)
    largest = rows[np.argsort(-difference[rows], kind="stable")[:EXPLAINED]]
    reasons = _reasons(
        Explainer(taken, plan, result), lined, np.sort(largest), dict(zip(rows.tolist(), causes.tolist(), strict=True))
    )
    return _Compared(lined, rows, causes, reasons, taken.ids)


def _reasons(explainer: Explainer, lined: LineUp, rows: Ints, causes: dict[int, int]) -> dict[int, str]:
    lines, misses = explainer.result.lines, explainer.result.misses
    of_lines = rows_of_pairs(lined, rows, lines.earner, lines.bonus)
    of_misses = rows_of_pairs(lined, rows, misses.person, misses.bonus)
    return {
        row: explainer.reason(
            Cause(causes[row]),
            int(lined.bonus[row]),
            range(*line_rows),
            range(*miss_rows),
            we_pay_less=bool(lined.ours[row] < lined.theirs[row]),
        )
        for row, line_rows, miss_rows in zip(rows.tolist(), _pairs(of_lines), _pairs(of_misses), strict=True)
    }


def _pairs(columns: tuple[Ints, Ints]) -> Any:
    return zip(*(column.tolist() for column in columns), strict=True)


def _counted(compared: _Compared) -> list[CauseCount]:
    """The most frequent cause first."""
    difference = (compared.lined.ours - compared.lined.theirs)[compared.rows]
    counts = [
        CauseCount(cause, int(np.sum(compared.causes == cause)), int(difference[compared.causes == cause].sum()))
        for cause in Cause
    ]
    return sorted((each for each in counts if each.count), key=lambda each: -each.count)


def _differences(compared: _Compared, called: dict[int, str], results: Results) -> list[Difference]:
    lined, ids = compared.lined, compared.ids
    people = [*ids, *lined.strangers] if lined.strangers else ids
    notes = notes_of(lined, results, compared.rows)
    differences = []
    for row, cause in zip(compared.rows.tolist(), map(Cause, compared.causes.tolist()), strict=True):
        person = int(lined.person[row])
        differences.append(
            Difference(
                distributor=people[person],
                name=called.get(person, ""),
                bonus=lined.bonuses[lined.bonus[row]],
                theirs=int(lined.theirs[row]),
                ours=int(lined.ours[row]),
                cause=cause,
                reason=compared.reasons.get(row, _BY_CAUSE[cause]),
                note=notes.get(row, ""),
            )
        )
    return sorted(differences, key=lambda each: each.distributor)

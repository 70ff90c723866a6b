"""What lines of earlier runs paid on orders that came back after their period was closed."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from app.blobs.store import BlobStore
from app.engine.models import Clawbacks, Snapshot, no_clawbacks
from app.engine.refunds import within_the_window
from app.periods.models import Period
from app.periods.service import PeriodService
from app.plans.models import Plan
from app.runs.before import PeriodsBefore
from app.runs.calculation import stored_plan
from app.runs.models import LateReturn, Run
from app.runs.tables import read_columns


class ClawbackReader:
    """Finds what returns take back of lines of earlier runs. Of each period what was found last is kept: lines are
    many, and live pay asks for the same again and again."""

    def __init__(self, *, before: PeriodsBefore, periods: PeriodService, blobs: BlobStore) -> None:
        self._before = before
        self._periods = periods
        self._blobs = blobs
        self._kept: dict[str, tuple[Any, Clawbacks, tuple[str, ...]]] = {}

    async def taking_back(self, period: Period, snapshot: Snapshot, late: Sequence[LateReturn], plan: Plan) -> Snapshot:
        """The company with what these returns, of orders of closed periods, take back by a plan."""
        asked = asked_of(late, plan)
        if not asked:
            return snapshot.with_clawbacks(no_clawbacks(), ())
        paid = [one for one in await self._periods.all(period.calendar) if one.number in asked]
        runs = {one.number: run for one in paid if (run := await self._before.nearest_to_pay(one)) is not None}
        key = asked, {number: run.id for number, run in runs.items()}
        kept = self._kept.get(period.name)
        if kept is None or kept[0] != key:
            found = await asyncio.to_thread(self._found, snapshot, asked, runs)
            kept = self._kept[period.name] = key, found.clawbacks, found.clawed
        return snapshot.with_clawbacks(*kept[1:])

    def _found(self, snapshot: Snapshot, asked: Mapping[int, list[LateReturn]], runs: Mapping[int, Run]) -> Snapshot:
        by_plan = {number: (run, stored_plan(run, self._blobs)) for number, run in runs.items()}
        return with_clawbacks(snapshot, asked, by_plan, self._blobs)


def asked_of(late: Iterable[LateReturn], plan: Plan) -> dict[int, list[LateReturn]]:
    """By the period in which their orders count, the returns of which a plan takes lines back."""
    found: dict[int, list[LateReturn]] = {}
    if plan.refunds.after_close == "clawback":
        for one in late:
            if within_the_window(one.days, plan):
                found.setdefault(one.period, []).append(one)
    return found


def with_clawbacks(
    snapshot: Snapshot, asked: Mapping[int, list[LateReturn]], runs: Mapping[int, tuple[Run, Plan]], store: BlobStore
) -> Snapshot:
    """The company with all that is taken back, sorted by person; `runs` by period, each with its plan. Where a period
    has no run here, it was paid elsewhere and nothing is taken back."""
    rows = sorted(
        row for period, late in asked.items() if period in runs for row in _taken_back(late, *runs[period], store)
    )
    names = tuple(sorted({name for _, _, name, _ in rows}))
    number = {name: at for at, name in enumerate(names)}
    clawbacks = Clawbacks.of(
        person=[person for person, _, _, _ in rows],
        order=[row for _, row, _, _ in rows],
        bonus=[number[name] for _, _, name, _ in rows],
        amount=[amount for _, _, _, amount in rows],
    )
    return snapshot.with_clawbacks(clawbacks, names)


def _taken_back(late: list[LateReturn], run: Run, plan: Plan, store: BlobStore) -> Iterator[tuple[int, int, str, int]]:
    """Of each person, bonus and return: the person, the return's row, the bonus, and the opposite of what the order's
    lines paid together, minor money."""
    returned = {one.order: one.row for one in late}
    ids = read_columns(store.get(run.orders_blob))["order_id"]
    back = np.full(len(ids) + 1, -1, np.int64)  # the last one: of a line without an order
    for row in np.flatnonzero(np.isin(ids, np.array([*returned], dtype=object))).tolist():
        back[row] = returned[ids[row]]
    lines = read_columns(store.get(run.lines_blob))
    mine = np.flatnonzero(back[lines["order"]] >= 0)
    keys = zip(*(lines[name][mine].tolist() for name in ("earner", "bonus", "order", "amount")), strict=True)
    sums: dict[tuple[int, int, int], int] = {}
    for earner, bonus, order, amount in keys:
        key = earner, bonus, int(back[order])
        sums[key] = sums.get(key, 0) - amount
    for (earner, bonus, row), amount in sums.items():
        if amount:
            yield earner, row, plan.bonuses[bonus].name, amount

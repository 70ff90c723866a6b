"""The engine by itself on ten million people, in a process of its own."""

from typing import Any, Final

import numpy as np

from app.engine.calculate import calculate
from app.engine.models import Orders, People, Snapshot
from app.plans.loader import library, load_plan
from loadtests.alone import alone
from loadtests.operations import PLAN
from loadtests.rows import Row
from loadtests.sheet import Sheet
from loadtests.timing import Timing, stopwatch, timing_of
from loadtests.trees import HEAVY_TAILED, company_of, snapshot_of

WHAT: Final = "engine alone: trees indexed, ranks, pay, reasons"
COMPANIES: Final = 10
CALLS: Final = 2


def pay_millions(sheet: Sheet, people: int) -> None:
    """One row; `people` in all."""
    (timing, orders), peak = alone(pay_side_by_side, people // COMPANIES)
    words = f"{orders:,} orders, {COMPANIES} trees side by side"
    row = Row(WHAT, timing.calls, timing.p50_ms, timing.p95_ms, about=people, peak_mib=peak, words=words)
    sheet.add(row)


def pay_side_by_side(people: int) -> tuple[Timing, int]:
    """Several generated companies as one, again and again after a first time, and its orders."""
    many = repeated(snapshot_of(company_of(HEAVY_TAILED, people)), COMPANIES)
    plan = load_plan(library()[PLAN])
    _, *times = (
        stopwatch(lambda: calculate(Snapshot(many.people, many.orders, many.titles), plan))[0] for _ in range(1 + CALLS)
    )
    return timing_of(times), len(many.orders)


def repeated(one: Snapshot, times: int) -> Snapshot:
    """The same company several times over, side by side."""
    people = _tiled(one.people, times, {"sponsor": len(one.people), "parent": len(one.people)})
    orders = _tiled(one.orders, times, {"seller": len(one.people), "buyer": len(one.people), "seq": len(one.orders)})
    return Snapshot(People(**people), Orders(**orders), one.titles)


def _tiled(table: People | Orders, times: int, shifts: dict[str, int]) -> dict[str, Any]:
    """Its columns repeated; those that number rows are shifted, and nobody stays nobody."""
    columns = {}
    for name, column in table.columns():
        whole = np.tile(column, times)
        if name in shifts:
            whole += np.where(whole < 0, 0, np.repeat(np.arange(times) * shifts[name], len(column)))
        columns[name] = whole
    return columns

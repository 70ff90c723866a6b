"""What lines of earlier runs paid on orders that came back after their period was closed."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from app.blobs.store import BlobStore
from app.engine.models import Clawbacks, Snapshot
from app.engine.refunds import within_the_window
from app.plans.models import Plan
from app.runs.models import LateReturn, Run
from app.runs.tables import read_columns


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

"""What an export tells of whole runs: everybody's own files, and the period's, add up to the run."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.audit import periods, persons
from app.blobs.store import DirectoryBlobs
from app.plans.models import Plan
from app.runs.clawbacks import with_clawbacks
from app.runs.models import EVERY_ROW, LateReturn, Statement
from app.runs.statements import clawbacks_of, statement_of
from tests.unit.engine.companies import random_snapshot
from tests.unit.engine.test_properties import ALL_PLANS, UPWARD
from tests.unit.runs.opening import MARCH, paid
from tests.unit.runs.test_clawbacks import CLAWBACK

pytestmark = pytest.mark.anyio


def told(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[dict[str, Any]]:
    return (dict(zip(header, row, strict=True)) for row in rows)


@pytest.mark.parametrize("plan", ALL_PLANS, ids=lambda plan: f"{plan.name} {plan.hash[:4]}")
async def test_files_of_everybody_and_of_the_period_add_up_to_the_run(plan: Plan, tmp_path: Path) -> None:
    march = await paid(random_snapshot(200, 500, 4, recent=0.1), plan, tmp_path)
    earned, breakage = Decimal(march.run.earned) / 100, Decimal(march.run.breakage) / 100
    statements: list[Statement] = [statement_of(march.opened, ix, EVERY_ROW, EVERY_ROW) for ix in range(200)]
    lines = [line for one in statements for line in told(persons.LINES, persons.line_rows(one))]
    misses = [miss for one in statements for miss in told(persons.MISSES, persons.miss_rows(one))]
    assert sum(line["amount"] for line in lines) == earned
    assert sum(miss["paid_to_nobody"] for miss in misses) == breakage
    because = [one for of in statements for one in told(persons.BECAUSE, persons.because_rows(of))]
    assert len(because) == sum(len(of.because) for of in statements)
    assert all(one["why"] for one in [*lines, *misses, *because])

    people = list(told(periods.people_header(march.opened), periods.people_rows(march.opened)))
    assert {one["person"]: one["amount"] for one in people} == {
        one.distributor: Decimal(one.amount) / 100 for one in statements
    }
    of_period = list(told(periods.LINES, periods.line_rows(march.opened)))
    for name in periods.LINES[1:]:
        assert [line[name] for line in of_period] == [line[name] for line in lines], name
    missed = list(told(periods.MISSES, periods.miss_rows(march.opened)))
    for name in periods.MISSES[1:]:
        assert [miss[name] for miss in missed] == [miss[name] for miss in misses], name
    assert [line["person"] for line in of_period] == [one.distributor for one in statements for _ in one.lines]
    orders = list(told(periods.ORDERS, periods.order_rows(march.opened)))
    assert sum(order["cv"] for order in orders) == Decimal(int(march.opened.taken.snapshot.orders.cv.sum())) / 100


async def test_what_is_taken_back_is_told_of_whom_for_whose_sale_and_adds_up(tmp_path: Path) -> None:
    """More of one person than a statement shows."""
    march = await paid(random_snapshot(40, 1_500, 5, recent=0.3), UPWARD, tmp_path)
    late = {MARCH.number: [LateReturn(row, f"O{row}", MARCH.number, 3) for row in range(1_500)]}
    paid_by = {MARCH.number: (march.run, UPWARD)}
    company = with_clawbacks(random_snapshot(40, 1_500, 6), late, paid_by, DirectoryBlobs(tmp_path))
    april = await paid(company, CLAWBACK, tmp_path)
    statements = [statement_of(april.opened, ix) for ix in range(40)]
    returned = {f"O{row}": f"sold as {row}" for row in range(1_500)}
    rows = [
        row
        for ix, one in enumerate(statements)
        for row in told(persons.CLAWBACKS, persons.clawback_rows(one.run.id, clawbacks_of(april.opened, ix), returned))
    ]
    assert sum(row["amount"] for row in rows) == Decimal(april.run.taken_back) / 100 < 0
    assert len(rows) > sum(len(one.clawbacks) for one in statements), "a statement shows the first 200"
    of_period = list(told(periods.CLAWBACKS, periods.clawback_rows(april.opened, returned)))
    for name in periods.CLAWBACKS[1:]:
        assert [row[name] for row in of_period] == [row[name] for row in rows], name
    for row in rows:
        assert row["order"] == f"sold as {row['return'][1:]}"
        assert row["source"] == f"D{company.orders.seller[int(row['return'][1:])]}"
        assert row["why"].endswith(f"{row['source']} that came back as {row['return']}")
    for one in statements:
        [said] = told(persons.STATEMENTS, [persons.statement_row(one, "2026-03")])
        in_and_out = [said[name] or 0 for name in ("brought_in", "taken_back", "carried_out")]
        assert said["earned"] + in_and_out[0] + in_and_out[1] == said["amount"] + in_and_out[2]
        assert said["to_pay"] == said["amount"]

"""What an export tells of whole runs: everybody's own files, and the period's, add up to the run."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.audit import periods, persons
from app.plans.models import Plan
from app.runs.models import EVERY_ROW, Statement
from app.runs.statements import statement_of
from tests.unit.engine.companies import random_snapshot
from tests.unit.engine.test_properties import ALL_PLANS
from tests.unit.runs.opening import paid

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
    assert sum(miss["paid_to_nobody"] for miss in missed) == breakage
    assert [miss["order"] for miss in missed] == [miss["order"] for miss in misses]
    orders = list(told(periods.ORDERS, periods.order_rows(march.opened)))
    assert sum(order["cv"] for order in orders) == Decimal(int(march.opened.taken.snapshot.orders.cv.sum())) / 100

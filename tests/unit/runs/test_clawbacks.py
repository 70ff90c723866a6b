"""What a returned order's lines paid is taken back from those whom they paid: of stored runs, by service and oracle."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.blobs.store import DirectoryBlobs
from app.engine.calculate import calculate
from app.plans.models import Plan
from app.runs.calculation import run_of, stored_snapshot, work_out
from app.runs.clawbacks import asked_of, with_clawbacks
from app.runs.models import LateReturn
from app.runs.statements import statement_of
from tests.oracle.pay import pay
from tests.oracle.refunds import taken_back
from tests.unit.engine.companies import random_snapshot
from tests.unit.engine.test_properties import UPWARD
from tests.unit.oracle.both import orders_of, people_of, plan_of
from tests.unit.runs.opening import MARCH, paid

pytestmark = pytest.mark.anyio
CLAWBACK = Plan.model_validate(UPWARD.model_dump() | {"refunds": {"after_close": "clawback", "window_days": 30}})
RETURNED = range(3, 60, 4)
"""Rows of orders of March that come back later; the last one after the window."""


async def test_each_line_is_taken_back_from_whom_it_paid(tmp_path: Path) -> None:
    company = random_snapshot(80, 120, 5, recent=0.3)
    march = await paid(company, UPWARD, tmp_path)
    late = [LateReturn(at, f"O{row}", MARCH.number, 30) for at, row in enumerate(RETURNED)]
    late[-1] = replace(late[-1], days=31)
    asked = asked_of(late, CLAWBACK)
    assert asked == {MARCH.number: late[:-1]}
    assert asked_of(late, UPWARD) == {}, "where the plan does not say so nothing is taken back"

    april = random_snapshot(80, len(RETURNED), 6)
    found = with_clawbacks(april, asked, {MARCH.number: (march.run, UPWARD)}, DirectoryBlobs(tmp_path))
    rows = zip(found.clawbacks.person, found.clawbacks.bonus, found.clawbacks.amount, strict=True)
    sums: dict[tuple[int, str], int] = {}
    for person, bonus, amount in rows:
        key = int(person), found.clawed[int(bonus)]
        sums[key] = sums.get(key, 0) + int(amount)
    plan = plan_of(UPWARD)
    expected = taken_back(pay(people_of(company), orders_of(company), plan), plan, [*RETURNED][:-1])
    assert {key: amount for key, amount in sums.items() if amount} == expected
    assert len(expected) > 10

    taken = replace(march.calculated.taken, snapshot=found, order_ids=[f"R{row}" for row in range(len(RETURNED))])
    stored = work_out(taken, CLAWBACK, DirectoryBlobs(tmp_path))
    run = run_of(stored, MARCH, CLAWBACK, code_version="test", calculated_at=march.run.calculated_at)
    assert run.earned + run.taken_back + run.balance_in == run.amount + run.balance_out
    assert run.taken_back == sum(expected.values())
    again = stored_snapshot(run, DirectoryBlobs(tmp_path)).snapshot
    assert (again.clawbacks.digest(), again.clawed) == (found.clawbacks.digest(), found.clawed), "as it was stored"
    assert calculate(again, CLAWBACK).digest() == stored.result.digest()

    opened = replace(march.opened, run=run, taken=taken, plan=CLAWBACK, result=stored.result)
    for ix in range(80):
        one = statement_of(opened, ix)
        assert sum(each.amount for each in one.clawbacks) == sum(a for (who, _), a in expected.items() if who == ix)
        over = one.balance
        assert over is not None
        assert over.brought_in + one.earned + over.taken_back == one.amount + over.carried_out
    told = statement_of(opened, int(np.argmin(stored.result.balances.taken_back)))
    first = told.clawbacks[0]
    assert first.source == f"D{april.orders.seller[int(first.order[1:])]}"
    assert first.words.endswith(f"{first.source} that came back as {first.order}")


def test_where_the_period_was_paid_elsewhere_nothing_is_taken_back(tmp_path: Path) -> None:
    company = random_snapshot(10, 5, 1)
    late = {202512: [LateReturn(0, "O1", 202512, 3)]}
    assert with_clawbacks(company, late, {}, DirectoryBlobs(tmp_path)).digest() == company.digest()

"""Lines add up to the statement, statements to the run, misses to its breakage: of whole runs as they are stored, to
the cent, and as the API tells them."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from app.plans.models import Plan
from app.runs.calculation import statement_totals
from app.runs.models import (
    EVERY_ROW,
    LineSum,
    MissSum,
    Part,
    Statement,
    StatementLine,
    StatementMiss,
    StatementTotal,
)
from app.runs.routes import statement_body
from app.runs.statement_schemas import StatementBody
from app.runs.statements import statement_of
from app.runs.text import statement_lines
from tests.unit.engine.companies import random_snapshot
from tests.unit.engine.test_properties import ALL_PLANS, PLANS
from tests.unit.runs.opening import paid

pytestmark = pytest.mark.anyio
PEOPLE, ORDERS = 300, 700


@pytest.mark.parametrize("plan", ALL_PLANS, ids=lambda plan: f"{plan.name} {plan.hash[:4]}")
@pytest.mark.parametrize(("recent", "seed"), [(0.02, 1), (0.3, 2), (1.0, 3)], ids=["chains", "between", "broad"])
async def test_a_whole_run_adds_up(plan: Plan, recent: float, seed: int, tmp_path: Path) -> None:
    march = await paid(random_snapshot(PEOPLE, ORDERS, seed, recent=recent), plan, tmp_path)
    statements = [statement_of(march.opened, ix, EVERY_ROW, EVERY_ROW) for ix in range(PEOPLE)]

    assert sum(one.amount for one in statements) == march.run.amount
    assert sum(one.amount != 0 for one in statements) == march.run.payees > 0
    assert sum(one.earned != 0 for one in statements) == march.run.earners
    assert sum(one.earned for one in statements) == march.run.earned
    assert march.run.earned + march.run.balance_in == march.run.amount + march.run.balance_out
    assert (march.run.balance_out != 0) == (plan.payout is not None)
    assert sum(miss.breakage for one in statements for miss in one.misses) == march.run.breakage > 0
    kept = {total.distributor: total for total in statement_totals(march.calculated, plan)}
    for one in statements:
        assert sum(line.amount for line in one.lines) == one.earned
        carried = 0 if one.balance is None else one.balance.carried_out - one.balance.brought_in
        assert one.earned == one.amount + carried
        assert (len(one.lines), len(one.misses)) == (one.line_count, one.miss_count)
        sums_are_of_the_rows(one)
        by_bonus = [sum(line.amount for line in one.lines if line.bonus == bonus.name) for bonus in plan.bonuses]
        in_graph = kept.get(one.distributor, StatementTotal(-1, one.distributor, 0, None, [0] * len(plan.bonuses)))
        assert (in_graph.amount, in_graph.by_bonus) == (one.amount, by_bonus)
        assert one.lines or one.misses or one.because, "nobody's statement is empty"
        assert all(text.strip() for text in statement_lines(one, shown=10_000))
        add_up(statement_body(one, opening_balance=None), plan)


@pytest.mark.parametrize("rows", [1, 7, 64])
async def test_parts_of_a_statement_one_after_the_other_are_all_of_it(rows: int, tmp_path: Path) -> None:
    march = await paid(random_snapshot(PEOPLE, ORDERS, 3, recent=0.1), PLANS[0], tmp_path)
    longest = int(np.bincount(march.calculated.result.misses.person).argmax())
    for ix in {0, longest, *range(40, 80)}:
        whole = statement_of(march.opened, ix, EVERY_ROW, EVERY_ROW)
        lines: list[StatementLine] = []
        misses: list[StatementMiss] = []
        for offset in range(0, max(whole.line_count, whole.miss_count) + 2 * rows, rows):
            part = Part(offset, rows)
            one = statement_of(march.opened, ix, part, part)
            assert max(len(one.lines), len(one.misses)) <= rows
            assert replace(one, lines=whole.lines, misses=whole.misses) == whole, "all but the rows is of all of it"
            lines += one.lines
            misses += one.misses
        assert (lines, misses) == (whole.lines, whole.misses)


def sums_are_of_the_rows(one: Statement) -> None:
    """By bonus and paid level, and of misses by bonus and reason, in the plan's order."""
    lines: dict[tuple[str, int], LineSum] = {}
    for line in one.lines:
        key = (line.bonus, line.paid_level)
        so_far = lines.get(key, LineSum(*key, 0, 0))
        lines[key] = replace(so_far, lines=so_far.lines + 1, amount=so_far.amount + line.amount)
    assert {(each.bonus, each.paid_level): each for each in one.line_sums} == lines
    misses: dict[tuple[str, str], MissSum] = {}
    for miss in one.misses:
        which = (miss.bonus, miss.reason)
        was = misses.get(which, MissSum(*which, 0, 0, 0))
        misses[which] = MissSum(*which, was.misses + 1, was.forgone + miss.forgone, was.breakage + miss.breakage)
    assert {(each.bonus, each.reason): each for each in one.miss_sums} == misses
    assert sum(each.amount for each in one.line_sums) == one.earned


def add_up(body: StatementBody, plan: Plan) -> None:
    """A statement as it goes out."""
    assert len(body.lines) == body.line_count
    assert sum((line.amount for line in body.lines), Decimal(0)) == body.earned
    if body.balance is not None:
        over = body.balance
        assert over.brought_in + over.earned + over.taken_back == over.paid + over.carried_out
        assert (over.earned, over.paid) == (body.earned, body.amount)
    of_a_ratio = {one.name for one in plan.bonuses if one.type == "binary" and one.method == "volume_ratio"}
    levelled = {bonus.name for bonus in plan.bonuses if bonus.type == "unilevel"}
    for line in body.lines:
        num, den = map(int, line.rate.split("/"))
        # By volume ratio the base is rounded down.
        more = Decimal("0.01") if line.bonus in of_a_ratio else 0
        assert line.base * num <= line.exact * den <= (line.base + more) * num
        assert line.exact + line.rounded_by == line.raw
        assert abs(line.rounded_by) <= Decimal("0.005")
        assert line.bonus not in levelled or line.paid_level == line.level - len(line.skipped)
    capped = sum(miss.forgone for miss in body.misses if miss.reason == "capped")
    assert sum(line.raw - line.amount for line in body.lines) == capped

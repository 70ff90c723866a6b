"""The retail margin: the seller's own, on no level."""

from typing import Any

import pytest

from app.engine.because import nearest_sales, why_nothing
from app.engine.calculate import calculate
from app.engine.models import Reason, Result, Snapshot
from app.engine.reasons import Names, explain_line, explain_miss, skips
from app.plans.loader import check_plan
from app.plans.models import Plan
from tests.unit.engine.companies import random_snapshot, snapshot

NAMES = Names(person=lambda ix: f"P{ix}", order=lambda row: f"O{row}")


def plan_of(**bonus: Any) -> Plan:
    given = {"type": "retail_margin", "name": "Margin", "rate": "20%"} | bonus
    return Plan.model_validate(
        {"name": "P", "version": "1", "currency": "EUR", "ranks": [{"name": "M"}], "bonuses": [given]}
    )


def lines_of(result: Result) -> list[tuple[int, int, int, int]]:
    """(earner, amount, level, paid level) by row."""
    lines = result.lines
    return list(
        zip(*(getattr(lines, name).tolist() for name in ("earner", "amount", "level", "paid_level")), strict=True)
    )


ORDERS = [(1, -1, 10_000), (1, 1, 5_000), (0, -1, -2_000), (1, -1, 3_000, 0)]


def test_customers_orders_alone_or_own_purchases_too() -> None:
    company = snapshot(sponsor=[-1, 0], orders=ORDERS)
    assert lines_of(calculate(company, plan_of())) == [(0, -400, 0, 0), (1, 2_000, 0, 0)]
    assert lines_of(calculate(company, plan_of(of="personal"))) == [(0, -400, 0, 0), (1, 2_000, 0, 0), (1, 1_000, 0, 0)]
    assert lines_of(calculate(company, plan_of(multiplier="40%"))) == [(0, -160, 0, 0), (1, 800, 0, 0)]


def test_told_in_words() -> None:
    company = snapshot(sponsor=[-1, 0], orders=ORDERS)
    result = calculate(company, plan_of())
    assert explain_line(company, plan_of(), result, 1, NAMES) == (
        "20.00 EUR: 20 % of 100.00 CV from the order O0 of a customer of P1, your own margin"
    )
    assert skips(company, plan_of(), result, 1) == ()


def test_inactive_seller_misses_each_order_and_nobody_else_has_it() -> None:
    company = snapshot(sponsor=[-1, 0], active=[True, False], orders=ORDERS)
    result = calculate(company, plan_of())
    assert lines_of(result) == [(0, -400, 0, 0)]
    misses = result.misses
    assert (misses.person.tolist(), misses.reason.tolist()) == ([1], [Reason.INACTIVE_STATUS])
    assert (misses.forgone.tolist(), misses.breakage.tolist(), misses.level.tolist()) == ([2_000], [2_000], [0])
    assert explain_miss(company, plan_of(), result, 0, NAMES).endswith("margin, because your status was not active")
    gone = snapshot(sponsor=[-1, 0], active=[True, False], passed_over=[False, True], orders=ORDERS)
    assert len(calculate(gone, plan_of()).misses) == 0


def test_rate_of_nothing_says_nothing() -> None:
    assert lines_of(calculate(snapshot(sponsor=[-1, 0], orders=ORDERS), plan_of(rate="0%"))) == []


@pytest.mark.parametrize("cores", [1, 3])
def test_sums_of_a_random_company(cores: int) -> None:
    company = random_snapshot(80, 300, 5)
    result, orders = calculate(company, plan_of(of="personal", rate="10%"), cores), company.orders
    for person in range(80):
        mine = orders.cv[orders.seller == person].tolist()
        exact = sum((abs(cv) + 5) // 10 * (1 if cv > 0 else -1) for cv in mine)
        assert result.totals.by_person[0, person] == (exact if result.ranks.active[person] else 0)


def told(company: Snapshot, plan: Plan, person: int) -> list[str]:
    result = calculate(company, plan)
    return [one.cause for one in why_nothing(company, plan, result, person, nearest_sales(company, plan, result))]


def test_who_gets_nothing_is_told_why() -> None:
    company = snapshot(sponsor=[-1, 0], orders=[(1, 1, 5_000)])
    assert told(company, plan_of(), 1) == ["no_retail"]
    assert told(company, plan_of(rate="0%"), 1) == ["no_rate"]
    assert told(company, plan_of(of="personal"), 0) == ["no_retail"]


def test_too_many_digits_are_refused() -> None:
    text = 'name: S\nversion: "1"\ncurrency: EUR\nranks: [{name: M}]\nbonuses:\n  - type: retail_margin\n    name: R\n'
    found = check_plan(text + "    rate: 0.33333333333%\n").problems
    [said] = map(str, found)
    assert said.startswith("8:5: bonuses[0].rate: 0.33333333333 % of 100 % has too many digits")

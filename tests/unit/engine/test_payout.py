"""Minimum payout: what is paid, what is carried on, and how a statement says so."""

import pytest

from app.engine.calculate import calculate
from app.engine.models import Clawbacks
from app.engine.payout_words import payout_words
from app.plans.loader import check_plan
from app.plans.models import Plan
from tests.unit.engine.companies import snapshot

BELOW = "below the minimum of 20.00 EUR"
OWED = "29.00 EUR is still owed and taken from later pay"
MARGIN = {"type": "retail_margin", "name": "Margin", "rate": "10%"}


def plan_with(payout: dict[str, str] | None) -> Plan:
    said = {"name": "P", "version": "1", "currency": "EUR", "ranks": [{"name": "Member"}], "bonuses": [MARGIN]}
    return Plan.model_validate(said | ({} if payout is None else {"payout": payout}))


def test_g33_a_debt_stays_until_it_is_earned_back() -> None:
    """G33 [PU3 P] (https://askthecat.mypurium.com/support/solutions/articles/6000067924): -50 for a returned order and
    nothing until as much is earned; [D] +30 pays 0 and leaves -20, +45 pays 25."""
    balance, seen = 0, []
    for volume in (-500_00, 300_00, 450_00):
        company = snapshot(sponsor=[-1], orders=[(0, -1, volume)], balance=[balance])
        found = calculate(company, plan_with({"minimum": "0"})).balances
        balance = int(found.balance_out[0])
        seen.append((int(found.paid[0]), balance))
    assert seen == [(0, -50_00), (0, -20_00), (25_00, 0)]


def test_what_is_too_little_waits_and_the_total_is_exact() -> None:
    company = snapshot(sponsor=[-1, 0], orders=[(0, -1, 84_00), (1, -1, 500_00)], balance=[3_10, 0])
    result = calculate(company, plan_with({"minimum": "20"}))
    found = {name: column.tolist() for name, column in result.balances.columns()}
    assert found == {
        "balance_in": [310, 0],
        "earned": [840, 5000],
        "taken_back": [0, 0],
        "paid": [0, 5000],
        "balance_out": [1150, 0],
    }
    assert result.totals.amount == 58_40


def test_the_minimum_itself_is_paid_and_a_cent_less_is_not() -> None:
    company = snapshot(sponsor=[-1, 0], orders=[(0, -1, 200_00), (1, -1, 199_90)])
    found = calculate(company, plan_with({"minimum": "20"})).balances
    assert (found.paid.tolist(), found.balance_out.tolist()) == ([20_00, 0], [0, 19_99])


@pytest.mark.parametrize(
    ("payout", "paid", "carried"), [(None, 50_00, 3_10), ({"minimum": "0"}, 53_10, 0), ({"minimum": "60"}, 0, 53_10)]
)
def test_what_is_taken_back_lessens_what_is_paid(payout: dict[str, str] | None, paid: int, carried: int) -> None:
    """80.00 earned, 30.00 taken back for an order of before, 3.10 brought in."""
    company = snapshot(sponsor=[-1, 0], orders=[(0, -1, 800_00), (1, -1, 100_00)], balance=[3_10, 0])
    taken = company.with_clawbacks(Clawbacks.of(person=[0], order=[1], bonus=[0], amount=[-30_00]), ("Margin",))
    found = {name: column.tolist() for name, column in calculate(taken, plan_with(payout)).balances.columns()}
    assert found == {
        "balance_in": [3_10, 0],
        "earned": [80_00, 10_00],
        "taken_back": [-30_00, 0],
        "paid": [paid, 10_00 if payout != {"minimum": "60"} else 0],
        "balance_out": [carried, 0 if payout != {"minimum": "60"} else 10_00],
    }


def test_without_a_rule_all_is_paid_and_the_balance_goes_on() -> None:
    company = snapshot(sponsor=[-1], orders=[(0, -1, -84_00)], balance=[-3_10])
    found = calculate(company, plan_with(None)).balances
    assert (found.paid.tolist(), found.balance_out.tolist()) == ([-840], [-310])


@pytest.mark.parametrize(
    ("earned", "taken_back", "brought", "carried", "words"),
    [
        (840, 0, 310, 1150, f"8.40 EUR earned, 3.10 EUR brought in, {BELOW}: 11.50 EUR carried on"),
        (2100, 0, 310, 0, "21.00 EUR earned, 3.10 EUR brought in: 24.10 EUR paid"),
        (2100, 0, -5000, -2900, f"21.00 EUR earned, 50.00 EUR owed from before: nothing is paid, {OWED}"),
        (7500, 0, -5000, 0, "75.00 EUR earned, 50.00 EUR owed from before: 25.00 EUR paid"),
        (7500, -1000, 0, 0, "75.00 EUR earned, 10.00 EUR taken back: 65.00 EUR paid"),
        (0, 0, 0, 0, "0.00 EUR earned: 0.00 EUR paid"),
    ],
)  # fmt: skip
def test_how_it_is_said(earned: int, taken_back: int, brought: int, carried: int, words: str) -> None:
    assert payout_words(plan_with({"minimum": "20"}), earned, taken_back, brought, carried) == words


def test_a_plan_without_it_keeps_its_hash_and_a_wrong_one_is_refused() -> None:
    assert "payout" not in plan_with(None).canonical()
    assert '"payout":{"minimum":"20"}' in plan_with({"minimum": "20"}).canonical()
    text = "name: P\nversion: '1'\ncurrency: EUR\nranks: [{name: M}]\npayout: {minimum: -1}\nbonuses:\n"
    [found] = check_plan(text + "  - {type: retail_margin, name: M, rate: 1%}\n").problems
    assert str(found).startswith("5:10: payout.minimum: -1 is negative")

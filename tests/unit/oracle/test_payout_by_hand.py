"""Minimum payout and balances worked out by hand, by the oracle alone, period after period."""

from typing import Any

from tests.oracle.results import Balance
from tests.unit.oracle.plain import order, person, run, terms

MARGIN = {"type": "retail_margin", "rate": "0.1"}


def periods(*earned: int, brought: int = 0, payout: dict[str, Any] | None) -> list[Balance]:
    """One person who earns so much, whole money, in each period."""
    found, balance = [], brought
    for amount in earned:
        orders = [order(0, amount * 10_00)] if amount else []
        [one] = run([person(balance=balance)], orders, terms(MARGIN, payout=payout)).balances
        assert one.came_in + one.earned + one.taken_back == one.paid + one.out
        found.append(one)
        balance = one.out
    return found


def paid(*earned: int, **options: Any) -> list[int]:
    return [one.paid // 100 for one in periods(*earned, **options)]


def test_g33_a_clawback_stays_until_it_is_earned_back() -> None:
    """G33 [PU3 P]: -50 for a returned order, and nothing paid until as much is earned. [D] +30 pays 0 and leaves -20,
    then +45 pays 25."""
    found = periods(-50, 30, 45, payout={"minimum": "0"})
    assert [(one.paid, one.out) for one in found] == [(0, -50_00), (0, -20_00), (25_00, 0)]


def test_what_is_below_the_minimum_is_carried_until_it_reaches_it() -> None:
    assert paid(8, 11, 1, 20, payout={"minimum": "20"}) == [0, 0, 20, 20]
    assert periods(8, 3, payout={"minimum": "20"})[1] == Balance(8_00, 3_00, 0, 0, 11_00)


def test_the_minimum_itself_is_paid_and_a_cent_less_is_not() -> None:
    assert paid(20, payout={"minimum": "20.00"}) == [20]
    assert paid(20, payout={"minimum": "20.01"}) == [0]


def test_what_was_brought_along_counts_even_where_nothing_is_earned() -> None:
    assert paid(0, 0, brought=30_00, payout={"minimum": "20"}) == [30, 0]
    assert periods(0, brought=-12_50, payout={"minimum": "20"}) == [Balance(-12_50, 0, 0, 0, -12_50)]


def test_a_plan_that_says_nothing_pays_all_and_hands_the_balance_on() -> None:
    assert periods(-5, 7, brought=3_00, payout=None) == [
        Balance(3_00, -5_00, 0, -5_00, 3_00), Balance(3_00, 7_00, 0, 7_00, 3_00),
    ]  # fmt: skip


def test_what_is_taken_back_is_taken_from_what_is_earned_and_brought_in() -> None:
    me = person(balance=5_00, taken_back=-12_00)
    [one] = run([me], [order(0, 100_00)], terms(MARGIN, payout={"minimum": "0"})).balances
    assert one == Balance(5_00, 10_00, -12_00, 3_00, 0)
    [one] = run([me], [order(0, 60_00)], terms(MARGIN, payout={"minimum": "0"})).balances
    assert one == Balance(5_00, 6_00, -12_00, 0, -1_00)
    [one] = run([me], [order(0, 60_00)], terms(MARGIN)).balances
    assert one == Balance(5_00, 6_00, -12_00, -6_00, 5_00)

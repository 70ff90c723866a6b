"""Differential and retail margin worked out by hand, on a line of titles from the top to the seller."""

from typing import Any

import pytest

from tests.oracle.results import Pay
from tests.unit.oracle.plain import lines, misses, order, person, run, terms

RATES = {"Bronze": "0.05", "Silver": "0.1", "Gold": "0.2"}
RANKS = ("Member", "Bronze", "Silver", "Gold")


def line_of(*titles: str | None, cv: int = 100_00, own: bool = False, **options: Any) -> Pay:
    """The lowest of a line of people sells or buys; a title in small letters is an inactive person's, and one that
    ends in an exclamation mark that of somebody who left and is passed over."""
    people = [
        person(
            ix - 1,
            title=title and title.rstrip("!").capitalize(),
            active=title is None or title[0].isupper(),
            passed_over=title is not None and title.endswith("!"),
        )
        for ix, title in enumerate(titles)
    ]
    bonus = {"type": "differential", "rates_by_rank": RATES} | options
    plan = terms(bonus, ranks=RANKS, pay_rank="title")
    return run(people, [order(len(people) - 1, cv, own=own)], plan)


def test_each_is_paid_what_is_above_all_rates_below() -> None:
    """Gold 10 above Silver, the second Silver nothing, Silver 5 above Bronze, Bronze 5; Member is no miss."""
    result = line_of("Gold", "Silver", "Member", "Silver", "Bronze")
    assert lines(result) == [(0, 5, 3, 10_00), (3, 2, 2, 5_00), (4, 1, 1, 5_00)]
    assert misses(result) == []


def test_a_lower_rate_above_a_higher_one_is_neither_paid_nor_missed() -> None:
    result = line_of("Bronze", "Gold", "Silver")
    assert [amount for *_, amount in lines(result)] == [10_00, 10_00]
    assert misses(result) == []


def test_a_return_takes_back_what_its_order_paid() -> None:
    paid, back = (line_of("Gold", "bronze", "Silver", "Bronze", cv=cv) for cv in (99_99, -99_99))
    assert [line.amount for line in back.lines] == [-line.amount for line in paid.lines]
    assert [miss.forgone for miss in back.misses] == [-miss.forgone for miss in paid.misses]


def test_the_difference_goes_past_an_inactive_person() -> None:
    """Silver's 5 above Bronze go to Gold, who has 15."""
    result = line_of("Gold", "silver", "Bronze")
    assert lines(result) == [(0, 3, 2, 15_00), (2, 1, 1, 5_00)]
    assert misses(result) == [(1, "INACTIVE_STATUS", 5_00, 0)]


def test_an_inactive_persons_difference_may_stay_with_the_company() -> None:
    result = line_of("Gold", "silver", "Bronze", inactive="keep")
    assert lines(result) == [(0, 3, 2, 10_00), (2, 1, 1, 5_00)]
    assert misses(result) == [(1, "INACTIVE_STATUS", 5_00, 5_00)]


def test_what_no_active_person_above_has_is_lost_once() -> None:
    """The higher Gold has no more than the lower one, and the active Silver above both has 10 of the 20."""
    result = line_of("gold", "Silver", "gold", "silver", "Bronze")
    assert lines(result) == [(1, 4, 2, 5_00), (4, 1, 1, 5_00)]
    assert misses(result) == [
        (0, "INACTIVE_STATUS", 10_00, 0),
        (2, "INACTIVE_STATUS", 15_00, 10_00),
        (3, "INACTIVE_STATUS", 5_00, 0),
    ]
    assert [(miss.level, miss.paid_level) for miss in result.misses] == [(2, 2), (3, 2), (5, 3)]


def test_a_leaver_who_is_passed_over_takes_no_part() -> None:
    result = line_of("Gold", "silver!", "bronze", inactive="keep")
    assert lines(result) == [(0, 3, 1, 15_00)]
    assert misses(result) == [(2, "INACTIVE_STATUS", 5_00, 5_00)]
    for inactive in ("keep", "pass"):
        assert misses(line_of("gold!", "Silver", inactive=inactive)) == []
    assert lines(line_of("Gold", "silver!", own=True, own_purchases=False)) == [(0, 1, 1, 20_00)]


@pytest.mark.parametrize(
    ("own_purchases", "expected"),
    [(True, [(0, 3, 3, 10_00), (1, 2, 2, 5_00), (2, 1, 1, 5_00)]), (False, [(0, 2, 2, 10_00), (1, 1, 1, 5_00)])],
)
def test_own_purchases_pay_the_buyer_or_begin_above_with_the_buyers_rate(
    own_purchases: bool, expected: list[tuple[int, int, int, int]]
) -> None:
    titles = ("Gold", "Silver", "Bronze")
    assert lines(line_of(*titles, own=True, own_purchases=own_purchases)) == expected
    assert lines(line_of(*titles, own_purchases=False)) == [(0, 3, 3, 10_00), (1, 2, 2, 5_00), (2, 1, 1, 5_00)]


def test_the_buyers_own_rate_is_nobodys_loss() -> None:
    """Inactive Gold would have had 10 above the buyer's Silver."""
    result = line_of("gold", "Silver", own=True, own_purchases=False)
    assert lines(result) == []
    assert misses(result) == [(0, "INACTIVE_STATUS", 10_00, 10_00)]


def test_the_next_of_the_top_rank_has_the_minimum_once() -> None:
    """One percent to the second Gold, nothing to the third; a Silver in between and an inactive Gold change nothing."""
    result = line_of("Gold", "Gold", "gold", "Silver", "Gold", "Bronze", minimum_override="0.01")
    assert lines(result) == [(1, 5, 3, 1_00), (4, 2, 2, 15_00), (5, 1, 1, 5_00)]
    assert misses(result) == []
    assert lines(line_of("Silver", "Silver", minimum_override="0.01")) == [(1, 1, 1, 10_00)]


def test_a_schedule_goes_by_the_volume_of_the_whole_group_inactive_people_and_returns_included() -> None:
    steps = [{"from": "100", "rate": "0.05"}, {"from": "200", "rate": "0.1"}]
    bonus = {"type": "differential", "multiplier": "0.5", "volume": "group_pv", "schedule": steps}
    people = [person(), person(0, active=False), person(1)]
    orders = [order(2, 100_00), order(1, 100_00), order(0, 1, pv=0)]
    assert run(people, orders, terms(bonus)).by_person == [[7_50, 0, 2_50]]
    assert run(people, [*orders, order(0, 0, pv=-1)], terms(bonus)).by_person == [[2_50, 0, 2_50]]


# ------------------------------------------------------------------------------------------------------- retail margin


@pytest.mark.parametrize(("of", "expected"), [("customers", 20_00), ("personal", 30_00)])
def test_retail_margin_of_customers_or_of_all_personal_orders(of: str, expected: int) -> None:
    plan = terms({"type": "retail_margin", "rate": "0.2", "of": of})
    people = [person(), person(0)]
    result = run(people, [order(1, 100_00), order(1, 50_00, own=True)], plan)
    assert result.by_person == [[0, expected]]
    assert {(line.level, line.paid_level) for line in result.lines} == {(0, 0)}


def test_a_leaver_who_is_passed_over_has_no_margin_and_missed_none() -> None:
    plan = terms({"type": "retail_margin", "rate": "0.2"})
    result = run([person(active=False, passed_over=True)], [order(0, 100_00)], plan)
    assert (result.lines, result.misses) == ([], [])


def test_an_inactive_seller_misses_the_margin_of_each_order() -> None:
    plan = terms({"type": "retail_margin", "rate": "0.2", "multiplier": "0.5"})
    result = run([person(active=False)], [order(0, 100_00), order(0, 50_00), order(0, 50_00, own=True)], plan)
    assert result.lines == []
    assert misses(result) == [(0, "INACTIVE_STATUS", 5_00, 5_00), (0, "INACTIVE_STATUS", 10_00, 10_00)]

"""Windows, decided ranks, and the gate of ten customers worked out by hand: they hold the oracle alone to the sources.

[P] the numbers are printed in the source, [D] they follow from a rule printed there. Plans are plain dicts.
"""

from typing import Any

import pytest

from tests.oracle import ranks
from tests.oracle.company import Company
from tests.unit.oracle.both import run_alike
from tests.unit.oracle.plain import misses, person, run, terms
from tests.unit.oracle.test_ranks_by_hand import ANN, BOB, CAT, card, customers, own, plan, rank

WINDOWED = "github mheuss/mlmforge, docs/use-cases/network-engine.md, UC-NET-009"
"""A rank is achieved when its threshold was met in N of the last M periods; a period that is not told is below it."""
AMWAY = "https://www.amway.com/support-center/business-support (Customer Volume Requirement; 93 F.T.C. 618)"
"""At least one sale to each of 10 different customers, or at least 50 PV of customer sales, in the month."""

TWO_OF_THREE = {"met": 2, "of": 3}
SILVER = rank("Silver", group_pv="100", window=TWO_OF_THREE)


@pytest.mark.parametrize(
    ("now", "past", "reached"),
    [
        (100_00, ["Silver", None], True),
        (100_00, [None, "Silver"], True),
        (99_99, ["Silver", "Silver"], True),  # not in this one, but in two of the three
        (100_00, [None, None], False),
        (99_99, ["Silver", "Member"], False),
        (100_00, ["Member", "Gold"], True),  # a higher rank's rules count for the lower one
        (99_99, ["Silver"], False),  # of the second period before nothing is known: not met
        (100_00, [], False),
    ],
)
def test_two_of_three_periods(now: int, past: list[str | None], reached: bool) -> None:
    """[D] The rule as printed, with this period as one of the three."""
    terms = plan(SILVER, rank("Gold", group_pv="9999"))
    found = run([person(past=past)], [customers(ANN, now)], terms)
    assert (found.paid_as[ANN] == 1) == reached, WINDOWED
    assert found.met[ANN] == (1 if now >= 100_00 else 0), "what the next periods are told"
    assert found.highest[ANN] == (1 if reached else 0)


def test_three_periods_in_a_row_as_they_tell_each_other() -> None:
    """[D] Met, missed, met: reached in the third, kept in the fourth without being met, lost in the fifth."""
    past: list[str | None] = []
    ranks_paid = []
    for volume in (100_00, 0, 100_00, 0, 0):
        found = run([person(past=past)], [customers(ANN, volume)], plan(SILVER))
        ranks_paid.append(found.paid_as[ANN])
        past = [("Member", "Silver")[found.met[ANN]], *past]
    assert ranks_paid == [0, 0, 1, 0, 0], WINDOWED


def test_keeping_may_have_a_window_of_its_own() -> None:
    """Whoever ever earned the rank is asked `maintain`: 50 PV in one of two periods; newcomers 100 PV in this one."""
    silver = rank("Silver", {"group_pv": "50", "window": {"met": 1, "of": 2}}, group_pv="100")
    for highest, past, volume, expected in (
        ("Silver", ["Member"], 50_00, 1),
        ("Silver", ["Silver"], 0, 1),
        ("Silver", ["Member"], 49_99, 0),
        (None, ["Silver"], 50_00, 0),
        (None, ["Member"], 100_00, 1),
    ):
        found = run([person(highest=highest, past=past)], [customers(ANN, volume)], plan(silver))
        assert found.paid_as[ANN] == expected, (highest, past, volume)


def test_the_report_card_counts_the_periods() -> None:
    told = card([person(past=["Member", "Silver"])], [customers(ANN, 40_00)], plan(SILVER))
    entries = [("group_pv", 100_00, 40_00, False, 60_00), ("periods_met:3", 2, 1, False, 1)]
    assert told[-1] == (1, "requires", entries)


# ------------------------------------------------------------------------------------------------------------- decided


def test_a_decided_rank_is_the_least_that_somebody_is_paid_as() -> None:
    """It lifts and never lowers; it counts in the legs of those above; nobody is active by it; it is not earned, so
    neither the highest rank nor what later windows count knows of it."""
    terms = plan(
        rank("Silver", group_pv="100"),
        rank("Gold", group_pv="9999"),
        rank("Star", legs_with_rank={"rank": "Gold", "count": 1}),
    )
    people = [person(), person(ANN, decided="Gold", active=False), person(ANN, decided="Silver")]
    found = run(people, [customers(CAT, 10_000_00)], terms)
    assert found.paid_as == [3, 2, 2], "Ann by Bob's leg; Bob by decision; Cat earned more than was decided"
    assert found.active[BOB] is False
    assert found.highest == [3, 0, 2]
    assert found.met == [3, 0, 2]


def test_the_report_card_of_a_decided_rank_tells_what_is_lacking() -> None:
    terms = plan(rank("Silver", group_pv="100"), rank("Gold", group_pv="200"))
    told = card([person(decided="Gold")], [customers(ANN, 50_00)], terms)
    assert told == [(2, "requires", [("group_pv", 200_00, 50_00, False, 150_00)])]
    company = Company([person(decided="Gold")], [customers(ANN, 50_00)], terms)
    assert ranks.earned(company, ANN, company.paid_as) == 0


# -------------------------------------------------------------------------------------------------------------- gates

TEN_OR_FIFTY = {
    "type": "any_of",
    "gates": [{"type": "customers", "at_least": 10}, {"type": "customer_pv", "at_least": "50"}],
}


def sold(to: int, pv: int, seller: int = ANN) -> dict[str, Any]:
    """A sale of as many PV as CV to a customer of that number."""
    return customers(seller, pv) | {"customer": to}


@pytest.mark.parametrize(
    ("orders", "passes"),
    [
        ([sold(number, 1_00) for number in range(10)], True),  # ten customers, 10 PV
        ([sold(number, 1_00) for number in range(9)], False),
        ([sold(0, 50_00)], True),  # one customer, 50 PV
        ([sold(0, 49_99)], False),
        ([sold(number % 9, 1_00) for number in range(40)], False),  # forty sales to nine customers, 40 PV
        ([*(sold(number, 1_00) for number in range(10)), sold(3, -1_00)], False),  # the tenth gave all of it back
        ([*(sold(number, 2_00) for number in range(10)), sold(3, -1_00)], True),
        ([*(sold(number, 1_00) for number in range(9)), own(ANN, 30_00)], False),  # one is no customer of oneself
        ([*(sold(number, 1_00) for number in range(9)), customers(ANN, 30_00)], False),  # nobody knows who bought
    ],
)
def test_ten_customers_or_fifty_pv(orders: list[dict[str, Any]], passes: bool) -> None:
    """[P] The two numbers and the "or"; [D] what counts as a different customer."""
    found = run([person()], [*orders, sold(99, 0)], plan(gates=[TEN_OR_FIFTY]))
    told = {reason for _, reason, _, _ in misses(found)}
    assert told == (set() if passes else {"GATE_CUSTOMERS"}), AMWAY
    assert bool(found.lines) == passes


def test_of_who_passes_none_the_first_is_told() -> None:
    found = run([person()], [sold(0, 20_00), sold(1, 20_00)], plan(gates=[TEN_OR_FIFTY]))
    assert {(miss.reason, miss.needed, miss.actual) for miss in found.misses} == {("GATE_CUSTOMERS", 10, 2)}


def test_customers_belong_to_who_sold_to_them() -> None:
    terms = plan(rank("Silver", customers=2))
    people = [person(), person(ANN), person(ANN)]
    found = run(people, [sold(0, 10_00, BOB), sold(0, 10_00, CAT), sold(1, 10_00, CAT)], terms)
    assert found.measures["customers"] == [0, 1, 2]
    assert found.paid_as == [0, 0, 1]


# ------------------------------------------------------------------------------------------- the engine says the same


@pytest.mark.parametrize(
    ("own_pv", "past", "reached"),
    [
        (500_00, ["Silver", None, None], 1),  # Gold's rules are met now and Silver's are not: that counts for Silver
        (500_00, [None, "Gold", None], 1),
        (499_99, ["Silver", None, None], 0),
        (499_99, ["Silver", "Silver", None], 1),
        (500_00, [None, None, "Silver"], 0),  # three periods before is beyond 2 of 3
        (500_00, ["Gold", "Gold", None], 2),
    ],
)
def test_a_higher_ranks_rules_count_for_the_lower_one(own_pv: int, past: list[str | None], reached: int) -> None:
    """[D] Silver asks for customers, who buy nothing, and Gold for own volume in each of three periods."""
    silver = {"name": "Silver", "requires": {"customer_pv": "100", "window": TWO_OF_THREE}}
    gold = {"name": "Gold", "requires": {"personal_pv": "500", "window": {"met": 3, "of": 3}}}
    levels = {"type": "unilevel", "levels_by_rank": {"Member": ["5%"]}}
    found = run_alike([person(past=past)], [own(ANN, own_pv)], terms(levels, ranks=("Member", silver, gold)))
    assert found.paid_as == [reached], WINDOWED

"""Several positions of one owner under an aggregate cap, worked out by hand.

Engine and oracle say the same each time.
"""

from typing import Any

import pytest

from tests.oracle.results import Pay
from tests.unit.oracle.both import run_alike
from tests.unit.oracle.plain import misses, order, person, terms

ELSEWHERE = 0
"""Whoever sponsors everybody, and is placed nowhere."""


def centres(*volumes: int, **each: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """One owner's positions, the first of which is ix 1, each above two legs of their own with so much CV."""
    people, orders = [person()], list[dict[str, Any]]()
    for volume in volumes:
        me = len(people)
        people += [person(ELSEWHERE, owner=1, **each), person(ELSEWHERE, me, 1), person(ELSEWHERE, me, 2)]
        orders += [order(me + 1, volume, own=True), order(me + 2, volume, own=True)]
    for ix, anybody in enumerate(people):
        anybody.setdefault("owner", ix)
    return people, orders


def team(**options: Any) -> dict[str, Any]:
    """A plan of one binary bonus of 10 %."""
    return terms(
        {"type": "binary", "rate": "0.1"} | options, ranks=("Member", "Silver"), pay_rank="title", currency="EUR"
    )


def paid(result: Pay) -> list[int]:
    """What the owner's positions are paid, in order."""
    return [line.amount for line in result.lines]


def test_what_two_positions_earn_is_scaled_down_to_the_aggregate_cap() -> None:
    """mlmforge, content/guides/binary.md, multi-position income centres [P]: 3,000 and 3,000 under 5,000 are 2,500
    each."""
    result = run_alike(*centres(30_000_00, 30_000_00), team(aggregate_cap="5000"))
    assert paid(result) == [2_500_00, 2_500_00]
    assert [line.raw for line in result.lines] == [3_000_00, 3_000_00]
    assert misses(result) == [(1, "CAPPED_OWNER", 500_00, 500_00), (4, "CAPPED_OWNER", 500_00, 500_00)]
    assert {(miss.needed, miss.actual) for miss in result.misses} == {(6_000_00, 5_000_00)}
    assert [leg.out for legs in result.carry for leg in legs] == [0] * 14, "what is above the cap is not carried"


def test_a_cap_for_each_position_leaves_the_others_alone() -> None:
    """The same guide, per-period cap [P]: 8,000 under 5,000 are 5,000, and nothing is carried."""
    result = run_alike(*centres(80_000_00, 30_000_00), team(cap_per_period="5000"))
    assert paid(result) == [5_000_00, 3_000_00]
    assert misses(result) == [(1, "CAPPED", 3_000_00, 3_000_00)]


def test_the_aggregate_cap_looks_at_what_the_positions_caps_left() -> None:
    result = run_alike(*centres(80_000_00, 30_000_00), team(cap_per_period="5000", aggregate_cap="4000"))
    assert paid(result) == [2_500_00, 1_500_00], "5 to 3, not 8 to 3"
    assert misses(result) == [
        (1, "CAPPED", 3_000_00, 3_000_00),
        (1, "CAPPED_OWNER", 2_500_00, 2_500_00),
        (4, "CAPPED_OWNER", 1_500_00, 1_500_00),
    ]


@pytest.mark.parametrize(
    ("earned", "cap", "shares"),
    [
        ((10_00, 10_00, 10_00), "10", [3_34, 3_33, 3_33]),  # of equal fractions the first position's
        ((10_00, 20_00, 20_00), "10", [2_00, 4_00, 4_00]),
        ((1, 1, 1), "0.02", [1, 1, 0]),
        ((1, 1_00, 1), "0.99", [1, 97, 1]),  # 0.97, 97.06, 0.97
        ((5, 0, 8), "0.07", [3, 4]),  # 2.69 and 4.31; the second earned nothing and has no line
        ((10_00, 10_00), "20", [10_00, 10_00]),
        ((10_00, 10_00), "0", [0, 0]),
    ],
)
def test_an_aggregate_cap_is_shared_by_largest_remainder(earned: tuple[int, ...], cap: str, shares: list[int]) -> None:
    result = run_alike(*centres(*(each * 10 for each in earned)), team(aggregate_cap=cap))
    assert paid(result) == shares
    missed = sum(miss.forgone for miss in result.misses)
    assert sum(shares) + missed == sum(earned)
    assert len(result.misses) == sum(line.amount < line.raw for line in result.lines)


def test_an_aggregate_cap_by_rank_is_the_highest_that_a_position_has() -> None:
    people, orders = centres(100_00, 100_00, 100_00, title="Member")
    people[4]["title"] = "Silver"
    for by_rank, amounts in (
        ({"Member": "6", "Silver": "12"}, [4_00, 4_00, 4_00]),
        ({"Member": "6", "Silver": "3"}, [2_00, 2_00, 2_00]),
    ):
        assert paid(run_alike(people, orders, team(aggregate_cap=by_rank, cap_by="title"))) == amounts
    people, orders = centres(100_00)
    assert paid(run_alike(people, orders, team(aggregate_cap={"Member": "6", "Silver": "3"}))) == [0], "without rank: 0"


def test_a_cap_of_one_owner_takes_nothing_from_another_or_from_the_inactive() -> None:
    people, orders = centres(100_00, 100_00, 100_00)
    people[4]["active"] = False
    people[7]["owner"] = 7
    result = run_alike(people, orders, team(aggregate_cap="9"))
    assert paid(result) == [9_00, 9_00]
    assert misses(result) == [
        (1, "CAPPED_OWNER", 1_00, 1_00),
        (4, "INACTIVE_STATUS", 10_00, 10_00),
        (7, "CAPPED_OWNER", 1_00, 1_00),
    ]

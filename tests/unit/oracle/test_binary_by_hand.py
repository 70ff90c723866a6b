"""The options of the binary bonus worked out by hand, each in a company of three: ME above LEFT and RIGHT."""

from typing import Any

import pytest

from tests.oracle.results import Pay
from tests.unit.oracle.plain import LEFT, ME, RIGHT, after, misses, order, person, run, terms, two_legs

TWO_TO_ONE = {"strong": "200", "weak": "100"}


def team(**options: Any) -> dict[str, Any]:
    """A plan of one binary bonus, of 10 % unless said."""
    bonus = {"type": "binary", "rate": "0.1"} | options
    ranks = bonus.pop("ranks", ("Member",))
    return terms(bonus, ranks=ranks, pay_rank="title")


def taken(result: Pay) -> list[tuple[int, int, int]]:
    """(matched, flushed, out) of my left and right leg; nothing appears or vanishes in them."""
    assert all(leg.came_in + leg.new == leg.matched + leg.flushed + leg.out for legs in result.carry for leg in legs)
    return [(leg.matched, leg.flushed, leg.out) for leg in result.carry[ME]]


def paid(result: Pay) -> list[tuple[int, int, int]]:
    """(base, raw, amount) of my lines."""
    return [(line.base, line.raw, line.amount) for line in result.lines if line.earner == ME]


# ---------------------------------------------------------------------------------------------------------------- rate


@pytest.mark.parametrize(
    ("title", "amount"), [("Gold", 10_00), ("Silver", None), (None, None), ("Member", 5_00), ("Pope", None)]
)
def test_a_rate_by_rank_pays_nothing_to_ranks_it_does_not_name(title: str | None, amount: int | None) -> None:
    """Unpaid, the match is made all the same, as it is with a rate of 0."""
    plan = team(rate={"Member": "0.05", "Gold": "0.1"}, ranks=("Member", "Silver", "Gold"))
    result = run(*two_legs(100_00, 150_00, title=title), plan)
    assert [line.amount for line in result.lines] == ([amount] if amount else [])
    assert taken(result) == [(100_00, 0, 0), (100_00, 0, 50_00)]
    assert misses(result) == []


def test_a_rate_by_own_volume_counts_all_that_the_person_sold_less_what_came_back() -> None:
    steps = [{"from": "50", "rate": "0.05"}, {"from": "100", "rate": "0.1"}]
    people, orders = two_legs(100_00, 100_00)
    for pv, cv in ((99_99, 100_00), (100_00, 99_99)):
        own = [order(ME, cv + 1_00, pv=pv + 1_00), order(ME, -1_00, own=True)]
        for by, sold in (("personal_pv", pv), ("personal_cv", cv)):
            result = run(people, [*orders, *own], team(rate={"by": by, "steps": steps}))
            assert paid(result)[0][2] == (10_00 if sold == 100_00 else 5_00)
    assert paid(run(people, [*orders, order(ME, 49_99)], team(rate={"by": "personal_cv", "steps": steps}))) == []


# --------------------------------------------------------------------------------------------------------------- match


def test_the_volume_ratio_is_exact_until_the_amount_is_rounded() -> None:
    """0.02 and 0.03 make 4/3 cents of base, shown as 1; 40 % of it are 0.53 cents, paid as 1."""
    result = run(*two_legs(2, 3), team(method="volume_ratio", rate="0.4"))
    assert paid(result) == [(1, 1, 1)]
    assert taken(result) == [(2, 0, 0), (2, 0, 1)]


@pytest.mark.parametrize(
    ("stronger_leg", "left", "right", "cycles", "from_legs"),
    [
        ("once", 500_00, 400_00, 2, (400_00, 200_00)),
        ("once", 400_00, 500_00, 2, (200_00, 400_00)),
        ("each_cycle", 500_00, 400_00, 3, (500_00, 400_00)),  # left, left of 300 and 300, right of 100 and 200
        ("each_cycle", 400_00, 500_00, 3, (400_00, 500_00)),
        ("once", 200_00, 200_00, 1, (200_00, 100_00)),  # the left one is the stronger of two equal legs
        ("each_cycle", 300_00, 300_00, 2, (300_00, 300_00)),
        ("each_cycle", 200_00, 200_00, 1, (200_00, 100_00)),
        ("once", 199_99, 199_99, 0, (0, 0)),
        ("each_cycle", 1_000_00, 99_99, 0, (0, 0)),
    ],
)
def test_cycles_of_200_and_100(
    stronger_leg: str, left: int, right: int, cycles: int, from_legs: tuple[int, int]
) -> None:
    """10 % of the weaker leg's 100 a cycle."""
    result = run(*two_legs(left, right), team(method="cycles", cycle=TWO_TO_ONE | {"stronger_leg": stronger_leg}))
    assert paid(result) == ([(cycles * 100_00, cycles * 10_00, cycles * 10_00)] if cycles else [])
    matched = [(took, 0, had - took) for took, had in zip(from_legs, (left, right), strict=True)]
    assert taken(result) == matched


def test_a_cycle_may_pay_money_and_more_than_so_many_stay_in_the_legs() -> None:
    """Three cycles, of which two: 20.00 each."""
    plan = team(method="cycles", cycle=TWO_TO_ONE | {"pays": "20"}, rate=None, max_cycles=2)
    result = run(*two_legs(600_00, 350_00), plan)
    assert paid(result) == [(200_00, 40_00, 40_00)]
    assert taken(result) == [(400_00, 0, 200_00), (200_00, 0, 150_00)]
    assert misses(result) == []


def test_a_leg_with_cycles_waits_for_an_empty_one() -> None:
    """Legs of 400 and 400 would make two cycles, legs of 199 and 199 not even one."""
    plan = team(method="cycles", cycle=TWO_TO_ONE)
    result = run(*two_legs(400_00, 0), plan)
    (miss,) = result.misses
    assert (miss.reason, miss.needed, miss.actual) == ("WEAK_LEG_EMPTY", 400_00, 0)
    assert (miss.forgone, miss.breakage) == (20_00, 0)
    assert run(*two_legs(400_00, 99_00), plan).misses == []
    assert misses(run(*two_legs(199_00, 0), plan)) == [(ME, "WEAK_LEG_EMPTY", 0, 0)]


# --------------------------------------------------------------------------------------------------------------- carry


@pytest.mark.parametrize(
    ("options", "legs", "breakage"),
    [
        ({"carry": "forward"}, [(0, 300_00, 0), (0, 300_00, 200_00)], 30_00),
        ({"carry": "net_off"}, [(0, 0, 300_00), (0, 0, 500_00)], 0),
        ({"carry": "full_flush"}, [(0, 300_00, 0), (0, 500_00, 0)], 30_00),
        ({"carry": "forward", "flush_inactive": True}, [(0, 300_00, 0), (0, 500_00, 0)], 30_00),
        ({"carry": "net_off", "flush_inactive": True}, [(0, 300_00, 0), (0, 500_00, 0)], 30_00),
        ({"carry": "net_off", "carry_cap": "400"}, [(0, 0, 300_00), (0, 100_00, 400_00)], 0),
    ],
)
def test_what_an_inactive_position_loses(
    options: dict[str, Any], legs: list[tuple[int, int, int]], breakage: int
) -> None:
    result = run(*two_legs(300_00, 500_00, active=False), team(**options))
    assert taken(result) == legs
    assert misses(result) == [(ME, "INACTIVE_STATUS", 30_00, breakage)]


@pytest.mark.parametrize(
    ("options", "right_out"),
    [
        ({"carry": "forward"}, 200_00),
        ({"carry": "net_off"}, 200_00),
        ({"carry": "full_flush"}, 0),
        ({"flush_inactive": True}, 200_00),
        ({"carry_cap": "150"}, 150_00),
        ({"carry_cap": {"Member": "50", "Gold": "70"}}, 70_00),
    ],
)
def test_what_an_active_position_carries(options: dict[str, Any], right_out: int) -> None:
    result = run(*two_legs(300_00, 500_00, title="Gold"), team(ranks=("Member", "Gold"), **options))
    assert taken(result) == [(300_00, 0, 0), (300_00, 200_00 - right_out, right_out)]
    assert paid(result) == [(300_00, 30_00, 30_00)]


def test_nobody_without_a_rank_carries_anything_where_the_cap_goes_by_rank() -> None:
    result = run(*two_legs(0, 500_00), team(carry_cap={"Member": "50"}))
    assert taken(result) == [(0, 0, 0), (0, 500_00, 0)]
    assert taken(run(*two_legs(0, 500_00, title="Member"), team(carry_cap={"Member": "50"})))[1] == (0, 450_00, 50_00)


@pytest.mark.parametrize("options", [{"carry": "full_flush"}, {"flush_inactive": True}, {"carry_cap": "0"}])
def test_a_leg_below_zero_is_a_debt_that_nothing_flushes(options: dict[str, Any]) -> None:
    people, orders = two_legs(-70_00, 80_00, carry_left=20_00, active=False)
    assert taken(run(people, orders, team(**options))) == [(0, 0, -50_00), (0, 80_00, 0)]


# ----------------------------------------------------------------------------------------------------------------- cap


def test_above_the_cap_volume_may_stay_in_the_legs() -> None:
    """123.44 is the most of which 10 % are 12.34 when rounded; the line shows the whole match and its 30.00."""
    people, orders = two_legs(300_00, 500_00)
    lost = run(people, orders, team(cap_per_period="12.34"))
    assert paid(lost) == [(300_00, 30_00, 12_34)]
    assert misses(lost) == [(ME, "CAPPED", 17_66, 17_66)]
    plan = team(cap_per_period="12.34", above_cap="carried")
    carried = run(people, orders, plan)
    assert paid(carried) == [(300_00, 30_00, 12_34)]
    assert taken(carried) == [(123_44, 0, 176_56), (123_44, 0, 376_56)]
    assert misses(carried) == [(ME, "CAPPED", 17_66, 0)]
    later = run(after(people, carried), [], plan)
    assert taken(later) == [(123_44, 0, 53_12), (123_44, 0, 253_12)]


def test_above_the_cap_only_whole_cycles_are_paid_and_the_others_stay() -> None:
    plan = team(
        method="cycles", cycle=TWO_TO_ONE | {"pays": "20"}, rate=None, cap_per_period="59.99", above_cap="carried"
    )
    result = run(*two_legs(900_00, 450_00), plan)
    assert paid(result) == [(400_00, 80_00, 40_00)]
    assert taken(result) == [(400_00, 0, 500_00), (200_00, 0, 250_00)]
    assert misses(result) == [(ME, "CAPPED", 40_00, 0)]


@pytest.mark.parametrize(("title", "most"), [("Gold", 20_00), ("Member", 10_00), (None, 0), ("Pope", 0)])
def test_a_cap_by_title_asks_for_a_title_the_plan_knows(title: str | None, most: int) -> None:
    """Everybody is paid as Gold; only what caps is the title."""
    plan = team(cap_per_period={"Member": "10", "Gold": "20"}, cap_by="title", ranks=("Member", "Gold"))
    result = run(*two_legs(300_00, 500_00, title=title), plan | {"pay_rank": "paid_as"})
    assert paid(result) == [(300_00, 30_00, most)]
    assert result.pay_rank[ME] == 1


def test_own_volume_and_volume_beside_the_legs_is_in_neither_leg() -> None:
    people = [person(), person(ME, ME, 1), person(LEFT, ME, 2), person(ME)]
    orders = [order(ME, 1_000_00), order(LEFT, 10_00), order(RIGHT, 20_00), order(3, 1_000_00)]
    assert taken(run(people, orders, team())) == [(10_00, 0, 0), (10_00, 0, 10_00)]

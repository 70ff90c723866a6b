"""A binary that is matched day by day, worked out by hand in a company of three: ME above LEFT and RIGHT.

Engine and oracle say the same each time.
"""

from typing import Any

import pytest

from tests.oracle.results import Pay
from tests.unit.oracle.both import run_alike
from tests.unit.oracle.plain import LEFT, ME, RIGHT, misses, order, person, terms

THREE = [person(), person(ME, ME, 1), person(ME, ME, 2)]


def team(**options: Any) -> dict[str, Any]:
    """A plan of one binary bonus of 10 % that pays at most 10.00 a day."""
    bonus = {"type": "binary", "rate": "0.1", "cap_per_day": "10"} | options
    return terms(bonus, ranks=bonus.pop("ranks", ("Member",)))


def sold(*days: tuple[int, int, int]) -> list[dict[str, Any]]:
    """Own purchases of LEFT and RIGHT on each day."""
    return [
        order(who, cv, own=True, day=day)
        for day, left, right in days
        for who, cv in ((LEFT, left), (RIGHT, right))
        if cv
    ]


def paid(result: Pay) -> list[tuple[int, int, int]]:
    """(base, raw, amount) of my line."""
    return [(line.base, line.raw, line.amount) for line in result.lines if line.earner == ME]


def why(result: Pay) -> list[tuple[str, int, int, int, int]]:
    """(reason, needed, actual, forgone, breakage) of my misses."""
    return [(m.reason, m.needed, m.actual, m.forgone, m.breakage) for m in result.misses if m.person == ME]


def legs(result: Pay) -> list[tuple[int, int, int]]:
    """(matched, flushed, out) of my left and right leg; nothing appears or vanishes in them."""
    assert all(leg.came_in + leg.new == leg.matched + leg.flushed + leg.out for both in result.carry for leg in both)
    return [(leg.matched, leg.flushed, leg.out) for leg in result.carry[ME]]


def test_each_day_is_matched_with_what_the_days_before_left_and_capped_by_itself() -> None:
    """Day 1: 150 on the left wait. Day 2: 50 of them are matched. Day 4: 200 meet the 100 that are left and 100 new."""
    orders = sold((1, 150_00, 0), (2, 0, 50_00), (4, 100_00, 250_00))
    result = run_alike(THREE, orders, team(), days=5)
    assert paid(result) == [(250_00, 25_00, 15_00)]
    assert why(result) == [("CAPPED_DAY", 25_00, 15_00, 10_00, 10_00)]
    assert legs(result) == [(250_00, 0, 0), (250_00, 0, 50_00)]


def test_a_day_that_pays_little_gives_nothing_to_a_day_that_pays_more() -> None:
    """At once 30.00 would be below a cap of 30.00; by days of 15.00 they are 10.00 and 15.00."""
    orders = sold((1, 100_00, 100_00), (2, 200_00, 200_00))
    assert paid(run_alike(THREE, orders, team(cap_per_day="15"), days=2)) == [(300_00, 30_00, 25_00)]
    assert paid(run_alike(THREE, orders, team(cap_per_day=None, cap_per_period="30"), days=2)) == [
        (300_00, 30_00, 30_00)
    ]


def test_days_below_the_cap_are_rounded_together() -> None:
    """Three days of 0.04 CV at 10 % are 1.2 cents, paid as 1, not three times 0; a day at the cap pays all of it."""
    orders = sold((1, 4, 4), (2, 4, 4), (3, 4, 4), (4, 200_00, 200_00))
    assert paid(run_alike(THREE, orders, team(), days=4)) == [(200_12, 20_01, 10_01)]


def test_by_volume_ratio_each_day_has_a_ratio_of_its_own() -> None:
    """300 and 500 are 180.00, of which 10 % are 18.00, capped at 10.00; then 100 meet the 200 that are left: 50.00, of
    which 10 % are 5.00. At once 400 and 500 would be 320.00."""
    orders = sold((1, 300_00, 500_00), (2, 100_00, 0))
    result = run_alike(THREE, orders, team(method="volume_ratio"), days=3)
    assert paid(result) == [(230_00, 23_00, 15_00)]
    assert why(result) == [("CAPPED_DAY", 23_00, 15_00, 8_00, 8_00)]
    assert legs(result) == [(400_00, 0, 0), (400_00, 0, 100_00)]
    assert paid(run_alike(THREE, orders, team(method="volume_ratio", cap_per_day=None))) == [(320_00, 32_00, 32_00)]
    both = run_alike(THREE, orders, team(method="volume_ratio", cap_per_period="12"), days=3)
    assert [reason[:3] for reason in why(both)] == [("CAPPED_DAY", 23_00, 15_00), ("CAPPED", 15_00, 12_00)]


def test_by_volume_ratio_each_day_is_rounded_by_itself() -> None:
    """0.02 and 0.03 make 4/3 cents of base, shown as 1, of which 40 % are 0.53 cents, paid as 1; so on day 2. On day 3
    0.03 and 0.03 pay 1.2 cents. Together it would be 2.27."""
    orders = sold((1, 2, 3), (2, 2, 2), (3, 3, 2))
    result = run_alike(THREE, orders, team(method="volume_ratio", rate="0.4"), days=3)
    assert paid(result) == [(1 + 1 + 3, 3, 3)]
    assert legs(result) == [(7, 0, 0), (7, 0, 0)]


def test_by_volume_ratio_the_inactive_and_those_who_wait_are_told_of_days_as_well() -> None:
    people = [person(active=False), *THREE[1:]]
    orders = sold((1, 300_00, 500_00), (2, 100_00, 0))
    missed = run_alike(people, orders, team(method="volume_ratio"), days=3)
    assert (misses(missed), legs(missed)) == (
        [(ME, "INACTIVE_STATUS", 15_00, 15_00)],
        [(0, 400_00, 0), (0, 400_00, 100_00)],
    )
    waits = run_alike(THREE, sold((1, 300_00, 0)), team(method="volume_ratio"), days=3)
    assert why(waits) == [("WEAK_LEG_EMPTY", 300_00, 0, 10_00, 0)]


def test_the_cap_of_the_period_looks_at_what_the_days_caps_left() -> None:
    orders = sold(*((day, 120_00, 120_00) for day in (1, 2, 3)))
    result = run_alike(THREE, orders, team(cap_per_period="15"), days=3)
    assert paid(result) == [(360_00, 36_00, 15_00)]
    assert why(result) == [("CAPPED_DAY", 36_00, 30_00, 6_00, 6_00), ("CAPPED", 30_00, 15_00, 15_00, 15_00)]


def test_carried_volume_above_a_days_cap_is_matched_on_the_days_after() -> None:
    """350 on each side on day 1 pay 10.00 on each of three days and 5.00 on the fourth; of three days, 50 wait."""
    orders, plan = sold((1, 350_00, 350_00)), team(above_cap="carried")
    four = run_alike(THREE, orders, plan, days=4)
    assert (paid(four), why(four), legs(four)) == ([(350_00, 35_00, 35_00)], [], [(350_00, 0, 0)] * 2)
    three = run_alike(THREE, orders, plan, days=3)
    assert paid(three) == [(350_00, 35_00, 30_00)]
    assert why(three) == [("CAPPED_DAY", 35_00, 30_00, 5_00, 0)]
    assert legs(three) == [(300_00, 0, 50_00)] * 2


def test_a_day_takes_no_cycle_that_its_cap_does_not_pay_in_full() -> None:
    """Cycles that pay 4.00: two a day under a cap of 10.00, and of five the third day takes the last."""
    cycles = {"method": "cycles", "cycle": {"strong": "50", "weak": "50", "pays": "4"}, "rate": None}
    plan = team(above_cap="carried", **cycles)
    for days, amount, waits in ((1, 8_00, 150_00), (2, 16_00, 50_00), (3, 20_00, 0), (9, 20_00, 0)):
        result = run_alike(THREE, sold((1, 250_00, 250_00)), plan, days=days)
        assert paid(result) == [(250_00, 20_00, amount)]
        assert legs(result) == [(250_00 - waits, 0, waits)] * 2


def test_carried_volume_above_the_cap_of_the_period_waits_for_the_next_one() -> None:
    """The cap of 15.00 pays up to 150.04 CV, as it does where no day has a cap."""
    orders = sold((1, 350_00, 350_00))
    for plan in (team(above_cap="carried", cap_per_period="15", cap_per_day=day) for day in ("10", None)):
        result = run_alike(THREE, orders, plan, days=5)
        assert paid(result) == [(350_00, 35_00, 15_00)]
        assert why(result) == [("CAPPED", 35_00, 15_00, 20_00, 0)]
        assert legs(result) == [(150_04, 0, 199_96)] * 2


@pytest.mark.parametrize(
    ("rounding", "cap", "taken"),
    [("half_up", "0.02", 4), ("half_even", "0.02", 5), ("half_up", "0.01", 2), ("half_even", "0.01", 2)],
)
def test_what_a_cap_of_the_period_pays_is_what_is_rounded_to_it(rounding: str, cap: str, taken: int) -> None:
    """Half of 0.05 CV are 2.5 cents, which are 3 or, to the even one, 2; half of 0.03 are 1.5, which are 2 anyhow."""
    plan = team(rate="0.5", above_cap="carried", cap_per_period=cap) | {"rounding": rounding}
    result = run_alike(THREE, sold((1, 3, 3), (2, 6, 6)), plan, days=3)
    assert legs(result) == [(taken, 0, 9 - taken)] * 2


@pytest.mark.parametrize(("carry", "out"), [("forward", 80_00), ("full_flush", 0)])
def test_a_night_within_the_period_flushes_nothing(carry: str, out: int) -> None:
    """Flush and the cap of carry come at the end of the period, and look at what the last day left."""
    orders = sold((1, 300_00, 20_00), (2, 0, 200_00))
    result = run_alike(THREE, orders, team(carry=carry, carry_cap="150"), days=2)
    assert paid(result) == [(220_00, 22_00, 12_00)]
    assert legs(result) == [(220_00, 80_00 - out, out), (220_00, 0, 0)]


@pytest.mark.parametrize(("carry", "flushed", "breakage"), [("forward", 150_00, 15_00), ("net_off", 0, 0)])
def test_an_inactive_position_misses_what_its_days_would_have_paid(carry: str, flushed: int, breakage: int) -> None:
    people = [person(active=False), *THREE[1:]]
    orders = sold((1, 50_00, 50_00), (3, 100_00, 130_00))
    result = run_alike(people, orders, team(carry=carry), days=3)
    assert misses(result) == [(ME, "INACTIVE_STATUS", 15_00, breakage)]
    assert legs(result) == [(0, flushed, 150_00 - flushed), (0, flushed, 180_00 - flushed)]


@pytest.mark.parametrize(
    ("options", "left", "right"),
    [
        ({"carry": "full_flush"}, (60_00, 0), (30_00, 0)),
        ({"carry": "net_off", "flush_inactive": True}, (60_00, 0), (30_00, 0)),
        ({"carry": "forward"}, (100_00, -40_00), (100_00, -70_00)),
    ],
)
def test_what_an_inactive_position_loses_owes_nothing_where_the_rule_takes_no_match(
    options: dict[str, Any], left: tuple[int, int], right: tuple[int, int]
) -> None:
    """Day 1 would have matched 100, and day 2 takes 40 and 70 of it back. A match that nobody had is lost under forward
    alone; else what the days left is flushed, and no leg goes below zero."""
    people = [person(active=False), *THREE[1:]]
    orders = sold((1, 100_00, 100_00), (2, -40_00, -70_00))
    assert legs(run_alike(people, orders, team(**options), days=2)) == [(0, *left), (0, *right)]


def test_a_return_digs_a_hole_that_the_days_after_fill_first() -> None:
    """Day 1 matches 40; day 2 leaves 60 against a hole of 60; 100 on day 3 fill it and match 40 more."""
    orders = sold((1, 100_00, 40_00), (2, 0, -60_00), (3, 0, 100_00))
    result = run_alike(THREE, orders, team(cap_per_day="5"), days=3)
    assert paid(result) == [(80_00, 8_00, 8_00)]
    assert legs(result) == [(80_00, 0, 20_00), (80_00, 0, 0)]


def test_the_cycles_of_a_period_are_counted_over_its_days_and_each_day_judges_its_stronger_leg() -> None:
    """500 and 400 by cycles of 200 and 100 judged once: two on day 1, which leave 100 and 200, and one on day 2."""
    cycle = {"strong": "200", "weak": "100", "pays": "3"}
    options = {"method": "cycles", "cycle": cycle, "rate": None}
    orders = sold((1, 500_00, 400_00))
    for most, amount in ((None, 9_00), (2, 6_00), (1, 3_00)):
        result = run_alike(THREE, orders, team(max_cycles=most, **options), days=3)
        assert paid(result) == [(amount // 3 * 100, amount, amount)]


def test_a_leg_that_waits_for_an_empty_one_could_earn_a_days_cap() -> None:
    result = run_alike(THREE, sold((1, 150_00, 0), (2, 250_00, 0)), team(), days=2)
    assert why(result) == [("WEAK_LEG_EMPTY", 400_00, 0, 10_00, 0)]


def test_a_cap_of_a_day_by_rank_goes_by_what_the_cap_of_the_period_goes_by() -> None:
    people, orders = [person(title="Silver"), *THREE[1:]], sold((1, 100_00, 100_00))
    caps = {"Member": "10", "Silver": "4"}
    for cap_by, amount in (("title", 4_00), ("pay_rank", 10_00)):
        plan = team(
            cap_per_day=caps, cap_by=cap_by, ranks=("Member", {"name": "Silver", "requires": {"group_pv": "999"}})
        )
        assert paid(run_alike(people, orders, plan))[0][2] == amount


def test_volume_that_is_matched_twice_a_month_by_days_was_matched_once_at_once() -> None:
    """Without a cap that anybody reaches, days come to what the period comes to, and carry the same."""
    orders = sold((1, 170_00, 20_00), (3, -30_00, 90_00), (5, 10_00, 70_00))
    by_days = run_alike(THREE, orders, team(cap_per_day="1000"), days=5)
    at_once = run_alike(THREE, orders, team(cap_per_day=None), days=5)
    assert (paid(by_days), legs(by_days)) == (paid(at_once), legs(at_once))

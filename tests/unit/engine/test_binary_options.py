"""Every option of a binary bonus one by one, and what must hold of all of them together."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.because import nearest_sales, why_nothing
from app.engine.calculate import calculate
from app.engine.models import Carry, Reason, Result, Snapshot
from app.engine.reasons import exact_share, explain_line, explain_miss, lack_of
from app.plans.models import Plan
from app.runs.text import because_words
from tests.unit.engine.binaries import binary_plans
from tests.unit.engine.companies import random_snapshot
from tests.unit.engine.test_binary import NAMES, pair, plan_of

RANKS: list[dict[str, Any]] = [
    {"name": "Low", "requires": {"group_pv": 300}},
    {"name": "High", "requires": {"group_pv": 1000}},
]
CYCLES: dict[str, Any] = {"method": "cycles", "cycle": {"strong": "200", "weak": "100"}}
EACH: dict[str, Any] = {"method": "cycles", "cycle": {"strong": "200", "weak": "100", "stronger_leg": "each_cycle"}}

companies = st.builds(
    random_snapshot,
    people=st.integers(1, 40),
    orders=st.integers(0, 60),
    seed=st.integers(0, 10_000),
    inactive=st.sampled_from([0.0, 0.3, 0.8]),
    days=st.sampled_from([1, 4]),
)
examples = settings(max_examples=150, deadline=None)


def legs(carry: Carry, person: int = 0) -> list[tuple[int, int, int]]:
    """Matched, flushed and carried out of the left leg and of the right one, minor CV."""
    return [
        (
            int(getattr(carry, f"{leg}_matched")[person]),
            int(getattr(carry, f"{leg}_flushed")[person]),
            int(getattr(carry, f"{leg}_out")[person]),
        )
        for leg in ("left", "right")
    ]


def line_of(result: Result) -> tuple[int, int, int]:
    """Base, raw and amount of the only line."""
    lines = result.lines
    assert len(lines) == 1
    return int(lines.base[0]), int(lines.raw[0]), int(lines.amount[0])


def told(company: Snapshot, plan: Plan, result: Result) -> list[str]:
    """All lines, all misses, and what there is to say to person 0 beside."""
    said = [explain_line(company, plan, result, row, NAMES) for row in range(len(result.lines))]
    said += [explain_miss(company, plan, result, row, NAMES) for row in range(len(result.misses))]
    return said + [because_words(one) for one in because(company, plan, result)]


def because(company: Snapshot, plan: Plan, result: Result) -> Iterator[Any]:
    found = why_nothing(company, plan, result, 0, nearest_sales(company, plan, result))
    return (one for one in found if one.cause != "next_rank")


# -------------------------------------------------------------------------------------------------------------- rates


@pytest.mark.parametrize(("group", "base", "raw"), [(60_000, 60_000, 6_000), (20_000, 20_000, 1_000)])
def test_a_rate_by_rank(group: int, base: int, raw: int) -> None:
    company, plan = pair(group, group), plan_of(RANKS, rate={"Low": "5%", "High": "10%"})
    result = calculate(company, plan)
    assert line_of(result) == (base, raw, raw)
    assert (result.lines.rate_num[0], result.lines.rate_den[0]) == ((1, 10) if raw == 6_000 else (1, 20))
    rank = "High" if raw == 6_000 else "Low"
    assert f"; your rank for pay is {rank}; nothing is carried forward" in told(company, plan, result)[0]


@pytest.mark.parametrize(("group", "held"), [(4_000, "no rank"), (20_000, "Low")])
def test_a_rank_that_is_not_named_and_no_rank_are_paid_nothing_and_the_match_is_gone(group: int, held: str) -> None:
    company, plan = pair(group, group), plan_of(RANKS, rate={"High": "10%"})
    result = calculate(company, plan)
    assert (len(result.lines), len(result.misses)) == (0, 0)
    assert legs(result.carry) == [(group, 0, 0)] * 2
    assert told(company, plan, result) == [f"your rank for pay is {held}, and its lowest rate needs High"]


def steps(by: str = "personal_cv") -> dict[str, Any]:
    return {"by": by, "steps": [{"from": 25, "rate": "4%"}, {"from": 50, "rate": "8%"}, {"from": 100, "rate": "12%"}]}


def owner(own: int, *, pv: int | None = None) -> Snapshot:
    """0 buys for `own`, with 200 CV in each leg."""
    company = pair(20_000, 20_000)
    bought = (0, 0, own if pv is None else pv, own)
    return snapshot_with(company, [bought])


def snapshot_with(company: Snapshot, orders: list[tuple[int, int, int, int]]) -> Snapshot:
    """The company with further orders (seller, buyer, pv, cv)."""
    columns = dict(company.orders.columns())
    more = dict(zip(("seller", "buyer", "pv", "cv"), map(list, zip(*orders, strict=True)), strict=True))
    first = int(columns["seq"].max()) + 1
    more |= {"seq": list(range(first, first + len(orders))), "day": [1] * len(orders)}
    nothing = [-1] * len(orders)
    joined = {name: np.concatenate([column, more.get(name, nothing)]) for name, column in columns.items()}
    return replace(company, orders=type(company.orders).of(**joined))


@pytest.mark.parametrize(
    ("own", "paid"), [(2_499, None), (2_500, 800), (4_999, 800), (5_000, 1_600), (9_999, 1_600), (10_000, 2_400)]
)
def test_a_rate_by_own_volume_at_its_edges(own: int, paid: int | None) -> None:
    company, plan = owner(own), plan_of(rate=steps())
    result = calculate(company, plan)
    assert result.totals.by_person[0, 0] == (paid or 0)
    assert legs(result.carry) == [(20_000, 0, 0)] * 2
    if paid is None:
        assert told(company, plan, result) == ["your personal CV is 24.99, and its lowest rate needs 25.00"]
    else:
        assert "reach the rate of" in told(company, plan, result)[0]


def test_own_volume_is_of_the_kind_that_is_named_and_of_all_orders_of_the_seller() -> None:
    company = snapshot_with(owner(2_000, pv=9_000), [(0, -1, 900, 400), (0, 0, -100, -100)])
    by_cv, by_pv = (calculate(company, plan_of(rate=steps(by))) for by in ("personal_cv", "personal_pv"))
    assert (len(by_cv.lines), by_pv.totals.by_person[0, 0]) == (0, 1_600)
    words = told(company, plan_of(rate=steps("personal_pv")), by_pv)[0]
    assert "; your 98.00 personal PV reach the rate of 8 % from 50.00 on" in words


# ------------------------------------------------------------------------------------------------------------- methods


def test_a_volume_ratio_pays_the_weaker_leg_in_the_ratio_and_matches_it_whole() -> None:
    company, plan = pair(30_001, 50_001), plan_of(method="volume_ratio", multiplier="50%")
    result = calculate(company, plan)
    exact = Fraction(30_001**2, 50_001)
    assert line_of(result) == (int(exact), 900, 900)
    assert legs(result.carry) == [(30_001, 0, 0), (30_001, 0, 20_000)]
    assert abs(exact_share(plan, result, 0) - exact / 20) < Fraction(1, 10**8)
    assert told(company, plan, result)[0] == (
        "9.00 EUR: 10 % of 90.00 (180.00 CV x 50 %), the 300.01 CV matched between your legs x 300.01 / 500.01, left "
        "300.01 CV and right 500.01 CV; 200.00 CV of the right leg is carried forward"
    )


def test_a_ratio_below_one_cent_matches_all_the_same() -> None:
    result = calculate(pair(1, 1_000), plan_of(method="volume_ratio"))
    assert line_of(result) == (0, 0, 0)
    assert legs(result.carry) == [(1, 0, 0), (1, 0, 999)]


def test_cycles_judged_once_leave_what_makes_no_further_one() -> None:
    company, plan = pair(50_000, 40_000), plan_of(**CYCLES)
    result = calculate(company, plan)
    assert line_of(result) == (20_000, 2_000, 2_000)
    assert legs(result.carry) == [(40_000, 0, 10_000), (20_000, 0, 20_000)]
    assert told(company, plan, result)[0] == (
        "20.00 EUR: 10 % of 200.00 CV in 2 cycles of 200.00 CV in the stronger leg and 100.00 CV in the weaker, left "
        "500.00 CV and right 400.00 CV; 100.00 CV of the left leg and 200.00 CV of the right leg are carried forward"
    )


def test_cycles_judged_anew_take_turns() -> None:
    """500 and 400, then 300 and 300, then 100 and 200, then nothing."""
    result = calculate(pair(50_000, 40_000), plan_of(**EACH))
    assert line_of(result) == (30_000, 3_000, 3_000)
    assert legs(result.carry) == [(50_000, 0, 0), (40_000, 0, 0)]


def test_of_equal_legs_the_left_one_is_the_stronger() -> None:
    for options in (CYCLES, EACH):
        assert legs(calculate(pair(25_000, 25_000), plan_of(**options)).carry)[0][0] == 20_000
        assert legs(calculate(pair(25_000, 25_001), plan_of(**options)).carry)[0][0] == 10_000


def test_a_cycle_that_pays_money() -> None:
    company = pair(45_000, 30_000)
    plan = plan_of(rate=None, method="cycles", cycle={"strong": "200", "weak": "100", "pays": "33.33"})
    result = calculate(company, plan)
    assert line_of(result) == (20_000, 6_666, 6_666)
    assert exact_share(plan, result, 0) == 6_666
    assert told(company, plan, result)[0].startswith("66.66 EUR: 2 cycles of 200.00 CV in the stronger leg and 100.00 ")
    assert (
        " at 33.33 EUR each, left 450.00 CV and right 300.00 CV; 50.00 CV of the left leg"
        in told(company, plan, result)[0]
    )


def test_no_more_cycles_than_the_plan_pays_in_a_period() -> None:
    company, plan = pair(100_000, 100_000), plan_of(**EACH, max_cycles=3)
    result = calculate(company, plan)
    assert line_of(result) == (30_000, 3_000, 3_000)
    assert legs(result.carry) == [(50_000, 0, 50_000), (40_000, 0, 60_000)]
    assert (
        "3 cycles of 200.00 CV in the stronger leg and 100.00 CV in the weaker (the most in a period)"
        in told(company, plan, result)[0]
    )


def test_legs_too_small_for_a_cycle_have_no_line_and_say_so() -> None:
    company, plan = pair(9_000, 19_999), plan_of(**CYCLES)
    result = calculate(company, plan)
    assert legs(result.carry) == [(0, 0, 9_000), (0, 0, 19_999)]
    assert told(company, plan, result) == [
        "too little for a cycle: there is 90.00 CV in the left leg of the 100.00 that it takes",
        "too little for a cycle: there is 199.99 CV in the right leg of the 200.00 that it takes",
    ]


def test_an_empty_leg_speaks_of_the_cycles_that_as_much_would_make() -> None:
    company, plan = pair(-1, 50_000), plan_of(**EACH)
    result = calculate(company, plan)
    assert (result.misses.needed.tolist(), result.misses.actual.tolist()) == ([50_000], [-1])
    assert (result.misses.forgone.tolist(), result.misses.breakage.tolist()) == ([3_000], [0])
    assert legs(result.carry) == [(0, 0, -1), (0, 0, 50_000)]
    assert told(company, plan, result)[0].endswith("as much in the left leg would pay 30.00 EUR")


# -------------------------------------------------------------------------------------------------------- what is left


@pytest.mark.parametrize(
    ("options", "active", "inactive"),
    [
        ({}, [(200, 0, 0), (200, 0, 300)], [(0, 200, 0), (0, 200, 300)]),
        ({"carry": "net_off"}, [(200, 0, 0), (200, 0, 300)], [(0, 0, 200), (0, 0, 500)]),
        ({"carry": "full_flush"}, [(200, 0, 0), (200, 300, 0)], [(0, 200, 0), (0, 500, 0)]),
        ({"flush_inactive": True}, [(200, 0, 0), (200, 0, 300)], [(0, 200, 0), (0, 500, 0)]),
        ({"carry": "net_off", "flush_inactive": True}, [(200, 0, 0), (200, 0, 300)], [(0, 200, 0), (0, 500, 0)]),
        ({"carry_cap": "1"}, [(200, 0, 0), (200, 200, 100)], [(0, 200, 0), (0, 400, 100)]),
        ({"carry": "net_off", "carry_cap": "1"}, [(200, 0, 0), (200, 200, 100)], [(0, 100, 100), (0, 400, 100)]),
        ({"carry_cap": "0"}, [(200, 0, 0), (200, 300, 0)], [(0, 200, 0), (0, 500, 0)]),
    ],
)
def test_carry_rules(options: dict[str, Any], active: list[Any], inactive: list[Any]) -> None:
    """Legs of 2.00 and 5.00 CV."""
    assert legs(calculate(pair(200, 500), plan_of(**options)).carry) == active
    assert legs(calculate(pair(200, 500, active=[False, True, True]), plan_of(**options)).carry) == inactive


@pytest.mark.parametrize("options", [{}, {"carry": "net_off"}, {"carry": "full_flush"}, {"flush_inactive": True}])
@pytest.mark.parametrize("active", [True, False])
def test_a_leg_that_returns_made_negative_stays_a_debt(options: dict[str, Any], active: bool) -> None:
    company = pair(-300, 500, carry_left=[100, 0, 0], active=[active, True, True])
    carry = calculate(company, plan_of(carry_cap="0", **options)).carry
    assert legs(carry) == [(0, 0, -200), (0, 500, 0)]


@pytest.mark.parametrize(("group", "out"), [(120_000, 20_000), (30_000, 10_000), (5_000, 0)])
def test_a_carry_cap_by_rank_and_nothing_without_one(group: int, out: int) -> None:
    company = pair(0, group)
    plan = plan_of(RANKS, carry_cap={"Low": "100", "High": "200"})
    assert int(calculate(company, plan).carry.right_out[0]) == out
    assert int(calculate(company, plan_of(RANKS)).carry.right_out[0]) == group


@pytest.mark.parametrize(
    ("options", "words", "breakage"),
    [
        ({}, "matched in both legs is lost because", 2_000),
        ({"carry": "net_off"}, "matched in both legs stays in your legs because", 0),
        ({"carry": "full_flush"}, "matched in both legs is lost, and all else in both legs, because", 2_000),
        (
            {"carry": "net_off", "flush_inactive": True},
            "matched in both legs is lost, and all else in both legs, because",
            2_000,
        ),
    ],
)
def test_an_inactive_position_is_told_what_became_of_its_match(
    options: dict[str, Any], words: str, breakage: int
) -> None:
    company, plan = pair(20_000, 50_000, active=[False, True, True]), plan_of(**options)
    result = calculate(company, plan)
    assert (result.misses.forgone.tolist(), result.misses.breakage.tolist()) == ([2_000], [breakage])
    assert told(company, plan, result)[0] == f"20.00 EUR not paid: 200.00 CV {words} your status was not active"


def test_an_inactive_position_is_told_of_its_cycles() -> None:
    company, plan = pair(20_000, 50_000, active=[False, True, True]), plan_of(**CYCLES)
    assert told(company, plan, calculate(company, plan))[0] == (
        "20.00 EUR not paid: 2 cycles of 200.00 CV in the stronger leg and 100.00 CV in the weaker are lost because "
        "your status was not active"
    )


def test_what_is_flushed_is_told() -> None:
    company, plan = pair(20_000, 50_000), plan_of(carry="full_flush")
    assert told(company, plan, calculate(company, plan))[0].endswith(
        "right 500.00 CV; 300.00 CV of the right leg is lost, since legs begin every period empty; nothing is carried "
        "forward"
    )
    capped = plan_of(carry_cap="100")
    assert told(company, capped, calculate(company, capped))[0].endswith(
        "; 200.00 CV of the right leg is lost, which is more than a leg carries forward; 100.00 CV of the right leg is "
        "carried forward"
    )
    alone = pair(0, 50_000)
    assert told(alone, plan, calculate(alone, plan))[0] == (
        "Nothing matched: your left leg has 0.00 CV. 500.00 CV of your right leg is lost, since legs begin every "
        "period empty; as much in the left leg would have paid 50.00 EUR"
    )


# ----------------------------------------------------------------------------------------------------------- the cap


def test_above_the_cap_carried_matches_no_more_than_is_paid() -> None:
    company, plan = pair(100_000, 120_000), plan_of(cap_per_period="60", above_cap="carried")
    result = calculate(company, plan)
    assert line_of(result) == (100_000, 10_000, 6_000)
    # 600.04 CV at 10 % are 60.004, which round to the cap; 600.05 would not.
    assert legs(result.carry) == [(60_004, 0, 39_996), (60_004, 0, 59_996)]
    misses = result.misses
    assert misses.reason.tolist() == [Reason.CAPPED]
    assert (misses.needed.tolist(), misses.actual.tolist()) == ([10_000], [6_000])
    assert (misses.forgone.tolist(), misses.breakage.tolist()) == ([4_000], [0])
    assert (result.totals.bonuses[0].capped, result.totals.breakage) == (4_000, 0)
    line, miss = told(company, plan, result)
    assert line == (
        "60.00 EUR: 10 % of 1000.00 CV matched between your legs, left 1000.00 CV and right 1200.00 CV; 100.00 EUR "
        "before the cap of 60.00 EUR, so that 600.04 CV is matched and the rest stays in your legs; 399.96 CV of the "
        "left leg and 599.96 CV of the right leg are carried forward"
    )
    assert miss == (
        "40.00 EUR not paid: 100.00 EUR is above the cap of 60.00 EUR; what was not matched for it stays in your legs"
    )


@pytest.mark.parametrize(
    ("rounding", "cap", "matched"),
    [("half_up", "0.03", 34), ("half_even", "0.03", 34), ("half_up", "0.02", 24), ("half_even", "0.02", 25)],
)
def test_a_carrying_cap_at_the_edges_of_rounding(rounding: str, cap: str, matched: int) -> None:
    """At 10 %, 0.25 CV round to 3 cents half up and to 2 half to even; 0.35 to 4 either way."""
    given_plan = plan_of(cap_per_period=cap, above_cap="carried").model_dump() | {"rounding": rounding}
    plan = Plan.model_validate(given_plan)
    assert legs(calculate(pair(100, 100), plan).carry)[0] == (matched, 0, 100 - matched)


def test_a_cap_of_zero_pays_nothing_and_carries_all_that_would_be_paid() -> None:
    """4 minor units of CV round to no money, so they are matched within the cap."""
    result = calculate(pair(100, 100), plan_of(cap_per_period="0", above_cap="carried"))
    assert line_of(result) == (100, 10, 0)
    assert legs(result.carry) == [(4, 0, 96)] * 2
    lost = calculate(pair(100, 100), plan_of(cap_per_period="0"))
    assert (line_of(lost), legs(lost.carry)) == ((100, 10, 0), [(100, 0, 0)] * 2)


def test_above_the_cap_whole_cycles_are_carried() -> None:
    """Three cycles of 10.00, of which the cap of 25.00 pays two: the first two, whose roles are 500:400 and 300:300."""
    company, plan = pair(50_000, 40_000), plan_of(**EACH, cap_per_period="25", above_cap="carried")
    result = calculate(company, plan)
    assert line_of(result) == (30_000, 3_000, 2_000)
    assert legs(result.carry) == [(40_000, 0, 10_000), (20_000, 0, 20_000)]
    assert (result.misses.needed.tolist(), result.misses.actual.tolist()) == ([3_000], [2_000])
    assert lack_of(plan, result, 0).gap == 10
    assert (
        "30.00 EUR before the cap of 25.00 EUR, so that 2 of the 3 cycles are paid and the rest stays"
        in told(company, plan, result)[0]
    )


def test_an_inactive_position_loses_no_more_than_the_cap_would_pay() -> None:
    company = pair(100_000, 100_000, active=[False, True, True])
    result = calculate(company, plan_of(cap_per_period="60", above_cap="carried"))
    assert (result.misses.forgone.tolist(), result.misses.breakage.tolist()) == ([6_000], [6_000])
    assert legs(result.carry) == [(0, 60_004, 39_996)] * 2


@pytest.mark.parametrize(("title", "paid"), [(0, 1_000), (1, 2_000), (2, 0), (-1, 0)])
def test_a_cap_by_title(title: int, paid: int) -> None:
    """The pay rank is High in all of them; the third title is none of the plan's."""
    company = pair(60_000, 60_000, title=[title, -1, -1], titles=("Low", "High", "Retired"))
    plan = plan_of(RANKS, cap_per_period={"Low": "10", "High": "20"}, cap_by="title")
    result = calculate(company, plan)
    assert line_of(result) == (60_000, 6_000, paid)
    whose = {0: "title Low", 1: "title High"}.get(title, "people without a known title")
    assert f"60.00 EUR before the cap of {paid // 100}.00 EUR for {whose}" in told(company, plan, result)[0]
    by_rank = calculate(company, plan_of(RANKS, cap_per_period={"Low": "10", "High": "20"}))
    assert line_of(by_rank) == (60_000, 6_000, 2_000)


# ------------------------------------------------------------------------------------------------- all of them together


@examples
@given(company=companies, plan=binary_plans())
def test_every_leg_is_conserved_and_no_cap_is_passed(company: Snapshot, plan: Plan) -> None:
    (bonus,) = plan.bonuses
    assert bonus.type == "binary"
    result = calculate(company, plan)
    carry, active = result.carry, result.ranks.active
    for leg in ("left", "right"):
        came, new, matched, flushed, out = (
            getattr(carry, f"{leg}_{name}") for name in ("in", "new", "matched", "flushed", "out")
        )
        assert np.array_equal(came + new, matched + flushed + out)
        assert (matched >= 0).all()
        assert (flushed >= 0).all()
        assert not matched[~active].any()
        if bonus.cap_per_day is None:  # else what was matched on one day may come back on a later one
            assert np.array_equal(out[out < 0], (came + new)[out < 0]), "a debt is what it was"
        if bonus.carry == "full_flush":
            assert (out <= 0).all()
        if bonus.flush_inactive:
            assert (out[~active] <= 0).all()
    if bonus.method != "cycles":
        assert np.array_equal(carry.left_matched, carry.right_matched)
    assert (result.lines.amount <= result.lines.raw).all()
    assert not result.lines.amount[~active[result.lines.earner]].any()
    capped = np.isin(result.misses.reason, [Reason.CAPPED, Reason.CAPPED_OWNER, Reason.CAPPED_DAY])
    assert result.totals.bonuses[0].capped == int(result.misses.forgone[capped].sum())


@examples
@given(company=companies, plan=binary_plans())
def test_all_of_it_is_told_in_words(company: Snapshot, plan: Plan) -> None:
    result = calculate(company, plan)
    nearest = nearest_sales(company, plan, result)
    for row in range(len(result.lines)):
        assert plan.currency in explain_line(company, plan, result, row, NAMES)
    for row in range(len(result.misses)):
        assert plan.currency in explain_miss(company, plan, result, row, NAMES)
        assert lack_of(plan, result, row).gap
    spoken = {*result.lines.earner.tolist(), *result.misses.person.tolist()}
    for person in range(len(company.people)):
        said = why_nothing(company, plan, result, person, nearest)
        assert said or person in spoken
        assert all(because_words(one) for one in said)


@examples
@given(company=companies, plan=binary_plans(), cores=st.integers(2, 5))
def test_any_number_of_cores_gives_the_same_bytes(company: Snapshot, plan: Plan, cores: int) -> None:
    assert calculate(company, plan, cores).digest() == calculate(company, plan, 1).digest()


@examples
@given(company=companies, plan=binary_plans())
def test_lines_are_their_share_rounded_once(company: Snapshot, plan: Plan) -> None:
    (bonus,) = plan.bonuses
    assert bonus.type == "binary"
    result = calculate(company, plan)
    for row in range(len(result.lines)):
        by = int(result.lines.raw[row]) - exact_share(plan, result, row)
        assert abs(by) <= Fraction(1, 2) + Fraction(1, 10**8)
        if bonus.pays is not None:
            assert by == 0


# ---------------------------------------------------------------------------------------------------------------- days


def by_days(*sold: tuple[int, int, int]) -> Snapshot:
    """0 above 1 and 2, who sell so much on a day of five."""
    company = pair(0, 0)
    rows = [(who, cv, day) for day, *legs in sold for who, cv in enumerate(legs, start=1) if cv]
    seller, cv, day = (list(column) for column in zip(*rows, strict=True))
    orders = type(company.orders).of(seller=seller, buyer=seller, pv=cv, cv=cv, seq=list(range(len(rows))), day=day)
    return replace(company, orders=orders, days=5, first_day=date(2026, 3, 1))


FOUR = ((1, 15_000, 0), (2, 0, 5_000), (4, 10_000, 25_000))
"""The example of docs/plans.md, where a cap of 10.00 a day pays 5.00 on the 2nd and 10.00 on the 4th."""


def test_a_cap_of_a_day_is_told_with_the_days_above_it() -> None:
    company, plan = by_days(*FOUR), plan_of(cap_per_day="10")
    result = calculate(company, plan)
    assert line_of(result) == (25_000, 2_500, 1_500)
    assert legs(result.carry) == [(25_000, 0, 0), (25_000, 0, 5_000)]
    assert told(company, plan, result)[:2] == [
        (
            "15.00 EUR: 10 % of 250.00 CV matched between your legs, left 250.00 CV and right 300.00 CV, day by day; "
            "25.00 EUR before the cap of 10.00 EUR a day, which 1 day was above: 2026-03-04 with 20.00 EUR; "
            "50.00 CV of the right leg is carried forward"
        ),
        (
            "10.00 EUR not paid: the cap of 10.00 EUR a day leaves 15.00 EUR of 25.00 EUR, which 1 day was above: "
            "2026-03-04 with 20.00 EUR; it is lost"
        ),
    ]


def test_what_a_day_does_not_pay_is_matched_on_the_next_where_it_is_carried() -> None:
    company, plan = by_days(*FOUR), plan_of(cap_per_day="10", above_cap="carried")
    result = calculate(company, plan)
    assert line_of(result) == (25_000, 2_500, 2_500)
    assert len(result.misses) == 0
    short = replace(company, days=4)
    result = calculate(short, plan)
    assert line_of(result) == (25_000, 2_500, 1_500)
    assert told(short, plan, result)[1] == (
        "10.00 EUR not paid: the cap of 10.00 EUR a day leaves 15.00 EUR of 25.00 EUR, which 1 day was above: "
        "2026-03-04 with 20.00 EUR; what was not matched for it stays in your legs"
    )


def test_by_volume_ratio_a_day_is_told_with_its_own_ratio() -> None:
    """On the 2nd 50 x 50 / 150, on the 4th 200 x 200 / 250: 1.67 and, of 16.00, 10.00."""
    company, plan = by_days(*FOUR), plan_of(method="volume_ratio", cap_per_day="10")
    result = calculate(company, plan)
    assert line_of(result) == (17_666, 1_767, 1_167)
    assert legs(result.carry) == [(25_000, 0, 0), (25_000, 0, 5_000)]
    assert exact_share(plan, result, 0) == 1_767
    assert told(company, plan, result)[:2] == [
        (
            "11.67 EUR: 10 % of 176.66 CV, the 250.00 CV matched between your legs, each day in the ratio of its own "
            "legs and rounded by itself, left 250.00 CV and right 300.00 CV, day by day; 17.67 EUR before the cap of "
            "10.00 EUR a day, which 1 day was above: 2026-03-04 with 16.00 EUR; 50.00 CV of the right leg is carried "
            "forward"
        ),
        (
            "6.00 EUR not paid: the cap of 10.00 EUR a day leaves 11.67 EUR of 17.67 EUR, which 1 day was above: "
            "2026-03-04 with 16.00 EUR; it is lost"
        ),
    ]


def test_a_company_of_many_days_costs_the_orders_and_not_the_days() -> None:
    """Days without orders on which nothing is left to match are not looked at; the last ones of ten thousand are."""
    company = replace(by_days((1, 99_999, 99_999)), days=10_000)
    result = calculate(company, plan_of(cap_per_day="0.5", above_cap="carried"))
    assert result.lines.amount.tolist() == [10_000]

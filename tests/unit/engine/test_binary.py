"""Binary rules one by one."""

from typing import Any

import pytest

from app.engine.calculate import calculate
from app.engine.models import Reason, Snapshot
from app.engine.reasons import Names, explain_line, explain_miss
from app.plans.models import Plan
from tests.unit.engine.companies import snapshot

NAMES = Names(person=lambda ix: f"P{ix}", order=lambda row: f"O{row}")


def plan_of(ranks: list[dict[str, Any]] | None = None, **bonus: Any) -> Plan:
    """A plan with one binary bonus of 10 %."""
    return Plan.model_validate(
        {
            "name": "P",
            "version": "1",
            "currency": "EUR",
            "ranks": ranks or [{"name": "M"}],
            "bonuses": [{"type": "binary", "name": "Team", "rate": "10%"} | bonus],
        }
    )


def pair(left: int, right: int, **columns: Any) -> Snapshot:
    """0 with 1 on the left and 2 on the right, who buy for `left` and `right`."""
    orders = [(1, 1, left), (2, 2, right)]
    return snapshot(sponsor=[-1, 0, 0], parent=[-1, 0, 0], slot=[0, 1, 2], orders=orders, **columns)


def test_own_volume_counts_in_no_own_leg() -> None:
    company = snapshot(sponsor=[-1, 0], parent=[-1, 0], slot=[0, 1], orders=[(0, 0, 50_000), (1, 1, 10_000)])
    result = calculate(company, plan_of())
    assert (result.carry.left_new[0], result.carry.right_new[0]) == (10_000, 0)
    assert len(result.lines) == 0


def test_leg_follows_placement_not_sponsorship() -> None:
    """2 is sponsored by 1 but stands in the right leg of 0."""
    company = snapshot(sponsor=[-1, 0, 1], parent=[-1, 0, 0], slot=[0, 1, 2], orders=[(1, 1, 10_000), (2, 2, 10_000)])
    result = calculate(company, plan_of())
    assert (result.carry.left_new[0], result.carry.right_new[0]) == (10_000, 10_000)
    assert result.totals.by_person.tolist() == [[1000, 0, 0]]


def test_inactive_position_loses_the_weak_leg_unpaid() -> None:
    """Carry forward: even an ineligible person loses the weak leg, the strong one keeps the excess."""
    company, plan = pair(20_000, 50_000, active=[False, True, True]), plan_of()
    result = calculate(company, plan)
    carry = result.carry
    assert len(result.lines) == 0
    assert (carry.left_matched[0], carry.right_matched[0]) == (0, 0)
    assert (carry.left_flushed[0], carry.right_flushed[0]) == (20_000, 20_000)
    assert (carry.left_out[0], carry.right_out[0]) == (0, 30_000)
    assert (result.misses.forgone.tolist(), result.misses.breakage.tolist()) == ([2000], [2000])
    assert explain_miss(company, plan, result, 0, NAMES) == (
        "20.00 EUR not paid: 200.00 CV matched in both legs is lost because your status was not active"
    )


def test_cap_pays_no_more_and_the_excess_is_lost_not_carried() -> None:
    company, plan = pair(100_000, 100_000), plan_of(cap_per_period="60")
    result = calculate(company, plan)
    assert (result.lines.raw.tolist(), result.lines.amount.tolist()) == ([10_000], [6_000])
    assert (result.carry.left_out[0], result.carry.right_out[0]) == (0, 0)
    assert result.misses.reason.tolist() == [Reason.CAPPED]
    assert (result.misses.needed.tolist(), result.misses.actual.tolist()) == ([10_000], [6_000])
    assert (result.totals.bonuses[0].capped, result.totals.breakage) == (4_000, 4_000)
    assert explain_line(company, plan, result, 0, NAMES).startswith("60.00 EUR: 10 % of 1000.00 CV matched")
    assert "100.00 EUR before the cap of 60.00 EUR" in explain_line(company, plan, result, 0, NAMES)
    assert explain_miss(company, plan, result, 0, NAMES) == (
        "40.00 EUR not paid: 100.00 EUR is above the cap of 60.00 EUR; it is lost"
    )


@pytest.mark.parametrize(("group", "expected"), [(60_000, 2_000), (20_000, 1_000), (4_000, 0)])
def test_cap_by_rank_and_nothing_without_a_rank(group: int, expected: int) -> None:
    ranks = [{"name": "Low", "requires": {"group_pv": 300}}, {"name": "High", "requires": {"group_pv": 1000}}]
    company = pair(group, group)
    result = calculate(company, plan_of(ranks, cap_per_period={"Low": "10", "High": "20"}))
    assert result.totals.by_person[0, 0] == expected
    assert int(result.lines.raw[0]) == group // 10


def test_one_empty_leg_pays_nothing_and_says_what_waits() -> None:
    company, plan = pair(0, 30_000), plan_of()
    result = calculate(company, plan)
    assert len(result.lines) == 0
    assert result.misses.reason.tolist() == [Reason.WEAK_LEG_EMPTY]
    assert (result.misses.forgone.tolist(), result.misses.breakage.tolist()) == ([3_000], [0])
    assert explain_miss(company, plan, result, 0, NAMES) == (
        "Nothing matched: your left leg has 0.00 CV. 300.00 CV waits in your right leg for the next period; "
        "as much in the left leg would pay 30.00 EUR"
    )


def test_negative_leg_counts_as_zero_and_is_carried() -> None:
    """A return after the carry was used: the leg owes, and next period's volume fills the hole first."""
    result = calculate(pair(-5_000, 30_000, carry_left=[2_000, 0, 0]), plan_of())
    assert len(result.lines) == 0
    assert (result.carry.left_out[0], result.carry.right_out[0]) == (-3_000, 30_000)
    after = calculate(pair(10_000, 0, carry_left=[-3_000, 0, 0], carry_right=[30_000, 0, 0]), plan_of())
    assert after.lines.base.tolist() == [7_000]


def test_carry_in_without_any_child_or_order_stays() -> None:
    company = snapshot(sponsor=[-1, -1], carry_left=[700, 0], carry_right=[0, 300])
    carry = calculate(company, plan_of()).carry
    assert (carry.left_out.tolist(), carry.right_out.tolist()) == ([700, 0], [0, 300])


def test_plan_without_binary_bonus_hands_carry_through() -> None:
    plan = Plan.model_validate(
        {
            "name": "P",
            "version": "1",
            "currency": "EUR",
            "ranks": [{"name": "M"}],
            "bonuses": [{"type": "unilevel", "name": "L", "levels_by_rank": {"M": ["5%"]}}],
        }
    )
    carry = calculate(pair(10_000, 10_000, carry_left=[500, 0, 0]), plan).carry
    assert carry.left_out.tolist() == [500, 0, 0]
    assert not carry.left_new.any()

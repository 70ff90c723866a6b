"""Engine and oracle agree line by line and to the cent, whatever the company and the plan."""

import os
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.amounts import MAX_MINOR
from app.engine.models import Orders, People, Snapshot
from app.errors import BanyanError
from app.plans.models import Plan
from tests.unit.oracle.both import Both, next_period, plan_of, run_both
from tests.unit.oracle.hybrids import CARRY, CYCLES, STAIRS
from tests.unit.oracle.ugly import Amounts, cases_of_every_kind

_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)
PROFILES = {
    "ci": settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=_SLOW),
    "nightly": settings(max_examples=5_000, deadline=None, suppress_health_check=_SLOW),
}
"""The same examples on every commit; more and others at night: BANYAN_TEST_PROFILE=nightly."""

PROFILE = PROFILES[os.environ.get("BANYAN_TEST_PROFILE", "ci")]


LARGEST = Amounts(st.sampled_from((MAX_MINOR, MAX_MINOR - 1, MAX_MINOR // 3, 1)), st.integers(0, 2**60))


@PROFILE
@given(case=cases_of_every_kind(3))
def test_three_periods_with_their_carry(case: tuple[Plan, list[Snapshot]]) -> None:
    plan, (first, *rest) = case
    both = run_both(first, plan)
    both.assert_equal()
    for snapshot in rest:
        both = run_both(next_period(snapshot, both), plan)
        both.assert_equal()


@settings(PROFILE, max_examples=PROFILE.max_examples // 3)
@given(case=cases_of_every_kind(1, LARGEST))
def test_the_largest_amounts_are_paid_exactly_or_refused(case: tuple[Plan, list[Snapshot]]) -> None:
    plan, (snapshot,) = case
    try:
        both = run_both(snapshot, plan)
    except BanyanError:
        return
    both.assert_equal()


@pytest.mark.parametrize("hybrid", [CARRY, CYCLES, STAIRS], ids=lambda hybrid: str(hybrid["name"]))
def test_a_company_of_two_thousand_over_three_periods(hybrid: dict[str, Any]) -> None:
    plan = Plan.model_validate(hybrid)
    rng = np.random.default_rng(20_260_301)
    people = company(rng, 2_000, plan)
    seen = list[Both]()
    for _ in range(3):
        snapshot = Snapshot(people=people, orders=orders(rng, 2_000, 3_000), titles=plan.rank_names, days=DAYS)
        seen.append(run_both(next_period(snapshot, seen[-1]) if seen else snapshot, plan))
        seen[-1].assert_equal()
    assert_it_was_worth_it(seen[-1], plan)


DAYS = 5
CAPS = {"CAPPED": "cap_per_period", "CAPPED_DAY": "cap_per_day", "CAPPED_OWNER": "aggregate_cap"}
INACTIVE = {"INACTIVE_STATUS", "INACTIVE_VOLUME"}
REASONS = {
    "unilevel": {"RANK_DEPTH"},
    "matrix": {"RANK_DEPTH"},
    "binary": {"WEAK_LEG_EMPTY"},
    "differential": set[str](),
    "breakaway": {"RANK_DEPTH"},
    "leadership": set[str](),
    "retail_margin": set[str](),
}


def assert_it_was_worth_it(last: Both, plan: Plan) -> None:
    """Every rank, every reason, lines and misses of every bonus occur, and so do caps, compression, overrides and lost
    volume where the plan has them: the comparison compared something."""
    pay = last.oracle
    assert set(pay.paid_as) >= set(range(len(plan.ranks)))
    assert any(line.base < 0 for line in pay.lines)
    assert any(left.flushed or right.flushed for left, right in pay.carry)
    assert any(left.came_in for left, _ in pay.carry) or plan.name == STAIRS["name"]  # which flushes all
    for index, bonus in enumerate(plan_of(plan)["bonuses"]):
        lines = [line for line in pay.lines if line.bonus == index]
        reasons = {miss.reason for miss in pay.misses if miss.bonus == index}
        assert reasons & INACTIVE
        assert reasons - INACTIVE - CAPS.keys() == REASONS[bonus["type"]]
        assert len({line.rate for line in lines}) >= (1 if isinstance(bonus.get("rate"), str) else 2)
        assert reasons & CAPS.keys() == {reason for reason, key in CAPS.items() if bonus.get(key) is not None}
        match bonus["type"]:
            case "unilevel":
                assert any(line.level > line.paid_level > 1 for line in lines)
            case "matrix":
                assert any(line.level > line.paid_level > 1 for line in lines)
                assert max(line.level for line in lines) == bonus["depth"] > max(line.paid_level for line in lines)
            case "differential":
                assert max(line.paid_level for line in lines) >= 3
            case "breakaway":
                assert {line.paid_level for line in lines} >= {0, 1, 2}
            case "leadership":
                assert {line.paid_level for line in lines} == {0, 1}
                assert any(0 < line.raw < line.amount for line in lines)


def company(rng: np.random.Generator, count: int, plan: Plan) -> People:
    """Random sponsors, a random binary tree of its own and a matrix of its own, some chains, a dozen roots; in each of
    the two every tenth stands nowhere."""
    sponsor = np.full(count, -1)
    names = rng.permutation(count)  # so that a sponsor's number may be higher than their people's
    for place in range(12, count):
        low = place - 1 if place % 5 == 0 else 0
        sponsor[names[place]] = names[rng.integers(low, place)]
    parent, slot = places(rng, count, (1, 2))
    matrix_parent, matrix_slot = places(rng, count, (1, 2, 3))
    active = rng.random(count) < 0.85
    return People(
        sponsor=sponsor,
        parent=parent,
        slot=slot,
        active=active,
        passed_over=~active & (rng.random(count) < 0.4),
        title=rng.integers(-1, len(plan.ranks), count, dtype=np.int16),
        carry_left=np.zeros(count, dtype=np.int64),
        carry_right=np.zeros(count, dtype=np.int64),
        owner=np.arange(count, dtype=np.int32) // 3 * 3,
        matrix_parent=matrix_parent,
        matrix_slot=matrix_slot,
    )


def places(rng: np.random.Generator, count: int, slots: tuple[int, ...]) -> tuple[Any, Any]:
    """A random tree with those slots below each."""
    parent, slot = np.full(count, -1), np.zeros(count, dtype=np.int8)
    others = rng.permutation(count)
    open_slots = [(int(others[0]), each) for each in slots]
    for place in range(1, count):
        ix = int(others[place])
        if place % 10 != 0:
            at = len(open_slots) - 1 if place % 3 == 0 else int(rng.integers(len(open_slots)))
            parent[ix], slot[ix] = open_slots.pop(at)
            open_slots += [(ix, each) for each in slots]
    return parent, slot


def orders(rng: np.random.Generator, people: int, count: int) -> Orders:
    """Own and customers' orders, one in twenty a return, of a few people many."""
    seller = (people * rng.random(count) ** 1.5).astype(np.int64)
    pv = rng.integers(0, 20_000, count) * np.where(rng.random(count) < 0.05, -1, 1)
    return Orders(
        seller=seller,
        buyer=np.where(rng.random(count) < 0.5, seller, -1),
        pv=pv,
        cv=pv * rng.integers(50, 101, count) // 100,
        seq=rng.permutation(count) + 1_000,
        day=rng.integers(1, DAYS + 1, count, dtype=np.int16),
    )

"""Engine and oracle agree line by line and to the cent, whatever the company and the plan."""

import os

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.amounts import MAX_MINOR
from app.engine.models import Orders, People, Reason, Snapshot
from app.errors import BanyanError
from app.plans.models import Plan
from tests.unit.oracle.both import Both, next_period, run_both
from tests.unit.oracle.ugly import cases

_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)
PROFILES = {
    "ci": settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=_SLOW),
    "nightly": settings(max_examples=5_000, deadline=None, suppress_health_check=_SLOW),
}
"""The same examples on every commit; more and others at night: BANYAN_TEST_PROFILE=nightly."""

PROFILE = PROFILES[os.environ.get("BANYAN_TEST_PROFILE", "ci")]


@PROFILE
@given(case=cases(3))
def test_three_periods_with_their_carry(case: tuple[Plan, list[Snapshot]]) -> None:
    plan, (first, *rest) = case
    both = run_both(first, plan)
    both.assert_equal()
    for snapshot in rest:
        both = run_both(next_period(snapshot, both.oracle.carry), plan)
        both.assert_equal()


@settings(PROFILE, max_examples=PROFILE.max_examples // 3)
@given(
    case=cases(1, volumes=st.sampled_from((MAX_MINOR, MAX_MINOR - 1, MAX_MINOR // 3, 1)), carries=st.integers(0, 2**60))
)
def test_the_largest_amounts_are_paid_exactly_or_refused(case: tuple[Plan, list[Snapshot]]) -> None:
    plan, (snapshot,) = case
    try:
        both = run_both(snapshot, plan)
    except BanyanError:
        return
    both.assert_equal()


def test_a_company_of_two_thousand_over_three_periods() -> None:
    plan = Plan.model_validate(HYBRID)
    rng = np.random.default_rng(20_260_301)
    people = company(rng, 2_000, plan)
    carry = None
    seen = list[Both]()
    for _ in range(3):
        snapshot = Snapshot(people=people, orders=orders(rng, 2_000, 3_000), titles=plan.rank_names)
        seen.append(run_both(snapshot if carry is None else next_period(snapshot, carry), plan))
        seen[-1].assert_equal()
        carry = seen[-1].oracle.carry
    assert_it_was_worth_it(seen, plan)


HYBRID = {
    "name": "Hybrid",
    "version": "1",
    "currency": "EUR",
    "activity": {"personal_pv": "20"},
    "ranks": [
        {"name": "Member"},
        {"name": "Silver", "requires": {"active": True, "customer_pv": "30", "personally_sponsored_active": 1}},
        {"name": "Gold", "requires": {"active": True, "group_pv": "900", "active_legs": 2}},
        {"name": "Diamond", "requires": {"active_legs": 3, "legs_with_rank": {"rank": "Gold", "count": 2}}},
    ],
    "bonuses": [
        {
            "type": "unilevel",
            "name": "Level bonus",
            "multiplier": "80%",
            "compression": "standard",
            "levels_by_rank": {
                "Member": ("5%",),
                "Silver": ("5%", "5%"),
                "Gold": ("6%", "5%", "4%"),
                "Diamond": ("8%", "6%", "4%", "3.33%", "2%"),
            },
        },
        {
            "type": "binary",
            "name": "Team bonus",
            "rate": "10%",
            "multiplier": "80%",
            "cap_per_period": {"Member": "100", "Silver": "200", "Gold": "500", "Diamond": "1000"},
        },
    ],
}


def assert_it_was_worth_it(seen: list[Both], plan: Plan) -> None:
    """Every rank, every reason, compression, caps and lost volume occur: the comparison compared something."""
    last = seen[-1]
    assert set(last.oracle.paid_as) >= set(range(len(plan.ranks)))
    without_gates = {reason.name for reason in Reason if not reason.name.startswith("GATE_")}
    assert {miss.reason for miss in last.oracle.misses} == without_gates
    assert any(line.level > line.paid_level > 1 for line in last.oracle.lines)
    assert any(line.amount < line.raw for line in last.oracle.lines)
    assert any(line.base < 0 for line in last.oracle.lines)
    assert any(left.flushed and right.flushed for left, right in last.oracle.carry)
    assert any(left.came_in for left, _ in last.oracle.carry)


def company(rng: np.random.Generator, count: int, plan: Plan) -> People:
    """Random sponsors and a random binary tree of its own, some chains, a dozen roots, every tenth stands nowhere."""
    sponsor, parent, slot = np.full(count, -1), np.full(count, -1), np.zeros(count, dtype=np.int8)
    names = rng.permutation(count)  # so that a sponsor's number may be higher than their people's
    for place in range(12, count):
        low = place - 1 if place % 5 == 0 else 0
        sponsor[names[place]] = names[rng.integers(low, place)]
    others = rng.permutation(count)
    open_slots = [(int(others[0]), 1), (int(others[0]), 2)]
    for place in range(1, count):
        ix = int(others[place])
        if place % 10 != 0:
            at = len(open_slots) - 1 if place % 3 == 0 else int(rng.integers(len(open_slots)))
            parent[ix], slot[ix] = open_slots.pop(at)
            open_slots += [(ix, 1), (ix, 2)]
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
    )


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
    )

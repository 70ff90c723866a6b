"""Engine and oracle agree on all that ranks may ask, and on gates, in a company large enough that all of it happens."""

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.engine.models import Orders, PastPeriod, People, Reason, Snapshot
from app.plans.models import Plan
from tests.oracle import ranks
from tests.oracle.company import Company
from tests.oracle.gates import kept_out
from tests.unit.oracle.both import orders_of, people_of, plan_of, run_both
from tests.unit.oracle.test_engine_equals_oracle import DAYS, PROFILE, company, orders
from tests.unit.oracle.ugly import COMMON, FEW_CYCLES, periods
from tests.unit.oracle.ugly_plans import is_slow, plan_data, width_of

LEADER = [{"rank": "Silver", "count": 2}, {"rank": "Gold", "count": 1}]
PLAN = {
    "name": "Asks for everything",
    "version": "1",
    "currency": "EUR",
    "activity": {"personal_pv": "20"},
    "ranks": [
        {"name": "Member"},
        {
            "name": "Silver",
            "requires": {"personally_sponsored": 1, "volume_within_levels": {"levels": 2, "pv": "400"}},
            "maintain": {"personal_pv": "50"},
        },
        {
            "name": "Gold",
            "requires": {"active": True, "legs_with_volume": {"pv": "300", "count": 2}},
            "maintain": {"personally_sponsored_with_rank": {"rank": "Silver", "count": 1}},
        },
        {
            "name": "Ruby",
            "requires": {"customers": 3, "window": {"met": 2, "of": 3}},
            "maintain": {"customers": 2, "active": True, "window": {"met": 3, "of": 4}},
        },
        {"name": "Emerald", "requires": {"weak_leg_pv": "900"}},
        {
            "name": "Diamond",
            "requires": {
                "group_pv": {"pv": "2000", "leg_cap": "40%", "of": "requirement"},
                "legs_with_rank": LEADER,
            },
            "maintain": {"group_pv": {"pv": "1500", "leg_cap": "33.3%", "of": "total"}},
        },
    ],
    "bonuses": [
        {
            "type": "unilevel",
            "name": "Level bonus",
            "compression": "standard",
            "levels_by_rank": {
                "Member": ("5%",),
                "Silver": ("5%", "5%"),
                "Gold": ("6%", "5%", "4%"),
                "Ruby": ("6%", "6%", "4%"),
                "Emerald": ("6%", "6%", "4%"),
                "Diamond": ("8%", "6%", "4%", "3.33%", "2%"),
            },
        },
        {"type": "binary", "name": "Team bonus", "rate": "10%"},
        {"type": "unilevel", "name": "Extra", "compression": "dynamic", "levels_by_rank": {"Member": ("1%", "1%")}},
    ],
    "gates": [
        {"type": "customer_share", "at_least": "30%", "bonuses": ["Level bonus"]},
        {"type": "majority_of_customers", "more_than": "45%"},
        {"type": "customer_pv", "at_least": "50", "bonuses": ["Team bonus", "Extra"]},
        {"type": "no_own_purchases", "bonuses": ["Extra", "Team bonus"]},
        {
            "type": "any_of",
            "gates": [{"type": "customers", "at_least": 2}, {"type": "customer_pv", "at_least": 250}],
            "bonuses": ["Level bonus"],
        },
    ],
}


def test_a_company_of_three_hundred() -> None:
    plan = Plan.model_validate(PLAN)
    rng = np.random.default_rng(20_260_401)
    snapshot = with_a_past(rng, company(rng, 300, plan), orders(rng, 300, 600), plan)
    both = run_both(snapshot, plan)
    both.assert_equal()
    found = both.oracle
    earned = [
        ranks.earned(Company(people_of(snapshot), orders_of(snapshot), plan_of(plan)), ix, found.paid_as)
        for ix in range(300)
    ]
    assert any(met > rank for met, rank in zip(found.met, earned, strict=True)), "met, and not often enough"
    assert any(met < rank for met, rank in zip(found.met, earned, strict=True)), "not met now, and often before"
    assert any(rank > own for rank, own in zip(found.paid_as, earned, strict=True)), "decided"
    assert set(found.paid_as) >= set(range(len(plan.ranks))), "every rank occurs"
    gates = {"GATE_CUSTOMER_PV", "GATE_CUSTOMER_SHARE", "GATE_MAJORITY", "GATE_CUSTOMERS"}
    assert {miss.reason for miss in found.misses} >= gates | {"INACTIVE_STATUS", "INACTIVE_VOLUME"}
    assert gates <= {reason.name for reason in Reason}
    assert all(len(set(values)) > 2 for values in found.measures.values()), "every measure differs between people"
    plain = Company(people_of(snapshot), orders_of(snapshot), plan_of(plan))
    for bonus in plain.plan["bonuses"]:
        assert {kept_out(plain, bonus, ix) is None for ix in plain.everybody} == {True, False}


def with_a_past(rng: np.random.Generator, people: People, sold: Orders, plan: Plan) -> Snapshot:
    """The company with highest ranks, decisions, three periods before, and a name for most customers."""
    count, most = len(people), len(plan.ranks)
    drawn = {
        name: rng.integers(-1, most, count, dtype=np.int16) for name in ("highest", "decided", "now", "then", "once")
    }
    decided = np.where(rng.random(count) < 0.05, drawn["decided"], -1)
    customer = np.where(
        (sold.buyer < 0) & (rng.random(len(sold)) < 0.9), sold.seller * 5 + rng.integers(0, 5, len(sold)), -1
    )
    past = tuple(PastPeriod(name, name, drawn[name]) for name in ("now", "then", "once"))
    people = replace(people, highest=drawn["highest"], decided=decided)
    return Snapshot(people, replace(sold, customer=customer), plan.rank_names, days=DAYS, past=past)


@PROFILE
@given(plan=plan_data(), data=st.data())
def test_any_ranks_and_gates_before_any_bonuses(plan: dict[str, Any], data: st.DataObject) -> None:
    names = [rank["name"] for rank in reversed(plan["ranks"])]
    titles = tuple(names if plan["pay_rank"] != "paid_as" else ["Retired", *names])
    (snapshot,) = data.draw(periods(1, titles, FEW_CYCLES if is_slow(plan) else COMMON, width_of(plan)))
    run_both(snapshot, Plan.model_validate(plan)).assert_equal()

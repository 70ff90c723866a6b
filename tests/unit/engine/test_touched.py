"""Ranks that follow orders step by step are those that everybody has who is ranked anew."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.columns import Int32s
from app.engine.forest import part_of
from app.engine.models import RANK_COLUMNS, Orders, PastPeriod, Ranks, Snapshot
from app.engine.ranking import rank_people, ranking_of
from app.engine.touched import Before, Sales, Touched, looks_at_legs, placement_sums, touched_by
from app.plans.loader import parse_plan
from app.plans.models import Plan
from tests.unit.engine.companies import random_snapshot, snapshot
from tests.unit.engine.test_properties import ALL_PLANS

EVERY_MEASURE = parse_plan("""
name: whatever ranks may look at
version: "1"
currency: EUR
activity: {personal_pv: 40}
pay_rank: higher
ranks:
  - name: Member
  - {name: Silver, requires: {active: true, personal_pv: 50}, maintain: {personal_pv: 10}}
  - name: Gold
    requires: {group_pv: {pv: 300, leg_cap: 40%, of: total}, legs_with_rank: {rank: Silver, count: 1}}
  - name: Platinum
    requires:
      volume_within_levels: {levels: 2, pv: 150}
      weak_leg_pv: 30
      personally_sponsored_with_rank: [{rank: Member, count: 1}, {rank: Silver, count: 1}]
    maintain: {customers: 1, window: {met: 1, of: 2}}
  - name: Diamond
    requires:
      group_pv: {pv: 400, leg_cap: 50%}
      legs_with_volume: {pv: 100, count: 1}
      personally_sponsored: 1
      personal_group_pv: 100
      legs_with_rank: [{rank: Silver, count: 2}, {rank: Gold, count: 1}]
bonuses:
  - type: breakaway
    name: Stairs
    breaks_away_at: Gold
    levels_by_rank: {Member: [5%]}
    override_by_rank: {Gold: 5%}
gates: [{type: majority_of_customers, more_than: 50%}, {type: customers, at_least: 2}]
""")
BY_TITLE = parse_plan(EVERY_MEASURE.canonical().replace('"pay_rank":"higher"', '"pay_rank":"title"'))

companies = st.builds(
    random_snapshot,
    people=st.integers(1, 60),
    orders=st.integers(1, 120),
    seed=st.integers(0, 10_000),
    recent=st.sampled_from([0.02, 0.3, 1.0]),
    inactive=st.sampled_from([0.0, 0.3, 0.8]),
)
plans = st.sampled_from([*ALL_PLANS, EVERY_MEASURE, EVERY_MEASURE, EVERY_MEASURE, BY_TITLE])


class Following:
    """Ranks that go on from order to order."""

    def __init__(self, company: Snapshot, plan: Plan) -> None:
        nothing = company.with_orders(first_rows(company.orders, 0))
        self.company, self.ranking = nothing, ranking_of(nothing, plan)
        found = rank_people(nothing, plan)
        self.ranks = replace(found, **{name: getattr(found, name).copy() for name in RANK_COLUMNS})
        self.in_legs = placement_sums(nothing, found) if looks_at_legs(self.ranking) else None

    def go_on(self, sales: Sales, known: int) -> Touched:
        touched = touched_by(self.company, self.ranking, Before(self.ranks, self.in_legs), sales, known)
        for name in RANK_COLUMNS:
            getattr(self.ranks, name)[..., touched.rows] = getattr(touched.ranks, name)
        if self.in_legs is not None:
            self.in_legs[touched.placed] = touched.in_legs
        return touched


def first_rows(orders: Orders, rows: int) -> Orders:
    return Orders(**{name: column[:rows] for name, column in orders.columns()})


def sales_of(orders: Orders, rows: int) -> Sales:
    return Sales(*(column[:rows] for column in (orders.seller, orders.buyer, orders.pv, orders.customer)))


def with_customers(company: Snapshot, seed: int) -> Snapshot:
    """Of customers' orders most are of somebody who is known, and there is a period before."""
    rng, orders = np.random.default_rng(seed), company.orders
    customer = np.where((orders.buyer < 0) & (rng.random(len(orders)) < 0.8), rng.integers(0, 5, len(orders)), -1)
    people = len(company.people)
    past = (PastPeriod("before", None, rng.integers(-1, len(company.titles), people).astype(np.int16)),)
    known = replace(company.people, highest=company.people.title)
    return Snapshot(known, replace(orders, customer=customer), company.titles, past=past)


def assert_same(found: Ranks, expected: Ranks) -> None:
    for name in RANK_COLUMNS:
        assert getattr(found, name).tolist() == getattr(expected, name).tolist(), name


@settings(max_examples=150, deadline=None, derandomize=True)
@given(company=companies, plan=plans, seed=st.integers(0, 1000), steps=st.integers(1, 6))
def test_ranks_that_follow_orders_are_those_of_all_orders(company: Snapshot, plan: Plan, seed: int, steps: int) -> None:
    company = with_customers(company, seed)
    following, known = Following(company, plan), 0
    ends = sorted(np.random.default_rng(seed).integers(0, len(company.orders) + 1, steps - 1).tolist())
    for end in (*ends, len(company.orders)):
        before = following.ranks.paid_as.copy()
        touched = following.go_on(sales_of(company.orders, end), known)
        known = end
        so_far = company.with_orders(first_rows(company.orders, end))
        expected = rank_people(so_far, plan)
        assert_same(following.ranks, expected)
        changed = np.flatnonzero(before != expected.paid_as)
        assert set(changed.tolist()) <= set(touched.rows.tolist())
        if following.in_legs is not None:
            assert following.in_legs.tolist() == placement_sums(so_far, expected).tolist()


def test_only_those_above_the_seller_are_touched() -> None:
    """0 sponsors 1 and 2, 1 sponsors 3 and 4, 5 stands alone."""
    company = snapshot(sponsor=[-1, 0, 0, 1, 1, -1], orders=[(3, 3, 1_000)])
    following = Following(company, ALL_PLANS[0])
    assert sorted(following.go_on(sales_of(company.orders, 1), 0).rows.tolist()) == [0, 1, 3]


def test_whoever_stands_above_in_the_placement_tree_is_touched_where_a_rank_looks_at_it() -> None:
    """1 and 2 are sponsored by 0; 2 is placed under 1, who gets a weak leg when 3, of nobody, is placed there too."""
    company = snapshot(sponsor=[-1, 0, 0, -1], parent=[-1, 0, 1, 1], slot=[0, 1, 1, 2], orders=[(3, 3, 1_000)])
    following = Following(with_customers(company, 1), EVERY_MEASURE)
    assert sorted(following.go_on(sales_of(company.orders, 1), 0).rows.tolist()) == [0, 1, 3]


@pytest.mark.parametrize("people", [[], [6], [3, 6, 3], [0]])
def test_a_part_of_a_forest(people: list[int]) -> None:
    """0 > 1 > 3, 4; 0 > 2; 4 > 5; 6 > 7."""
    company = snapshot(sponsor=[-1, 0, 0, 1, 1, 4, -1, 6])
    tree, some = company.sponsor_tree, np.array(people, dtype=np.int64)
    part = part_of(tree, some)
    inside = part.rows[: part.inside].tolist()
    above = {ix for ix in range(8) for one in people if ix in walk(tree.up, one)}
    assert sorted(inside) == sorted(above)
    below = [ix for ix in range(8) if ix not in above and int(tree.up[ix]) in above]
    assert part.rows[part.inside :].tolist() == below
    for number, row in enumerate(part.rows.tolist()):
        up = int(part.tree.up[number])
        if int(tree.up[row]) == tree.people:
            assert up == len(part.rows)
        else:
            assert part.rows[up] == tree.up[row]
            assert up < number, "parents come first"
        assert part.place[row] == number
    outside = set(range(9)) - set(part.rows.tolist())
    assert {int(part.place[ix]) for ix in outside} == {len(part.rows)}


def walk(up: Int32s, person: int) -> list[int]:
    way = []
    while person < len(up) - 1:
        way.append(person)
        person = int(up[person])
    return way

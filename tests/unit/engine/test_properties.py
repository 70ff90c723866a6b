"""What must hold for every company and every plan of the library, on seeded ugly companies."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.amounts import exact_from_minor, from_minor, to_minor
from app.engine.calculate import calculate
from app.engine.models import Carry, Orders, Result, Snapshot
from app.engine.reasons import Names, exact_share, explain_line, explain_miss, lack_of, path, skips
from app.plans.binary import Binary
from app.plans.loader import library, load_plan, parse_plan
from app.plans.models import Plan
from app.plans.unilevel import LevelBonus
from tests.unit.engine.companies import random_snapshot

NAMES = Names(person=lambda ix: f"P{ix}", order=lambda row: f"O{row}")

SMALL = (
    """
name: every rule at once
version: "1"
currency: EUR
rounding: half_even
activity: {personal_pv: 40}
pay_rank: higher
ranks:
  - name: Member
  - {name: Silver, requires: {active: true, personal_pv: 50}}
  - {name: Gold, requires: {group_pv: 300, legs_with_rank: {rank: Silver, count: 2}}}
  - {name: Platinum, requires: {active_legs: 3, legs_with_rank: {rank: Gold, count: 1}}}
  - {name: Diamond, requires: {customer_pv: 200, personally_sponsored_active: 2}}
bonuses:
  - {type: binary, name: Team, rate: 7%, multiplier: 33%, cap_per_period: 12}
  - type: unilevel
    name: Levels
    multiplier: 37%
    compression: %s
    levels_by_rank:
      Member: [5%%]
      Silver: [5%%, 3.5%%]
      Gold: [7%%, 0%%, 2.25%%]
      Diamond: [7%%, 4%%, 2.25%%, 1%%]
  - {type: unilevel, name: First, levels_by_rank: {Member: [1%%], Diamond: [2%%, 2%%]}}
  - type: matrix
    name: Matrix
    width: 3
    depth: 4
    compression: %s
    levels_by_rank: {Member: [5%%, 3.5%%], Gold: [7%%, 4%%, 2.25%%]}
""".replace("rate: 7%,", "rate: 7%%,")
    .replace("multiplier: 33%,", "multiplier: 33%%,")
    .replace("37%\n", "37%%\n")
)

PLANS = [parse_plan(SMALL % (compression, compression)) for compression in ("none", "standard", "dynamic")] + [
    load_plan(library()["sample"]),
    *(load_plan(library()[name]) for name in ("g14-binary", "g15-volume-ratio", "g19-cycles")),
]

UPWARD = parse_plan("""
name: what is left on the way up
version: "1"
currency: EUR
activity: {personal_pv: 40}
pay_rank: higher
ranks:
  - name: Member
  - {name: Silver, requires: {active: true, personal_pv: 50}}
  - {name: Gold, requires: {group_pv: 300}}
  - {name: Platinum, requires: {active_legs: 3}}
  - {name: Diamond, requires: {customer_pv: 200}}
bonuses:
  - type: differential
    name: Performance
    multiplier: 37%
    schedule: [{from: 0, rate: 1%}, {from: 150, rate: 4%}, {from: 900, rate: 7.5%}]
    minimum_override: 0.5%
  - type: differential
    name: Ranks
    rates_by_rank: {Silver: 5%, Gold: 10%, Diamond: 12%}
    own_purchases: false
    inactive: keep
  - {type: unilevel, name: First, levels_by_rank: {Member: [1%], Diamond: [2%, 2%]}}
  - type: breakaway
    name: Stairs
    breaks_away_at: Gold
    levels_by_rank: {Member: [5%], Silver: [5%, 0%, 3%], Diamond: [7%, 2%, 2.25%]}
    override_by_rank: {Gold: 5%, Diamond: 9%}
    minimum_override: 1%
  - {type: retail_margin, name: Margin, rate: 12.5%, multiplier: 37%}
payout: {minimum: 20}
""")
"""Every bonus whose lines depend on who else is paid."""

ALL_PLANS = [*PLANS, UPWARD]

companies = st.builds(
    random_snapshot,
    people=st.integers(1, 60),
    orders=st.integers(0, 80),
    seed=st.integers(0, 10_000),
    recent=st.sampled_from([0.02, 0.3, 1.0]),
    inactive=st.sampled_from([0.0, 0.3, 0.8]),
)
plans = st.sampled_from(ALL_PLANS)
level_and_leg_plans = st.sampled_from(PLANS)
examples = settings(max_examples=25, deadline=None)


@examples
@given(company=companies, plan=plans, seed=st.integers(0, 100))
def test_shuffled_order_rows_change_nothing_but_their_numbers(company: Snapshot, plan: Plan, seed: int) -> None:
    places = np.random.default_rng(seed).permutation(len(company.orders))
    orders = Orders(**{name: column[places] for name, column in company.orders.columns()})
    shuffled = Snapshot(company.people, orders, company.titles)
    one, two = calculate(company, plan), calculate(shuffled, plan)
    # Row k of the shuffled orders is row places[k] of the others; the last entry keeps -1 as it is.
    back = np.append(places, -1).astype(np.int32)
    assert replace(two.lines, order=back[two.lines.order]).digest() == one.lines.digest()
    assert replace(two.misses, order=back[two.misses.order]).digest() == one.misses.digest()
    assert (two.ranks.digest(), two.carry.digest()) == (one.ranks.digest(), one.carry.digest())


@examples
@given(company=companies, plan=plans)
def test_run_again_gives_the_same_bytes(company: Snapshot, plan: Plan) -> None:
    copy = Snapshot(company.people, company.orders, company.titles)
    assert copy.digest() == company.digest()
    assert calculate(copy, parse_plan(plan.canonical())).digest() == calculate(company, plan).digest()


@examples
@given(company=companies, plan=plans, cores=st.integers(2, 5))
def test_any_number_of_cores_gives_the_same_bytes(company: Snapshot, plan: Plan, cores: int) -> None:
    assert calculate(company, plan, cores).digest() == calculate(company, plan, 1).digest()


@examples
@given(company=companies, plan=level_and_leg_plans)
def test_carry_is_conserved_per_leg(company: Snapshot, plan: Plan) -> None:
    carry = calculate(company, plan).carry
    assert np.array_equal(carry.left_in + carry.left_new, carry.left_matched + carry.left_flushed + carry.left_out)
    assert np.array_equal(carry.right_in + carry.right_new, carry.right_matched + carry.right_flushed + carry.right_out)
    assert (carry.left_matched >= 0).all()
    assert (carry.right_matched >= 0).all()
    if not any(bonus.type == "binary" and bonus.method == "cycles" for bonus in plan.bonuses):
        # What makes no whole cycle is left in both.
        assert not ((carry.left_out > 0) & (carry.right_out > 0)).any()


@examples
@given(company=companies, plan=plans)
def test_lines_add_up_to_every_total(company: Snapshot, plan: Plan) -> None:
    result = calculate(company, plan)
    lines, totals = result.lines, result.totals
    assert totals.amount == sum(lines.amount.tolist()) == sum(bonus.amount for bonus in totals.bonuses)
    assert totals.breakage == sum(result.misses.breakage.tolist())
    for at, bonus in enumerate(totals.bonuses):
        own = lines.bonus == at
        assert bonus.raw - bonus.capped == bonus.amount == sum(lines.amount[own].tolist())
        assert bonus.lines == own.sum()
    for person in range(len(company.people)):
        assert totals.by_person[:, person].sum() == lines.amount[lines.earner == person].sum()


@examples
@given(company=companies, plan=plans)
def test_tables_are_sorted_and_no_row_appears_twice(company: Snapshot, plan: Plan) -> None:
    result = calculate(company, plan)
    seq = np.append(company.orders.seq, -1)
    for table, person in ((result.lines, result.lines.earner), (result.misses, result.misses.person)):
        keys = list(zip(person.tolist(), table.bonus.tolist(), seq[table.order].tolist(), strict=True))
        assert keys == sorted(set(keys))


@examples
@given(company=companies, plan=level_and_leg_plans)
def test_every_line_has_a_path_of_its_length_and_nobody_earns_from_their_own_purchase(
    company: Snapshot, plan: Plan
) -> None:
    result = calculate(company, plan)
    lines = result.lines
    for row in np.flatnonzero(lines.order >= 0).tolist():
        order, earner = int(lines.order[row]), int(lines.earner[row])
        bonus = plan.bonuses[int(lines.bonus[row])]
        assert isinstance(bonus, LevelBonus)
        walk = path(company, bonus, order, earner)
        own = int(company.orders.buyer[order]) >= 0
        assert len(walk) == lines.level[row] + own
        assert not own or earner != company.orders.buyer[order]
        assert result.ranks.active[earner]
        gone = skips(company, plan, result, row)
        assert lines.paid_level[row] == lines.level[row] - len(gone)
        assert [walk.index(skip.person) for skip in gone] == sorted({walk.index(skip.person) for skip in gone})
        for skip in gone:
            own_pv = company.orders.pv[company.orders.seller == skip.person].sum()
            assert {
                "passed_over": company.people.passed_over[skip.person],
                "rank_depth": bonus.compression == "dynamic" and result.ranks.active[skip.person],
                "inactive_status": not company.people.active[skip.person],
                "inactive_volume": plan.activity.personal_pv and own_pv < to_minor(plan.activity.personal_pv),
            }[skip.reason]


@examples
@given(company=companies, plan=level_and_leg_plans)
def test_every_line_is_its_exact_share_rounded_once(company: Snapshot, plan: Plan) -> None:
    result = calculate(company, plan)
    lines = result.lines
    for row in range(len(lines)):
        bonus, rank = plan.bonuses[int(lines.bonus[row])], plan.rank_names[int(lines.rank[row])]
        assert isinstance(bonus, LevelBonus | Binary)
        exact = exact_share(plan, result, row)
        rate = Fraction(int(lines.rate_num[row]), int(lines.rate_den[row]))
        if isinstance(bonus, LevelBonus):
            assert rate == Fraction(bonus.multiplier) * Fraction(bonus.rate(rank, int(lines.paid_level[row])))
        elif bonus.method == "volume_ratio":
            continue  # of a fraction that may have no end: see test_legs
        assert exact == int(lines.base[row]) * rate
        by = int(lines.raw[row]) - exact
        assert abs(by) <= Fraction(1, 2)
        if abs(by) == Fraction(1, 2):
            assert lines.raw[row] % 2 == 0 if plan.rounding == "half_even" else (by > 0) == (exact > 0)
        assert Fraction(exact_from_minor(exact)) * 100 == exact


@examples
@given(company=companies, plan=plans)
def test_every_miss_lacks_something(company: Snapshot, plan: Plan) -> None:
    """Looked up again in the columns that the engine was given or made, person by person."""
    result = calculate(company, plan)
    misses, ranks, carry = result.misses, result.ranks, result.carry
    for row in range(len(misses)):
        person, lack = int(misses.person[row]), lack_of(plan, result, row)
        match lack.unit:
            case "status":
                assert not company.people.active[person]
            case "PV":
                own_pv = int(company.orders.pv[company.orders.seller == person].sum())
                assert plan.activity.personal_pv is not None
                assert (lack.needed, lack.actual) == (plan.activity.personal_pv, from_minor(own_pv))
            case "rank":
                held = int(ranks.pay[person])
                assert lack.actual == (plan.rank_names[held] if held >= 0 else "no rank")
                assert lack.needed == plan.rank_names[held + int(lack.gap)]
            case "CV":
                leg = "left" if "left" in lack.requirement else "right"
                other = "right" if leg == "left" else "left"
                assert lack.actual == from_minor(available(carry, leg, person)) <= 0
                assert lack.needed == from_minor(available(carry, other, person)) > 0
            case "money":
                assert lack.gap == from_minor(misses.forgone[row])
        if not isinstance(lack.needed, str) and not isinstance(lack.actual, str):
            assert lack.gap == lack.needed - lack.actual > 0


def available(carry: Carry, leg: str, person: int) -> int:
    """Minor CV that there was to match."""
    return int(getattr(carry, f"{leg}_in")[person] + getattr(carry, f"{leg}_new")[person])


@examples
@given(company=companies, plan=plans)
def test_every_row_can_be_told_in_words(company: Snapshot, plan: Plan) -> None:
    result = calculate(company, plan)
    for row in range(len(result.lines)):
        assert plan.currency in explain_line(company, plan, result, row, NAMES)
    for row in range(len(result.misses)):
        assert plan.currency in explain_miss(company, plan, result, row, NAMES)


@examples
@given(company=companies, plan=st.sampled_from(PLANS[:3]))
def test_with_its_reversal_every_order_nets_to_zero(company: Snapshot, plan: Plan) -> None:
    """Reversing all orders flips each unilevel line, for the same ranks: pay by title and without a volume to be
    active.
    """
    fixed = Plan.model_validate(plan.model_dump() | {"pay_rank": "title", "activity": {}})
    orders = dict(company.orders.columns())
    reversed_orders = Orders(**(orders | {"pv": -orders["pv"], "cv": -orders["cv"]}))
    there = calculate(company, fixed)
    back = calculate(Snapshot(company.people, reversed_orders, company.titles), fixed)
    assert _by_line(there) == {key: -amount for key, amount in _by_line(back).items()}


def _by_line(result: Result) -> dict[tuple[int, int, int], int]:
    lines = result.lines
    rows = np.flatnonzero(lines.order >= 0)
    keys = zip(lines.earner[rows].tolist(), lines.bonus[rows].tolist(), lines.order[rows].tolist(), strict=True)
    return dict(zip(keys, lines.amount[rows].tolist(), strict=True))


@examples
@given(company=companies)
def test_without_compression_paid_plus_breakage_is_what_all_entitled_levels_would_pay(company: Snapshot) -> None:
    """Under one rank with rates everywhere, whoever takes one of the three levels is paid or missed."""
    plan = Plan.model_validate(
        {
            "name": "P",
            "version": "1",
            "currency": "EUR",
            "ranks": [{"name": "M"}],
            "bonuses": [{"type": "unilevel", "name": "L", "levels_by_rank": {"M": ["10%", "10%", "10%"]}}],
        }
    )
    result = calculate(company, plan)
    expected = 0
    for seller, buyer, cv in zip(company.orders.seller, company.orders.buyer, company.orders.cv, strict=True):
        person = int(seller) if buyer < 0 else int(company.people.sponsor[seller])
        levels = 3
        while person >= 0 and levels:
            if not company.people.passed_over[person]:
                expected += (1 if cv > 0 else -1) * ((abs(int(cv)) + 5) // 10)
                levels -= 1
            person = int(company.people.sponsor[person])
    assert result.totals.amount + result.totals.breakage == expected


def test_empty_company_pays_nothing() -> None:
    empty = random_snapshot(0, 0, 1)
    for plan in ALL_PLANS:
        result = calculate(empty, plan)
        assert (len(result.lines), len(result.misses), result.totals.amount) == (0, 0, 0)


def test_results_are_read_only() -> None:
    result = calculate(random_snapshot(30, 50, 1), PLANS[0])
    for table in (result.lines, result.misses, result.carry, result.balances):
        for name, column in table.columns():
            with pytest.raises(ValueError, match="read-only"):
                column[:1] = 0
            assert not column.flags.writeable, name
    assert not result.ranks.actuals.flags.writeable
    assert not result.totals.by_person.flags.writeable

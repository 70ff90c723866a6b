"""Gates: whoever fails one is to the bonus as if inactive, and own purchases may pay nobody."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from app.engine.because import nearest_sales, why_nothing
from app.engine.calculate import calculate
from app.engine.gates import active_in
from app.engine.models import Reason, Result, Snapshot
from app.engine.reasons import Names, Skip, explain_line, explain_miss, lack_of, skips
from app.plans.models import Plan
from app.runs.text import because_words
from tests.unit.engine.companies import snapshot
from tests.unit.engine.test_rank_rules import companies

NAMES = Names(person=lambda ix: f"P{ix}", order=lambda row: f"O{row}")

OWN_CUSTOMERS = {"type": "customer_pv", "at_least": 50}
SHARE = {"type": "customer_share", "at_least": "70%"}
MAJORITY = {"type": "majority_of_customers", "more_than": "50%"}
NO_OWN = {"type": "no_own_purchases"}
TEAM = {"type": "binary", "name": "Team", "rate": "10%"}
DIFFERENCE = {
    "type": "differential",
    "name": "Difference",
    "schedule": [{"from": 10, "rate": "6%"}, {"from": 300, "rate": "9%"}],
    "volume": "group_pv",
}
STAIRS = {
    "type": "breakaway",
    "name": "Stairs",
    "breaks_away_at": "Member",
    "levels_by_rank": {"Member": ["5%", "5%"]},
    "override_by_rank": {"Member": "5%"},
    "minimum_override": "1%",
}
MARGIN = {"type": "retail_margin", "name": "Margin", "rate": "20%", "of": "personal"}


def levels(name: str = "Levels", rates: tuple[str, ...] = ("10%", "10%", "10%"), **more: Any) -> dict[str, Any]:
    """A unilevel bonus for everybody."""
    return {"type": "unilevel", "name": name, "levels_by_rank": {"Member": list(rates)}, **more}


def plan_of(*gates: dict[str, Any], bonuses: Any = None, **more: Any) -> Plan:
    """A plan of one rank, which everybody has."""
    given = {"name": "P", "version": "1", "currency": "EUR", "ranks": [{"name": "Member"}], "gates": list(gates)}
    return Plan.model_validate(given | {"bonuses": bonuses or [levels()]} | more)


def paid(result: Result, bonus: int = 0) -> dict[tuple[int, int], int]:
    """(earner, order's row) to amount, of one bonus."""
    lines = result.lines
    rows = zip(lines.bonus, lines.earner, lines.order, lines.amount, strict=True)
    return {(int(earner), int(order)): int(amount) for at, earner, order, amount in rows if at == bonus}


def missed(result: Result) -> list[tuple[int, int, str, int, int, int, int]]:
    """Rows of (bonus, person, reason, needed, actual, forgone, breakage)."""
    names = ("bonus", "person", "reason", "needed", "actual", "forgone", "breakage")
    rows = zip(*(getattr(result.misses, name).tolist() for name in names), strict=True)
    return [(bonus, person, Reason(reason).name, *rest) for bonus, person, reason, *rest in rows]


@pytest.mark.parametrize(("customers", "own", "expected"), [(51, 49, 1_000), (40, 60, 0), (50, 50, 0)])
def test_g30_customers_must_buy_the_majority(customers: int, own: int, expected: int) -> None:
    """G30 [P] (https://behindmlm.com/mlm/vemmas-retail-comp-plan-the-new-mlm-benchmark): of a volume of 100 with 51 of
    customers the whole is paid on, with 40 nothing. [D]: 50 are no majority."""
    company = snapshot(sponsor=[-1, 0], orders=[(1, -1, customers * 100), (1, 1, own * 100)])
    result = calculate(company, plan_of(MAJORITY, bonuses=[levels(rates=("10%", "10%"))]))
    assert sum(amount for (earner, _), amount in paid(result).items() if earner == 0) == expected
    if not expected:
        assert result.totals.amount == 0
        assert {(row[2], row[3], row[4]) for row in missed(result)} == {("GATE_MAJORITY", 5_001, customers * 100)}


@pytest.mark.parametrize(("bought", "passes"), [(4_999, False), (5_000, True)])
def test_customers_must_buy_so_much(bought: int, passes: bool) -> None:
    company, plan = snapshot(sponsor=[-1, 0], orders=[(0, -1, bought), (1, 1, 10_000)]), plan_of(OWN_CUSTOMERS)
    result = calculate(company, plan)
    if passes:
        assert paid(result) == {(0, 0): 500, (0, 1): 1_000}
        assert missed(result) == []
        return
    assert paid(result) == {}
    assert missed(result) == [
        (0, 0, "GATE_CUSTOMER_PV", 5_000, 4_999, 500, 500),
        (0, 0, "GATE_CUSTOMER_PV", 5_000, 4_999, 1_000, 1_000),
    ]
    assert explain_miss(company, plan, result, 1, NAMES) == (
        "10.00 EUR not paid: 10 % of 100.00 CV from the order O1 of P1 on level 1, because your customers bought 49.99 "
        "of 50.00 PV, 0.01 short of what this bonus asks for"
    )
    lack = lack_of(plan, result, 1)
    assert (lack.requirement, str(lack.needed), str(lack.actual), str(lack.gap)) == (
        "customer PV",
        "50.00",
        "49.99",
        "0.01",
    )


@pytest.mark.parametrize(
    ("customers", "own", "needed"),
    [
        (7_000, 3_000, None),
        (6_999, 3_001, 7_000),
        (7_001, 3_001, 7_002),
        (0, 0, 1),
        (5_000, -6_000, 1),
        (70, -20, None),
    ],
)
def test_so_much_of_personal_volume_must_be_of_customers(customers: int, own: int, needed: int | None) -> None:
    """Of 100.02 they need 70.014, so 70.02. Without any volume nobody passes."""
    company = snapshot(sponsor=[-1, 0], orders=[(0, -1, customers), (0, 0, own), (1, 1, 10_000)])
    result = calculate(company, plan_of(SHARE))
    assert ((0, 2) in paid(result)) == (needed is None)
    told = {row[2:5] for row in missed(result) if row[1] == 0}
    assert told == (set() if needed is None else {("GATE_CUSTOMER_SHARE", needed, customers)})


def test_the_majority_is_of_everybody_below_and_counts_returns() -> None:
    """0 > 1 > 2: 2 returned more than it bought, so that 0 and 1 have 30 of 50 with, and 2 nothing above 0."""
    orders = [(0, 0, 1_000), (1, -1, 3_000), (2, 2, 2_000), (2, 2, -2_500), (2, -1, 100), (1, 1, 1_300)]
    company, plan = snapshot(sponsor=[-1, 0, 1], orders=orders), plan_of(MAJORITY)
    result = calculate(company, plan)
    assert result.ranks.actual("group_customer_pv").tolist() == [3_100, 3_100, 100]
    assert result.ranks.actual("group_pv").tolist() == [4_900, 3_900, -400]
    assert active_in(plan, result.ranks, 0).tolist() == [True, True, False]
    assert {(row[1], *row[2:5]) for row in missed(result)} == {(2, "GATE_MAJORITY", 1, 100)}
    row = result.misses.person.tolist().index(2)
    assert explain_miss(company, plan, result, row, NAMES).endswith("because your group PV is not above 0")
    assert lack_of(plan, result, row).gap == 0


def test_a_share_of_a_huge_volume_is_exact() -> None:
    """The share would leave 64 bits as one product; with one unit more of customers' PV they pass."""
    whole = 10**14 - 7
    needed = -(-whole * 66666667 // 10**8)
    for customers, passes in ((needed - 1, False), (needed, True)):
        company = snapshot(sponsor=[-1], orders=[(0, -1, customers, 100), (0, 0, whole - customers, 100)])
        result = calculate(company, plan_of({"type": "customer_share", "at_least": "0.66666667"}))
        assert (paid(result) != {}) == passes
        assert [row[3] for row in missed(result)] == ([] if passes else [needed])


def test_reasons_come_by_status_then_volume_then_gates_in_the_order_of_the_plan() -> None:
    """0 is not active, 1 has too little PV, 2 fails both gates, 3 the second alone; all below 4, each above a buyer."""
    sponsor = [4, 4, 4, 4, -1, 0, 1, 2, 3]
    orders = [
        (0, 0, 9_000),
        (1, 1, 100),
        (2, 2, 9_000),
        (3, -1, 6_000),
        (3, 3, 9_000),
        *((ix, ix, 9_000) for ix in range(5, 9)),
    ]
    company = snapshot(sponsor=sponsor, active=[False] + [True] * 8, orders=orders)
    more: dict[str, Any] = {"activity": {"personal_pv": 50}}
    one_level = [levels(rates=("10%",))]

    def reasons(*gates: dict[str, Any]) -> list[str]:
        rows = missed(calculate(company, plan_of(*gates, bonuses=one_level, **more)))
        return [next(row[2] for row in rows if row[1] == ix) for ix in range(4)]

    assert reasons(OWN_CUSTOMERS, SHARE) == [
        "INACTIVE_STATUS", "INACTIVE_VOLUME", "GATE_CUSTOMER_PV", "GATE_CUSTOMER_SHARE",
    ]  # fmt: skip
    assert reasons(SHARE, OWN_CUSTOMERS)[2] == "GATE_CUSTOMER_SHARE"


def test_a_gate_guards_the_bonuses_that_it_names() -> None:
    company = snapshot(sponsor=[-1, 0], orders=[(1, 1, 10_000)])
    plan = plan_of(
        OWN_CUSTOMERS | {"bonuses": ["Second"]}, bonuses=[levels("First"), levels("Second"), levels("Third")]
    )
    result = calculate(company, plan)
    assert [paid(result, bonus) for bonus in range(3)] == [{(0, 0): 1_000}, {}, {(0, 0): 1_000}]
    assert missed(result) == [(1, 0, "GATE_CUSTOMER_PV", 5_000, 0, 1_000, 1_000)]


def chain_with_one_shut_out() -> Snapshot:
    """3 buys; 2, 1 and 0 stand above, and 1 has no customers. Everybody else has enough."""
    return snapshot(sponsor=[-1, 0, 1, 2], orders=[(3, 3, 10_000), (0, -1, 5_000), (2, -1, 5_000)])


@pytest.mark.parametrize(
    ("compression", "levels_of_0", "breakage"),
    [("none", [1, 3, 3], 1_500), ("standard", [1, 2, 2], 0), ("dynamic", [1, 2, 2], 0)],
)
def test_who_is_shut_out_is_compressed_as_the_inactive_are(
    compression: str, levels_of_0: list[int], breakage: int
) -> None:
    company, plan = chain_with_one_shut_out(), plan_of(OWN_CUSTOMERS, bonuses=[levels(compression=compression)])
    result = calculate(company, plan)
    mine = result.lines.earner == 0
    assert sorted(result.lines.paid_level[mine].tolist()) == levels_of_0
    assert result.totals.breakage == breakage
    assert {row[1] for row in missed(result)} == {1}
    row = int(np.flatnonzero(mine & (result.lines.order == 0))[0])
    skipped = skips(company, plan, result, row)
    assert skipped == (() if compression == "none" else (Skip(1, "gate_customer_pv"),))
    if compression == "standard":
        assert "because P1 was" in explain_line(company, plan, result, row, NAMES)


def placed_company(**columns: Any) -> Snapshot:
    """1 and 2 stand left and right of 0, which alone has no customers in its own volume."""
    return snapshot(
        sponsor=[-1, 0, 0],
        parent=[-1, 0, 0],
        slot=[0, 1, 2],
        orders=[(1, 1, 20_000), (1, -1, 6_000), (2, -1, 9_000), (0, 0, 4_000)],
        **columns,
    )


def test_a_position_that_is_shut_out_loses_its_match() -> None:
    result = calculate(placed_company(), plan_of(OWN_CUSTOMERS, bonuses=[TEAM]))
    assert missed(result) == [(0, 0, "GATE_CUSTOMER_PV", 5_000, 0, 900, 900)]
    carry = result.carry
    assert (carry.left_flushed[0], carry.right_flushed[0], carry.left_out[0], carry.right_out[0]) == (
        9_000,
        9_000,
        17_000,
        0,
    )
    assert len(result.lines) == 0


def test_own_purchases_pay_nobody_and_bring_the_legs_nothing() -> None:
    company = placed_company(carry_left=[1_000, 0, 0])
    plan = plan_of(NO_OWN, bonuses=[levels("Levels", ("10%", "10%")), TEAM])
    result = calculate(company, plan)
    assert paid(result) == {(1, 1): 600, (0, 1): 600, (2, 2): 900, (0, 2): 900}
    assert (result.carry.left_new[0], result.carry.right_new[0]) == (6_000, 9_000)
    assert paid(result, 1) == {(0, -1): 700}
    assert len(result.misses) == 0
    assert result.ranks.actual("personal_pv").tolist() == [4_000, 26_000, 9_000], "ranks count them"
    assert (result.totals.cv, company.orders.cv.tolist()[0]) == (39_000, 20_000)
    only_levels = calculate(company, plan_of(NO_OWN | {"bonuses": ["Levels"]}, bonuses=[levels(), TEAM]))
    assert only_levels.carry.left_new[0] == 26_000


def test_a_rate_by_own_volume_counts_own_purchases() -> None:
    steps = [{"from": 40, "rate": "20%"}]
    team = {"type": "binary", "name": "Team", "rate": {"by": "personal_cv", "steps": steps}}
    result = calculate(placed_company(), plan_of(NO_OWN, bonuses=[team]))
    assert paid(result) == {(0, -1): 1_200}, "20 % of the 60.00 of customers, by 40.00 of their own"


def test_an_inactive_person_is_told_nothing_of_own_purchases() -> None:
    company = snapshot(sponsor=[-1, 0], active=[False, True], orders=[(1, 1, 10_000)])
    assert len(calculate(company, plan_of(NO_OWN)).misses) == 0


def test_ranks_know_of_no_gate() -> None:
    company = placed_company()
    ranks = {
        "ranks": [{"name": "Member"}, {"name": "Silver", "requires": {"active": True, "active_legs": 2}}],
        "bonuses": [levels()],
    }
    gated, plain = (calculate(company, plan_of(*gates, **ranks)) for gates in ((OWN_CUSTOMERS, SHARE, NO_OWN), ()))
    assert gated.ranks.digest() == plain.ranks.digest()
    assert gated.lines.digest() != plain.lines.digest()


def test_whoever_gets_neither_line_nor_miss_is_told_the_gate() -> None:
    company = snapshot(sponsor=[-1, 0], active=[True, False], orders=[(0, 0, 10_000)])
    plan = plan_of(SHARE | {"bonuses": ["Second"]}, bonuses=[levels("First"), levels("Second")])
    result = calculate(company, plan)
    nearest = nearest_sales(company, plan, result)
    told = [(one.bonus, because_words(one)) for one in why_nothing(company, plan, result, 0, nearest)]
    assert (1, "of your personal PV it asks for 70.00 from your customers, and they bought 0.00") in told
    assert not any(bonus == 0 and "asks for" in words for bonus, words in told)
    inactive = why_nothing(company, plan, result, 1, nearest)
    assert next(one.cause for one in inactive if one.bonus != 0) == "inactive_status"
    assert not any(one.cause.startswith("gate") for one in inactive)


@settings(max_examples=60, deadline=None)
@given(company=companies)
def test_a_gate_does_what_inactivity_would_do(company: Snapshot) -> None:
    """On ugly trees: the lines, carry and misses are those of a company in which whoever fails is not active; but for
    what the misses give as the reason."""
    for compression in ("none", "standard", "dynamic"):
        bonuses = [levels("Levels", ("7%", "5%", "3%"), compression=compression, multiplier="37%"), TEAM]
        bonuses += [DIFFERENCE, STAIRS, MARGIN]
        plan, plain = plan_of(OWN_CUSTOMERS, MAJORITY, bonuses=bonuses), plan_of(bonuses=bonuses)
        result = calculate(company, plan)
        active = active_in(plan, result.ranks, 0)
        other = Snapshot(replace(company.people, active=active), company.orders, company.titles)
        expected = calculate(other, plain)
        assert result.lines.digest() == expected.lines.digest()
        assert result.carry.digest() == expected.carry.digest()
        for name, column in result.misses.columns():
            if name not in ("reason", "needed", "actual"):
                assert column.tolist() == getattr(expected.misses, name).tolist()
        shut_out = company.people.active & ~active
        by_gate = np.isin(result.misses.reason, [Reason.GATE_CUSTOMER_PV, Reason.GATE_MAJORITY])
        of_inactivity = np.isin(expected.misses.reason, [Reason.INACTIVE_STATUS, Reason.INACTIVE_VOLUME])
        assert by_gate.tolist() == (of_inactivity & shut_out[result.misses.person]).tolist()


@settings(max_examples=40, deadline=None)
@given(company=companies)
def test_without_own_purchases_only_what_customers_bought_is_paid_on(company: Snapshot) -> None:
    bonuses = [levels(compression="standard"), TEAM, STAIRS, MARGIN]
    result = calculate(company, plan_of(NO_OWN, bonuses=bonuses))
    kept = np.flatnonzero(company.orders.buyer < 0)
    orders = replace(company.orders, **{name: column[kept] for name, column in company.orders.columns()})
    expected = calculate(Snapshot(company.people, orders, company.titles), plan_of(bonuses=bonuses))
    back = np.append(kept, -1).astype(np.int32)
    assert replace(expected.lines, order=back[expected.lines.order]).digest() == result.lines.digest()
    assert replace(expected.misses, order=back[expected.misses.order]).digest() == result.misses.digest()
    assert expected.carry.digest() == result.carry.digest()

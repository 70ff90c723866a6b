"""Totals that are rounded once: what their lines have of it, at any size, and how a line says so."""

from collections import defaultdict
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.calculate import calculate
from app.engine.errors import AmountOverflowError
from app.engine.models import Result, Snapshot
from app.engine.per_total import is_of_orders
from app.engine.reasons import Names, explain_line
from app.plans.loader import check_plan, library, load_plan
from app.plans.models import Plan
from tests.unit.engine.companies import snapshot
from tests.unit.engine.test_properties import ALL_PLANS, companies, examples
from tests.unit.oracle.test_rounding_by_hand import MARGIN

NAMES = Names(person=lambda ix: f"P{ix}", order=lambda row: f"O{row}")


def per_total(plan: Plan, **other: object) -> Plan:
    return Plan.model_validate(plan.model_dump() | {"rounded_per": "total"} | other)


@examples
@given(company=companies, plan=st.sampled_from(ALL_PLANS))
def test_totals_are_rounded_once_and_lines_are_off_by_less_than_a_cent(company: Snapshot, plan: Plan) -> None:
    result, by_line = calculate(company, per_total(plan)), calculate(company, plan)
    exact, given = defaultdict[tuple[int, int], Fraction](Fraction), defaultdict[tuple[int, int], int](int)
    for (bonus, earner), share, amount, raw in shares_of(result, plan):
        assert amount == raw
        assert abs(amount - share) < 1
        exact[bonus, earner] += share
        given[bonus, earner] += amount
    for key, share in exact.items():
        by = given[key] - share
        assert abs(by) <= Fraction(1, 2)
        if abs(by) == Fraction(1, 2):
            assert given[key] % 2 == 0 if plan.rounding == "half_even" else (by > 0) == (share > 0)
    assert result.misses.digest() == by_line.misses.digest()
    assert (result.ranks.digest(), result.carry.digest()) == (by_line.ranks.digest(), by_line.carry.digest())
    others = np.array([not is_of_orders(bonus) for bonus in plan.bonuses])
    assert np.array_equal(
        result.lines.amount[others[result.lines.bonus]], by_line.lines.amount[others[by_line.lines.bonus]]
    )


def shares_of(result: Result, plan: Plan) -> list[tuple[tuple[int, int], Fraction, int, int]]:
    """Bonus and earner, exact share, amount and raw of each line of an order."""
    lines = result.lines
    return [
        (
            (int(lines.bonus[row]), int(lines.earner[row])),
            Fraction(int(lines.base[row]) * int(lines.rate_num[row]), int(lines.rate_den[row])),
            int(lines.amount[row]),
            int(lines.raw[row]),
        )
        for row in range(len(lines))
        if is_of_orders(plan.bonuses[int(lines.bonus[row])])
    ]


@examples
@given(company=companies, plan=st.sampled_from(ALL_PLANS), cores=st.integers(2, 5))
def test_any_number_of_cores_gives_the_same_bytes(company: Snapshot, plan: Plan, cores: int) -> None:
    rounded = per_total(plan)
    assert calculate(company, rounded, cores).digest() == calculate(company, rounded, 1).digest()


def plan_of(*levels: str) -> Plan:
    bonus = {"type": "unilevel", "name": "Levels", "levels_by_rank": {"Member": levels}}
    said = {"name": "P", "version": "1", "currency": "EUR", "ranks": [{"name": "Member"}], "rounded_per": "total"}
    return Plan.model_validate(said | {"bonuses": [bonus if levels else MARGIN | {"name": "Margin"}]})


def test_a_line_says_what_it_has_because_of_its_total() -> None:
    """1.4, 0.3 and 0.9 cents are 2.6, so 3: the first has 2."""
    company, plan = snapshot(sponsor=[-1], orders=[(0, -1, 14), (0, -1, 3), (0, -1, 9)]), plan_of()
    result = calculate(company, plan)
    assert [explain_line(company, plan, result, row, NAMES) for row in (0, 2)] == [
        (
            "0.02 EUR: 10 % of 0.14 CV from the order O0 of a customer of P0, your own margin; 0.01 EUR more than by "
            "itself, since all your lines of this bonus are rounded together"
        ),
        "0.01 EUR: 10 % of 0.09 CV from the order O2 of a customer of P0, your own margin",
    ]


def test_rates_that_have_no_common_fineness_within_64_bits_are_refused_by_name() -> None:
    """One is 1 / 2^40, the other 1 / 5^20."""
    halved, fifth = f"{5**40:040d}", f"{2**20:020d}"
    company = snapshot(sponsor=[-1, 0, 1], orders=[(1, 1, 10_000), (2, 2, 10_000)])
    plan = plan_of(f"0.{halved}", f"0.{fifth}")
    with pytest.raises(AmountOverflowError, match="the rates of 'Levels' have too many digits to be added up exactly"):
        calculate(company, plan)
    assert calculate(company, Plan.model_validate(plan.model_dump() | {"rounded_per": "line"})).totals.amount == 0


def test_a_plan_that_rounds_lines_keeps_its_hash() -> None:
    sample = load_plan(library()["sample"])
    assert "rounded_per" not in sample.canonical()
    assert per_total(sample).hash != sample.hash
    text = library()["sample"].read_text().replace("rounding: half_up", "rounding: half_up\nrounded_per: period")
    [found] = [problem for problem in check_plan(text).problems if problem.severity == "error"]
    assert "rounded_per: Input should be 'line' or 'total'" in str(found)

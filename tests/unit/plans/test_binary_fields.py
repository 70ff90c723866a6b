"""The options of a binary bonus in a plan file: what loads, and what is said of what does not fit together."""

from decimal import Decimal
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings

from app.plans.binary import Binary
from app.plans.loader import check_plan, parse_plan
from app.plans.models import Plan
from app.plans.schema import plan_schema
from tests.unit.engine.binaries import binary_plans

PLAN = """\
name: Small
version: "1"
currency: EUR
ranks:
  - name: Member
  - name: Gold
bonuses:
  - type: binary
    name: Team
"""
CYCLE = "method: cycles\n    cycle: {strong: 200, weak: 100}"
BY_VOLUME = "rate: {by: personal_cv, steps: [{from: 25, rate: 4%}, {from: 50.50, rate: 8%}]}"


def said(*keys: str) -> list[str]:
    """What is said of the plan with these keys in its bonus, from line 10 on."""
    return [f"{problem.severity} {problem}" for problem in check_plan(PLAN + given_keys(*keys)).problems]


def given_keys(*keys: str) -> str:
    return "".join(f"    {key}\n" for key in keys)


def binary(*keys: str) -> Binary:
    (bonus,) = parse_plan(PLAN + given_keys(*keys)).bonuses
    assert bonus.type == "binary"
    return bonus


def test_a_rate_is_one_or_by_rank_or_by_own_volume() -> None:
    one, by_rank, by_volume = binary("rate: 10%"), binary("rate: {Gold: 0.1}"), binary(BY_VOLUME)
    assert one.rate_of("Gold", Decimal(0)) == one.rate_of(None, Decimal(0)) == Decimal("0.1")
    assert by_rank.rate_of("Gold", Decimal(0)) == Decimal("0.1")
    assert by_rank.rate_of("Member", Decimal(0)) == 0
    assert by_rank.rate_of(None, Decimal(0)) == 0
    own = ("-30", "24.99", "25", "50.49", "50.50", "10000")
    assert [by_volume.rate_of(None, Decimal(volume)) for volume in own] == [
        *(0, 0, Decimal("0.04"), Decimal("0.04"), Decimal("0.08"), Decimal("0.08"))
    ]


def test_what_is_not_given_is_what_a_binary_always_was() -> None:
    bonus = binary("rate: 10%")
    assert (bonus.method, bonus.carry, bonus.flush_inactive, bonus.cap_by, bonus.above_cap) == (
        *("weak_leg", "forward", False, "pay_rank", "lost"),
    )
    assert (bonus.cycle, bonus.max_cycles, bonus.carry_cap, bonus.cap_per_period) == (None, None, None, None)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["multiplier: 50%"], ["error 8:5: bonuses[0].rate: this key is required and missing"]),
        ([CYCLE], ["error 8:5: bonuses[0].rate: this key is required and missing, or what a cycle pays"]),
        (
            ["rate: 10%", "cycle: {strong: 200, weak: 100}", "max_cycles: 3"],
            [
                "error 11:5: bonuses[0].cycle: it says something of cycles alone, and the method is weak_leg",
                "error 12:5: bonuses[0].max_cycles: it says something of cycles alone, and the method is weak_leg",
            ],
        ),
        (
            ["rate: 10%", "method: cycles"],
            ["error 11:5: bonuses[0].method: cycles need to know what one takes, such as cycle: {strong: 200, weak: 1"],
        ),
        (
            ["rate: 10%", "method: cycles", "cycle: {strong: 200, weak: 100, pays: 20}"],
            ["error 10:5: bonuses[0].rate: the cycle pays money, so there is no rate; leave out one of the two"],
        ),
        (
            ["method: cycles", "cycle: {strong: 200, weak: 100, pays: 20}", "multiplier: 50%"],
            ["error 12:5: bonuses[0].multiplier: a cycle that pays money has no multiplier; leave it out"],
        ),
        (
            ["method: cycles", "cycle: {strong: 200, weak: 100, pays: 300.01}"],
            ["error 11:37: bonuses[0].cycle.pays: a cycle pays 300.01, more than all the 300 CV that it takes from"],
        ),
        (
            ["method: cycles", "cycle: {strong: 200, weak: 100, pays: 300}"],
            [
                "warning 11:37: bonuses[0].cycle.pays: a cycle pays 300, more than 100 % of the 100 CV that it takes f",
                "warning 7:1: bonuses: all bonuses together can pay 300 % of the commissionable value",
            ],
        ),
        (["method: cycles", "cycle: {strong: 200, weak: 100, pays: 100}"], []),
        (
            ["method: cycles", "cycle: {strong: 0, weak: 100.001}", "rate: 10%"],
            [
                "error 11:13: bonuses[0].cycle.strong: 0 is not a volume; a cycle takes more than nothing from either",
                "error 11:24: bonuses[0].cycle.weak: the amount 100.001 has more than two decimals; round it first",
            ],
        ),
        (
            ["rate: 10%", "method: volume_ratio", "above_cap: carried", "cap_per_period: 10"],
            ["error 12:5: bonuses[0].above_cap: by volume ratio what is paid does not follow what is matched, so it "],
        ),
        (
            ["rate: {Gold: 10%, Silver: 5%}"],
            ["error 10:23: bonuses[0].rate.Silver: the plan has no rank 'Silver' (it has Member, Gold)"],
        ),
        (
            ["rate: 10%", "carry_cap: {Gold: 10}", "cap_per_period: {Member: 1, Gold: 2, Silver: 3}"],
            [
                "error 11:5: bonuses[0].carry_cap: there is no cap for Member; name every rank, 0 carries nothing",
                "error 12:42: bonuses[0].cap_per_period.Silver: the plan has no rank 'Silver' (it has Member, Gold)",
            ],
        ),
        (
            ["rate: {by: personal_cv, steps: [{from: 25, rate: 4%}, {from: 25, rate: 8%}, {from: 10, rate: 9%}]}"],
            [
                "error 10:60: bonuses[0].rate.steps[1].from: 25 is not above 25, which stands before it",
                "error 10:82: bonuses[0].rate.steps[2].from: 10 is not above 25, which stands before it",
            ],
        ),
        (
            ["rate: {by: personal_cv, steps: [{from: 25, rate: 40%}, {from: 30, rate: 51%}]}", "multiplier: 200%"],
            ["error 10:71: bonuses[0].rate.steps[1].rate: with the multiplier it pays 102 % of what is matched, more"],
        ),
        (
            ["rate: {Member: 51%}", "multiplier: 200%"],
            ["error 10:12: bonuses[0].rate.Member: with the multiplier it pays 102 % of what is matched, more than"],
        ),
        (
            ["rate: {by: group_pv, steps: [{form: 25, rate: 4%}]}"],
            [
                "error 10:12: bonuses[0].rate.by: Input should be 'personal_cv' or 'personal_pv'",
                "error 10:34: bonuses[0].rate.steps[0].from: this key is required and missing",
                "error 10:35: bonuses[0].rate.steps[0].form: unknown key; did you mean from?",
            ],
        ),
        (
            ["rate: {by: personal_cv, steps: [{from: 1, rate: 0.33333333333%}]}"],
            ["error 10:47: bonuses[0].rate.steps[0].rate: 0.33333333333 % of 100 % has too many digits to be computed"],
        ),
        (
            ["rate: 10%", "above_cap: carried", "cap_by: title"],
            [
                "warning 11:5: bonuses[0].above_cap: there is no cap_per_period that anything could be above",
                "warning 12:5: bonuses[0].cap_by: no cap is one per rank, so titles do not matter to any",
            ],
        ),
        (
            ["rate: 10%", "above_cap: carried", "aggregate_cap: 5"],
            ["warning 11:5: bonuses[0].above_cap: there is no cap_per_period that anything could be above; what is "],
        ),
        (
            ["rate: 10%", "cap_per_period: {Member: 50.01, Gold: 60}", "aggregate_cap: 50"],
            ["warning 12:5: bonuses[0].aggregate_cap: an owner is paid at most 50, so no position ever gets its cap_p"],
        ),
        (["rate: 10%", "cap_per_period: {Member: 50, Gold: 60}", "aggregate_cap: 50"], []),
        (["rate: 10%", "aggregate_cap: {Member: 50, Gold: 60}", "cap_by: title", "cap_per_period: 70"], []),
        (
            ["rate: 10%", "aggregate_cap: {Member: 50, Golf: 60}"],
            [
                "error 11:5: bonuses[0].aggregate_cap: there is no cap for Gold; name every rank, 0 pays nothing",
                "error 11:33: bonuses[0].aggregate_cap.Golf: the plan has no rank 'Golf'",
            ],
        ),
        (["rate: 10%", "carry: backward"], ["error 11:5: bonuses[0].carry: Input should be 'forward', 'net_off' or "]),
        ([CYCLE, "rate: 10%", "max_cycles: 0"], ["error 13:5: bonuses[0].max_cycles: Input should be greater than or"]),
    ],
)
def test_mistakes_are_named_with_line_column_and_key(keys: list[str], expected: list[str]) -> None:
    found = said(*keys)
    assert len(found) == len(expected), found
    for problem, start in zip(sorted(found), sorted(expected), strict=True):
        assert problem.startswith(start)


@settings(max_examples=100, deadline=None)
@given(plan=binary_plans())
def test_every_option_loads_back_and_is_in_the_published_schema(plan: Plan) -> None:
    assert Plan.model_validate_json(plan.canonical()) == plan == Plan.model_validate(plan.model_dump())
    document: dict[str, Any] = yaml.safe_load(plan.canonical())
    assert parse_plan(plan.canonical()).hash == plan.hash
    (bonus,) = document["bonuses"]
    assert list(VALIDATOR.iter_errors(document)) == []
    for wrong in ({"method": "matching"}, {"rate": {"by": "group_pv", "steps": []}}, {"cycle": {"strong": 1}}):
        assert list(VALIDATOR.iter_errors(document | {"bonuses": [bonus | wrong]})), wrong


VALIDATOR = jsonschema.Draft202012Validator(plan_schema())

"""Plan files: every mistake is named with its line and key, everything right loads exactly."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from app.plans.loader import MAX_BYTES, PlanError, check_plan, library, load_plan, parse_plan
from app.plans.models import Plan
from app.plans.schema import SCHEMA_FILE, plan_schema, schema_text, write_schema

PLAN = """\
name: Small
version: "1"
currency: EUR
ranks:
  - name: Member
  - name: Silver
    requires: {personal_pv: 100}
bonuses:
  - type: unilevel
    name: Levels
    multiplier: 40%
    levels_by_rank:
      Member: [5%]
      Silver: [0.05, "4 %"]
"""


def problems(old: str, new: str) -> list[str]:
    """What is said about PLAN with one text replaced."""
    assert PLAN.count(old) == 1
    return [str(problem) for problem in check_plan(PLAN.replace(old, new)).problems]


def test_rates_are_exact_however_they_are_written() -> None:
    plan = parse_plan(PLAN)
    bonus = plan.bonuses[0]
    assert bonus.type == "unilevel"
    assert bonus.multiplier == Decimal("0.4")
    assert bonus.levels_by_rank == {
        "Member": (Decimal("0.05"),),
        "Silver": (Decimal("0.05"), Decimal("0.04")),
    }


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "name: Small",
            "nam: Small",
            ["1:1: name: this key is required and missing", "1:1: nam: unknown key; did you mean name?"],
        ),
        ("currency: EUR", "currency: euro", ["3:1: currency: String should match pattern '^[A-Z]{3}$'"]),
        ('version: "1"', "version: 1.0", ["2:1: version: must be text; put quotes around 1.0"]),
        (
            "personal_pv: 100",
            "personal_pv: 1.234",
            ["7:16: ranks[1].requires.personal_pv: the amount 1.234 has more than two decimals"],
        ),
        ("personal_pv: 100", "personal_pv: -1", ["7:16: ranks[1].requires.personal_pv: -1 is negative"]),
        ("personal_pv: 100", "personal_pv: 1e3", ["7:16: ranks[1].requires.personal_pv: '1e3' is not a number"]),
        (
            "personal_pv: 100",
            "personal_pv: 1_000",
            ["7:29: ranks[1].requires.personal_pv: '1_000' (int) is not allowed"],
        ),
        (
            "personal_pv: 100",
            "personal_pv: .inf",
            ["7:29: ranks[1].requires.personal_pv: '.inf' (float) is not allowed"],
        ),
        (
            "personal_pv: 100",
            "group_vp: 100",
            ["7:16: ranks[1].requires.group_vp: unknown key; did you mean group_pv?"],
        ),
        (
            "personal_pv: 100",
            "active_legs: 0",
            ["7:16: ranks[1].requires.active_legs: Input should be greater than or equal to 1"],
        ),
        (
            "Member: [5%]",
            "Member: [5]",
            ["13:16: bonuses[0].levels_by_rank.Member[0]: 5 is not a share between 0 % and 100 %"],
        ),
        ("Member: [5%]", "Membre: [5%]", ["13:7: bonuses[0].levels_by_rank.Membre: the plan has no rank 'Membre'"]),
        (
            "Member: [5%]",
            "Silver: [5%]",
            ["14:7: bonuses[0].levels_by_rank.Silver: the key stands here a second time, first in line 13"],
        ),
        (
            'Member: [5%]\n      Silver: [0.05, "4 %"]',
            "Member: []",
            ["12:5: bonuses[0].levels_by_rank: no rank is paid any level; give a rate, such as Member: [5%]"],
        ),
        (
            "    levels_by_rank:",
            "    compression: dynamic\n    levels_by_rank:\n      Gold: [5%, 0%, 0%, 5%]",
            [
                "13:5: bonuses[0].levels_by_rank: no rank is paid level 3, so under dynamic compression",
                "14:7: bonuses[0].levels_by_rank.Gold: the plan has no rank 'Gold'",
            ],
        ),
        ("Member: [5%]", "Member: [97%]", ["12:5: bonuses[0].levels_by_rank: the levels can add up to 101 %"]),
        (
            "Member: [5%]",
            "Member: [0.33333333333%]",
            ["13:16: bonuses[0].levels_by_rank.Member[0]: 0.33333333333 % of 40 % has too many digits"],
        ),
        (
            "name: Silver",
            "name: Member",
            [
                "6:5: ranks[1].name: the rank 'Member' already stands at ranks[0]",
                "14:7: bonuses[0].levels_by_rank.Silver: the plan has no rank 'Silver'",
            ],
        ),
        (
            "personal_pv: 100",
            "legs_with_rank: {rank: Gold, count: 1}",
            ["7:33: ranks[1].requires.legs_with_rank.rank: nobody can reach 'Silver': the plan has no rank 'Gold'"],
        ),
        (
            "personal_pv: 100",
            "legs_with_rank: {rank: Silver, count: 1}",
            ["7:33: ranks[1].requires.legs_with_rank.rank: nobody can reach 'Silver': it needs legs with 'Silver'"],
        ),
        (
            "type: unilevel",
            "type: board",
            ["9:5: bonuses[0].type: unknown type; one of 'unilevel', 'matrix', 'binary'"],
        ),
        ("  - name: Member\n", "  - name: Member\n    level: *x\n", ["6:12: aliases (*x) are not allowed in a plan"]),
        ("ranks:", "zone: Mars/Base\nranks:", ["4:1: zone: 'Mars/Base' is not a time zone"]),
        ("    name: Levels", "    name: [Levels", ["11:15: not YAML: expected ',' or ']', but got ':'"]),
    ],
)
def test_mistakes_are_named_with_line_column_and_key(old: str, new: str, expected: list[str]) -> None:
    said = problems(old, new)
    assert len(said) == len(expected)
    for problem, start in zip(said, expected, strict=True):
        assert problem.startswith(start)


def test_binary_mistakes() -> None:
    binary = PLAN + "  - {type: binary, name: Team, rate: 10%, cap_per_period: {Member: 1, Gold: 2}}\n"
    binary += "  - {type: binary, name: Levels, rate: 10%}\n"
    assert [str(problem) for problem in check_plan(binary).problems] == [
        "15:43: bonuses[1].cap_per_period: there is no cap for Silver; name every rank, 0 pays nothing",
        "15:71: bonuses[1].cap_per_period.Gold: the plan has no rank 'Gold' (it has Member, Silver)",
        "16:6: bonuses[2].type: a position has one carry per leg, so a plan has at most one binary bonus",
        "16:20: bonuses[2].name: the bonus 'Levels' already stands at bonuses[0]; names are unique",
    ]


def test_all_mistakes_come_at_once_in_the_order_of_the_file() -> None:
    text = PLAN.replace("EUR", "eur").replace("100", "x").replace("[5%]", "[200%]")
    assert [problem.line for problem in check_plan(text).problems] == [3, 7, 13]


def test_error_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(PLAN.replace("EUR", "eur"))
    with pytest.raises(PlanError) as caught:
        load_plan(file)
    assert caught.value.message.startswith(f"{file}:3:1: currency: ")


@pytest.mark.parametrize(
    "text", ["", "- a\n", "x", "\x00", "{" * 5000, "a" * (MAX_BYTES + 1), b"\xff\xfe\xff", "? [a]\n: b\n"]
)
def test_what_is_no_plan_at_all_is_refused_in_words(text: str | bytes) -> None:
    check = check_plan(text)
    assert check.plan is None
    assert check.problems


def test_warnings_speak_but_do_not_refuse() -> None:
    check = check_plan(PLAN.replace("Member: [5%]", "Member: [5%, 5%, 5%]"))
    assert check.plan is not None
    assert [(problem.severity, str(problem)) for problem in check.problems] == [
        ("warning", "12:5: bonuses[0].levels_by_rank: 'Silver' is paid 2 levels, fewer than the lower rank 'Member'")
    ]
    both = check_plan(PLAN.replace("[5%]", "[50%]") + "  - {type: binary, name: Team, rate: 60%}\n")
    assert [str(problem) for problem in both.problems] == [
        "8:1: bonuses: all bonuses together can pay 114 % of the commissionable value"
    ]
    capped = check_plan(PLAN + "payout_cap: 3.5%\n")
    assert [(problem.severity, str(problem)) for problem in capped.problems] == [
        ("warning", "15:1: payout_cap: all bonuses together can pay 3.6 % of the CV")
    ], "40 % of 5 % and of 4 %"
    assert check_plan(PLAN + "payout_cap: 3.6%\n").problems == ()


def test_hash_is_of_the_meaning_not_of_the_spelling() -> None:
    plan = parse_plan(PLAN)
    respelled = parse_plan(
        PLAN.replace("40%", "0.400")
        .replace("personal_pv: 100", "personal_pv: '100.00'")
        .replace("[5%]", "[0.05]  # note")
    )
    assert respelled.hash == plan.hash
    others = [("Small", "Other"), ('"1"', '"2"'), ("40%", "41%"), ("100", "101"), ("[5%]", "[6%]")]
    assert len({plan.hash, *(parse_plan(PLAN.replace(*other)).hash for other in others)}) == 6


def test_canonical_json_loads_back_as_the_same_plan() -> None:
    for path in library().values():
        plan = load_plan(path)
        assert Plan.model_validate_json(plan.canonical()) == plan
        assert Plan.model_validate_json(plan.canonical()).hash == plan.hash


def test_published_schema_is_the_models() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run app.plans.schema.write_schema()"
    jsonschema.Draft202012Validator.check_schema(plan_schema())


def test_schema_accepts_the_library_and_refuses_what_the_loader_refuses(tmp_path: Path) -> None:
    write_schema(tmp_path / "schema.json")
    validator = jsonschema.Draft202012Validator(json.loads((tmp_path / "schema.json").read_text(encoding="utf-8")))
    for path in library().values():
        assert list(validator.iter_errors(yaml.safe_load(path.read_text(encoding="utf-8")))) == []
    good = yaml.safe_load(PLAN)
    assert list(validator.iter_errors(good)) == []
    changes: list[dict[str, Any]] = [{"extra": 1}, {"currency": "euro"}, {"pay_rank": "best"}, {"ranks": []}]
    changes.append({"bonuses": [{"type": "matrix"}]})
    for bad in changes:
        assert list(validator.iter_errors(good | bad)), bad

"""Plan files with a differential bonus: what is refused, where, and in which words."""

import pytest

from app.plans.loader import check_plan, parse_plan
from app.plans.models import Plan

PLAN = """\
name: Small
version: "1"
currency: EUR
ranks:
  - name: Member
  - name: Silver
  - name: Gold
bonuses:
  - type: differential
    name: Performance
    schedule:
      - {from: 300, rate: 6%}
      - {from: 1000, rate: 9%}
"""
BY_RANK = "    rates_by_rank: {Silver: 5%, Gold: 10%}\n"
SCHEDULE = PLAN[PLAN.index("    schedule:") :]


def problems(text: str) -> list[str]:
    return [str(problem) for problem in check_plan(text).problems]


def test_both_ways_load_and_load_back_from_their_canonical_json() -> None:
    for text in (PLAN, PLAN.replace(SCHEDULE, BY_RANK)):
        plan = parse_plan(text)
        assert problems(text) == []
        assert Plan.model_validate_json(plan.canonical()) == plan
        assert parse_plan(plan.canonical()).hash == plan.hash
    assert '"from":"300"' in parse_plan(PLAN).canonical()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("from: 1000", "from: 300", ["13:10: bonuses[0].schedule[1].from: 300 is not above 300, which stands before"]),
        ("9%", "6%", ["13:22: bonuses[0].schedule[1].rate: 6 % is not above 6 %, which stands before it"]),
        ("from: 1000", "form: 1000", [
            "13:9: bonuses[0].schedule[1].from: this key is required and missing",
            "13:10: bonuses[0].schedule[1].form: unknown key; did you mean from?",
        ]),
        (SCHEDULE, SCHEDULE + BY_RANK, [
            "11:5: bonuses[0].schedule: give either a schedule or rates_by_rank; both stand here",
        ]),
        (SCHEDULE, "", ["9:5: bonuses[0].schedule: give either a schedule or rates_by_rank; neither stands here"]),
        (SCHEDULE, BY_RANK.replace("Gold", "Platinum"), [
            "11:33: bonuses[0].rates_by_rank.Platinum: the plan has no rank 'Platinum' (it has Member, Silver, Gold)",
        ]),
        (SCHEDULE, BY_RANK.replace("10%", "4%"), [
            "11:33: bonuses[0].rates_by_rank.Gold: 4 % is less than the 5 % of 'Silver', a lower rank",
        ]),
        (SCHEDULE, SCHEDULE + "    minimum_override: 92%\n", [
            "11:5: bonuses[0].schedule: the top rate and the minimum override can add up to 101 %, more than 100 %",
        ]),
        (SCHEDULE, BY_RANK.replace("5%", "0.33333333333%"), [
            "11:21: bonuses[0].rates_by_rank.Silver: 0.33333333333 % of 100 % has too many digits",
            "11:45: bonuses[0].rates_by_rank.Gold: 9.66666666667 % of 100 % has too many digits",
        ]),
        ("    name: Perf", "    inactive: skip\n    name: Perf", [
            "10:5: bonuses[0].inactive: Input should be 'pass' or 'keep'",
        ]),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_line_column_and_key(old: str, new: str, expected: list[str]) -> None:
    assert PLAN.count(old) == 1
    said = problems(PLAN.replace(old, new))
    assert len(said) == len(expected), said
    for problem, start in zip(said, expected, strict=True):
        assert problem.startswith(start)


def test_its_top_rate_counts_among_all_that_the_bonuses_can_pay() -> None:
    text = PLAN.replace("9%", "60%") + "    minimum_override: 5%\n  - {type: binary, name: Team, rate: 40%}\n"
    assert problems(text) == ["8:1: bonuses: all bonuses together can pay 105 % of the commissionable value"]

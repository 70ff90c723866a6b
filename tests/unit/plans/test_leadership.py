"""Plan files with a leadership bonus: what is refused, where, and in which words."""

import pytest

from app.plans.loader import check_plan, parse_plan
from app.plans.models import Plan

PLAN = """\
name: Small
version: "1"
currency: EUR
ranks:
  - name: Member
  - name: Gold
    requires: {personal_group_pv: 100}
bonuses:
  - type: leadership
    name: Leadership
    rate: 4%
    breaks_away_at: Gold
    guaranteed_cv: 600000
"""


def problems(text: str) -> list[str]:
    return [str(problem) for problem in check_plan(text).problems]


def test_it_loads_back_from_its_canonical_json() -> None:
    assert problems(PLAN) == []
    plan = parse_plan(PLAN)
    assert Plan.model_validate_json(plan.canonical()) == plan


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("at: Gold", "at: Ruby", "12:5: bonuses[0].breaks_away_at: the plan has no rank 'Ruby' (it has Member, Gold)"),
        ("4%", "101%", "11:5: bonuses[0].rate: 1.01 is not a share between 0 % and 100 %"),
        (
            "4%",
            "'0.12345678901234567891'",
            "11:5: bonuses[0].rate: 12.345678901234567891 % of 100 % has too many digits",
        ),
        ("600000", "-1", "13:5: bonuses[0].guaranteed_cv: -1 is negative"),
        (
            "leadership\n    name: Leadership\n    rate: 4%\n    breaks_away_at: Gold\n    guaranteed_cv: 600000",
            "retail_margin\n    name: Margin\n    rate: 4%",
            "7:16: ranks[1].requires.personal_group_pv: nobody breaks away from a group",
        ),
    ],
)
def test_what_is_refused(old: str, new: str, expected: str) -> None:
    [found] = problems(PLAN.replace(old, new))
    assert found.startswith(expected)

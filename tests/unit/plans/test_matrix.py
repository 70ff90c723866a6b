"""Plan files with a matrix bonus: what is refused, where, and in which words."""

import pytest

from app.places import matrix as kept
from app.plans.loader import check_plan, parse_plan
from app.plans.matrix import MOST_DEEP, MOST_WIDE
from app.plans.models import Plan

PLAN = """\
name: Small
version: "1"
currency: EUR
ranks:
  - name: Member
  - name: Silver
bonuses:
  - type: matrix
    name: Matrix
    width: 3
    depth: 2
    levels_by_rank:
      Member: [5%]
      Silver: [5%, 5%]
"""
SECOND = PLAN[PLAN.index("  - type") :].replace("name: Matrix", "name: More").replace("width: 3", "width: 2")


def problems(text: str) -> list[str]:
    return [str(problem) for problem in check_plan(text).problems]


def test_it_loads_back_from_its_canonical_json() -> None:
    plan = parse_plan(PLAN)
    assert problems(PLAN) == []
    assert Plan.model_validate_json(plan.canonical()) == plan


def test_a_plan_may_say_what_a_company_can_keep() -> None:
    assert (MOST_WIDE, MOST_DEEP) == (kept.MOST_WIDE, kept.MOST_DEEP)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("width: 3", "width: 21", "10:5: bonuses[0].width: Input should be less than or equal to 20"),
        ("width: 3", "width: 0", "10:5: bonuses[0].width: Input should be greater than or equal to 1"),
        ("depth: 2", "depth: 51", "11:5: bonuses[0].depth: Input should be less than or equal to 50"),
        ("depth: 2", "depht: 2", "did you mean depth?"),
        (
            "depth: 2",
            "depth: 1",
            "14:7: bonuses[0].levels_by_rank.Silver: there are rates of 2 levels, and the matrix is 1 deep",
        ),
        (
            "depth: 2",
            "depth: 4",
            "11:5: bonuses[0].depth: the matrix is 4 deep, and without compression nothing is paid below level 2",
        ),
        (
            "Silver: [5%, 5%]",
            "Silver: [60%, 50%]",
            "12:5: bonuses[0].levels_by_rank: the levels can add up to 110 % of the commissionable value",
        ),
        ("Silver: [5%, 5%]", "Gold: [5%]", "14:7: bonuses[0].levels_by_rank.Gold: the plan has no rank 'Gold'"),
        (
            "      Member: [5%]\n      Silver: [5%, 5%]",
            "      Silver: [0%, 5%]\n    compression: dynamic",
            "no rank is paid level 1, so under dynamic compression nobody takes it",
        ),
        ("depth: 2", "depth: 4\n    compression: standard", ""),
        (
            "      Silver: [5%, 5%]\n",
            "      Silver: [5%, 5%]\n" + SECOND,
            "17:5: bonuses[1].width: a company keeps one matrix, and another bonus says that it is 3 wide",
        ),
    ],
)
def test_what_is_said_of_a_matrix(old: str, new: str, expected: str) -> None:
    assert old in PLAN
    said = problems(PLAN.replace(old, new))
    assert any(expected in one for one in said) if expected else said == [], said

"""What lint says of trees that a plan names, of how deep levels reach, of whom compression skips, and of schedules."""

import pytest

from app.plans.loader import check_plan, parse_plan
from app.plans.models import Plan

PLAN = """name: P
version: "1"
currency: EUR
trees: [sponsor, binary]
ranks:
  - name: Member
  - name: Silver
    requires: {weak_leg_pv: 10}
bonuses:
  - type: unilevel
    name: Levels
    compression: standard
    compress_below: Silver
    depth: 4
    levels_by_rank: {Silver: [5%, 5%]}
  - {type: binary, name: Team, rate: 10%}
  - type: differential
    name: Performance
    volume: {within_levels: 3}
    schedule: [{from: 300, rate: 6%}]
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "[sponsor, binary]",
            "[sponsor]",
            [
                "error 8:16: ranks[1].requires.weak_leg_pv: the rank 'Silver' goes by the binary tree, which the plan",
                "error 16:6: bonuses[1].type: the bonus 'Team' goes by the binary tree, which the plan lacks (it has",
            ],
        ),
        (
            "[sponsor, binary]",
            "[binary]",
            ["error 4:1: trees: ranks and gates go by the sponsor tree, so it is always"],
        ),
        (
            "[sponsor, binary]",
            "[sponsor, binary, sponsor]",
            ["error 4:26: trees[2]: sponsor stands here a second time"],
        ),
        (
            "[sponsor, binary]",
            "[sponsor, binary, matrix]",
            ["warning 4:26: trees[2]: nothing in the plan goes by the matrix tree"],
        ),
        ("[sponsor, binary]", "[sponsor, forest]", ["error 4:18: trees[1]: Input should be 'sponsor', 'binary' or"]),
        ("trees: [sponsor, binary]\n", "", []),
        (
            "depth: 4",
            "depth: 1",
            ["error 15:22: bonuses[0].levels_by_rank.Silver: there are rates of 2 levels, and nothing is paid further"],
        ),
        (
            "    compression: standard\n    compress_below: Silver\n",
            "",
            ["warning 12:5: bonuses[0].depth: nothing is paid further up than 4 levels, and without compression"],
        ),
        ("depth: 4", "depth: 101", ["error 14:5: bonuses[0].depth: Input should be less than or equal to 100"]),
        (
            "compression: standard",
            "compression: dynamic",
            ["error 13:5: bonuses[0].compress_below: it says something of standard compression alone, not of dynamic"],
        ),
        (
            "compress_below: Silver",
            "compress_below: Gold",
            ["error 13:5: bonuses[0].compress_below: the plan has no rank 'Gold' (it has Member, Silver)"],
        ),
        (
            "{Silver: [5%, 5%]}",
            "{Member: [5%], Silver: [5%, 5%]}",
            ["error 15:22: bonuses[0].levels_by_rank.Member: people below 'Silver' take no level, so they are"],
        ),
        (
            "{within_levels: 3}",
            "group",
            ["error 19:5: bonuses[2].volume: Input should be 'group_pv', 'personal_group_pv'"],
        ),
        (
            "{within_levels: 3}",
            "{within_levels: 0}",
            ["error 19:14: bonuses[2].volume.within_levels: Input should be gre"],
        ),
        (
            "{within_levels: 3}",
            "personal_group_pv",
            ["error 19:5: bonuses[2].volume: nobody breaks away from a group: the plan has no breakaway or leadership"],
        ),
        (
            "schedule: [{from: 300, rate: 6%}]",
            "rates_by_rank: {Silver: 6%}",
            ["error 19:5: bonuses[2].volume: a schedule is looked up with it, and here rates go by rank; leave it out"],
        ),
    ],
)
def test_what_does_not_fit_together_is_named(old: str, new: str, said: list[str]) -> None:
    assert PLAN.count(old) == 1
    found = [f"{problem.severity} {problem}" for problem in check_plan(PLAN.replace(old, new)).problems]
    assert len(found) == len(said), found
    for problem, start in zip(found, said, strict=True):
        assert problem.startswith(start)


def test_it_loads_back_from_its_canonical_json() -> None:
    plan = parse_plan(PLAN)
    assert check_plan(PLAN).problems == ()
    assert Plan.model_validate_json(plan.canonical()) == plan
    assert plan.trees == ("sponsor", "binary")


def test_a_plan_that_says_none_of_it_keeps_its_hash() -> None:
    """Each default is what plans meant before."""
    text = PLAN.replace("trees: [sponsor, binary]\n", "").replace("    compress_below: Silver\n    depth: 4\n", "")
    plain = parse_plan(text.replace("    volume: {within_levels: 3}\n", ""))
    for later in ("trees", "compress_below", "depth", "rounded_per"):
        assert later not in plain.canonical()
    assert '"volume":"group_pv"' in plain.canonical()

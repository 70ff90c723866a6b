"""Plan files with a breakaway bonus: what is refused, where, and in which words."""

import pytest

from app.plans.loader import check_plan, library, load_plan, parse_plan
from app.plans.models import Plan

PLAN = """\
name: Small
version: "1"
currency: EUR
ranks:
  - name: Member
  - name: Silver
    requires: {personal_group_pv: 100}
  - name: Gold
bonuses:
  - type: breakaway
    name: Stairs
    breaks_away_at: Gold
    levels_by_rank:
      Silver: [5%, 5%]
    override_by_rank: {Gold: 5%}
"""
SECOND = PLAN[PLAN.index("  - type") :].replace("at: Gold", "at: Silver").replace("Stairs", "More stairs")


def problems(text: str) -> list[str]:
    return [str(problem) for problem in check_plan(text).problems]


def test_it_loads_back_from_its_canonical_json() -> None:
    plan = parse_plan(PLAN)
    assert problems(PLAN) == []
    assert Plan.model_validate_json(plan.canonical()) == plan
    assert '"personal_group_pv":"100"' in plan.canonical()


def test_plans_that_do_not_ask_for_personal_groups_have_the_hash_they_had() -> None:
    assert "personal_group_pv" not in load_plan(library()["g7-unilevel"]).canonical()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("at: Gold", "at: Platinum", ["12:5: bonuses[0].breaks_away_at: the plan has no rank 'Platinum'"]),
        ("Silver: [5%, 5%]", "Bronze: [5%]", ["14:7: bonuses[0].levels_by_rank.Bronze: the plan has no rank 'Bronze'"]),
        ("Silver: [5%, 5%]", "Silver: []", ["13:5: bonuses[0].levels_by_rank: no rank is paid any level"]),
        (
            "{Gold: 5%}",
            "{Gold: 5%, Ruby: 6%}",
            ["15:34: bonuses[0].override_by_rank.Ruby: the plan has no rank 'Ruby'"],
        ),
        (
            "{Gold: 5%}",
            "{Gold: 91%}",
            ["15:5: bonuses[0].override_by_rank: the levels and the highest override can add up to 101 %"],
        ),
        (
            "{Gold: 5%}",
            "{Gold: 5%}\n    minimum_override: 0.33333333333%",
            ["16:5: bonuses[0].minimum_override: 0.33333333333 % of 100 % has too many digits"],
        ),
        (
            PLAN[PLAN.index("  - type") :],
            "  - {type: binary, name: Team, rate: 10%}\n",
            ["7:16: ranks[1].requires.personal_group_pv: nobody breaks away from a group: the plan has no breakaway"],
        ),
        (
            "    override_by_rank: {Gold: 5%}\n",
            "    override_by_rank: {Gold: 5%}\n" + SECOND,
            ["7:16: ranks[1].requires.personal_group_pv: groups break away at different ranks"],
        ),
    ],
)
def test_mistakes_are_named_with_line_column_and_key(old: str, new: str, expected: list[str]) -> None:
    assert PLAN.count(old) == 1
    said = problems(PLAN.replace(old, new))
    assert len(said) == len(expected), said
    for problem, start in zip(said, expected, strict=True):
        assert problem.startswith(start)


def test_the_rank_that_breaks_away_may_ask_for_its_own_group() -> None:
    """Whoever is below is settled before, so it goes in no circle."""
    assert problems(PLAN.replace("  - name: Gold\n", "  - name: Gold\n    requires: {personal_group_pv: 300}\n")) == []

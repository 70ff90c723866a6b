"""What lint says of ranks and gates, with line, column and key."""

import pytest

from app.plans.loader import check_plan, parse_plan
from app.plans.models import Plan

PLAN = """name: P
version: "1"
currency: EUR
ranks:
  - name: Member
  - name: Silver
    requires: {personal_pv: 10}
    maintain: {personal_pv: 5}
  - name: Gold
gates:
  - {type: customer_pv, at_least: 50, bonuses: [Levels]}
bonuses:
  - {type: unilevel, name: Levels, levels_by_rank: {Member: [5%], Silver: [5%], Gold: [5%]}}
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "personal_pv: 10",
            "personally_sponsored_with_rank: {rank: Silver, count: 1}",
            "7:49: ranks[1].requires.personally_sponsored_with_rank.rank: nobody can reach 'Silver': it needs people",
        ),
        (
            "personal_pv: 5",
            "legs_with_rank: [{rank: Member, count: 1}, {rank: Gold, count: 1}]",
            "8:60: ranks[1].maintain.legs_with_rank[1].rank: nobody can keep 'Silver': it needs legs with 'Gold'",
        ),
        (
            "personal_pv: 5",
            "personally_sponsored_with_rank: [{rank: Crown, count: 1}, {rank: Member, count: 1}]",
            "8:50: ranks[1].maintain.personally_sponsored_with_rank[0].rank: nobody can keep 'Silver': the plan has no",
        ),
        (
            "personal_pv: 10",
            "personal_pv: 10, window: {met: 4, of: 3}",
            "7:42: ranks[1].requires.window.met: nobody can reach 'Silver': 4 of 3 periods",
        ),
        (
            "personal_pv: 5",
            "personal_pv: 5, window: {met: 1, of: 25}",
            "8:49: ranks[1].maintain.window.of: Input should be less than or equal to 24",
        ),
        (
            "{personal_pv: 5}",
            "{active: false, window: {met: 1, of: 2}}",
            "8:31: ranks[1].maintain.window: it asks for nothing else, so every period meets it; leave the window out",
        ),
        (
            "{type: customer_pv, at_least: 50, bonuses: [Levels]}",
            "{type: any_of, gates: [{type: customers, at_least: 10}]}",
            "11:20: gates[0].gates: there is nothing to choose from; write the one gate by itself",
        ),
        (
            "{type: customer_pv, at_least: 50, bonuses: [Levels]}",
            "{type: any_of, gates: [{type: customers, at_least: 10}, {type: customers, at_least: 9}]}",
            "11:62: gates[0].gates[1].type: a second 'customers' says nothing: the easier of both alone decides",
        ),
        (
            "{type: customer_pv, at_least: 50, bonuses: [Levels]}",
            "{type: any_of, gates: [{type: customers, at_least: 9, bonuses: [X]}, {type: customer_pv, at_least: 9}]}",
            "11:59: gates[0].gates[0].bonuses: which bonuses are guarded is said beside `any_of`, of all of it",
        ),
        (
            "{type: customer_pv, at_least: 50, bonuses: [Levels]}",
            "{type: any_of, gates: [{type: customer_share, at_least: 0.33333333333}, {type: customers, at_least: 1}]}",
            "11:51: gates[0].gates[0].at_least: 33.333333333 % of 100 % has too many digits",
        ),
        (
            "personal_pv: 10",
            "group_pv: {pv: 100, leg_cap: 0%}",
            "7:36: ranks[1].requires.group_pv.leg_cap: a cap of 0 % lets no leg count; give a share above 0 %",
        ),
        (
            "personal_pv: 10",
            "group_pv: {pv: 100, leg_cap: 101%}",
            "7:36: ranks[1].requires.group_pv.leg_cap: 1.01 is not a share between 0 % and 100 %",
        ),
        (
            "personal_pv: 10",
            "group_pv: {pv: 100}",
            "7:16: ranks[1].requires.group_pv.leg_cap: this key is required and missing",
        ),
        (
            "personal_pv: 10",
            "group_pv: {pv: 100, leg_cap: 0.33333333333}",
            "7:36: ranks[1].requires.group_pv.leg_cap: 33.333333333 % of 100 % has too many digits",
        ),
        (
            "personal_pv: 10",
            "volume_within_levels: {levels: 101, pv: 1}",
            "7:39: ranks[1].requires.volume_within_levels.levels: Input should be less than or equal to 100",
        ),
        ("personal_pv: 10", "weak_leg: 3", "7:16: ranks[1].requires.weak_leg: unknown key; did you mean weak_leg_pv?"),
        ("personal_pv: 10", "legs_with_volume: {pv: 1, count: 0}", "7:42: ranks[1].requires.legs_with_volume.count: "),
        ("personal_pv: 10", "legs_with_rank: []", "7:16: ranks[1].requires.legs_with_rank: "),
        (
            "bonuses: [Levels]",
            "bonuses: [Levels, Team]",
            "11:57: gates[0].bonuses[1]: the plan has no bonus 'Team' (it has Levels)",
        ),
        ("bonuses: [Levels]", "bonuses: []", "11:39: gates[0].bonuses: "),
        ("customer_pv", "nobody", "11:6: gates[0].type: unknown type; one of 'customer_pv', 'customer_share'"),
        (
            "type: customer_pv, at_least",
            "at_least",
            "11:5: gates[0].type: this key is required and missing: 'customer_pv'",
        ),
        (
            "type: customer_pv, at_least: 50",
            "type: customer_share, at_least: 70",
            "11:28: gates[0].at_least: 70 is not a share between 0 % and 100 %",
        ),
        (
            "type: customer_pv, at_least: 50",
            "type: majority_of_customers, more_than: 33.333333333%",
            "11:35: gates[0].more_than: 33.333333333 % of 100 % has too many digits",
        ),
        ("at_least: 50", "more_than: 50", "11:5: gates[0].at_least: this key is required and missing"),
    ],
)
def test_mistakes_are_named_with_line_column_and_key(old: str, new: str, said: str) -> None:
    assert old in PLAN
    problems = [str(problem) for problem in check_plan(PLAN.replace(old, new, 1)).problems]
    assert problems[0].startswith(said)


def test_a_list_of_one_is_that_one_and_new_fields_change_the_hash() -> None:
    one = PLAN.replace("personal_pv: 10", "legs_with_rank: {rank: Member, count: 2}")
    listed = PLAN.replace("personal_pv: 10", "legs_with_rank: [{rank: Member, count: 2}]")
    assert parse_plan(one).hash == parse_plan(listed).hash
    changed = [
        PLAN,
        PLAN.replace("personal_pv: 5", "personal_pv: 6"),
        PLAN.replace("    maintain: {personal_pv: 5}\n", ""),
        PLAN.replace("at_least: 50", "at_least: 51"),
        PLAN.replace(", bonuses: [Levels]", ""),
        PLAN.replace("personal_pv: 10", "group_pv: {pv: 10, leg_cap: 40%}"),
        PLAN.replace("personal_pv: 10", "group_pv: {pv: 10, leg_cap: 40%, of: total}"),
        PLAN.replace("personal_pv: 10", "group_pv: 10"),
        PLAN.replace("personal_pv: 10", "personally_sponsored: 2"),
    ]
    assert len({parse_plan(text).hash for text in changed}) == len(changed)
    for text in (one, *changed):
        plan = parse_plan(text)
        assert Plan.model_validate_json(plan.canonical()) == plan


def test_what_is_not_named_is_not_in_the_canonical_json() -> None:
    plan = parse_plan(PLAN.replace("    maintain: {personal_pv: 5}\n", ""))
    assert "maintain" not in plan.canonical()
    assert "weak_leg_pv" not in plan.canonical()

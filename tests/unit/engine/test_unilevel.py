"""Unilevel rules one by one, each on the smallest company that shows it."""

from typing import Any

import pytest

from app.engine.calculate import calculate
from app.engine.models import Reason, Result, Snapshot
from app.engine.reasons import Names, explain_line, explain_miss, path, skips
from app.engine.unilevel import AT_ONCE
from app.plans.models import Plan
from tests.unit.engine.companies import snapshot

NAMES = Names(person=lambda ix: f"P{ix}", order=lambda row: f"O{row}")


def plan_of(levels: dict[str, list[str]], **options: Any) -> Plan:
    """A plan with one unilevel bonus; ranks in the order of `levels` unless `ranks` says otherwise."""
    bonus = {"type": "unilevel", "name": "Levels", "levels_by_rank": levels} | options.pop("bonus", {})
    ranks = options.pop("ranks", [{"name": name} for name in levels])
    return Plan.model_validate(
        {"name": "P", "version": "1", "currency": "EUR", "ranks": ranks, "bonuses": [bonus], **options}
    )


def lines_of(result: Result) -> list[tuple[int, int, int, int]]:
    """(earner, amount, level, paid level) by row."""
    lines = result.lines
    return list(
        zip(*(getattr(lines, name).tolist() for name in ("earner", "amount", "level", "paid_level")), strict=True)
    )


def chain(count: int, **columns: Any) -> Snapshot:
    """0 sponsors 1 sponsors 2 ..."""
    return snapshot(sponsor=[ix - 1 for ix in range(count)], **columns)


def test_own_purchase_pays_the_sponsor_first_and_never_the_buyer() -> None:
    result = calculate(chain(3, orders=[(2, 2, 10_000)]), plan_of({"M": ["10%", "5%"]}))
    assert lines_of(result) == [(0, 500, 2, 2), (1, 1000, 1, 1)]


def test_customers_order_pays_the_seller_first() -> None:
    result = calculate(chain(3, orders=[(2, -1, 10_000)]), plan_of({"M": ["10%", "5%"]}))
    assert lines_of(result) == [(1, 500, 2, 2), (2, 1000, 1, 1)]


def test_roots_own_purchase_pays_nobody() -> None:
    result = calculate(chain(2, orders=[(0, 0, 10_000)]), plan_of({"M": ["10%"]}))
    assert (len(result.lines), len(result.misses)) == (0, 0)


def test_more_sales_than_are_dealt_at_once_stay_in_their_order() -> None:
    """An active person's lines and an inactive one's misses, each naming every order once, by seq."""
    count = 2 * AT_ONCE + 1
    company = chain(3, active=[True, False, True], orders=[(2, 2, 100 * (1 + at)) for at in range(count)])
    result = calculate(company, plan_of({"M": ["10%"]}, bonus={"compression": "standard"}), cores=1)
    assert result.lines.order.tolist() == result.misses.order.tolist() == list(range(count))
    assert result.lines.amount.tolist() == result.misses.forgone.tolist() == list(range(10, 10 * count + 1, 10))
    assert (set(result.lines.earner.tolist()), set(result.misses.person.tolist())) == ({0}, {1})


def test_rank_without_the_level_misses_it_and_names_the_rank_that_has_it() -> None:
    """The rate of the next higher rank that is paid there is what was forgone."""
    levels = {"Member": ["5%"], "Silver": ["5%", "4%"], "Gold": ["5%", "6%", "7%"]}
    company = chain(4, title=[0, 1, 2, 0], titles=("Member", "Silver", "Gold"), orders=[(3, 3, 10_000)])
    plan = plan_of(levels, pay_rank="title")
    result = calculate(company, plan)
    assert lines_of(result) == [(1, 400, 2, 2), (2, 500, 1, 1)]
    misses = result.misses
    assert misses.person.tolist() == [0]
    assert misses.reason.tolist() == [Reason.RANK_DEPTH]
    assert (misses.rank_needed.tolist(), misses.needed.tolist(), misses.actual.tolist()) == ([2], [2], [0])
    assert (misses.forgone.tolist(), misses.breakage.tolist()) == ([700], [700])
    assert "because level 3 needs rank Gold and yours for pay is Member" in explain_miss(
        company, plan, result, 0, NAMES
    )


def test_rank_needed_is_the_next_higher_one_even_if_a_lower_one_is_paid_there() -> None:
    levels = {"Member": ["5%", "3%"], "Silver": ["5%"], "Gold": ["5%"], "Diamond": ["5%", "4%"]}
    company = chain(3, title=[1, 0, 0], titles=("Member", "Silver"), orders=[(2, 2, 10_000)])
    result = calculate(company, plan_of(levels, pay_rank="title"))
    assert (result.misses.rank_needed.tolist(), result.misses.forgone.tolist()) == ([3], [400])


def test_nobody_without_any_rank_is_paid() -> None:
    ranks = [{"name": "Silver", "requires": {"personal_pv": 100}}]
    result = calculate(chain(2, orders=[(1, 1, 5_000)]), plan_of({"Silver": ["10%"]}, ranks=ranks))
    assert lines_of(result) == []
    assert (result.misses.person.tolist(), result.misses.actual.tolist()) == ([0], [-1])


def test_low_personal_volume_makes_inactive_and_says_how_much_was_short() -> None:
    plan = plan_of({"M": ["10%", "10%"]}, activity={"personal_pv": "100"})
    company = chain(3, orders=[(2, 2, 20_000), (1, -1, 9_999)])
    result = calculate(company, plan)
    rows = [row for row in range(len(result.misses)) if result.misses.person[row] == 1]
    assert {int(result.misses.reason[row]) for row in rows} == {Reason.INACTIVE_VOLUME}
    assert {(int(result.misses.needed[row]), int(result.misses.actual[row])) for row in rows} == {(10_000, 9_999)}
    assert "you had 99.99 of 100.00 personal PV, 0.01 short of being active" in explain_miss(
        company, plan, result, rows[0], NAMES
    )


def test_inactive_person_who_also_lacks_the_rank_is_told_both() -> None:
    company = chain(3, active=[False, True, True], title=[0, 0, 0], titles=("M", "S"), orders=[(2, 2, 10_000)])
    plan = plan_of({"M": ["5%"], "S": ["5%", "3%"]}, pay_rank="title")
    result = calculate(company, plan)
    assert (result.misses.person.tolist(), result.misses.rank_needed.tolist()) == ([0], [1])
    assert explain_miss(company, plan, result, 0, NAMES).endswith(
        "because your status was not active; besides, level 2 needs rank S and yours for pay is M"
    )


def test_standard_compression_reaches_past_any_number_of_inactive_people() -> None:
    """Twenty inactive people between: the chain's top is still level 2."""
    active = [True, *[False] * 20, True, True]
    company = chain(23, active=active, orders=[(22, 22, 10_000)])
    plan = plan_of({"M": ["10%", "5%"]}, bonus={"compression": "standard"})
    result = calculate(company, plan)
    assert lines_of(result) == [(0, 500, 22, 2), (21, 1000, 1, 1)]
    assert "because P20, P19 and 18 others were inactive" in explain_line(company, plan, result, 0, NAMES)
    assert path(company, plan.bonuses[0], 0, 0) == tuple(range(22, -1, -1))


def test_standard_compression_lists_skipped_people_within_the_plans_depth_as_passed_on() -> None:
    company = chain(5, active=[True, False, False, False, True], orders=[(4, 4, 10_000)])
    result = calculate(company, plan_of({"M": ["10%", "5%"]}, bonus={"compression": "standard"}))
    misses = result.misses
    assert list(zip(misses.person.tolist(), misses.level.tolist(), misses.paid_level.tolist(), strict=True)) == [
        (2, 2, 1),
        (3, 1, 1),
    ]
    assert misses.forgone.tolist() == [1000, 1000]
    assert misses.breakage.tolist() == [0, 0]
    assert lines_of(result) == [(0, 1000, 4, 1)]


def test_compression_never_makes_up_for_rank() -> None:
    """Standard compression skips the inactive only: a Member on level 2 keeps the level, unpaid."""
    company = chain(4, title=[1, 0, 0, 0], titles=("M", "S"), orders=[(3, 3, 10_000)])
    plan = plan_of({"M": ["5%"], "S": ["5%", "4%", "3%"]}, pay_rank="title", bonus={"compression": "standard"})
    result = calculate(company, plan)
    assert lines_of(result) == [(0, 300, 3, 3), (2, 500, 1, 1)]
    assert result.totals.breakage == 400


LADDER = {"M": ["5%"], "S": ["5%", "4%"], "G": ["5%", "4%", "3%"]}


def test_dynamic_compression_gives_each_level_to_the_next_who_is_paid_on_it() -> None:
    """Members between take level 1 alone; levels 2 and 3 go up to the next Silver and Gold, however far."""
    titles = [2, *[0] * 10, 1, 0, 0, 0]
    company = chain(15, title=titles, titles=("M", "S", "G"), orders=[(14, 14, 10_000)])
    result = calculate(company, plan_of(LADDER, pay_rank="title", bonus={"compression": "dynamic"}))
    assert lines_of(result) == [(0, 300, 14, 3), (11, 400, 3, 2), (13, 500, 1, 1)]
    # Within three levels by plain counting whoever is passed by is told so; those further up are not.
    misses = result.misses
    assert (misses.person.tolist(), misses.level.tolist(), misses.paid_level.tolist()) == ([12], [2], [2])
    assert (misses.reason.tolist(), misses.needed.tolist()) == ([Reason.RANK_DEPTH], [1])
    assert (misses.forgone.tolist(), misses.breakage.tolist()) == ([400], [0])
    line = result.lines.earner.tolist().index(0)
    gone = skips(company, plan_of(LADDER, pay_rank="title", bonus={"compression": "dynamic"}), result, line)
    assert {skip.person for skip in gone} == {12, *range(1, 11)}
    assert {skip.reason for skip in gone} == {"rank_depth"}


def test_dynamic_compression_of_a_branching_tree_forgets_no_level_between_orders() -> None:
    """Two orders that meet at one person come there with different levels still to pay."""
    company = snapshot(
        sponsor=[-1, 0, 1, 1, 3],
        title=[2, 1, 0, 2, 0],
        titles=("M", "S", "G"),
        orders=[(2, -1, 10_000), (4, 4, 20_000)],
    )
    result = calculate(company, plan_of(LADDER, pay_rank="title", bonus={"compression": "dynamic"}))
    assert lines_of(result) == [
        (0, 300, 3, 3),
        (0, 600, 3, 3),
        (1, 400, 2, 2),
        (1, 800, 2, 2),
        (2, 500, 1, 1),
        (3, 1000, 1, 1),
    ]


@pytest.mark.parametrize(
    ("rounding", "base", "expected"),
    [
        ("half_up", 10, 1),
        ("half_up", 30, 2),
        ("half_up", -10, -1),
        ("half_up", 29, 1),
        ("half_even", 10, 0),
        ("half_even", 30, 2),
        ("half_even", 50, 2),
        ("half_even", -30, -2),
        ("half_even", 31, 2),
    ],
)
def test_rounding_is_per_line_and_symmetric(rounding: str, base: int, expected: int) -> None:
    """5 % of 0.10, 0.30, ... fall on half a cent."""
    result = calculate(chain(2, orders=[(1, 1, base)]), plan_of({"M": ["5%"]}, rounding=rounding))
    assert result.lines.amount.tolist() == [expected]


def test_rate_times_multiplier_is_exact_where_binary_fractions_are_not() -> None:
    """0.29 x 0.50 x 100.00 = 14.50, and a seventh of a cent never accumulates."""
    result = calculate(chain(2, orders=[(1, 1, 10_000)]), plan_of({"M": ["29%"]}, bonus={"multiplier": "0.5"}))
    assert (result.lines.rate_num.tolist(), result.lines.rate_den.tolist()) == ([29], [200])
    assert result.lines.amount.tolist() == [1450]


def test_order_without_cv_makes_no_line_and_no_miss() -> None:
    result = calculate(chain(2, active=[False, True], orders=[(1, 1, 5_000, 0)]), plan_of({"M": ["5%"]}))
    assert (len(result.lines), len(result.misses)) == (0, 0)


def test_zero_rate_for_everybody_on_a_level_is_nobodys_miss() -> None:
    result = calculate(chain(3, orders=[(2, 2, 10_000)]), plan_of({"M": ["0%", "5%"]}))
    assert lines_of(result) == [(0, 500, 2, 2)]
    assert len(result.misses) == 0

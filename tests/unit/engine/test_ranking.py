"""Activity, measures, ranks and the report card."""

from decimal import Decimal
from typing import Any

import pytest

from app.engine.calculate import calculate
from app.engine.errors import PlanMismatchError
from app.engine.models import Result, Snapshot
from app.engine.reasons import report_card
from app.plans.models import Plan
from tests.unit.engine.companies import snapshot


def plan_of(*ranks: dict[str, Any], **options: Any) -> Plan:
    """A plan of Member and the given ranks; its bonus plays no part."""
    names = ["Member", *(rank["name"] for rank in ranks)]
    bonus = {"type": "unilevel", "name": "L", "levels_by_rank": {names[0]: ["1%"]}}
    given = {"name": "P", "version": "1", "currency": "EUR", "ranks": [{"name": "Member"}, *ranks], "bonuses": [bonus]}
    return Plan.model_validate(given | options)


def run(company: Snapshot, *ranks: dict[str, Any], **options: Any) -> Result:
    """Calculate with these ranks above Member."""
    return calculate(company, plan_of(*ranks, **options))


def tree_of_seven(**columns: Any) -> Snapshot:
    """0 sponsors 1, 2, 3; 1 sponsors 4; 4 sponsors 5; 3 sponsors 6. 7 stands alone."""
    return snapshot(sponsor=[-1, 0, 0, 0, 1, 4, 3, -1], **columns)


def test_measures_of_a_small_tree() -> None:
    company = tree_of_seven(
        active=[True, False, True, False, False, True, False, True],
        orders=[(0, 0, 1_000), (4, -1, 500), (5, 5, 200), (6, 6, 30), (6, 6, -10)],
    )
    ranks = run(company).ranks
    assert ranks.actual("personal_pv").tolist() == [1000, 0, 0, 0, 500, 200, 20, 0]
    assert ranks.actual("customer_pv").tolist() == [0, 0, 0, 0, 500, 0, 0, 0]
    assert ranks.actual("group_pv").tolist() == [1720, 700, 0, 20, 700, 200, 20, 0]
    # The leg of 1 counts through 5 at its bottom; the leg of 3 has nobody active.
    assert ranks.actual("active_legs").tolist() == [2, 1, 0, 0, 1, 0, 0, 0]
    assert ranks.actual("personally_sponsored_active").tolist() == [1, 0, 0, 0, 1, 0, 0, 0]


def test_failed_lower_rank_does_not_stop_a_higher_one() -> None:
    silver = {"name": "Silver", "requires": {"customer_pv": 100}}
    gold = {"name": "Gold", "requires": {"personal_pv": 50}}
    assert run(tree_of_seven(orders=[(7, 7, 5_000)]), silver, gold).ranks.paid_as.tolist() == [0] * 7 + [2]


def test_legs_with_rank_look_at_any_depth_and_count_each_leg_once() -> None:
    silver = {"name": "Silver", "requires": {"personal_pv": 100}}
    gold = {"name": "Gold", "requires": {"legs_with_rank": {"rank": "Silver", "count": 2}}}
    one_leg = tree_of_seven(orders=[(4, 4, 10_000), (5, 5, 10_000)])
    assert run(one_leg, silver, gold).ranks.paid_as[0] == 0
    two_legs = tree_of_seven(orders=[(5, 5, 10_000), (6, 6, 10_000)])
    result = run(two_legs, silver, gold)
    assert result.ranks.paid_as.tolist() == [2, 0, 0, 0, 0, 1, 1, 0]
    assert result.ranks.actual("legs_with_rank:Silver").tolist() == [2, 1, 0, 1, 1, 0, 0, 0]


def test_ranks_that_build_on_ranks_settle_bottom_up() -> None:
    """Gold needs Silver below, Platinum needs Gold below: three storeys of one chain, each by the one underneath."""
    silver = {"name": "Silver", "requires": {"personal_pv": 100}}
    gold = {"name": "Gold", "requires": {"legs_with_rank": {"rank": "Silver", "count": 2}}}
    platinum = {"name": "Platinum", "requires": {"legs_with_rank": {"rank": "Gold", "count": 2}}}
    sponsor = [-1, 0, 0, 1, 1, 2, 2]
    company = snapshot(sponsor=sponsor, orders=[(ix, ix, 10_000) for ix in (3, 4, 5, 6)])
    assert run(company, silver, gold, platinum).ranks.paid_as.tolist() == [3, 2, 2, 1, 1, 1, 1]


def test_rank_may_ask_for_activity_and_otherwise_stands_apart_from_it() -> None:
    company = snapshot(sponsor=[-1, -1], active=[True, False])
    assert run(company, {"name": "A", "requires": {"active": True}}).ranks.paid_as.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("pay_rank", "expected"), [("paid_as", [1, 0, 0]), ("title", [0, 1, -1]), ("higher", [1, 1, 0])]
)
def test_rank_for_pay(pay_rank: str, expected: list[int]) -> None:
    company = snapshot(sponsor=[-1, -1, -1], title=[0, 1, -1], titles=("Member", "Silver"), orders=[(0, 0, 10_000)])
    silver = {"name": "Silver", "requires": {"personal_pv": 100}}
    assert run(company, silver, pay_rank=pay_rank).ranks.pay.tolist() == expected


def test_title_the_plan_does_not_know_is_refused_where_it_decides_about_pay() -> None:
    company = snapshot(sponsor=[-1, -1], title=[0, -1], titles=("Emperor", "Unheld"))
    assert run(company).ranks.title.tolist() == [-1, -1]
    with pytest.raises(PlanMismatchError, match="titles Emperor, but plan 'P'"):
        run(company, pay_rank="higher")


def test_empty_title_means_none() -> None:
    company = snapshot(sponsor=[-1], title=[0], titles=("",))
    assert run(company, pay_rank="title").ranks.title.tolist() == [-1]


def test_report_card_shows_required_actual_and_gap_for_the_rank_held_and_the_next() -> None:
    silver = {"name": "Silver", "requires": {"active": True, "personal_pv": 10}}
    gold = {"name": "Gold", "requires": {"group_pv": "45.50", "legs_with_rank": {"rank": "Silver", "count": 3}}}
    plan = plan_of(silver, gold)
    result = calculate(tree_of_seven(orders=[(0, 0, 1_000), (5, 5, 1_000)]), plan)
    card = report_card(plan, result, 0)
    assert card.paid_as is not None
    [above] = card.next
    assert (card.paid_as.rank, card.paid_as.met, above.rank, above.met) == ("Silver", True, "Gold", False)
    shown = [(check.requirement, check.required, check.actual, check.gap) for check in above.checks]
    assert shown == [
        ("group PV", Decimal("45.50"), Decimal("20.00"), Decimal("25.50")),
        ("legs with Silver or higher", 3, 1, 2),
    ]
    top = plan_of()
    assert report_card(top, calculate(tree_of_seven(), top), 0).next == ()

"""What ranks may ask for, each at its edges: legs, levels, caps, people with ranks, and keeping what was reached."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.calculate import calculate
from app.engine.models import Snapshot
from app.engine.reasons import report_card
from app.plans.models import Plan
from tests.unit.engine.companies import random_snapshot, snapshot
from tests.unit.engine.test_ranking import plan_of, run, tree_of_seven


def asking(requires: dict[str, Any], name: str = "Silver", **more: Any) -> dict[str, Any]:
    """A rank."""
    return {"name": name, "requires": requires, **more}


def measured(company: Snapshot, requires: dict[str, Any], measure: str) -> list[int]:
    """A measure that a rank above Member asks for, by person."""
    values: list[int] = run(company, asking(requires)).ranks.actual(measure).tolist()
    return values


def test_volume_within_levels_ends_at_the_last_level_and_counts_the_inactive() -> None:
    """A chain 0 > 1 > 2 > 3 of which 1 is inactive and 2 has left; 4 stands beside it."""
    company = snapshot(
        sponsor=[-1, 0, 1, 2, -1],
        active=[True, False, False, True, True],
        passed_over=[False, False, True, False, False],
        orders=[(0, 0, 1), (1, -1, 20), (2, 2, 300), (3, 3, 4_000), (3, 3, -1_000), (4, 4, 7)],
    )
    within = {
        levels: measured(
            company, {"volume_within_levels": {"levels": levels, "pv": 1}}, f"volume_within_levels:{levels}"
        )
        for levels in (1, 2, 3, 100)
    }
    assert within[1] == [21, 320, 3_300, 3_000, 7]
    assert within[2] == [321, 3_320, 3_300, 3_000, 7]
    assert within[3] == within[100] == [3_321, 3_320, 3_300, 3_000, 7]


@pytest.mark.parametrize(("personal", "rank"), [(2_999, 0), (3_000, 1)])
def test_volume_within_levels_decides_about_the_rank(personal: int, rank: int) -> None:
    company = snapshot(sponsor=[-1, 0, 1], orders=[(1, 1, personal), (2, 2, 50_000)])
    silver = asking({"volume_within_levels": {"levels": 1, "pv": 30}})
    assert run(company, silver).ranks.paid_as[0] == rank


def legs_of(*legs: int, own: int = 0) -> Snapshot:
    """0 sponsors a person for each leg, whose volume stands two levels down: minor PV."""
    sponsor, orders = [-1], [(0, 0, own)]
    for volume in legs:
        sponsor += [0, len(sponsor)]
        orders.append((len(sponsor) - 1, len(sponsor) - 1, volume))
    return snapshot(sponsor=sponsor, orders=orders)


@pytest.mark.parametrize(
    ("legs", "counted", "rank", "missing"),
    [((3_000, 1_500, 900), "4140.00", 0, "210.00"), ((3_000, 1_740, 870), "4350.00", 1, "0.00")],
)
def test_g18_a_leg_counts_for_at_most_two_fifths_of_the_requirement(
    legs: Sequence[int], counted: str, rank: int, missing: str
) -> None:
    """G18 [P] (https://immasteryacademy.zendesk.com/hc/en-us/articles/360041616972): of 4,350 a leg counts for at most
    1,740. [D]: 3,000 / 1,500 / 900 fail by 210, 3,000 / 1,740 / 870 pass."""
    plan = plan_of(asking({"group_pv": {"pv": 4350, "leg_cap": "40%"}}))
    result = calculate(legs_of(*(leg * 100 for leg in legs)), plan)
    assert result.ranks.paid_as[0] == rank
    card = report_card(plan, result, 0)
    [check] = (card.next[0] if rank == 0 else card.paid_as).checks  # type: ignore[union-attr]
    assert (check.measure, check.required) == ("group_pv:0.4:requirement:4350", Decimal("4350.00"))
    assert (check.actual, check.gap, check.met) == (Decimal(counted), Decimal(missing), bool(rank))
    assert check.requirement == "group PV, at most 40 % of 4350.00 from a leg"


def test_a_leg_counts_for_at_most_its_share_of_the_whole() -> None:
    """Of 600.01 a third is 200.0033...: 200.00 of the first leg count. Own volume does in full, and a negative
    leg as it is; of the whole it is a part."""
    company = legs_of(40_000, 15_001, -5_000, own=10_000)
    requires = {"group_pv": {"pv": 1, "leg_cap": "0.33333333", "of": "total"}}
    counted = measured(company, requires, "group_pv:0.33333333:total")
    assert counted[0] == 10_000 + 20_000 + 15_001 - 5_000
    whole = {"group_pv": {"pv": 1, "leg_cap": "100%", "of": "total"}}
    assert (
        measured(company, whole, "group_pv:1:total")[0] == 60_001 - 0 == int(run(company).ranks.actual("group_pv")[0])
    )


def test_where_the_whole_is_below_zero_no_leg_counts_for_anything_but_a_debt() -> None:
    company = legs_of(2_000, -9_000, own=1_000)
    requires = {"group_pv": {"pv": 0, "leg_cap": "40%", "of": "total"}}
    assert measured(company, requires, "group_pv:0.4:total")[0] == 1_000 + 0 - 9_000


def test_a_cap_on_a_huge_volume_is_exact() -> None:
    """The share of the whole would leave 64 bits as one product."""
    huge = 10**14 - 3
    company = legs_of(huge, own=7)
    counted = measured(
        company, {"group_pv": {"pv": 1, "leg_cap": "0.33333333", "of": "total"}}, "group_pv:0.33333333:total"
    )
    assert counted[0] == 7 + (huge + 7) * 33333333 // 10**8


def test_legs_with_volume_count_from_exactly_that_on() -> None:
    company = legs_of(50_000, 49_999, 0, -100, 90_000)
    heavy = {"legs_with_volume": {"pv": 500, "count": 2}}
    assert measured(company, heavy, "legs_with_volume:500")[:3] == [2, 1, 0]
    assert run(company, asking(heavy)).ranks.paid_as.tolist() == [1] + [0] * 10
    assert measured(company, {"legs_with_volume": {"pv": 0, "count": 2}}, "legs_with_volume:0")[0] == 4


def three_storeys() -> tuple[Snapshot, list[dict[str, Any]]]:
    """1, 2 and 3 below 0; 4 below 1; Silver from 100 personal PV on, Gold from 200: 4 is Gold, 2 Silver, 3 nothing."""
    company = snapshot(sponsor=[-1, 0, 0, 0, 1], orders=[(4, 4, 20_000), (2, 2, 10_000), (3, 3, 9_999)])
    return company, [asking({"personal_pv": 100}), asking({"personal_pv": 200}, "Gold")]


@pytest.mark.parametrize(
    ("legs", "rank"),
    [
        ([{"rank": "Silver", "count": 2}, {"rank": "Gold", "count": 1}], 3),
        ([{"rank": "Silver", "count": 2}, {"rank": "Gold", "count": 2}], 0),
        ([{"rank": "Silver", "count": 3}, {"rank": "Gold", "count": 1}], 0),
        ([{"rank": "Gold", "count": 2}], 0),
        ([{"rank": "Silver", "count": 1}, {"rank": "Silver", "count": 3}], 0),
    ],
)
def test_several_legs_with_ranks_count_each_by_itself(legs: list[dict[str, Any]], rank: int) -> None:
    company, ranks = three_storeys()
    result = run(company, *ranks, asking({"legs_with_rank": legs}, "Platinum"))
    assert result.ranks.paid_as.tolist() == [rank, 0, 1, 0, 2]
    assert result.ranks.actual("legs_with_rank:" + legs[-1]["rank"])[0] == {"Silver": 2, "Gold": 1}[legs[-1]["rank"]]


def test_people_with_a_rank_are_counted_in_the_frontline_alone() -> None:
    company, ranks = three_storeys()
    people = {"personally_sponsored_with_rank": {"rank": "Silver", "count": 2}}
    result = run(company, *ranks, asking(people, "Platinum"))
    # The Gold at the bottom of the first leg does nothing for 0.
    assert result.ranks.actual("personally_sponsored_with_rank:Silver").tolist() == [1, 1, 0, 0, 0]
    assert result.ranks.paid_as.tolist() == [0, 0, 1, 0, 2]
    several = {"personally_sponsored_with_rank": [{"rank": "Silver", "count": 2}, {"rank": "Gold", "count": 1}]}
    company = snapshot(sponsor=[-1, 0, 0, 1], orders=[(1, 1, 20_000), (2, 2, 10_000), (3, 3, 20_000)])
    assert run(company, *ranks, asking(several, "Platinum")).ranks.paid_as.tolist() == [3, 2, 1, 2]
    two_golds = {"personally_sponsored_with_rank": [{"rank": "Silver", "count": 2}, {"rank": "Gold", "count": 2}]}
    assert run(company, *ranks, asking(two_golds, "Platinum")).ranks.paid_as.tolist() == [0, 2, 1, 2]


def test_ranks_that_build_on_people_with_ranks_settle_bottom_up() -> None:
    """A chain of five in which each is one rank above the one below."""
    company = snapshot(sponsor=[-1, 0, 1, 2, 3], orders=[(4, 4, 10_000)])
    ranks = [asking({"personal_pv": 100}, "R1")]
    for height in range(2, 6):
        one_below = {"personally_sponsored_with_rank": {"rank": f"R{height - 1}", "count": 1}}
        ranks.append(asking(one_below, f"R{height}"))
    assert run(company, *ranks).ranks.paid_as.tolist() == [5, 4, 3, 2, 1]


def test_personally_sponsored_are_counted_whatever_their_status() -> None:
    company = tree_of_seven(
        active=[True, False, True, False, True, True, True, True],
        passed_over=[False, True, False, False, False, False, False, False],
    )
    assert measured(company, {"personally_sponsored": 3}, "personally_sponsored") == [3, 1, 0, 1, 1, 0, 0, 0]
    assert run(company, asking({"personally_sponsored": 3})).ranks.paid_as.tolist() == [1] + [0] * 7


def test_the_weak_leg_is_one_of_the_placement_tree() -> None:
    """0 sponsors everybody; placed: 1 left of 0 and 2 below 1, 3 right of 0, 4 nowhere."""
    company = snapshot(
        sponsor=[-1, 0, 0, 0, 0],
        parent=[-1, 0, 1, 0, -1],
        slot=[0, 1, 2, 2, 0],
        carry_left=[90_000, 0, 0, 0, 0],
        carry_right=[90_000, 0, 0, 0, 0],
        orders=[(0, 0, 70_000), (1, 1, 1_000), (2, -1, 3_000), (3, 3, 2_500), (4, 4, 9_000)],
    )
    weak = {"weak_leg_pv": 25}
    assert measured(company, weak, "weak_leg_pv") == [2_500, 0, 0, 0, 0]
    assert run(company, asking(weak)).ranks.paid_as.tolist() == [1, 0, 0, 0, 0]
    returned = snapshot(sponsor=[-1, 0, 0], parent=[-1, 0, 0], slot=[0, 1, 2], orders=[(1, 1, 500), (2, 2, -300)])
    assert measured(returned, weak, "weak_leg_pv") == [-300, 0, 0]


def company_with_titles(titles: Sequence[str | None], pv: int) -> Snapshot:
    """People who stand alone with that much personal PV and those titles."""
    names = tuple(sorted({title for title in titles if title}))
    held = [names.index(title) if title else -1 for title in titles]
    orders = [(ix, ix, pv) for ix in range(len(titles))]
    return snapshot(sponsor=[-1] * len(titles), title=held, titles=names, orders=orders)


def test_who_holds_a_rank_or_a_higher_one_is_asked_to_maintain_it() -> None:
    ranks = (
        asking({"personal_pv": 100}, maintain={"personal_pv": 40}),
        asking({"personal_pv": 200}, "Gold", maintain={"personal_pv": 60}),
        asking({"personal_pv": 90}, "Platinum"),
    )
    people = ("Gold", "Silver", "Member", None, "Platinum", "Emperor")
    paid_as = {pv: run(company_with_titles(people, pv * 100), *ranks).ranks.paid_as.tolist() for pv in (39, 59, 60, 90)}
    assert paid_as[39] == [0] * 6
    assert paid_as[59] == [1, 1, 0, 0, 1, 0]
    assert paid_as[60] == [2, 1, 0, 0, 2, 0]
    # Platinum keeps no rules of its own: 90 is asked of everybody.
    assert paid_as[90] == [3] * 6


def test_maintain_replaces_what_is_required_and_may_ask_more() -> None:
    harder = asking({"personal_pv": 50, "active": True}, maintain={"personal_pv": 80})
    company = company_with_titles(["Silver", None], 6_000)
    assert run(company, harder).ranks.paid_as.tolist() == [0, 1]
    columns = dict(company_with_titles(["Silver", None], 9_000).people.columns())
    inactive = snapshot(
        orders=[(0, 0, 9_000), (1, 1, 9_000)],
        titles=("Silver",),
        **{**columns, "active": [False, False]},
    )
    assert run(inactive, harder).ranks.paid_as.tolist() == [1, 0]


def test_maintain_may_build_on_ranks_below() -> None:
    """0 keeps Gold by the one who keeps Silver below."""
    company = snapshot(
        sponsor=[-1, 0, 0], title=[1, 0, -1], titles=("Silver", "Gold"), orders=[(1, 1, 100), (2, 2, 100)]
    )
    silver = asking({"personal_pv": 100}, maintain={"personal_pv": 1})
    gold = asking(
        {"legs_with_rank": {"rank": "Silver", "count": 2}},
        "Gold",
        maintain={"legs_with_rank": {"rank": "Silver", "count": 1}},
    )
    assert run(company, silver, gold).ranks.paid_as.tolist() == [2, 1, 0]
    untitled = snapshot(sponsor=[-1, 0, 0], title=[-1, 0, -1], titles=("Silver",), orders=[(1, 1, 100), (2, 2, 100)])
    assert run(untitled, silver, gold).ranks.paid_as.tolist() == [0, 1, 0]


def test_the_card_tells_the_rules_that_were_asked_and_the_next_two_ranks() -> None:
    ranks = [
        asking({"personal_pv": 100}, maintain={"active": True, "personal_pv": 40}),
        asking({"personal_pv": 200}, "Gold", maintain={"personal_pv": 60}),
        asking({"customer_pv": 50}, "Platinum", maintain={"customer_pv": 10}),
        asking({"personally_sponsored": 2}, "Diamond"),
    ]
    plan = plan_of(*ranks)
    result = calculate(company_with_titles(["Gold", None], 5_000), plan)
    card = report_card(plan, result, 0)
    assert card.paid_as is not None
    assert (card.paid_as.rank, card.paid_as.rules, card.paid_as.met) == ("Silver", "maintain", True)
    assert [check.measure for check in card.paid_as.checks] == ["active", "personal_pv"]
    assert [(each.rank, each.rules, each.met) for each in card.next] == [
        ("Gold", "maintain", False),
        ("Platinum", "requires", False),
    ]
    assert [(check.required, check.gap) for check in card.next[0].checks] == [(Decimal("60.00"), Decimal("10.00"))]
    newcomer = report_card(plan, result, 1)
    assert newcomer.paid_as is not None
    assert (newcomer.paid_as.rank, newcomer.paid_as.rules) == ("Member", "requires")
    assert [(each.rank, each.rules) for each in newcomer.next] == [("Silver", "requires"), ("Gold", "requires")]


def test_without_a_rank_the_card_begins_with_the_lowest_two() -> None:
    """A failed lower rank does not stop a higher one, and its card is followed by what is above it."""
    plan = Plan.model_validate(
        plan_of(asking({"customer_pv": 10})).model_dump(mode="json")
        | {"ranks": [asking({"personal_pv": 100}, "Member"), asking({"customer_pv": 10})]}
    )
    company = snapshot(sponsor=[-1, -1], orders=[(1, -1, 1_000)])
    result = calculate(company, plan)
    assert result.ranks.paid_as.tolist() == [-1, 1]
    nobody, silver = report_card(plan, result, 0), report_card(plan, result, 1)
    assert (nobody.paid_as, [card.rank for card in nobody.next]) == (None, ["Member", "Silver"])
    assert silver.paid_as is not None
    assert (silver.paid_as.rank, silver.next) == ("Silver", ())


@pytest.mark.parametrize(("team", "missing"), [(552, "48.00"), (651, "0.00"), (636, "0.00"), (600, "0.00")])
def test_g32_what_a_team_lacks(team: int, missing: str) -> None:
    """G32 [P numbers] (view.joomag.com, doTERRA Leadership 10, p. 70): 600 team volume are needed; 552 lack 48, 651 and
    636 pass. Team volume is taken as that of the person and the first level."""
    plan = plan_of(asking({"volume_within_levels": {"levels": 1, "pv": 600}}))
    third = team * 100 // 3
    company = snapshot(
        sponsor=[-1, 0, 0, 1], orders=[(0, 0, third), (1, 1, third), (2, 2, team * 100 - 2 * third), (3, 3, 9)]
    )
    result = calculate(company, plan)
    [check] = (report_card(plan, result, 0).next or [report_card(plan, result, 0).paid_as])[0].checks  # type: ignore[union-attr]
    assert (check.required, check.actual, check.gap) == (Decimal("600.00"), Decimal(team), Decimal(missing))
    assert result.ranks.paid_as[0] == (missing == "0.00")


@pytest.mark.parametrize(("active", "amount"), [(3, 1_000), (2, 500)])
def test_g37_below_somebody_who_left(active: int, amount: int) -> None:
    """G37 [P] (Paparazzi): whom the cancelled one sponsored pay the upline as level 1, a Star 5 %, a Director with
    three active personally sponsored 10 %. They do not become personally sponsored: with fewer it is 5 % too."""
    plan = Plan.model_validate(
        plan_of(asking({"personally_sponsored_active": 3}, "Director")).model_dump(mode="json")
        | {"bonuses": [{"type": "unilevel", "name": "L", "levels_by_rank": {"Member": ["5%"], "Director": ["10%"]}}]}
    )
    # 1 left; 2 is theirs, and buys; 3, 4 and 5 stand below the Director, of whom so many are active.
    company = snapshot(
        sponsor=[-1, 0, 1, 0, 0, 0],
        active=[True, False, True, *(at < active for at in range(3))],
        passed_over=[False, True, False, False, False, False],
        orders=[(2, 2, 10_000)],
    )
    lines = calculate(company, plan).lines
    assert (lines.earner.tolist(), lines.paid_level.tolist(), lines.amount.tolist()) == ([0], [1], [amount])


companies = st.builds(
    random_snapshot,
    people=st.integers(1, 70),
    orders=st.integers(0, 90),
    seed=st.integers(0, 10_000),
    recent=st.sampled_from([0.02, 0.3, 1.0]),
    inactive=st.sampled_from([0.0, 0.3, 0.8]),
)


@settings(max_examples=40, deadline=None)
@given(company=companies, levels=st.integers(1, 9), pv=st.integers(0, 2_000), percent=st.integers(1, 100))
def test_measures_are_what_a_person_would_count(company: Snapshot, levels: int, pv: int, percent: int) -> None:
    """Each by looking at one person after another, on ugly trees."""
    share = f"{percent}%"
    ranks = [
        asking({"volume_within_levels": {"levels": levels, "pv": pv}, "personally_sponsored": 2}, "R1"),
        asking({"group_pv": {"pv": pv, "leg_cap": share}, "legs_with_volume": {"pv": pv, "count": 2}}, "R2"),
        asking({"group_pv": {"pv": pv, "leg_cap": share, "of": "total"}, "weak_leg_pv": pv}, "R3"),
        asking({"personally_sponsored_with_rank": [{"rank": f"R{at}", "count": 1} for at in (1, 3)]}, "R4"),
    ]
    ranks_of = run(company, *ranks).ranks
    people, count = company.people, len(company.people)
    below = [np.flatnonzero(people.sponsor == ix).tolist() for ix in range(count)]
    own = [int(company.orders.pv[company.orders.seller == ix].sum()) for ix in range(count)]

    def on_levels(ix: int, deep: int) -> int:
        return own[ix] + (sum(on_levels(child, deep - 1) for child in below[ix]) if deep else 0)

    def placed(ix: int, slot: int) -> int:
        children = np.flatnonzero((people.parent == ix) & (people.slot == slot)).tolist()
        return sum(own[child] + placed(child, 1) + placed(child, 2) for child in children)

    whole = [on_levels(ix, count) for ix in range(count)]
    asked, text = pv * 100, f"{percent / 100:g}"
    for ix in range(count):
        legs = [whole[child] for child in below[ix]]
        expected = {
            f"volume_within_levels:{levels}": on_levels(ix, levels),
            "personally_sponsored": len(legs),
            f"group_pv:{text}:requirement:{pv}": own[ix] + sum(min(leg, asked * percent // 100) for leg in legs),
            f"group_pv:{text}:total": own[ix] + sum(min(leg, max(0, whole[ix]) * percent // 100) for leg in legs),
            f"legs_with_volume:{pv}": sum(leg >= asked for leg in legs),
            "weak_leg_pv": min(placed(ix, 1), placed(ix, 2)),
            "personally_sponsored_with_rank:R1": sum(int(ranks_of.paid_as[child]) >= 1 for child in below[ix]),
            "personally_sponsored_with_rank:R3": sum(int(ranks_of.paid_as[child]) >= 3 for child in below[ix]),
        }
        assert {name: int(ranks_of.actual(name)[ix]) for name in expected} == expected

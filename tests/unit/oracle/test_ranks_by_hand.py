"""Ranks, the report card and gates worked out by hand: they hold the oracle alone to the definitions and the sources.

[P] the numbers are printed in the source, [D] they follow from a rule printed there. Plans are plain dicts.
"""

from typing import Any

import pytest

from tests.oracle import ranks
from tests.oracle.company import Company
from tests.unit.oracle.plain import person, run

ANN, BOB, CAT, DAN, EVE = range(5)
LEVELS = {"type": "unilevel", "name": "Levels", "levels_by_rank": {"Member": ["0.1", "0.1"]}}
TEAM = {"type": "binary", "name": "Team", "rate": "0.1"}


def customers(seller: int, pv: int) -> dict[str, Any]:
    """A customer's order of as many PV as CV, in minor units."""
    return {"seller": seller, "own": False, "pv": pv, "cv": pv}


def own(buyer: int, pv: int) -> dict[str, Any]:
    """A distributor's own purchase."""
    return {"seller": buyer, "own": True, "pv": pv, "cv": pv}


def rank(name: str, maintain: dict[str, Any] | None = None, **requires: Any) -> dict[str, Any]:
    """A rank that asks for this, and, where `maintain` is given, for that of whoever holds it."""
    return {"name": name, "requires": requires} | ({} if maintain is None else {"maintain": maintain})


def plan(*heights: dict[str, Any], **other: Any) -> dict[str, Any]:
    """Two levels of 10 % for Members, and the ranks given above them."""
    return {"ranks": [rank("Member"), *heights], "bonuses": [LEVELS]} | other


def card(
    people: list[dict[str, Any]], orders: list[dict[str, Any]], terms: dict[str, Any], ix: int = ANN
) -> list[tuple[int, str, list[tuple[str, int, int, bool, int]]]]:
    """Somebody's report card as plain data: rank, by which rules, and each measure, required, actual, met, missing."""
    told = ranks.report_card(Company(people, orders, terms), ix)
    return [
        (one.rank, one.by, [(e.measure, e.required, e.actual, e.met, e.missing) for e in one.entries]) for one in told
    ]


def star(legs: int) -> list[dict[str, Any]]:
    """Ann with so many frontline people, each of whom sponsors one more: those are numbered after the frontline."""
    return [person(), *(person(ANN) for _ in range(legs)), *(person(1 + leg) for leg in range(legs))]


# ------------------------------------------------------------------------------------------------------------- leg cap

IMASTERY = "https://immasteryacademy.zendesk.com/hc/en-us/articles/360041616972"


@pytest.mark.parametrize(
    ("legs", "counted", "missing"),
    [
        ((3_000_00, 1_500_00, 900_00), 4_140_00, 210_00),
        ((3_000_00, 1_740_00, 870_00), 4_350_00, 0),
    ],
)
def test_g18_no_leg_counts_for_more_than_40_percent_of_what_is_asked(
    legs: tuple[int, ...], counted: int, missing: int
) -> None:
    """[P] 4,350 at 40 %: at most 1,740 of a leg. [D] 3,000, 1,500 and 900 make 4,140, which is 210 short."""
    terms = plan(rank("Platinum", group_pv={"pv": "4350", "leg_cap": "0.4", "of": "requirement"}))
    orders = [customers(1 + 3 + leg, volume) for leg, volume in enumerate(legs)]  # deep in the leg, not at its head
    found = run(star(3), orders, terms)
    assert found.paid_as[ANN] == (1 if missing == 0 else 0), IMASTERY
    assert found.measures["group_pv:0.4:requirement:4350"][ANN] == counted
    assert found.measures["group_pv"][ANN] == sum(legs)
    entry = ("group_pv:0.4:requirement:4350", 4_350_00, counted, missing == 0, missing)
    assert card(star(3), orders, terms)[-1] == (1, "requires", [entry])


def test_g18_a_cap_of_the_total_is_a_share_of_the_whole_group_pv() -> None:
    """[D] definitions.md 2.2: other plans take a share of the total. 40 % of 5,400 + own 600 are 2,400 of a leg."""
    terms = plan(rank("Platinum", group_pv={"pv": "5400", "leg_cap": "0.4", "of": "total"}))
    orders = [own(ANN, 600_00), customers(4, 3_000_00), customers(5, 1_500_00), customers(6, 900_00)]
    found = run(star(3), orders, terms)
    assert found.measures["group_pv:0.4:total"][ANN] == 600_00 + 2_400_00 + 1_500_00 + 900_00
    assert found.paid_as[ANN] == 1
    assert run(star(3), orders[1:], terms).paid_as[ANN] == 0, "2,160 + 1,500 + 900 of 5,400"


def test_the_cap_leaves_out_the_part_of_a_minor_unit_and_never_the_own_volume() -> None:
    """A third of 100.00, said as 33.333 %, is 33.333: a leg counts for 33.33."""
    terms = plan(rank("Silver", group_pv={"pv": "100", "leg_cap": "0.33333", "of": "requirement"}))
    orders = [customers(1 + leg, 40_00) for leg in range(3)]
    assert run(star(3), orders, terms).measures["group_pv:0.33333:requirement:100"][ANN] == 99_99
    assert run(star(3), [*orders, own(ANN, 1)], terms).paid_as[ANN] == 1
    assert run(star(3), [own(ANN, 100_00)], terms).paid_as[ANN] == 1


def test_a_leg_below_zero_counts_as_it_is() -> None:
    terms = plan(rank("Silver", group_pv={"pv": "100", "leg_cap": "0.4", "of": "requirement"}))
    orders = [customers(1, 90_00), customers(2, -50_00), own(ANN, 50_00)]
    assert run(star(2), orders, terms).measures["group_pv:0.4:requirement:100"][ANN] == 50_00 + 40_00 - 50_00
    everything_came_back = [customers(1, 90_00), customers(2, -150_00)]
    terms = plan(rank("Silver", group_pv={"pv": "100", "leg_cap": "0.4", "of": "total"}))
    assert run(star(2), everything_came_back, terms).measures["group_pv:0.4:total"][ANN] == -150_00


# -------------------------------------------------------------------------------------------------- volumes and levels


def test_g32_the_gap_to_a_rank() -> None:
    """[P] doTERRA Leadership 10 p. 70: the Power of 3 needs 600 team volume; 552 miss 48, 651 and 636 pass."""
    terms = plan(rank("Power of 3", volume_within_levels={"levels": 1, "pv": "600"}))
    name = "volume_within_levels:1"
    for team, missing in ((552_00, 48_00), (651_00, 0), (636_00, 0)):
        orders = [own(ANN, 100_00), *(own(1 + leg, (team - 100_00) // 3) for leg in range(3))]
        orders += [own(3, (team - 100_00) % 3), own(4, 1_000_00)]  # what is bought two levels below is no team volume
        assert card(star(3), orders, terms)[-1] == (1, "requires", [(name, 600_00, team, missing == 0, missing)])
        assert run(star(3), orders, terms).paid_as[ANN] == (0 if missing else 1)


def test_volume_within_levels_counts_the_person_and_the_last_level_but_not_the_one_below() -> None:
    chain = [person(ix - 1, active=ix != 1) for ix in range(7)]
    orders = [own(ix, 10**ix) for ix in range(7)]
    for levels, volume in ((1, 11), (2, 111), (5, 111_111), (6, 1_111_111), (100, 1_111_111)):
        terms = plan(rank("Silver", volume_within_levels={"levels": levels, "pv": "0.01"}))
        assert run(chain, orders, terms).measures[f"volume_within_levels:{levels}"][ANN] == volume


def test_a_leg_with_volume_has_at_least_that_at_all_depths_together() -> None:
    terms = plan(rank("Silver", legs_with_volume={"pv": "500", "count": 2}))
    orders = [own(1, 200_00), customers(3, 300_00), customers(2, 499_99)]
    assert run(star(2), orders, terms).measures["legs_with_volume:500"][:3] == [1, 0, 0]
    assert run(star(2), orders, terms).paid_as[ANN] == 0
    assert run(star(2), [*orders, own(4, 1)], terms).paid_as[ANN] == 1
    assert run(star(2), [*orders, own(4, 1), own(3, -1)], terms).paid_as[ANN] == 0, "a return takes it away"


def test_the_weak_leg_is_the_smaller_side_of_the_placement_tree_without_carry_or_own_volume() -> None:
    """Ann sponsors nobody of those placed below her; Dan stands below Bob on the left."""
    people = [person(carry_left=9_000_00, carry_right=9_000_00), person(-1, ANN, 1), person(-1, ANN, 2)]
    people += [person(-1, BOB, 2)]
    terms = plan(rank("Silver", weak_leg_pv="300"))
    orders = [own(ANN, 5_000_00), own(BOB, 100_00), customers(DAN, 200_00), customers(CAT, 299_99)]
    assert run(people, orders, terms).measures["weak_leg_pv"] == [299_99, 0, 0, 0]
    assert run(people, orders, terms).paid_as[ANN] == 0
    assert run(people, [*orders, own(CAT, 1)], terms).paid_as[ANN] == 1
    assert run(people, [*orders, own(CAT, -300_00)], terms).measures["weak_leg_pv"][ANN] == -1
    without_cv = [*orders, {"seller": CAT, "own": True, "pv": 1, "cv": 0}]
    assert run(people, without_cv, terms).paid_as[ANN] == 1, "PV counts, not CV"


# ----------------------------------------------------------------------------------------------------- people and ranks


def test_personally_sponsored_are_the_frontline_whatever_their_status() -> None:
    people = [person(), person(ANN), person(ANN, active=False), person(ANN, active=False, passed_over=True)]
    people += [person(BOB)]
    terms = plan(rank("Silver", personally_sponsored=3), rank("Gold", personally_sponsored=4))
    assert run(people, [], terms).measures["personally_sponsored"] == [3, 1, 0, 0, 0]
    assert run(people, [], terms).paid_as == [1, 0, 0, 0, 0]


SILVER = rank("Silver", personal_pv="100")
GOLD = rank("Gold", personal_pv="200")


def test_several_ranks_of_legs_must_all_be_met_and_a_gold_leg_counts_as_a_silver_leg() -> None:
    wanted = [{"rank": "Silver", "count": 2}, {"rank": "Gold", "count": 1}]
    terms = plan(SILVER, GOLD, rank("Platinum", legs_with_rank=wanted))
    silver, gold = 100_00, 200_00
    assert run(star(2), [own(3, silver), own(2, gold)], terms).paid_as[ANN] == 3, "one of each"
    assert run(star(2), [own(3, gold), own(2, gold)], terms).paid_as[ANN] == 3, "two Gold"
    assert run(star(2), [own(3, silver), own(2, silver)], terms).paid_as[ANN] == 0, "no Gold"
    found = run(star(2), [own(1, silver), own(3, gold)], terms)
    assert found.paid_as[ANN] == 0, "each leg is a separate frontline [P] doTERRA FAQ"
    assert found.measures["legs_with_rank:Silver"][ANN] == found.measures["legs_with_rank:Gold"][ANN] == 1


def test_one_rank_of_legs_may_stand_without_a_list() -> None:
    one = plan(SILVER, rank("Gold", legs_with_rank={"rank": "Silver", "count": 1}))
    listed = plan(SILVER, rank("Gold", legs_with_rank=[{"rank": "Silver", "count": 1}]))
    orders = [own(4, 100_00)]
    assert run(star(2), orders, one) == run(star(2), orders, listed)
    assert run(star(2), orders, one).paid_as == [2, 0, 2, 0, 1]


def test_personally_sponsored_with_a_rank_hold_it_themselves() -> None:
    terms = plan(SILVER, GOLD, rank("Platinum", personally_sponsored_with_rank={"rank": "Silver", "count": 2}))
    name = "personally_sponsored_with_rank:Silver"
    assert run(star(2), [own(3, 100_00), own(4, 100_00)], terms).paid_as[ANN] == 0, "their people do"
    found = run(star(2), [own(1, 100_00), own(2, 200_00)], terms)
    assert (found.paid_as[ANN], found.measures[name][ANN]) == (3, 2), "a higher rank counts"
    assert run(star(2), [own(1, 100_00), own(2, 99_99)], terms).measures[name][ANN] == 1
    several = [{"rank": "Silver", "count": 2}, {"rank": "Gold", "count": 2}]
    terms = plan(SILVER, GOLD, rank("Platinum", personally_sponsored_with_rank=several))
    assert run(star(2), [own(1, 100_00), own(2, 200_00)], terms).paid_as[ANN] == 0


def test_titles_are_no_ranks_for_those_above() -> None:
    people = [person(), person(ANN, title="Gold"), person(ANN, title="Silver")]
    terms = plan(SILVER, GOLD, rank("Platinum", personally_sponsored_with_rank={"rank": "Silver", "count": 1}))
    assert run(people, [], terms).paid_as == [0, 0, 0]


def test_ranks_that_people_earn_by_maintaining_feed_the_ranks_above() -> None:
    """Cat keeps Silver with 50; that makes Bob, above her, Gold, and Ann, above him, Platinum."""
    people = [person(), person(ANN), person(BOB, title="Silver")]
    terms = plan(
        rank("Silver", maintain={"personal_pv": "50"}, personal_pv="100"),
        rank("Gold", personally_sponsored_with_rank={"rank": "Silver", "count": 1}),
        rank("Platinum", legs_with_rank=[{"rank": "Gold", "count": 1}]),
    )
    assert run(people, [own(CAT, 50_00)], terms).paid_as == [3, 2, 1]
    assert run(people, [own(CAT, 49_99)], terms).paid_as == [0, 0, 0]


# ------------------------------------------------------------------------------------------------------------ maintain


def test_who_holds_the_rank_or_a_higher_one_maintains_it_and_everybody_else_reaches_it() -> None:
    """definitions.md 2.2: achievement rules may differ from maintenance rules. 60 PV reach nothing, and keep Silver."""
    terms = plan(rank("Silver", maintain={"personal_pv": "50"}, personal_pv="100"), rank("Gold", personal_pv="200"))
    for title, earned, best in ((None, 0, 0), ("Member", 0, 0), ("Silver", 1, 1), ("Gold", 1, 2), ("Retired", 0, 0)):
        found = run([person(title=title)], [own(ANN, 60_00)], terms)
        assert (found.paid_as, found.highest) == ([earned], [best]), title


def test_a_rank_that_does_not_say_how_it_is_maintained_asks_everybody_the_same() -> None:
    terms = plan(SILVER)
    assert run([person(title="Silver")], [own(ANN, 99_99)], terms).paid_as == [0]
    assert run([person(title="Silver")], [own(ANN, 100_00)], terms).paid_as == [1]
    nothing_at_all = plan(rank("Silver", maintain={}, personal_pv="100"))
    assert run([person(title="Silver")], [], nothing_at_all).paid_as == [1]


def test_maintaining_may_be_harder_than_reaching_and_asks_for_nothing_of_the_other_rules() -> None:
    terms = plan(rank("Silver", maintain={"customer_pv": "100", "active": True}, personal_pv="100"))
    for title, order, earned in (
        (None, own(ANN, 100_00), 1),
        ("Silver", own(ANN, 100_00), 0),
        ("Silver", customers(ANN, 100_00), 1),
    ):
        assert run([person(title=title)], [order], terms).paid_as == [earned]
    assert run([person(title="Silver", active=False)], [customers(ANN, 100_00)], terms).paid_as == [0]


def test_the_highest_rank_ever_is_the_title_or_what_is_earned_now() -> None:
    found = run([person(title="Silver"), person(title="Gold"), person()], [own(ix, 150_00) for ix in range(3)],
                plan(SILVER, GOLD))  # fmt: skip
    assert found.paid_as == [1, 1, 1]
    assert found.highest == [1, 2, 1]


# --------------------------------------------------------------------------------------------------------- report card


def test_the_report_card_tells_the_rank_and_the_next_two_above_and_by_which_rules() -> None:
    terms = plan(
        rank("Silver", maintain={"active": True, "personal_pv": "50"}, personal_pv="100"),
        rank("Gold", personally_sponsored=2, weak_leg_pv="10"),
        rank("Platinum", legs_with_rank=[{"rank": "Silver", "count": 1}, {"rank": "Gold", "count": 3}]),
        rank("Diamond", group_pv="10000"),
    )
    people = [person(title="Silver"), person(ANN)]
    assert card(people, [own(ANN, 70_00), own(BOB, 100_00)], terms) == [
        (1, "maintain", [("active", 1, 1, True, 0), ("personal_pv", 50_00, 70_00, True, 0)]),
        (2, "requires", [("weak_leg_pv", 10_00, 0, False, 10_00), ("personally_sponsored", 2, 1, False, 1)]),
        (3, "requires", [("legs_with_rank:Silver", 1, 1, True, 0), ("legs_with_rank:Gold", 3, 0, False, 3)]),
    ]
    assert [one[0] for one in card([person()], [], plan(SILVER, GOLD))] == [0, 1, 2]


def test_the_report_card_of_somebody_without_a_rank_and_of_somebody_at_the_top() -> None:
    terms = plan() | {"ranks": [SILVER, GOLD, rank("Platinum", active=True)]}
    nobody = [person(active=False)]
    assert [one[0] for one in card(nobody, [], terms)] == [0, 1]
    assert card(nobody, [], terms)[0] == (0, "requires", [("personal_pv", 100_00, 0, False, 100_00)])
    assert card([person()], [], terms) == [(2, "requires", [("active", 1, 1, True, 0)])]


# --------------------------------------------------------------------------------------------------------------- gates

MAJORITY = {"type": "majority_of_customers", "more_than": "0.5", "bonuses": None}
SHARE = {"type": "customer_share", "at_least": "0.7", "bonuses": None}
FIFTY = {"type": "customer_pv", "at_least": "50", "bonuses": None}
NO_OWN = {"type": "no_own_purchases", "bonuses": None}


@pytest.mark.parametrize(("sold", "bought", "paid"), [(51_00, 49_00, 10_00), (40_00, 60_00, 0), (50_00, 50_00, 0)])
def test_g30_the_majority_of_the_volume_must_be_customers(sold: int, bought: int, paid: int) -> None:
    """[P] https://behindmlm.com/mlm/vemmas-retail-comp-plan-the-new-mlm-benchmark : of an organisation's volume of 100,
    51 of customers and 49 of affiliates pay on 100; 40 and 60 pay on 0. Ann's 10 % of 100 are 10.00."""
    people = [person(), person(ANN), person(BOB)]
    orders = [customers(BOB, sold), own(BOB, bought)]
    found = run(people, orders, plan(gates=[MAJORITY]))
    assert found.by_person[0][ANN] == paid
    told = {(miss.reason, miss.needed, miss.actual) for miss in found.misses if miss.person == ANN}
    assert told == (set() if paid else {("GATE_MAJORITY", 50_01, sold)})
    assert sum(miss.forgone for miss in found.misses if miss.person == ANN) == 10_00 - paid


def test_the_majority_is_of_the_person_and_everybody_below_and_nothing_is_no_majority() -> None:
    """Cat sells nothing, Bob above her everything: Bob passes for both, and Cat, who is nobody's majority, does not."""
    people = [person(), person(ANN), person(BOB), person(CAT)]
    orders = [customers(BOB, 60_00), own(CAT, 59_99)]
    found = run(people, orders, plan(gates=[MAJORITY]))
    assert found.by_person == [[6_00 + 6_00, 6_00 + 6_00, 0, 0]]
    assert found.measures["group_customer_pv"] == [60_00, 60_00, 0, 0]
    empty = run([person(), person(ANN)], [{"seller": BOB, "own": False, "pv": 0, "cv": 100_00}], plan(gates=[MAJORITY]))
    assert [(miss.person, miss.reason, miss.needed, miss.actual) for miss in empty.misses] == [
        (BOB, "GATE_MAJORITY", 1, 0),
        (ANN, "GATE_MAJORITY", 1, 0),
    ]


@pytest.mark.parametrize(("sold", "bought", "passes"), [(70_00, 30_00, True), (69_99, 30_01, False), (10, 0, True)])
def test_the_70_percent_rule(sold: int, bought: int, passes: bool) -> None:
    """[rule P] Amway 1979, 93 F.T.C. 618: 70 % of what was bought in the month must be sold on. [D] the edges."""
    orders = [customers(ANN, sold), own(ANN, bought), own(BOB, 100_00)]
    found = run([person(), person(ANN, active=False)], orders, plan(gates=[SHARE]))
    assert (found.by_person[0][ANN] > 0) is passes
    told = {(miss.reason, miss.needed, miss.actual) for miss in found.misses if miss.person == ANN}
    assert told == (set() if passes else {("GATE_CUSTOMER_SHARE", 70_00, 69_99)})


def test_the_least_volume_that_would_pass_is_rounded_up_and_never_nothing() -> None:
    """70 % of 0.11 are 0.077: 0.08 would pass. Where nothing was bought there is no share; the least volume is told."""
    for order, needed, actual in (
        ([own(ANN, 11)], 8, 0),
        ([], 1, 0),
        ([own(ANN, -5_00)], 1, 0),
        ([own(ANN, -5_00), customers(ANN, 4_00)], 1, 4_00),
    ):
        found = run([person(), person(ANN)], [*order, own(BOB, 100_00)], plan(gates=[SHARE]))
        (miss,) = [miss for miss in found.misses if (miss.person, miss.order) == (ANN, len(order))]
        assert (miss.reason, miss.needed, miss.actual) == ("GATE_CUSTOMER_SHARE", needed, actual)


@pytest.mark.parametrize(("sold", "paid"), [(49_99, 0), (50_00, 10_00)])
def test_the_50_customer_pv(sold: int, paid: int) -> None:
    """[rule P] amway.com, business support: at least 50 PV of customers' sales to be paid on the downline's volume."""
    orders = [{"seller": ANN, "own": False, "pv": sold, "cv": 0}, own(ANN, 1_000_00), own(BOB, 100_00)]
    found = run([person(), person(ANN)], orders, plan(gates=[FIFTY]))
    assert found.by_person[0][ANN] == paid
    misses = [("GATE_CUSTOMER_PV", 50_00, sold, 10_00, 10_00)] if not paid else []
    assert [(m.reason, m.needed, m.actual, m.forgone, m.breakage) for m in found.misses] == misses


def test_compression_skips_whom_a_gate_keeps_out_and_the_gate_touches_neither_rank_nor_activity() -> None:
    people = [person(), person(ANN), person(BOB)]
    orders = [own(CAT, 100_00), {"seller": ANN, "own": False, "pv": 50_00, "cv": 0}]
    for compression, paid, breakage in (("none", {(ANN, 2, 2)}, 10_00), ("standard", {(ANN, 2, 1)}, 0),
                                        ("dynamic", {(ANN, 2, 1)}, 0)):  # fmt: skip
        terms = plan(gates=[FIFTY], bonuses=[LEVELS | {"compression": compression}])
        found = run(people, orders, terms)
        assert {(line.earner, line.level, line.paid_level) for line in found.lines} == paid
        told = [(miss.person, miss.reason, miss.breakage) for miss in found.misses]
        assert told == [(BOB, "GATE_CUSTOMER_PV", breakage)]
        assert found.active == [True, True, True]
        assert found.paid_as == [0, 0, 0]


def test_a_position_that_a_gate_keeps_out_loses_its_match_as_the_inactive_do() -> None:
    people = [person(), person(-1, ANN, 1), person(-1, ANN, 2)]
    orders = [customers(BOB, 300_00), customers(CAT, 500_00)]
    found = run(people, orders, plan(gates=[FIFTY], bonuses=[TEAM]))
    assert found.lines == []
    assert [(leg.flushed, leg.out) for leg in found.carry[ANN]] == [(300_00, 0), (300_00, 200_00)]
    told = [(miss.person, miss.reason, miss.forgone, miss.breakage) for miss in found.misses]
    assert told == [(ANN, "GATE_CUSTOMER_PV", 30_00, 30_00)]


def test_a_gate_stands_before_the_bonuses_it_names() -> None:
    people = [person(), person(ANN, ANN, 1), person(ANN, ANN, 2)]
    orders = [own(BOB, 100_00), own(CAT, 100_00)]
    for named, paid in ((["Levels"], (0, 10_00)), (["Team"], (20_00, 0)), (None, (0, 0)), (["Levels", "Team"], (0, 0))):
        found = run(people, orders, plan(gates=[FIFTY | {"bonuses": named}], bonuses=[LEVELS, TEAM]))
        assert tuple(by_person[ANN] for by_person in found.by_person) == paid


def test_of_several_reasons_the_status_is_told_first_then_the_volume_then_the_gates_in_order() -> None:
    asked = {"activity": {"personal_pv": "20"}}
    for who, orders, gates, reason in (
        (person(active=False), [], [FIFTY, SHARE], "INACTIVE_STATUS"),
        (person(), [], [FIFTY, SHARE], "INACTIVE_VOLUME"),
        (person(), [own(ANN, 20_00)], [FIFTY, SHARE], "GATE_CUSTOMER_PV"),
        (person(), [own(ANN, 20_00)], [MAJORITY, SHARE, FIFTY], "GATE_MAJORITY"),
        (person(), [own(ANN, 20_00)], [NO_OWN, SHARE, FIFTY], "GATE_CUSTOMER_SHARE"),
    ):
        found = run([who, person(ANN)], [*orders, customers(BOB, 1_00)], plan(gates=gates, **asked))
        assert [miss.reason for miss in found.misses if miss.person == ANN] == [reason]


def test_without_own_purchases_they_pay_nobody_and_are_nobodys_miss_but_count_for_ranks_and_activity() -> None:
    people = [person(), person(ANN), person(BOB, active=False)]
    orders = [own(BOB, 100_00), own(CAT, 100_00), customers(BOB, 30_00)]
    terms = plan(SILVER, gates=[NO_OWN], activity={"personal_pv": "100"})
    found = run([*people, person(CAT)], orders, terms)
    assert [(line.earner, line.order, line.amount) for line in found.lines] == []
    assert found.paid_as == [0, 1, 1, 0]
    assert found.active == [False, True, False, False]
    assert {miss.order for miss in found.misses} == {2}


def test_without_own_purchases_customers_orders_alone_come_into_the_legs() -> None:
    people = [person(carry_left=10_00), person(-1, ANN, 1), person(-1, ANN, 2)]
    orders = [own(BOB, 300_00), customers(BOB, 20_00), own(CAT, 500_00), customers(CAT, 40_00)]
    found = run(people, orders, plan(gates=[NO_OWN | {"bonuses": ["Team"]}], bonuses=[TEAM]))
    assert [(leg.came_in, leg.new, leg.matched, leg.out) for leg in found.carry[ANN]] == [
        (10_00, 20_00, 30_00, 0),
        (0, 40_00, 30_00, 10_00),
    ]
    assert found.by_person == [[3_00, 0, 0]]
    assert (
        run(people, orders, plan(gates=[NO_OWN | {"bonuses": ["Levels"]}], bonuses=[TEAM])).by_person[0][ANN] == 33_00
    )


# ------------------------------------------------------------------------------------------------------------ Paparazzi


@pytest.mark.parametrize(("title", "active_frontline", "cents"), [
    ("Star", 3, 5_00), ("Director", 3, 10_00), ("Director", 2, 5_00), (None, 3, 5_00),
])  # fmt: skip
def test_g37_below_a_cancelled_consultant(title: str | None, active_frontline: int, cents: int) -> None:
    """[P] https://paparazzi-accessories.helpscoutdocs.com/article/68-what-happens-when-a-consultant-is-cancelled : on
    the cancelled one's level 1 a Star is paid 5 %, a Director with three active personally sponsored 10 %, one with
    fewer 5 %. That first level is the upline's first level for pay only: they are never personally sponsored."""
    terms = plan(
        rank("Director", maintain={"personally_sponsored_active": 3}, personally_sponsored_active=5),
        bonuses=[LEVELS | {"levels_by_rank": {"Star": ["0.05"], "Director": ["0.1"]}}],
    )
    terms["ranks"][0]["name"] = "Star"
    upline, cancelled, level_one = 0, 1, 2
    people = [person(title=title), person(upline, active=False, passed_over=True), person(cancelled)]
    people += [person(upline) for _ in range(active_frontline)]
    found = run(people, [own(level_one, 100_00)], terms)
    assert [(line.earner, line.level, line.paid_level, line.amount) for line in found.lines] == [(upline, 2, 1, cents)]
    assert found.measures["personally_sponsored_active"][upline] == active_frontline

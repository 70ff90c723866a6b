"""Stairstep breakaway and group volume without broken-away legs, worked out by hand on a line of titles."""

from typing import Any

from tests.oracle.results import Pay
from tests.unit.oracle.plain import lines, misses, order, person, run, terms

RANKS = ("Member", "Silver", "Gold", "Ruby")
STAIRSTEP = {
    "type": "breakaway",
    "breaks_away_at": "Gold",
    "levels_by_rank": {"Member": ["0.05"], "Silver": ["0.05", "0.03"], "Gold": ["0.05", "0.04", "0.02"]},
    "override_by_rank": {"Gold": "0.05", "Ruby": "0.08"},
}


def line_of(*titles: str, cv: int = 100_00, own: bool = False, **options: Any) -> Pay:
    """The lowest of a line of people sells or buys; a title in small letters is an inactive person's."""
    people = [
        person(ix - 1, title=title.rstrip("!").capitalize(), active=title[0].isupper(), passed_over=title[-1] == "!")
        for ix, title in enumerate(titles)
    ]
    plan = terms(STAIRSTEP | options, ranks=RANKS, pay_rank="title")
    return run(people, [order(len(people) - 1, cv, own=own)], plan)


def test_levels_end_with_the_first_who_broke_away_and_the_next_one_has_the_difference() -> None:
    """Member 5, Silver 3 on level 2, Gold 2 on level 3; the Silver above is passed over; Ruby has 8 - 5; no second."""
    result = line_of("Ruby", "Ruby", "Silver", "Gold", "Silver", "Member")
    assert lines(result) == [(1, 5, 0, 3_00), (3, 3, 3, 2_00), (4, 2, 2, 3_00), (5, 1, 1, 5_00)]
    assert misses(result) == []


def test_the_purchase_of_somebody_who_broke_away_pays_no_levels() -> None:
    assert lines(line_of("Ruby", "Silver", "Gold", own=True)) == [(0, 2, 0, 3_00)]
    assert lines(line_of("Ruby", "Silver", "Gold")) == [(0, 3, 0, 3_00), (2, 1, 1, 5_00)]


def test_a_purchase_within_a_group_begins_at_the_sponsor() -> None:
    assert lines(line_of("Ruby", "Gold", "Member", own=True)) == [(0, 2, 0, 3_00), (1, 1, 1, 5_00)]


def test_equal_rates_pay_the_minimum_or_nothing_and_nobody_further_up() -> None:
    assert lines(line_of("Ruby", "Gold", "Gold")) == [(2, 1, 1, 5_00)]
    assert lines(line_of("Ruby", "Gold", "Gold", minimum_override="0.01")) == [(1, 2, 0, 1_00), (2, 1, 1, 5_00)]
    assert lines(line_of("Gold", "Ruby", own=True, minimum_override="0.01")) == [(0, 1, 0, 1_00)]
    assert misses(line_of("Ruby", "Gold", "Gold")) == []


def test_inactive_leaders_between_are_passed_over() -> None:
    """What they would have had is nobody's loss while somebody is paid; else the first one's part is lost, once."""
    result = line_of("Ruby", "ruby", "gold", "Gold", minimum_override="0.01")
    assert lines(result) == [(0, 4, 0, 3_00), (3, 1, 1, 5_00)]
    assert misses(result) == [(1, "INACTIVE_STATUS", 3_00, 0), (2, "INACTIVE_STATUS", 1_00, 0)]
    result = line_of("Silver", "ruby", "gold", "Gold", minimum_override="0.01")
    assert lines(result) == [(3, 1, 1, 5_00)]
    assert misses(result) == [(1, "INACTIVE_STATUS", 3_00, 0), (2, "INACTIVE_STATUS", 1_00, 1_00)]
    assert [(miss.level, miss.paid_level) for miss in result.misses] == [(2, 0), (3, 0)]


def test_an_inactive_leader_still_heads_the_group_and_the_level_is_lost() -> None:
    result = line_of("Ruby", "gold", "Member")
    assert lines(result) == [(0, 3, 0, 3_00), (2, 1, 1, 5_00)]
    assert misses(result) == [(1, "INACTIVE_STATUS", 4_00, 4_00)]


def test_a_leaver_who_is_passed_over_heads_no_group() -> None:
    result = line_of("Ruby", "Gold", "gold!", "Member")
    assert lines(result) == [(0, 4, 0, 3_00), (1, 3, 2, 4_00), (3, 1, 1, 5_00)]
    assert lines(line_of("Ruby", "ruby!", "Gold")) == [(0, 3, 0, 3_00), (2, 1, 1, 5_00)]
    assert misses(line_of("Ruby", "ruby!", "Gold")) == []


def test_within_the_group_a_rank_that_does_not_reach_the_level_loses_it() -> None:
    """The second Member would need Silver for level 2; the leaver takes no level at all."""
    result = line_of("Gold", "Member", "member!", "Member")
    assert lines(result) == [(0, 4, 3, 2_00), (3, 1, 1, 5_00)]
    assert misses(result) == [(1, "RANK_DEPTH", 3_00, 3_00), (2, "INACTIVE_STATUS", 3_00, 0)]


def test_a_return_takes_back_levels_and_override() -> None:
    paid, back = (line_of("Ruby", "gold", "Gold", "Member", cv=cv) for cv in (100_50, -100_50))
    assert [line.amount for line in back.lines] == [-line.amount for line in paid.lines]
    assert back.amount == -paid.amount != 0


def test_personal_group_volume_leaves_out_groups_that_broke_away_but_not_ones_own() -> None:
    """From the bottom up: C's 100 make a Gold; B above has 60 left, no Gold; A has 60 and 50 and is Gold."""
    gold = {"name": "Gold", "requires": {"personal_group_pv": "100"}}
    plan = terms(STAIRSTEP | {"levels_by_rank": {"Member": ["0.05"]}}, ranks=("Member", gold, "Ruby"))
    plan["ranks"][2]["requires"] = {"personal_group_pv": "1000000"}
    people = [person(), person(0), person(1), person(2)]
    orders = [order(ix, cv) for ix, cv in enumerate((50_00, 60_00, 40_00, 60_00))]
    result = run(people, orders, plan)
    assert result.measures["personal_group_pv"] == [110_00, 60_00, 100_00, 60_00]
    assert result.paid_as == [1, 0, 1, 0]
    assert result.measures["group_pv"] == [210_00, 160_00, 100_00, 60_00]

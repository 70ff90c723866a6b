"""Leadership bonus worked out by hand, by the oracle alone: who passes what on to whom, from the lowest level up."""

from typing import Any

from tests.oracle.results import NO_ORDER, Pay
from tests.unit.oracle.plain import misses, order, person, run, terms

RANKS = ("Member", "Platinum")
LEADERSHIP = {
    "type": "leadership",
    "breaks_away_at": "Platinum",
    "rate": "0.04",
    "guaranteed_cv": "1000",
}


def chain(*groups: int, names: str = "", **options: Any) -> Pay:
    """A line of people, the top first, each with a customer who bought so much CV. P is an active leader, p an
    inactive one, m a Member, x a leader who left and is passed over; all are P unless said."""
    return tree(tuple(range(-1, len(groups) - 1)), groups, names, **options)


def tree(sponsors: tuple[int, ...], groups: tuple[int, ...], names: str = "", **options: Any) -> Pay:
    kinds: dict[str, dict[str, Any]] = {
        "P": {"title": "Platinum"},
        "p": {"title": "Platinum", "active": False},
        "m": {"title": "Member"},
        "x": {"title": "Platinum", "active": False, "passed_over": True},
    }
    names = names or "P" * len(groups)
    people = [person(sponsor, **kinds[name]) for sponsor, name in zip(sponsors, names, strict=True)]
    orders = [order(ix, cv) for ix, cv in enumerate(groups) if cv]
    return run(people, orders, terms(LEADERSHIP | options, ranks=RANKS, pay_rank="title"))


def passed(result: Pay) -> list[tuple[int, int, int, int, int]]:
    """(earner, source, CV, what it makes, amount) of each line."""
    assert all(line.order == NO_ORDER for line in result.lines)
    return [(line.earner, line.source, line.base, line.raw, line.amount) for line in result.lines]


def test_a_group_of_more_than_is_guaranteed_takes_nothing_from_its_leader() -> None:
    """4 % of 2,000 = 80 to the middle one, who keeps it, since 4 % of their own 1,500 = 60 are above 40."""
    assert passed(chain(0, 1500_00, 2000_00)) == [(0, 1, 1500_00, 60_00, 60_00), (1, 2, 2000_00, 80_00, 80_00)]


def test_what_is_missing_is_taken_from_what_the_leader_receives() -> None:
    """The middle group makes 20 of the 40 that are guaranteed: of 80 received 20 go on and 60 stay."""
    assert passed(chain(0, 500_00, 2000_00)) == [
        (0, 1, 500_00, 20_00, 40_00),
        (1, 0, 0, 0, -20_00),
        (1, 2, 2000_00, 80_00, 80_00),
    ]


def test_no_more_is_taken_than_is_received() -> None:
    """The lowest receives nothing and gives 4 % of 300 = 12; the one above it makes none, and passes all 12 on."""
    assert passed(chain(0, 0, 300_00)) == [
        (0, 1, 0, 0, 12_00),
        (1, 0, 0, 0, -12_00),
        (1, 2, 300_00, 12_00, 12_00),
    ]
    assert passed(chain(0, 300_00)) == [(0, 1, 300_00, 12_00, 12_00)]


def test_it_is_worked_out_from_the_lowest_level_up() -> None:
    """Leader 3 makes 4 of 40 and has 100 from below, so 40 go on to 2. Leader 2 makes 10, and with 30 of those 40
    fills up what goes to 1. Leader 1 makes 0 and passes all 40 on. From the top down, 1 would have had nothing."""
    result = chain(0, 0, 250_00, 100_00, 2500_00)
    assert passed(result) == [
        (0, 1, 0, 0, 40_00),
        (1, 0, 0, 0, -40_00),
        (1, 2, 250_00, 10_00, 40_00),
        (2, 1, 0, 0, -30_00),
        (2, 3, 100_00, 4_00, 40_00),
        (3, 2, 0, 0, -36_00),
        (3, 4, 2500_00, 100_00, 100_00),
    ]
    assert result.by_person[0] == [40_00, 0, 10_00, 64_00, 0]
    assert result.amount == 4 * (250_00 + 100_00 + 2500_00) // 100


def test_several_legs_fill_up_together() -> None:
    """Two legs bring 60 and 50; 1 makes 4 and keeps 110 - 36."""
    result = tree((-1, 0, 1, 1), (0, 100_00, 1500_00, 1250_00))
    assert result.by_person[0] == [40_00, 74_00, 0, 0]


def test_members_belong_to_the_next_leader_above_and_are_passed_by() -> None:
    """The group of 1 is 1 and 2, 600 CV; 3 stands two levels below 1."""
    result = chain(0, 200_00, 400_00, 700_00, names="PPmP")
    assert passed(result)[0] == (0, 1, 600_00, 24_00, 40_00)
    assert [(line.earner, line.source, line.level) for line in result.lines] == [(0, 1, 1), (1, 0, 1), (1, 3, 2)]


def test_the_top_leader_keeps_what_it_receives() -> None:
    assert chain(100_00, 2000_00).by_person[0] == [80_00, 0]
    assert chain(9_00, 0, 2000_00, names="mPP").by_person[0] == [0, 80_00, 0]


def test_without_a_guarantee_each_group_gives_its_share() -> None:
    result = chain(0, 500_00, 2000_00, guaranteed_cv=None)
    assert passed(result) == [(0, 1, 500_00, 20_00, 20_00), (1, 2, 2000_00, 80_00, 80_00)]
    assert passed(chain(0, -500_00, 2000_00, guaranteed_cv=None))[0] == (0, 1, -500_00, -20_00, -20_00)


def test_inactive_leaders_are_passed_over_and_their_group_still_gives_its_share() -> None:
    """2 is inactive: 1 has 80 from 3 and 4 % of 300 from 2, who receives nothing that could fill it up."""
    result = chain(0, 1500_00, 300_00, 2000_00, names="PPpP")
    assert passed(result) == [
        (0, 1, 1500_00, 60_00, 60_00),
        (1, 2, 300_00, 12_00, 12_00),
        (1, 3, 2000_00, 80_00, 80_00),
    ]
    assert misses(result) == [(2, "INACTIVE_STATUS", 80_00, 0)]


def test_where_no_leader_above_takes_part_the_share_is_lost_once() -> None:
    """2 has 80 from 3, and would have passed 40 on, of which its own group makes 20; it keeps the 80."""
    result = chain(0, 0, 500_00, 2000_00, names="ppPP")
    assert result.by_person[0] == [0, 0, 80_00, 0]
    assert misses(result) == [(0, "INACTIVE_STATUS", 40_00, 0), (1, "INACTIVE_STATUS", 40_00, 20_00)]


def test_one_miss_tells_all_that_came_past() -> None:
    """Two legs of 80 and 60, and the inactive 2 of them makes 8 itself."""
    result = tree((-1, 0, 1, 1, 2), (0, 0, 200_00, 1500_00, 2000_00), "PppPP")
    assert result.by_person[0] == [148_00, 0, 0, 0, 0]
    assert misses(result) == [(1, "INACTIVE_STATUS", 148_00, 0), (2, "INACTIVE_STATUS", 80_00, 0)]


def test_a_leaver_who_is_passed_over_heads_no_group() -> None:
    result = chain(0, 700_00, 1500_00, names="PxP")
    assert passed(result) == [(0, 2, 1500_00, 60_00, 60_00)]


def test_returns_may_make_a_group_negative_and_the_guarantee_fills_that_too() -> None:
    """-4 and 40 guaranteed: 44 are missing, and taken from the 80 received."""
    assert passed(chain(0, -100_00, 2000_00)) == [
        (0, 1, -100_00, -4_00, 40_00),
        (1, 0, 0, 0, -44_00),
        (1, 2, 2000_00, 80_00, 80_00),
    ]
    assert passed(chain(0, 100_00, -500_00))[1] == (1, 2, -500_00, -20_00, -20_00)


def test_the_multiplier_and_the_rounding_hold_for_group_and_guarantee_alike() -> None:
    """4 % x 50 % of 1.25 is 0.025, rounded once for the whole group: two customers' 0.50 and 0.75."""
    result = chain(0, 50, 75, names="PPm", multiplier="0.5", guaranteed_cv=None)
    assert passed(result) == [(0, 1, 1_25, 3, 3)]

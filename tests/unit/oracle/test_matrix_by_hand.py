"""Matrix bonuses worked out by hand: the oracle says so, and the engine the same."""

from typing import Any

import pytest

from app.plans.models import Plan
from tests.oracle.results import Pay
from tests.unit.oracle.both import run_both, snapshot_of
from tests.unit.oracle.plain import lines, misses, order, person, terms

FIVE = ["5%"] * 9


def matrix(**given: Any) -> dict[str, Any]:
    bonus: dict[str, Any] = {"type": "matrix", "width": 3, "depth": 9, "levels_by_rank": {"Member": FIVE}}
    return bonus | given


def run(people: list[dict[str, Any]], orders: list[dict[str, Any]], *bonuses: dict[str, Any], **plan: Any) -> Pay:
    """What both say of a period."""
    rows = [each | {"seq": seq} for seq, each in enumerate(orders)]
    titles = [each["title"] for each in people if each["title"]]
    both = run_both(
        snapshot_of(people, rows, sorted(set(titles))), Plan.model_validate(terms(*(bonuses or (matrix(),)), **plan))
    )
    both.assert_equal()
    return both.oracle


def column(count: int, sponsor: int = 0, **other: Any) -> list[dict[str, Any]]:
    """A top, and a matrix of one below the other, all of them sponsored by one."""
    return [
        person(-1 if ix == 0 else sponsor, matrix_parent=ix - 1, matrix_slot=int(ix > 0), **other)
        for ix in range(count)
    ]


def test_pay_follows_the_matrix_and_not_who_sponsored_whom() -> None:
    """Top sponsors all; C stands below B below A in the matrix, whoever of them stands where in the binary tree."""
    top, a, b, c = range(4)
    people = column(4)
    people[c] |= {"parent": top, "slot": 1}
    people[b] |= {"parent": c, "slot": 2}
    result = run(people, [order(c, 100_00, own=True)])
    assert lines(result) == [(top, 3, 3, 5_00), (a, 2, 2, 5_00), (b, 1, 1, 5_00)]


def test_a_customer_of_somebody_stands_on_their_first_level() -> None:
    result = run(column(3), [order(2, 100_00)])
    assert lines(result) == [(0, 3, 3, 5_00), (1, 2, 2, 5_00), (2, 1, 1, 5_00)]


@pytest.mark.parametrize("compression", ["none", "standard", "dynamic"])
def test_g13_one_deeper_than_the_matrix_pays_nobody_beyond(compression: str) -> None:
    """[D] G13 (mlmforge, matrix): an order (height + 1) deep pays nobody beyond the height. Ten stand below one another
    below the top, in a matrix 9 deep, and the last one buys: nine are paid, and the top is not."""
    result = run(column(11), [order(10, 100_00, own=True)], matrix(compression=compression))
    assert [line.earner for line in result.lines] == list(range(1, 10))
    assert [line.level for line in result.lines] == list(range(9, 0, -1))
    assert result.misses == []


def test_compression_closes_gaps_and_does_not_make_a_matrix_deeper() -> None:
    """Depth 3 and two levels of rates: two inactive people between, and level 1 is on the third place up; without the
    depth the fourth would have level 2."""
    people = column(5)
    for ix in (2, 3):
        people[ix]["active"] = False
    shallow = matrix(depth=3, compression="standard", levels_by_rank={"Member": ["5%", "4%"]})
    result = run(people, [order(4, 100_00, own=True)], shallow)
    assert lines(result) == [(1, 3, 1, 5_00)]
    assert misses(result) == [(2, "INACTIVE_STATUS", 5_00, 0), (3, "INACTIVE_STATUS", 5_00, 0)]
    assert lines(run(people, [order(4, 100_00, own=True)], shallow | {"depth": 4})) == [
        (0, 4, 2, 4_00),
        (1, 3, 1, 5_00),
    ]


def test_a_level_goes_to_the_next_whose_rank_is_paid_on_it() -> None:
    """Dynamic, from the buyer up: Member has level 1, the next Member none, Gold level 2, and level 3 nobody. The top
    stands further up than there are levels, and is not told."""
    people = column(4)
    for ix, title in enumerate(("Member", "Gold", "Member", "Member")):
        people[ix]["title"] = title
    bonus = matrix(compression="dynamic", levels_by_rank={"Member": ["5%"], "Gold": ["5%", "4%", "3%"]})
    result = run(people, [order(3, 100_00)], bonus, ranks=("Member", "Gold"), pay_rank="title")
    assert lines(result) == [(1, 3, 2, 4_00), (3, 1, 1, 5_00)]
    assert [(miss.person, miss.level, miss.reason) for miss in result.misses] == [(2, 2, "RANK_DEPTH")]


def test_an_order_of_somebody_without_a_place_pays_nobody() -> None:
    """Neither them, nor whoever sponsors them; by the unilevel it does. The top of the company has the top place."""
    people = [person(matrix_slot=0), person(0, matrix_slot=0)]
    unilevel = {"type": "unilevel", "levels_by_rank": {"Member": ["5%", "5%"]}}
    result = run(people, [order(1, 100_00), order(1, 40_00, own=True)], matrix(), unilevel)
    assert [(line.bonus, line.earner) for line in result.lines] == [(1, 0), (1, 0), (1, 1)]
    assert lines(run(people, [order(0, 100_00)])) == [(0, 1, 1, 5_00)]


def test_a_leaver_who_is_passed_over_takes_no_level_but_a_place() -> None:
    """Whoever left stands in a place of the matrix, which stays as deep as it is."""
    people = column(4)
    people[2] |= {"active": False, "passed_over": True}
    result = run(people, [order(3, 100_00, own=True)], matrix(depth=2, levels_by_rank={"Member": ["5%", "4%"]}))
    assert lines(result) == [(1, 2, 1, 5_00)]


def test_gates_and_activity_are_asked_as_by_other_bonuses() -> None:
    """1 has no customers and 2 bought too little: both keep their level, unpaid."""
    people = column(4)
    orders = [order(3, 100_00, own=True), order(0, 50_00), order(1, 50_00, own=True)]
    result = run(
        people,
        orders,
        matrix(levels_by_rank={"Member": ["5%"] * 3}),
        activity={"personal_pv": "40"},
        gates=[{"type": "customer_pv", "at_least": "50"}],
    )
    assert [(miss.person, miss.order, miss.reason, miss.breakage) for miss in result.misses] == [
        (2, 0, "INACTIVE_VOLUME", 5_00),
        (1, 0, "GATE_CUSTOMER_PV", 5_00),
    ]
    assert [(line.earner, line.order) for line in result.lines] == [(0, 0), (0, 1), (0, 2)]

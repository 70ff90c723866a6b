"""The published examples through the oracle: the numbers stand in the cited sources, not in the engine.

[P] the numbers are printed in the source, [D] they follow from a rule printed there. Each also goes through both.
"""

from typing import Any

import pytest

from app.plans.loader import library, load_plan
from tests.oracle.pay import Pay, pay
from tests.unit.oracle.both import plan_of, run_both, snapshot_of
from tests.unit.oracle.test_by_hand import person

TITLES = ("Member", "Silver", "Gold", "Diamond")
TOP, SPONSOR, A, B, D = range(5)


SEVEN = ("Consultant", "Manager", "Director", "Executive", "Elite", "Premier", "Silver")


def run(
    name: str, people: list[dict[str, Any]], orders: list[dict[str, Any]], *, titles: tuple[str, ...] = TITLES
) -> Pay:
    """The oracle's answer, after the engine gave the same."""
    plan = load_plan(library()[name])
    run_both(snapshot_of(people, orders, titles), plan).assert_equal()
    return pay(people, orders, plan_of(plan))


def paid(result: Pay) -> dict[int, tuple[int, int, int]]:
    """(level, paid level, cents) by earner."""
    return {line.earner: (line.level, line.paid_level, line.amount) for line in result.lines}


def mlmforge(a_is_active: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """C, customer of B Member, under A Silver, under Sponsor Gold, under Top Diamond; D beside A. C buys 200 CV."""
    people = [
        person(title="Diamond"),
        person(TOP, title="Gold"),
        person(SPONSOR, title="Silver", active=a_is_active),
        person(A, title="Member"),
        person(SPONSOR, title="Silver"),
    ]
    return people, [{"seller": B, "own": False, "pv": 200_00, "cv": 200_00, "seq": 1}]


def test_g7_unilevel() -> None:
    """[P] mlmforge unilevel: B, A, Sponsor and Top 4.00 each, D nothing, 16.00 in all."""
    result = run("g7-unilevel", *mlmforge(a_is_active=True))
    assert paid(result) == {B: (1, 1, 400), A: (2, 2, 400), SPONSOR: (3, 3, 400), TOP: (4, 4, 400)}
    assert result.amount == 1600


def test_g8_without_compression() -> None:
    """[D] A inactive keeps level 2 unpaid: 4.00 are breakage."""
    result = run("g7-unilevel", *mlmforge(a_is_active=False))
    assert paid(result) == {B: (1, 1, 400), SPONSOR: (3, 3, 400), TOP: (4, 4, 400)}
    assert [(miss.person, miss.breakage) for miss in result.misses] == [(A, 400)]


def test_g8_skip_inactive() -> None:
    """[D] A inactive takes no level: B level 1, Sponsor level 2, Top level 3, 4.00 each, nothing is lost."""
    result = run("g8-unilevel-standard", *mlmforge(a_is_active=False))
    assert paid(result) == {B: (1, 1, 400), SPONSOR: (3, 2, 400), TOP: (4, 3, 400)}
    assert [(miss.person, miss.forgone, miss.breakage) for miss in result.misses] == [(A, 400, 0)]


def seven(executive_is_active: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Silver sponsors Premier sponsors Elite ... sponsors Consultant, whose frontline buys 100 CV."""
    titles = ("Silver", "Premier", "Elite", "Executive", "Director", "Manager", "Consultant", "Consultant")
    people = [
        person(ix - 1, title=title, active=executive_is_active or title != "Executive")
        for ix, title in enumerate(titles)
    ]
    return people, [{"seller": 7, "own": True, "pv": 100_00, "cv": 100_00, "seq": 1}]


def test_g9_dynamic_compression() -> None:
    """[P] rates, [D] sum: seven qualified uplines are paid 2, 3, 5, 5, 6, 6 and 7, the buyer nothing, 34 in all."""
    result = run("g9-unilevel-dynamic", *seven(executive_is_active=True), titles=SEVEN)
    assert [line.amount for line in result.lines] == [700, 600, 600, 500, 500, 300, 200]


def test_g9_dynamic_compression_past_an_executive_without_an_order() -> None:
    """[D] Level 4 goes to Elite, 5 to Premier, 6 to Silver; nobody is left for level 7."""
    result = run("g9-unilevel-dynamic", *seven(executive_is_active=False), titles=SEVEN)
    assert paid(result) == {
        0: (7, 6, 600), 1: (6, 5, 600), 2: (5, 4, 500), 4: (3, 3, 500), 5: (2, 2, 300), 6: (1, 1, 200),
    }  # fmt: skip


@pytest.mark.parametrize("you_are_active", [True, False])
def test_g14_binary_carry_forward_over_two_periods(you_are_active: bool) -> None:
    """[P] mlmforge binary: 20.00, then 40.00. [D] inactive at first: the weak leg's 200 are lost all the same."""
    you, l1, r1, l2, l3, r2, r3 = range(7)
    people = [
        person(active=you_are_active),
        person(you, you, 1),
        person(you, you, 2),
        person(l1, l1, 1),
        person(l1, l1, 2),
        person(r1, r1, 1),
        person(r1, r1, 2),
    ]
    volumes = {l2: 100_00, l3: 100_00, r2: 300_00, r3: 200_00}
    first = run("g14-binary", people, bought(volumes))
    left, right = first.carry[you]
    assert (left.new, right.new) == (200_00, 500_00)
    assert (left.out, right.out) == (0, 300_00)
    assert (left.flushed, right.flushed) == ((0, 0) if you_are_active else (200_00, 200_00))
    assert first.by_person[0][you] == (20_00 if you_are_active else 0)

    people = [
        person(each["sponsor"], each["parent"], each["slot"], carry_left=left.out, carry_right=right.out)
        for each, (left, right) in zip(people, first.carry, strict=True)
    ]
    second = run("g14-binary", people, bought({l2: 400_00, r2: 100_00}))
    left, right = second.carry[you]
    assert (left.matched, right.matched) == (400_00, 400_00)
    assert (left.out, right.out) == (0, 0)
    assert second.by_person[0][you] == 40_00


def bought(volumes: dict[int, int]) -> list[dict[str, Any]]:
    """Own orders of those CV."""
    return [
        {"seller": ix, "own": True, "pv": cv, "cv": cv, "seq": 10 + row} for row, (ix, cv) in enumerate(volumes.items())
    ]

"""Rounding of each line or of a person's total of a bonus, by hand; engine and oracle say the same each time.

Sources disagree whether each line or the total is rounded, so a plan says which; a total that is shared is shared by
largest remainder, so that lines add up to it.
"""

from fractions import Fraction
from typing import Any

import pytest

from tests.oracle.numbers import together
from tests.unit.oracle.both import run_alike
from tests.unit.oracle.plain import LEFT, ME, order, person, terms, two_legs

MARGIN: dict[str, Any] = {"type": "retail_margin", "rate": "10%"}
TOTAL: dict[str, Any] = {"rounded_per": "total"}


def sold(*volumes: int, **plan: Any) -> list[int]:
    """What each order of a customer of mine pays me at 10 %."""
    result = run_alike([person()], [order(ME, cv) for cv in volumes], terms(MARGIN, **plan))
    assert all(line.raw == line.amount for line in result.lines)
    return [line.amount for line in result.lines]


@pytest.mark.parametrize(
    ("volumes", "rounding", "by_line", "of_total"),
    [
        ((5, 5, 5), "half_up", [1, 1, 1], [1, 1, 0]),  # 1.5 cents are 2; of equal fractions the first ones
        ((5, 5, 5), "half_even", [0, 0, 0], [1, 1, 0]),
        ((5, 5, 5, 5, 5), "half_even", [0] * 5, [1, 1, 0, 0, 0]),  # 2.5 are 2
        ((4, 4, 4), "half_up", [0, 0, 0], [1, 0, 0]),  # 1.2
        ((4, 6, 4), "half_up", [0, 1, 0], [0, 1, 0]),  # 1.4
        ((14, 3, 9), "half_up", [1, 0, 1], [2, 0, 1]),  # 2.6 are 3: 1 and, of 0.4, 0.3 and 0.9, two more
        ((9, 9, 9), "half_up", [1, 1, 1], [1, 1, 1]),  # 2.7
    ],
)
def test_a_total_is_rounded_once_and_its_lines_share_it(
    volumes: tuple[int, ...], rounding: str, by_line: list[int], of_total: list[int]
) -> None:
    assert sold(*volumes, rounding=rounding) == by_line
    assert sold(*volumes, rounding=rounding, **TOTAL) == of_total


@pytest.mark.parametrize(
    ("volumes", "rounding", "shares"),
    [
        ((5, -5), "half_up", [1, -1]),
        ((5, 5, -5), "half_up", [1, 1, -1]),  # 0.5 is 1
        ((5, -5, -5), "half_up", [1, -1, -1]),  # -0.5 is -1, away from zero
        ((5, -5, -5), "half_even", [1, 0, -1]),  # or 0, the even one
        ((-4, -4, -4), "half_up", [0, 0, -1]),  # -1.2 are -1
        ((7, -7, 3, -3), "half_up", [1, -1, 0, 0]),  # whatever was sold and came back is 0, order by order
    ],
)
def test_returns_count_in_the_total(volumes: tuple[int, ...], rounding: str, shares: list[int]) -> None:
    assert sold(*volumes, rounding=rounding, **TOTAL) == shares


def test_each_person_and_each_bonus_has_a_total_of_its_own() -> None:
    """Of 0.05 and 0.05 each of both has 0.5 and 0.5 cents by 10 %, and 0.3 and 0.3 by 6 %."""
    people = [person(), person(ME)]
    orders = [order(seller, cv) for seller in (ME, LEFT) for cv in (5, 5)]
    second = MARGIN | {"rate": "6%"}
    result = run_alike(people, orders, terms(MARGIN, second, **TOTAL))
    assert result.by_person == [[1, 1], [1, 1]]
    assert [line.amount for line in result.lines] == [1, 0, 1, 0] * 2


def test_what_legs_pay_is_a_total_already() -> None:
    people, orders = two_legs(5, 5)
    result = run_alike(people, orders, terms({"type": "binary", "rate": "0.1"}, MARGIN | {"of": "personal"}, **TOTAL))
    assert [(line.bonus, line.earner, line.amount) for line in result.lines] == [(0, ME, 1), (1, 1, 1), (1, 2, 1)]


def test_parts_of_different_fineness_are_added_up_exactly() -> None:
    """A third level of 3.33 % beside levels of 5 and 12.5 %: of 0.07, 0.07 and 0.07 that is 1.45810 cents."""
    levels = {"Member": ["5%", "12.5%", "3.33%"]}
    people = [person(), person(0), person(1), person(2)]
    bonus = {"type": "unilevel", "levels_by_rank": levels}
    result = run_alike(people, [order(ix, 7, own=True) for ix in (1, 2, 3)], terms(bonus, **TOTAL))
    assert [line.amount for line in result.lines if line.earner == 0] == [0, 1, 0]
    assert sum(line.base * line.rate for line in result.lines if line.earner == 0) == Fraction("1.4581")


def test_a_total_is_shared_as_it_is_said() -> None:
    halves = [Fraction(1, 2), Fraction(1, 2), Fraction(-1, 2)]
    assert together(halves, "half_up") == [1, 1, -1]
    assert together(halves, "half_even") == [1, 0, -1]
    assert together([], "half_up") == []

"""Stairstep breakaway: levels within a group up to whoever has broken away, and an override on the group above."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from tests.oracle import unilevel
from tests.oracle.company import Company
from tests.oracle.numbers import number, rounded
from tests.oracle.results import NO_RANK, NOBODY, Line, Miss

Bonus = dict[str, Any]


def of_an_order(company: Company, index: int, row: int) -> Iterator[Line | Miss]:
    """The levels first, then the override."""
    order = company.orders[row]
    if not (order["own"] and has_broken_away(company, index, order["seller"])):
        yield from levels(company, index, row)
    yield from override(company, index, row)


def has_broken_away(company: Company, index: int, person: int) -> bool:
    """Does the person's group stand outside the group above? A leaver who is passed over heads none."""
    threshold = company.plan["bonuses"][index]["breaks_away_at"]
    return not company.people[person]["passed_over"] and company.has_broken_away(person, threshold, company.paid_as)


def levels(company: Company, index: int, row: int) -> Iterator[Line | Miss]:
    """As in a unilevel bonus without compression, up to and including the first who has broken away."""
    group: list[int] = []
    for person in company.way_up(unilevel.first_of(company, row)):
        group.append(person)
        if has_broken_away(company, index, person):
            break
    yield from unilevel.levels(company, index, row, group)


def override(company: Company, index: int, row: int) -> Iterator[Line | Miss]:
    """The next active one above who has broken away as well is paid by how much their rate is above the group's."""
    bonus, order, first = company.plan["bonuses"][index], company.orders[row], unilevel.first_of(company, row)
    levels_up = {person: level for level, person in enumerate(company.way_up(first), 1)}
    leaders = [person for person in company.way_up(order["seller"]) if has_broken_away(company, index, person)]
    if not leaders:
        return
    group, above = leaders[0], leaders[1:]
    earner = next((person for person in above if company.takes_part(bonus, person)), NOBODY)
    share = Fraction(0) if earner == NOBODY else share_of(company, index, earner, group)
    if share:
        rank, cv = company.pay_rank(earner), order["cv"]
        amount = rounded(cv * share, company.plan["rounding"])
        level = levels_up[earner]
        yield Line(index, earner, order["seller"], row, level, 0, share, cv, amount, amount, rank)
    lost = not share
    for person in above[: above.index(earner) if earner in above else None]:
        why, theirs = company.kept_out(bonus, person), share_of(company, index, person, group)
        if why and theirs:
            forgone = rounded(order["cv"] * theirs, company.plan["rounding"])
            breakage, lost = forgone if lost else 0, False
            yield Miss(index, person, row, levels_up[person], 0, why[0], NO_RANK, *why[1:], forgone, breakage)


def share_of(company: Company, index: int, person: int, group: int) -> Fraction:
    """Multiplier x the difference of the override rates, at least the minimum."""
    bonus = company.plan["bonuses"][index]
    theirs, below = (
        number(company.by_rank(bonus["override_by_rank"], company.pay_rank(each), "0")) for each in (person, group)
    )
    return number(bonus["multiplier"]) * max(theirs - below, number(bonus["minimum_override"] or "0"))

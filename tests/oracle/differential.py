"""Differential: everybody up the line has a rate, and is paid by how much it is above the rates paid below them."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from tests.oracle import ranks
from tests.oracle.company import Company
from tests.oracle.numbers import minor, number, rounded
from tests.oracle.results import NO_RANK, Line, Miss
from tests.oracle.unilevel import first_of

Bonus = dict[str, Any]


def of_an_order(company: Company, index: int, row: int) -> Iterator[Line | Miss]:
    """Walk up from one order with the rate that is paid already."""
    bonus, order = company.plan["bonuses"][index], company.orders[row]
    multiplier, rounding = number(bonus["multiplier"]), company.plan["rounding"]
    first, paid = beginning(company, bonus, row)
    lost = lost_to_nobody(company, bonus, row)
    paid_level, overridden = 1, False
    for level, person in enumerate(company.way_up(first), 1):
        own, rank = own_rate(company, bonus, person), company.pay_rank(person)
        if why := company.kept_out(bonus, person):
            if own > paid:
                forgone = rounded(order["cv"] * multiplier * (own - paid), rounding)
                if bonus["inactive"] == "keep":
                    breakage, paid = forgone, own
                else:
                    breakage = rounded(order["cv"] * multiplier * lost.get(person, Fraction(0)), rounding)
                yield Miss(index, person, row, level, paid_level, why[0], NO_RANK, *why[1:], forgone, breakage)
            continue
        share = Fraction(0)
        if own > paid:
            share, paid = own - paid, own
        elif paid_level > 1 and own == paid == top_rate(bonus) and not overridden:
            share, overridden = number(bonus["minimum_override"] or "0"), True
        if share:
            rate = multiplier * share
            amount = rounded(order["cv"] * rate, rounding)
            yield Line(index, person, order["seller"], row, level, paid_level, rate, order["cv"], amount, amount, rank)
            paid_level += 1


def beginning(company: Company, bonus: Bonus, row: int) -> tuple[int, Fraction]:
    """The first person on the way, and the rate that counts as paid before them."""
    order = company.orders[row]
    if not order["own"] or bonus["own_purchases"]:
        return order["seller"], Fraction(0)
    return first_of(company, row), own_rate(company, bonus, order["seller"])


def own_rate(company: Company, bonus: Bonus, person: int) -> Fraction:
    """The person's rate, active or not: of the highest step that their volume reaches, or of their rank; nothing for
    a leaver who is passed over."""
    if company.people[person]["passed_over"]:
        return Fraction(0)
    if bonus["rates_by_rank"] is not None:
        return number(company.by_rank(bonus["rates_by_rank"], company.pay_rank(person), "0"))
    volume = volume_of(company, bonus, person)
    reached = [step["rate"] for step in bonus["schedule"] if minor(step["from"]) <= volume]
    return number(reached[-1]) if reached else Fraction(0)


def volume_of(company: Company, bonus: Bonus, person: int) -> int:
    """What the schedule is looked up with."""
    match bonus["volume"]:
        case "group_pv":
            return company.group_pv(person)
        case "personal_group_pv":
            return company.personal_group_pv(person, company.paid_as)
        case "personal_pv":
            return company.personal_pv(person)
        case {"within_levels": int(levels)}:
            return ranks.volume_within_levels(company, person, levels)
    raise AssertionError(bonus["volume"])


def top_rate(bonus: Bonus) -> Fraction:
    """The highest rate that the plan has."""
    if bonus["rates_by_rank"] is not None:
        return max(number(rate) for rate in bonus["rates_by_rank"].values())
    return max(number(step["rate"]) for step in bonus["schedule"])


def lost_to_nobody(company: Company, bonus: Bonus, row: int) -> dict[int, Fraction]:
    """Where rates of inactive people count as 0: the first of those with the highest, and by how much it is above the
    highest of an active person on the whole way: nobody is paid that."""
    first, taken = beginning(company, bonus, row)
    highest, whose = Fraction(0), None
    for person in company.way_up(first):
        own = own_rate(company, bonus, person)
        if company.takes_part(bonus, person):
            taken = max(taken, own)
        elif own > highest:
            highest, whose = own, person
    return {} if whose is None or highest <= taken else {whose: highest - taken}

"""Unilevel: an order pays up the sponsor tree, level by level, whoever holds the level."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import islice
from typing import Any

from tests.oracle.company import Company, Why
from tests.oracle.numbers import number, rounded
from tests.oracle.results import NO_RANK, Line, Miss


def of_an_order(company: Company, index: int, row: int) -> Iterator[Line | Miss]:
    """Walk up from one order: from the buyer's sponsor for an own purchase, from the seller for a customer's; no
    further than the plan's depth, if it has one, however few levels compression leaves."""
    depth = company.plan["bonuses"][index]["depth"]
    yield from levels(company, index, row, islice(company.way_up(first_of(company, row)), depth))


def levels(company: Company, index: int, row: int, way: Iterable[int]) -> Iterator[Line | Miss]:
    """Pay one level after the other to the people on the way."""
    bonus, order = company.plan["bonuses"][index], company.orders[row]
    paid_level = 1
    for level, person in enumerate(way, 1):
        if paid_level > deepest(bonus):
            return
        why = lacking(company, bonus, person, paid_level)
        taken = takes_the_level(company, bonus, person, paid_level)
        if why is None:
            rate, rank = rate_at(company, bonus, company.pay_rank(person), paid_level), company.pay_rank(person)
            amount = rounded(order["cv"] * rate, company.plan["rounding"])
            yield Line(index, person, order["seller"], row, level, paid_level, rate, order["cv"], amount, amount, rank)
        elif taken or level <= deepest(bonus):  # whom compression skips further up, it skips silently
            yield from missed(company, index, row, (person, level, paid_level), why, lost=taken)
        if taken:
            paid_level += 1


def first_of(company: Company, row: int) -> int:
    """Where an order begins to pay; nobody if a root bought for themselves."""
    order = company.orders[row]
    return int(company.people[order["seller"]]["sponsor"] if order["own"] else order["seller"])


def deepest(bonus: dict[str, Any]) -> int:
    """The deepest level of any rank."""
    return max(len(rates) for rates in bonus["levels_by_rank"].values())


def rate_at(company: Company, bonus: dict[str, Any], rank: int, paid_level: int) -> Fraction:
    """Multiplier x rate of a level for a rank; nothing where the plan gives nothing."""
    rates = company.by_rank(bonus["levels_by_rank"], rank, [])
    return number(bonus["multiplier"]) * number(rates[paid_level - 1]) if paid_level <= len(rates) else Fraction(0)


def lacking(company: Company, bonus: dict[str, Any], person: int, paid_level: int) -> Why | None:
    """Why the level that comes to the person does not pay them; None if it does."""
    rank = company.pay_rank(person)
    if why := company.kept_out(bonus, person):
        return why
    return None if rate_at(company, bonus, rank, paid_level) else ("RANK_DEPTH", NO_RANK, rank)


def takes_the_level(company: Company, bonus: dict[str, Any], person: int, paid_level: int) -> bool:
    """Whether the level is used up by the person, paid or not; else it goes on to the next one up."""
    if company.people[person]["passed_over"]:
        return False
    compression = bonus.get("compression", "none")  # the levels of a breakaway bonus know none
    if compression == "standard":
        return company.takes_part(bonus, person) and company.pay_rank(person) >= least_rank(company, bonus)
    if compression == "dynamic":  # only whom it pays: active, and of a rank with a rate on that level
        return company.takes_part(bonus, person) and rate_at(company, bonus, company.pay_rank(person), paid_level) > 0
    return True


def least_rank(company: Company, bonus: dict[str, Any]) -> int:
    """The lowest rank whose people take levels: who is paid by a lower one, or by none, is compressed away."""
    return NO_RANK if bonus["compress_below"] is None else company.rank_index(bonus["compress_below"])


def missed(
    company: Company, index: int, row: int, where: tuple[int, int, int], why: Why, *, lost: bool
) -> Iterator[Miss]:
    """What the person would have had: at their own rank if it pays the level, else at the next higher that does, else
    at the lowest that does; nothing if no rank is paid it. Lost with the level unless somebody else may have it."""
    (person, level, paid_level), (reason, needed, actual) = where, why
    bonus, order, rank = company.plan["bonuses"][index], company.orders[row], company.pay_rank(person)
    paying = [r for r in range(len(company.plan["ranks"])) if rate_at(company, bonus, r, paid_level)]
    if not paying:
        return
    rank_needed = NO_RANK if rank in paying else next((r for r in paying if r > rank), paying[0])
    rate = rate_at(company, bonus, rank if rank in paying else rank_needed, paid_level)
    forgone = rounded(order["cv"] * rate, company.plan["rounding"])
    if reason == "RANK_DEPTH":
        needed = rank_needed
    breakage = forgone if lost else 0
    yield Miss(index, person, row, level, paid_level, reason, rank_needed, needed, actual, forgone, breakage)

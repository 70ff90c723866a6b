"""Retail margin: a share of what a seller's customers bought, and of own purchases where the plan says so."""

from collections.abc import Iterator

from tests.oracle.company import Company
from tests.oracle.numbers import number, rounded
from tests.oracle.results import NO_RANK, Line, Miss


def of_an_order(company: Company, index: int, row: int) -> Iterator[Line | Miss]:
    """The seller is paid, or missed it all."""
    bonus, order = company.plan["bonuses"][index], company.orders[row]
    rate = number(bonus["multiplier"]) * number(bonus["rate"])
    if not rate or (order["own"] and bonus["of"] == "customers"):
        return
    seller, cv, rank = order["seller"], order["cv"], company.pay_rank(order["seller"])
    amount = rounded(cv * rate, company.plan["rounding"])
    if company.people[seller]["passed_over"]:
        return  # a leaver takes no part
    if why := company.kept_out(bonus, seller):
        yield Miss(index, seller, row, 0, 0, why[0], NO_RANK, *why[1:], amount, amount)
    else:
        yield Line(index, seller, seller, row, 0, 0, rate, cv, amount, amount, rank)

"""Matrix: an order pays up the matrix, level by level, to those in whose matrix the order's position stands."""

from collections.abc import Iterator
from itertools import islice

from tests.oracle import unilevel
from tests.oracle.company import Company
from tests.oracle.results import NOBODY, Line, Miss


def of_an_order(company: Company, index: int, row: int) -> Iterator[Line | Miss]:
    """Levels as in a unilevel bonus, of whoever stands above in the matrix. A matrix is so many levels deep, however
    few of them compression leaves: what is further below somebody is not in theirs."""
    depth = company.plan["bonuses"][index]["depth"]
    yield from unilevel.levels(company, index, row, islice(company.matrix_way_up(first_of(company, row)), depth))


def first_of(company: Company, row: int) -> int:
    """Where an order begins to pay: above the buyer of an own purchase, else at the seller, whose customer bought; for
    nobody where that one has no place."""
    order = company.orders[row]
    seller = order["seller"]
    if not company.in_matrix(seller):
        return NOBODY
    return int(company.people[seller]["matrix_parent"] if order["own"] else seller)

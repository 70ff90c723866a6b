"""What is asked for, and the company that is made of it."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.errors import InvalidInputError
from app.places.matrix import MOST_DEEP, MOST_WIDE

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Shape(StrEnum):
    """How the trees grow (docs/import-format.md says what each promises)."""

    HEAVY_TAILED = "heavy-tailed"
    BALANCED = "balanced"
    ONE_LEG = "one-leg"
    CHAIN = "chain"
    WIDE = "wide"
    MATRIX = "matrix"
    CHURNED = "churned"


@dataclass(frozen=True, slots=True)
class Region:
    """A region, the IANA zone whose clock its people live by, and its share of the people."""

    name: str
    zone: str
    share: float


REGIONS: Final = (
    Region("US", "America/Chicago", 0.3),
    Region("BR", "America/Sao_Paulo", 0.2),
    Region("DE", "Europe/Berlin", 0.15),
    Region("IN", "Asia/Kolkata", 0.15),
    Region("JP", "Asia/Tokyo", 0.1),
    Region("ZA", "Africa/Johannesburg", 0.1),
)
STATUSES: Final = ("active", "suspended", "terminated")
ACTIVE, SUSPENDED, TERMINATED = range(3)
TITLES: Final = ("", "Member", "Silver", "Gold", "Diamond")


@dataclass(frozen=True, slots=True)
class CompanySpec:
    """What to make: how many distributors, from which seed, with orders in which months ("2026-01", …), how grown."""

    distributors: int
    seed: int
    months: tuple[str, ...] = ("2026-01", "2026-02")
    shape: Shape = Shape.HEAVY_TAILED
    matrix: tuple[int, int] | None = None
    """Width and depth of the matrix that it keeps; None: none, but of the shape `matrix`."""


def matrix_size(text: str) -> tuple[int, int]:
    """Width and depth: "3x9" is (3, 9)."""
    found = re.fullmatch(r"(\d{1,2})x(\d{1,2})", text)
    if found is None or not 1 <= int(found[1]) <= MOST_WIDE or not 1 <= int(found[2]) <= MOST_DEEP:
        raise InvalidInputError(
            f"{text!r} is no matrix; give width x depth such as 3x9, {MOST_WIDE}x{MOST_DEEP} at most"
        )
    return int(found[1]), int(found[2])


@dataclass(frozen=True, slots=True)
class Genealogy:
    """The sponsor tree and the binary tree of people in enrolment order; person 0 is the top.

    -1 is nobody; whoever waits for a place has parent -1 and slot 0, as the top has.
    """

    sponsor: Ints
    parent: Ints
    slot: Ints


@dataclass(frozen=True, slots=True)
class Matrix:
    """The matrix that a company keeps: parent and slot by position, -1 and 0 for who stands nowhere in it."""

    width: int
    depth: int
    parent: Ints
    slot: Ints


@dataclass(frozen=True, slots=True)
class Company:
    """Columns by position. Instants are epoch milliseconds, volumes minor units, -1 means nobody.

    People stand in enrolment order, customers in registration order, orders in order of `order_at`.
    """

    sponsor: Ints
    parent: Ints
    slot: Ints
    matrix: Matrix | None
    enrolled_at: Ints
    status: Ints
    owner: Ints
    region: Ints
    title: Ints
    customer_of: Ints
    registered_at: Ints
    order_buyer: Ints
    """Index of the distributor or of the customer who bought."""
    order_by_customer: Bools
    order_at: Ints
    order_pv: Ints
    order_cv: Ints
    order_late: Bools
    """Known only after its month."""
    return_of: Ints
    """Index of the order that came back."""
    return_at: Ints
    months: tuple[str, ...]
    """Those of the orders, in order of time."""

    @property
    def spillover_share(self) -> float:
        """The share of placed people whose binary parent is not their sponsor."""
        placed = self.parent >= 0
        return float(np.mean(self.parent[placed] != self.sponsor[placed])) if placed.any() else 0.0

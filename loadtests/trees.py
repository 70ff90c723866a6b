"""Two trees and the volume in them, in the shapes that the comparison is made on."""

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Final

import numpy as np

from app.engine.columns import Int64s
from app.engine.forest import Forest, forest, scatter_sums
from app.engine.models import Orders, People, Snapshot
from app.generator import Company, CompanySpec, Shape, generate

SEED: Final = 3
MONTH: Final = "2025-10"
"""Of a season in which as many orders are bought as there are people, nearly."""


@dataclass(frozen=True)
class Trees:
    """People are rows, -1 is nobody. One seller and PV per order, minor units, negative for returns."""

    sponsor: Int64s
    parent: Int64s
    slot: Int64s
    seller: Int64s
    pv: Int64s

    @property
    def people(self) -> int:
        return len(self.sponsor)

    def unindexed(self) -> "Trees":
        """The same, before anything was worked out."""
        return replace(self)

    @cached_property
    def sponsor_tree(self) -> Forest:
        return forest("sponsor", self.sponsor)

    @cached_property
    def binary_tree(self) -> Forest:
        return forest("binary", self.parent)

    @cached_property
    def volume(self) -> Int64s:
        """Each person's own."""
        return scatter_sums(self.seller, self.pv, self.people)


def snapshot_of(company: Company) -> Snapshot:
    """All of a generated company's months as one, with the orders that came back and nothing carried in; with the
    matrix, where it was made with one."""
    by_customer = company.order_by_customer
    seller = company.order_buyer.copy()
    seller[by_customer] = company.customer_of[seller[by_customer]]
    buyer = np.where(by_customer, -1, seller)
    back = company.return_of
    nothing = np.zeros(len(company.sponsor), dtype=np.int64)
    people = People.of(
        sponsor=company.sponsor,
        parent=company.parent,
        slot=company.slot,
        active=company.status == 0,
        passed_over=np.zeros(len(company.sponsor), dtype=np.bool_),
        title=nothing - 1,
        carry_left=nothing,
        carry_right=nothing,
        **(
            {}
            if company.matrix is None
            else {"matrix_parent": company.matrix.parent, "matrix_slot": company.matrix.slot}
        ),
    )
    orders = Orders.of(
        seller=np.concatenate([seller, seller[back]]),
        buyer=np.concatenate([buyer, buyer[back]]),
        pv=np.concatenate([company.order_pv, -company.order_pv[back]]),
        cv=np.concatenate([company.order_cv, -company.order_cv[back]]),
        seq=np.arange(len(seller) + len(back)),
    )
    return Snapshot(people, orders)


def trees_of(snapshot: Snapshot) -> Trees:
    people, orders = snapshot.people, snapshot.orders
    return Trees(people.sponsor, people.parent, people.slot.astype(np.int64), orders.seller, orders.pv)


def company_of(shape: str, people: int, matrix: tuple[int, int] | None = None) -> Company:
    """A company of one of the SHAPES with all orders in `MONTH`, known in time.

    The heavy-tailed one is what `banyan generate` makes, in the two trees whose import something was promised of, and
    in a matrix where one is asked for. The others are there for their trees, of which a matrix is one, and have few
    orders.
    """
    kept = matrix if shape == HEAVY_TAILED else MATRIX
    company = generate(CompanySpec(people, SEED, (MONTH,), Shape(shape), kept))
    company = replace(company, order_late=np.zeros_like(company.order_late))
    return company if shape == HEAVY_TAILED else _mostly_trees(company, people // 10)


def _mostly_trees(company: Company, orders: int) -> Company:
    """Without customers, and only the first so many orders of distributors, with those of them that came back."""
    own = np.flatnonzero(~company.order_by_customer)[:orders]
    number = np.full(len(company.order_at), -1)
    number[own] = np.arange(len(own))
    back = number[company.return_of] >= 0
    sold = {name: getattr(company, name)[own] for name in _OF_ORDERS}
    return replace(
        company,
        **sold,
        customer_of=company.customer_of[:0],
        registered_at=company.registered_at[:0],
        return_of=number[company.return_of[back]],
        return_at=company.return_at[back],
    )


_OF_ORDERS: Final = tuple(field.name for field in fields(Company) if field.name.startswith("order_"))
MATRIX: Final = (3, 9)
"""Width and depth."""
HEAVY_TAILED: Final = str(Shape.HEAVY_TAILED)
CHAIN: Final = str(Shape.CHAIN)
SHAPES: Final = tuple(map(str, (Shape.HEAVY_TAILED, Shape.BALANCED, Shape.CHAIN, Shape.WIDE)))

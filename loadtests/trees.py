"""Two trees and the volume in them, in the shapes that the comparison is made on."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from app.engine.columns import Int64s
from app.engine.forest import Forest, forest, scatter_sums
from app.engine.models import Orders, People, Snapshot
from app.generator import Company, CompanySpec, Shape, generate
from app.generator.shapes import plant

SEED: Final = 3


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
    """All of a generated company's months as one, with the orders that came back and nothing carried in."""
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
        title=nothing - 1,
        carry_left=nothing,
        carry_right=nothing,
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


def heavy_tailed(people: int) -> Trees:
    """What `banyan generate` makes: few sponsor many, and the binary tree has long outside legs."""
    return trees_of(snapshot_of(generate(CompanySpec(people, SEED))))


def balanced(people: int) -> Trees:
    """Both trees complete."""
    return _planted(Shape.BALANCED, people)


def chain(people: int) -> Trees:
    """Chains of 10,000 in both trees, hanging side by side from the first person."""
    return _planted(Shape.CHAIN, people)


def wide(people: int) -> Trees:
    """The first 50,000 sponsored by one person, the binary tree below each sponsor filled level by level."""
    return _planted(Shape.WIDE, people)


def _planted(shape: Shape, people: int) -> Trees:
    """The generator's trees with one order a person, so that only the trees differ between shapes."""
    rng = np.random.default_rng(SEED)
    grown = plant(shape, rng, people)
    seller, pv = rng.integers(0, people, people), rng.integers(100, 20_000, people)
    return Trees(grown.sponsor, grown.parent, grown.slot, seller, pv)


SHAPES: Final[dict[str, Callable[[int], Trees]]] = {
    Shape.HEAVY_TAILED: heavy_tailed,
    Shape.BALANCED: balanced,
    Shape.CHAIN: chain,
    Shape.WIDE: wide,
}

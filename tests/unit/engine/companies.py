"""Companies for engine tests: named small ones and seeded random ones with ugly shapes."""

from dataclasses import replace
from typing import Any

import numpy as np

from app.engine.models import Orders, People, Snapshot

TITLES = ("Member", "Silver", "Gold", "Platinum", "Diamond")


def snapshot(sponsor: Any, orders: Any = (), titles: tuple[str, ...] = (), **people: Any) -> Snapshot:
    """A company of `sponsor` with everybody active, unplaced and untitled unless said otherwise.

    orders: rows of (seller, buyer, volume) or (seller, buyer, pv, cv) in minor units; seq counts from 10.
    """
    count = len(sponsor)
    defaults: dict[str, Any] = {
        "parent": [-1] * count,
        "slot": [0] * count,
        "active": [True] * count,
        "passed_over": [False] * count,
        "title": [-1] * count,
        "carry_left": [0] * count,
        "carry_right": [0] * count,
    }
    rows = [row if len(row) == 4 else (*row, row[2]) for row in orders]
    seller, buyer, pv, cv = ([row[at] for row in rows] for at in range(4))
    return Snapshot(
        People.of(sponsor=sponsor, **(defaults | people)),
        Orders.of(seller=seller, buyer=buyer, pv=pv, cv=cv, seq=list(range(10, 10 + len(rows)))),
        titles,
    )


def random_snapshot(
    people: int, orders: int, seed: int, *, recent: float = 1.0, inactive: float = 0.2, days: int = 1
) -> Snapshot:
    """A company whose sponsor and placement trees are drawn apart; same arguments, same company.

    recent: 1.0 draws sponsors from everybody enrolled before (depth grows as the logarithm), near 0 from the latest
    only (chains). A tenth are unplaced, some orders are returns or customers', ix is no order of enrolment. A matrix
    three wide is kept, in which another tenth have no place.
    """
    rng = np.random.default_rng(seed)
    name = rng.permutation(people)
    enrolled = np.arange(people)
    sponsor = _earlier(rng, enrolled, recent)
    sponsor[rng.random(people) < 2 / max(people, 1)] = -1
    parent, slot = _placement(rng, people)
    company = _renamed(name, sponsor, parent, slot, rng, inactive)
    return Snapshot(
        replace(company, **random_matrix(people, 3, seed)),
        _orders(rng, people, orders, days),
        TITLES,
        days=days,
    )


def random_matrix(people: int, width: int, seed: int) -> dict[str, Any]:
    """The columns of a matrix whose slots were taken from the first one on, but for some, in an order of its own."""
    rng = np.random.default_rng([seed, width])
    order = rng.permutation(np.flatnonzero(rng.random(people) >= 0.1))
    parent, slot = np.full(people, -1), np.zeros(people, dtype=np.int8)
    taken = np.sort(rng.permutation(len(order) + len(order) // 4)[: max(len(order) - 1, 0)])
    for place, (ix, at) in enumerate(zip(order[1:].tolist(), taken.tolist(), strict=True)):
        above, each = min(at // width, place), at % width
        parent[ix], slot[ix] = order[above], each + 1
    free = _first_of_each(parent * width + slot, parent >= 0)
    parent[~free], slot[~free] = -1, 0
    return {"matrix_parent": parent, "matrix_slot": slot}


def _first_of_each(keys: Any, asked: Any) -> Any:
    """Whether a row is the first with its key among those asked for."""
    first = np.zeros(len(keys), dtype=np.bool_)
    rows = np.flatnonzero(asked)
    first[rows[np.unique(keys[rows], return_index=True)[1]]] = True
    return first


def _earlier(rng: np.random.Generator, enrolled: Any, recent: float) -> Any:
    reach = np.maximum(1, np.ceil(enrolled * recent)).astype(np.int64)
    drawn = enrolled - 1 - (rng.random(len(enrolled)) * reach).astype(np.int64)
    return np.where(enrolled == 0, -1, np.maximum(drawn, 0))


def _placement(rng: np.random.Generator, people: int, chain: int = 50) -> tuple[Any, Any]:
    """Half of the placed fill up a binary tree level by level; the others hang below its leaves in crooked chains."""
    order = rng.permutation(np.flatnonzero(rng.random(people) >= 0.1))
    parent, slot = np.full(people, -1), np.zeros(people, dtype=np.int64)
    half = (len(order) + 1) // 2
    full, hung = np.arange(1, half), np.arange(half, len(order))
    parent[order[full]], slot[order[full]] = order[(full - 1) // 2], (full - 1) % 2 + 1
    links = hung - half
    above = np.where(links % chain == 0, half - 1 - links // chain, hung - 1)
    parent[order[hung]], slot[order[hung]] = order[above], rng.integers(1, 3, len(hung))
    return parent, slot


def _renamed(name: Any, sponsor: Any, parent: Any, slot: Any, rng: np.random.Generator, inactive: float) -> People:
    count = len(name)
    renamed = np.append(name, -1)
    columns = {"sponsor": renamed[sponsor], "parent": renamed[parent], "slot": slot}
    place = np.argsort(name)
    active = rng.random(count) >= inactive
    return People.of(
        **{key: column[place] for key, column in columns.items()},
        owner=_owners(count),
        active=active,
        passed_over=~active & (rng.permutation(count) % 3 == 0),
        title=rng.integers(-1, len(TITLES), count),
        carry_left=np.where(rng.random(count) < 0.3, rng.integers(-20_000, 80_000, count), 0),
        carry_right=np.where(rng.random(count) < 0.3, rng.integers(-20_000, 80_000, count), 0),
    )


def _owners(count: int) -> Any:
    """A third hold their position beside one of an earlier row; drawn apart, so that all else stays what it was."""
    rng, rows = np.random.default_rng(count), np.arange(count)
    owner = np.where(rng.random(count) < 1 / 3, rng.integers(0, rows + 1), rows)
    while (owner[owner] != owner).any():
        owner = owner[owner]
    return owner


def _orders(rng: np.random.Generator, people: int, orders: int, days: int) -> Orders:
    seller = rng.integers(0, people, orders)
    pv = rng.integers(0, 30_000, orders)
    returned = rng.random(orders) < 0.05
    return Orders(
        day=np.random.default_rng(orders).integers(1, days + 1, orders, dtype=np.int16),
        seller=seller,
        buyer=np.where(rng.random(orders) < 0.4, -1, seller),
        pv=np.where(returned, -pv, pv),
        cv=np.where(returned, -pv, pv) * 9 // 10,
        seq=rng.permutation(orders * 3)[:orders],
    )

"""The rows about one period, as its files tell them: everybody, every order, every line."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any, Final

import numpy as np

from app.amounts import from_minor
from app.audit import persons
from app.runs.opened import OpenedRun
from app.runs.statements import clawbacks_of, line_of, miss_of
from app.runs.text import decision_words

ORDERS: Final = ("fact", "order", "seller", "buyer", "pv", "cv")
_MATRIX: Final = ("matrix_parent", "matrix_slot")
LINES: Final = ("person", *persons.LINES[1:])
MISSES: Final = ("person", *persons.MISSES[1:])
CLAWBACKS: Final = ("person", *persons.CLAWBACKS[1:])
"""Those of a person's statements, of everybody."""
_PEOPLE: Final = (
    "person",
    "joined",
    "sponsor",
    "binary_parent",
    "slot",
    "active",
    "paid_as",
    "title",
    "highest",
    "decision",
    "pay_rank",
    "brought_in",
    "earned",
    "taken_back",
    "amount",
    "carried_out",
)


def people_header(opened: OpenedRun) -> tuple[str, ...]:
    """With two columns of the matrix, where one is kept, and a column for each bonus of the plan."""
    in_matrix = () if opened.taken.snapshot.matrix_tree is None else _MATRIX
    return (*_PEOPLE, *in_matrix, *(f"bonus: {bonus.name}" for bonus in opened.plan.bonuses))


def people_rows(opened: OpenedRun) -> Iterator[tuple[Any, ...]]:
    """Everybody by the run's snapshot, with ranks, which of them somebody decided, and pay."""
    people, ranks, by_person = opened.taken.snapshot.people, opened.result.ranks, opened.result.totals.by_person
    rank_names, ids = [*opened.plan.rank_names, None], [*opened.taken.ids, None]  # -1 is the last of each, none
    columns = (
        opened.taken.enrolled, people.sponsor, people.parent, people.slot, ranks.active, ranks.paid_as, ranks.title,
        ranks.highest, ranks.pay, *(column for _, column in opened.result.balances.columns()), by_person.T,
    )  # fmt: skip
    decided = {ix: decision_words(decision) for ix, decision in opened.taken.decisions.items()}
    rows = zip(opened.taken.ids, _in_matrix(opened, ids), *(column.tolist() for column in columns), strict=True)
    for ix, (id, seat, *of) in enumerate(rows):
        joined, sponsor, parent, slot, active, paid_as, title, highest, pay, *money, amounts = of
        yield (
            id, _yes(joined), ids[sponsor], ids[parent], slot or None, _yes(active), rank_names[paid_as],
            rank_names[title], rank_names[highest], decided.get(ix), rank_names[pay], *map(from_minor, money),
            *seat, *map(from_minor, amounts),
        )  # fmt: skip


def _in_matrix(opened: OpenedRun, ids: Sequence[str | None]) -> Iterable[tuple[str | int | None, ...]]:
    """Everybody's parent and slot in the matrix; nothing of each where none is kept."""
    people = opened.taken.snapshot.people
    if people.matrix_parent is None or people.matrix_slot is None:
        return repeat((), len(people))
    return zip(
        (ids[parent] for parent in people.matrix_parent.tolist()),
        (slot or None for slot in people.matrix_slot.tolist()),
        strict=True,
    )


def order_rows(opened: OpenedRun) -> Iterator[tuple[Any, ...]]:
    """Every order and return that counted; a buyer who is no distributor is a customer of the seller."""
    orders, ids = opened.taken.snapshot.orders, opened.taken.ids
    columns = (orders.seq, orders.seller, orders.buyer, orders.pv, orders.cv)
    customers = opened.taken.customers or repeat("", len(orders))
    rows = zip(opened.taken.order_ids, customers, *(column.tolist() for column in columns), strict=True)
    for order, customer, seq, seller, buyer, pv, cv in rows:
        bought_by = ids[buyer] if buyer >= 0 else customer or "a customer"
        yield seq, order, ids[seller], bought_by, from_minor(pv), from_minor(cv)


def line_rows(opened: OpenedRun) -> Iterator[tuple[Any, ...]]:
    """Every line, by person."""
    for row, earner in enumerate(opened.result.lines.earner):
        yield opened.taken.ids[earner], *persons.line_columns(line_of(opened, row))


def miss_rows(opened: OpenedRun) -> Iterator[tuple[Any, ...]]:
    """Every line that was missed, by person."""
    for row, person in enumerate(opened.result.misses.person):
        yield opened.taken.ids[person], *persons.miss_columns(miss_of(opened, row))


def clawback_rows(opened: OpenedRun, returned: Mapping[str, str]) -> Iterator[tuple[Any, ...]]:
    """All that returns take back, by person; `returned` has the order of each return."""
    for ix in np.unique(opened.taken.snapshot.clawbacks.person).tolist():
        for one in clawbacks_of(opened, ix):
            yield opened.taken.ids[ix], *persons.clawback_columns(one, returned)


def _yes(value: Any) -> str:
    return "yes" if value else "no"

"""The rows about one period, as its files tell them: everybody, every order, every line."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any, Final

from app.amounts import from_minor
from app.engine.models import Columns, Reason
from app.runs.opened import OpenedRun
from app.runs.text import decision_words

_ROWS: Final = 50_000
ORDERS: Final = ("fact", "order", "seller", "buyer", "pv", "cv")
_MATRIX: Final = ("matrix_parent", "matrix_slot")
LINES: Final = (
    "person", "bonus", "amount", "before_cap", "base", "rate", "level", "paid_level", "rank", "source", "order",
)  # fmt: skip
MISSES: Final = (
    "person", "bonus", "reason", "needed", "actual", "forgone", "paid_to_nobody", "level", "paid_level", "order",
)  # fmt: skip
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
    _, rank_names, ids, _ = _names(opened)
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
    """Every order and return that counted; a buyer without a number is a customer of the seller."""
    orders, ids = opened.taken.snapshot.orders, [*opened.taken.ids, "a customer"]
    columns = (orders.seq, orders.seller, orders.buyer, orders.pv, orders.cv)
    for order, seq, seller, buyer, pv, cv in zip(
        opened.taken.order_ids, *(column.tolist() for column in columns), strict=True
    ):
        yield seq, order, ids[seller], ids[buyer], from_minor(pv), from_minor(cv)


def line_rows(opened: OpenedRun) -> Iterator[tuple[Any, ...]]:
    """Every line, by person."""
    lines, bonuses, ranks, ids, order_ids = opened.result.lines, *_names(opened)
    for line in _rows(lines):
        yield (
            ids[line["earner"]], bonuses[line["bonus"]], from_minor(line["amount"]), from_minor(line["raw"]),
            from_minor(line["base"]), f"{line['rate_num']}/{line['rate_den']}", line["level"], line["paid_level"],
            ranks[line["rank"]], ids[line["source"]], order_ids[line["order"]],
        )  # fmt: skip


def miss_rows(opened: OpenedRun) -> Iterator[tuple[Any, ...]]:
    """Every line that was missed, by person."""
    misses, bonuses, _, ids, order_ids = opened.result.misses, *_names(opened)
    for miss in _rows(misses):
        yield (
            ids[miss["person"]], bonuses[miss["bonus"]], Reason(miss["reason"]).name.lower(), miss["needed"],
            miss["actual"], from_minor(miss["forgone"]), from_minor(miss["breakage"]), miss["level"],
            miss["paid_level"], order_ids[miss["order"]],
        )  # fmt: skip


def _names(opened: OpenedRun) -> tuple[Sequence[str], Sequence[str | None], Sequence[str | None], Sequence[str | None]]:
    """What the numbers in a table stand for: bonuses, ranks, people, orders; -1 is the last of each, none."""
    bonuses = [bonus.name for bonus in opened.plan.bonuses]
    return bonuses, [*opened.plan.rank_names, None], [*opened.taken.ids, None], [*opened.taken.order_ids, None]


def _rows(table: Columns) -> Iterator[dict[str, Any]]:
    """The rows of a table by column, some at a time: a list holds much more memory than its column."""
    for start in range(0, len(table), _ROWS):
        columns = {name: column[start : start + _ROWS].tolist() for name, column in table.columns()}
        for values in zip(*columns.values(), strict=True):
            yield dict(zip(columns, values, strict=True))


def _yes(value: Any) -> str:
    return "yes" if value else "no"

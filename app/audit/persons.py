"""The rows about one person, as their files tell them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from app.amounts import exact_from_minor, from_minor
from app.audit.files import instant
from app.engine.reasons import Lack
from app.facts.calendars import CALENDARS
from app.facts.commands import Tree
from app.facts.history import PastFact
from app.places.spots import NOBODY
from app.runs.models import Run, Statement
from app.volumes.edges import NEVER, Edges

PLACES: Final = ("tree", "parent", "slot", "since", "until", "from_fact", "until_fact", "taken_back_by_fact")
ORDERS: Final = (
    "fact", "kind", "order", "return_of", "placed", "recorded", "seller", "buyer", "pv", "cv", *CALENDARS,
)  # fmt: skip
SOLD: Final = ("Order", "DateOrder", "Return")
"""The kinds of facts that orders.csv tells."""
RUNS: Final = (
    "run", "period", "calendar", "state", "plan", "plan_hash", "as_of_fact", "people", "orders", "earners",
    "earned", "taken_back", "brought_in", "carried_out", "payees", "amount", "paid_to_nobody", "code_version", "hash",
)  # fmt: skip
STATEMENTS: Final = (
    "run",
    "period",
    "amount",
    "earned",
    "brought_in",
    "carried_out",
    "currency",
    "rank",
    "lines",
    "misses",
)
LINES: Final = (
    "run", "bonus", "amount", "before_cap", "before_rounding", "base", "rate", "level", "paid_level", "rank", "source",
    "order", "path", "skipped", "why",
)  # fmt: skip
_LACK: Final = ("requirement", "needed", "actual", "gap", "unit")
MISSES: Final = (
    "run", "bonus", "reason", *_LACK, "forgone", "paid_to_nobody", "level", "paid_level", "source", "order", "why",
)  # fmt: skip
BECAUSE: Final = ("run", "bonus", "reason", *_LACK, "why")
CARRY: Final = ("run", "leg", "brought_in", "new", "matched", "flushed", "carried_out")


def place_rows(tree: Tree, edges: Edges, ids: Mapping[int, str]) -> Iterator[tuple[Any, ...]]:
    """Every place the person had in a tree, oldest first; `ids` has everybody they stood under."""
    for row in np.lexsort((edges.seq_from, edges.valid_from)).tolist():
        seq_to, void = int(edges.seq_to[row]), int(edges.void_seq[row])
        yield (
            tree,
            ids.get(int(edges.parent[row])),
            None if tree == "sponsor" else int(edges.slot[row]),
            instant(int(edges.valid_from[row])),
            instant(int(edges.valid_to[row])),
            int(edges.seq_from[row]),
            None if seq_to == NEVER else seq_to,
            None if void == NEVER else void,
        )


def order_rows(facts: list[tuple[PastFact, str]], ids: Mapping[int, str]) -> Iterator[tuple[Any, ...]]:
    """The orders, their later dates and the returns among facts."""
    for fact, _ in facts:
        if fact.kind in SOLD:
            said = fact.decided
            kind, order = said.get("date") or fact.kind.lower(), said.get("order_id") or said["date_of"]
            buyer = said["customer_id"] if said["buyer_ix"] == NOBODY else ids.get(said["buyer_ix"])
            yield (
                fact.seq, kind, order, said.get("return_of"), instant(fact.valid_at),
                instant(fact.recorded_at), ids.get(said["seller_ix"]), buyer, from_minor(said["pv"]),
                from_minor(said["cv"]), *(said[calendar] for calendar in CALENDARS),
            )  # fmt: skip


def run_row(run: Run, period: str) -> tuple[Any, ...]:
    """The header of a run."""
    return (
        run.id, period, run.calendar, run.state, run.plan_name, run.plan_hash, run.seq, run.people, run.orders,
        run.earners, *(from_minor(money) for money in (run.earned, run.taken_back, run.balance_in, run.balance_out)),
        run.payees, from_minor(run.amount), from_minor(run.breakage), run.code_version, run.hash,
    )  # fmt: skip


def statement_row(statement: Statement, period: str) -> tuple[Any, ...]:
    over = statement.balance
    return (
        statement.run.id, period, from_minor(statement.amount), from_minor(statement.earned),
        None if over is None else from_minor(over.brought_in), None if over is None else from_minor(over.carried_out),
        statement.currency, statement.rank,
        statement.line_count, statement.miss_count,
    )  # fmt: skip


def line_rows(statement: Statement) -> Iterator[tuple[Any, ...]]:
    for line in statement.lines:
        skipped = " ".join(f"{one.person} ({one.reason})" for one in line.skipped)
        yield (
            statement.run.id, line.bonus, from_minor(line.amount), from_minor(line.raw), exact_from_minor(line.exact),
            from_minor(line.base), f"{line.rate_num}/{line.rate_den}", line.level, line.paid_level, line.rank,
            line.source, line.order, " > ".join(line.path), skipped, line.words,
        )  # fmt: skip


def miss_rows(statement: Statement) -> Iterator[tuple[Any, ...]]:
    for miss in statement.misses:
        yield (
            statement.run.id, miss.bonus, miss.reason, *_lack(miss.lack), from_minor(miss.forgone),
            from_minor(miss.breakage), miss.level, miss.paid_level, miss.source, miss.order, miss.words,
        )  # fmt: skip


def because_rows(statement: Statement) -> Iterator[tuple[Any, ...]]:
    for one in statement.because:
        yield statement.run.id, one.bonus, one.reason, *_lack(one.lack), one.words


def _lack(lack: Lack) -> tuple[Any, ...]:
    return lack.requirement, str(lack.needed), str(lack.actual), lack.gap, lack.unit


def carry_rows(statement: Statement) -> Iterator[tuple[Any, ...]]:
    for leg in statement.carry:
        figures = (leg.brought_in, leg.new, leg.matched, leg.flushed, leg.carried_out)
        yield statement.run.id, leg.leg, *map(from_minor, figures)

"""The rows about one person, as their files tell them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import numpy as np

from app.amounts import exact_from_minor, from_minor
from app.audit.files import instant
from app.clock import zulu
from app.engine.reasons import Lack
from app.facts.calendars import CALENDARS
from app.facts.commands import Tree
from app.facts.history import PastFact
from app.periods.models import Period
from app.places.spots import NOBODY
from app.runs.models import Run, Statement, StatementClawback, StatementLine, StatementMiss
from app.runs.text import decision_words
from app.volumes.edges import NEVER, Edges

PLACES: Final = ("tree", "parent", "slot", "since", "until", "from_fact", "until_fact", "taken_back_by_fact")
ORDERS: Final = (
    "fact", "kind", "order", "return_of", "placed", "recorded", "seller", "buyer", "pv", "cv", *CALENDARS,
)  # fmt: skip
SOLD: Final = ("Order", "DateOrder", "Return")
"""The kinds of facts that orders.csv tells."""
RUNS: Final = (
    "run", "period", "calendar", "zone", "state", "plan", "plan_hash", "as_of_fact", "calculated", "carries_from",
    "supersedes", "people", "orders", "earners", "earned", "taken_back", "brought_in", "carried_out", "payees",
    "amount", "set_off", "overpaid", "paid_to_nobody", "code_version", "snapshot_hash", "hash",
)  # fmt: skip
STATEMENTS: Final = (
    "run", "period", "amount", "earned", "brought_in", "taken_back", "carried_out", "paid_before", "to_pay", "currency",
    "rank", "decision", "lines", "misses",
)  # fmt: skip
LINES: Final = (
    "run", "bonus", "amount", "before_cap", "before_rounding", "base", "rate", "level", "paid_level", "rank", "source",
    "order", "path", "skipped", "why",
)  # fmt: skip
_LACK: Final = ("requirement", "needed", "actual", "gap", "unit")
MISSES: Final = (
    "run", "bonus", "reason", *_LACK, "forgone", "paid_to_nobody", "level", "paid_level", "source", "order", "why",
)  # fmt: skip
BECAUSE: Final = ("run", "bonus", "reason", *_LACK, "why")
CLAWBACKS: Final = ("run", "bonus", "amount", "order", "return", "source", "why")
CARRY: Final = ("run", "leg", "brought_in", "new", "matched", "flushed", "carried_out")
OF_STATEMENTS: Final = {
    "runs": RUNS,
    "statements": STATEMENTS,
    "lines": LINES,
    "misses": MISSES,
    "clawbacks": CLAWBACKS,
    "because": BECAUSE,
    "carry": CARRY,
}
"""The files that tell of committed runs."""


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


def run_row(run: Run, period: Period) -> tuple[Any, ...]:
    """The header of a run."""
    in_and_out = (run.earned, run.taken_back, run.balance_in, run.balance_out)
    paid = (run.amount, run.set_off_amount, run.overpaid_amount, run.breakage)
    return (
        run.id, period.name, run.calendar, period.zone, run.state, run.plan_name, run.plan_hash, run.seq,
        zulu(run.calculated_at), run.carries_from, run.supersedes, run.people, run.orders, run.earners,
        *map(from_minor, in_and_out), run.payees, *map(from_minor, paid), run.code_version, run.snapshot_hash, run.hash,
    )  # fmt: skip


def statement_row(statement: Statement, period: str) -> tuple[Any, ...]:
    """What a run pays somebody; the middle cells are empty where all that is earned is paid."""
    over = statement.balance
    carried = () if over is None else (over.brought_in, over.taken_back, over.carried_out)
    return (
        statement.run.id, period, from_minor(statement.amount), from_minor(statement.earned),
        *(map(from_minor, carried) if carried else (None, None, None)),
        from_minor(statement.received), from_minor(statement.to_pay), statement.currency, statement.rank,
        None if statement.decision is None else decision_words(statement.decision),
        statement.line_count, statement.miss_count,
    )  # fmt: skip


def line_rows(statement: Statement) -> Iterator[tuple[Any, ...]]:
    for line in statement.lines:
        yield statement.run.id, *line_columns(line)


def line_columns(line: StatementLine) -> tuple[Any, ...]:
    """A line behind whose it is."""
    skipped = " ".join(f"{one.person} ({one.reason})" for one in line.skipped)
    return (
        line.bonus, from_minor(line.amount), from_minor(line.raw), exact_from_minor(line.exact),
        from_minor(line.base), f"{line.rate_num}/{line.rate_den}", line.level, line.paid_level, line.rank,
        line.source, line.order, " > ".join(line.path), skipped, line.words,
    )  # fmt: skip


def miss_rows(statement: Statement) -> Iterator[tuple[Any, ...]]:
    for miss in statement.misses:
        yield statement.run.id, *miss_columns(miss)


def miss_columns(miss: StatementMiss) -> tuple[Any, ...]:
    """A miss behind whose it is."""
    return (
        miss.bonus, miss.reason, *_lack(miss.lack), from_minor(miss.forgone),
        from_minor(miss.breakage), miss.level, miss.paid_level, miss.source, miss.order, miss.words,
    )  # fmt: skip


def clawback_rows(
    run_id: str, clawbacks: Iterable[StatementClawback], returned: Mapping[str, str]
) -> Iterator[tuple[Any, ...]]:
    """`returned` has the order of each return: its lines are in the run of the period in which it counted."""
    for one in clawbacks:
        yield run_id, *clawback_columns(one, returned)


def clawback_columns(one: StatementClawback, returned: Mapping[str, str]) -> tuple[Any, ...]:
    """What a return takes back, behind of whom."""
    return one.bonus, from_minor(one.amount), returned.get(one.order), one.order, one.source, one.words


def because_rows(statement: Statement) -> Iterator[tuple[Any, ...]]:
    for one in statement.because:
        yield statement.run.id, one.bonus, one.reason, *_lack(one.lack), one.words


def _lack(lack: Lack) -> tuple[Any, ...]:
    return lack.requirement, str(lack.needed), str(lack.actual), lack.gap, lack.unit


def carry_rows(statement: Statement) -> Iterator[tuple[Any, ...]]:
    for leg in statement.carry:
        figures = (leg.brought_in, leg.new, leg.matched, leg.flushed, leg.carried_out)
        yield statement.run.id, leg.leg, *map(from_minor, figures)

"""Runs and statements as text, for the terminal."""

from collections.abc import Iterator

from app.amounts import from_minor
from app.runs.models import PastStatement, Run, Statement

LINES_SHOWN = 8


def run_lines(run: Run) -> Iterator[str]:
    """What a run did, in a few lines."""
    state = f"{run.state}, {'final' if run.final else 'estimate: the period is still open'}"
    yield f"Run {run.id} ({state}) by plan {run.plan_name}"
    yield f"  {run.people:,} people and {run.orders:,} orders as known at fact {run.seq:,}"
    yield f"  {from_minor(run.amount):,} paid to {run.earners:,} people; {from_minor(run.breakage):,} paid to nobody"
    yield f"  result {run.hash}"


def statement_lines(statement: Statement, *, shown: int = LINES_SHOWN) -> Iterator[str]:
    """A statement with the reason of each line, and of what was missed."""
    total = f"{from_minor(statement.amount):,} {statement.currency}"
    state = "final" if statement.run.committed else "estimate"
    rank = f", rank for pay {statement.rank}" if statement.rank else ""
    yield f"Statement of {statement.distributor}, run {statement.run.id} ({state}): {total}{rank}"
    for line in statement.lines[:shown]:
        yield f"  {from_minor(line.amount):>10,}  {line.bonus}: {line.words}"
        if len(line.path) > 1:
            yield f"{'':14}path {' > '.join(line.path)}"
    yield from _more(len(statement.lines) - shown, "lines")
    for miss in statement.misses[:shown]:
        yield f"{'missed':>12}  {miss.bonus}: {miss.words}"
    yield from _more(len(statement.misses) + statement.misses_left_out - shown, "missed lines")


def past_statement_lines(statement: PastStatement) -> Iterator[str]:
    """A statement that was taken over."""
    total = f"{from_minor(statement.amount):,} {statement.currency}"
    yield f"Statement of {statement.distributor}, {statement.period}, taken over from the former system: {total}"
    for line in statement.lines:
        yield f"  {from_minor(line.amount):>10,}  {line.bonus}{f': {line.note}' if line.note else ''}"


def balance_lines(balance: int | None) -> Iterator[str]:
    """What a person brought along into the month, where they did."""
    if balance:
        yield f"  {from_minor(balance):>10,}  balance taken over from the former system; it is not netted here"


def _more(count: int, what: str) -> Iterator[str]:
    if count > 0:
        yield f"{'':14}… and {count:,} more {what}"

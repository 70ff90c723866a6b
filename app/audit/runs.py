"""A run that was committed against the fact that did it: its files, its node and its statements."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa

from app.audit.models import SteppedRun
from app.audit.steps import paid_problems, received_of, set_off_problems
from app.blobs.store import BlobStore
from app.errors import BanyanError
from app.facts.runs import to_pay
from app.periods.models import Period
from app.runs.calculation import (
    TABLES,
    Calculated,
    hashes_of,
    run_of,
    statement_totals,
    stored_plan,
    stored_result,
    stored_snapshot,
)
from app.runs.models import SETS_OFF, Run, StatementTotal
from app.runs.tables import content_hash, read_columns

NOT_OF_THE_RESULT: Final = frozenset(
    {"state", "calculated_at", "carries_from", "paid_people", "paid_amount", "supersedes", "superseded_by", *SETS_OFF}
)
"""What a run's node says beside what it was calculated from and what came out: its steps tell most of it."""
_UNREADABLE: Final = (BanyanError, pa.ArrowException, ArithmeticError, LookupError, OSError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Examined:
    """What is wrong with a run, in sentences; what each statement must say by ix, where the files tell it."""

    problems: tuple[str, ...]
    statements: Mapping[int, Mapping[str, Any]] | None = None
    received: Mapping[str, int] | None = None
    """By distributor what people received for the period by the runs before it and by this one, minor units."""


def examine(
    stepped: SteppedRun,
    run: Run,
    period: Period,
    store: BlobStore,
    before: Mapping[str, int] | None = MappingProxyType({}),
) -> Examined:
    """Read every file of a run, each checked by its name, and compare what they say with the fact and the run's node.
    `before`: what people received by voided runs before it, None where that cannot be read.

    What the node says of the result is compared where the files are those that were committed.
    """
    contents, problems = _contents(run, store)
    if problems:
        return Examined(tuple(problems))
    try:
        asked = (stepped.calendar, stepped.period), run.seq, run.plan_hash, run.code_version
        _, run_hash = hashes_of(*asked, contents)
        if run_hash != stepped.run_hash:
            named = "its files, with the fact, plan and code it names, give the hash"
            committed = f"fact {stepped.committed_seq} committed {stepped.run_hash}"
            return Examined((f"Run {run.id}: {named} {run_hash}; {committed}.",))
        taken, plan = stored_snapshot(run, store), stored_plan(run, store)
        result = stored_result(run, taken, plan, store)
        blobs = {table: getattr(run, f"{table}_blob") for table in TABLES}
        calculated = Calculated(taken, result, blobs, contents, run.plan_blob)
        made = run_of(calculated, period, plan, code_version=run.code_version, calculated_at=run.calculated_at)
        statements = statement_totals(calculated, plan)
    except _UNREADABLE as error:
        return Examined((f"Run {run.id}: its files cannot be understood: {error}.",))
    made = replace(made, final=run.seq in period.closings)
    bonuses = [bonus.name for bonus in plan.bonuses]
    expected = {one.ix: _said(run.id, one, bonuses) for one in statements}
    amounts = {said["distributor"]: said["amount"] for said in expected.values()}
    for said in expected.values():
        if said["distributor"] in stepped.paid:
            said["paid_seq"] = stepped.paid[said["distributor"]]
    problems = list(_node_problems(run, made))
    if before is None:
        return Examined(tuple(problems), expected)
    problems += set_off_problems(stepped, amounts, before)
    left = {id: to_pay(owed, before.get(id, 0)) for id, owed in amounts.items()}
    problems += paid_problems(stepped, left)
    return Examined(tuple(problems), expected, received_of(stepped, amounts, before))


def _said(run_id: str, total: StatementTotal, bonuses: list[str]) -> dict[str, Any]:
    """The properties of a statement in the graph."""
    return {
        "run": run_id,
        "ix": total.ix,
        "distributor": total.distributor,
        "amount": total.amount,
        "rank": total.rank,
        "bonuses": bonuses,
        "amounts": total.by_bonus,
    }


def _contents(run: Run, store: BlobStore) -> tuple[dict[str, str], list[str]]:
    """The hash of what each table says. The plan's file is named by the plan's hash."""
    contents, problems = {}, []
    for table in TABLES:
        name = getattr(run, f"{table}_blob")
        try:
            contents[table] = content_hash(read_columns(store.get(name)))
        except BanyanError as error:
            problems.append(f"Run {run.id}, {table}: {error.message}")
        except _UNREADABLE:
            problems.append(f"Run {run.id}, {table}: {name} holds no such table.")
    try:
        store.get(run.plan_blob)
    except BanyanError as error:
        problems.append(f"Run {run.id}, plan: {error.message}")
    except _UNREADABLE:
        problems.append(f"Run {run.id}, plan: {run.plan_blob} is no name of a file.")
    if run.plan_blob != run.plan_hash:
        problems.append(f"Run {run.id}, plan: the file is {run.plan_blob}, the plan's hash {run.plan_hash}.")
    return contents, problems


def _node_problems(run: Run, made: Run) -> Iterator[str]:
    for field in fields(Run):
        said, is_so = getattr(run, field.name), getattr(made, field.name)
        if field.name not in NOT_OF_THE_RESULT and said != is_so:
            yield f"Run {run.id} says {field.name} {said!r}; by its files it is {is_so!r}."


def statement_problems(run_id: str, expected: Mapping[str, Any] | None, said: Mapping[str, Any]) -> Iterator[str]:
    """What a stored statement says otherwise than the run's files."""
    name = f"The statement of {said.get('distributor')} (number {said['ix']}) in run {run_id}"
    if expected is None:
        yield f"{name} is of nobody whom the run pays or ranks."
        return
    for key in sorted({*expected, *said}):
        if said.get(key) != expected.get(key):
            yield f"{name} says {key} {said.get(key)!r}; by the run's files it is {expected.get(key)!r}."

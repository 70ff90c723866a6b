"""The pure middle of a run: a snapshot through the engine into content-addressed tables, and back."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

import numpy as np

from app.blobs.store import BlobStore
from app.engine.calculate import calculate, totals_of
from app.engine.models import Balances, Carry, Clawbacks, Lines, Misses, Orders, People, Ranks, Result, Snapshot
from app.facts.calendars import days_of
from app.facts.canonical import canonical_json, sha256_hex
from app.periods.models import Period
from app.plans.loader import parse_plan
from app.plans.models import Plan
from app.runs.models import Run, StatementTotal, Taken
from app.runs.progress import NOBODY_ASKS, Tell
from app.runs.snapshots import CarryIn
from app.runs.tables import content_hash, read_columns, to_parquet

MEASURE: Final = "measure:"


WENT_IN: Final = ("people", "orders", "clawbacks")
CAME_OUT: Final = ("lines", "misses", "ranks")
TABLES: Final = (*WENT_IN, *CAME_OUT)
"""What is stored of a run, beside its plan."""


@dataclass(frozen=True, slots=True)
class Calculated:
    """A snapshot with what the plan makes of it, stored: by table the name of its file and the hash of its content."""

    taken: Taken
    result: Result
    blobs: Mapping[str, str]
    contents: Mapping[str, str]
    plan_blob: str


def work_out(taken: Taken, plan: Plan, store: BlobStore, tell: Tell = NOBODY_ASKS) -> Calculated:
    """Run the engine and store what went in and what came out; `tell` hears how far it is."""
    tell("engine", 0, 1)
    result = calculate(taken.snapshot, plan)
    blobs, contents = {}, {}
    for number, (table, columns) in enumerate(_tables(taken, result).items()):
        tell("tables", number, len(TABLES))
        blobs[table], contents[table] = store.put(to_parquet(columns)), content_hash(columns)
    return Calculated(taken, result, blobs, contents, store.put(plan.canonical().encode()))


def hashes_of(
    period: tuple[str, int], seq: int, plan_hash: str, code_version: str, contents: Mapping[str, str]
) -> tuple[str, str]:
    """The hash of a run's snapshot, and its own: over what went in, the code, and what came out, by the contents of
    its tables. `period` is the calendar and the number."""
    snapshot_hash = _snapshot_hash(contents)
    came_out = [contents[table] for table in CAME_OUT]
    return snapshot_hash, sha256_hex(canonical_json([*period, seq, snapshot_hash, plan_hash, code_version, came_out]))


def snapshot_hash_of(taken: Taken) -> str:
    """What the hash of the snapshot of a run is that is calculated from this one."""
    return _snapshot_hash({table: content_hash(columns) for table, columns in _tables_in(taken).items()})


def _snapshot_hash(contents: Mapping[str, str]) -> str:
    return sha256_hex("".join(contents[table] for table in WENT_IN))


def run_of(
    calculated: Calculated,
    period: Period,
    plan: Plan,
    *,
    code_version: str,
    calculated_at: datetime,
    carries_from: str | None = None,
) -> Run:
    """The run as stored."""
    taken, totals, blobs = calculated.taken, calculated.result.totals, calculated.blobs
    balances = calculated.result.balances
    snapshot_hash, run_hash = hashes_of(
        (period.calendar, period.number), taken.seq, plan.hash, code_version, calculated.contents
    )
    return Run(
        id=f"{period.name}-{run_hash[:12]}",
        calendar=period.calendar,
        period=period.number,
        state="preview",
        hash=run_hash,
        seq=taken.seq,
        plan_name=f"{plan.name} {plan.version}",
        plan_hash=plan.hash,
        snapshot_hash=snapshot_hash,
        code_version=code_version,
        people_blob=blobs["people"],
        orders_blob=blobs["orders"],
        clawbacks_blob=blobs["clawbacks"],
        lines_blob=blobs["lines"],
        misses_blob=blobs["misses"],
        ranks_blob=blobs["ranks"],
        plan_blob=calculated.plan_blob,
        people=int(np.count_nonzero(taken.enrolled)),
        orders=len(taken.order_ids),
        earners=int(np.count_nonzero(balances.earned)),
        earned=totals.amount,
        taken_back=int(balances.taken_back.sum()),
        balance_in=int(balances.balance_in.sum()),
        balance_out=int(balances.balance_out.sum()),
        payees=int(np.count_nonzero(balances.paid)),
        amount=int(balances.paid.sum()),
        breakage=totals.breakage,
        final=taken.seq == period.closed_seq,
        calculated_at=calculated_at,
        carries_from=carries_from,
    )


def statement_totals(calculated: Calculated, plan: Plan) -> list[StatementTotal]:
    """For the graph what each person is paid who earned something, is paid something or has a rank above the lowest, by
    ix; by bonus, in the plan's order, what they earned."""
    by_person, balances = calculated.result.totals.by_person, calculated.result.balances
    amounts = balances.paid
    ranks = [None, *plan.rank_names]
    pay_rank = calculated.result.ranks.pay
    rows = np.flatnonzero((amounts != 0) | (balances.earned != 0) | (pay_rank > 0))
    columns = (rows, amounts[rows], pay_rank[rows] + 1, by_person[:, rows].T)
    return [
        StatementTotal(ix, calculated.taken.ids[ix], amount, ranks[rank], by_bonus)
        for ix, amount, rank, by_bonus in zip(*(column.tolist() for column in columns), strict=True)
    ]


def carry_out(run: Run, store: BlobStore) -> CarryIn:
    """What a run leaves for the next period, per ix."""
    columns = read_columns(store.get(run.ranks_blob))
    return CarryIn(columns["left_out"], columns["right_out"], columns["balance_out"])


def stored_snapshot(run: Run, store: BlobStore) -> Taken:
    """The snapshot a run was calculated from, as stored."""
    people = read_columns(store.get(run.people_blob))
    orders = read_columns(store.get(run.orders_blob))
    titles = tuple(sorted(set(people["title"]) - {""}))
    index = {name: number for number, name in enumerate(titles)} | {"": -1}
    people_columns = {
        name: people[name]
        for name in (
            *("sponsor", "parent", "slot", "active", "passed_over", "carry_left", "carry_right", "owner", "balance"),
        )
    }
    first, after = days_of(run.calendar, run.period)
    snapshot = Snapshot(
        People(title=np.array([index[title] for title in people["title"]], np.int16), **people_columns),
        Orders(**{name: orders[name] for name in ("seller", "buyer", "pv", "cv", "seq", "day", "late_return")}),
        titles,
        days=(after - first).days,
        first_day=first,
    )
    snapshot = _with_clawbacks(snapshot, read_columns(store.get(run.clawbacks_blob)))
    return Taken(
        snapshot, list(people["id"]), list(people["region"]), people["enrolled"], list(orders["order_id"]), run.seq
    )


def _with_clawbacks(snapshot: Snapshot, columns: Mapping[str, Any]) -> Snapshot:
    clawed = tuple(sorted(set(columns["bonus"])))
    number = {name: at for at, name in enumerate(clawed)}
    bonus = np.array([number[name] for name in columns["bonus"]], np.int16)
    return snapshot.with_clawbacks(Clawbacks(columns["person"], columns["order"], bonus, columns["amount"]), clawed)


def stored_plan(run: Run, store: BlobStore) -> Plan:
    """The plan a run was calculated by, as stored."""
    return parse_plan(store.get(run.plan_blob), f"plan of run {run.id}")


def stored_result(run: Run, taken: Taken, plan: Plan, store: BlobStore) -> Result:
    """What a run calculated, as stored; totals are added up again from its lines."""
    lines = Lines(**read_columns(store.get(run.lines_blob)))
    misses = Misses(**read_columns(store.get(run.misses_blob)))
    columns = read_columns(store.get(run.ranks_blob))
    measures = tuple(name.removeprefix(MEASURE) for name in columns if name.startswith(MEASURE))
    ranks = Ranks(
        **{name: columns[name] for name in ("paid_as", "title", "pay", "active")},
        measures=measures,
        actuals=np.stack([columns[MEASURE + name] for name in measures]),
    )
    carry = Carry(**{field.name: columns[field.name] for field in fields(Carry)})
    balances = Balances(**{field.name: columns[field.name] for field in fields(Balances)})
    return Result(lines, misses, ranks, carry, balances, totals_of(taken.snapshot, plan, lines, misses))


def _tables_in(taken: Taken) -> dict[str, dict[str, Any]]:
    orders = {"order_id": taken.order_ids, **dict(taken.snapshot.orders.columns())}
    return {"people": _people_columns(taken), "orders": orders, "clawbacks": _clawback_columns(taken.snapshot)}


def _tables(taken: Taken, result: Result) -> dict[str, dict[str, Any]]:
    return {
        **_tables_in(taken),
        "lines": dict(result.lines.columns()),
        "misses": dict(result.misses.columns()),
        "ranks": _person_columns(result),
    }


def _clawback_columns(snapshot: Snapshot) -> dict[str, Any]:
    columns: dict[str, Any] = dict(snapshot.clawbacks.columns())
    return {**columns, "bonus": [snapshot.clawed[number] for number in columns["bonus"].tolist()]}


def _people_columns(taken: Taken) -> dict[str, Any]:
    columns: dict[str, Any] = dict(taken.snapshot.people.columns())
    names = (*taken.snapshot.titles, "")
    columns["title"] = [names[number] for number in columns["title"]]  # -1 is the last: no title
    return {"id": taken.ids, "region": taken.regions, "enrolled": taken.enrolled, **columns}


def _person_columns(result: Result) -> dict[str, Any]:
    """One row per person: ranks, the measures behind them, binary carry-over, what each bonus pays, and balances."""
    ranks = result.ranks
    return {
        "paid_as": ranks.paid_as,
        "title": ranks.title,
        "pay": ranks.pay,
        "active": ranks.active,
        **{MEASURE + name: ranks.actual(name) for name in ranks.measures},
        **dict(result.carry.columns()),
        **dict(result.balances.columns()),
        **{f"bonus:{number}": row for number, row in enumerate(result.totals.by_person)},
    }

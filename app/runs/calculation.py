"""The pure middle of a run: a snapshot through the engine into content-addressed tables, and back."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final

import numpy as np

from app.blobs.store import BlobStore
from app.engine.calculate import calculate, totals_of
from app.engine.columns import Int16s
from app.engine.models import (
    Balances,
    Carry,
    Clawbacks,
    Lines,
    Misses,
    Orders,
    PastPeriod,
    People,
    Ranks,
    Result,
    Snapshot,
)
from app.engine.ranking import held_before
from app.facts.calendars import days_of
from app.facts.canonical import canonical_json, sha256_hex
from app.periods.models import Period
from app.plans.loader import parse_plan
from app.plans.models import Plan
from app.runs.models import RankDecision, Run, StatementTotal, Taken
from app.runs.progress import NOBODY_ASKS, Tell
from app.runs.rank_names import NamedRanks, by_one_table
from app.runs.snapshots import CarryIn, decided_by, numbered
from app.runs.tables import content_hash, read_columns, table_of, to_parquet

MEASURE: Final = "measure:"
PAST: Final = "past:"
"""What columns of a run's files begin with."""


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
    tell("engine", 0, len(plan.bonuses))
    result = calculate(taken.snapshot, plan, before_bonus=lambda at: tell("engine", at, len(plan.bonuses)))
    blobs, contents = {}, {}
    for number, (table, columns) in enumerate(_tables(taken, plan, result).items()):
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
    names = ("left_out", "right_out", "balance_out", "highest")
    table = table_of(store.get(run.ranks_blob), names)
    left, right, balance, highest = (table.column(name).to_numpy() for name in names)
    return CarryIn(left, right, balance, NamedRanks.of(highest.tolist()))


def met_in(run: Run, store: BlobStore) -> NamedRanks:
    """The highest rank whose rules each person met in the period of a run, per ix."""
    met = table_of(store.get(run.ranks_blob), ["met"]).column("met").to_numpy()
    return NamedRanks(tuple(stored_plan(run, store).rank_names), met)


def stored_snapshot(run: Run, store: BlobStore) -> Taken:
    """The snapshot a run was calculated from, as stored."""
    people = read_columns(store.get(run.people_blob))
    orders = read_columns(store.get(run.orders_blob))
    decisions = {
        int(ix): RankDecision(**json.loads(people["decision"][ix])) for ix in np.flatnonzero(people["decision"] != "")
    }
    before = [name for name in people if name.startswith(PAST)]
    held = [NamedRanks.of(people[name]) for name in ("title", "highest", *before)]
    count = len(people["id"])
    titles, (title, highest, decided, *met) = by_one_table([*held[:2], decided_by(decisions, count), *held[2:]], count)
    people_columns = {
        name: people[name]
        for name in (
            *("sponsor", "parent", "slot", "active", "passed_over", "carry_left", "carry_right", "owner", "balance"),
        )
    }
    people_columns |= {name: people[name] for name in ("matrix_parent", "matrix_slot") if name in people}
    customers = list(orders["customer"])
    first, after = days_of(run.calendar, run.period)
    order_columns = {name: orders[name] for name in ("seller", "buyer", "pv", "cv", "seq", "day", "late_return")}
    snapshot = Snapshot(
        People(title=title, highest=highest, decided=decided, **people_columns),
        Orders(**order_columns, customer=numbered(customers)),
        titles,
        days=(after - first).days,
        first_day=first,
        past=tuple(_past_period(name, of) for name, of in zip(before, met, strict=True)),
    )
    snapshot = _with_clawbacks(snapshot, read_columns(store.get(run.clawbacks_blob)))
    ids, regions, order_ids = (list(of) for of in (people["id"], people["region"], orders["order_id"]))
    return Taken(
        snapshot, ids, regions, people["enrolled"], order_ids, run.seq, customers=customers, decisions=decisions
    )


def _past_period(column: str, met: Int16s) -> PastPeriod:
    """Of `past:2026-02:2026-02-3f9a1c0b7d21`; the last part is empty where the period has no run."""
    _, name, run = column.split(":")
    return PastPeriod(name, run or None, met)


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
    held = held_before(taken.snapshot, plan)
    index = {name: number for number, name in enumerate(plan.rank_names)}
    ranks = Ranks(
        **{name: columns[name] for name in ("paid_as", "title", "pay", "active", "met")},
        highest=np.array([index.get(name, -1) for name in columns["highest"]], np.int16),
        reached=held.reached,
        decided=held.decided,
        past=held.past,
        measures=measures,
        actuals=np.stack([columns[MEASURE + name] for name in measures]),
    )
    carry = Carry(**{field.name: columns[field.name] for field in fields(Carry)})
    balances = Balances(**{field.name: columns[field.name] for field in fields(Balances)})
    return Result(lines, misses, ranks, carry, balances, totals_of(taken.snapshot, plan, lines, misses))


def _tables_in(taken: Taken) -> dict[str, dict[str, Any]]:
    orders = {"order_id": taken.order_ids, **_order_columns(taken)}
    return {"people": _people_columns(taken), "orders": orders, "clawbacks": _clawback_columns(taken.snapshot)}


def _tables(taken: Taken, plan: Plan, result: Result) -> dict[str, dict[str, Any]]:
    return {
        **_tables_in(taken),
        "lines": dict(result.lines.columns()),
        "misses": dict(result.misses.columns()),
        "ranks": _person_columns(taken, plan, result),
    }


def _clawback_columns(snapshot: Snapshot) -> dict[str, Any]:
    columns: dict[str, Any] = dict(snapshot.clawbacks.columns())
    return {**columns, "bonus": [snapshot.clawed[number] for number in columns["bonus"].tolist()]}


def _people_columns(taken: Taken) -> dict[str, Any]:
    """Ranks by name; `decision` is empty, or the JSON of a RankDecision; `past:2026-02:RUN` the ranks that were met in
    a period before."""
    snapshot, columns = taken.snapshot, dict[str, Any](taken.snapshot.people.columns())
    del columns["decided"]
    columns |= {name: NamedRanks(snapshot.titles, columns[name]).texts() for name in ("title", "highest")}
    columns["decision"] = [""] * len(taken.ids)
    for ix, decision in taken.decisions.items():
        columns["decision"][ix] = canonical_json(asdict(decision))
    for each in snapshot.past:
        columns[f"{PAST}{each.name}:{each.run or ''}"] = NamedRanks(snapshot.titles, each.met).texts()
    return {"id": taken.ids, "region": taken.regions, "enrolled": taken.enrolled, **columns}


def _order_columns(taken: Taken) -> dict[str, Any]:
    return dict(taken.snapshot.orders.columns()) | {"customer": taken.customers or [""] * len(taken.order_ids)}


def _person_columns(taken: Taken, plan: Plan, result: Result) -> dict[str, Any]:
    """One row per person: ranks, the measures behind them, binary carry-over, what each bonus pays, and balances. The
    highest rank is told by its name, one from before that the plan does not know too."""
    ranks = result.ranks
    highest = NamedRanks(plan.rank_names, ranks.highest).texts()
    for ix in np.flatnonzero((ranks.highest < 0) & (taken.snapshot.people.highest >= 0)).tolist():
        highest[ix] = taken.snapshot.titles[taken.snapshot.people.highest[ix]]
    return {
        "paid_as": ranks.paid_as,
        "title": ranks.title,
        "pay": ranks.pay,
        "active": ranks.active,
        "met": ranks.met,
        "highest": highest,
        **{MEASURE + name: ranks.actual(name) for name in ranks.measures},
        **dict(result.carry.columns()),
        **dict(result.balances.columns()),
        **{f"bonus:{number}": row for number, row in enumerate(result.totals.by_person)},
    }

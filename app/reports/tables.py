"""Each report as a pure function of a run's columns. No loop runs over people, lines or misses: each report is a few
passes of whole columns, O(people + orders + lines + misses); loops are over bonuses, ranks, reasons and shown rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import numpy as np

from app.engine.columns import Int64s
from app.engine.forest import scatter_sums
from app.engine.models import Reason
from app.plans.shares import percent
from app.reports.models import MOST_ROWS, MOVERS, Cell, Column, Report, ReportName, Row
from app.reports.stored import StoredRun

_AMOUNTS: Final = (Column("people", "count"), Column("earners", "count"), Column("amount", "amount"))
_BREAKAGE: Final = Column("breakage", "amount")


def bonuses(stored: StoredRun) -> Report:
    """What each bonus pays, to how many, what its cap took away, and what nobody was paid."""
    lines, misses, names = stored.lines, stored.misses, stored.bonuses
    count = len(names)
    per_bonus = [
        scatter_sums(lines["bonus"].astype(np.int64), np.ones(len(lines["bonus"]), np.int64), count),
        _earners(lines["bonus"], lines["earner"], lines["amount"], count),
        *(scatter_sums(lines["bonus"].astype(np.int64), lines[name], count) for name in ("raw", "amount")),
        scatter_sums(misses["bonus"].astype(np.int64), misses["breakage"], count),
    ]
    total = [int(column.sum()) for column in per_bonus]
    total[1] = int(np.count_nonzero(stored.amounts))
    return Report(
        name="bonuses",
        title="Totals by bonus",
        run=stored.run,
        currency=stored.plan.currency,
        columns=(
            Column("bonus", "text"),
            Column("lines", "count"),
            Column("earners", "count"),
            Column("before_cap", "amount"),
            Column("amount", "amount"),
            _BREAKAGE,
        ),
        rows=_rows(names, per_bonus),
        total=(None, *total),
    )


def ranks(stored: StoredRun) -> Report:
    """What people of each rank are paid, by the rank that they are paid by; the first row is of those without one."""
    return _by_group("ranks", "rank", stored, [None, *stored.plan.rank_names], stored.pay.astype(np.int64) + 1)


def regions(stored: StoredRun) -> Report:
    """What people of each region are paid, the best paid first; the region is that of the enrolment."""
    names, number = stored.regions
    report = _by_group("regions", "region", stored, [name or None for name in names], number)
    amount = report.column("amount")
    return _cut(replace(report, rows=sorted(report.rows, key=lambda row: (-int(row[amount] or 0), str(row[0] or "")))))


def payout(stored: StoredRun) -> Report:
    """What each bonus pays as a share of the run's CV, and of the cap on all of them where the plan has one."""
    _, cv = stored.volume
    paid = scatter_sums(stored.lines["bonus"].astype(np.int64), stored.lines["amount"], len(stored.bonuses)).tolist()
    cap = stored.plan.payout_cap

    def row(name: str | None, amount: int) -> Row:
        shares = (share_of(amount, cv),) if cap is None else (share_of(amount, cv), share_of(amount, cv, cap))
        return (name, amount, cv, *shares)

    capped = () if cap is None else (Column("share_of_cap", "share"),)
    return Report(
        name="payout",
        title="Payout as a share of volume" + ("" if cap is None else f", and of the cap of {percent(cap)} of it"),
        run=stored.run,
        currency=stored.plan.currency,
        columns=(
            Column("bonus", "text"),
            Column("amount", "amount"),
            Column("cv", "amount"),
            Column("share", "share"),
            *capped,
        ),
        rows=[row(name, amount) for name, amount in zip(stored.bonuses, paid, strict=True)],
        total=row(None, sum(paid)),
        charted="share",
    )


def breakage(stored: StoredRun) -> Report:
    """What nobody was paid, by bonus and reason, and what it was that people missed."""
    misses, names = stored.misses, stored.bonuses
    pair = misses["bonus"].astype(np.int64) * len(Reason) + misses["reason"] - 1
    size = len(names) * len(Reason)
    columns = [
        scatter_sums(pair, np.ones(len(pair), np.int64), size),
        *(scatter_sums(pair, misses[name], size) for name in ("forgone", "breakage")),
    ]
    labels = [(name, reason.name.lower()) for name in names for reason in Reason]
    rows: list[Row] = [
        (*labels[at], *(int(column[at]) for column in columns)) for at in np.flatnonzero(columns[0]).tolist()
    ]
    return Report(
        name="breakage",
        title="Breakage by bonus and reason",
        run=stored.run,
        currency=stored.plan.currency,
        columns=(
            Column("bonus", "text"),
            Column("reason", "text"),
            Column("misses", "count"),
            Column("forgone", "amount"),
            _BREAKAGE,
        ),
        rows=rows,
        total=(None, None, *(int(column.sum()) for column in columns)),
        charted="breakage",
    )


def movers(stored: StoredRun, before: StoredRun, names: Mapping[int, str]) -> Report:
    """Who gains and who loses most against an earlier run; `names` of those by ix."""
    was, now = side_by_side(before.amounts, stored.amounts)
    change = now - was
    shown = most_moved(change)
    ids = stored.ids if len(stored.ids) >= len(before.ids) else before.ids
    rows: list[Row] = [
        (ids[ix].as_py(), names.get(ix, ""), int(was[ix]), int(now[ix]), int(change[ix])) for ix in shown.tolist()
    ]
    total = [int(column.sum()) for column in (was, now, change)]
    others = int(np.count_nonzero((was != 0) | (now != 0))) - len(shown)
    rest = [whole - int(column[shown].sum()) for whole, column in zip(total, (was, now, change), strict=True)]
    return Report(
        name="movers",
        title="Who gains and who loses most",
        run=stored.run,
        before=before.run,
        currency=stored.plan.currency,
        columns=(
            Column("distributor", "text"),
            Column("name", "text"),
            *(Column(name, "amount") for name in ("before", "amount", "change")),
        ),
        rows=rows,
        left_out=others,
        rest=(None, None, *rest) if others else None,
        total=(None, None, *total),
        charted="change",
    )


REPORTS: Final[Mapping[ReportName, Callable[[StoredRun], Report]]] = {
    "bonuses": bonuses,
    "ranks": ranks,
    "regions": regions,
    "payout": payout,
    "breakage": breakage,
}
"""Every report of one run alone."""


def side_by_side(before: Int64s, after: Int64s) -> tuple[Int64s, Int64s]:
    """Columns of two runs per ix, the shorter one filled up: whoever joined later has a larger ix."""
    length = max(len(before), len(after))
    was, now = (np.pad(each, (0, length - len(each))) for each in (before, after))
    return was, now


def most_moved(change: Int64s) -> Int64s:
    """Those who gain most, then those who lose most, the largest change first in both; by ix."""
    gains, losses = (np.argsort(key, kind="stable")[:MOVERS] for key in (-change, change))
    return np.concatenate([gains[change[gains] > 0], losses[change[losses] < 0]])


def share_of(amount: int, volume: int, cap: Decimal = Decimal(1)) -> int | None:
    """Of the `cap` of a volume, in hundredths of a percent, half to even; None of nothing."""
    if volume <= 0 or not cap:
        return None
    numerator, denominator = cap.as_integer_ratio()
    return round(Fraction(amount * 10_000 * denominator, volume * numerator))


def _by_group(name: ReportName, label: str, stored: StoredRun, groups: Sequence[str | None], group: Int64s) -> Report:
    """`group`: per ix the number of one of `groups`, which `label` says what they are."""
    count = len(groups)
    columns = [
        scatter_sums(group, stored.enrolled, count),
        scatter_sums(group, stored.amounts != 0, count),
        scatter_sums(group, stored.amounts, count),
        scatter_sums(group, stored.lost, count),
    ]
    total = [int(column.sum()) for column in columns]
    return Report(
        name=name,
        title=f"Totals by {label}",
        run=stored.run,
        currency=stored.plan.currency,
        columns=(Column(label, "text"), *_AMOUNTS, _BREAKAGE),
        rows=_rows(groups, columns),
        total=(None, *total),
    )


def _rows(labels: Iterable[str | None], columns: list[Int64s]) -> list[Row]:
    cells: Iterable[tuple[Cell, ...]] = zip(labels, *(column.tolist() for column in columns), strict=True)
    return list(cells)


def _cut(report: Report) -> Report:
    """The report with its first rows, and the others added up."""
    if len(report.rows) <= MOST_ROWS:
        return report
    others = report.rows[MOST_ROWS:]
    rest: Row = (None, *(sum(int(row[at] or 0) for row in others) for at in range(1, len(report.columns))))
    return replace(report, rows=report.rows[:MOST_ROWS], left_out=len(others), rest=rest)


def _earners(bonus: Any, earner: Any, amount: Any, count: int) -> Int64s:
    """Per bonus how many people it pays something; lines are sorted by earner and bonus."""
    if not len(bonus):
        return np.zeros(count, np.int64)
    first = np.ones(len(bonus), dtype=np.bool_)
    first[1:] = (earner[1:] != earner[:-1]) | (bonus[1:] != bonus[:-1])
    starts = np.flatnonzero(first)
    paid = np.add.reduceat(amount, starts) != 0
    return scatter_sums(bonus[starts].astype(np.int64), paid, count)

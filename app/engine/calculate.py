"""The run itself: ranks, then each bonus, then one sorted table of lines and one of misses."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from app.engine.binary import pay_binary, untouched
from app.engine.case import Case
from app.engine.columns import Int16s, Int64s, sealed
from app.engine.forest import guard_sum, scatter_sums
from app.engine.models import BonusTotal, Columns, Lines, Misses, Result, Snapshot, Totals
from app.engine.ranking import rank_people
from app.engine.unilevel import pay_unilevel
from app.plans.models import Plan, Unilevel

Table = TypeVar("Table", bound=Columns)


def calculate(snapshot: Snapshot, plan: Plan) -> Result:
    """What the plan pays on the snapshot, and why.

    Pure and deterministic: the same input gives the same bytes, and the order of order rows matters to nothing but the
    `order` column, which names them. Raises AmountOverflowError and PlanMismatchError.
    """
    ranks = rank_people(snapshot, plan)
    case = Case(snapshot, plan, ranks)
    carry = untouched(snapshot)
    lines: list[Lines] = []
    misses: list[Misses] = []
    for index, bonus in enumerate(plan.bonuses):
        if isinstance(bonus, Unilevel):
            paid, missed = pay_unilevel(case, index, bonus)
        else:
            paid, missed, carry = pay_binary(case, index, bonus)
        lines.append(paid)
        misses.append(missed)
    merged_lines = _merged(Lines, lines, "earner", len(snapshot.people))
    merged_misses = _merged(Misses, misses, "person", len(snapshot.people))
    totals = totals_of(snapshot, plan, merged_lines, merged_misses)
    return Result(merged_lines, merged_misses, ranks, _read_only(carry), totals)


def _merged(kind: type[Table], tables: Sequence[Table], person: str, people: int) -> Table:
    """One table sorted by person, then bonus, then the order within each bonus's table; read-only.

    Each table is sorted by person already, so that a row's place is its own number plus the rows of other bonuses
    before it: a shift that is the same for all rows of one person in one bonus.
    """
    if len(tables) == 1:
        return _read_only(tables[0])
    counts = np.stack([np.bincount(getattr(table, person), minlength=people) for table in tables], axis=1)
    starts = (np.cumsum(counts) - counts.ravel()).reshape(counts.shape)
    shifts = starts - (np.cumsum(counts, axis=0) - counts)
    places = [np.arange(len(table)) + shifts[:, at][getattr(table, person)] for at, table in enumerate(tables)]
    columns = {}
    for name, first in tables[0].columns():
        column = np.empty(int(counts.sum()), dtype=first.dtype)
        for table, place in zip(tables, places, strict=True):
            column[place] = getattr(table, name)
        columns[name] = column
    return _read_only(kind(**columns))


def _read_only(table: Table) -> Table:
    for _, column in table.columns():
        sealed(column)
    return table


def totals_of(snapshot: Snapshot, plan: Plan, lines: Lines, misses: Misses) -> Totals:
    """The lines and misses of a run added up, exactly; AmountOverflowError beyond 64 bits."""
    people, bonuses = len(snapshot.people), len(plan.bonuses)
    cell = lines.bonus.astype(np.int64) * people + lines.earner
    by_person = scatter_sums(cell, lines.amount, bonuses * people).reshape(bonuses, people)
    raw = _by_bonus(lines.bonus, lines.raw, bonuses)
    amount = by_person.sum(axis=1)
    breakage = _by_bonus(misses.bonus, misses.breakage, bonuses)
    guard_sum("all amounts", np.concatenate([amount, breakage]))
    line_counts = np.bincount(lines.bonus, minlength=bonuses)
    miss_counts = np.bincount(misses.bonus, minlength=bonuses)
    return Totals(
        bonuses=tuple(
            BonusTotal(
                name=bonus.name,
                lines=int(line_counts[at]),
                misses=int(miss_counts[at]),
                raw=int(raw[at]),
                capped=int(raw[at] - amount[at]),
                amount=int(amount[at]),
                breakage=int(breakage[at]),
            )
            for at, bonus in enumerate(plan.bonuses)
        ),
        by_person=sealed(by_person),
        amount=int(amount.sum()),
        breakage=int(breakage.sum()),
        pv=int(snapshot.orders.pv.sum()),
        cv=int(snapshot.orders.cv.sum()),
    )


def _by_bonus(bonus: Int16s, values: Int64s, bonuses: int) -> Int64s:
    return scatter_sums(bonus.astype(np.int64), values, bonuses)

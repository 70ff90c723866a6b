"""The run itself: ranks, then what each bonus comes to, then one sorted table of lines and one of misses."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from app.engine.binary import BinaryDraft, draft_binary, untouched
from app.engine.breakaway import draft_breakaway
from app.engine.case import Case, Draft, starts_of
from app.engine.columns import Int16s, Int32s, Int64s, sealed
from app.engine.compiled import compiled
from app.engine.cores import Cores, cores_for
from app.engine.differential import draft_differential
from app.engine.forest import guard_sum
from app.engine.gates import let_in, name_gates
from app.engine.leadership import draft_leadership
from app.engine.models import BonusTotal, Columns, Lines, Misses, Result, Snapshot, Totals
from app.engine.payout import balances_of
from app.engine.per_total import round_totals
from app.engine.ranking import rank_people
from app.engine.refunds import as_counted
from app.engine.retail import draft_retail
from app.engine.unilevel import draft_unilevel
from app.plans.binary import Binary
from app.plans.breakaway import Breakaway
from app.plans.differential import Differential
from app.plans.leadership import Leadership
from app.plans.models import Bonus, Plan
from app.plans.retail import RetailMargin
from app.plans.unilevel import LevelBonus

Table = TypeVar("Table", bound=Columns)


def _said_to_nobody(_: int) -> None:
    """Nobody wants to know."""


def calculate(
    snapshot: Snapshot, plan: Plan, cores: int | None = None, *, before_bonus: Callable[[int], None] = _said_to_nobody
) -> Result:
    """What the plan pays on the snapshot, and why. `before_bonus` hears the number of each bonus before it is worked
    out; what it raises ends the calculation.

    Pure and deterministic: the same input gives the same bytes on any number of cores (None: as many as are worth it),
    and the order of order rows matters to nothing but the `order` column, which names them. Raises AmountOverflowError
    and PlanMismatchError.
    """
    snapshot = as_counted(snapshot, plan)
    ranks = rank_people(snapshot, plan)
    with Cores(cores or cores_for(len(snapshot.people) + len(snapshot.orders))) as threads:
        case = Case(snapshot, plan, ranks, threads, whole=snapshot)
        drafts = []
        for index, bonus in enumerate(plan.bonuses):
            before_bonus(index)
            drafts.append(_draft(let_in(case, index), index, bonus))
        lines, misses = _written(drafts)
    round_totals(lines, plan)
    name_gates(misses, plan, ranks)
    carries = [draft.carry for draft in drafts if isinstance(draft, BinaryDraft)]
    carry = carries[-1] if carries else untouched(snapshot)
    tables = _read_only(lines), _read_only(misses)
    totals = totals_of(snapshot, plan, *tables)
    return Result(*tables, ranks, _read_only(carry), balances_of(snapshot, plan, totals.by_person), totals)


def _draft(case: Case, index: int, bonus: Bonus) -> Draft:
    match bonus:
        case LevelBonus():
            return draft_unilevel(case, index, bonus)
        case Binary():
            return draft_binary(case, index, bonus)
        case Differential():
            return draft_differential(case, index, bonus)
        case Breakaway():
            return draft_breakaway(case, index, bonus)
        case Leadership():
            return draft_leadership(case, index, bonus)
        case RetailMargin():
            return draft_retail(case, index, bonus)


def _written(drafts: Sequence[Draft]) -> tuple[Lines, Misses]:
    """Both tables, sorted by person, then bonus, then the order within each bonus's rows."""
    line_at = starts_of([draft.line_counts for draft in drafts])
    miss_at = starts_of([draft.miss_counts for draft in drafts])
    lines = Lines.unwritten(int(line_at[-1][-1]) if line_at[-1].size else 0)
    misses = Misses.unwritten(int(miss_at[-1][-1]) if miss_at[-1].size else 0)
    for at, draft in enumerate(drafts):
        draft.write(lines, line_at[at], misses, miss_at[at])
    return lines, misses


def _read_only(table: Table) -> Table:
    for _, column in table.columns():
        sealed(column)
    return table


def totals_of(snapshot: Snapshot, plan: Plan, lines: Lines, misses: Misses) -> Totals:
    """The lines and misses of a run added up, exactly; AmountOverflowError beyond 64 bits."""
    people, bonuses = len(snapshot.people), len(plan.bonuses)
    for column in (lines.amount, lines.raw, misses.breakage):
        guard_sum("all amounts", column)
    by_person = np.zeros((bonuses, people), dtype=np.int64)
    line_counts, raw, miss_counts, breakage = np.zeros((4, bonuses), dtype=np.int64)
    _add_lines(lines.bonus, lines.earner, lines.amount, lines.raw, by_person, line_counts, raw)
    _add_misses(misses.bonus, misses.breakage, miss_counts, breakage)
    amount = by_person.sum(axis=1)
    guard_sum("all amounts", np.concatenate([amount, breakage]))
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


# -------------------------------------------------------------------------------------------------------------- kernels


@compiled
def _add_lines(
    bonus: Int16s, earner: Int32s, amount: Int64s, raw: Int64s, by_person: Int64s, counts: Int64s, raws: Int64s
) -> None:
    for at in range(len(bonus)):
        by_person[bonus[at], earner[at]] += amount[at]
        counts[bonus[at]] += 1
        raws[bonus[at]] += raw[at]


@compiled
def _add_misses(bonus: Int16s, breakage: Int64s, counts: Int64s, lost: Int64s) -> None:
    for at in range(len(bonus)):
        counts[bonus[at]] += 1
        lost[bonus[at]] += breakage[at]

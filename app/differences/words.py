"""A changed line in words: what each run says of it."""

import numpy as np

from app.differences.models import Cause, LineChange, LinedUp, Paid, SideOfLine
from app.engine.reasons import Names, explain_line, explain_miss
from app.plans.unilevel import LevelBonus


def told(lined: LinedUp, paid: tuple[Paid, Paid], row: int) -> LineChange:
    """The changed line in `row`, with both runs' reasons."""
    order = int(lined.changed.order[row])
    return LineChange(
        order=lined.orders[order] if order >= 0 else None,
        cause=Cause(int(lined.cause[row])),
        before=_side(lined, paid, row, 0),
        after=_side(lined, paid, row, 1),
    )


def _side(lined: LinedUp, paid: tuple[Paid, Paid], row: int, side: int) -> SideOfLine:
    run, line = paid[side], int((lined.changed.before, lined.changed.after)[side][row])
    snapshot, names = run.taken.snapshot, Names(run.taken.ids.__getitem__, run.taken.order_ids.__getitem__)
    if line >= 0:
        amount = int(run.result.lines.amount[line])
        return SideOfLine(amount, explain_line(snapshot, run.plan, run.result, line, names))
    miss = _miss(lined, run, row, side)
    if miss is not None:
        return SideOfLine(0, explain_miss(snapshot, run.plan, run.result, miss, names))
    return SideOfLine(0, _nothing(lined, run, row, side))


def _miss(lined: LinedUp, run: Paid, row: int, side: int) -> int | None:
    """The run's own row that says why the line is missing."""
    at, changed, misses = lined.sides[side], lined.changed, run.result.misses
    ix, bonus = int(at.ix_of[changed.person[row]]), int(at.bonus_of[changed.bonus[row]])
    order = int(changed.order[row])
    order_row = int(at.row_of[order]) if order >= 0 else -1
    if ix < 0 or bonus < 0 or (order >= 0 and order_row < 0):
        return None
    first, behind = (int(each) for each in np.searchsorted(misses.person, [ix, ix + 1]))
    same = (misses.bonus[first:behind] == bonus) & (misses.order[first:behind] == order_row)
    found = np.flatnonzero(same)
    return first + int(found[0]) if len(found) else None


def _nothing(lined: LinedUp, run: Paid, row: int, side: int) -> str:
    """Why a run has neither a line nor a miss."""
    at, changed = lined.sides[side], lined.changed
    person, bonus, order = int(changed.person[row]), int(changed.bonus[row]), int(changed.order[row])
    ix = int(at.ix_of[person])
    if order >= 0 and at.row_of[order] < 0:
        return f"The order {lined.orders[order]} does not count in this run"
    if ix < 0 or not run.taken.enrolled[ix]:
        return f"{lined.people[person]} is not in this run"
    if at.bonus_of[bonus] < 0:
        return f"The plan {run.plan.name} {run.plan.version} has no bonus called {lined.bonuses[bonus]}"
    if Cause(int(lined.cause[row])) is Cause.TREE:
        seller = run.taken.ids[int(run.taken.snapshot.orders.seller[at.row_of[order]])]
        return f"{seller} stands elsewhere here, and the order does not reach {lined.people[person]}"
    if order >= 0 and not isinstance(run.plan.bonuses[int(at.bonus_of[bonus])], LevelBonus):
        return "The order leaves them nothing by this plan"
    if order >= 0:
        return "The order reaches them on no level that this plan pays them"
    return "Nothing matched between the legs"

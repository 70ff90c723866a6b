"""Lines two runs up by person, bonus and order: pure, whole columns at a time, nothing per line in Python."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute

from app.differences.causes import causes_of
from app.differences.models import Amounts, Cause, CauseTotal, Changed, LinedUp, Numbered, Paid, PeopleTotal
from app.engine.columns import Int64s
from app.engine.forest import scatter_sums
from app.errors import InvalidInputError

pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
_MOST_KEYS: Final = 2**63


def line_up(before: Paid, after: Paid) -> LinedUp:
    """Every line of both runs. Cost: O(n log n) of people, orders and lines."""
    people, persons = _in_common(before.taken.ids, after.taken.ids)
    orders, rows = _in_common(before.taken.order_ids, after.taken.order_ids)
    bonuses, numbers = _in_common(*([bonus.name for bonus in paid.plan.bonuses] for paid in (before, after)))
    sizes = len(people), len(orders), len(bonuses)
    if sizes[0] * sizes[2] * (sizes[1] + 1) >= _MOST_KEYS:
        raise InvalidInputError(
            f"{sizes[0]:,} people, {sizes[1]:,} orders and {sizes[2]} bonuses are more than can be compared at once."
        )
    sides = tuple(_numbered(*each, sizes) for each in zip(persons, rows, numbers, strict=True))
    changed, equal = _changed((before, after), (sides[0], sides[1]), sizes)
    return LinedUp(
        people=people,
        orders=orders,
        bonuses=tuple(bonuses),
        sides=(sides[0], sides[1]),
        before=_by_person(before, sides[0], sizes),
        after=_by_person(after, sides[1], sizes),
        changed=changed,
        cause=causes_of((before, after), (sides[0], sides[1]), changed, tuple(bonuses)),
        equal=equal,
    )


def totals_by_bonus(lined: LinedUp) -> list[Amounts]:
    """What each bonus pays in both runs."""
    sums = (side.sum(axis=1).tolist() for side in (lined.before, lined.after))
    return [Amounts(*each) for each in zip(lined.bonuses, *sums, strict=True)]


def totals_by_cause(lined: LinedUp) -> list[CauseTotal]:
    """Causes that occur, the one that moves most money first."""
    change, size = lined.changed.change, max(Cause) + 1
    lines = np.bincount(lined.cause, minlength=size)
    more, less = (scatter_sums(lined.cause, np.maximum(each, 0), size) for each in (change, -change))
    found = [CauseTotal(cause, int(lines[cause]), int(more[cause]), int(less[cause])) for cause in Cause]
    return sorted((each for each in found if each.lines), key=lambda each: -(each.more + each.less))


def totals_of_people(lined: LinedUp) -> PeopleTotal:
    """Who gains and who loses, each by the sum of their lines."""
    change = lined.change
    gains, losses = change > 0, change < 0
    return PeopleTotal(
        gaining=int(np.count_nonzero(gains)),
        gained=int(change[gains].sum()),
        losing=int(np.count_nonzero(losses)),
        lost=-int(change[losses].sum()),
        even=int(np.count_nonzero(lined.touched & (change == 0))),
    )


def most_changed(lined: LinedUp) -> Int64s:
    """Numbers of all whose lines changed, the largest change of their sum first."""
    people = np.flatnonzero(lined.touched)
    ranked: Int64s = people[np.argsort(-np.abs(lined.change[people]), kind="stable")]
    return ranked


def lines_of(lined: LinedUp, person: int) -> range:
    """The changed lines of a person; they are sorted by person, then bonus."""
    first, behind = np.searchsorted(lined.changed.person, [person, person + 1])
    return range(int(first), int(behind))


def _in_common(before: Sequence[str], after: Sequence[str]) -> tuple[Sequence[str], tuple[Int64s, Int64s]]:
    """All names, and the number of each of both; the first run's are their places."""
    ours = np.arange(len(before), dtype=np.int64)
    if list(before[: len(after)]) == list(after[: len(before)]):  # one goes on where the other ends
        longer = before if len(before) >= len(after) else after
        return longer, (ours, np.arange(len(after), dtype=np.int64))
    found = pc.index_in(pa.array(after, pa.string()), value_set=pa.array(before, pa.string()))
    theirs = pc.fill_null(found, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    new = np.flatnonzero(theirs < 0)
    theirs[new] = len(before) + np.arange(len(new))
    return [*before, *(after[at] for at in new.tolist())], (ours, theirs)


def _numbered(person: Int64s, order: Int64s, bonus: Int64s, sizes: tuple[int, int, int]) -> Numbered:
    back = []
    for numbers, size in zip((person, order, bonus), sizes, strict=True):
        places = np.full(size, -1, np.int64)
        places[numbers] = np.arange(len(numbers))
        back.append(places)
    return Numbered(person, order, bonus, *back)


def _by_person(paid: Paid, side: Numbered, sizes: tuple[int, int, int]) -> Int64s:
    amounts = np.zeros((sizes[2], sizes[0]), np.int64)
    amounts[np.ix_(side.bonus, side.person)] = paid.result.totals.by_person
    return amounts


def _keys(paid: Paid, side: Numbered, sizes: tuple[int, int, int]) -> Int64s:
    """One number for each line of a run, the same for the same line of the other."""
    lines = paid.result.lines
    order = np.append(side.order, -1)[lines.order]  # -1, no order, takes the last
    keys: Int64s = (side.person[lines.earner] * sizes[2] + side.bonus[lines.bonus]) * (sizes[1] + 1) + order + 1
    return keys


def _changed(
    paid: tuple[Paid, Paid], sides: tuple[Numbered, Numbered], sizes: tuple[int, int, int]
) -> tuple[Changed, int]:
    """The lines whose amount is not the same, one without a line being 0; and how many are the same."""
    keys, rows = [], []
    for each, side in zip(paid, sides, strict=True):
        key = _keys(each, side, sizes)
        order = _sorted_rows(key)
        keys.append(key[order])
        rows.append(order)
    at = np.searchsorted(keys[0], keys[1])
    both = at < len(keys[0])
    both[both] = keys[0][at[both]] == keys[1][both]
    alone = np.ones(len(keys[0]), np.bool_)
    alone[at[both]] = False
    none_before, none_after = np.full(int((~both).sum()), -1), np.full(int(alone.sum()), -1)
    was = np.concatenate([rows[0][at[both]], rows[0][alone], none_before])
    now = np.concatenate([rows[1][both], none_after, rows[1][~both]])
    key = np.concatenate([keys[1][both], keys[0][alone], keys[1][~both]])
    change = np.append(paid[1].result.lines.amount, 0)[now] - np.append(paid[0].result.lines.amount, 0)[was]
    differs = np.flatnonzero(change)
    differs = differs[np.argsort(key[differs], kind="stable")]
    pair, order = np.divmod(key[differs], sizes[1] + 1)
    person, bonus = np.divmod(pair, sizes[2])
    changed = Changed(person, bonus, order - 1, was[differs], now[differs], change[differs])
    return changed, len(change) - len(differs)


def _sorted_rows(key: Int64s) -> Int64s:
    """The rows by key; most tables are sorted already."""
    if (key[1:] >= key[:-1]).all():
        return np.arange(len(key))
    return np.argsort(key, kind="stable")

"""When orders were paid and shipped: each date that a file tells becomes a fact of its own, which comes after the order
and before its return.

Whatever is sold is numbered: first the rows of orders, then their later dates.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.clock import CLOCK_SKEW_MS
from app.facts.calendars import LATER_DATES, PLACED, CommissionDate, LaterDate
from app.imports import columns as col
from app.imports.calendar import NOT_IN, NOWHERE, UNNAMED, Timeline, settle
from app.imports.files import Table
from app.imports.models import Reason, StoredOrder
from app.imports.trees import Checked

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LaterDates:
    """Those that a file tells of its orders, and that are not stored."""

    row: Ints
    """Of the order."""
    date: Ints
    """By its place in LATER_DATES."""
    at: Ints
    """Epoch milliseconds."""

    def __len__(self) -> int:
        return len(self.row)

    def pairs(self) -> set[tuple[int, CommissionDate]]:
        """The row and the date of each."""
        return {(row, LATER_DATES[date]) for row, date in zip(self.row.tolist(), self.date.tolist(), strict=True)}

    def columns(self) -> dict[str, Ints]:
        """As checked orders keep them."""
        return {"date_row": self.row, "date": self.date, "date_at": self.at}


def dates_of(orders: Checked) -> LaterDates:
    """Those of checked orders."""
    return LaterDates(*(orders.columns[name] for name in ("date_row", "date", "date_at")))


def rows_of(orders: Checked, sold: Ints) -> Ints:
    """The rows of what is sold, by number; of a later date that of its order."""
    return np.concatenate([np.arange(len(orders.unchanged)), orders.columns["date_row"]])[sold]


def column_of(date: CommissionDate) -> str:
    """What files call it."""
    return f"{date}_at"


def read_dates(table: Table, is_return: Mask, placed_at: Ints, now: int) -> tuple[dict[LaterDate, Ints], LaterDates]:
    """Check the later dates; each by row, MISSING where it is not told, and all of them as what is sold."""
    by_row: dict[LaterDate, Ints] = {}
    for date in LATER_DATES:
        column = column_of(date)
        at = by_row[date] = col.instants(table, column, now, required=False)
        table.blame(column, Reason.NOT_AN_ORDER, is_return & (at != col.MISSING))
        early = ~is_return & (at != col.MISSING) & (placed_at != col.MISSING) & (at + CLOCK_SKEW_MS < placed_at)
        details = [f"placed {col.instant_text(placed)}" for placed in placed_at[early].tolist()]
        table.blame(column, Reason.BEFORE_ORDER, early, details)
    rows = [np.flatnonzero(~is_return & (at != col.MISSING)) for at in by_row.values()]
    told = LaterDates(
        np.concatenate(rows),
        np.repeat(np.arange(len(rows)), [len(some) for some in rows]),
        np.concatenate([at[some] for at, some in zip(by_row.values(), rows, strict=True)]),
    )
    return by_row, told


def news_of(dates: LaterDates, by_row: Mapping[LaterDate, Ints], again: Mapping[int, StoredOrder]) -> LaterDates:
    """Those that are not stored, or stored otherwise; `again` maps rows to stored orders."""
    if not again:
        return dates
    known = np.zeros((len(LATER_DATES), len(by_row[LATER_DATES[0]])), dtype=bool)
    for row, order in again.items():
        known[:, row] = [getattr(order, column_of(date)) is not None for date in LATER_DATES]
    new = ~known[dates.date, dates.row]
    return LaterDates(dates.row[new], dates.date[new], dates.at[new])


def compared(at: Ints, date: LaterDate, again: Mapping[int, StoredOrder]) -> Ints:
    """A date by row as it is compared with what is stored: MISSING where it is new."""
    column, at = column_of(date), at.copy()
    for row, order in again.items():
        if not order.return_of and getattr(order, column) is None:
            at[row] = col.MISSING
    return at


def refuse_dates_of_returned(
    table: Table, told: LaterDates, again: Mapping[int, StoredOrder], returned: Mapping[str, str]
) -> None:
    """When an order that came back was paid or shipped changes nothing any more."""
    for row, date in zip(told.row.tolist(), told.date.tolist(), strict=True):
        if row in again and (back := returned.get(table.texts["id"][row].as_py())):
            detail = f"stored: nothing, and it came back by {back}"
            table.blame(column_of(LATER_DATES[date]), Reason.DIFFERS, [row], detail)


def settle_orders(
    table: Table, timeline: Timeline, sold: Ints, *, placed_at: Ints, dates: LaterDates, stored: Mask, said: Ints
) -> tuple[Ints, Ints]:
    """The turns in one calendar of whatever is sold, by number, for orders in the rows `sold` and for later dates of
    those and of the `stored` ones; and by row the turn of the date by which the calendar counts, NOT_IN while that is
    not told. Both -1 where there is none."""
    count, by = len(table), timeline.commission_date
    turn = np.full(count + len(dates), -1)
    is_new = np.zeros(count, dtype=bool)
    is_new[sold] = True
    told = np.flatnonzero((is_new | stored)[dates.row])
    turn[sold], turn[count + told] = NOT_IN, NOT_IN
    if by == PLACED:
        turn[sold] = settle(table, timeline, sold, timeline.containing(placed_at[sold]), said)
        return turn, turn[:count].copy()
    counting = np.where(is_new, NOT_IN, -1)
    mine = told[dates.date[told] == LATER_DATES.index(by)]
    rows = dates.row[mine]
    settled = settle(table, timeline, rows, timeline.containing(dates.at[mine]), said, column=column_of(by))
    turn[count + mine] = counting[rows] = settled
    waits = is_new & ~table.bad
    waits[rows] = False
    table.blame("period", Reason.WRONG_PERIOD, waits & (said != UNNAMED) & (said != NOWHERE), f"it is not {by} yet")
    return turn, counting


def after_and_before(orders: Checked, told: Ints) -> tuple[Ints, Ints]:
    """Of some later dates the rows of their orders, and of the returns of these, -1 where none comes back."""
    rows, returned = orders.columns["date_row"][told], orders.columns["returned_row"]
    back = np.full(len(returned) + 1, -1)
    back[returned] = np.where(returned >= 0, np.arange(len(returned)), -1)
    back[-1] = -1
    return rows, back[rows]

"""Checks of periods, and in which of them an order counts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from app.facts.limits import OPEN_AT_ONCE
from app.imports import columns as col
from app.imports.files import Input, Table
from app.imports.models import Reason, Stored, StoredPeriod
from app.imports.trees import Checked
from app.periods.months import MONTHLY, InvalidPeriodError, month

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
STATES: Final = ("open", "closed")
_DECEMBER: Final = 12
_MONTH: Final = re.compile(r"^(19[7-9]|[2-9]\d\d)\d-(0[1-9]|1[0-2])$")


@dataclass(frozen=True, slots=True)
class Months:
    """Every period, stored or brought by the input, oldest first. A period is numbered by its place here."""

    periods: Sequence[StoredPeriod]
    rows: Ints
    """The row of the file that brings it, -1 for a stored one."""
    starts: Ints
    ends: Ints
    open: Mask

    @property
    def new(self) -> Mask:
        """Those that the input brings; while it is written each of them is open for a while."""
        return self.rows >= 0

    @property
    def numbers(self) -> Ints:
        return np.array([period.number for period in self.periods], dtype=np.int64)

    @property
    def names(self) -> list[str]:
        return [name_of(period.number) for period in self.periods]

    def containing(self, instants: Ints) -> Ints:
        """The period of each instant, -1 where there is none."""
        place = np.searchsorted(self.starts, instants, side="right") - 1
        inside = instants < np.append(self.ends, col.MISSING)[place]
        return np.where(inside, place, -1)

    def taking(self, places: Ints) -> Ints:
        """The first period from each of `places` on that takes orders of this input, -1 for none."""
        taking = np.flatnonzero(self.open | self.new)
        at = np.searchsorted(taking, places)
        return np.where(places < 0, -1, np.append(taking, -1)[at])

    def open_between(self, first: Ints, after: Ints) -> Mask:
        """Whether one of the periods [first, after) stays open."""
        before = np.concatenate([[0], np.cumsum(self.open)])
        found: Mask = before[np.maximum(first, after)] > before[first]
        return found


def month_numbers(table: Table) -> Ints:
    """The number of the month that each row names, MISSING where it names none. Rows are many, months few."""
    cells = table.texts["month"].dictionary_encode()
    known = [_MONTH.match(name) is not None for name in cells.dictionary.to_pylist()]
    numbers = [
        int(name.replace("-", "")) if good else col.MISSING
        for name, good in zip(cells.dictionary.to_pylist(), known, strict=True)
    ]
    found: Ints = np.array(numbers, dtype=np.int64)[cells.indices.to_numpy(zero_copy_only=False)]
    table.blame("month", Reason.BAD_MONTH, found == col.MISSING, "such as 2026-01")
    return found


def name_of(number: int) -> str:
    """'2026-01' of 202601."""
    return f"{number // 100:04}-{number % 100:02}"


def month_after(number: int) -> int:
    """202601 of 202512."""
    year, month_of_year = divmod(number, 100)
    return number + 1 if month_of_year < _DECEMBER else (year + 1) * 100 + 1


def check_periods(read: Input, stored: Stored, now: int) -> tuple[Checked, Months]:
    """Check periods; values by column."""
    table = read.tables["periods"]
    col.words(table, "calendar", {MONTHLY: 0})
    state = col.words(table, "state", {word: number for number, word in enumerate(STATES)})
    given = {name: col.instants(table, name, None, required=False) for name in ("starts_at", "ends_at")}
    names, (number,) = col.encode(table.texts["name"])
    repeated = col.repeated_rows(table, "name", Reason.REPEATED_ID, number, col.first_rows(number, len(names)))
    periods = _periods(table, state)
    for name, values in given.items():
        own = {row: getattr(period, name) for row, period in periods.items()}
        other = [row for row in own if values[row] not in (own[row], col.MISSING)]
        details = [f"the month's in its zone: {col.instant_text(own[row])}" for row in other]
        table.blame(name, Reason.NOT_THE_MONTHS, other, details)
    kept = {period.number: period for period in stored.periods}
    again = {row: kept[p.number] for row, p in periods.items() if p.number in kept and not repeated[row]}
    compared = {"zone": (table.texts["zone"], col.quoted), "state": (table.texts["state"], str)}
    unchanged = col.differences(table, compared, again)
    new = {row: period for row, period in periods.items() if not table.bad[row] and not unchanged[row]}
    months = _months(stored.periods, new)
    _check_row_of_months(table, months, now)
    return Checked(unchanged, {"periods": periods}), months


def _periods(table: Table, state: Ints) -> dict[int, StoredPeriod]:
    """The periods of the rows that name a month and a zone."""
    periods = {}
    cells = zip(table.texts["name"].to_pylist(), table.texts["zone"].to_pylist(), strict=True)
    for row, (name, zone) in enumerate(cells):
        try:
            opening = month(name, zone)
        except InvalidPeriodError as error:
            named = _MONTH.match(name) is not None
            column, reason = ("zone", Reason.UNKNOWN_ZONE) if named else ("name", Reason.BAD_MONTH)
            table.blame(column, reason, [row], error.message)
            continue
        is_open = bool(state[row] == STATES.index("open"))
        periods[row] = StoredPeriod(opening.number, zone, opening.starts_at, opening.ends_at, is_open)
    return periods


def _months(stored: Sequence[StoredPeriod], new: dict[int, StoredPeriod]) -> Months:
    merged = [(period, -1) for period in stored] + [(period, row) for row, period in new.items()]
    merged.sort(key=lambda pair: pair[0].number)
    periods = [period for period, _ in merged]
    return Months(
        periods,
        np.array([row for _, row in merged], dtype=np.int64),
        np.array([period.starts_at for period in periods], dtype=np.int64),
        np.array([period.ends_at for period in periods], dtype=np.int64),
        np.array([period.open for period in periods], dtype=bool),
    )


def _check_row_of_months(table: Table, months: Months, now: int) -> None:
    """Months follow each other without gap, closed ones first, and at most two of them are open."""
    rows, new = months.rows, months.new
    gap = new.copy()
    gap[:1] = False
    gap[1:] &= months.starts[1:] != months.ends[:-1]
    gap[:-1] |= new[:-1] & ~new[1:]
    table.blame("name", Reason.NOT_NEXT, rows[gap], "months are without gap, and new ones come after those stored")
    running = new & ~months.open & (months.ends > now)
    details = [f"it runs until {col.instant_text(int(end))}" for end in months.ends[running]]
    table.blame("state", Reason.NOT_OVER, rows[running], details)
    open_before: Ints = np.cumsum(months.open) - months.open
    table.blame("state", Reason.CLOSED_LATER, rows[new & ~months.open & (open_before > 0)])
    table.blame("state", Reason.TOO_MANY_OPEN, rows[new & months.open & (open_before >= OPEN_AT_ONCE)])


# --- orders -----------------------------------------------------------------------------------------------------------


def named_periods(table: Table, months: Months) -> Ints:
    """The period that each order names, -1 where it names none or an unknown one."""
    cells = table.texts["period"]
    named = col.mask(pc.not_equal(cells, ""))
    if not named.any():
        return np.full(len(table), -1)
    places = pc.index_in(cells, value_set=pa.array(months.names, pa.string())).fill_null(-1)
    found: Ints = places.to_numpy(zero_copy_only=False).astype(np.int64)
    table.blame("period", Reason.UNKNOWN_PERIOD, named & (found < 0), "open it, or bring it in periods")
    return found


def settle(table: Table, months: Months, rows: Ints, own: Ints, named: Ints) -> Ints:
    """The period that `rows` count in: the one they name, else their own, or the next that is open; -1 for none.

    What comes late counts in the first period that was open when it came: all periods from its own up to that one
    must be closed.
    """
    report, names = table.blame, months.names
    report("placed_at", Reason.NO_PERIOD, rows[own < 0], "no period contains that order; open one")
    given = named[rows]
    counts_in = np.where(given >= 0, given, months.taking(own))
    known = own >= 0
    closed = known & (counts_in < 0)
    report("placed_at", Reason.NO_PERIOD, rows[closed], "its period is closed and no later one is open; open the next")
    named_here = known & (given >= 0)
    taking = (months.open | months.new)[given] if len(months.periods) else named_here
    shut = named_here & ~taking
    report("period", Reason.NO_PERIOD, rows[shut], "it is closed")
    early = named_here & (given < own)
    report("period", Reason.WRONG_PERIOD, rows[early], [f"it is of {names[place]}" for place in own[early]])
    passed = named_here & (given > own) & months.open_between(np.maximum(own, 0), np.maximum(given, 0))
    details = [f"it is of {names[place]}, and a period from there on is open" for place in own[passed]]
    report("period", Reason.WRONG_PERIOD, rows[passed], details)
    return np.where(known, counts_in, -1)

"""Checks of periods, and in which of them an order counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow.compute
from numpy.typing import NDArray

from app.facts.calendars import CALENDARS, COMMISSION_DATES, PLACED, CommissionDate
from app.facts.limits import OPEN_AT_ONCE
from app.imports import columns as col
from app.imports.files import Input, Table
from app.imports.models import Reason, Stored, StoredPeriod
from app.imports.trees import Checked
from app.periods.calendars import EXAMPLES, InvalidPeriodError, calendar_of, number_of, period

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
STATES: Final = ("open", "closed", "reopened")
UNSAID: Final = -1
UNNAMED, NOWHERE = -1, -2
"""What an order may say of a calendar in place of a period: nothing, or that it counts in none."""
NONE: Final = ":none"
"""Behind a calendar: an order that came before the calendar was kept counts in none of its periods."""
NOT_IN: Final = 0
"""The turn of what counts in no period of a calendar: it is dated before its first one, or another date counts."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The periods of one calendar, stored or brought by the input, oldest first. A period is numbered by its place."""

    calendar: str
    periods: Sequence[StoredPeriod]
    rows: Ints
    """The row of the file that brings it, -1 for a stored one."""
    starts: Ints
    ends: Ints
    open: Mask
    takes: Mask
    """Which of the open ones take what comes late now."""
    reopened: Mask
    """Which of the open ones were closed before."""

    @property
    def new(self) -> Mask:
        """Those that the input brings; while it is written each of them is open for a while."""
        return self.rows >= 0

    @property
    def begins(self) -> bool:
        """Whether the company keeps the calendar from this input on."""
        return bool(self.new[:1].any())

    @property
    def commission_date(self) -> CommissionDate:
        """By which of its dates an order counts: the first period says it for all."""
        return self.periods[0].commission_date if self.periods else PLACED

    @property
    def numbers(self) -> Ints:
        return np.array([period.number for period in self.periods], dtype=np.int64)

    @property
    def names(self) -> list[str]:
        return [period.name for period in self.periods]

    def containing(self, instants: Ints) -> Ints:
        """The place of the period of each instant: -1 before all of them, their number after all."""
        places: Ints = np.searchsorted(self.ends, instants, side="right")
        return np.where(instants < self.starts[0], -1, places)

    def taking(self, places: Ints) -> Ints:
        """The first period from each of `places` on that takes orders of this input, -1 for none."""
        taking = np.flatnonzero(self.takes | self.new)
        return np.append(taking, -1)[np.searchsorted(taking, places)]

    def open_between(self, first: Ints, after: Ints) -> Mask:
        """Whether one of the periods [first, after) takes orders all the time. One that the input brings and opens
        again was closed for a while."""
        before = np.concatenate([[0], np.cumsum(self.takes & ~(self.new & self.reopened))])
        found: Mask = before[np.maximum(first, after)] > before[first]
        return found


Timelines = Mapping[str, Timeline]
"""By calendar, also one that is not kept, which has no periods."""


def period_numbers(table: Table) -> tuple[Ints, Ints]:
    """The calendar, by its place in CALENDARS, and the number of the period that each row names, MISSING where it names
    none. Rows are many, periods few."""
    cells = table.texts["period"].dictionary_encode()
    index = cells.indices.to_numpy(zero_copy_only=False)
    found = np.full((len(cells.dictionary), 2), col.MISSING)
    for cell, name in enumerate(cells.dictionary.to_pylist()):
        try:
            found[cell] = CALENDARS.index(calendar_of(name)), number_of(name)
        except InvalidPeriodError as error:
            table.blame("period", Reason.NOT_A_PERIOD, index == cell, error.message)
    calendar, number = found[index].T
    return calendar, number


def check_periods(read: Input, stored: Stored, now: int) -> tuple[Checked, Timelines]:
    """Check periods; also the row of periods that each calendar has with them."""
    table = read.tables["periods"]
    calendar = col.words(table, "calendar", {name: number for number, name in enumerate(CALENDARS)})
    state = col.words(table, "state", {word: number for number, word in enumerate(STATES)})
    counts_by = col.words(table, "commission_date", {"": UNSAID, **{by: at for at, by in enumerate(COMMISSION_DATES)}})
    given = {name: col.instants(table, name, None, required=False) for name in ("starts_at", "ends_at")}
    names, (number,) = col.encode(table.texts["name"])
    repeated = col.repeated_rows(table, "name", Reason.REPEATED_ID, number, col.first_rows(number, len(names)))
    usual = {period.calendar: period.commission_date for period in stored.periods}
    grace = _check_grace(table, state, col.instants(table, "grace_ends_at", None, required=False))
    periods = _periods(table, calendar, state, grace, counts_by=counts_by, usual=usual)
    early = [row for row, period in periods.items() if col.MISSING != grace[row] < period.ends_at]
    details = [f"it ends {col.instant_text(periods[row].ends_at)}" for row in early]
    table.blame("grace_ends_at", Reason.GRACE_EARLIER, early, details)
    for name, values in given.items():
        own = {row: getattr(period, name) for row, period in periods.items()}
        other = [row for row in own if values[row] not in (own[row], col.MISSING)]
        details = [f"the period's in its zone: {col.instant_text(own[row])}" for row in other]
        table.blame(name, Reason.NOT_THE_PERIODS, other, details)
    kept = {period.name: period for period in stored.periods}
    again = {row: kept[p.name] for row, p in periods.items() if p.name in kept and not repeated[row]}
    unsaid = (counts_by == UNSAID) | (counts_by == col.MISSING)
    compared = {
        "zone": (table.texts["zone"], col.quoted),
        "state": (table.texts["state"], str),
        "grace_ends_at": (grace, col.instant_or_nothing),
        "commission_date": (col.spelled(COMMISSION_DATES, counts_by, unsaid), str),
    }
    unchanged = col.differences(table, compared, again)
    new = {row: period for row, period in periods.items() if not table.bad[row] and not unchanged[row]}
    timelines = {name: _timeline(name, stored.periods, new, now) for name in CALENDARS}
    for timeline in timelines.values():
        _check_row_of_periods(table, timeline, now)
    return Checked(unchanged, {}), timelines


def _periods(
    table: Table,
    calendar: Ints,
    state: Ints,
    grace: Ints,
    *,
    counts_by: Ints,
    usual: Mapping[str, CommissionDate],
) -> dict[int, StoredPeriod]:
    """The periods of the rows that name one of their calendar, and a zone. What counts orders by no date of its own
    does so by the calendar's `usual` one."""
    periods = {}
    cells = zip(table.texts["name"].to_pylist(), table.texts["zone"].to_pylist(), strict=True)
    for row, (name, zone) in enumerate(cells):
        if calendar[row] == col.MISSING:
            continue
        own = CALENDARS[calendar[row]]
        if why := _not_of(own, name):
            table.blame("name", Reason.BAD_PERIOD, [row], why)
            continue
        try:
            opening = period(name, zone)
        except InvalidPeriodError as error:
            table.blame("zone", Reason.UNKNOWN_ZONE, [row], error.message)
            continue
        is_open, reopened = bool(state[row] != STATES.index("closed")), bool(state[row] == STATES.index("reopened"))
        until = None if grace[row] == col.MISSING else int(grace[row])
        said = counts_by[row] not in (UNSAID, col.MISSING)
        by = COMMISSION_DATES[counts_by[row]] if said else usual.get(own, PLACED)
        periods[row] = StoredPeriod(
            opening.number, zone, opening.starts_at, opening.ends_at, is_open, own, until, by, reopened
        )
    return periods


def _check_grace(table: Table, state: Ints, grace: Ints) -> Ints:
    """Only of a period that is open and was never closed is it told until when it takes what comes late."""
    table.blame("grace_ends_at", Reason.NOT_OPEN, (grace != col.MISSING) & (state != STATES.index("open")))
    return grace


def _not_of(calendar: str, name: str) -> str:
    """Why a calendar has no period of that name; empty when it has."""
    try:
        number_of(name)
        return "" if calendar_of(name) == calendar else f"such as {EXAMPLES[calendar]}"
    except InvalidPeriodError as error:
        return error.message


def _timeline(calendar: str, stored: Sequence[StoredPeriod], new: dict[int, StoredPeriod], now: int) -> Timeline:
    merged = [(period, -1) for period in stored] + [(period, row) for row, period in new.items()]
    merged = sorted((pair for pair in merged if pair[0].calendar == calendar), key=lambda pair: pair[0].starts_at)
    periods = [period for period, _ in merged]
    return Timeline(
        calendar,
        periods,
        np.array([row for _, row in merged], dtype=np.int64),
        np.array([period.starts_at for period in periods], dtype=np.int64),
        np.array([period.ends_at for period in periods], dtype=np.int64),
        np.array([period.open for period in periods], dtype=bool),
        np.array(
            [period.open and (period.grace_ends_at is None or now < period.grace_ends_at) for period in periods],
            dtype=bool,
        ),
        np.array([period.reopened for period in periods], dtype=bool),
    )


def _check_row_of_periods(table: Table, timeline: Timeline, now: int) -> None:
    """Periods follow each other without gap, closed ones first, at most two of them are open, and all count orders by
    one date."""
    rows, new = timeline.rows, timeline.new
    gap = new.copy()
    gap[:1] = False
    gap[1:] &= timeline.starts[1:] != timeline.ends[:-1]
    gap[:-1] |= new[:-1] & ~new[1:]
    table.blame("name", Reason.NOT_NEXT, rows[gap], "periods are without gap, and new ones come after those stored")
    closes = ~timeline.open | timeline.reopened
    running = new & closes & (timeline.ends > now)
    details = [f"it runs until {col.instant_text(int(end))}" for end in timeline.ends[running]]
    table.blame("state", Reason.NOT_OVER, rows[running], details)
    open_before: Ints = np.cumsum(timeline.open) - timeline.open
    table.blame("state", Reason.CLOSED_LATER, rows[new & closes & (open_before > 0)])
    table.blame("state", Reason.TOO_MANY_OPEN, rows[new & timeline.open & (open_before >= OPEN_AT_ONCE)])
    by = timeline.commission_date
    other = np.array([period.commission_date != by for period in timeline.periods], dtype=bool)
    table.blame(
        "commission_date", Reason.OTHER_DATE, rows[new & other], f"the {timeline.calendar} calendar begins with {by}"
    )


# --- orders -----------------------------------------------------------------------------------------------------------


def named_periods(table: Table, timelines: Timelines) -> dict[str, Ints]:
    """By calendar that is kept the place of the period that each order names, UNNAMED or NOWHERE. Rows are many, cells
    few."""
    cells = table.texts["period"].dictionary_encode()
    index = cells.indices.to_numpy(zero_copy_only=False)
    known = {name: (line.calendar, at) for line in timelines.values() for at, name in enumerate(line.names)}
    known |= {f"{name}{NONE}": (name, NOWHERE) for name in CALENDARS}
    said = {name: np.full(len(cells.dictionary), UNNAMED) for name, line in timelines.items() if line.periods}
    for cell, text in enumerate(cells.dictionary.to_pylist()):
        words = text.split(" ") if text else []
        if unknown := [word for word in words if word not in known]:
            detail = "open it, or bring it in periods" if len(words) == 1 else f"{unknown[0]!r} is none"
            table.blame("period", Reason.UNKNOWN_PERIOD, index == cell, detail)
            continue
        places = [known[word] for word in words]
        if len(dict(places)) < len(places):
            table.blame("period", Reason.REPEATED_CALENDAR, index == cell, "one of each calendar")
            continue
        for calendar, place in places:
            if calendar in said:
                said[calendar][cell] = place
    return {name: of_cell[index] for name, of_cell in said.items()}


def settle(table: Table, timeline: Timeline, rows: Ints, own: Ints, said: Ints, *, column: str = "placed_at") -> Ints:
    """The turn (`turn_of`) of orders in one calendar, -1 where it has none: in the period they name, else in their own,
    or the next that is open. `own` is the place of their own, in which the instant in `column` lies: -1 before the
    first, their number after the last.

    What comes late counts in the first period that was open when it came: all periods from its own up to that one
    must be closed.
    """
    count, given = len(timeline.periods), said[rows]
    wrong = np.zeros(len(rows), dtype=bool)

    def blame(column: str, reason: Reason, some: Mask, details: Sequence[str] | str = "") -> None:
        table.blame(column, reason, rows[some], details)
        wrong[:] |= some

    beyond = (own == count) & (given != NOWHERE)
    blame(column, Reason.NO_PERIOD, beyond, f"no {timeline.calendar} period contains it; open one")
    early = (own < 0) & (given >= 0)
    blame("period", Reason.WRONG_PERIOD, early, f"the {timeline.calendar} calendar begins later")
    nowhere = (own >= 0) & (given == NOWHERE)
    if not timeline.begins:
        blame("period", Reason.WRONG_PERIOD, nowhere, f"the {timeline.calendar} calendar is kept already")
    inside = (own >= 0) & (own < count)
    counts_in = np.where(given >= 0, given, np.where(inside, timeline.taking(own), -1))
    counts_in[(own < 0) | nowhere] = -1
    closed = inside & (given == UNNAMED) & (counts_in < 0)
    blame(column, Reason.NO_PERIOD, closed, "its period is closed and no later one is open; open the next")
    _check_named(blame, timeline, own, np.where(inside & (given >= 0), given, UNNAMED))
    return np.where(wrong, -1, turn_of(counts_in, (counts_in > own) & inside | nowhere))


def settle_returns(table: Table, timeline: Timeline, rows: Ints, own: Ints, said: Ints) -> Ints:
    """The same of returns, whose own period is the one that their order counts in: a return of what counts in no period
    of a calendar counts in none either."""
    wrong = np.where(own < 0, said[rows] >= 0, said[rows] == NOWHERE)
    table.blame("period", Reason.WRONG_PERIOD, rows[wrong], f"in the {timeline.calendar} calendar it follows its order")
    turn = np.full(len(rows), NOT_IN)
    inside = np.flatnonzero((own >= 0) & ~wrong)
    turn[inside] = settle(table, timeline, rows[inside], own[inside], said)
    return np.where(wrong, -1, turn)


def _check_named(blame: Any, timeline: Timeline, own: Ints, given: Ints) -> None:
    names, named = timeline.names, given >= 0
    shut = named & ~(timeline.takes | timeline.new)[given]
    blame("period", Reason.NO_PERIOD, shut, "it is closed, or its grace days are over")
    early = named & (given < own)
    blame("period", Reason.WRONG_PERIOD, early, [f"it is of {names[place]}" for place in own[early]])
    passed = named & (given > own) & timeline.open_between(np.where(named, own, 0), np.where(named, given, 0))
    details = [f"it is of {names[place]}, and a period from there on is open" for place in own[passed]]
    blame("period", Reason.WRONG_PERIOD, passed, details)


def turn_of(place: Ints, waits: Mask) -> Ints:
    """When an order has its turn among the openings and closings of one calendar, as one number: the place of the
    period that it counts in, and whether it `waits` until the one before is closed. With place -1 it counts in none:
    `waits` then says that it is dated after the calendar's beginning, so comes before the calendar is kept."""
    return (place + 1) * 2 + waits


def place_of(turn: Ints) -> Ints:
    """The place of the period that a turn is of, -1 for none."""
    return turn // 2 - 1

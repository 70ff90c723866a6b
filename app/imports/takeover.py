"""Checks of what people bring along from a former system: opening figures, and the statements it made."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from app.facts.bulk import json_list, json_rows
from app.facts.calendars import CALENDARS, days_of, is_over
from app.facts.limits import MAX_ID, MAX_PAST_LINES, MAX_TEXT
from app.imports import columns as col
from app.imports.calendar import Timeline, Timelines, period_numbers
from app.imports.files import Input, Table
from app.imports.models import PastRow, Reason, Stored
from app.imports.trees import Checked, People, report_unknown
from app.periods.calendars import name_of, number_after

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
_PERIODS: Final = 10**7
"""More than any number of a period: it makes one number of a person, a calendar and a period."""


def check_openings(read: Input, people: People, stored: Stored, timelines: Timelines) -> Checked:
    """Check opening figures; values by column, with `who`, and `calendar` and `number` of the period."""
    table, who = read.tables["openings"], people.rows.opening
    _check_whose(table, people, who)
    calendar, number = period_numbers(table)
    required = np.zeros(len(table), dtype=bool)
    figures = ("carry_left", "carry_right", "balance")
    amounts = {name: col.amounts(table, name, required, signed=True) for name in figures}
    empty = {name: col.mask(pc.equal(table.texts[name], "")) for name in amounts}
    amounts = {name: np.where(empty[name], 0, values) for name, values in amounts.items()}
    col.check_text(table, "highest_rank", MAX_TEXT, required=False)
    pairs = pc.binary_join_element_wise(table.texts["distributor"], table.texts["period"], "\n")
    names, (whose,) = col.encode(pairs)
    repeated = col.repeated_rows(table, "distributor", Reason.REPEATED_ID, whose, col.first_rows(whose, len(names)))
    kept = _kept(table, stored.openings, repeated)
    compared: dict[str, Any] = {name: (values, col.amount_text) for name, values in amounts.items()}
    compared["highest_rank"] = (table.texts["highest_rank"], col.quoted)
    unchanged = col.differences(table, compared, kept)
    new = ~unchanged & ~table.bad & (number != col.MISSING)
    for place, name in enumerate(CALENDARS):
        if (of_calendar := new & (calendar == place)).any():
            _check_opens(read, number, of_calendar, stored, timelines[name])
    columns = {**{name: table.texts[name] for name in ("distributor", "period", "highest_rank")}, **amounts}
    spelled = col.spelled(CALENDARS, calendar, calendar == col.MISSING)
    return Checked(unchanged, columns | {"who": who, "calendar": spelled, "number": number})


def _check_opens(read: Input, number: Ints, new: Mask, stored: Stored, timeline: Timeline) -> None:
    """All of a calendar begin the same period, which a run here can pay and no period that is run here comes before."""
    table, calendar = read.tables["openings"], timeline.calendar
    one = stored.opens.get(calendar, int(number[new][0]))
    table.blame("period", Reason.TWO_PERIODS, new & (number != one), f"{name_of(calendar, one)} is theirs")
    rows, numbers, paid = new & (number == one), timeline.numbers, stored.paid.get(calendar)
    kept, stays_open = numbers[~timeline.new & (numbers < one)], numbers[timeline.open & (numbers < one)]
    if paid and min(paid) < one:
        detail = f"{name_of(calendar, min(paid))} has one, which carries on"
        table.blame("period", Reason.PERIOD_PAID, rows, detail)
    elif one in numbers[~timeline.open & ~timeline.new]:
        table.blame("period", Reason.PERIOD_CLOSED, rows, "opening figures come before that")
    elif kept.size:
        detail = f"the run of {name_of(calendar, int(kept.max()))} says what comes after it"
        table.blame("period", Reason.PERIOD_KEPT, rows, detail)
    elif read.faults.bad_count("periods"):
        return  # what is wrong with periods is told there
    elif one not in numbers and not (numbers.size and number_after(calendar, int(numbers[-1])) == one):
        table.blame("period", Reason.UNKNOWN_PERIOD, rows, "bring it in periods, or open it")
    elif stays_open.size:
        detail = f"no run here pays {name_of(calendar, int(stays_open[0]))}; bring it closed"
        table.blame("period", Reason.PERIOD_OPEN, rows, detail)


def _check_whose(table: Table, people: People, who: Ints) -> None:
    col.check_text(table, "distributor", MAX_ID, required=True)
    report_unknown(table, "distributor", Reason.UNKNOWN_DISTRIBUTOR, people, who)


def _kept(table: Table, stored: Any, left_out: Mask) -> dict[int, Any]:
    """Row to what is stored of that person and period."""
    if not stored:
        return {}
    pairs = zip(table.texts["distributor"].to_pylist(), table.texts["period"].to_pylist(), strict=True)
    return {row: stored[pair] for row, pair in enumerate(pairs) if pair in stored and not left_out[row]}


def check_past_statements(read: Input, people: People, stored: Stored, timelines: Timelines, now: int) -> Checked:
    """Check statements of the former system. Its values are by statement, in an order of their own, and not by row:
    `who`, `period`, its `calendar` and `number`, `currency`, and `lines` as canonical JSON."""
    table, who = read.tables["past_statements"], people.rows.past_statement
    _check_whose(table, people, who)
    calendar, number = period_numbers(table)
    col.check_text(table, "bonus", MAX_TEXT, required=True)
    amount = col.amounts(table, "amount", np.ones(len(table), dtype=bool), signed=True)
    col.check_text(table, "currency", MAX_ID, required=True)
    col.check_text(table, "note", MAX_TEXT, required=False)
    unchanged = _compare(table, amount, stored)
    new = ~unchanged & (number != col.MISSING)
    for place, name in enumerate(CALENDARS):
        if (of_calendar := np.flatnonzero(new & (calendar == place))).size:
            _check_over(table, of_calendar, number, timelines[name], paid=stored.paid.get(name), now=now)
    rows = np.flatnonzero(~table.bad & ~unchanged)
    if not rows.size:
        empty = np.zeros(0, np.int64)
        return Checked(unchanged, {"who": empty, "number": empty})
    texts = {name: table.texts[name].take(pa.array(rows)) for name in ("bonus", "currency", "note")}
    of_period = {"calendar": calendar[rows], "number": number[rows], "who": who[rows]}
    by = [(name, "ascending") for name in (*of_period, "bonus", "amount", "note")]
    order = pc.sort_indices(pa.table({**of_period, **texts, "amount": amount[rows]}), sort_keys=by).to_numpy()
    return Checked(unchanged, _statements(table, rows[order], who=who, calendar=calendar, number=number, amount=amount))


def _check_over(
    table: Table, rows: Ints, number: Ints, timeline: Timeline, *, paid: Sequence[int] | None, now: int
) -> None:
    """The periods of these rows, of one calendar, are over, and no run here pays them. Rows are many, periods few."""
    calendar = timeline.calendar
    different, places = np.unique(number[rows], return_inverse=True)
    by_run = np.zeros(len(different), dtype=bool)
    if paid:
        first = min(paid)
        begins, _ = days_of(calendar, first)
        # Four weeks of a former system may begin with another week than those here: days are compared, not numbers.
        by_run = np.array([days_of(calendar, one)[1] > begins for one in different.tolist()])
        detail = f"{name_of(calendar, first)} has one, and from there on runs make the statements"
        table.blame("period", Reason.PERIOD_PAID, rows[by_run[places]], detail)
    ends = dict(zip(timeline.numbers.tolist(), timeline.ends.tolist(), strict=True))
    over = [ends[one] <= now if one in ends else is_over(calendar, one, now) for one in different.tolist()]
    going_on = rows[~(by_run | np.array(over))[places]]
    table.blame("period", Reason.PERIOD_NOT_OVER, going_on, "a statement that is taken over is final")


def _statements(table: Table, rows: Ints, *, who: Ints, calendar: Ints, number: Ints, amount: Ints) -> dict[str, Any]:
    whose = (who[rows] * len(CALENDARS) + calendar[rows]) * _PERIODS + number[rows]
    first = np.append(True, whose[1:] != whose[:-1])
    starts = np.flatnonzero(first)
    texts = {name: table.texts[name].take(pa.array(rows)) for name in ("bonus", "currency", "note")}
    of_first: Any = pa.array(starts[np.cumsum(first) - 1])
    other = col.mask(pc.not_equal(texts["currency"], texts["currency"].take(of_first)))
    table.blame("currency", Reason.TWO_CURRENCIES, rows[other], "a statement has one")
    sizes = np.diff(np.append(starts, len(rows)))
    long = rows[starts[sizes > MAX_PAST_LINES]]
    table.blame("distributor", Reason.TOO_MANY_LINES, long, f"a statement has {MAX_PAST_LINES:,} at most")
    lines = json_rows({"amount": amount[rows], "bonus": texts["bonus"], "note": texts["note"]}, len(rows))
    names: Any = pa.array(CALENDARS)
    return {
        "who": who[rows[starts]],
        "period": table.texts["period"].take(pa.array(rows[starts])),
        "calendar": names.take(pa.array(calendar[rows[starts]])),
        "number": number[rows[starts]],
        "currency": texts["currency"].take(pa.array(starts)),
        "lines": json_list(lines, np.append(starts, len(rows))),
    }


def _compare(table: Table, amount: Ints, stored: Stored) -> Mask:
    """Which rows are lines of a stored statement; a stored statement takes no further ones."""
    unchanged = np.zeros(len(table), dtype=bool)
    kept = _kept(table, stored.past_statements, unchanged)
    if kept:
        met: Counter[tuple[int, PastRow]] = Counter()
        bonus, currency, note = (table.texts[name].to_pylist() for name in ("bonus", "currency", "note"))
        for row, lines in kept.items():
            line = (bonus[row], int(amount[row]), currency[row], note[row])
            met[id(lines), line] += 1
            unchanged[row] = met[id(lines), line] <= lines[line]
        other = [row for row in kept if not unchanged[row]]
        table.blame("amount", Reason.DIFFERS, other, "that statement has no such further line")
    return unchanged

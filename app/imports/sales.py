"""Checks of customers, orders and returns."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from app.clock import CLOCK_SKEW_MS
from app.facts.calendars import PLACED, LaterDate
from app.facts.limits import MAX_ID, MAX_TEXT
from app.imports import columns as col
from app.imports.calendar import (
    NONE,
    NOWHERE,
    UNNAMED,
    Timeline,
    Timelines,
    named_periods,
    place_of,
    settle_returns,
)
from app.imports.files import Input, Table
from app.imports.later_dates import (
    LaterDates,
    column_of,
    compared,
    news_of,
    read_dates,
    refuse_dates_of_returned,
    settle_orders,
)
from app.imports.models import Reason, Stored, StoredOrder
from app.imports.trees import Checked, People, enrolments, report_before

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Kept = TypeVar("Kept")
pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
ORDER, RETURN = 0, 1
DISTRIBUTOR, CUSTOMER, UNSAID = 0, 1, 2
BUYER_KINDS: Final = ("distributor", "customer")


def distributor_buyers(read: Input) -> Any:
    """The buyer column with customers left out."""
    texts = read.tables["orders"].texts
    return pc.if_else(pc.equal(texts["buyer_kind"], "distributor"), texts["buyer"], "")


def check_customers(read: Input, people: People, stored: Stored, now: int) -> Checked:
    """Check customers; values by column."""
    table = read.tables["customers"]
    col.check_text(table, "id", MAX_ID, required=True)
    col.check_text(table, "name", MAX_TEXT, required=True)
    col.check_text(table, "distributor", MAX_ID, required=True)
    registered_at = col.instants(table, "registered_at", now)
    names, (number,) = col.encode(table.texts["id"])
    repeated = col.repeated_rows(table, "id", Reason.REPEATED_ID, number, col.first_rows(number, len(names)))
    distributor = people.rows.customer_of
    if len(table):
        unknown = (distributor >= 0) & ~people.known[distributor]
        table.blame("distributor", Reason.UNKNOWN_DISTRIBUTOR, unknown)
    columns: dict[str, Any] = {**table.texts, "registered_at": registered_at, "distributor_number": distributor}
    again = _stored_rows(table.texts["id"], stored.customers, repeated)
    compared = {
        "name": (columns["name"], col.quoted),
        "distributor": (columns["distributor"], col.quoted),
        "registered_at": (registered_at, col.instant_text),
    }
    unchanged = col.differences(table, compared, again)
    new = np.delete(np.arange(len(table)), list(again))
    report_before(people, table, "registered_at", new, who=distributor, at=registered_at, apart=CLOCK_SKEW_MS)
    return Checked(unchanged, columns)


def _stored_rows(ids: Any, stored: Mapping[str, Kept], repeated: Mask) -> dict[int, Kept]:
    """Row to what is stored under its id; rows that repeat an earlier one are left out."""
    if not stored:
        return {}
    rows = np.flatnonzero(col.mask(pc.is_in(ids, value_set=pa.array(list(stored), pa.string()))) & ~repeated)
    return {row: stored[ids[row].as_py()] for row in rows.tolist()}


@dataclass(frozen=True, slots=True)
class _Orders:
    """The orders file, parsed."""

    table: Table
    is_return: Mask
    buyer_kind: Ints
    placed_at: Ints
    dates: Mapping[LaterDate, Ints]
    """By row, MISSING where one is not told."""
    told: LaterDates
    pv: Ints
    cv: Ints
    number: Ints
    """Of the id; `names` counts both ids and the orders that returns are of."""
    target: Ints
    """Of the order that a return is of, -1 on an order."""
    names: list[str]
    first_row: Ints


def turn_column(calendar: str) -> str:
    """The column of checked orders that holds the turns in a calendar of whatever is sold, by number."""
    return f"turn_{calendar}"


def check_orders(
    read: Input, people: People, stored: Stored, *, customers: Checked, timelines: Timelines, now: int
) -> Checked:
    """Check orders and returns; values by column, with `is_return`, and a turn for each calendar that is kept."""
    orders = _parse(read, now)
    table = orders.table
    repeated = col.repeated_rows(table, "id", Reason.REPEATED_ID, orders.number, orders.first_row)
    registered_at = _check_buyers(read, people, stored, orders, customers)
    again = _stored_rows(table.texts["id"], stored.orders, repeated)
    orders = replace(orders, told=news_of(orders.told, orders.dates, again))
    refuse_dates_of_returned(table, orders.told, again, stored.returned)
    unchanged = col.differences(table, _compared(orders, again), again)
    turns: dict[str, Ints] = {}
    sound = not read.faults.bad_count("periods")  # else what is wrong there would be told for each order
    said = named_periods(table, timelines) if sound else {}
    _compare_periods(orders, timelines, said, again, unchanged)
    early = _check_dates(people, orders, again, registered_at)
    _check_returns(orders, stored, unchanged)
    if sound:
        known = np.isin(np.arange(len(table)), list(again))
        turns = _settle_periods(orders, stored, timelines, said, new=~known & ~early, known=known)
    columns = {
        **table.texts,
        "buyer_kind": _kinds(orders),
        "buyer_number": people.rows.buyer,
        "placed_at": orders.placed_at,
        "pv": orders.pv,
        "cv": orders.cv,
        "is_return": orders.is_return,
        **orders.told.columns(),
        **{turn_column(calendar): turn for calendar, turn in turns.items()},
        "returned_row": np.where(orders.target >= 0, orders.first_row[orders.target], -1),
    }
    return Checked(unchanged, columns)


def _kinds(orders: _Orders) -> Any:
    """The buyers' kinds as words, null where a return leaves it out."""
    kinds = orders.buyer_kind
    return col.spelled(BUYER_KINDS, kinds, (kinds == col.MISSING) | (kinds == UNSAID))


def _parse(read: Input, now: int) -> _Orders:
    table = read.tables["orders"]
    kind = col.words(table, "kind", {"order": ORDER, "return": RETURN})
    is_order, is_return = kind == ORDER, kind == RETURN
    col.check_text(table, "id", MAX_ID, required=True)
    col.check_text(table, "buyer", MAX_ID, required=False)
    col.check_text(table, "return_of", MAX_ID, required=False)
    has = {column: col.mask(pc.not_equal(table.texts[column], "")) for column in ("buyer", "buyer_kind", "return_of")}
    table.blame("buyer", Reason.EMPTY, is_order & ~has["buyer"])
    table.blame("buyer_kind", Reason.EMPTY, is_order & ~has["buyer_kind"])
    table.blame("return_of", Reason.EMPTY, is_return & ~has["return_of"])
    table.blame("return_of", Reason.NOT_A_RETURN, is_order & has["return_of"])
    names, (number, target) = col.encode(table.texts["id"], table.texts["return_of"])
    placed_at = col.instants(table, "placed_at", now)
    dates, told = read_dates(table, is_return, placed_at, now)
    return _Orders(
        table=table,
        is_return=is_return,
        buyer_kind=col.words(table, "buyer_kind", {"distributor": DISTRIBUTOR, "customer": CUSTOMER, "": UNSAID}),
        placed_at=placed_at,
        dates=dates,
        told=told,
        pv=col.amounts(table, "pv", is_order),
        cv=col.amounts(table, "cv", is_order),
        number=number,
        target=np.where(is_return, target, -1),
        names=names,
        first_row=col.first_rows(number, len(names)),
    )


def _check_buyers(read: Input, people: People, stored: Stored, orders: _Orders, customers: Checked) -> Ints:
    """By row since when the customer who buys is one, MISSING where none does or that is not known."""
    table = orders.table
    if not len(table):
        return np.zeros(0, np.int64)
    buyer = people.rows.buyer
    stranger = (buyer >= 0) & ~people.known[buyer]
    table.blame("buyer", Reason.UNKNOWN_BUYER, stranger, "no such distributor")
    ids = pa.concat_arrays([pa.array(list(stored.customers), pa.string()), read.tables["customers"].texts["id"]])
    found = pc.index_in(table.texts["buyer"], value_set=ids).fill_null(-1).to_numpy(zero_copy_only=False)
    named = col.mask(pc.not_equal(table.texts["buyer"], ""))
    by_customer = orders.buyer_kind == CUSTOMER
    table.blame("buyer", Reason.UNKNOWN_BUYER, by_customer & named & (found < 0), "no such customer")
    kept = np.array([customer.registered_at for customer in stored.customers.values()], dtype=np.int64)
    since = np.concatenate([kept, customers.columns["registered_at"], [col.MISSING]])
    return np.where(by_customer, since[found], col.MISSING)


def _check_dates(people: People, orders: _Orders, again: Mapping[int, StoredOrder], registered_at: Ints) -> Mask:
    """Nobody buys long before they are there; returns which orders are dated so. `registered_at`: by row since when the
    customer is one. What is stored is compared with that, and a return with its order."""
    table, new, buyer = orders.table, ~orders.is_return & (orders.placed_at != col.MISSING), people.rows.buyer
    new[list(again)] = False
    since = np.where(buyer >= 0, people.enrolled_at[buyer], col.MISSING) if len(table) else registered_at
    # Two clocks may differ by so much.
    unenrolled = new & (orders.placed_at + CLOCK_SKEW_MS < since)
    unregistered = new & (orders.placed_at + CLOCK_SKEW_MS < registered_at)
    table.blame("placed_at", Reason.BEFORE_ENROLMENT, unenrolled, enrolments(people, buyer[unenrolled]))
    details = [f"registered {col.instant_text(at)}" for at in registered_at[unregistered].tolist()]
    table.blame("placed_at", Reason.BEFORE_REGISTRATION, unregistered, details)
    early: Mask = unenrolled | unregistered
    return early


def _compared(orders: _Orders, again: Mapping[int, StoredOrder]) -> dict[str, tuple[Any, Any]]:
    """What of a row is compared with what is stored: neither what a return leaves out, nor a date that is new."""
    buyers = orders.table.texts["buyer"]
    left_out = pc.and_(pa.array(orders.is_return), pc.equal(buyers, ""))
    return {
        "buyer": (pc.if_else(left_out, pa.scalar(None, pa.string()), buyers), col.quoted),
        "buyer_kind": (_kinds(orders), col.quoted),
        "return_of": (orders.table.texts["return_of"], col.quoted),
        "placed_at": (orders.placed_at, col.instant_text),
        **{column_of(date): (compared(at, date, again), col.instant_or_nothing) for date, at in orders.dates.items()},
        "pv": (orders.pv, col.amount_text),
        "cv": (orders.cv, col.amount_text),
    }


def _compare_periods(
    orders: _Orders, timelines: Timelines, said: Mapping[str, Ints], again: Mapping[int, StoredOrder], unchanged: Mask
) -> None:
    """A stored order counts in the periods that its row names; what a row does not say is not compared, and where an
    order begins to count by a date that is new is judged with the others."""
    table = orders.table
    begins = orders.told.pairs() if again else set()
    for row, order in again.items():
        for calendar, places in said.items():
            place, counts_in = int(places[row]), order.counts_in.get(calendar)
            if place == UNNAMED or (row, timelines[calendar].commission_date) in begins:
                continue
            if counts_in != (None if place == NOWHERE else timelines[calendar].periods[place].number):
                names = {period.number: period.name for period in timelines[calendar].periods}
                stored = f"{calendar}{NONE}" if counts_in is None else names.get(counts_in, counts_in)
                table.blame("period", Reason.DIFFERS, [row], f"stored: {stored}")
                unchanged[row] = False


def _check_returns(orders: _Orders, stored: Stored, unchanged: Mask) -> None:
    """Each new return is of a known order, once, later than it, and says nothing else of it than it does."""
    target = orders.target
    rows = np.flatnonzero((target >= 0) & ~unchanged & (orders.first_row[orders.number] == np.arange(len(target))))
    sold = orders.first_row[target[rows]]
    # What is stored stands, even where this input says otherwise of the same number.
    returned = dict(zip(rows.tolist(), orders.table.texts["return_of"].take(pa.array(rows)).to_pylist(), strict=True))
    ids = dict(zip(rows.tolist(), orders.table.texts["id"].take(pa.array(rows)).to_pylist(), strict=True))
    kept = {row: stored.orders[id] for row, id in returned.items() if id in stored.orders}
    in_graph = np.isin(rows, np.array(list(kept), dtype=np.int64))
    in_input = (sold >= 0) & ~in_graph
    unknown = ~in_graph & ~in_input
    of_return = np.zeros(len(rows), dtype=bool)
    of_return[in_input] = orders.is_return[sold[in_input]]
    of_return[in_graph] = [bool(kept[row].return_of) for row in rows[in_graph].tolist()]
    report = orders.table.blame
    report("return_of", Reason.UNKNOWN_ORDER, rows[unknown])
    report("return_of", Reason.UNKNOWN_ORDER, rows[of_return], "it is a return itself")
    first_return = col.first_rows(target, len(orders.names), rows)
    twice = rows[first_return[target[rows]] != rows]
    details = [f"first on line {orders.table.lines[first_return[target[row]]]}" for row in twice]
    report("return_of", Reason.RETURNED_TWICE, twice, details)
    before = [row for row, id in returned.items() if stored.returned.get(id, ids[row]) != ids[row]]
    details = [f"stored: {stored.returned[returned[row]]}" for row in before]
    report("return_of", Reason.RETURNED_TWICE, before, details)
    _compare_with_input(orders, rows[in_input & ~of_return], sold[in_input & ~of_return])
    _compare_with_stored(orders, {row: order for row, order in kept.items() if not order.return_of})


def _compare_with_input(orders: _Orders, rows: Ints, sold: Ints) -> None:
    table, report = orders.table, orders.table.blame
    known = (orders.placed_at[rows] != col.MISSING) & (orders.placed_at[sold] != col.MISSING)
    early = known & (orders.placed_at[rows] + CLOCK_SKEW_MS < orders.placed_at[sold])
    details = [f"ordered {col.instant_text(int(orders.placed_at[row]))}" for row in sold[early]]
    report("placed_at", Reason.RETURN_EARLIER, rows[early], details)
    for column, values in (("pv", orders.pv), ("cv", orders.cv)):
        given = (values[rows] != col.MISSING) & (values[sold] != col.MISSING)
        other = given & (values[rows] != values[sold])
        details = [f"ordered: {col.amount_text(int(values[row]))}" for row in sold[other]]
        report(column, Reason.RETURN_DIFFERS, rows[other], details)
    for column in ("buyer", "buyer_kind"):
        mine, theirs = table.texts[column].take(rows), table.texts[column].take(sold)
        other = col.mask(pc.and_(pc.not_equal(mine, ""), pc.not_equal(mine, theirs)))
        details = [f"ordered: {theirs[int(place)].as_py()!r}" for place in np.flatnonzero(other)]
        report(column, Reason.RETURN_DIFFERS, rows[other], details)


def _compare_with_stored(orders: _Orders, kept: dict[int, StoredOrder]) -> None:
    columns = _compared(orders, {}) if kept else {}
    for row, order in kept.items():
        at = int(orders.placed_at[row])
        if at != col.MISSING and at < order.placed_at - CLOCK_SKEW_MS:
            detail = f"ordered {col.instant_text(order.placed_at)}"
            orders.table.blame("placed_at", Reason.RETURN_EARLIER, [row], detail)
        for column in ("buyer", "buyer_kind", "pv", "cv"):
            values, written = columns[column]
            value, stored = col.cell(values, row), getattr(order, column)
            if value is not None and value not in (stored, col.MISSING):
                detail = f"ordered: {written(stored)}"
                orders.table.blame(column, Reason.RETURN_DIFFERS, [row], detail)


def _settle_periods(
    orders: _Orders, stored: Stored, timelines: Timelines, said: Mapping[str, Ints], *, new: Mask, known: Mask
) -> dict[str, Ints]:
    """By calendar that is kept the turn of whatever is sold, -1 where there is none and for rows that are not `new`;
    of later dates those of the `known` rows too.

    An order counts in the periods that contain the date by which each calendar counts, a return in its order's, as far
    as those take orders.
    """
    table, is_return = orders.table, orders.target >= 0
    new = new & (orders.placed_at != col.MISSING)
    sold, back = np.flatnonzero(new & ~is_return), np.flatnonzero(new & is_return)
    somewhere, turns = np.zeros(len(sold), dtype=bool), {}
    for calendar in said:
        timeline = timelines[calendar]
        turn, counting = settle_orders(
            table, timeline, sold, placed_at=orders.placed_at, dates=orders.told, stored=known, said=said[calendar]
        )
        turns[calendar] = turn
        waits = timeline.commission_date != PLACED
        somewhere |= (counting[sold] < 0) | (place_of(counting[sold]) >= 0) | waits
        own, judged = _own_of_returns(orders, stored, timeline, counting, back)
        turn[back[judged]] = settle_returns(table, timeline, back[judged], own[judged], said[calendar])
    table.blame("placed_at", Reason.NO_PERIOD, sold[~somewhere], "no period contains that order; open one")
    return turns


def _own_of_returns(orders: _Orders, stored: Stored, timeline: Timeline, turn: Ints, back: Ints) -> tuple[Ints, Mask]:
    """The place of the period that the order of each return counts in, -1 for none; and for which that can be said:
    else its order is to blame."""
    row_of_order = orders.first_row[orders.target[back]]
    of_order = np.where(row_of_order >= 0, turn[row_of_order], -1)
    own, judged = place_of(of_order), of_order >= 0
    if stored.orders:
        places = {period.number: place for place, period in enumerate(timeline.periods)}
        for at, row in enumerate(back.tolist()):
            if (kept := stored.orders.get(orders.table.texts["return_of"][row].as_py())) is not None:
                number = kept.counts_in.get(timeline.calendar)
                if number is not None or not judged[at]:  # else it begins to count by a date in this very file
                    own[at], judged[at] = -1 if number is None else places[number], True
    return own, judged

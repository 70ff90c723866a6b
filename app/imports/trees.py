"""Checks of distributors and placements: who exists, who sponsors whom, who stands where."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from app.facts.commands import CONSEQUENCES
from app.facts.decide import MAX_ID, MAX_TEXT
from app.imports import columns as col
from app.imports.faults import shown
from app.imports.files import Input, Table
from app.imports.forest import ancestors_at, cycles, depths
from app.imports.models import Reason, Stored, StoredDistributor
from app.places.strategies import PREFERABLE, STRATEGIES

Ints = NDArray[np.int64]
pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
Mask = NDArray[np.bool_]
STATUSES: Final = ("active", "suspended", "terminated")
SLOTS: Final = ("", "left", "right")
_CYCLE_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class People:
    """Everybody an input or its stored surroundings name, numbered from 0; -1 is nobody. Arrays are by that number."""

    names: list[str]
    rows: list[Ints]
    """The numbers in distributors.id, .sponsor, placements.distributor, .parent, customers.distributor, orders.buyer
    (-1 where a customer buys), then of what is stored, and from 10 on in moves.distributor, .parent,
    openings.distributor and past_statements.distributor."""
    stored: dict[int, StoredDistributor]
    is_stored: Mask
    known: Mask
    """Enrolled, or to be enrolled by this input."""
    first_row: Ints
    """The row of distributors that enrols them, -1 for none."""
    sponsor: Ints
    enrolled_at: Ints


class Since(NamedTuple):
    """By person since when sponsor and place are the present ones, MISSING for who never moved."""

    sponsor: Ints
    place: Ints


@dataclass(frozen=True, slots=True)
class Checked:
    """A checked file: per row whether it is stored already with these values, and the values to write by column.

    Columns are Arrow or NumPy arrays, never Python lists: a million rows of them must fit beside their files.
    """

    unchanged: Mask
    columns: dict[str, Any]

    @property
    def new(self) -> Ints:
        """The rows to be written."""
        return np.flatnonzero(~self.unchanged)


def number_people(read: Input, stored: Stored, distributor_buyers: Any) -> People:
    """Number the people and gather what is known of each; sponsors and dates of new ones are filled in by the check."""
    tables = read.tables
    kept = stored.distributors
    names, rows = col.encode(
        tables["distributors"].texts["id"],
        tables["distributors"].texts["sponsor"],
        tables["placements"].texts["distributor"],
        tables["placements"].texts["parent"],
        tables["customers"].texts["distributor"],
        distributor_buyers,
        list(kept),
        [d.sponsor for d in kept.values()],
        list(stored.parents),
        list(stored.parents.values()),
        tables["moves"].texts["distributor"],
        tables["moves"].texts["parent"],
        tables["openings"].texts["distributor"],
        tables["past_statements"].texts["distributor"],
    )
    count = len(names)
    first_row = col.first_rows(rows[0], count)
    by_number = dict(zip(rows[6].tolist(), kept.values(), strict=True))
    is_stored = np.zeros(count, dtype=bool)
    is_stored[rows[6]] = True
    sponsor, enrolled_at = np.full(count, -1), np.full(count, col.MISSING)
    sponsor[rows[6]] = rows[7]
    enrolled_at[rows[6]] = [d.enrolled_at for d in kept.values()]
    known = is_stored | (first_row >= 0)
    return People(names, rows, by_number, is_stored, known, first_row, sponsor, enrolled_at)


def check_distributors(read: Input, people: People, now: int) -> Checked:
    """Check distributors and complete `people` with the sponsors and dates of the new ones."""
    table = read.tables["distributors"]
    who = people.rows[0]
    col.check_text(table, "id", MAX_ID, required=True)
    col.check_text(table, "name", MAX_TEXT, required=True)
    for column, longest in (("sponsor", MAX_ID), ("owner", MAX_ID), ("region", MAX_TEXT), ("title", MAX_TEXT)):
        col.check_text(table, column, longest, required=False)
    enrolled_at = col.instants(table, "enrolled_at", now)
    status_number = col.words(table, "status", {"": 0} | {word: number for number, word in enumerate(STATUSES)})
    repeated = col.repeated_rows(table, "id", Reason.REPEATED_ID, who, people.first_row)
    held_until = col.instants(table, "held_until", None, required=False)
    _check_strategies(table, held_until)
    terminated_at = col.instants(table, "terminated_at", now, required=False)
    consequence = col.words(table, "consequence", {word: number for number, word in enumerate(("", *CONSEQUENCES))})
    leaves = STATUSES.index("terminated") == status_number
    table.blame("terminated_at", Reason.NOT_TERMINATED, (terminated_at != col.MISSING) & ~leaves)
    table.blame("terminated_at", Reason.ENDS_EARLIER, (terminated_at != col.MISSING) & (terminated_at < enrolled_at))
    table.blame("consequence", Reason.NOT_TERMINATED, (consequence > 0) & ~leaves)
    values = _distributor_values(table, enrolled_at, status_number) | {
        "held_until": held_until,
        "terminated_at": terminated_at,
        "consequence": col.spelled(("", *CONSEQUENCES), consequence, consequence == col.MISSING),
    }
    named = np.flatnonzero(~repeated & (who >= 0))
    again = named[people.is_stored[who[named]]].tolist()
    written: dict[str, Any] = dict.fromkeys(values, col.quoted)
    written |= {"enrolled_at": col.instant_text, "held_until": col.instant_text}
    written["terminated_at"] = lambda at: "none" if at < 0 else col.instant_text(at)
    unchanged = col.differences(
        table,
        {column: (values[column], written[column]) for column in values if column != "id"},
        {row: people.stored[int(who[row])] for row in again},
    )
    _check_sponsors(table, people, enrolled_at)
    if not read.tables["moves"].file:
        _check_sponsors_dates(table, people, enrolled_at)
    return Checked(unchanged, values)


def _distributor_values(table: Table, enrolled_at: Ints, status_number: Ints) -> dict[str, Any]:
    owners = table.texts["owner"]
    return {
        **table.texts,
        "enrolled_at": enrolled_at,
        "status": col.spelled(STATUSES, status_number, status_number == col.MISSING),
        "owner": pc.if_else(pc.equal(owners, ""), table.texts["id"], owners),
        "preference": _said(table.texts["preference"]),
        "held_for": _said(table.texts["held_for"]),
    }


def _said(texts: Any) -> Any:
    """Null where nothing is said."""
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _check_strategies(table: Table, held_until: Ints) -> None:
    for column, allowed in (("preference", PREFERABLE), ("held_for", STRATEGIES)):
        col.words(table, column, {"": 0} | {word: number for number, word in enumerate(allowed, 1)})
    held = col.mask(pc.not_equal(table.texts["held_for"], ""))
    table.blame("held_until", Reason.HALF_HELD, held != (held_until != col.MISSING))


def _check_sponsors(table: Table, people: People, enrolled_at: Ints) -> None:
    sponsor = people.rows[1]
    new = (people.first_row >= 0) & ~people.is_stored
    people.sponsor[new] = sponsor[people.first_row[new]]
    people.enrolled_at[new] = enrolled_at[people.first_row[new]]
    report_unknown(table, "sponsor", Reason.UNKNOWN_SPONSOR, people, sponsor)
    # A stored person keeps the stored sponsor, so only newcomers can close a cycle.
    up = np.where(new, people.sponsor, -1)
    _report_cycles(table, "sponsor", Reason.SPONSOR_CYCLE, people.names, _Edges(up, people.first_row))


def _check_sponsors_dates(table: Table, people: People, enrolled_at: Ints) -> None:
    """Nobody enrolled before their sponsor, unless moves tell how it came about."""
    sponsor = people.rows[1]
    rows = people.first_row[(people.first_row >= 0) & ~people.is_stored]
    rows = rows[(sponsor[rows] >= 0) & (enrolled_at[rows] != col.MISSING)]
    later = np.sort(rows[people.enrolled_at[sponsor[rows]] > enrolled_at[rows]])
    details = [
        f"{shown(people.names[number])} enrolled {col.instant_text(int(people.enrolled_at[number]))}"
        for number in sponsor[later]
    ]
    table.blame("sponsor", Reason.SPONSOR_LATER, later, details)


@dataclass(frozen=True, slots=True)
class _Edges:
    """Who is under whom: by person the parent, and the row that says so, -1 for none."""

    up: Ints
    row: Ints


def check_placements(read: Input, people: People, stored: Stored, since: Since, now: int) -> Checked:
    """Check places in the binary tree. Values: number of the person and of the parent, slot, since when, whether that
    is history (then the place is taken as it is, though people moved since), and the depth to sort by."""
    table = read.tables["placements"]
    who, parent = people.rows[2], people.rows[3]
    for column in ("distributor", "parent"):
        col.check_text(table, column, MAX_ID, required=True)
    slot = col.words(table, "slot", {"left": 1, "right": 2, "1": 1, "2": 2})
    given = col.instants(table, "placed_at", now, required=False)
    report_unknown(table, "distributor", Reason.UNKNOWN_DISTRIBUTOR, people, who)
    report_unknown(table, "parent", Reason.UNKNOWN_PARENT, people, parent)
    row_of = col.first_rows(who, len(people.names))
    col.repeated_rows(table, "distributor", Reason.PLACED_TWICE, who, row_of)
    if len(table):
        table.blame("distributor", Reason.TOP_PLACED, (who >= 0) & people.known[who] & (people.sponsor[who] == -1))
    if len(table):
        held_for = read.tables["distributors"].texts["held_for"]
        is_held = np.append(col.mask(pc.not_equal(held_for, "")), False)  # one more: the row -1 is none
        table.blame("distributor", Reason.HELD_AND_PLACED, (who >= 0) & is_held[people.first_row[who]])
    unchanged = _compare_places(table, people, row_of, (slot, given))
    _check_slots(table, people, stored, slot)
    sound = np.flatnonzero(~table.bad)
    up = np.full(len(people.names), -1)
    up[people.rows[8]] = people.rows[9]
    up[who[sound]] = parent[sound]
    cyclic = _report_cycles(table, "parent", Reason.PLACEMENT_CYCLE, people.names, _Edges(up, row_of))
    up[cyclic] = -1
    # Whoever has a row here that is bad is reported there; their children are not to blame.
    doubtful = np.zeros(len(people.names), dtype=bool)
    doubtful[who[table.bad & (who >= 0)]] = True
    doubtful[cyclic] = True
    depth = depths(up)
    placed_at = np.where(given == col.MISSING, since.place[who], given) if len(table) else given
    taken_over = placed_at != col.MISSING
    heights = _Heights(up, depth, doubtful)
    _check_under_sponsor(table, people, np.flatnonzero(~table.bad & ~unchanged), taken_over, heights)
    columns = {"who": who, "parent": parent, "slot": slot, "depth": depth[who], "taken_over": taken_over}
    by_enrolment = np.maximum(people.enrolled_at[who], people.enrolled_at[parent])
    return Checked(unchanged, columns | {"since": np.where(taken_over, placed_at, by_enrolment)})


def _compare_places(table: Table, people: People, row_of: Ints, values: tuple[Ints, Ints]) -> Mask:
    """Rows of people who have that very place; another stored place is a fault."""
    slot, placed_at = values
    again = {int(row_of[n]): d for n, d in people.stored.items() if d.slot and row_of[n] >= 0}
    compared: dict[str, tuple[Any, Any]] = {
        "parent": (table.texts["parent"], col.quoted),
        "slot": (slot, lambda number: SLOTS[number]),
        "placed_at": (placed_at, col.instant_text),
    }
    return col.differences(table, compared, again)


def _check_slots(table: Table, people: People, stored: Stored, slot: Ints) -> None:
    """Two rows for one slot, and rows for a slot where somebody else is stored."""
    who, parent = people.rows[2], people.rows[3]
    usable = np.flatnonzero(~table.bad)
    place = np.full(len(table), -1)
    place[usable] = parent[usable] * 2 + slot[usable] - 1
    first = col.first_rows(place, 2 * len(people.names))
    clash = usable[first[place[usable]] != usable]
    earlier = first[place[clash]].tolist()
    details = [f"line {table.lines[row]} puts {shown(people.names[who[row]])} there" for row in earlier]
    table.blame("slot", Reason.SLOT_TAKEN, clash, details)
    if not stored.slots:
        return
    taken, by_whom = [], []
    for row in usable.tolist():
        there = stored.slots.get((people.names[parent[row]], int(slot[row])))
        if there is not None and there != people.names[who[row]]:
            taken.append(row)
            by_whom.append(f"stored: {shown(there)} stands there")
    table.blame("slot", Reason.SLOT_TAKEN, taken, by_whom)


@dataclass(frozen=True, slots=True)
class _Heights:
    """The binary tree with its new places: by person the parent, the depth, and whether the place is in doubt."""

    up: Ints
    depth: Ints
    doubtful: Mask


def _check_under_sponsor(table: Table, people: People, rows: Ints, taken_over: Mask, tree: _Heights) -> None:
    """In each of `rows` the parent needs a place, and a place stays under the sponsor when the sponsor has one, unless
    it is taken over from history."""
    who, parent = people.rows[2], people.rows[3]
    up, depth, doubtful = tree.up, tree.depth, tree.doubtful
    has_place = (people.known & (people.sponsor == -1)) | (up >= 0)
    has_place[[number for number, kept in people.stored.items() if kept.slot]] = True
    nowhere = rows[~has_place[parent[rows]] & ~doubtful[parent[rows]]]
    table.blame("parent", Reason.PARENT_UNPLACED, nowhere)
    rows = rows[~taken_over[rows]]
    sponsor = people.sponsor[who[rows]]
    top = ancestors_at(up, who[rows], depth[who[rows]])
    judged = (sponsor >= 0) & has_place[sponsor] & ~doubtful[sponsor] & ~doubtful[top] & has_place[parent[rows]]
    rows, sponsor = rows[judged], sponsor[judged]
    above = depth[who[rows]] - depth[sponsor]
    outside = (above <= 0) | (ancestors_at(up, who[rows], np.maximum(above, 0)) != sponsor)
    details = [f"sponsored by {shown(people.names[number])}" for number in sponsor[outside]]
    table.blame("parent", Reason.OUTSIDE_SPONSOR, rows[outside], details)


def report_unknown(table: Table, column: str, reason: Reason, people: People, numbers: Ints) -> None:
    """People who are neither stored nor brought."""
    if len(table):
        table.blame(column, reason, (numbers >= 0) & ~people.known[numbers])


def _report_cycles(table: Table, column: str, reason: Reason, names: list[str], edges: _Edges) -> list[int]:
    """One fault a cycle, on its first line, naming the members; returns the members of all cycles."""
    rows, details, members = [], [], []
    for cycle in cycles(edges.up):
        lines = [edges.row[number] if edges.row[number] >= 0 else len(table) for number in cycle]
        start = int(np.argmin(lines))
        ordered = cycle[start:] + cycle[:start]
        rows.append(int(lines[start]))
        way = [shown(names[number]) for number in ordered[:_CYCLE_SHOWN]]
        way += [f"… {len(cycle) - _CYCLE_SHOWN} more"] if len(cycle) > _CYCLE_SHOWN else []
        details.append(" → ".join([*way, way[0]]))
        members += cycle
    table.blame(column, reason, rows, details)
    return members

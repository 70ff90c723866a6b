"""Checks of places in the trees with slots: who stands where, in the binary tree and in the matrix."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow.compute
from numpy.typing import NDArray

from app.facts.limits import MAX_ID
from app.imports import columns as col
from app.imports.faults import shown
from app.imports.files import Input, Table
from app.imports.forest import ancestors_at, depths
from app.imports.models import Kind, MatrixShape, Reason, Stored
from app.imports.trees import (
    Checked,
    People,
    Since,
    Upward,
    doubtful_moves,
    enrolments,
    report_before,
    report_cycles,
    report_unknown,
)
from app.places.matrix import MOST_WIDE
from app.places.spots import SIDES, PlacementTree

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
KINDS: Final[Mapping[PlacementTree, Kind]] = {"binary": "placements", "matrix": "matrix_placements"}
"""The file of each tree."""
SLOTS: Final[Mapping[PlacementTree, tuple[str, ...]]] = {
    "binary": ("", "left", "right"),
    "matrix": ("", *(str(slot) for slot in range(1, MOST_WIDE + 1))),
}
"""How files spell slots, by number; 0 is none."""


def slot_words(tree: PlacementTree) -> dict[str, int]:
    """What a file may say for a slot."""
    words = {word: number for number, word in enumerate(SLOTS[tree]) if number}
    return words | {str(number): number for number in words.values()}


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one tree's file: numbers of the child and the parent, and the slot."""

    tree: PlacementTree
    table: Table
    who: Ints
    parent: Ints
    slot: Ints
    width: int


def check_placements(
    read: Input,
    people: People,
    stored: Stored,
    tree: PlacementTree,
    *,
    since: Since,
    now: int,
    matrix: MatrixShape | None,
) -> Checked:
    """Check places in one tree. Values: number of the person and of the parent, slot, since when, whether that is
    history (then the place is taken as it is, though people moved since), and the depth to sort by."""
    table = read.tables[KINDS[tree]]
    for column in ("distributor", "parent"):
        col.check_text(table, column, MAX_ID, required=True)
    rows = _rows_of(table, people, tree, matrix)
    who, parent = rows.who, rows.parent
    given = col.instants(table, "placed_at", now, required=False)
    report_unknown(table, "distributor", Reason.UNKNOWN_DISTRIBUTOR, people, who)
    report_unknown(table, "parent", Reason.UNKNOWN_PARENT, people, parent)
    row_of = col.first_rows(who, len(people.names))
    col.repeated_rows(table, "distributor", Reason.PLACED_TWICE, who, row_of)
    if len(table):
        table.blame("distributor", Reason.TOP_PLACED, (who >= 0) & people.known[who] & (people.sponsor[who] == -1))
    if len(table) and tree == "binary":
        _check_held(read, people, rows)
    unchanged = _compare(people, rows, row_of, given)
    _check_slots(people, stored, rows)
    tree_then, cyclic = _with_new_places(people, rows, row_of)
    # Whoever has a row here that is bad is reported there; their children are not to blame.
    tree_then.doubtful[who[table.bad & (who >= 0)]] = True
    tree_then.doubtful[cyclic] = True
    placed_at = np.where(given == col.MISSING, since.of(tree)[who], given) if len(table) else given
    taken_over = placed_at != col.MISSING
    judged = np.flatnonzero(~table.bad & ~unchanged)
    _check_under_sponsor(people, rows, judged, taken_over, tree_then)
    report_before(people, table, "placed_at", judged, who=who, at=given)
    doubtful = (given == col.MISSING) & doubtful_moves(read, people)[who]
    _check_parents_dates(people, rows, judged[taken_over[judged] & ~doubtful[judged]], placed_at)
    columns = {"who": who, "parent": parent, "slot": rows.slot, "depth": tree_then.depth[who], "taken_over": taken_over}
    by_enrolment = np.maximum(people.enrolled_at[who], people.enrolled_at[parent])
    return Checked(unchanged, columns | {"since": np.where(taken_over, placed_at, by_enrolment)})


def _rows_of(table: Table, people: People, tree: PlacementTree, matrix: MatrixShape | None) -> _Rows:
    slot = col.words(table, "slot", slot_words(tree))
    if tree == "binary":
        return _Rows(tree, table, people.rows.placed, people.rows.placed_under, slot, len(SIDES))
    if len(table) and matrix is None:
        detail = "say matrix_width and matrix_depth in settings"
        table.blame("distributor", Reason.NO_MATRIX, np.ones(len(table), np.bool_), detail)
    width = MOST_WIDE if matrix is None else matrix.width
    table.blame("slot", Reason.NOT_A_SLOT, slot > width, f"the matrix is {width} wide")
    return _Rows(tree, table, people.rows.seated, people.rows.seated_under, slot, width)


def _check_held(read: Input, people: People, rows: _Rows) -> None:
    held_for = read.tables["distributors"].texts["held_for"]
    is_held = np.append(col.mask(pc.not_equal(held_for, "")), False)  # one more: the row -1 is none
    held = (rows.who >= 0) & is_held[people.first_row[rows.who]]
    rows.table.blame("distributor", Reason.HELD_AND_PLACED, held)


def _compare(people: People, rows: _Rows, row_of: Ints, placed_at: Ints) -> Mask:
    """Rows of people who have that very place; another stored place is a fault."""
    places = {int(row_of[n]): d.place_in(rows.tree) for n, d in people.stored.items() if row_of[n] >= 0}
    again = {row: place for row, place in places.items() if place.slot}
    compared: dict[str, tuple[Any, Any]] = {
        "parent": (rows.table.texts["parent"], col.quoted),
        "slot": (rows.slot, lambda number: SLOTS[rows.tree][number]),
        "placed_at": (placed_at, col.instant_text),
    }
    return col.differences(rows.table, compared, again)


def _check_slots(people: People, stored: Stored, rows: _Rows) -> None:
    """Two rows for one slot, and rows for a slot where somebody else is stored."""
    table, who, parent = rows.table, rows.who, rows.parent
    usable = np.flatnonzero(~table.bad)
    place = np.full(len(table), -1)
    place[usable] = parent[usable] * rows.width + rows.slot[usable] - 1
    first = col.first_rows(place, rows.width * len(people.names))
    clash = usable[first[place[usable]] != usable]
    earlier = first[place[clash]].tolist()
    details = [f"line {table.lines[row]} puts {shown(people.names[who[row]])} there" for row in earlier]
    table.blame("slot", Reason.SLOT_TAKEN, clash, details)
    slots = stored.tree(rows.tree).slots
    if not slots:
        return
    taken, by_whom = [], []
    for row in usable.tolist():
        there = slots.get((people.names[parent[row]], int(rows.slot[row])))
        if there is not None and there != people.names[who[row]]:
            taken.append(row)
            by_whom.append(f"stored: {shown(there)} stands there")
    table.blame("slot", Reason.SLOT_TAKEN, taken, by_whom)


@dataclass(frozen=True, slots=True)
class _Heights:
    """A tree with its new places: by person the parent, the depth, and whether the place is in doubt."""

    up: Ints
    depth: Ints
    doubtful: Mask


def _with_new_places(people: People, rows: _Rows, row_of: Ints) -> tuple[_Heights, list[int]]:
    """The tree, and the members of cycles, who are taken out of it."""
    below, above = (
        (people.rows.stored_placed, people.rows.stored_placed_under)
        if rows.tree == "binary"
        else (people.rows.stored_seated, people.rows.stored_seated_under)
    )
    sound = np.flatnonzero(~rows.table.bad)
    up = np.full(len(people.names), -1)
    up[below] = above
    up[rows.who[sound]] = rows.parent[sound]
    cyclic = report_cycles(rows.table, "parent", Reason.PLACEMENT_CYCLE, people.names, Upward(up, row_of))
    up[cyclic] = -1
    return _Heights(up, depths(up), np.zeros(len(up), dtype=bool)), cyclic


def _check_parents_dates(people: People, of: _Rows, rows: Ints, placed_at: Ints) -> None:
    """Nobody stood below somebody who was not enrolled by then; whose own enrolment was later is told already."""
    above, since = people.enrolled_at[of.parent[rows]], placed_at[rows]
    later = (above > since) & (people.enrolled_at[of.who[rows]] <= since)
    details = enrolments(people, of.parent[rows[later]])
    of.table.blame("parent", Reason.PARENT_LATER, rows[later], details)


def _check_under_sponsor(people: People, of: _Rows, rows: Ints, taken_over: Mask, tree: _Heights) -> None:
    """In each of `rows` the parent needs a place, and a place stays under the sponsor when the sponsor has one, unless
    it is taken over from history."""
    table, who, parent = of.table, of.who, of.parent
    up, depth, doubtful = tree.up, tree.depth, tree.doubtful
    has_place = (people.known & (people.sponsor == -1)) | (up >= 0)
    has_place[[number for number, kept in people.stored.items() if kept.place_in(of.tree).slot]] = True
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

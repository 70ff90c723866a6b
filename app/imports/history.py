"""Checks of moves: where people stood before, in any of the trees.

Each sponsor of the past joins the next one without gap, and the last one ends where the present one begins: so the
moves say since when the present sponsor holds. So it is in the trees with slots, but that who left may have given up a
place: then there is none any more, or a later one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from app.clock import CLOCK_SKEW_MS
from app.facts.commands import Tree
from app.facts.limits import MAX_ID
from app.imports import columns as col
from app.imports.faults import shown
from app.imports.files import Input, Table
from app.imports.forest import cycles
from app.imports.models import Kind, MatrixShape, Reason, Stored
from app.imports.places import KINDS, slot_words
from app.imports.trees import Checked, People, Since, enrolments, report_unknown
from app.places.spots import SIDES

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
TREES: Final[tuple[Tree, ...]] = ("sponsor", "binary", "matrix")
SPONSOR, BINARY, MATRIX = range(len(TREES))
CYCLES: Final = (Reason.SPONSOR_CYCLE, Reason.PLACEMENT_CYCLE, Reason.PLACEMENT_CYCLE)


@dataclass(frozen=True, slots=True)
class Past:
    """The rows of moves that are new, each person's in each tree together and in the order of time."""

    checked: Checked
    doubtful: Mask
    """Whether another row of the same person and tree is bad, so that one cannot be judged."""
    rows: Ints
    tree: Ints
    who: Ints
    parent: Ints
    slot: Ints
    since: Ints
    until: Ints

    @property
    def first(self) -> Mask:
        """Which begin the past of somebody in a tree."""
        return np.append(True, (np.diff(self.who) != 0) | (np.diff(self.tree) != 0))[: len(self.rows)]

    @property
    def last(self) -> Mask:
        """Which end it."""
        return np.append(self.first[1:], True)[: len(self.rows)]

    @property
    def ordinal(self) -> Ints:
        """The how manyth place of that person in that tree each is, from 1."""
        at = np.arange(len(self.rows))
        return at - np.maximum.accumulate(np.where(self.first, at, 0)) + 1

    def present_since(self, people: int) -> Since:
        """By person since when sponsor and place are the present ones, MISSING for who never moved."""
        since = []
        for tree in range(len(TREES)):
            column = np.full(people, col.MISSING)
            ends = self.last & (self.tree == tree)
            column[self.who[ends]] = self.until[ends]
            since.append(column)
        return Since(*since)


def read_past(read: Input, people: People, stored: Stored, now: int) -> Past:
    """The rows of moves, each checked for itself."""
    table = read.tables["moves"]
    who, parent = people.rows.moved, people.rows.moved_under
    tree = col.words(table, "tree", {word: number for number, word in enumerate(TREES)})
    for column in ("distributor", "parent"):
        col.check_text(table, column, MAX_ID, required=True)
    slot = col.words(table, "slot", {"": 0} | slot_words("binary") | slot_words("matrix"))
    table.blame("slot", Reason.EMPTY, np.isin(tree, (BINARY, MATRIX)) & (slot == 0))
    table.blame("slot", Reason.NOT_A_SLOT, (tree == SPONSOR) & (slot > 0), "it has none")
    table.blame("slot", Reason.NOT_A_SLOT, (tree == BINARY) & (slot > len(SIDES)), "left or right")
    worded = col.mask(pc.is_in(table.texts["slot"], value_set=pa.array(["left", "right"])))
    table.blame("slot", Reason.NOT_A_SLOT, (tree == MATRIX) & worded, "such as 1")
    since, until = (col.instants(table, name, now) for name in ("valid_from", "valid_to"))
    # Two clocks may differ by so much, so what was entered by both may end before it begins.
    backwards = (since != col.MISSING) & (until != col.MISSING) & (until < since - CLOCK_SKEW_MS)
    table.blame("valid_to", Reason.ENDS_EARLIER, backwards)
    report_unknown(table, "distributor", Reason.UNKNOWN_DISTRIBUTOR, people, who)
    report_unknown(table, "parent", Reason.UNKNOWN_PARENT, people, parent)
    for number, reason in enumerate(CYCLES):
        table.blame("parent", reason, (tree == number) & (who == parent) & (who >= 0))
    unchanged = _compare(table, people, stored, (who, tree, slot, since, until))
    return _in_order(table, people, Checked(unchanged, {}), (tree, who, parent, slot, since, until))


def _compare(table: Table, people: People, stored: Stored, columns: tuple[Ints, ...]) -> Mask:
    """Which rows are stored already; more about people who are stored an import does not tell."""
    who, *others = columns
    unchanged = np.zeros(len(table), dtype=bool)
    if not people.stored:
        return unchanged
    tree, slot, since, until = (column.tolist() for column in others)
    parents = table.texts["parent"].to_pylist()
    for row in np.flatnonzero((who >= 0) & people.is_stored[who] & ~table.bad).tolist():
        place = (TREES[tree[row]], people.names[who[row]], parents[row], slot[row], since[row], until[row])
        unchanged[row] = place in stored.past
    table.blame("distributor", Reason.HISTORY_STORED, (who >= 0) & people.is_stored[who] & ~table.bad & ~unchanged)
    return unchanged


def _in_order(table: Table, people: People, checked: Checked, columns: tuple[Ints, ...]) -> Past:
    tree, who, *_, since, until = columns
    rows = np.flatnonzero(~table.bad & ~checked.unchanged)
    rows = rows[np.lexsort((since[rows], until[rows], who[rows], tree[rows]))]
    bad = np.zeros((len(TREES), len(people.names) + 1), dtype=bool)
    broken = table.bad & (tree != col.MISSING)
    bad[tree[broken], who[broken]] = True
    by_row = (column[rows] for column in columns)
    return Past(checked, bad[tree[rows], who[rows]], rows, *by_row)


def check_past(
    read: Input, people: People, past: Past, checked: Mapping[Kind, Checked], matrix: MatrixShape | None
) -> None:
    """Each place joins the one before, the present one, and the others of its time."""
    if not past.rows.size:
        return
    table = read.tables["moves"]
    in_matrix = past.tree == MATRIX
    if matrix is None:
        table.blame("tree", Reason.NO_MATRIX, past.rows[in_matrix])
    else:
        beyond = past.rows[in_matrix & (past.slot > matrix.width)]
        table.blame("slot", Reason.NOT_A_SLOT, beyond, f"the matrix is {matrix.width} wide")
    _check_joins(table, past)
    _check_beginnings(table, people, past)
    _check_enrolled(table, people, past)
    for tree, kind in KINDS.items():
        _check_ends(table, read.tables[kind], people, past, (tree, checked[kind]))
    if not table.bad.any() and not any(read.tables[kind].bad.any() for kind in KINDS.values()):
        _check_cycles(table, people, past, [checked[kind] for kind in KINDS.values()])


def _check_joins(table: Table, past: Past) -> None:
    joined = ~past.first & ~past.doubtful
    before = np.append(col.MISSING, past.until[:-1])
    gap = joined & np.where(past.tree == SPONSOR, past.since != before, past.since < before)
    details = [f"the place before ended {col.instant_text(int(end))}" for end in before[gap]]
    table.blame("valid_from", Reason.GAP, past.rows[gap], details)


def _check_beginnings(table: Table, people: People, past: Past) -> None:
    """The first sponsor is the one of the enrolment, and a top never had one."""
    sponsored = past.tree == SPONSOR
    top = sponsored & (people.sponsor[past.who] < 0)
    table.blame("distributor", Reason.TOP_PLACED, past.rows[top])
    enrolled = people.enrolled_at[past.who]
    gap = sponsored & ~top & past.first & ~past.doubtful & (enrolled != col.MISSING) & (past.since != enrolled)
    details = [f"enrolled {col.instant_text(int(at))}" for at in enrolled[gap]]
    table.blame("valid_from", Reason.GAP, past.rows[gap], details)


def _check_enrolled(table: Table, people: People, past: Past) -> None:
    """Nobody stood anywhere before they enrolled, nor below somebody before that one did. The first sponsor's date is
    the enrolment's."""
    enrolled = people.enrolled_at[past.who]
    first = past.first & (past.tree != SPONSOR) & ~past.doubtful
    early = first & (past.since < enrolled)
    details = enrolments(people, past.who[early])
    table.blame("valid_from", Reason.BEFORE_ENROLMENT, past.rows[early], details)
    later = (people.enrolled_at[past.parent] > past.since) & (enrolled <= past.since)
    details = enrolments(people, past.parent[later])
    table.blame("parent", Reason.PARENT_LATER, past.rows[later], details)


def _check_ends(table: Table, placements: Table, people: People, past: Past, of_tree: tuple[Tree, Checked]) -> None:
    """Whoever stands somewhere in a tree with slots does so since the last place ended, or later."""
    tree, placed = of_tree
    ends = (past.tree == TREES.index(tree)) & past.last & ~past.doubtful
    row_of = col.first_rows(placed.columns["who"], len(people.names))
    row = row_of[past.who]
    present = np.append(placed.columns["since"], col.MISSING)[row]
    sound = ends & (row >= 0) & ~np.append(placements.bad, True)[row]
    gap = sound & (present < past.until)
    details = [f"at the present place since {col.instant_text(int(at))}" for at in present[gap]]
    table.blame("valid_to", Reason.GAP, past.rows[gap], details)


def _check_cycles(table: Table, people: People, past: Past, placed: Sequence[Checked]) -> None:
    """At no time did anybody stand below themself: a month that ends then is paid along that tree."""
    count = len(people.names)
    live = [people.sponsor, *(_parents(count, places) for places in placed)]
    last = past.present_since(count)
    begun = [last.sponsor, *(_begun(last.of(tree), places) for tree, places in zip(KINDS, placed, strict=True))]
    for tree, (up, since) in enumerate(zip(live, begun, strict=True)):
        found = _first_cycle(past, past.tree == tree, up, since)
        if found is None:
            continue
        then = (past.tree == tree) & (past.since <= found) & (found < past.until)
        parent = np.where(since > found, -1, up)
        parent[past.who[then]] = past.parent[then]
        [members, *_] = cycles(parent)
        row = next(row for row in np.flatnonzero(then).tolist() if past.who[row] in members)
        way = " → ".join(shown(people.names[number]) for number in [*members[:8], members[0]])
        table.blame("parent", CYCLES[tree], [past.rows[row]], f"from {col.instant_text(found)} on: {way}")


def _parents(people: int, placed: Checked) -> Ints:
    up = np.full(people, -1)
    up[placed.columns["who"]] = placed.columns["parent"]
    return up


def _begun(last: Ints, placed: Checked) -> Ints:
    """By person since when the present place is theirs, MISSING for who never moved."""
    begun, who = last.copy(), placed.columns["who"]
    moved = last[who] != col.MISSING
    begun[who[moved]] = np.maximum(last[who], placed.columns["since"])[moved]
    return begun


def _first_cycle(past: Past, some: Mask, up: Ints, begun: Ints) -> int | None:
    """The first instant at which `some` rows of the past and the present parents `up`, who are so since `begun`, hold a
    cycle.

    Only movers change, so ways lead from mover to mover: whoever stands between never moved.
    """
    rows = np.flatnonzero(some)
    if not rows.size:
        return None
    mover = np.zeros(len(up), dtype=bool)
    mover[past.who[rows]] = True
    above = np.append(_nearest(up, mover), -1)
    last = rows[past.last[rows]]
    following = np.where(past.last, begun[past.who], np.append(past.since[1:], 0))
    begins: list[tuple[int, int, int]] = []
    for row in rows.tolist():
        who = int(past.who[row])
        begins.append((int(past.since[row]), who, int(above[past.parent[row]])))
        if following[row] > past.until[row]:  # they gave the place up
            begins.append((int(past.until[row]), who, -1))
    now = zip(begun[past.who[last]].tolist(), past.who[last].tolist(), above[up[past.who[last]]].tolist(), strict=True)
    latest: dict[int, int] = {}
    changes: list[tuple[int, int, int]] = []
    for at, who, parent in [*begins, *now]:  # each person's in turn; clocks may differ, and none begins before another
        latest[who] = max(at, latest.get(who, at))
        changes.append((latest[who], who, parent))
    changes.sort(key=lambda change: change[0])
    parents: dict[int, int] = {}
    for instant, group in groupby(changes, key=lambda change: change[0]):
        moved = {who: parent for _, who, parent in group}
        parents.update(moved)
        if _has_cycle(parents, moved):
            return int(instant)
    return None


def _nearest(up: Ints, flags: Mask) -> Ints:
    """For each node itself or the nearest one above for which `flags` holds, -1 for none."""
    found = np.where(flags, np.arange(len(up)), up)
    while True:
        on = np.flatnonzero((found >= 0) & ~flags[found])
        further = found[found[on]]
        if not on.size:
            return found
        found[on] = further


def _has_cycle(parents: Mapping[int, int], starts: Iterable[int]) -> bool:
    """Whether a way up from one of `starts`, all different, meets itself."""
    met: dict[int, int] = {}
    for start in starts:
        at = start
        while at >= 0 and at not in met:
            met[at] = start
            at = parents.get(at, -1)
        if at >= 0 and met[at] == start:
            return True
    return False

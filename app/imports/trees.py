"""Checks of distributors: who exists, and who sponsors whom."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from app.facts.commands import CONSEQUENCES
from app.facts.limits import MAX_ID, MAX_TEXT
from app.imports import columns as col
from app.imports.faults import shown
from app.imports.files import Input, Table
from app.imports.forest import cycles
from app.imports.models import Reason, Stored, StoredDistributor
from app.places.spots import PlacementTree
from app.places.strategies import PREFERABLE, STRATEGIES

Ints = NDArray[np.int64]
pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
Mask = NDArray[np.bool_]
STATUSES: Final = ("active", "suspended", "terminated")
_CYCLE_SHOWN: Final = 8


class Rows(NamedTuple):
    """The numbers of the people in each column that names some, by row of its file or of what is stored."""

    distributor: Ints
    sponsor: Ints
    placed: Ints
    placed_under: Ints
    seated: Ints
    """In matrix_placements."""
    seated_under: Ints
    customer_of: Ints
    buyer: Ints
    """-1 where a customer buys."""
    moved: Ints
    moved_under: Ints
    opening: Ints
    past_statement: Ints
    rank_decided: Ints
    stored: Ints
    stored_sponsor: Ints
    stored_placed: Ints
    """Children of the stored edges on the ways up in the binary tree, and their parents."""
    stored_placed_under: Ints
    stored_seated: Ints
    stored_seated_under: Ints


@dataclass(frozen=True, slots=True)
class People:
    """Everybody an input or its stored surroundings name, numbered from 0; -1 is nobody. Arrays are by that number."""

    names: list[str]
    rows: Rows
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
    binary: Ints
    matrix: Ints

    def of(self, tree: PlacementTree) -> Ints:
        return self.binary if tree == "binary" else self.matrix


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
    names, columns = col.encode(
        tables["distributors"].texts["id"],
        tables["distributors"].texts["sponsor"],
        tables["placements"].texts["distributor"],
        tables["placements"].texts["parent"],
        tables["matrix_placements"].texts["distributor"],
        tables["matrix_placements"].texts["parent"],
        tables["customers"].texts["distributor"],
        distributor_buyers,
        tables["moves"].texts["distributor"],
        tables["moves"].texts["parent"],
        tables["openings"].texts["distributor"],
        tables["past_statements"].texts["distributor"],
        tables["rank_overrides"].texts["distributor"],
        list(kept),
        [d.sponsor for d in kept.values()],
        list(stored.binary.parents),
        list(stored.binary.parents.values()),
        list(stored.matrix.parents),
        list(stored.matrix.parents.values()),
    )
    rows, count = Rows(*columns), len(names)
    first_row = col.first_rows(rows.distributor, count)
    by_number = dict(zip(rows.stored.tolist(), kept.values(), strict=True))
    is_stored = np.zeros(count, dtype=bool)
    is_stored[rows.stored] = True
    sponsor, enrolled_at = np.full(count, -1), np.full(count, col.MISSING)
    sponsor[rows.stored] = rows.stored_sponsor
    enrolled_at[rows.stored] = [d.enrolled_at for d in kept.values()]
    known = is_stored | (first_row >= 0)
    return People(names, rows, by_number, is_stored, known, first_row, sponsor, enrolled_at)


def check_distributors(read: Input, people: People, sponsored_at: Ints, now: int) -> Checked:
    """Check distributors and complete `people` with the sponsors and dates of the new ones. `sponsored_at`: by person
    since when the sponsor is the present one, MISSING for who never moved."""
    table = read.tables["distributors"]
    who = people.rows.distributor
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
    _check_sponsors_dates(read, people, sponsored_at)
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
    sponsor = people.rows.sponsor
    new = (people.first_row >= 0) & ~people.is_stored
    people.sponsor[new] = sponsor[people.first_row[new]]
    people.enrolled_at[new] = enrolled_at[people.first_row[new]]
    report_unknown(table, "sponsor", Reason.UNKNOWN_SPONSOR, people, sponsor)
    # A stored person keeps the stored sponsor, so only newcomers can close a cycle.
    up = np.where(new, people.sponsor, -1)
    report_cycles(table, "sponsor", Reason.SPONSOR_CYCLE, people.names, Upward(up, people.first_row))


def _check_sponsors_dates(read: Input, people: People, sponsored_at: Ints) -> None:
    """Nobody came to their sponsor before that one enrolled."""
    table = read.tables["distributors"]
    new = (people.first_row >= 0) & ~people.is_stored & ~doubtful_moves(read, people)
    who = np.flatnonzero(new & (people.sponsor >= 0) & (people.enrolled_at != col.MISSING))
    sponsor = people.sponsor[who]
    since = np.where(sponsored_at[who] == col.MISSING, people.enrolled_at[who], sponsored_at[who])
    later = people.enrolled_at[sponsor] > since
    order = np.argsort(people.first_row[who[later]])
    details = enrolments(people, sponsor[later][order])
    table.blame("sponsor", Reason.SPONSOR_LATER, people.first_row[who[later]][order], details)


def doubtful_moves(read: Input, people: People) -> Mask:
    """By person whether a row of their moves is bad, so that it is not known since when they stand where they do."""
    doubtful = np.zeros(len(people.names), dtype=bool)
    moved = people.rows.moved
    doubtful[moved[read.tables["moves"].bad & (moved >= 0)]] = True
    return doubtful


def enrolments(people: People, numbers: Ints) -> list[str]:
    """When people enrolled, in words."""
    return [
        f"{shown(people.names[number])} enrolled {col.instant_text(int(people.enrolled_at[number]))}"
        for number in numbers.tolist()
    ]


@dataclass(frozen=True, slots=True)
class Upward:
    """Who is under whom: by person the parent, and the row that says so, -1 for none."""

    up: Ints
    row: Ints


def report_unknown(table: Table, column: str, reason: Reason, people: People, numbers: Ints) -> None:
    """People who are neither stored nor brought."""
    if len(table):
        table.blame(column, reason, (numbers >= 0) & ~people.known[numbers])


def report_before(
    people: People, table: Table, column: str, rows: Ints, *, who: Ints, at: Ints, apart: int = 0
) -> None:
    """Those of `rows` that are dated before the enrolment of whom they name, by more than clocks may be apart (ms);
    both are by row of the file."""
    known = (who[rows] >= 0) & (at[rows] != col.MISSING)
    early = rows[known & (at[rows] + apart < people.enrolled_at[who[rows]])]
    table.blame(column, Reason.BEFORE_ENROLMENT, early, enrolments(people, who[early]))


def report_cycles(table: Table, column: str, reason: Reason, names: list[str], edges: Upward) -> list[int]:
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

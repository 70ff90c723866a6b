"""The matrix of a folder: which commands it becomes, and how each fault of it is told."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.facts.commands import Enrol, Explicit, KeepMatrix, PastMove, Place, TakenOver
from app.imports.models import CompanySettings, Kind, MatrixShape, Stored, StoredDistributor, StoredPlace, StoredTree
from tests.unit.imports.directories import EMPTY, bad_lines, company, ms, plan, write

WIDE = ["matrix_width,3", "matrix_depth,9"]
SEATS = ["Cat,Top,3", "Bob,Cat,1", "Amy,Top,1", "Dan,Bob,2"]
"""Bob stands below Cat, beside whom he stands in the binary tree; Dan has a place here alone."""
SINCE = "2025-06-01T00:00:00Z"
Files = dict[Kind, list[str]]


def seated(**other: list[str]) -> Files:
    files: Files = {**company(), "settings": WIDE, "matrix_placements": list(SEATS)}
    for kind, rows in other.items():
        files[kind] = rows  # type: ignore[index]
    return files


def test_that_it_is_kept_comes_first_and_places_that_are_not_given_by_enrolments_last(tmp_path: Path) -> None:
    planned = plan(write(tmp_path / "in", seated()))
    assert planned.bad_lines == ()
    commands = [submission.command for submission in planned.commands]
    assert commands[0] == KeepMatrix(3, 9)
    seats = [command for command in commands if isinstance(command, Place) and command.tree == "matrix"]
    given = {c.id: c.matrix_placement for c in commands if isinstance(c, Enrol) and c.matrix_placement is not None}
    assert given == {"Amy": Explicit("Top", 1), "Cat": Explicit("Top", 3)}, "they began with the enrolment"
    assert seats == [
        Place("Bob", Explicit("Cat", 1), ms("2025-04-01T00:00:00.123Z"), "matrix"),
        Place("Dan", Explicit("Bob", 2), ms("2025-05-01T00:00:00Z"), "matrix"),
    ]
    keys = [submission.key for submission in planned.commands]
    assert {"import:setting:matrix", "import:matrix_placement:Dan", "import:placement:Dan"} - set(keys) == {
        "import:placement:Dan"
    }
    assert len(set(keys)) == len(keys)


def test_where_people_stood_before(tmp_path: Path) -> None:
    moves = [f"matrix,Bob,Top,2,2025-02-28T22:00:00Z,{SINCE}"]
    planned = plan(write(tmp_path / "in", seated(moves=moves)))
    assert planned.bad_lines == ()
    commands = [submission.command for submission in planned.commands]
    assert PastMove("Bob", "matrix", "Top", 2, ms("2025-02-28T22:00:00Z"), ms(SINCE)) in commands
    assert Place("Bob", TakenOver("Cat", 1), ms(SINCE), "matrix") in commands


FAULTS: list[tuple[Kind, list[str], str]] = [
    ("settings", [], "matrix_placements.csv:2 distributor: the company keeps no matrix"),
    ("settings", ["matrix_width,3"], "settings.csv:2 setting: needs both or neither: 'matrix_width' (matrix_depth is"),
    ("settings", ["matrix_width,0", WIDE[1]], "settings.csv:2 value: not a whole number within its bounds: '0' (1 to"),
    ("settings", ["matrix_width,21", WIDE[1]], "settings.csv:2 value: not a whole number within its bounds: '21'"),
    ("settings", ["matrix_width,3.0", WIDE[1]], "settings.csv:2 value: not a whole number within its bounds: '3.0'"),
    ("settings", [*WIDE, "matrix_width,3"], "settings.csv:4 setting: setting stands twice"),
    ("settings", [*WIDE, "colour,3"], "settings.csv:4 setting: not one of the allowed words: 'colour'"),
    ("matrix_placements", [*SEATS, "Cat,Amy,1"], "matrix_placements.csv:6 distributor: placed twice: 'Cat' (first on"),
    ("matrix_placements", ["Cat,Top,4"], "matrix_placements.csv:2 slot: no slot of that tree: '4' (the matrix is 3"),
    ("matrix_placements", ["Cat,Top,left"], "matrix_placements.csv:2 slot: not one of the allowed words: 'left'"),
    ("matrix_placements", ["Cat,Top,1", "Amy,Top,1"], "matrix_placements.csv:3 slot: slot is taken: '1' (line 2 puts"),
    ("matrix_placements", ["Top,Cat,1"], "matrix_placements.csv:2 distributor: has no sponsor, so tops its own tree"),
    ("matrix_placements", ["Cat,Zed,1"], "matrix_placements.csv:2 parent: unknown parent: 'Zed'"),
    ("matrix_placements", ["Cat,Amy,1"], "matrix_placements.csv:2 parent: parent has no place: 'Amy'"),
    ("matrix_placements", [*SEATS[:3], "Dan,Amy,2"], "matrix_placements.csv:5 parent: not below the sponsor: 'Amy'"),
    ("matrix_placements", ["Cat,Bob,1", "Bob,Cat,1"], "matrix_placements.csv:2 parent: cycle of placements"),
    ("moves", [f"matrix,Bob,Top,,2025-03-01T00:00:00Z,{SINCE}"], "moves.csv:2 slot: empty"),
    ("moves", [f"matrix,Bob,Top,left,2025-03-01T00:00:00Z,{SINCE}"], "moves.csv:2 slot: no slot of that tree: 'left'"),
    ("moves", [f"matrix,Bob,Top,4,2025-03-01T00:00:00Z,{SINCE}"], "moves.csv:2 slot: no slot of that tree: '4'"),
    ("moves", [f"binary,Bob,Top,3,2025-03-01T00:00:00Z,{SINCE}"], "moves.csv:2 slot: no slot of that tree: '3'"),
    ("moves", [f"matrix,Bob,Bob,1,2025-03-01T00:00:00Z,{SINCE}"], "moves.csv:2 parent: cycle of placements: 'Bob'"),
    (
        "moves",
        [f"matrix,Cat,Bob,1,2025-04-02T00:00:00Z,{SINCE}"],
        "moves.csv:2 parent: cycle of placements: 'Bob' (from 2025-04-02T00:00:00.000Z on: Bob → Cat → Bob)",
    ),
]


@pytest.mark.parametrize(("kind", "rows", "told"), FAULTS)
def test_each_fault_is_told(tmp_path: Path, kind: Kind, rows: list[str], told: str) -> None:
    first, *others = bad_lines(write(tmp_path / "in", seated(**{kind: rows})))
    assert first.startswith(told)
    assert all(line.partition(".")[0] == first.partition(".")[0] for line in others)


def test_somebody_may_have_given_up_their_place(tmp_path: Path) -> None:
    """For good, or until they got another one; but nobody stands in two at a time."""
    moves = [f"matrix,Dan,Cat,1,2025-05-01T00:00:00Z,{SINCE}"]
    assert bad_lines(write(tmp_path / "gone", seated(moves=moves, matrix_placements=SEATS[:3]))) == []
    for since, told in (("2025-06-20", []), ("2025-05-20", ["moves.csv:3 valid_from"])):
        later = [*moves, f"matrix,Dan,Amy,1,{since}T00:00:00Z,2025-07-01T00:00:00Z"]
        found = bad_lines(write(tmp_path / since, seated(moves=later)))
        assert [line.partition(": ")[0] for line in found] == told


STORED = Stored(
    distributors={
        "Top": StoredDistributor("Top", "", ms("2025-01-01T00:00:00Z"), "active", "Top", "", ""),
        "Amy": StoredDistributor(
            *("Amy", "Top", ms("2025-02-01T00:00:00Z"), "active", "Amy", "DE", "Gold"),
            matrix=StoredPlace("Top", 1, ms("2025-02-01T00:00:00Z")),
        ),
    },
    matrix=StoredTree(slots={("Top", 1): "Amy"}, parents={"Amy": "Top"}),
    settings=CompanySettings(MatrixShape(3, 9)),
    periods=EMPTY.periods,
)


def test_what_is_stored_is_unchanged_and_else_a_fault(tmp_path: Path) -> None:
    planned = plan(write(tmp_path / "same", {"settings": WIDE, "matrix_placements": ["Amy,Top,1"]}), STORED)
    assert (planned.commands, planned.bad_lines) == ([], ())
    assert [count.unchanged for count in planned.files] == [2, 1]
    other: Files = {"settings": ["matrix_width,5"], "matrix_placements": ["Amy,Top,2"]}
    assert bad_lines(write(tmp_path / "other", other), STORED) == [
        "settings.csv:2 value: stored with other values: '5' (stored: 3)",
        "matrix_placements.csv:2 slot: stored with other values: '2' (stored: 1)",
    ]
    eve = "Eve,Eve,Amy,2025-06-01T00:00:00Z,,,,"
    joins: Files = {"distributors": [eve], "matrix_placements": ["Eve,Top,1"]}
    [taken] = bad_lines(write(tmp_path / "taken", joins), STORED)
    assert taken.endswith("slot: slot is taken: '1' (stored: Amy stands there)")
    joins["matrix_placements"] = ["Eve,Top,2"]
    [outside] = bad_lines(write(tmp_path / "outside", joins), STORED)
    assert "not below the sponsor: 'Top' (sponsored by Amy)" in outside
    joins["matrix_placements"] = ["Eve,Amy,3"]
    planned = plan(write(tmp_path / "joins", joins), STORED)
    [command] = [s.command for s in planned.commands]
    assert isinstance(command, Enrol)
    assert command.matrix_placement == Explicit("Amy", 3)
    none = replace(STORED, settings=CompanySettings(), matrix=StoredTree())
    assert "the company keeps no matrix" in bad_lines(write(tmp_path / "none", joins), none)[0]

"""Periods, moves, and the period of an order: what they ask for, and each way in which they can be wrong."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.facts.commands import ClosePeriod, Enrol, Explicit, OpenPeriod, Order, PastMove, Place, Return, TakenOver
from app.imports.models import Kind, Stored, StoredDistributor, StoredPeriod, StoredPlace
from tests.unit.imports.directories import COMPANY, EMPTY, OPEN, bad_lines, ms, plan, write

JANUARY = "monthly,2026-01,UTC,closed,2026-01-01T00:00:00Z,2026-02-01T00:00:00Z"
FEBRUARY = "monthly,2026-02,UTC,open,,"
BOB_CAME, BOB_MOVED, NOW = "2025-02-28T22:00:00Z", "2025-09-01T00:00:00Z", "2025-12-01T00:00:00Z"
MOVES = [
    f"sponsor,Bob,Dan,,{BOB_CAME},{BOB_MOVED}",
    f"binary,Bob,Top,right,{BOB_CAME},{BOB_MOVED}",
    f"binary,Bob,Amy,right,{BOB_MOVED},{NOW}",
]
NEAR = "2025-10-01T23:59:59.999Z"
LATE = "O3,Amy,distributor,order,,2026-01-31T00:00:00Z,20,20,2026-02"
Files = dict[Kind, list[str]]


def history(**other: list[str]) -> Files:
    """The small company with closed January, open February, moves of Bob, and a late order."""
    files: Files = {kind: list(rows) for kind, rows in COMPANY.items()}
    files["distributors"][4] = "Dan,Dan,Top,2025-02-01T00:00:00Z,active,,,"
    files["distributors"] += ["Eve,Eve,Top,2025-05-01T00:00:00Z,,,,", "Ida,Ida,Top,2025-10-01T00:00:00Z,,,,"]
    files["orders"] = [f"{row}," for row in files["orders"]] + [LATE]
    files |= {"periods": [JANUARY, FEBRUARY], "moves": list(MOVES)}
    for kind, rows in other.items():
        files[kind] = rows  # type: ignore[index]
    return files


def test_the_commands_of_a_history(tmp_path: Path) -> None:
    planned = plan(write(tmp_path / "in", history()), Stored())
    assert planned.bad_lines == ()
    commands = [s.command for s in planned.commands]
    [bob] = [c for c in commands if isinstance(c, Enrol) and c.id == "Bob"]
    assert (bob.sponsor_id, bob.sponsored_at, bob.placement) == ("Top", ms(BOB_MOVED), None)
    assert [c.id for c in commands if isinstance(c, Enrol) and c.sponsored_at] == ["Bob"]
    [amy] = [c for c in commands if isinstance(c, Enrol) and c.id == "Amy"]
    assert amy.placement == Explicit("Top", 1), "whoever never moved is bound to the sponsor's downline"
    assert Place("Bob", TakenOver("Amy", 1), ms(NOW)) in commands
    assert [c for c in commands if isinstance(c, PastMove)] == [
        PastMove("Bob", "sponsor", "Dan", 0, ms(BOB_CAME), ms(BOB_MOVED)),
        PastMove("Bob", "binary", "Top", 2, ms(BOB_CAME), ms(BOB_MOVED)),
        PastMove("Bob", "binary", "Amy", 2, ms(BOB_MOVED), ms(NOW)),
    ]
    since = [type(c).__name__ + (f" {c.id}" if isinstance(c, Order | Return) else "") for c in commands[-7:]]
    assert since == ["OpenPeriod", "Order O1", "Order O2", "Return R1", "ClosePeriod", "OpenPeriod", "Order O3"]
    months = [s.counts_in and s.counts_in["monthly"] for s in planned.commands[-7:]]
    assert months == [None, 202601, 202601, 202601, None, None, 202602]
    assert commands[-7] == OpenPeriod("monthly", 202601, "2026-01", OPEN[1].starts_at, OPEN[1].ends_at, "UTC")
    assert commands[-3] == ClosePeriod("monthly", 202601)
    keys = [s.key for s in planned.commands]
    assert {"import:move:binary:Bob:2", "import:period:2026-01", "import:close:2026-01"} <= set(keys)
    assert len(set(keys)) == len(keys)


DAN_CAME = "(Dan enrolled 2025-05-01T00:00:00.000Z)"
ENDED = "2025-06-01T00:00:00Z,2025-07-01T00:00:00Z"
WRONG: list[tuple[Kind, int, str, str, str]] = [
    ("periods", 0, "2026-01,", "2026-13,", "periods.csv:2 name: not a period of its calendar: '2026-13'"),
    ("periods", 1, "UTC", "Mars", "periods.csv:3 zone: unknown time zone: 'Mars'"),
    (
        "periods",
        0,
        "02-01",
        "02-02",
        "periods.csv:2 ends_at: not the period's: '2026-02-02T00:00:00Z' (the period's in",
    ),
    ("periods", 1, "2026-02", "2026-03", "periods.csv:3 name: does not follow the one before: '2026-03'"),
    ("periods", 1, FEBRUARY, JANUARY, "periods.csv:3 name: id stands twice"),
    ("periods", 1, "open", "shut", "periods.csv:3 state: not one of the allowed words"),
    (
        "periods",
        0,
        "closed",
        "open",
        "orders.csv:5 period: cannot count in that period: '2026-02' (it is of 2026-01, and",
    ),
    ("moves", 0, "sponsor", "trinary", "moves.csv:2 tree: not one of the allowed words"),
    ("moves", 0, ",,", ",left,", "moves.csv:2 slot: no slot of that tree"),
    ("moves", 1, "right", "", "moves.csv:3 slot: empty"),
    ("moves", 0, "Dan", "Zed", "moves.csv:2 parent: unknown parent: 'Zed'"),
    ("moves", 0, "Dan", "Bob", "moves.csv:2 parent: cycle of sponsors: 'Bob'"),
    ("moves", 0, "2025-09", "2025-01", "moves.csv:2 valid_to: ends before it begins"),
    ("moves", 0, "2025-02-28", "2025-03-28", "moves.csv:2 valid_from: does not join what was before or after"),
    ("moves", 1, "2025-09", "2025-10", "moves.csv:4 valid_from: does not join what was before or after"),
    ("moves", 3, "", f"sponsor,Top,Amy,,{ENDED}", "moves.csv:5 distributor: has no sponsor, so tops its own tree"),
    ("moves", 0, "Dan", "Eve", "moves.csv:2 parent: parent enrolled later: 'Eve' (Eve enrolled 2025-05-01"),
    ("moves", 1, "Top,right", "Eve,right", "moves.csv:3 parent: parent enrolled later: 'Eve' (Eve enrolled 2025-05-01"),
    ("moves", 1, BOB_CAME, "2025-02-28T21:59:59Z", "moves.csv:3 valid_from: before the enrolment: '2025-02-28T21:59"),
    (
        "distributors",
        2,
        "Bob,Bob,Top",
        "Bob,Bob,Ida",
        "distributors.csv:4 sponsor: sponsor enrolled later: 'Ida' (Ida enrolled 2025-10-01",
    ),
    ("placements", 0, "", f"Bob,Amy,1,{BOB_MOVED}", "moves.csv:4 valid_to: does not join what was before or after"),
    ("orders", 3, ",2026-02", ",2026-05", "orders.csv:5 period: unknown period: '2026-05'"),
    (
        "orders",
        3,
        "01-31T00:00:00Z,20,20,2026-02",
        "02-02T00:00:00Z,20,20,2026-01",
        "orders.csv:5 period: cannot count in",
    ),
]


@pytest.mark.parametrize(("kind", "row", "old", "new", "told"), WRONG)
def test_each_fault_is_told_and_nothing_beside_it(
    tmp_path: Path, kind: Kind, row: int, old: str, new: str, told: str
) -> None:
    files = history()
    if kind == "placements":
        files[kind] = [new, "Amy,Top,left,", "Cat,Top,2,"]
    elif row == len(files[kind]):
        files[kind].append(new)
    else:
        assert old in files[kind][row]
        files[kind][row] = files[kind][row].replace(old, new)
    [line] = bad_lines(write(tmp_path / "in", files), Stored())
    assert line.startswith(told)


@pytest.mark.parametrize("kind", ["placements", "matrix_placements"])
def test_nobody_is_placed_before_they_enrolled_or_below_somebody_who_enrolled_later(tmp_path: Path, kind: Kind) -> None:
    files: Files = {**COMPANY, "settings": ["matrix_width,3", "matrix_depth,9"], kind: ["Cat,Top,2,"]}
    files[kind] += ["Bob,Cat,1,2025-03-31T23:59:59.999Z", "Dan,Bob,1,2025-04-30T23:59:59.999Z"]
    assert bad_lines(write(tmp_path / "in", files), EMPTY) == [
        f"{kind}.csv:3 parent: parent enrolled later: 'Cat' (Cat enrolled 2025-04-01T00:00:00.123Z)",
        f"{kind}.csv:4 placed_at: before the enrolment: '2025-04-30T23:59:59.999Z' {DAN_CAME}",
    ]
    files[kind] = ["Cat,Top,2,", "Bob,Cat,1,2025-04-01T00:00:00.123Z", "Dan,Bob,1,2025-05-01T00:00:00Z"]
    assert bad_lines(write(tmp_path / "sound", files), EMPTY) == []


def test_the_row_of_months(tmp_path: Path) -> None:
    rows = ["monthly,2026-01,UTC,open,,", "monthly,2026-02,UTC,closed,,"]
    rows += ["monthly,2026-03,UTC,open,,", "monthly,2026-04,UTC,open,,"]
    assert bad_lines(write(tmp_path / "in", {"periods": rows}), Stored()) == [
        "periods.csv:3 state: closed while an earlier one is open: 'closed'",
        "periods.csv:5 state: more than two open periods: 'open'",
    ]
    rows = ["monthly,2026-03,UTC,closed,,"]
    assert bad_lines(write(tmp_path / "running", {"periods": rows}), Stored()) == [
        "periods.csv:2 state: closed before its end: 'closed' (it runs until 2026-04-01T00:00:00.000Z)"
    ]


@pytest.mark.parametrize(
    ("until", "wrong"),
    [
        (BOB_MOVED, ["cycle of placements: 'Bob' (from 2025-09-01T00:00:00.000Z on: Amy → Bob → Amy)"]),
        (NEAR, ["cycle of placements: 'Bob' (from 2025-10-01T23:59:59.999Z on: Amy → Bob → Amy)"]),
        ("2025-10-02T00:00:00Z", []),
    ],
)
def test_nobody_ever_stood_below_themself(tmp_path: Path, until: str, wrong: list[str]) -> None:
    """Bob stood below Amy and she below him: pay of a month that ended then would never reach a top."""
    files = history(
        placements=["Amy,Top,left", "Bob,Top,right"],
        moves=[
            f"binary,Bob,Amy,right,{BOB_MOVED},2025-10-02T00:00:00Z",
            f"binary,Amy,Bob,left,{until},2025-10-03T00:00:00Z",
        ],
    )
    told = bad_lines(write(tmp_path / "in", files), Stored())
    assert [line.partition(": ")[2] for line in told] == wrong


def test_history_comes_with_the_person(tmp_path: Path) -> None:
    """Of somebody who is stored, rows of moves that are stored too are unchanged, and others refused."""
    top = StoredDistributor("Top", "", ms("2025-01-01T00:00:00Z"), "active", "Top", "", "")
    bob = StoredDistributor(
        "Bob", "Top", ms(BOB_CAME), "active", "Bob", "", "", binary=StoredPlace("Top", 1, ms(BOB_MOVED))
    )
    stored = replace(EMPTY, distributors={"Top": top, "Bob": bob})
    row = f"binary,Bob,Top,right,{BOB_CAME},{BOB_MOVED}"
    folder = write(tmp_path / "in", {"moves": [row]})
    past = ("binary", "Bob", "Top", 2, ms(BOB_CAME), ms(BOB_MOVED))
    planned = plan(folder, replace(stored, past=frozenset([past])))
    assert (planned.bad_lines, planned.commands, planned.files[0].unchanged) == ((), [], 1)
    [line] = bad_lines(folder, stored)
    assert line == "moves.csv:2 distributor: moves of a stored person go through the API: 'Bob'"


def test_stored_months(tmp_path: Path) -> None:
    """A stored month is unchanged or refused; a new one comes after those stored."""
    rows: Files = {"periods": ["monthly,2026-01,UTC,open,,", "monthly,2026-02,UTC,open,,"]}
    planned = plan(write(tmp_path / "in", rows), EMPTY)
    assert planned.bad_lines == ()
    assert [type(s.command) for s in planned.commands] == [OpenPeriod]
    rows["periods"] = ["monthly,2026-01,UTC,closed,,", "monthly,2025-11,UTC,closed,,"]
    told = bad_lines(write(tmp_path / "in", rows), EMPTY)
    assert told[0] == "periods.csv:2 state: stored with other values: 'closed' (stored: open)"
    assert told[1].startswith("periods.csv:3 name: does not follow the one before: '2025-11'")
    march = StoredPeriod(202602, "UTC", OPEN[1].ends_at, ms("2026-03-01T00:00:00Z"), True)
    third: Files = {"periods": ["monthly,2026-03,UTC,open,,"]}
    [line] = bad_lines(write(tmp_path / "third", third), Stored(periods=(*OPEN, march)))
    assert line == "periods.csv:2 state: more than two open periods: 'open'"


def test_places_that_overlap_by_the_skew_of_two_clocks_are_refused(tmp_path: Path) -> None:
    """A place that ends before it began is one that nobody ever stood in; only the first one can, by who entered it."""
    late, early = "2025-09-01T00:04:00Z", "2025-09-01T00:01:00Z"
    between = [f"binary,Bob,Top,right,{BOB_CAME},{late}", f"binary,Bob,Dan,right,{late},{early}"]
    planned = plan(write(tmp_path / "in", history(moves=[*between, f"binary,Bob,Amy,right,{early},{NOW}"])), Stored())
    assert "moves.csv:2 valid_from: does not join" in "\n".join(map(str, planned.bad_lines))
    first = [f"binary,Bob,Dan,right,{late},{early}", f"binary,Bob,Amy,right,{early},{NOW}"]
    assert plan(write(tmp_path / "first", history(moves=[MOVES[0], *first])), Stored()).bad_lines == ()

"""Each kind of bad line is told with file, line, column, reason and what was observed, and nothing else is."""

from pathlib import Path

import pytest

from app.imports.models import Kind
from tests.unit.imports.directories import bad_lines, company, plan, write

DAN_CAME, C1_CAME = "(Dan enrolled 2025-05-01T00:00:00.000Z)", "(registered 2025-06-01T00:00:00.000Z)"
SUCH_AS = "such as 2026-01-31T23:59:59Z"
BAD_LINES: list[tuple[str, Kind, str, list[str]]] = [
    ("empty id", "distributors", ",Fay,Top,2025-06-01T00:00:00Z,,,,", ["distributors.csv:7 id: empty: ''"]),
    ("empty name", "distributors", "Fay,,Top,2025-06-01T00:00:00Z,,,,", ["distributors.csv:7 name: empty: ''"]),
    (
        "id too long",
        "customers",
        f"{'x' * 65},Fay,Top,2025-06-01T00:00:00Z",
        [f"customers.csv:3 id: too long: '{'x' * 65}' (65 characters, 64 are allowed)"],
    ),
    (
        "control character",
        "customers",
        "C\x072,Fay,Top,2025-06-01T00:00:00Z",
        [r"customers.csv:3 id: control or invisible character: 'C\x072'"],
    ),
    (
        "invisible character",
        "customers",
        "C\u200b2,Fay,Top,2025-06-01T00:00:00Z",
        [r"customers.csv:3 id: control or invisible character: 'C\u200b2'"],
    ),
    (
        "outer space",
        "customers",
        "C2 ,Fay,Top,2025-06-01T00:00:00Z",
        ["customers.csv:3 id: space at the beginning or end: 'C2 '"],
    ),
    (
        "id twice",
        "distributors",
        "Bob,Bob,Top,2025-03-01T00:00:00+02:00,suspended,Amy,,",
        ["distributors.csv:7 id: id stands twice: 'Bob' (first on line 4)"],
    ),
    (
        "customer id twice",
        "customers",
        "C1,Eve,Amy,2025-06-01T00:00:00Z",
        ["customers.csv:3 id: id stands twice: 'C1' (first on line 2)"],
    ),
    (
        "order number twice, once on a return",
        "orders",
        "R1,Bob,distributor,order,,2026-01-10T00:00:00Z,1,1",
        ["orders.csv:5 id: id stands twice: 'R1' (first on line 4)"],
    ),
    (
        "unknown sponsor",
        "distributors",
        "Fay,Fay,Zed,2025-06-01T00:00:00Z,,,,",
        ["distributors.csv:7 sponsor: unknown sponsor: 'Zed'"],
    ),
    (
        "sponsor enrolled later",
        "distributors",
        "Fay,Fay,Dan,2025-04-30T23:59:59.999Z,,,,",
        ["distributors.csv:7 sponsor: sponsor enrolled later: 'Dan' (Dan enrolled 2025-05-01T00:00:00.000Z)"],
    ),
    (
        "registered before the distributor enrolled",
        "customers",
        "C2,Fay,Dan,2025-04-30T23:54:59.999Z",
        [
            f"customers.csv:3 registered_at: before the enrolment: '2025-04-30T23:54:59.999Z' {DAN_CAME}",
        ],
    ),
    (
        "ordered before the buyer enrolled",
        "orders",
        "O9,Dan,distributor,order,,2025-04-30T23:54:59.999Z,1,1",
        [
            f"orders.csv:5 placed_at: before the enrolment: '2025-04-30T23:54:59.999Z' {DAN_CAME}",
        ],
    ),
    (
        "ordered before the customer was registered",
        "orders",
        "O9,C1,customer,order,,2025-05-31T23:54:59.999Z,1,1",
        [
            f"orders.csv:5 placed_at: before the registration: '2025-05-31T23:54:59.999Z' {C1_CAME}",
        ],
    ),
    (
        "own sponsor",
        "distributors",
        "Fay,Fay,Fay,2025-06-01T00:00:00Z,,,,",
        ["distributors.csv:7 sponsor: cycle of sponsors: 'Fay' (Fay → Fay)"],
    ),
    (
        "unknown status",
        "distributors",
        "Fay,Fay,Top,2025-06-01T00:00:00Z,asleep,,,",
        ["distributors.csv:7 status: not one of the allowed words: 'asleep' (one of active, suspended, terminated)"],
    ),
    (
        "no zone",
        "distributors",
        "Fay,Fay,Top,2025-06-01T00:00:00,,,,",
        [
            f"distributors.csv:7 enrolled_at: not an instant with a zone: '2025-06-01T00:00:00' ({SUCH_AS})",
        ],
    ),
    (
        "no such day",
        "distributors",
        "Fay,Fay,Top,2025-02-29T00:00:00Z,,,,",
        [
            f"distributors.csv:7 enrolled_at: not an instant with a zone: '2025-02-29T00:00:00Z' ({SUCH_AS})",
        ],
    ),
    ("no date", "distributors", "Fay,Fay,Top,,,,,", ["distributors.csv:7 enrolled_at: empty: ''"]),
    (
        "in the future",
        "distributors",
        "Fay,Fay,Top,2026-03-02T00:00:00Z,,,,",
        ["distributors.csv:7 enrolled_at: in the future: '2026-03-02T00:00:00Z' (it is 2026-03-01T00:00:00.000Z)"],
    ),
    (
        "too few values",
        "distributors",
        "Fay,Fay,Top",
        ["distributors.csv:7: wrong number of values: 'Fay,Fay,Top' (3 values, the header has 8)"],
    ),
    (
        "unknown person placed",
        "placements",
        "Zed,Amy,right",
        ["placements.csv:5 distributor: unknown distributor: 'Zed'"],
    ),
    ("unknown parent", "placements", "Dan,Zed,right", ["placements.csv:5 parent: unknown parent: 'Zed'"]),
    (
        "unknown slot",
        "placements",
        "Dan,Bob,middle",
        ["placements.csv:5 slot: not one of the allowed words: 'middle' (one of left, right, 1, 2)"],
    ),
    (
        "placed twice",
        "placements",
        "Bob,Amy,right",
        ["placements.csv:5 distributor: placed twice: 'Bob' (first on line 3)"],
    ),
    (
        "two in one slot",
        "placements",
        "Dan,Amy,left",
        ["placements.csv:5 slot: slot is taken: 'left' (line 3 puts Bob there)"],
    ),
    (
        "the top placed",
        "placements",
        "Top,Bob,left",
        ["placements.csv:5 distributor: has no sponsor, so tops its own tree: 'Top'"],
    ),
    (
        "outside the sponsor's tree",
        "placements",
        "Dan,Cat,left",
        ["placements.csv:5 parent: not below the sponsor: 'Cat' (sponsored by Bob)"],
    ),
    (
        "customer of nobody",
        "customers",
        "C2,Fay,Zed,2025-06-01T00:00:00Z",
        ["customers.csv:3 distributor: unknown distributor: 'Zed'"],
    ),
    (
        "unknown distributor buys",
        "orders",
        "O3,C1,distributor,order,,2026-01-10T00:00:00Z,1,1",
        ["orders.csv:5 buyer: unknown buyer: 'C1' (no such distributor)"],
    ),
    (
        "unknown customer buys",
        "orders",
        "O3,Bob,customer,order,,2026-01-10T00:00:00Z,1,1",
        ["orders.csv:5 buyer: unknown buyer: 'Bob' (no such customer)"],
    ),
    (
        "order without buyer",
        "orders",
        "O3,,,order,,2026-01-10T00:00:00Z,1,1",
        ["orders.csv:5 buyer: empty: ''", "orders.csv:5 buyer_kind: empty: ''"],
    ),
    (
        "negative volume",
        "orders",
        "O3,Bob,distributor,order,,2026-01-10T00:00:00Z,-1.00,1",
        ["orders.csv:5 pv: negative: '-1.00'"],
    ),
    (
        "three decimals",
        "orders",
        "O3,Bob,distributor,order,,2026-01-10T00:00:00Z,1,1.005",
        ["orders.csv:5 cv: not an amount with at most two decimals: '1.005' (such as 12.34)"],
    ),
    (
        "amount with an exponent",
        "orders",
        "O3,Bob,distributor,order,,2026-01-10T00:00:00Z,1e3,1",
        ["orders.csv:5 pv: not an amount with at most two decimals: '1e3' (such as 12.34)"],
    ),
    (
        "too large",
        "orders",
        "O3,Bob,distributor,order,,2026-01-10T00:00:00Z,10000000000.01,99999999999999999999",
        [
            "orders.csv:5 pv: too large: '10000000000.01' (10000000000.00 at most)",
            "orders.csv:5 cv: too large: '99999999999999999999' (10000000000.00 at most)",
        ],
    ),
    ("amount left out", "orders", "O3,Bob,distributor,order,,2026-01-10T00:00:00Z,,1", ["orders.csv:5 pv: empty: ''"]),
    (
        "order that says what it returns",
        "orders",
        "O3,Bob,distributor,order,O1,2026-01-10T00:00:00Z,1,1",
        ["orders.csv:5 return_of: only a return has it: 'O1'"],
    ),
    (
        "unknown kind",
        "orders",
        "O3,Bob,distributor,gift,,2026-01-10T00:00:00Z,1,1",
        ["orders.csv:5 kind: not one of the allowed words: 'gift' (one of order, return)"],
    ),
    (
        "return of an unknown order",
        "orders",
        "R2,,,return,O9,2026-01-12T00:00:00Z,,",
        ["orders.csv:5 return_of: unknown order: 'O9'"],
    ),
    ("return of nothing", "orders", "R2,,,return,,2026-01-12T00:00:00Z,,", ["orders.csv:5 return_of: empty: ''"]),
    (
        "return of a return",
        "orders",
        "R2,,,return,R1,2026-01-12T00:00:00Z,,",
        ["orders.csv:5 return_of: unknown order: 'R1' (it is a return itself)"],
    ),
    (
        "returned twice",
        "orders",
        "R2,,,return,O1,2026-01-13T00:00:00Z,,",
        ["orders.csv:5 return_of: returned twice: 'O1' (first on line 4)"],
    ),
    (
        "return before its order",
        "orders",
        "R2,,,return,O2,2026-01-10T23:54:59Z,,",
        ["orders.csv:5 placed_at: return before its order: '2026-01-10T23:54:59Z' (ordered 2026-01-11T00:00:00.000Z)"],
    ),
    (
        "return of another amount by another buyer",
        "orders",
        "R2,Bob,distributor,return,O2,2026-01-12T00:00:00Z,0.02,0",
        [
            "orders.csv:5 buyer: differs from the order returned: 'Bob' (ordered: 'C1')",
            "orders.csv:5 buyer_kind: differs from the order returned: 'distributor' (ordered: 'customer')",
            "orders.csv:5 pv: differs from the order returned: '0.02' (ordered: 0.01)",
        ],
    ),
    (
        "no period",
        "orders",
        "O3,Bob,distributor,order,,2026-02-01T00:00:00Z,1,1",
        ["orders.csv:5 placed_at: no open period: '2026-02-01T00:00:00Z' (no monthly period contains it; open one)"],
    ),
    ("closed period with an open one after it", "orders", "O3,Bob,distributor,order,,2025-12-31T23:59:59Z,1,1", []),
]


@pytest.mark.parametrize(("kind", "row", "expected"), [case[1:] for case in BAD_LINES], ids=[c[0] for c in BAD_LINES])
def test_bad_line(tmp_path: Path, kind: Kind, row: str, expected: list[str]) -> None:
    assert bad_lines(write(tmp_path / "in", company(**{kind: [row]}))) == expected


def test_what_is_sold_may_be_dated_by_another_clock_than_the_enrolment(tmp_path: Path) -> None:
    """Five minutes before Dan enrolled, and before the order that comes back."""
    files = company(
        customers=["C2,Fay,Dan,2025-04-30T23:55:00Z"],
        orders=["O9,Dan,distributor,order,,2025-04-30T23:55:00Z,1,1", "R2,,,return,O2,2026-01-10T23:55:00Z,,"],
    )
    assert [line for line in bad_lines(write(tmp_path / "in", files)) if "before" in line] == []


def test_a_place_below_somebody_without_one_is_refused_where_it_stands(tmp_path: Path) -> None:
    files = company(distributors=["Fay,Fay,Dan,2025-06-01T00:00:00Z,,,,"], placements=["Fay,Dan,left"])
    assert bad_lines(write(tmp_path / "in", files)) == ["placements.csv:5 parent: parent has no place: 'Dan'"]


def test_recruits_of_a_sponsor_without_a_place_may_stand_anywhere(tmp_path: Path) -> None:
    files = company(distributors=["Fay,Fay,Dan,2025-06-01T00:00:00Z,,,,"], placements=["Fay,Cat,left"])
    assert bad_lines(write(tmp_path / "in", files)) == []


def test_children_of_a_bad_placement_are_not_blamed_for_it(tmp_path: Path) -> None:
    files = company(placements=["Dan,Bob,left"])
    files["placements"][1] = "Bob,Amy,nowhere"
    assert bad_lines(write(tmp_path / "in", files)) == [
        "placements.csv:3 slot: not one of the allowed words: 'nowhere' (one of left, right, 1, 2)"
    ]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("distributor,parent", ["placements.csv:1 slot: column is missing: 'slot'"]),
        ("distributor,parent,slot,note", ["placements.csv:1 note: unknown column: 'note'"]),
        ("distributor,parent,slot,slot", ["placements.csv:1 slot: column stands twice: 'slot'"]),
        ("", [f"placements.csv:1 {c}: column is missing: '{c}'" for c in ("distributor", "parent", "slot")]),
    ],
)
def test_wrong_columns(tmp_path: Path, header: str, expected: list[str]) -> None:
    directory = write(tmp_path / "in", company())
    (directory / "placements.csv").write_text(header + "\n" if header else "")
    told = [f"{line} (the columns are distributor, parent, slot, placed_at (may be left out))" for line in expected]
    assert bad_lines(directory) == told


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    directory = write(tmp_path / "in", company())
    with (directory / "customers.csv").open("ab") as file:
        file.write(b"C2,M\xfcller,Amy,2025-06-01T00:00:00Z\n")
    assert bad_lines(directory) == ["customers.csv:3 name: not UTF-8: 'M\ufffdller' (save the file as UTF-8)"]


def test_a_cycle_names_its_members_from_its_first_line_on(tmp_path: Path) -> None:
    rows = [f"P{n},P,P{(n + 1) % 10},2025-06-01T00:00:00Z,,,," for n in range(10)]
    below = ["Q,Q,P3,2025-06-01T00:00:00Z,,,,"]
    assert bad_lines(write(tmp_path / "in", company(distributors=rows + below))) == [
        "distributors.csv:7 sponsor: cycle of sponsors: 'P1' (P0 → P1 → P2 → P3 → P4 → P5 → P6 → P7 → … 2 more → P0)"
    ]


def test_a_cycle_of_placements(tmp_path: Path) -> None:
    files = company(placements=["Dan,Bob,left"])
    files["placements"][1] = "Bob,Dan,left"
    assert bad_lines(write(tmp_path / "in", files)) == [
        "placements.csv:3 parent: cycle of placements: 'Dan' (Bob → Dan → Bob)"
    ]


def test_every_fault_is_found_in_one_go_and_told_in_the_order_of_the_files(tmp_path: Path) -> None:
    files = company(
        orders=["O3,Zed,distributor,order,,yesterday,-1,x"],
        customers=[",,,"],
        placements=["Zed,Zed,left"],
        distributors=["Fay,Fay,Zed,2025-06-01,dead,,,"],
    )
    planned = plan(write(tmp_path / "in", files))
    assert [(line.file, line.line, line.column) for line in planned.bad_lines] == [
        ("distributors.csv", 7, "sponsor"),
        ("distributors.csv", 7, "enrolled_at"),
        ("distributors.csv", 7, "status"),
        ("placements.csv", 5, "distributor"),
        ("placements.csv", 5, "parent"),
        ("orders.csv", 5, "buyer"),
        ("orders.csv", 5, "placed_at"),
        ("orders.csv", 5, "pv"),
        ("orders.csv", 5, "cv"),
    ]
    assert planned.commands == []
    assert [(f.file, f.rows, f.new, f.unchanged, f.bad) for f in planned.files] == [
        ("distributors.csv", 6, 5, 0, 1),
        ("placements.csv", 4, 3, 0, 1),
        ("customers.csv", 1, 1, 0, 0),
        ("orders.csv", 4, 3, 0, 1),
    ]


def test_the_first_thousand_are_told_and_the_rest_counted(tmp_path: Path) -> None:
    rows = [f"C{n},Eve,Zed,2025-06-01T00:00:00Z" for n in range(2, 1300)]
    orders = ["O3,Bob,distributor,order,,2026-01-10T00:00:00Z,-1,1"]
    planned = plan(write(tmp_path / "in", company(customers=rows, orders=orders)))
    assert len(planned.bad_lines) == 1000
    assert [line.line for line in planned.bad_lines] == list(range(3, 1003))
    assert dict(planned.bad_counts) == {"unknown distributor": 1298, "negative": 1}

"""Imports against a stored company: every bad line is named, and a refused import leaves the graph as it was."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import neo4j
import pytest

from app.facts.errors import BatchRefusedError
from app.facts.verify import verify_chain
from app.graph import GraphDatabase
from app.imports.models import MAX_BAD_LINES, ImportReport, Kind
from app.imports.report import lines_of
from tests.component.imports.conftest import Import
from tests.component.imports.whole_graph import counts, image
from tests.unit.imports.directories import COMPANY, write

pytestmark = pytest.mark.anyio

OTHER = "stored with other values"
DAN_CAME, C1_CAME = "(Dan enrolled 2025-05-01T00:00:00.000Z)", "(registered 2025-06-01T00:00:00.000Z)"
SUCH_AS = "such as 2026-01-31T23:59:59Z"


@dataclass(frozen=True)
class Case:
    """Rows that are refused beside the stored company, and what is said about them."""

    name: str
    expected: list[str]
    distributors: list[str] = field(default_factory=list)
    placements: list[str] = field(default_factory=list)
    customers: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)

    @property
    def files(self) -> dict[Kind, list[str]]:
        return {
            "distributors": self.distributors,
            "placements": self.placements,
            "customers": self.customers,
            "orders": self.orders,
        }


FAY = "Fay,Fay,Bob,2025-06-01T00:00:00Z,,,,"
CASES = [
    Case("missing id", ["distributors.csv:2 id: empty: ''"], distributors=[",Fay,Top,2025-06-01T00:00:00Z,,,,"]),
    Case(
        "unknown sponsor, bad date",
        [
            "distributors.csv:2 sponsor: unknown sponsor: 'Zed'",
            f"distributors.csv:2 enrolled_at: not an instant with a zone: '2025-02-30T00:00:00Z' ({SUCH_AS})",
        ],
        distributors=["Fay,Fay,Zed,2025-02-30T00:00:00Z,,,,"],
    ),
    Case(
        "a stored sponsor who enrolled later",
        ["distributors.csv:2 sponsor: sponsor enrolled later: 'Dan' (Dan enrolled 2025-05-01T00:00:00.000Z)"],
        distributors=["Fay,Fay,Dan,2025-04-30T00:00:00Z,,,,"],
    ),
    Case(
        "an id twice in one input, equal to the stored one",
        ["distributors.csv:3 id: id stands twice: 'Dan' (first on line 2)"],
        distributors=[COMPANY["distributors"][4], COMPANY["distributors"][4]],
    ),
    Case(
        "a person stored with other values",
        [
            f"distributors.csv:2 name: {OTHER}: 'Dana' (stored: 'Dan')",
            f"distributors.csv:2 sponsor: {OTHER}: 'Cat' (stored: 'Bob')",
            f"distributors.csv:2 enrolled_at: {OTHER}: '2025-05-01T00:00:00.001Z' (stored: 2025-05-01T00:00:00.000Z)",
            f"distributors.csv:2 status: {OTHER}: 'suspended' (stored: 'active')",
            f"distributors.csv:2 owner: {OTHER}: 'Amy' (stored: 'Dan')",
            f"distributors.csv:2 region: {OTHER}: 'BR' (stored: '')",
            f"distributors.csv:2 title: {OTHER}: 'Gold' (stored: '')",
        ],
        distributors=["Dan,Dana,Cat,2025-05-01T00:00:00.001Z,suspended,Amy,BR,Gold"],
    ),
    Case(
        "a stored person sponsored by their own newcomer",
        [f"distributors.csv:3 sponsor: {OTHER}: 'Fay' (stored: 'Bob')"],
        distributors=["Fay,Fay,Dan,2025-06-01T00:00:00Z,,,,", "Dan,Dan,Fay,2025-05-01T00:00:00Z,active,,,"],
    ),
    Case(
        "a slot that a stored person holds",
        [
            "placements.csv:2 slot: slot is taken: 'left' (stored: Bob stands there)",
            "placements.csv:3 slot: slot is taken: '2' (stored: Cat stands there)",
        ],
        distributors=["Fay,Fay,Top,2025-06-01T00:00:00Z,,,,"],
        placements=["Dan,Amy,left", "Fay,Top,2"],
    ),
    Case(
        "two newcomers for one slot below a stored person",
        ["placements.csv:3 slot: slot is taken: 'right' (line 2 puts Dan there)"],
        distributors=[FAY],
        placements=["Dan,Bob,right", "Fay,Bob,right"],
    ),
    Case(
        "another place than the stored one",
        [
            f"placements.csv:2 parent: {OTHER}: 'Cat' (stored: 'Amy')",
            f"placements.csv:2 slot: {OTHER}: 'right' (stored: left)",
        ],
        placements=["Bob,Cat,right"],
    ),
    Case(
        "a cycle through a stored person",
        ["placements.csv:2 parent: cycle of placements: 'Fay' (Dan → Fay → Dan)"],
        distributors=[FAY],
        placements=["Dan,Fay,left", "Fay,Dan,left"],
    ),
    Case(
        "the stored top below somebody",
        ["placements.csv:2 distributor: has no sponsor, so tops its own tree: 'Top'"],
        placements=["Top,Bob,left"],
    ),
    Case(
        "not below the stored sponsor",
        ["placements.csv:2 parent: not below the sponsor: 'Cat' (sponsored by Bob)"],
        placements=["Dan,Cat,left"],
    ),
    Case(
        "below a stored person without a place",
        ["placements.csv:2 parent: parent has no place: 'Dan'"],
        distributors=["Fay,Fay,Dan,2025-06-01T00:00:00Z,,,,"],
        placements=["Fay,Dan,left"],
    ),
    Case(
        "a customer stored with another seller",
        [f"customers.csv:2 distributor: {OTHER}: 'Bob' (stored: 'Amy')"],
        customers=["C1,Eve,Bob,2025-06-01T00:00:00Z"],
    ),
    Case(
        "an order stored with other values",
        [
            f"orders.csv:2 buyer: {OTHER}: 'Cat' (stored: 'Bob')",
            f"orders.csv:2 placed_at: {OTHER}: '2026-01-10T00:00:00.001Z' (stored: 2026-01-10T00:00:00.000Z)",
            f"orders.csv:2 pv: {OTHER}: '10.01' (stored: 10.00)",
            f"orders.csv:2 cv: {OTHER}: '8.05' (stored: 8.50)",
        ],
        orders=["O1,Cat,distributor,order,,2026-01-10T00:00:00.001Z,10.01,8.05"],
    ),
    Case(
        "negative volume, an unknown buyer, a month that is not open",
        [
            "orders.csv:2 pv: negative: '-5'",
            "orders.csv:3 buyer: unknown buyer: 'Zed' (no such distributor)",
            "orders.csv:4 placed_at: no open period: '2026-02-01T00:00:00Z' (no monthly period contains it; open one)",
        ],
        orders=[
            "O7,Bob,distributor,order,,2026-01-10T00:00:00Z,-5,1",
            "O8,Zed,distributor,order,,2026-01-10T00:00:00Z,5,1",
            "O9,Bob,distributor,order,,2026-02-01T00:00:00Z,5,1",
        ],
    ),
    Case(
        "dates before stored people and customers were there",
        [
            f"placements.csv:2 placed_at: before the enrolment: '2025-04-30T00:00:00Z' {DAN_CAME}",
            f"customers.csv:2 registered_at: before the enrolment: '2025-04-30T00:00:00Z' {DAN_CAME}",
            f"orders.csv:2 placed_at: before the enrolment: '2025-04-30T00:00:00Z' {DAN_CAME}",
            f"orders.csv:3 placed_at: before the registration: '2025-05-31T00:00:00Z' {C1_CAME}",
        ],
        placements=["Dan,Bob,left,2025-04-30T00:00:00Z"],
        customers=["C2,Fay,Dan,2025-04-30T00:00:00Z"],
        orders=[
            "O7,Dan,distributor,order,,2025-04-30T00:00:00Z,1,1",
            "O8,C1,customer,order,,2025-05-31T00:00:00Z,1,1",
        ],
    ),
    Case(
        "returns of stored orders",
        [
            "orders.csv:2 return_of: returned twice: 'O1' (stored: R1)",
            "orders.csv:3 placed_at: return before its order: '2026-01-10T23:54Z' (ordered 2026-01-11T00:00:00.000Z)",
            "orders.csv:3 pv: differs from the order returned: '0.02' (ordered: 0.01)",
            "orders.csv:4 return_of: unknown order: 'R1' (it is a return itself)",
        ],
        orders=[
            "R7,,,return,O1,2026-01-12T00:00:00Z,,",
            "R8,,,return,O2,2026-01-10T23:54Z,0.02,",
            "R9,,,return,R1,2026-01-12T00:00:00Z,,",
        ],
    ),
]


@pytest.fixture
async def stored_company(import_directory: Import, tmp_path: Path) -> Import:
    """The importer of a graph that holds the company of tests/unit/imports."""
    report = await import_directory(write(tmp_path / "company", COMPANY))
    assert report.imported
    return import_directory


async def test_every_fault_against_stored_data_is_named_and_changes_nothing(
    stored_company: Import, driver: neo4j.Driver, tmp_path: Path
) -> None:
    before = image(driver)
    good_row = "C9,Gil,Amy,2025-07-01T00:00:00Z"
    for number, case in enumerate(CASES):
        files = {**case.files, "customers": [*case.customers, good_row]}
        report = await stored_company(write(tmp_path / str(number), files))
        assert [str(line) for line in report.bad_lines] == case.expected, case.name
        assert (report.imported, report.last_seq) == (False, None), case.name
        assert image(driver) == before, f"{case.name}: a refused import changed the graph"


async def test_a_thousand_bad_lines_are_told_and_the_rest_is_counted(
    stored_company: Import, driver: neo4j.Driver, tmp_path: Path
) -> None:
    before = image(driver)
    rows = [f"N{number},Name,Zed,2025-06-01T00:00:00Z,,,," for number in range(1_200)]
    report = await stored_company(write(tmp_path / "in", {"distributors": rows, "placements": ["N0,N1,middle"]}))
    told = list(lines_of(report))
    assert told[1].split() == ["distributors.csv", "1,200", "0", "0", "1,200"]
    assert told[3] == "distributors.csv:2 sponsor: unknown sponsor: 'Zed'"
    assert told[3 + MAX_BAD_LINES - 1] == f"distributors.csv:{MAX_BAD_LINES + 1} sponsor: unknown sponsor: 'Zed'"
    assert told[3 + MAX_BAD_LINES :] == [
        "and 201 more; all 1,201 by reason:",
        "     1,200  unknown sponsor",
        "         1  not one of the allowed words",
        "1,201 faults: nothing was written. Correct the files and import again.",
    ]
    assert image(driver) == before


async def test_the_same_rows_again_are_unchanged_in_any_order_and_way_of_writing(
    stored_company: Import, driver: neo4j.Driver, tmp_path: Path
) -> None:
    before = image(driver)
    files = {kind: rows[::-1] for kind, rows in COMPANY.items()}
    files["distributors"][2] = "Bob,Bob,Top,2025-02-28T22:00:00.0004Z,suspended,Amy,,"
    files["orders"][2] = "O1,Bob,distributor,order,,2026-01-10T01:00:00+01:00,10.00,8.500"
    report = await stored_company(write(tmp_path / "again", files))
    assert [(f.rows, f.new, f.unchanged, f.bad) for f in report.files] == [(n, 0, n, 0) for n in (5, 3, 1, 3)]
    assert (report.imported, report.last_seq) == (True, None)
    assert image(driver) == before


async def test_what_is_new_joins_what_is_stored(stored_company: Import, driver: neo4j.Driver, tmp_path: Path) -> None:
    case = Case(
        "new",
        [],
        distributors=[FAY, *COMPANY["distributors"]],
        placements=["Fay,Dan,right", "Dan,Bob,left"],
        orders=[COMPANY["orders"][0], "O3,Fay,distributor,order,,2026-01-10T00:00:00Z,5,1"],
    )
    report = await stored_company(write(tmp_path / "more", case.files))
    assert [(f.new, f.unchanged) for f in report.files] == [(1, 5), (2, 0), (0, 0), (1, 1)]
    now = counts(driver)
    assert {"people": 6, "distributors": 6, "customers": 1, "edges": 10}.items() <= now.items()
    assert report.last_seq == now["seq"] == now["facts"]


async def test_of_two_imports_at_once_that_contradict_each_other_one_is_written_whole(
    stored_company: Import, graph: GraphDatabase, driver: neo4j.Driver, tmp_path: Path
) -> None:
    """Both find the slot free when they look; Head lets one of them write."""
    rivals: list[dict[Kind, list[str]]] = [
        {"distributors": [FAY.replace("Fay", name)], "placements": [f"{name},Bob,left"]} for name in ("Fay", "Gil")
    ]
    folders = [write(tmp_path / str(number), files) for number, files in enumerate(rivals)]
    ends = await asyncio.gather(*map(stored_company, folders), return_exceptions=True)
    won = [end for end in ends if isinstance(end, ImportReport) and end.imported]
    assert len(won) == 1, ends
    lost = next(end for end in ends if end is not won[0])
    assert isinstance(lost, BatchRefusedError) or (isinstance(lost, ImportReport) and lost.bad_lines), lost
    assert {"people": 6, "distributors": 6, "customers": 1, "edges": 9}.items() <= counts(driver).items()
    assert (await verify_chain(graph)).intact

"""What a good input asks for, and how it compares with what is stored."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.facts.commands import Enrol, Explicit, Order, Place, Register, Return
from app.imports.forest import ancestors_at, cycles, depths
from app.imports.models import Kind, Stored, StoredCustomer, StoredDistributor, StoredOrder, StoredPlace, StoredTree
from tests.unit.imports.directories import EMPTY, OPEN, bad_lines, company, ms, plan, write

OTHER = "stored with other values"
STORED = Stored(
    distributors={
        "Top": StoredDistributor("Top", "", ms("2025-01-01T00:00:00Z"), "active", "Top", "", ""),
        "Amy": StoredDistributor(
            "Amy", "Top", ms("2025-02-01T00:00:00Z"), "active", "Amy", "DE", "Gold", binary=StoredPlace("Top", 1)
        ),
        "Bob": StoredDistributor(
            "Bob", "Top", ms("2025-02-28T22:00:00Z"), "suspended", "Amy", "", "", binary=StoredPlace("Amy", 1)
        ),
        "Cat": StoredDistributor(
            "Cat", "Top", ms("2025-04-01T00:00:00.123Z"), "terminated", "Cat", "", "", binary=StoredPlace("Top", 2)
        ),
        "Dan": StoredDistributor("Dan", "Bob", ms("2025-05-01T00:00:00Z"), "active", "Dan", "", ""),
    },
    customers={"C1": StoredCustomer("Eve", "Amy", ms("2025-06-01T00:00:00Z"))},
    orders={
        "O1": StoredOrder("Bob", "distributor", "", ms("2026-01-10T00:00:00Z"), 1000, 850, {"monthly": 202601}),
        "O2": StoredOrder("C1", "customer", "", ms("2026-01-11T00:00:00Z"), 1, 0, {"monthly": 202601}),
        "R1": StoredOrder("Bob", "distributor", "O1", ms("2026-01-12T00:00:00Z"), 1000, 850, {"monthly": 202601}),
    },
    returned={"O1": "R1"},
    binary=StoredTree(
        slots={("Top", 1): "Amy", ("Top", 2): "Cat", ("Amy", 1): "Bob"},
        parents={"Amy": "Top", "Bob": "Amy", "Cat": "Top"},
    ),
    periods=OPEN,
)


def test_the_commands_of_a_company(tmp_path: Path) -> None:
    files = company()
    files["distributors"].reverse()
    files["placements"].reverse()
    files["orders"].reverse()
    planned = plan(write(tmp_path / "in", files))
    assert planned.bad_lines == ()
    assert [s.command for s in planned.commands] == [
        Enrol("Top", None, "Top", "Top", ms("2025-01-01T00:00:00Z")),
        Enrol("Amy", "Top", "Amy", "Amy", ms("2025-02-01T00:00:00Z"), "active", "DE", "Gold", Explicit("Top", 1)),
        Enrol("Bob", "Top", "Bob", "Amy", ms("2025-02-28T22:00:00Z"), "suspended", placement=Explicit("Amy", 1)),
        Enrol("Cat", "Top", "Cat", "Cat", ms("2025-04-01T00:00:00.123Z"), "terminated", placement=Explicit("Top", 2)),
        Enrol("Dan", "Bob", "Dan", "Dan", ms("2025-05-01T00:00:00Z")),
        Register("C1", "Eve", "Amy", ms("2025-06-01T00:00:00Z")),
        Order("O1", "Bob", "distributor", ms("2026-01-10T00:00:00Z"), 1000, 850),
        Order("O2", "C1", "customer", ms("2026-01-11T00:00:00Z"), 1, 0),
        Return("R1", "O1", ms("2026-01-12T00:00:00Z")),
    ]
    assert [s.key for s in planned.commands][4:] == [
        "import:distributor:Dan",
        "import:customer:C1",
        "import:order:O1",
        "import:order:O2",
        "import:return:R1",
    ]


def test_rows_that_are_stored_with_equal_values_are_unchanged(tmp_path: Path) -> None:
    directory = write(tmp_path / "in", company(customers=["C2,Fay,Dan,2025-07-01T00:00:00Z"]))
    planned = plan(directory, STORED)
    assert planned.bad_lines == ()
    assert [s.key for s in planned.commands] == ["import:customer:C2"]
    assert [(f.file, f.rows, f.new, f.unchanged, f.bad) for f in planned.files] == [
        ("distributors.csv", 5, 0, 5, 0),
        ("placements.csv", 3, 0, 3, 0),
        ("customers.csv", 2, 1, 1, 0),
        ("orders.csv", 3, 0, 3, 0),
    ]


def test_rows_that_are_stored_with_other_values_name_both(tmp_path: Path) -> None:
    files = company()
    files["distributors"][1] = "Amy,Amy,,2025-02-01T00:00:00.001Z,,Dan,BR,Gold"
    files["distributors"][2] = "Bob,Rob,Amy,2025-03-01T00:00:00+02:00,,Amy,,Silver"
    files["placements"][1] = "Bob,Cat,2"
    files["customers"][0] = "C1,Eva,Bob,2025-06-02T00:00:00Z"
    files["orders"][0] = "O1,Cat,distributor,order,,2026-01-10T00:00:01Z,10.01,8.49"
    files["orders"][2] = "R1,,,return,O2,2026-01-13T00:00:00Z,,"
    assert bad_lines(write(tmp_path / "in", files), STORED) == [
        "distributors.csv:3 sponsor: stored with other values: '' (stored: 'Top')",
        f"distributors.csv:3 enrolled_at: {OTHER}: '2025-02-01T00:00:00.001Z' (stored: 2025-02-01T00:00:00.000Z)",
        "distributors.csv:3 owner: stored with other values: 'Dan' (stored: 'Amy')",
        "distributors.csv:3 region: stored with other values: 'BR' (stored: 'DE')",
        "distributors.csv:4 name: stored with other values: 'Rob' (stored: 'Bob')",
        "distributors.csv:4 sponsor: stored with other values: 'Amy' (stored: 'Top')",
        "distributors.csv:4 status: stored with other values: '' (stored: 'suspended')",
        "distributors.csv:4 title: stored with other values: 'Silver' (stored: '')",
        "placements.csv:3 parent: stored with other values: 'Cat' (stored: 'Amy')",
        "placements.csv:3 slot: stored with other values: '2' (stored: left)",
        "customers.csv:2 name: stored with other values: 'Eva' (stored: 'Eve')",
        "customers.csv:2 distributor: stored with other values: 'Bob' (stored: 'Amy')",
        f"customers.csv:2 registered_at: {OTHER}: '2025-06-02T00:00:00Z' (stored: 2025-06-01T00:00:00.000Z)",
        "orders.csv:2 buyer: stored with other values: 'Cat' (stored: 'Bob')",
        "orders.csv:2 placed_at: stored with other values: '2026-01-10T00:00:01Z' (stored: 2026-01-10T00:00:00.000Z)",
        "orders.csv:2 pv: stored with other values: '10.01' (stored: 10.00)",
        "orders.csv:2 cv: stored with other values: '8.49' (stored: 8.50)",
        "orders.csv:4 return_of: stored with other values: 'O2' (stored: 'O1')",
        "orders.csv:4 placed_at: stored with other values: '2026-01-13T00:00:00Z' (stored: 2026-01-12T00:00:00.000Z)",
    ]


def test_what_is_new_may_refer_to_what_is_stored(tmp_path: Path) -> None:
    directory = write(
        tmp_path / "in",
        {
            "distributors": ["Fay,Fay,Amy,2025-08-01T00:00:00Z,,,,"],
            "placements": ["Fay,Bob,left", "Dan,Bob,right"],
            "customers": ["C2,Gil,Dan,2025-08-02T00:00:00Z"],
            "orders": [
                "R2,,,return,O2,2026-01-12T00:00:00Z,,",
                "O3,C1,customer,order,,2026-01-12T00:00:00Z,1,1",
            ],
        },
    )
    planned = plan(directory, STORED)
    assert planned.bad_lines == ()
    assert [s.command for s in planned.commands] == [
        Enrol("Fay", "Amy", "Fay", "Fay", ms("2025-08-01T00:00:00Z"), placement=Explicit("Bob", 1)),
        Place("Dan", Explicit("Bob", 2), ms("2025-05-01T00:00:00Z")),
        Register("C2", "Gil", "Dan", ms("2025-08-02T00:00:00Z")),
        Order("O3", "C1", "customer", ms("2026-01-12T00:00:00Z"), 100, 100),
        Return("R2", "O2", ms("2026-01-12T00:00:00Z")),
    ]


def test_what_is_new_against_what_is_stored(tmp_path: Path) -> None:
    directory = write(
        tmp_path / "in",
        {
            "distributors": ["Fay,Fay,Dan,2025-04-01T00:00:00Z,,,,", "Gil,Gil,Bob,2025-06-01T00:00:00Z,,,,"],
            "placements": ["Dan,Amy,left", "Gil,Amy,right", "Fay,Dan,left"],
            "orders": [
                "R2,,,return,O1,2026-01-12T00:00:00Z,,",
                "R3,Bob,,return,O2,2026-01-01T00:00:00Z,3,",
                "R4,,,return,R1,2026-01-12T00:00:00Z,,",
            ],
        },
    )
    assert bad_lines(directory, STORED) == [
        "distributors.csv:2 sponsor: sponsor enrolled later: 'Dan' (Dan enrolled 2025-05-01T00:00:00.000Z)",
        "placements.csv:2 slot: slot is taken: 'left' (stored: Bob stands there)",
        "placements.csv:3 parent: not below the sponsor: 'Amy' (sponsored by Bob)",
        "orders.csv:2 return_of: returned twice: 'O1' (stored: R1)",
        "orders.csv:3 buyer: differs from the order returned: 'Bob' (ordered: 'C1')",
        "orders.csv:3 placed_at: return before its order: '2026-01-01T00:00:00Z' (ordered 2026-01-11T00:00:00.000Z)",
        "orders.csv:3 pv: differs from the order returned: '3' (ordered: 0.01)",
        "orders.csv:4 return_of: unknown order: 'R1' (it is a return itself)",
    ]


def test_without_any_period_no_order_is_taken(tmp_path: Path) -> None:
    told = bad_lines(write(tmp_path / "in", company()), replace(EMPTY, periods=()))
    assert [line.split(":")[1] for line in told] == ["2 placed_at", "3 placed_at"], "a return counts like its order"


def test_a_closed_period_without_an_open_one_after_it(tmp_path: Path) -> None:
    told = bad_lines(write(tmp_path / "in", company()), replace(EMPTY, periods=(replace(OPEN[1], open=False),)))
    assert told[0] == (
        "orders.csv:2 placed_at: no open period: '2026-01-10T00:00:00Z' "
        "(its period is closed and no later one is open; open the next)"
    )


def chain(length: int) -> tuple[list[str], list[str]]:
    """A chain of sponsors and of left legs, the file in a random order."""
    people = [f"P{n},P,{f'P{n - 1}' if n else ''},2025-06-01T00:00:00Z,,,," for n in range(length)]
    places = [f"P{n},P{n - 1},left" for n in range(1, length)]
    random.Random(1).shuffle(people)
    random.Random(2).shuffle(places)
    return people, places


def test_a_chain_of_ten_thousand_in_any_order(tmp_path: Path) -> None:
    people, places = chain(10_000)
    planned = plan(write(tmp_path / "in", {"distributors": people, "placements": places}))
    assert planned.bad_lines == ()
    assert [s.command.id for s in planned.commands if isinstance(s.command, Enrol)] == [f"P{n}" for n in range(10_000)]
    assert [s.command.placement for s in planned.commands if isinstance(s.command, Enrol)] == [
        None,
        *(Explicit(f"P{n}", 1) for n in range(9_999)),
    ]


def test_who_stands_under_a_later_newcomer_is_placed_when_everybody_is_enrolled(tmp_path: Path) -> None:
    """Bo stands under Cy, who enrolled after Bo; Di, below Bo, has to wait too although Bo enrolled before Di."""
    people = ["Top", "Bo", "Cy", "Di", "Ed"]
    files: dict[Kind, list[str]] = {
        "distributors": [
            f"{id},{id},{'Top' if n else ''},2025-06-0{n + 1}T00:00:00Z,,,," for n, id in enumerate(people)
        ],
        "placements": ["Di,Bo,left", "Bo,Cy,right", "Cy,Top,left", "Ed,Cy,left"],
    }
    planned = plan(write(tmp_path / "in", files))
    placed = [(s.command.id, s.command.placement) for s in planned.commands if isinstance(s.command, Enrol)]
    assert placed == [
        ("Top", None),
        ("Bo", None),
        ("Cy", Explicit("Top", 1)),
        ("Di", None),
        ("Ed", Explicit("Cy", 1)),
    ]
    assert [s.command for s in planned.commands if isinstance(s.command, Place)] == [
        Place("Bo", Explicit("Cy", 2), ms("2025-06-03T00:00:00Z")),
        Place("Di", Explicit("Bo", 1), ms("2025-06-04T00:00:00Z")),
    ]


def test_a_cycle_of_ten_thousand(tmp_path: Path) -> None:
    people, places = chain(10_000)
    people[people.index("P0,P,,2025-06-01T00:00:00Z,,,,")] = "P0,P,P9999,2025-06-01T00:00:00Z,,,,"
    places.append("P0,P9999,right")
    told = bad_lines(write(tmp_path / "in", {"distributors": people, "placements": places}))
    assert [line.split(": ")[1] for line in told] == ["cycle of sponsors", "cycle of placements"]
    assert all(line.count(" → ") == 9 and "… 9992 more" in line for line in told)


@pytest.mark.parametrize("seed", range(30))
def test_forests_against_walking(seed: int) -> None:
    """Cycles, depths and ancestors of random parent arrays, against following each node up."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 60))
    parent = rng.integers(-1, count, count)
    on_cycle = set()
    for start in range(count):
        node = int(parent[start])
        for _ in range(count):
            if node in (-1, start):
                break
            node = int(parent[node])
        on_cycle.update({start} if node == start else set())
    found = cycles(parent.copy())
    assert sorted(n for cycle in found for n in cycle) == sorted(on_cycle)
    assert all(int(parent[a]) == b for cycle in found for a, b in zip(cycle, [*cycle[1:], cycle[0]], strict=True))
    parent[sorted(on_cycle)] = -1
    ways = []
    for start in range(count):
        way = [start]
        while way[-1] != -1:
            way.append(int(parent[way[-1]]))
        ways.append(way)
    assert depths(parent).tolist() == [len(way) - 2 for way in ways]
    for steps in range(6):
        above = ancestors_at(parent, np.arange(count), np.full(count, steps))
        assert above.tolist() == [way[steps] if steps < len(way) else -1 for way in ways]

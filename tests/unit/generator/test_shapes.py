"""What docs/import-format.md says of each shape, counted; and every shape can be imported."""

import subprocess
import sys
from collections import deque
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.errors import InvalidInputError
from app.generator import CompanySpec, Shape, generate, write_company
from app.generator.models import ACTIVE, SUSPENDED, TERMINATED, Company, Genealogy, Ints, matrix_size
from app.generator.shapes import CHAIN_DEPTH, FRONTLINE, plant
from app.imports.files import read_directory
from app.imports.models import Stored, StoredPeriod
from app.imports.validate import check_import
from app.periods.months import month

MONTHS = ("2026-01", "2026-02")
NOW = 1_775_000_000_000
"""1 April 2026."""
_SCRIPT = """
import sys
from pathlib import Path
from app.generator import CompanySpec, Shape, generate, write_company
for shape in Shape:
    write_company(generate(CompanySpec(300, 5, shape=shape)), Path(sys.argv[1]) / shape)
"""


def planted(shape: Shape, people: int) -> Genealogy:
    return plant(shape, np.random.default_rng(3), people)


def levels(up: Ints) -> Ints:
    """How far below the top each person stands; whoever is above somebody comes before them."""
    found = [0]
    for above in up[1:].tolist():
        found.append(found[above] + 1)
    return np.array(found)


def widths(up: Ints) -> list[int]:
    """How many directly below each person, most first."""
    return sorted(np.bincount(up[1:]).tolist(), reverse=True)


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("people", [1, 2, 3, 2_000])
def test_every_shape_can_be_imported_late_orders_afterwards(shape: Shape, people: int, tmp_path: Path) -> None:
    write_company(generate(CompanySpec(people, 11, MONTHS, shape)), tmp_path)
    months = (month(name, "UTC") for name in MONTHS)
    periods = tuple(StoredPeriod(p.number, p.zone, p.starts_at, p.ends_at, True) for p in months)
    found = check_import(read_directory(tmp_path), Stored(periods=periods), NOW)
    counts = {count.file.partition(".")[0]: count for count in found.files}
    assert (found.bad_lines, counts["distributors"].new) == ((), people)
    assert ("matrix_placements" in counts) == (shape is Shape.MATRIX)
    (tmp_path / "late" / "orders.csv").replace(tmp_path / "orders.csv")
    assert check_import(read_directory(tmp_path), Stored(periods=periods), NOW).bad_lines == ()


def test_every_shape_has_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _SCRIPT, str(tmp_path / "there")], check=True)
    seen = set()
    for shape in Shape:
        write_company(generate(CompanySpec(300, 5, shape=shape)), tmp_path / "here" / shape)
        files = sorted((tmp_path / "here" / shape).rglob("*.csv"))
        assert len(files) == (7 if shape is Shape.MATRIX else 5)
        for file in files:
            assert file.read_bytes() == (tmp_path / "there" / file.relative_to(tmp_path / "here")).read_bytes()
        seen.add(b"".join(file.read_bytes() for file in files))
    assert len(seen) == len(Shape), "no shape looks like another"


def test_balanced_both_trees_are_complete() -> None:
    grown = planted(Shape.BALANCED, 1_000)
    assert np.bincount(levels(grown.parent)).tolist() == [2**level for level in range(9)] + [1_000 - 511]
    assert (grown.sponsor == grown.parent).all()
    assert widths(grown.parent)[0] == 2
    assert np.bincount(grown.slot).tolist() == [1, 500, 499]


def test_one_leg_everybody_in_one_run_of_left_children() -> None:
    grown = planted(Shape.ONE_LEG, 1_000)
    assert levels(grown.parent).tolist() == list(range(1_000))
    assert (grown.slot[1:] == 1).all()
    assert levels(grown.sponsor).max() < 30
    assert np.mean(grown.parent[1:] != grown.sponsor[1:]) > 0.8


def test_chain_of_ten_thousand() -> None:
    assert CHAIN_DEPTH == 10_000
    grown = planted(Shape.CHAIN, 10_001)
    assert levels(grown.sponsor).tolist() == levels(grown.parent).tolist() == list(range(10_001))


def test_more_people_are_several_chains_side_by_side() -> None:
    grown = planted(Shape.CHAIN, 35_001)
    sponsor_levels, levels_down = levels(grown.sponsor), levels(grown.parent)
    assert np.bincount(sponsor_levels)[[1, 5_000, 5_001, 10_000]].tolist() == [4, 4, 3, 3]
    assert len(np.bincount(sponsor_levels)) == 10_001
    assert widths(grown.sponsor)[:2] == [4, 1]
    assert levels_down.max() == 10_001, "the third chain hangs below the second one's head"
    assert widths(grown.parent)[:4] == [2, 2, 2, 1]
    moved = np.flatnonzero(grown.parent != grown.sponsor)
    assert moved.tolist() == [20_001, 30_001], "only heads stand under somebody other than their sponsor"


def test_wide_frontline_of_fifty_thousand() -> None:
    assert FRONTLINE == 50_000
    grown = planted(Shape.WIDE, 60_000)
    assert widths(grown.sponsor)[0] == 50_000
    assert widths(grown.sponsor)[1] < 20
    assert (grown.sponsor[1:50_001] == 0).all()
    assert levels(grown.parent)[:50_001].max() == 15, "filled level by level"
    assert np.mean(grown.parent[1:] != grown.sponsor[1:]) > 0.9
    assert widths(planted(Shape.WIDE, 1_000).sponsor) == [999]


def test_a_forced_matrix_takes_everybody_into_the_first_open_slot_below_their_sponsor() -> None:
    made = generate(CompanySpec(3_000, 7, shape=Shape.MATRIX))
    matrix = made.matrix
    assert matrix is not None
    assert (matrix.width, matrix.depth) == (3, 9)
    assert list(zip(matrix.parent[1:].tolist(), matrix.slot[1:].tolist(), strict=True)) == searched(made.sponsor, 3)
    assert widths(matrix.parent)[0] == 3
    assert np.mean(matrix.parent[1:] != made.sponsor[1:]) > 0.4
    assert np.mean(matrix.parent[1:] != made.parent[1:]) > 0.4, "another tree than the binary one"


def searched(sponsor: Ints, width: int) -> list[tuple[int, int]]:
    """Parent and slot of everybody but the top, by the plainest search level by level."""
    below: list[list[int]] = [[] for _ in sponsor]
    found = []
    for child, start in enumerate(sponsor[1:].tolist(), 1):
        queue = deque([start])
        while len(below[parent := queue.popleft()]) == width:
            queue.extend(below[parent])
        below[parent].append(child)
        found.append((parent, len(below[parent])))
    return found


def test_a_matrix_beside_any_shape_leaves_the_rest_as_it_is(tmp_path: Path) -> None:
    """Some stand nowhere in it, and whom they brought below the next one up."""
    spec = CompanySpec(2_000, 7, shape=Shape.CHURNED)
    write_company(generate(spec), tmp_path / "without")
    made = generate(replace(spec, matrix=(5, 7)))
    matrix = made.matrix
    assert matrix is not None
    outside = np.flatnonzero(matrix.parent[1:] < 0) + 1
    assert 0.03 < len(outside) / 2_000 < 0.07
    assert np.isin(made.sponsor[matrix.parent > 0], outside).any()
    assert widths(np.where(matrix.parent < 0, 0, matrix.parent))[1] == 5
    write_company(made, tmp_path / "with")
    assert (tmp_path / "with" / "settings.csv").read_text() == "setting,value\nmatrix_depth,7\nmatrix_width,5\n"
    for path in (tmp_path / "without").glob("*.csv"):
        assert path.read_bytes() == (tmp_path / "with" / path.name).read_bytes()
    assert len((tmp_path / "with" / "matrix_placements.csv").read_text().splitlines()) == 2_000 - len(outside)


@pytest.mark.parametrize("text", ["3", "0x9", "3x0", "21x9", "3x51", "3 x 9", "axb"])
def test_what_is_no_matrix_is_said(text: str) -> None:
    with pytest.raises(InvalidInputError, match="such as 3x9"):
        matrix_size(text)


@pytest.fixture(scope="module")
def churned() -> Company:
    return generate(CompanySpec(10_000, 7, shape=Shape.CHURNED))


def test_churned_many_are_gone_and_many_wait(churned: Company) -> None:
    assert 0.30 < np.mean(churned.status == TERMINATED) < 0.45
    assert 0.08 < np.mean(churned.status == SUSPENDED) < 0.13
    assert churned.status[0] == ACTIVE
    assert 0.08 < np.mean(churned.parent[1:] < 0) < 0.12
    assert churned.spillover_share > 0.5


def test_churned_whole_branches_are_dead(churned: Company) -> None:
    below, alive = np.ones(10_000, dtype=int), (churned.status != TERMINATED).astype(int)
    for person in range(9_999, 0, -1):
        below[churned.sponsor[person]] += below[person]
        alive[churned.sponsor[person]] += alive[person]
    dead = (alive == 0) & (below >= 10)
    assert dead.sum() > 20
    assert below[dead].max() >= 30
    assert not np.isin(churned.order_buyer[~churned.order_by_customer], np.flatnonzero(churned.status)).any()

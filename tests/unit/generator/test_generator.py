"""The generator's promises: the same bytes for the same seed, and the documented shape."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app.errors import InvalidInputError
from app.generator import FORMATS, Company, CompanySpec, Format, generate, write_company
from app.generator.placement import BREADTH_FIRST, LEFT, OUTSIDE_LEFT, OUTSIDE_RIGHT, RIGHT, place_everyone

_SCRIPT = """
import sys
from pathlib import Path
from app.generator import CompanySpec, generate, write_company
write_company(generate(CompanySpec(700, 5)), Path(sys.argv[1]), sys.argv[2])
"""


@pytest.fixture(scope="module")
def company() -> Company:
    return generate(CompanySpec(10_000, 1))


def digest(directory: Path) -> dict[str, str]:
    """The hash of each file below, by name."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_same_seed_gives_the_same_bytes_in_any_process(tmp_path: Path, file_format: Format) -> None:
    write_company(generate(CompanySpec(700, 5)), tmp_path / "here", file_format)
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        target = tmp_path / hash_seed
        subprocess.run([sys.executable, "-c", _SCRIPT, str(target), file_format], check=True, env=environment)
        assert digest(target) == digest(tmp_path / "here")
    write_company(generate(CompanySpec(700, 6)), tmp_path / "other", file_format)
    assert not set(digest(tmp_path / "other").values()) & set(digest(tmp_path / "here").values())


def test_sponsors_and_parents_enrolled_earlier(company: Company) -> None:
    people = np.arange(1, 10_000)
    assert company.sponsor[0] == -1
    assert (company.sponsor[1:] >= 0).all()
    assert (company.enrolled_at[company.sponsor[people]] < company.enrolled_at[people]).all()
    placed = np.flatnonzero(company.parent >= 0)
    assert (company.enrolled_at[company.parent[placed]] < company.enrolled_at[placed]).all()


def test_everybody_stands_below_their_sponsor_in_a_slot_of_their_own(company: Company) -> None:
    placed = np.flatnonzero(company.parent >= 0)
    slots = company.parent[placed] * 2 + company.slot[placed]
    assert len(np.unique(slots)) == len(placed)
    assert set(company.slot[placed].tolist()) == {LEFT, RIGHT}
    has_place = company.parent >= 0
    has_place[0] = True
    assert has_place[company.parent[placed]].all()
    for person in placed.tolist():
        sponsor, node = company.sponsor[person], person
        while has_place[sponsor] and node != sponsor:
            node = company.parent[node]
            assert node >= 0, f"{person} does not stand below {sponsor}"


def test_sponsor_and_parent_differ_for_at_least_thirty_percent(company: Company) -> None:
    assert company.spillover_share >= 0.30


def test_the_shape(company: Company) -> None:
    count = len(company.sponsor)
    recruits = np.sort(np.bincount(company.sponsor[1:], minlength=count))[::-1]
    assert recruits[:100].sum() > 0.2 * count, "a hundred people should have recruited a fifth of the company"
    assert 0.004 < np.mean(company.parent[1:] < 0) < 0.02
    assert 0.04 < np.mean(company.status > 0) < 0.06
    assert len(company.customer_of) == count // 2
    assert np.sort(np.bincount(company.customer_of, minlength=count))[-100:].sum() > 0.1 * count // 2
    assert 0.02 < len(company.return_of) / len(company.order_at) < 0.04
    assert len(np.unique(company.return_of)) == len(company.return_of)
    assert (company.return_at > company.order_at[company.return_of]).all()
    assert (company.order_pv > 0).all()
    assert (company.order_cv <= company.order_pv).all()
    assert np.quantile(company.order_pv, 0.99) > 5 * np.median(company.order_pv)
    owners, positions = np.unique(company.owner, return_counts=True)
    assert (positions >= 3).sum() > 10
    assert (company.owner[owners] == owners).all()
    assert set(company.region.tolist()) == set(range(6))
    assert set(company.title.tolist()) == set(range(5))


def test_rows_of_ten_thousand_fit_into_one_import(company: Company) -> None:
    rows = 2 * len(company.sponsor) + len(company.customer_of) + len(company.order_at) + len(company.return_at)
    assert rows <= 60_000


def test_orders_fall_into_the_months_whatever_the_zone(company: Company) -> None:
    months = np.array(["2026-01", "2026-02", "2026-03"], dtype="datetime64[M]").astype("datetime64[ms]").astype(int)
    zone = 14 * 3_600_000
    for shift in (-zone, 0, zone):
        instants = np.concatenate([company.order_at, company.return_at]) + shift
        assert instants.min() >= months[0]
        assert instants.max() < months[2]
    since = np.where(
        company.order_by_customer,
        company.registered_at[np.where(company.order_by_customer, company.order_buyer, 0)],
        company.enrolled_at[company.order_buyer],
    )
    assert (company.order_at >= since).all()


def test_first_open_slot_breadth_first() -> None:
    """Everybody sponsored by the top: the tree fills level by level from the left."""
    count = 200
    sponsor = np.zeros(count, dtype=np.int64)
    sponsor[0] = -1
    parent, _ = place_everyone(sponsor, np.zeros(count, dtype=bool), np.full(count, BREADTH_FIRST))
    depth = np.zeros(count, dtype=int)
    for person in range(1, count):
        depth[person] = depth[parent[person]] + 1
    assert depth.tolist() == [int(np.log2(person + 1)) for person in range(count)]


def test_placing_is_what_a_search_would_find() -> None:
    """Against walking the tree anew for each newcomer, mixed habits and unplaced people included."""
    rng = np.random.default_rng(4)
    count = 400
    sponsor = (rng.random(count) ** 2 * np.arange(count)).astype(np.int64)
    sponsor[0] = -1
    unplaced = rng.random(count) < 0.1
    unplaced[0] = False
    style = rng.choice([BREADTH_FIRST, OUTSIDE_LEFT, OUTSIDE_RIGHT], count)
    parent, slot = place_everyone(sponsor, unplaced, style)
    children: dict[tuple[int, int], int] = {}
    for person in range(1, count):
        if unplaced[person]:
            assert (parent[person], slot[person]) == (-1, 0)
            continue
        anchor = int(sponsor[person])
        while unplaced[anchor]:
            anchor = int(sponsor[anchor])
        place = (int(parent[person]), int(slot[person]))
        if style[anchor] == BREADTH_FIRST:
            assert place[0] in _shallowest_open(children, anchor)
            assert place[1] == (RIGHT if (place[0], LEFT) in children else LEFT)
        else:
            side = LEFT if style[anchor] == OUTSIDE_LEFT else RIGHT
            while (anchor, side) in children:
                anchor = children[anchor, side]
            assert place == (anchor, side)
        assert place not in children
        children[place] = person


def _shallowest_open(children: dict[tuple[int, int], int], top: int) -> set[int]:
    level = [top]
    while True:
        if found := {p for p in level if (p, LEFT) not in children or (p, RIGHT) not in children}:
            return found
        level = [children[p, side] for p in level for side in (LEFT, RIGHT)]


def test_a_company_of_one_and_of_two() -> None:
    assert generate(CompanySpec(1, 0)).parent.tolist() == [-1]
    assert generate(CompanySpec(2, 0)).sponsor.tolist() == [-1, 0]


@pytest.mark.parametrize(
    "spec",
    [
        CompanySpec(0, 1),
        CompanySpec(10_000_001, 1),
        CompanySpec(5, -1),
        CompanySpec(5, 1, ()),
        CompanySpec(5, 1, ("2026-13",)),
        CompanySpec(5, 1, ("2026-01", "2026-01")),
    ],
)
def test_specs_that_make_no_company(spec: CompanySpec) -> None:
    with pytest.raises(InvalidInputError):
        generate(spec)


def test_two_companies_never_share_a_directory(tmp_path: Path) -> None:
    made = generate(CompanySpec(10, 1))
    write_company(made, tmp_path)
    with pytest.raises(InvalidInputError, match=r"already holds customers\.csv"):
        write_company(made, tmp_path, "parquet")

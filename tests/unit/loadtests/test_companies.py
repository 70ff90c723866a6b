"""Companies cut in two, and put side by side."""

import csv
from pathlib import Path

import numpy as np
import pytest

from app.engine.calculate import calculate
from app.generator import write_company
from app.plans.loader import library, load_plan
from loadtests.company import id_of, ix_of
from loadtests.engine_alone import repeated
from loadtests.joining import split
from loadtests.python_loop import PLAN
from loadtests.trees import MATRIX, SHAPES, company_of, snapshot_of


def test_a_company_is_cut_into_two_that_have_all_of_it(tmp_path: Path) -> None:
    """The first part needs nothing of the second: sponsors, parents, customers and their orders."""
    write_company(company_of("heavy-tailed", 200), tmp_path / "all")

    split(tmp_path / "all", 150, tmp_path / "first", tmp_path / "rest")

    whole, first, rest = (_rows(tmp_path / name) for name in ("all", "first", "rest"))
    for name, rows in whole.items():
        assert sorted(first[name] + rest[name]) == sorted(rows), name
        assert first[name], name
        assert rest[name], name
    people = {row[0] for row in first["distributors"]}
    customers = {row[0] for row in first["customers"]}
    assert people == {id_of(ix) for ix in range(150)}
    assert all({row[0], row[1]} <= people for row in first["placements"])
    assert all(row[2] in people for row in first["customers"])
    assert all(row[1] in (customers if row[2] == "customer" else people) for row in first["orders"])


def _rows(folder: Path) -> dict[str, list[tuple[str, ...]]]:
    found = {}
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = [tuple(row) for row in list(csv.reader(file))[1:]]
    return found


def test_ids_and_numbers_of_people_are_the_generators(tmp_path: Path) -> None:
    """Both ways."""
    write_company(company_of("heavy-tailed", 12), tmp_path)

    assert [row[0] for row in _rows(tmp_path)["distributors"]] == [id_of(ix) for ix in range(12)]
    assert [ix_of(id_of(ix)) for ix in (0, 11, 999_999)] == [0, 11, 999_999]


def test_companies_side_by_side_pay_what_each_pays() -> None:
    """Nobody is paid for another company."""
    one = snapshot_of(company_of("heavy-tailed", 300))
    three = repeated(one, 3)

    alone, together = calculate(one, PLAN), calculate(three, PLAN)

    assert np.array_equal(together.totals.by_person, np.tile(alone.totals.by_person, 3))
    assert len(set(three.orders.seq.tolist())) == len(three.orders)


def test_so_do_companies_with_a_matrix() -> None:
    """Each is paid up its own."""
    one = snapshot_of(company_of("heavy-tailed", 300, MATRIX))
    three, plan = repeated(one, 3), load_plan(library()["forced-matrix"])

    alone, together = calculate(one, plan), calculate(three, plan)

    assert alone.totals.amount > 0
    assert np.array_equal(together.totals.by_person, np.tile(alone.totals.by_person, 3))


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_are_what_they_are_called(shape: str) -> None:
    """By the depth of their trees."""
    snapshot = snapshot_of(company_of(shape, 1_023))
    sponsor, binary = (int(tree.depth.max()) for tree in (snapshot.sponsor_tree, snapshot.binary_tree))

    match shape:
        case "balanced":
            assert (sponsor, binary) == (9, 9)
        case "chain":
            assert (sponsor, binary) == (1_022, 1_022)
        case "wide":
            assert (sponsor, binary) == (1, 9)
        case _:
            assert sponsor < 20 < binary


def test_companies_that_are_there_for_their_trees_have_few_orders() -> None:
    """One for ten people, of their own; what comes back was one of them."""
    company = company_of("balanced", 2_000)

    assert (len(company.order_at), len(company.customer_of)) == (200, 0)
    assert not company.order_by_customer.any()
    assert 0 < len(company.return_of) < 20
    assert (company.return_at > company.order_at[company.return_of]).all()

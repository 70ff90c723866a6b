"""Matrix bonuses: what is said of a line and a miss, and which matrices are refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.engine.calculate import calculate
from app.engine.errors import BrokenTreeError, InvalidSnapshotError, PlanMismatchError
from app.engine.models import Snapshot
from app.engine.reasons import Names, explain_line, explain_miss, path, skips
from app.plans.models import Plan
from tests.unit.engine.companies import random_snapshot, snapshot

NAMES = Names(person=lambda ix: f"P{ix}", order=lambda row: f"O{row}")


def plan_of(**bonus: Any) -> Plan:
    levels: dict[str, Any] = {"levels_by_rank": {"Member": ["5%", "4%"]}}
    matrix = {"type": "matrix", "name": "Matrix", "width": 2, "depth": 4, **levels} | bonus
    ranks = [{"name": "Member"}]
    return Plan.model_validate({"name": "P", "version": "1", "currency": "EUR", "ranks": ranks, "bonuses": [matrix]})


def column(**people: Any) -> Snapshot:
    """0 sponsors all; in the matrix each stands below the one before."""
    return snapshot(
        sponsor=[-1, 0, 0, 0],
        matrix_parent=[-1, 0, 1, 2],
        matrix_slot=[0, 1, 2, 1],
        orders=[(3, 3, 10_000)],
        **people,
    )


def test_a_line_names_the_matrix_its_path_and_who_was_skipped() -> None:
    company, plan = column(active=[True, True, False, True]), plan_of(compression="standard")
    result = calculate(company, plan)
    for row, (paid, level) in enumerate((("4.00 EUR: 4 %", 2), ("5.00 EUR: 5 %", 1))):
        assert explain_line(company, plan, result, row, NAMES) == (
            f"{paid} of 100.00 CV from the order O0 of P3 on level {level + 1} of the matrix, "
            f"paid as your level {level} because P2 was inactive; your rank for pay is Member"
        )
    assert path(company, plan.bonuses[0], 0, 0) == (3, 2, 1, 0)
    assert [skip.person for skip in skips(company, plan, result, 0)] == [2]
    assert explain_miss(company, plan, result, 0, NAMES) == (
        "5.00 EUR not paid: 5 % of 100.00 CV from the order O0 of P3 on level 1 of the matrix, because your status was "
        "not active; the next active person took the level"
    )


def test_a_plan_by_matrix_is_refused_where_none_is_kept_or_people_stand_beside_it() -> None:
    none = snapshot(sponsor=[-1, 0], orders=[(1, 1, 10_000)])
    assert none.matrix_tree is None
    with pytest.raises(PlanMismatchError, match="pays up a matrix 2 wide, and the company keeps no matrix"):
        calculate(none, plan_of())
    with pytest.raises(PlanMismatchError, match="pays up a matrix 1 wide, and people stand in slot 2"):
        calculate(column(), plan_of(width=1))


@pytest.mark.parametrize(
    ("parents", "slots", "said"),
    [
        ([-1, 2, 1, 0], [0, 1, 1, 1], r"the matrix tree has a cycle through people with ix \[1, 2\]"),
        ([-1, 0, 0, 1], [0, 2, 2, 1], r"people with ix \[1, 2\] share a matrix slot with each other"),
        ([-1, 0, 0, 1], [0, 2, 1, 0], r"people with ix \[3\] have a matrix parent without a slot"),
        ([-1, 0, 0, 1], [1, 2, 1, 1], r"people with ix \[0\] have a matrix parent without a slot, or a slot without"),
    ],
)
def test_a_broken_matrix_is_refused_by_name(parents: list[int], slots: list[int], said: str) -> None:
    with pytest.raises(BrokenTreeError, match=said) as refused:
        snapshot(sponsor=[-1, 0, 0, 0], matrix_parent=parents, matrix_slot=slots)
    assert refused.value.tree == "matrix"


def test_slots_of_different_people_are_told_apart_however_wide_the_matrix_is() -> None:
    """Slot 20 of one is not slot 1 of the next."""
    company = snapshot(sponsor=[-1, 0, 0, 0], matrix_parent=[-1, 0, 0, 1], matrix_slot=[0, 1, 20, 1])
    assert company.people.matrix_slot is not None
    assert company.people.matrix_slot.tolist() == [0, 1, 20, 1]


def test_a_company_without_a_matrix_has_no_columns_of_one() -> None:
    none, kept = snapshot(sponsor=[-1, 0]), snapshot(sponsor=[-1, 0], matrix_parent=[-1, 0], matrix_slot=[0, 1])
    assert not any("matrix" in name for name, _ in none.people.columns())
    assert none.digest() != kept.digest()
    with pytest.raises(InvalidSnapshotError, match=r"one of .*matrix_parent and .*matrix_slot is missing"):
        snapshot(sponsor=[-1, 0], matrix_parent=[-1, 0])


def test_a_unilevel_is_not_moved_by_the_matrix_nor_the_matrix_by_the_sponsor_tree() -> None:
    company = random_snapshot(300, 400, 3)
    people, levels = company.people, {"Member": ["5%", "4%", "3%"]}
    by_matrix = plan_of(width=3, levels_by_rank=levels)
    unilevel = {"type": "unilevel", "name": "Levels", "levels_by_rank": levels}
    by_sponsor = Plan.model_validate(by_matrix.model_dump(mode="json") | {"bonuses": [unilevel]})
    unseated = Snapshot(replace(people, matrix_parent=None, matrix_slot=None), company.orders, company.titles)
    assert calculate(unseated, by_sponsor).lines.digest() == calculate(company, by_sponsor).lines.digest()

    # One sponsors all others. Whoever had no sponsor was a top of the matrix before, so nobody without a place buys.
    assert people.matrix_parent is not None
    top, everybody = int(people.sponsor.argmin()), np.arange(300)
    star = replace(people, sponsor=np.where(everybody == top, -1, top))
    bought = (people.matrix_parent >= 0)[company.orders.seller]
    orders = replace(company.orders, cv=np.where(bought, company.orders.cv, 0))
    by_star, as_before = (calculate(Snapshot(each, orders, company.titles), by_matrix) for each in (star, people))
    assert by_star.lines.digest() == as_before.lines.digest()
    assert len(by_star.lines) > 200


@pytest.mark.parametrize(("width", "depth", "positions"), [(3, 7, 3_279), (2, 12, 8_190), (3, 9, 29_523)])
def test_g13_as_many_positions_pay_the_top_of_a_full_matrix(width: int, depth: int, positions: int) -> None:
    """G13 [P] (mlmforge, matrix): 3 x 7 are 3,279 positions and 2 x 12 are 8,190; [D] 3 x 9 are (3^10 - 3) / 2, 29,523.
    The text calls 59,049 the positions of a 3 x 10 matrix: that is its last level alone."""
    seats = np.arange(1, positions + 1)
    below = positions + 1  # one more, a level below the last position
    company = snapshot(
        sponsor=[-1, *[0] * below],
        matrix_parent=[-1, *((seats - 1) // width).tolist(), positions],
        matrix_slot=[0, *((seats - 1) % width + 1).tolist(), 1],
        orders=[(ix, ix, 100) for ix in range(below + 1)],
    )
    result = calculate(company, plan_of(width=width, depth=depth, levels_by_rank={"Member": ["1%"] * depth}))
    tops = result.lines.earner == 0
    assert np.count_nonzero(tops) == positions
    assert sorted(company.orders.seller[result.lines.order[tops]].tolist()) == seats.tolist()
    assert result.lines.level[tops].max() == depth

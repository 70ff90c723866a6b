"""A company that keeps a matrix: closed, run and paid by it, on real servers."""

from fractions import Fraction
from typing import Any

import pytest

from app.blobs.store import DirectoryBlobs
from app.demo.commit import SECOND, commit_with_two
from app.engine.errors import BrokenTreeError, PlanMismatchError
from app.facts.commands import Explicit, KeepMatrix, Move, Place
from app.plans.loader import library, load_plan
from app.plans.models import Plan
from app.runs.calculation import stored_snapshot
from app.runs.closed import NotInRunError
from app.wiring import House
from tests.component.runs.test_runs import DAY, JANUARY_5, Desk, spillover_company

pytestmark = pytest.mark.anyio
SEATS = {"P8": ("A", 1), "P5": ("P8", 3), "P2": ("P5", 1), "P0": ("P2", 2), "P1": ("A", 2)}
"""Whoever sponsors them: the first four stand below one another, and P0 four levels below A. The others wait."""


def plan(**matrix: Any) -> Plan:
    """By the matrix alone."""
    bonus = {"type": "matrix", "name": "Matrix bonus", "width": 3, "depth": 4} | matrix
    levels = {"levels_by_rank": {"Member": ["10%", "5%", "5%", "5%"]}}
    return Plan.model_validate(
        {
            "name": "Forced",
            "version": "1",
            "currency": "EUR",
            "ranks": [{"name": "Member"}],
            "bonuses": [levels | bonus],
        }
    )


async def seated_company(house: House) -> Desk:
    desk = await spillover_company(house)
    await desk(KeepMatrix(3, 9))
    for id, (above, slot) in SEATS.items():
        await desk(Place(id, Explicit(above, slot), JANUARY_5, "matrix"))
    return desk


async def test_a_month_is_closed_run_and_paid_by_the_matrix_as_it_was(house: House) -> None:
    """P0 bought 123.45 CV: P2, P5, P8 and A are paid on it, none of whom sponsors P0 but A. P4 has no place."""
    desk = await seated_company(house)
    await house.periods.close("2026-01", key="close", actor="test")
    await desk(Move("P2", "matrix", "A", 3))
    await desk(Move("P0", "matrix", "P1", 1))
    await desk(Place("P4", Explicit("P1", 3), JANUARY_5 + 90 * DAY, "matrix"))
    run = await house.runs.calculate("2026-01", plan())
    assert run.final
    await commit_with_two(house, run.id)
    await house.runs.step(run.id, "pay", key="pay", actor=SECOND)
    paid = {
        id: [(line.order, line.level, line.amount) for line in (await house.statements.statement(id, "2026-01")).lines]
        for id in ("P2", "P5", "P8", "A", "P4")
    }
    assert paid == {
        "P2": [("O0", 1, 1235)],
        "P5": [("O0", 2, 617), ("O2", 1, 1235)],
        "P8": [("O0", 3, 617), ("O2", 2, 617), ("O5", 1, 1235)],
        "A": [("O0", 4, 617), ("O1", 1, 1235), ("O2", 3, 617), ("O5", 2, 618), ("O8", 1, 1235)],
        "P4": [],
    }
    assert (await house.runs.get(run.id)).paid_amount == sum(amount for of in paid.values() for *_, amount in of)
    [line, *_] = (await house.statements.statement("A", "2026-01")).lines
    assert line.path == ["P0", "P2", "P5", "P8", "A"]
    assert line.exact == Fraction(12_345, 20)
    assert line.words == (
        "6.17 EUR: 5 % of 123.45 CV from the order O0 of P0 on level 4 of the matrix; your rank for pay is Member"
    )
    [because] = [one for one in (await house.statements.statement("P4", "2026-01")).because if one.bonus]
    assert because.words == "you have no place in the matrix"


async def test_run_again_after_moves_gives_the_same_bytes(house: House) -> None:
    desk = await seated_company(house)
    await house.periods.close("2026-01", key="close", actor="test")
    first = await house.runs.calculate("2026-01", plan())
    await desk(Move("P5", "matrix", "P1", 2))
    await desk(Move("P0", "matrix", "P8", 2, effective_at=JANUARY_5 + 2 * DAY))
    await desk(KeepMatrix(3, 4))
    assert await house.runs.calculate("2026-01", plan()) == first
    people = stored_snapshot(first, DirectoryBlobs(house.settings.data_dir / "blobs"))
    places = {
        id: (people.ids[parent], slot)
        for id, parent, slot in zip(
            people.ids, *(column.tolist() for column in _matrix(people.snapshot.people)), strict=True
        )
        if parent >= 0
    }
    assert places == SEATS


def _matrix(people: Any) -> tuple[Any, Any]:
    return people.matrix_parent, people.matrix_slot


async def test_a_plan_that_means_another_matrix_is_refused_before_anything_is_calculated(house: House) -> None:
    desk = await spillover_company(house)
    with pytest.raises(PlanMismatchError, match="Matrix bonus up a matrix 3 x 4, and the company keeps no matrix"):
        await house.runs.calculate("2026-01", plan())
    await desk(KeepMatrix(2, 3))
    with pytest.raises(PlanMismatchError, match="up a matrix 3 x 4, and the one the company keeps is 2 wide"):
        await house.runs.calculate("2026-01", plan())
    with pytest.raises(PlanMismatchError, match="up a matrix 2 x 4, and the one the company keeps is 3 deep"):
        await house.runs.calculate("2026-01", plan(width=2))
    await house.periods.close("2026-01", key="close", actor="test")
    await desk(KeepMatrix(3, 9))
    with pytest.raises(PlanMismatchError, match="the one the company keeps is 2 wide"):
        await house.runs.calculate("2026-01", plan())  # it was, when the month was closed
    assert await house.runs.all() == []


async def test_the_matrix_of_a_closed_month_is_told_as_its_run_saw_it(house: House) -> None:
    desk = await seated_company(house)
    await house.periods.close("2026-01", key="close", actor="test")
    run = await house.runs.calculate("2026-01", plan())
    await commit_with_two(house, run.id)
    await desk(Move("P8", "matrix", "P1", 1))
    period = await house.periods.get("2026-01")
    legs = await house.closed.legs("A", period, "matrix")
    # O8, O5, O2 and O0 of those in the first leg; P1 has nobody below.
    assert [(leg.id, leg.slot, leg.heads, leg.cv) for leg in legs] == [
        ("P8", 1, 4, 12_353 + 12_350 + 12_347 + 12_345),
        ("P1", 2, 1, 12_346),
    ]
    volumes = await house.closed.volumes("P5", period, "matrix")
    assert (volumes.group[1], volumes.people) == (12_350 + 12_347 + 12_345, 3)
    assert await house.closed.within("A", period, "matrix", 1) == (30_000, 12_353 + 12_346)


async def test_of_a_month_without_a_matrix_none_is_told(house: House) -> None:
    desk = await spillover_company(house)
    await house.periods.close("2026-01", key="close", actor="test")
    run = await house.runs.calculate("2026-01", load_plan(library()["sample"]))
    await commit_with_two(house, run.id)
    await desk(KeepMatrix(3, 9))
    with pytest.raises(NotInRunError, match="kept no matrix in 2026-01"):
        await house.closed.legs("A", await house.periods.get("2026-01"), "matrix")


async def test_a_run_refuses_a_broken_matrix_and_names_whom_to_look_at(house: House) -> None:
    """P8 comes to stand below P2, who stands below P8."""
    await seated_company(house)
    await house.periods.close("2026-01", key="close", actor="test")
    damage = (
        "MATCH (x:Distributor {id: 'P8'})-[r:SEATED_UNDER]->(), (y:Distributor {id: 'P2'}) "
        "WITH x, y, r, properties(r) AS said DELETE r CREATE (x)-[n:SEATED_UNDER]->(y) SET n = said, n.parent = y.ix"
    )
    await house.graph.run_script("damage", [damage])
    with pytest.raises(BrokenTreeError) as refused:
        await house.runs.calculate("2026-01", load_plan(library()["sample"]))
    assert refused.value.details == {"tree": "matrix", "people": ["P2", "P5", "P8"], "count": 3}
    assert await house.runs.all() == []


async def test_a_run_refuses_a_matrix_from_which_somebody_was_cut_off(house: House) -> None:
    await seated_company(house)
    await house.periods.close("2026-01", key="close", actor="test")
    await house.graph.run_script("damage", ["MATCH (:Distributor {id: 'P5'})-[r:SEATED_UNDER]->() DELETE r"])
    with pytest.raises(BrokenTreeError, match="P5 stand below somebody by their own word, and no edge") as refused:
        await house.runs.calculate("2026-01", load_plan(library()["sample"]))
    assert refused.value.details == {"tree": "matrix", "people": ["P5"], "count": 1}

"""What worked examples ask of every plan, and what needs a company in time: it holds for all plans of the library."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.blobs.store import DirectoryBlobs
from app.facts.commands import Move, Order, Return
from app.plans.loader import library, load_plan
from app.runs.calculation import stored_snapshot
from app.wiring import House
from tests.component.runs.test_matrix import seated_company
from tests.component.runs.test_runs import DAY, JANUARY_5

pytestmark = pytest.mark.anyio
MONTHS = ("2026-01", "2026-02")


async def test_what_comes_after_the_end_of_a_period_changes_nothing_in_it_by_any_plan(
    house: House, tmp_path: Path
) -> None:
    """Moves in every tree, an order and a return that come late; and each order counts in one period, exactly."""
    desk = await seated_company(house)
    await house.periods.close("2026-01", key="close", actor="test")
    here = {"zone": "UTC", "calendar": "monthly"}
    plans = {name: load_plan(path).model_copy(update=here) for name, path in library().items()}
    paid = {name: (await house.runs.calculate("2026-01", plan)).hash for name, plan in plans.items()}
    february = JANUARY_5 + 40 * DAY
    moves = Move("P4", "sponsor", "P1"), Move("P7", "binary", "P8", 2), Move("P2", "matrix", "A", 3)
    for move in moves:
        await desk(replace(move, effective_at=february))
    await desk(Order("late", "P1", "distributor", JANUARY_5, 10_000, 10_000))
    await desk(Return("R1", "O1", JANUARY_5 + 3 * DAY))
    for name, plan in plans.items():
        assert (await house.runs.calculate("2026-01", plan)).hash == paid[name], name

    blobs = DirectoryBlobs(tmp_path / "blobs")
    runs = [await house.runs.calculate(month, plans["sample"]) for month in MONTHS]
    first, second = (stored_snapshot(run, blobs) for run in runs)
    assert sorted([*first.order_ids, *second.order_ids]) == sorted(
        [*(f"O{number}" for number in range(9)), "OC", "R3", "late", "R1"]
    )
    assert {"late", "R1"} <= set(second.order_ids)
    assert first.snapshot.people.sponsor.tolist() != second.snapshot.people.sponsor.tolist()

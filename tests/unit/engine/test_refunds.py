"""Returns after the close in the engine: no volume for ranks, levels and legs where a plan takes nothing back."""

from typing import Any

import numpy as np

from app.engine.calculate import calculate
from app.engine.models import Orders, Snapshot
from app.engine.refunds import as_counted
from app.plans.models import Plan
from tests.unit.engine.companies import snapshot


def plan_with(**refunds: Any) -> Plan:
    levels = {"type": "unilevel", "name": "Levels", "levels_by_rank": {"Member": ["10%"], "Silver": ["10%"]}}
    binary = {"type": "binary", "name": "Team", "rate": "10%"}
    ranks = [{"name": "Member"}, {"name": "Silver", "requires": {"personal_pv": 400}}]
    said = {"name": "P", "version": "1", "currency": "EUR", "ranks": ranks, "bonuses": [levels, binary]}
    return Plan.model_validate(said | {"refunds": refunds})


def company(*late: int) -> Snapshot:
    """0 above 1 and 2, left and right; 1 sells 500, of which returns take 100 back each; 2 sells 900."""
    orders = [(1, -1, 500_00), (2, -1, 900_00), *((1, -1, -100_00) for _ in late)]
    plain = snapshot(sponsor=[-1, 0, 0], orders=orders, parent=[-1, 0, 0], slot=[0, 1, 2])
    columns = dict(plain.orders.columns()) | {"late_return": np.array([-1, -1, *late])}
    return Snapshot(plain.people, Orders(**columns), plain.titles)


def test_what_is_kept_is_in_no_rank_no_level_and_no_leg() -> None:
    taken, kept = (calculate(company(20, 20), plan_with(after_close=how)) for how in ("negative_volume", "kept"))
    for result, volume, rank in ((taken, 300_00, 0), (kept, 500_00, 1)):
        assert result.ranks.actual("personal_pv").tolist() == [0, volume, 900_00]
        assert result.ranks.paid_as.tolist() == [0, rank, 1]
        assert result.carry.left_new.tolist()[0] == volume
        assert result.totals.by_person[0].tolist() == [0, volume // 10, 90_00]
        assert result.totals.by_person[1].tolist() == [volume // 10, 0, 0]
        assert (result.totals.pv, result.totals.cv) == (volume + 900_00,) * 2


def test_the_window_is_counted_in_whole_days_after_the_order() -> None:
    counted = as_counted(company(-1, 0, 13, 14, 15), plan_with(window_days=14))
    assert counted.orders.cv.tolist() == [500_00, 900_00, -100_00, -100_00, -100_00, -100_00, 0]
    assert counted.sponsor_tree is not None


def test_by_default_every_return_counts_and_the_plan_keeps_its_hash() -> None:
    there = company(0, 400)
    assert as_counted(there, plan_with()) is not None
    assert as_counted(there, plan_with()).orders.cv.tolist() == there.orders.cv.tolist()
    assert "refunds" not in plan_with().canonical()
    assert '"refunds":{"after_close":"kept","window_days":null}' in plan_with(after_close="kept").canonical()

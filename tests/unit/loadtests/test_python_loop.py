"""The loop that the engine is timed beside pays everybody the same, or no time of it counts."""

from dataclasses import replace

import numpy as np
import pytest

from app.engine.calculate import calculate
from app.engine.models import Snapshot
from app.generator import CompanySpec, generate
from loadtests.python_loop import PLAN, compare_pay, must_pay_alike, pay, plain
from loadtests.timing import DifferentAnswerError
from loadtests.trees import HEAVY_TAILED, snapshot_of
from tests.unit.engine.companies import random_snapshot, snapshot


def _chain(people: int) -> Snapshot:
    above = np.arange(people) - 1
    orders = [(seller, seller if seller % 2 else -1, 1_000 + seller) for seller in range(people)]
    return snapshot(above, orders, parent=above, slot=np.where(above < 0, 0, 1 + above % 2))


COMPANIES = {
    "generated": snapshot_of(generate(CompanySpec(500, 3))),
    "ugly": random_snapshot(500, 2_000, seed=7),
    "long sponsor lines": random_snapshot(500, 2_000, seed=8, recent=0.01),
    "chain": _chain(500),
    "nobody ordered": random_snapshot(50, 0, seed=9),
}


@pytest.mark.parametrize("name", COMPANIES)
def test_the_loop_pays_everybody_what_the_engine_pays(name: str) -> None:
    """Every person, both bonuses, both carries."""
    company = COMPANIES[name]
    result = calculate(company, PLAN)

    paid = pay(*plain(company))

    must_pay_alike(paid, result)
    assert paid.total == result.totals.amount


def test_a_cent_of_difference_is_found() -> None:
    """Else the gate would let anything through."""
    company = COMPANIES["generated"]
    paid = pay(*plain(company))
    somebody = next(iter(paid.unilevel))

    with pytest.raises(DifferentAnswerError, match="unilevel"):
        must_pay_alike(
            replace(paid, unilevel=paid.unilevel | {somebody: paid.unilevel[somebody] + 1}), calculate(company, PLAN)
        )


def test_both_are_timed() -> None:
    """In one row."""
    row = compare_pay(COMPANIES["generated"], HEAVY_TAILED)

    assert row.p50_ms
    assert row.beside_ms


def test_a_walk_without_end_is_left_out_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a long chain the loop would take hours."""
    monkeypatch.setattr("loadtests.python_loop.MOST_STEPS", 100)

    row = compare_pay(COMPANIES["chain"], "chain")

    assert row.p50_ms
    assert row.beside_ms is None
    assert row.beside_words == "124,750 steps, left out"

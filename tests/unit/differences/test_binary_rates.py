"""Two runs whose binary pays otherwise because its rate goes by rank, or by the own volume."""

from typing import Any

import numpy as np
import pytest

from app.differences.lineup import line_up
from app.differences.models import Cause, Paid
from app.engine.calculate import calculate
from app.engine.models import Snapshot
from app.plans.models import Plan
from app.runs.models import Taken
from tests.unit.engine.companies import snapshot

RANKS = [{"name": "Member"}, {"name": "Gold", "requires": {"personal_pv": 50}}]
BY_RANK = {"rate": {"Member": "5%", "Gold": "10%"}}
BY_VOLUME = {"rate": {"by": "personal_cv", "steps": [{"from": 0, "rate": "5%"}, {"from": 50, "rate": "10%"}]}}
MORE = {"rate": {"by": "personal_cv", "steps": [{"from": 0, "rate": "6%"}, {"from": 50, "rate": "10%"}]}}
CYCLES = {"method": "cycles", "cycle": {"strong": "10", "weak": "10", "pays": "1"}}
DEARER = {"method": "cycles", "cycle": {"strong": "10", "weak": "10", "pays": "2"}}


def run_of(bonus: dict[str, Any], own: int) -> Paid:
    """Somebody who buys for `own` above two legs of 100 CV."""
    plan = Plan.model_validate(
        {"name": "P", "version": "1", "currency": "EUR", "ranks": RANKS}
        | {"bonuses": [{"type": "binary", "name": "Team"} | bonus]}
    )
    company: Snapshot = snapshot(
        sponsor=[-1, 0, 0], parent=[-1, 0, 0], slot=[0, 1, 2], orders=[(0, 0, own), (1, 1, 10_000), (2, 2, 10_000)]
    )
    taken = Taken(company, ["A", "B", "C"], [""] * 3, np.ones(3, np.bool_), ["O0", "O1", "O2"], 9)
    return Paid(taken, plan, calculate(company, plan))


@pytest.mark.parametrize(
    ("before", "after", "own", "cause"),
    [
        (BY_RANK, BY_RANK, 5_000, Cause.RANK),
        (BY_VOLUME, BY_VOLUME, 5_000, Cause.STEP),
        (BY_VOLUME, MORE, 1_000, Cause.RATE),
        (BY_RANK, MORE, 1_000, Cause.RATE),
        (CYCLES, DEARER, 1_000, Cause.RATE),
    ],
)
def test_the_rule_that_changed_the_rate_is_the_cause(
    before: dict[str, Any], after: dict[str, Any], own: int, cause: Cause
) -> None:
    lined = line_up(run_of(before, 1_000), run_of(after, own))
    assert [Cause(each) for each in lined.cause.tolist()] == [cause]

"""Returns after the close by each policy, worked out by hand, by the oracle alone."""

from typing import Any

import pytest

from tests.oracle.results import Pay
from tests.unit.oracle.plain import order, person, run, terms

LEVELS = {"type": "unilevel", "levels_by_rank": {"Member": ["0.1"]}}


def period(*late: int, **refunds: Any) -> Pay:
    """One sells 500 CV in the period; a return of 100 comes so many days after its order, -1: of this very period."""
    orders = [order(0, 500_00), *(order(0, -100_00) | {"late_return": days} for days in late)]
    return run([person()], orders, terms(LEVELS, refunds=refunds))


@pytest.mark.parametrize(
    ("days", "refunds", "amount"),
    [
        (10, {}, 40_00),
        (10, {"after_close": "negative_volume"}, 40_00),
        (10, {"after_close": "kept"}, 50_00),
        (-1, {"after_close": "kept"}, 40_00),
        (10, {"after_close": "clawback"}, 50_00),
        (-1, {"after_close": "clawback"}, 40_00),
        (30, {"window_days": 30}, 40_00),
        (31, {"window_days": 30}, 50_00),
        (0, {"window_days": 30}, 40_00),
        (31, {"after_close": "kept", "window_days": 60}, 50_00),
        (-1, {"window_days": 1}, 40_00),
    ],
)
def test_what_of_a_return_counts(days: int, refunds: dict[str, Any], amount: int) -> None:
    """Of an order of this period all of it, by any plan; after the close as the plan says."""
    result = period(days, **refunds)
    assert result.amount == amount
    assert result.measures["personal_pv"] == [amount * 10]
    assert (result.pv, result.cv) == (amount * 10, amount * 10)


def test_each_return_is_judged_by_its_own_days() -> None:
    assert period(5, 14, 15, 90, -1, window_days=14).amount == 20_00

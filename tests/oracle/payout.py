"""Payout: what a person earned and brought along is paid where it is enough, else it is carried as their balance."""

from typing import Any

from tests.oracle.numbers import minor
from tests.oracle.results import Balance

SMALLEST = 1
"""Nothing and less than nothing are never paid."""


def balance_of(plan: dict[str, Any], brought_in: int, earned: int) -> Balance:
    """What becomes of it. A plan that says nothing pays whatever is earned, and leaves the balance where it is."""
    if plan["payout"] is None:
        return Balance(brought_in, earned, earned, brought_in)
    due = brought_in + earned
    if due >= max(minor(plan["payout"]["minimum"]), SMALLEST):
        return Balance(brought_in, earned, due, 0)
    return Balance(brought_in, earned, 0, due)

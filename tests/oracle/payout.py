"""Payout: what a person earned and brought along is paid where it is enough, else it is carried as their balance."""

from typing import Any

from tests.oracle.numbers import minor
from tests.oracle.results import Balance

SMALLEST = 1
"""Nothing and less than nothing are never paid."""


def balance_of(plan: dict[str, Any], brought_in: int, earned: int, taken_back: int) -> Balance:
    """What becomes of it. A plan that says nothing pays whatever is earned and not taken back, and leaves the balance
    where it is."""
    if plan["payout"] is None:
        return Balance(brought_in, earned, taken_back, earned + taken_back, brought_in)
    due = brought_in + earned + taken_back
    if due >= max(minor(plan["payout"]["minimum"]), SMALLEST):
        return Balance(brought_in, earned, taken_back, due, 0)
    return Balance(brought_in, earned, taken_back, 0, due)

"""Pieces of sentences that several bonuses say alike."""

from decimal import Decimal

from app.amounts import from_minor
from app.engine.models import Misses, Reason
from app.plans.models import Plan
from app.plans.shares import percent


def money(plan: Plan, minor: int) -> str:
    """`4.00 EUR`."""
    return f"{from_minor(minor)} {plan.currency}"


def commissionable(multiplier: Decimal, base: int) -> str:
    """`200.00 CV`, or `80.00 (200.00 CV x 40 %)`."""
    volume = from_minor(base)
    if multiplier == 1:
        return f"{volume} CV"
    value = f"{volume * multiplier:f}".rstrip("0")
    whole, _, decimals = value.partition(".")
    return f"{whole}.{decimals.ljust(2, '0')} ({volume} CV x {percent(multiplier)})"


def inactive(misses: Misses, row: int) -> str:
    """Why the person of that miss was inactive."""
    needed, actual = misses.needed[row], misses.actual[row]
    if int(misses.reason[row]) == Reason.INACTIVE_STATUS:
        return "your status was not active"
    missing = from_minor(int(needed) - int(actual))
    return (
        f"you had {from_minor(int(actual))} of {from_minor(int(needed))} personal PV, {missing} short of being active"
    )

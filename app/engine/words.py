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
    """Why the person of that miss was inactive, or to the bonus as if inactive."""
    needed, actual, reason = int(misses.needed[row]), int(misses.actual[row]), Reason(int(misses.reason[row]))
    if reason is Reason.INACTIVE_STATUS:
        return "your status was not active"
    had, short = f"{from_minor(actual)} of {from_minor(needed)}", from_minor(needed - actual)
    if reason is Reason.INACTIVE_VOLUME:
        return f"you had {had} personal PV, {short} short of being active"
    of_group = reason is Reason.GATE_MAJORITY
    if actual >= needed:
        return f"your {'group' if of_group else 'personal'} PV is not above 0"
    whose = "the customers of your group" if of_group else "your customers"
    return f"{whose} bought {had} PV, {short} short of what this bonus asks for"

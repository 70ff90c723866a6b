"""Pieces of sentences that several bonuses say alike."""

from decimal import Decimal

import numpy as np

from app.amounts import from_minor
from app.engine.gates import Shown, failed_gate, person_gates, shown_to
from app.engine.models import Reason, Result
from app.engine.per_total import is_of_orders
from app.engine.rates import share_of
from app.plans.gates import SingleGate, singles
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


def beside_itself(plan: Plan, result: Result, row: int) -> str:
    """What a line has more or less than it comes to by itself, where totals are rounded."""
    lines, bonus = result.lines, plan.bonuses[int(result.lines.bonus[row])]
    if plan.rounded_per == "line" or not is_of_orders(bonus):
        return ""
    rate = int(lines.rate_num[row]), int(lines.rate_den[row])
    moved = int(lines.amount[row]) - share_of(int(lines.base[row]), *rate, plan.rounding == "half_even", True)
    if not moved:
        return ""
    told = f"{money(plan, abs(moved))} {'more' if moved > 0 else 'less'} than by itself"
    return f"; {told}, since all your lines of this bonus are rounded together"


def inactive(plan: Plan, result: Result, row: int) -> str:
    """Why the person of that miss was inactive, or to the bonus as if inactive."""
    misses = result.misses
    needed, actual, reason = int(misses.needed[row]), int(misses.actual[row]), Reason(int(misses.reason[row]))
    if reason is Reason.INACTIVE_STATUS:
        return "your status was not active"
    if reason is Reason.INACTIVE_VOLUME:
        had, short = f"{from_minor(actual)} of {from_minor(needed)}", from_minor(needed - actual)
        return f"you had {had} personal PV, {short} short of being active"
    person = np.array([int(misses.person[row])])
    bonus = int(misses.bonus[row])
    gate = person_gates(plan, bonus)[int(failed_gate(plan, result.ranks, bonus, person)[0])]
    every = [_short(one, shown_to(one, result.ranks, person)) for one in singles(gate)]
    return every[0] if len(every) == 1 else f"{', and '.join(every)}; one of that would be enough"


def _short(gate: SingleGate, shown: Shown) -> str:
    """How far somebody is from passing a gate."""
    needed, actual = int(shown.needed[0]), int(shown.actual[0])
    if gate.type == "customers":
        return f"{actual} of {needed} customers of yours bought, {needed - actual} short of what this bonus asks for"
    of_group = gate.type == "majority_of_customers"
    if actual >= needed:
        return f"your {'group' if of_group else 'personal'} PV is not above 0"
    whose, short = "the customers of your group" if of_group else "your customers", from_minor(needed - actual)
    return f"{whose} bought {from_minor(actual)} of {from_minor(needed)} PV, {short} short of what this bonus asks for"

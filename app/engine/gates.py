"""Gates: who is to a bonus as if inactive because customers buy too little, and which orders pay nobody.

Ranks do not know of them: `Ranks.active` is by status and volume alone, and what is told here is told of one bonus.
"""

from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.amounts import to_minor
from app.engine.case import Case
from app.engine.columns import Bools, Int16s, Int64s, sealed
from app.engine.measures import CUSTOMERS, GROUP_CUSTOMER_PV
from app.engine.models import Misses, Ranks, Reason, Snapshot
from app.plans.gates import (
    AnyOf,
    Customers,
    CustomerShare,
    CustomerVolume,
    NoOwnPurchases,
    PersonGate,
    guards,
    singles,
)
from app.plans.models import Plan

REASONS = {
    "customer_pv": Reason.GATE_CUSTOMER_PV,
    "customer_share": Reason.GATE_CUSTOMER_SHARE,
    "majority_of_customers": Reason.GATE_MAJORITY,
    "customers": Reason.GATE_CUSTOMERS,
}
"""What a miss says of whoever fails a gate, by its type; of several of which one is enough it tells the first."""

_OF_INACTIVITY = (Reason.INACTIVE_STATUS, Reason.INACTIVE_VOLUME)
_EVERYBODY = slice(None)


class Shown(NamedTuple):
    """What a gate sees of people: who passes, the least that would, and what there is: minor PV of customers, or how
    many of them. Of several of which one is enough the latter are of the first."""

    passes: Bools
    needed: Int64s
    actual: Int64s


def person_gates(plan: Plan, bonus: int) -> dict[int, PersonGate]:
    """The gates of a bonus that look at people, by their number in the plan."""
    name = plan.bonuses[bonus].name
    return {
        number: gate
        for number, gate in enumerate(plan.gates)
        if not isinstance(gate, NoOwnPurchases) and guards(gate, name)
    }


def shown_to(gate: PersonGate, ranks: Ranks, people: NDArray[np.integer[Any]] | slice = _EVERYBODY) -> Shown:
    """What a gate sees of some people, whose rows are given."""
    if isinstance(gate, AnyOf):
        first, *others = (shown_to(one, ranks, people) for one in gate.gates)
        passes = np.logical_or.reduce([first.passes, *(other.passes for other in others)])
        return first._replace(passes=passes)
    if isinstance(gate, Customers):
        actual = ranks.actual(CUSTOMERS.name)[people]
        needed = np.full(len(actual), gate.at_least, dtype=np.int64)
        return Shown(actual >= needed, needed, actual)
    if isinstance(gate, CustomerVolume):
        actual = ranks.actual("customer_pv")[people]
        needed = np.full(len(actual), to_minor(gate.at_least), dtype=np.int64)
        return Shown(actual >= needed, needed, actual)
    if isinstance(gate, CustomerShare):
        actual, whole = ranks.actual("customer_pv")[people], ranks.actual("personal_pv")[people]
        needed = -_floor_share(-whole, Fraction(gate.at_least))
    else:
        actual, whole = ranks.actual(GROUP_CUSTOMER_PV)[people], ranks.actual("group_pv")[people]
        needed = _floor_share(whole, Fraction(gate.more_than)) + 1
    return Shown((whole > 0) & (actual >= needed), np.maximum(needed, 1), actual)


def failed_gate(plan: Plan, ranks: Ranks, bonus: int, people: NDArray[np.integer[Any]] | slice = _EVERYBODY) -> Int16s:
    """The first gate of a bonus that each of some people fails, by its number in the plan; -1 of who passes all."""
    failed = np.full(len(ranks.active[people]), -1, dtype=np.int16)
    for number, gate in person_gates(plan, bonus).items():
        failed[(failed < 0) & ~shown_to(gate, ranks, people).passes] = number
    return failed


def active_in(plan: Plan, ranks: Ranks, bonus: int, people: NDArray[np.integer[Any]] | slice = _EVERYBODY) -> Bools:
    """Who of some people is active and passes the gates of a bonus."""
    active = ranks.active[people]
    return active & (failed_gate(plan, ranks, bonus, people) < 0) if person_gates(plan, bonus) else active


def seen_by(snapshot: Snapshot, plan: Plan, ranks: Ranks, bonus: int) -> tuple[Snapshot, Ranks]:
    """The company as one bonus sees it: whoever fails its gates is not active, and what pays nobody has no CV."""
    name = plan.bonuses[bonus].name
    if any(isinstance(gate, NoOwnPurchases) and guards(gate, name) for gate in plan.gates):
        snapshot = snapshot.without_cv_of(snapshot.orders.buyer >= 0)
    if person_gates(plan, bonus):
        ranks = replace(ranks, active=sealed(active_in(plan, ranks, bonus)))
    return snapshot, ranks


def let_in(case: Case, bonus: int) -> Case:
    """The case as one bonus sees it."""
    if not any(guards(gate, case.plan.bonuses[bonus].name) for gate in case.plan.gates):
        return case
    snapshot, ranks = seen_by(case.snapshot, case.plan, case.ranks, bonus)
    return replace(case, snapshot=snapshot, ranks=ranks)


def name_gates(misses: Misses, plan: Plan, ranks: Ranks) -> None:
    """Write into the misses of those who are active, and were treated as if not, which gate they failed."""
    for bonus in range(len(plan.bonuses)):
        if not person_gates(plan, bonus):
            continue
        rows = np.flatnonzero((misses.bonus == bonus) & np.isin(misses.reason, _OF_INACTIVITY))
        rows = rows[ranks.active[misses.person[rows]]]
        failed = failed_gate(plan, ranks, bonus, misses.person[rows])
        for number, gate in person_gates(plan, bonus).items():
            here = rows[failed == number]
            shown = shown_to(gate, ranks, misses.person[here])
            misses.reason[here] = REASONS[singles(gate)[0].type]
            misses.needed[here], misses.actual[here] = shown.needed, shown.actual


def _floor_share(volume: Int64s, share: Fraction) -> Int64s:
    """floor(volume x share), exactly."""
    num, den = share.numerator, share.denominator
    # In parts, since the product may leave 64 bits.
    return volume // den * num + volume % den * num // den

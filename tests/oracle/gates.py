"""Gates: whom a bonus treats as inactive though they are active, and whose orders it pays nobody for.

`gates` of a plan's canonical JSON is a list, each for the bonuses it names, or for all when it names none.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from tests.oracle.numbers import minor, number

if TYPE_CHECKING:
    from tests.oracle.company import Bonus, Company, Order, Why

Gate = dict[str, Any]
LEAST = 1
"""The smallest volume there is, asked where no share of the volume at hand would do."""


def kept_out(company: Company, bonus: Bonus, ix: int) -> Why | None:
    """Reason, needed and actual when the bonus treats the person as inactive: because they are, else by the first gate
    in the plan's order that they fail."""
    if (inactive := company.inactivity(ix)) is not None:
        return inactive
    for gate in gates_of(company, bonus):
        if (failed := fails(company, gate, ix)) is not None:
            return failed
    return None


def pays_for(company: Company, bonus: Bonus, order: Order) -> bool:
    """Whether the bonus pays anybody for that order: without own purchases it pays customers' orders alone."""
    no_own = any(gate["type"] == "no_own_purchases" for gate in gates_of(company, bonus))
    return not (no_own and order["own"])


def gates_of(company: Company, bonus: Bonus) -> Iterator[Gate]:
    """The gates before that bonus."""
    for gate in company.plan["gates"]:
        if gate["bonuses"] is None or bonus["name"] in gate["bonuses"]:
            yield gate


def fails(company: Company, gate: Gate, ix: int) -> Why | None:
    """Reason, needed and actual when the person does not get through."""
    match gate["type"]:
        case "customer_pv":
            needed, actual = minor(gate["at_least"]), company.customer_pv(ix)
            return None if actual >= needed else ("GATE_CUSTOMER_PV", needed, actual)
        case "customer_share":
            share, of, actual = number(gate["at_least"]), company.personal_pv(ix), company.customer_pv(ix)
            passes = of > 0 and actual >= share * of
            return None if passes else ("GATE_CUSTOMER_SHARE", max(ceil(share * of), LEAST), actual)
        case "majority_of_customers":
            share, of, actual = number(gate["more_than"]), company.group_pv(ix), company.group_customer_pv(ix)
            passes = of > 0 and actual > share * of
            return None if passes else ("GATE_MAJORITY", max(floor(share * of) + 1, LEAST), actual)
        case "customers":
            needed, actual = gate["at_least"], company.customers(ix)
            return None if actual >= needed else ("GATE_CUSTOMERS", needed, actual)
        case "any_of":
            # Whoever passes one passes; of who passes none the first is told.
            failed = [fails(company, one, ix) for one in gate["gates"]]
            return None if None in failed else failed[0]
        case "no_own_purchases":
            return None  # it takes orders, not people
    raise AssertionError(gate)

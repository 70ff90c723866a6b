"""What is wrong with the gates of a plan although each field is fine by itself."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from app.plans.gates import AnyOf, CustomerShare, Gate, MajorityOfCustomers, NoOwnPurchases, PersonGate
from app.plans.shares import Finding, Path, fine_message, too_fine


def gate_errors(gates: Sequence[Gate], bonuses: Sequence[str]) -> Iterator[Finding]:
    """Bonuses that do not exist, shares that are not exact, and choices that are none."""
    for at, gate in enumerate(gates):
        for number, name in enumerate(gate.bonuses or ()):
            if name not in bonuses:
                yield ("gates", at, "bonuses", number), f"the plan has no bonus {name!r} (it has {', '.join(bonuses)})"
        if not isinstance(gate, AnyOf):
            yield from _inexact(("gates", at), gate)
            continue
        if len(gate.gates) == 1:
            yield ("gates", at, "gates"), "there is nothing to choose from; write the one gate by itself"
        for number, one in enumerate(gate.gates):
            path = ("gates", at, "gates", number)
            yield from _inexact(path, one)
            if one.bonuses is not None:
                yield (*path, "bonuses"), "which bonuses are guarded is said beside `any_of`, of all of it"
            if one.type in {other.type for other in gate.gates[:number]}:
                yield (*path, "type"), f"a second {one.type!r} says nothing: the easier of both alone decides"


def _inexact(path: Path, gate: PersonGate | NoOwnPurchases) -> Iterator[Finding]:
    shares = {"at_least": gate.at_least} if isinstance(gate, CustomerShare) else {}
    if isinstance(gate, MajorityOfCustomers):
        shares = {"more_than": gate.more_than}
    for key, share in shares.items():
        if too_fine(share, Decimal(1)):
            yield (*path, key), fine_message(share, Decimal(1))

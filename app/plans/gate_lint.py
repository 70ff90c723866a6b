"""What is wrong with the gates of a plan although each field is fine by itself."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from app.plans.gates import CustomerShare, Gate, MajorityOfCustomers
from app.plans.shares import Finding, fine_message, too_fine


def gate_errors(gates: Sequence[Gate], bonuses: Sequence[str]) -> Iterator[Finding]:
    """Bonuses that do not exist, and shares that are not exact."""
    for at, gate in enumerate(gates):
        for number, name in enumerate(gate.bonuses or ()):
            if name not in bonuses:
                yield ("gates", at, "bonuses", number), f"the plan has no bonus {name!r} (it has {', '.join(bonuses)})"
        shares = {"at_least": gate.at_least} if isinstance(gate, CustomerShare) else {}
        if isinstance(gate, MajorityOfCustomers):
            shares = {"more_than": gate.more_than}
        for key, share in shares.items():
            if too_fine(share, Decimal(1)):
                yield ("gates", at, key), fine_message(share, Decimal(1))

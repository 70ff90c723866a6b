"""What clients send: orders mostly, some of them come back, and newcomers with a place, so that trees grow as well."""

import random
from typing import Any, Final

from app.clock import from_ms, zulu
from app.periods.months import month
from loadtests.company import MONTHS, id_of
from loadtests.faults.journal import Intent

RETURNS: Final = 0.08
NEWCOMERS: Final = 0.07
_AT: Final = zulu(from_ms(month(MONTHS[1], "UTC").ends_at - 1))
"""When everybody has enrolled."""


class Commands:
    """One client's, the same for the same seed as long as the same are acknowledged."""

    def __init__(self, name: str, people: int, seed: int) -> None:
        self._name = name
        self._people = people
        self._draw = random.Random(f"{seed} {name}")
        self._number = 0
        self._sold: list[str] = []

    def next(self) -> Intent:
        """A key that nobody had, and what is done under it."""
        self._number += 1
        number, kind = f"{self._name}-{self._number}", self._draw.random()
        if kind < RETURNS and self._sold:
            back = self._sold.pop(self._draw.randrange(len(self._sold)))
            return Intent(
                f"return {number}", "Return", f"/v1/orders/{back}/return", {"id": f"R-{number}", "placed_at": _AT}
            )
        if kind > 1 - NEWCOMERS:
            return Intent(f"enrol {number}", "Enrol", "/v1/distributors", self._newcomer(f"N-{number}"))
        return Intent(f"order {number}", "Order", "/v1/orders", self._order(f"O-{number}"))

    def acknowledged(self, intent: Intent) -> None:
        """It is there, so it can come back."""
        if intent.kind == "Order":
            self._sold.append(intent.body["id"])

    def _order(self, id: str) -> dict[str, Any]:
        pv = self._draw.randrange(100, 50_000)
        return {
            "id": id,
            "buyer_id": self._somebody(),
            "buyer_kind": "distributor",
            "placed_at": _AT,
            "pv": f"{pv // 100}.{pv % 100:02}",
            "cv": f"{pv // 125}.00",
        }

    def _newcomer(self, id: str) -> dict[str, Any]:
        return {
            "id": id,
            "sponsor_id": self._somebody(),
            "name": f"Newcomer {id}",
            "enrolled_at": _AT,
            "placement": {"kind": "below_sponsor", "strategy": "first_open"},
        }

    def _somebody(self) -> str:
        return id_of(self._draw.randrange(self._people))

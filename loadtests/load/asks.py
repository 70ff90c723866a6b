"""What is asked for, by which kind of user."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from app.clock import from_ms, zulu
from app.periods.months import month
from loadtests.company import MONTHS
from loadtests.load.draws import Roots

User = Literal["administrator", "distributor", "support"]
USERS: Final[tuple[User, ...]] = get_args(User)
Name = Literal[
    "dashboard", "rank", "statement", "live rank and pay", "page of a tree", "children", "upline", "order",
    "hot page", "page of 50, first", "page of 50, again", "page of many, first", "page of many, again",
]  # fmt: skip
_AT: Final = zulu(from_ms(month(MONTHS[1], "UTC").ends_at - 1))
"""When everybody has enrolled."""
PAGE: Final = 50
AGAIN: Final[Mapping[Name, Name]] = {
    "page of 50, first": "page of 50, again",
    "page of many, first": "page of many, again",
}
"""What is asked once more as soon as it was answered, and so comes out of the cache."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `about` is whose token a distributor shows; a body makes it a POST under a key."""

    name: Name
    user: User
    path: str
    about: str
    body: Mapping[str, Any] | None = None
    key: str = ""


_OF: Final[Mapping[Name, User]] = {
    "dashboard": "distributor",
    "rank": "distributor",
    "statement": "distributor",
    "live rank and pay": "distributor",
    "page of a tree": "support",
    "children": "support",
    "upline": "support",
    "order": "administrator",
    "hot page": "support",
    "page of 50, first": "support",
    "page of many, first": "support",
}
_PATHS: Final[Mapping[Name, str]] = {
    "dashboard": "dashboard",
    "rank": f"rank?period={MONTHS[0]}",
    "statement": f"statements/{MONTHS[0]}",
    "live rank and pay": f"live?period={MONTHS[1]}",
    "page of a tree": f"downline?tree=binary&period={MONTHS[1]}&limit={PAGE}",
    "children": f"children?tree=sponsor&period={MONTHS[1]}&limit={PAGE}",
    "upline": "upline?tree=sponsor",
    "hot page": f"downline?tree=sponsor&period={MONTHS[1]}&limit={PAGE}",
    "page of 50, first": f"downline?tree=sponsor&period={MONTHS[1]}&depth=9000&limit={PAGE}",
}
MIX: Final[Mapping[Name, float]] = {
    "dashboard": 0.60,
    "rank": 0.08,
    "statement": 0.06,
    "live rank and pay": 0.06,
    "page of a tree": 0.04,
    "children": 0.04,
    "upline": 0.02,
    "order": 0.10,
}
"""Shares of all requests: dashboards, rank and pay, trees, orders."""


def path_of(name: Name, id: str) -> str:
    """Of what is asked about somebody."""
    return f"/v1/distributors/{id}/{_PATHS[name]}"


def of_user(rates: Mapping[Name, float], user: User) -> dict[Name, float]:
    """That part of the rates which is the user's."""
    return {name: rate for name, rate in rates.items() if _OF[name] == user}


class Asks:
    """Makes requests of one kind of user. `once` are people whom nobody asks about otherwise: the first page of each is
    in no cache. A page of many has `many` people."""

    def __init__(self, roots: Roots, label: str, once: Iterator[str], many: int) -> None:
        self._roots = roots
        self._label = label
        self._once = once
        self._many = many
        self._numbers = itertools.count(1)
        self._makers: Mapping[Name, Callable[[], Ask]] = {
            "order": self._order,
            "page of 50, first": lambda: _about("page of 50, first", next(self._once)),
            "page of many, first": self._first_of_many,
        }

    def make(self, name: Name) -> Ask:
        """One of that name."""
        maker = self._makers.get(name)
        return _about(name, self._roots.one()) if maker is None else maker()

    def _first_of_many(self) -> Ask:
        id = next(self._once)
        path = f"/v1/distributors/{id}/downline?tree=sponsor&period={MONTHS[1]}&depth=9000&limit={self._many}"
        return Ask("page of many, first", _OF["page of many, first"], path, id)

    def _order(self) -> Ask:
        number, buyer = f"{self._label}-{next(self._numbers)}", self._roots.anybody()
        sold = {"id": number, "buyer_id": buyer, "buyer_kind": "distributor", "placed_at": _AT}
        return Ask("order", "administrator", "/v1/orders", buyer, sold | {"pv": "100.00", "cv": "80.00"}, number)


def _about(name: Name, id: str) -> Ask:
    return Ask(name, _OF[name], path_of(name, id), id)

"""What people and customers say of themselves in the graph, and Head of the matrix, is copied from facts: whether it
still is so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from app.facts.decide import DECIDED
from app.facts.history import FactsOfKind

_FROM_THE_START: Final = ("id", "name", "region", "title", "enrolled_at", "status", "terminated_at", "consequence")
_LEFT: Final = {"status": "active", "terminated_at": None, "consequence": None}


@dataclass(slots=True)
class Told:
    """What the facts say that came after enrolments, by ix; and how many enrolments and registrations there are."""

    people: int = 0
    customers: int = 0
    later: dict[int, dict[str, Any]] = field(default_factory=dict)

    def read(self, page: list[FactsOfKind]) -> None:
        """Take in a page of facts. What cannot be read is left out: the chain names it."""
        changes: list[tuple[int, int, dict[str, Any]]] = []
        for facts in page:
            self.people += len(facts) * (facts.kind == "Enrol")
            self.customers += len(facts) * (facts.kind == "Register")
            if facts.kind in _CHANGES:
                changes += _changes(facts)
        for _, ix, change in sorted(changes, key=lambda each: each[0]):
            self.later.setdefault(ix, {}).update(change)

    def person_problems(self, ix: int, said: Mapping[str, Any], told_ix: int, body: str) -> Iterator[str]:
        """Where somebody's node says something else than the facts."""
        name = f"Distributor {said['id']} (number {ix})"
        enrolled = _read(body)
        if told_ix != ix or enrolled is None:
            yield f"{name} names no fact that enrolled them."
            return
        is_so = {key: enrolled.get(key) for key in _FROM_THE_START}
        is_so["owner"] = None if enrolled.get("owner") in ("", enrolled.get("id")) else enrolled.get("owner")
        is_so["preference"] = enrolled.get("preference") or None
        is_so["status_at"] = enrolled.get("terminated_at")
        is_so |= self.later.get(ix, {})
        for key, value in is_so.items():
            if not same(said.get(key), value):
                yield f"{name} says {key} {said.get(key)!r}; by the facts it is {value!r}."


def customer_problems(said: Mapping[str, Any], distributor_ix: int, told_ix: int, body: str) -> Iterator[str]:
    """Where a customer's node says something else than the fact that registered them."""
    name = f"Customer {said['id']}"
    registered = _read(body)
    if registered is None:
        yield f"{name} names no fact that registered them."
        return
    for key, value in said.items():
        if not same(value, registered.get(key)):
            yield f"{name} says {key} {value!r}; by the facts it is {registered.get(key)!r}."
    if distributor_ix != told_ix:
        yield f"{name} is a customer of distributor number {distributor_ix}; by the facts of number {told_ix}."


def matrix_problems(says: tuple[Any, Any], body: str | None) -> Iterator[str]:
    """Where Head says another width or depth of the matrix than the last fact of it; without one it says none."""
    told = {} if body is None else _read(body)
    is_so = None if told is None else (told.get("width"), told.get("depth"))
    if is_so is not None and not all(map(same, says, is_so)):
        yield f"Head says a matrix of {says[0]!r} x {says[1]!r}; by the facts it is {is_so[0]!r} x {is_so[1]!r}."


def _changes(facts: FactsOfKind) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Number of the fact, ix of the person, and what is so of them since."""
    ixs = facts.decided[DECIDED[facts.kind].index("ix")]
    for seq, ix, at, body in zip(facts.seq, ixs, facts.valid_at, facts.body, strict=True):
        said = _read(body)
        if said is None or type(seq) is not int or type(ix) is not int:
            continue
        if facts.kind == "Prefer":
            yield seq, ix, {"preference": said.get("preference") or None}
        elif facts.kind == "Reinstate":
            yield seq, ix, _LEFT | {"status_at": at}
        else:
            left = {"status": "terminated", "terminated_at": at, "consequence": said.get("consequence")}
            yield seq, ix, left | {"status_at": at}


_CHANGES: Final = frozenset({"Prefer", "Terminate", "Reinstate"})


def _read(body: str) -> dict[str, Any] | None:
    try:
        said = orjson.loads(body)
    except (TypeError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def same(said: Any, is_so: Any) -> bool:
    """Equal, and of one type."""
    return type(said) is type(is_so) and said == is_so

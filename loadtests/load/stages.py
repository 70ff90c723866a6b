"""One stage as the process that calls is told it, and as it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from loadtests.load.asks import Name

VARIABLE: Final = "BANYAN_LOAD"
"""Holds the stage for the locustfile."""


@dataclass(frozen=True, slots=True)
class Stage:
    """How often what is asked for, how long."""

    what: str
    rates: Mapping[Name, float]
    """Requests a second, whatever comes back."""
    seconds: float
    people: int
    seed: int
    secret: str
    company: str
    out: str
    """The file for what is seen."""
    label: str
    """Begins the numbers of orders."""
    once: tuple[str, ...] = ()
    many: int = 1_000

    def as_text(self) -> str:
        return orjson.dumps(self).decode()

    @classmethod
    def of_text(cls, text: str) -> "Stage":
        told = orjson.loads(text)
        return cls(**told | {"once": tuple(told["once"])})


@dataclass(slots=True)
class Seen:
    """Of one name: milliseconds of each answer since its request was due, and what went wrong how often."""

    ms: list[float] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        return sum(self.errors.values())

    def fail(self, why: str) -> None:
        self.errors[why] = self.errors.get(why, 0) + 1


def as_file(seen: Mapping[str, Seen], late_ms: list[float]) -> bytes:
    """`late_ms`: how late the caller itself was with each request."""
    return orjson.dumps({"seen": dict(seen), "late_ms": late_ms})


def of_file(content: bytes) -> tuple[dict[str, Seen], list[float]]:
    told: dict[str, Any] = orjson.loads(content)
    return {name: Seen(**one) for name, one in told["seen"].items()}, told["late_ms"]

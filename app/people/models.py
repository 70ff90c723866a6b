"""A distributor as the graph holds one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.errors import UnavailableError

Status = Literal["active", "suspended", "terminated"]


@dataclass(frozen=True, slots=True)
class Mark:
    """What an answer knows: every fact up to `seq`, recorded at `at` (epoch ms)."""

    seq: int
    at: int


@dataclass(frozen=True, slots=True)
class Card:
    """A distributor's own data and present places. `slot` is 1 left, 2 right, 0 without a place; `matrix_slot` likewise
    1 to the width of the matrix."""

    id: str
    name: str
    status: Status
    title: str
    region: str
    enrolled_at: datetime
    sponsor_id: str | None
    parent_id: str | None
    slot: int
    matrix_parent_id: str | None
    matrix_slot: int
    customers: int
    sponsored: int
    """How many people they sponsor."""
    placed_below: int
    """How many are placed directly under them, 0 to 2."""
    matrix_below: int
    """How many are placed directly under them in the matrix."""


@dataclass(frozen=True, slots=True)
class IncomeCentre:
    """One of an owner's positions. `slot` is 1 left, 2 right, 0 without a place."""

    id: str
    name: str
    status: Status
    sponsor_id: str | None
    parent_id: str | None
    slot: int


@dataclass(frozen=True, slots=True)
class Found:
    """A hit of a search."""

    id: str
    name: str
    status: Status
    title: str


class NamesNotReadyError(UnavailableError):
    """The index of names fills for a while after a large import; nothing else waits for it."""

    title = "Names not ready"

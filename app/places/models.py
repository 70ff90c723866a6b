"""Open slots and the holding tank, as answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """Where a strategy would place a newcomer, and why; `parent_id` is None when nobody can be placed there."""

    parent_id: str | None
    slot: int
    why: str


@dataclass(frozen=True, slots=True)
class OpenSlot:
    """An open slot of `parent_id`, `level` levels below whoever was asked about."""

    parent_id: str
    parent_name: str
    slot: int
    level: int


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody without a place, who is placed by `strategy` after `until` (epoch ms)."""

    id: str
    name: str
    sponsor_id: str
    sponsor_placed: bool
    until: int
    strategy: str

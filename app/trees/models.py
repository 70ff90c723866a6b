"""What the trees answer. Volumes are in minor units (1/100)."""

from dataclasses import dataclass
from typing import Literal

Tree = Literal["sponsor", "binary"]


@dataclass(frozen=True, slots=True)
class Figures:
    """A person's live numbers in one tree and period, as rolled up."""

    heads: int = 0
    """People in the subtree, the person among them; 0 when the roll-up has not reached the person yet."""
    own_pv: int = 0
    own_cv: int = 0
    customer_pv: int = 0
    customer_cv: int = 0
    group_pv: int = 0
    """The whole subtree in this tree, the person's own and customers' volume among it."""
    group_cv: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    """A person on a page of a tree. `level` counts from the page's root; `slot` is 0 in the sponsor tree."""

    ix: int
    id: str
    name: str
    status: str
    level: int
    parent_id: str | None
    slot: int
    sponsor_id: str | None
    child_count: int
    figures: Figures

    @property
    def has_children(self) -> bool:
        """Whether the explorer can open this person further."""
        return self.child_count > 0


@dataclass(frozen=True, slots=True)
class Page:
    """Members in order. `as_of_seq`: the last fact that is surely in it; `next_cursor` None at the end."""

    members: tuple[Member, ...]
    next_cursor: str | None
    as_of_seq: int


@dataclass(frozen=True, slots=True)
class Ancestor:
    """Somebody above. `level` 1 is the direct parent; `slot` is the side of them the person stands on, 0 by sponsor."""

    ix: int
    id: str
    name: str
    status: str
    level: int
    slot: int


@dataclass(frozen=True, slots=True)
class Leg:
    """A frontline person with everybody below (sponsor tree), or one side (binary tree)."""

    ix: int
    id: str
    name: str
    status: str
    slot: int
    heads: int
    pv: int
    cv: int


@dataclass(frozen=True, slots=True)
class Legs:
    """The legs of a person in a period, as rolled up to `as_of_seq`."""

    legs: tuple[Leg, ...]
    as_of_seq: int


@dataclass(frozen=True, slots=True)
class OpenSlot:
    """Where the outside of a leg ends. `parent_id` is None when nobody can be placed there; `reason` says why."""

    parent_id: str | None
    slot: int
    distance: int
    reason: str

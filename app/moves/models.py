"""Consequences of something that has not been said. Volumes are minor units."""

from dataclasses import dataclass

from app.errors import BanyanError
from app.facts.commands import Tree
from app.places.spots import PlacementTree


@dataclass(frozen=True, slots=True)
class Figures:
    """What somebody has in one tree with everybody below: people, or PV and CV of a period."""

    people: int = 0
    pv: int = 0
    cv: int = 0

    def plus(self, other: "Figures", sign: int) -> "Figures":
        """With another branch added, or taken away (-1)."""
        return Figures(self.people + sign * other.people, self.pv + sign * other.pv, self.cv + sign * other.cv)


@dataclass(frozen=True, slots=True)
class LegChange:
    """One leg of somebody: who heads it, and what it has before and after."""

    id: str
    before: Figures
    after: Figures


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody whose legs change in a tree. Above the old or the new place people change, too; where the ways up meet
    only the legs do."""

    tree: Tree
    id: str
    name: str
    before: Figures
    after: Figures
    legs: tuple[LegChange, ...]


@dataclass(frozen=True, slots=True)
class RankChange:
    """Somebody who would be paid as another rank; None for no rank."""

    id: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Ranks:
    """By which plan and for which open period; `note` says why there are none."""

    plan: str | None
    period: str | None
    changes: tuple[RankChange, ...]
    note: str | None


@dataclass(frozen=True, slots=True)
class Stay:
    """A place that somebody had in a tree, and the fact that says so. Instants are epoch ms; `slot` is 0 by sponsor."""

    parent_id: str
    parent_name: str
    slot: int
    begin: int
    end: int | None
    """None while it lasts."""
    seq: int
    kind: str
    actor: str
    reason: str
    recorded_at: int
    ended_seq: int | None
    """The fact by which its end is known."""
    corrected_seq: int | None
    """Since this fact it is known that it was not so."""


@dataclass(frozen=True, slots=True)
class MoveHistory:
    """A page of the places that somebody had, by when they began, as known at fact `seq`; `total` on all pages."""

    stays: tuple[Stay, ...]
    total: int
    seq: int


@dataclass(frozen=True, slots=True)
class Frontline:
    """Whom somebody sponsors, and who sponsors them ('' for nobody), each since when (epoch ms)."""

    ids: tuple[str, ...]
    since: tuple[int, ...]
    sponsor_id: str
    sponsored_since: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where somebody stands in a tree with slots, and who stands directly below: whoever did not leave first, and of
    those whoever enrolled first."""

    tree: PlacementTree
    parent_id: str
    """Empty where nobody stands above."""
    slot: int
    sponsored: bool
    """False at the top of the company."""
    ids: tuple[str, ...]
    slots: tuple[int, ...]
    since: int
    """Since when they stand there, epoch ms."""
    changed_below_at: int
    """When the last of those below came or went, epoch ms."""


@dataclass(frozen=True, slots=True)
class FormerPlace:
    """Where somebody stood before they moved; `slot` is 0 by sponsor."""

    parent_id: str
    slot: int


@dataclass(frozen=True, slots=True)
class Goal:
    """Where a move leads, and in words why there where a strategy found it."""

    parent_id: str
    slot: int
    why: str | None


@dataclass(frozen=True, slots=True)
class Other:
    """Somebody below who goes elsewhere, with everybody below them, since an instant (epoch ms)."""

    id: str
    tree: Tree
    parent_id: str
    slot: int
    effective_at: int


@dataclass(frozen=True, slots=True)
class Consequences:
    """What would become of a move or a termination that came now.

    `refusal`: why it would be refused; None when it is allowed. Where only the policy refuses it, everything else is
    told as if it were overridden.
    """

    refusal: BanyanError | None
    goal: Goal | None
    """Of a move."""
    others: tuple[Other, ...]
    """Who else goes elsewhere with it."""
    effective_at: int | None
    unchanged_through: str | None
    subtree: Figures | None
    people: tuple[Change, ...]
    volumes: tuple[tuple[str, tuple[Change, ...]], ...]
    """By the name of an open period, of any calendar, that ends after it takes effect."""
    ranks: tuple[Ranks, ...]
    """For each of those periods; one without a period where there are none for any of them."""
    seq: int
    """The last fact of the trees."""
    figures_seq: int
    """The last fact that the figures count."""

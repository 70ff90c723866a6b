"""What the trees answer. Volumes are in minor units (1/100)."""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, get_args

Tree = Literal["sponsor", "binary", "matrix"]
TREES: Final[tuple[Tree, ...]] = get_args(Tree)


class Figures(NamedTuple):
    """A person's live numbers in one tree and period, as rolled up.

    A tuple, as a Member is: a page makes a thousand of each, and frozen dataclasses take several times as long to make.
    """

    heads: int = 0
    """People in the subtree, the person among them; 0 when the roll-up has not reached the person yet."""
    own_pv: int = 0
    own_cv: int = 0
    customer_pv: int = 0
    customer_cv: int = 0
    group_pv: int = 0
    """The whole subtree in this tree, the person's own and customers' volume among it."""
    group_cv: int = 0


class Member(NamedTuple):
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
class Filters:
    """Who is let through. A filter that is empty or None lets everybody; PV is in minor units, both ends included."""

    titles: tuple[str, ...] = ()
    ranks: tuple[str, ...] = ()
    """As the newest committed run paid them; who was paid nothing has none."""
    statuses: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    pv_from: int | None = None
    """Their own and their customers'."""
    pv_to: int | None = None
    group_pv_from: int | None = None
    """Of everybody from the person down."""
    group_pv_to: int | None = None

    @property
    def weigh(self) -> bool:
        """Whether a volume is asked about."""
        volumes = (self.pv_from, self.pv_to, self.group_pv_from, self.group_pv_to)
        return any(volume is not None for volume in volumes)

    @property
    def given(self) -> bool:
        """Whether anybody could be left out."""
        return bool(self.titles or self.ranks or self.statuses or self.regions) or self.weigh


EVERYBODY: Final = Filters()


@dataclass(frozen=True, slots=True)
class Page:
    """Members in order. Who stands where is exactly as of the fact `seq`, the same for every page of a list.

    Of the rest `as_of_seq` is the last fact that is surely in it.
    """

    members: tuple[Member, ...]
    next_cursor: str | None
    """None at the end."""
    as_of_seq: int
    seq: int
    stopped_early: bool = False
    """Whether it ends because so many were looked at, and not because it is full or nobody is left."""
    run: str = ""
    """The run whose ranks were filtered by."""


@dataclass(frozen=True, slots=True)
class FormerMember:
    """Somebody who stood below at an instant; the name is the present one."""

    ix: int
    id: str
    name: str
    level: int
    parent_id: str
    slot: int


@dataclass(frozen=True, slots=True)
class FormerPage:
    """A tree as of an instant, as known at fact `seq`. `enrolled`: whether the page's root was there by then."""

    members: tuple[FormerMember, ...]
    enrolled: bool
    next_cursor: str | None
    seq: int


@dataclass(frozen=True, slots=True)
class FormerAncestor:
    """Somebody who stood above; `level` and `slot` as those of Ancestor."""

    ix: int
    id: str
    name: str
    level: int
    slot: int


@dataclass(frozen=True, slots=True)
class FormerUpline:
    """Who stood above somebody at an instant, nearest first. `enrolled`: whether that person was there by then."""

    ancestors: tuple[FormerAncestor, ...]
    enrolled: bool


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
class Step:
    """Somebody on the way between two people. `slot` is the side of the one above them, 0 at the top and by sponsor."""

    ix: int
    id: str
    name: str
    status: str
    slot: int


@dataclass(frozen=True, slots=True)
class Way:
    """From one person up to the nearest common upline and down to another; `steps[turn]` is that upline.

    No steps, and `turn` None, when nobody stands above both.
    """

    steps: tuple[Step, ...]
    turn: int | None


@dataclass(frozen=True, slots=True)
class CommonUpline:
    """The nearest person at or above two others; each distance counts the levels up to them."""

    ix: int
    id: str
    name: str
    status: str
    distance: int
    other_distance: int


@dataclass(frozen=True, slots=True)
class Level:
    """Everybody on one level below a person; volumes are theirs and their customers', in minor units."""

    level: int
    people: int
    active: int
    pv: int
    cv: int


@dataclass(frozen=True, slots=True)
class Levels:
    """Nearest level first, as rolled up to `as_of_seq`; `more` when somebody stands below the last."""

    levels: tuple[Level, ...]
    more: bool
    as_of_seq: int


@dataclass(frozen=True, slots=True)
class Leg:
    """A frontline person with everybody below (sponsor tree), or one slot (binary tree, matrix)."""

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

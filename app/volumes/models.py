"""What the roll-up speaks of. Volumes are integers in minor units, instants epoch milliseconds."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Tree = Literal["sponsor", "binary", "matrix"]
TREES: tuple[Tree, Tree, Tree] = ("sponsor", "binary", "matrix")
NOBODY = -1
MOST_LEVELS = 20
"""To how many levels volumes can be kept: an order touches so many ancestors."""


@dataclass(frozen=True, slots=True)
class RolledUp:
    """One step: the facts (seq_from, seq_to] are in the tallies now."""

    seq_from: int
    seq_to: int
    touched: tuple[int, ...] = ()
    """Whose figures changed, ascending ix."""
    versions: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    """Per tree: ix to the new structural version of that subtree."""
    recorded_at: int = 0
    """When the fact `seq_to` was, epoch ms; 0 before the first."""

    @property
    def idle(self) -> bool:
        """Whether there was nothing to do."""
        return self.seq_from == self.seq_to


@dataclass(frozen=True, slots=True)
class CursorState:
    """How far the roll-up is, and who reigns until when."""

    seq: int
    epoch: int
    holder: str
    lease_until: int
    levels: Mapping[Tree, int]
    """To how many levels below each person volumes are kept, of each tree that the company keeps."""


@dataclass(frozen=True, slots=True)
class Structure:
    """An Enrol, Place, Move, Vacate or PastMove fact. `tree` is the one in which somebody gets another parent or loses
    theirs; none of an enrolment's, which is of all trees. -1 stands for nobody."""

    seq: int
    kind: str
    ix: int
    tree: Tree | Literal[""]
    sponsor_ix: int
    parent_ix: int
    valid_at: int
    since: int
    """When the sponsor of an Enrol, or the place that a PastMove tells of, began; else `valid_at`."""
    placed_at: int
    """When the place of an Enrol in the binary tree began; else `valid_at`."""
    matrix_parent_ix: int
    """Under whom an Enrol puts somebody in the matrix."""
    matrix_placed_at: int
    """Since when."""

    def parent_in(self, tree: Tree) -> int:
        """Under whom an enrolment puts somebody."""
        return {"sponsor": self.sponsor_ix, "binary": self.parent_ix, "matrix": self.matrix_parent_ix}[tree]

    def since_in(self, tree: Tree) -> int:
        """Since when an enrolment puts somebody there."""
        return {"sponsor": self.since, "binary": self.placed_at, "matrix": self.matrix_placed_at}[tree]

    def held_at(self, instant: int) -> bool:
        """Whether the place that a PastMove tells of was so then."""
        return self.since <= instant < self.valid_at


@dataclass(frozen=True, slots=True)
class VolumeFact:
    """An order or a return. `buyer_ix` is -1 when a customer of the seller bought."""

    seq: int
    seller_ix: int
    buyer_ix: int
    pv: int
    cv: int
    counts_in: Mapping[str, int | None]
    """By calendar the number of the period."""


@dataclass(frozen=True, slots=True)
class OpenPeriod:
    """A period that takes volume."""

    calendar: str
    number: int
    ends_at: int
    turns: tuple[int, ...]
    """The facts that opened and closed it, in turns; an even number of them says that it is closed."""

    @property
    def slot(self) -> int:
        """Which of a tally's two slots is its."""
        return self.number % 2

    def closed_at(self, seq: int) -> int | None:
        """The fact that closed it, where it takes no volume after the fact `seq`."""
        turned = bisect_right(self.turns, seq)
        return self.turns[turned - 1] if turned and turned % 2 == 0 else None

    def next_turn(self, seq: int) -> int | None:
        """The fact after `seq` that closes it, or opens it again."""
        return next((turn for turn in self.turns[1:] if turn > seq), None)


@dataclass(frozen=True, slots=True)
class Batch:
    """Facts (after, to]: one move alone, or what opens a period again, or facts among which there is neither; never
    across the close of a period."""

    after: int
    to: int
    structure: tuple[Structure, ...]
    statuses: tuple[tuple[int, int], ...]
    """Number of the fact and ix of whose status changed."""
    orders: tuple[VolumeFact, ...]
    periods: tuple[OpenPeriod, ...]
    """Those that take volume after `after`."""
    reopened: tuple[OpenPeriod, ...] = ()
    """Those that its fact opens again."""

    def until(self, seq: int) -> "Batch":
        """Its facts up to `seq`, the first at least."""
        to = max(self.after + 1, seq)
        if to >= self.to:
            return self
        return replace(
            self,
            to=to,
            structure=tuple(fact for fact in self.structure if fact.seq <= to),
            statuses=tuple((seq, ix) for seq, ix in self.statuses if seq <= to),
            orders=tuple(order for order in self.orders if order.seq <= to),
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored figure that a recomputation does not confirm."""

    ix: int
    figure: str
    stored: int
    computed: int

    def sentence(self, person: str) -> str:
        """What differs, of the person called so."""
        return f"{person}: {self.figure} is {self.stored:,}, recomputed {self.computed:,}."

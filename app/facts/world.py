"""What the writer must know to decide a batch: read once under Head, then kept true while the batch is decided."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.facts.calendars import Counted, Kept, LaterDate, StoredPeriod, kept_calendars
from app.facts.commands import Enrol, Move, SetMovePolicy
from app.facts.plans import RegisteredPlan
from app.facts.runs import Due, RunStanding
from app.places.matrix import MatrixSpots
from app.places.spots import NOBODY, SIDES, PlacementTree, Spots


@dataclass(slots=True)
class Person:
    """A distributor's place in each tree."""

    ix: int
    id: str
    sponsor_ix: int
    parent_ix: int
    slot: int
    enrolled_at: int
    status: str = "active"
    changed_at: int = 0
    """When the status became what it is; the enrolment, where it never changed."""
    terminated_at: int | None = None
    """Since when their own orders are refused."""
    consequence: str | None = None
    matrix_parent_ix: int = NOBODY
    matrix_slot: int = 0

    def place_in(self, tree: PlacementTree) -> tuple[int, int]:
        """Parent and slot; nobody at the top and without a place."""
        if tree == "matrix":
            return self.matrix_parent_ix, self.matrix_slot
        return self.parent_ix, self.slot

    def placed_in(self, tree: PlacementTree) -> bool:
        """Whether someone can be placed below: under a parent, or the top of the company."""
        return self.place_in(tree)[0] != NOBODY or self.sponsor_ix == NOBODY

    def stand(self, tree: PlacementTree, parent_ix: int, slot: int) -> None:
        """Take a place."""
        if tree == "matrix":
            self.matrix_parent_ix, self.matrix_slot = parent_ix, slot
        else:
            self.parent_ix, self.slot = parent_ix, slot


FOREVER = 2**62
"""The end of what is so still."""


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody's place in one tree, [since, until) in epoch milliseconds, as known now."""

    child: int
    parent: int
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Occupied:
    """Who stood in a slot that is free now, or is somebody else's."""

    child: int
    child_id: str
    since: int
    until: int


@dataclass(slots=True)
class Past:
    """What a move must know of former times in its tree."""

    stays: dict[int, list[Stay]] = field(default_factory=dict)
    """By child, in the order of time: all of the mover's, and of whoever stood above the new place those that are so
    still or ended after the move takes effect."""
    policy: SetMovePolicy | None = None
    subtree: int = 0
    """How many go along, the mover counted; no more than one above the policy's limit are counted."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Whose customer, and since when."""

    distributor_ix: int
    registered_at: int


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order as the graph holds it. `buyer_ix` is -1 for a customer's; PV and CV in minor units. `counts_in` is where
    it counts by the dates that are known."""

    id: str
    seller_ix: int
    buyer_ix: int
    customer_id: str
    placed_at: int
    pv: int
    cv: int
    counts_in: Counted
    returned: bool
    dates: Mapping[LaterDate, int] = field(default_factory=dict)
    """When it was paid and shipped, as far as that is known."""


@dataclass(frozen=True, slots=True)
class StoredFact:
    """An earlier fact with a key that is asked for again."""

    seq: int
    key: str
    kind: str
    body: str
    recorded_at: int
    decided: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """An open slot, and in words why this one where a strategy found it; nobody's when there is none."""

    parent_ix: int
    parent_id: str | None
    slot: int
    why: str | None
    parent_enrolled_at: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """The matrix that a company keeps; width 0: none. `used`: whether anybody stands or stood in it."""

    width: int = 0
    depth: int = 0
    used: bool = False


@dataclass(frozen=True, slots=True)
class Envelope:
    """Of the command that is decided: the number its fact would have, who asks for it, and why."""

    seq: int = 0
    actor: str = ""
    reason: str = ""


@dataclass(slots=True)
class StoredCalculation:
    """A run that was asked for, while nobody but this batch can change what became of it."""

    state: str
    calendar: str
    period: int


@dataclass(slots=True)
class World:
    """The known part of the company. Absent means that it does not exist: every id a batch names was looked up."""

    next_ix: int
    looked_up: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Ids that were asked for, whether they exist or not: distributors, customers, orders."""
    facts: dict[str, StoredFact] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    by_ix: dict[int, Person] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    orders: dict[str, StoredOrder] = field(default_factory=dict)
    used_order_ids: set[str] = field(default_factory=set)
    """Numbers of orders and returns both."""
    periods: dict[tuple[str, int], StoredPeriod] = field(default_factory=dict)
    ranks_decided: dict[int, str] = field(default_factory=dict)
    """By ix the last day of what was decided last of a rank, empty where that is: none any more."""
    spots: Spots = field(default_factory=Spots)
    """The binary tree around the slots that a batch asks about."""
    matrix: Matrix = Matrix()
    matrix_spots: MatrixSpots = field(default_factory=MatrixSpots)
    """The same of the matrix."""
    found: dict[PlacementTree, FoundPlace] = field(default_factory=dict)
    """By tree where the strategy of the one command that is decided next puts somebody."""
    sought: Enrol | None = None
    """The command whose place in the binary tree was sought when the world was loaded, until it is its turn."""
    parents: dict[str, dict[int, int]] = field(default_factory=lambda: {"sponsor": {}, "binary": {}, "matrix": {}})
    """Per tree: child ix to parent ix, for the chains above the people a batch places or moves under."""
    climbed: dict[str, set[int]] = field(default_factory=lambda: {"sponsor": set(), "binary": set(), "matrix": set()})
    """Per tree: people whose whole way up is among `parents`."""
    beneath: set[tuple[str, int, int]] = field(default_factory=set)
    """(tree, ix, top ix) of whoever is known to stand at or below somebody without the way between."""
    calculations: dict[str, StoredCalculation] = field(default_factory=dict)
    waiting: int = 0
    """How many calculations have not come to their end."""
    envelope: Envelope = Envelope()
    runs: dict[str, RunStanding] = field(default_factory=dict)
    """By id those that a batch names."""
    due: dict[tuple[str, int], Due] = field(default_factory=dict)
    """(run id, ix) to what the run owes to those whom a batch pays by name; who earned nothing is not there."""
    committed: dict[tuple[str, int], str] = field(default_factory=dict)
    """(calendar, number of the period) to its committed run."""
    voided: dict[tuple[str, int], Sequence[str]] = field(default_factory=dict)
    """The same to the run that was voided and that no other has superseded yet, of the runs that a batch names; after
    those that it superseded, the oldest first."""
    plans: list[RegisteredPlan] = field(default_factory=list)
    """All that were registered, for batches that step runs."""
    left: dict[tuple[str, int, int], list[Occupied]] = field(default_factory=lambda: defaultdict(list))
    """(tree, parent ix, slot) to who stood there and left, for the slots that a batch asks about as of former times."""
    gave_up: dict[tuple[str, int], int] = field(default_factory=dict)
    """(tree, ix) to when somebody without a place gave up their last one, for those whom a batch places or
    reinstates."""
    past: Past = field(default_factory=Past)
    """Of the move that is decided alone."""
    now: int = 0
    """Epoch ms, for strategies that weigh what is sold at present; 0: by the clock of the database."""
    opens: dict[str, int] = field(default_factory=dict)
    """By calendar the number of the period that begins with figures of a former system."""
    _kept: dict[str, Kept] | None = None

    @property
    def kept(self) -> dict[str, Kept]:
        """The calendars that the company keeps."""
        if self._kept is None:
            self._kept = kept_calendars(self.periods.values())
        return self._kept

    def periods_of(self, calendar: str) -> list[StoredPeriod]:
        """The known periods of a calendar."""
        return [period for period in self.periods.values() if period.calendar == calendar]

    def paid(self, calendar: str) -> list[int]:
        """The periods of a calendar that have a committed run."""
        return [number for of, number in self.committed if of == calendar]

    def periods_changed(self) -> None:
        """Call whenever `periods` is written, or one of them is opened or closed."""
        self._kept = None

    def add(self, person: Person) -> None:
        """Make a person known, with their edges."""
        self.people[person.id] = person
        self.by_ix[person.ix] = person
        self.set_parent("sponsor", person.ix, person.sponsor_ix)
        self.set_parent("binary", person.ix, person.parent_ix)
        self.set_parent("matrix", person.ix, person.matrix_parent_ix)

    def slots_of(self, tree: PlacementTree) -> tuple[int, ...]:
        """The slots that everybody has in a tree."""
        return tuple(range(1, self.matrix.width + 1)) if tree == "matrix" else SIDES

    def slots_in_use(self, tree: PlacementTree, ix: int) -> set[int]:
        """In which slots of a person whose spot is known somebody stands."""
        if tree == "matrix":
            return set(self.matrix_spots[ix].below)
        return {side for side in SIDES if self.spots[ix].child(side) != NOBODY}

    def goal_of(self, move: Move) -> Move:
        """The move into the slot that a strategy found, where it was asked and found one."""
        found = None if move.tree == "sponsor" or move.strategy is None else self.found.get(move.tree)
        if found is None or not found.parent_id:
            return move
        return replace(move, new_parent_id=found.parent_id, slot=found.slot)

    def set_parent(self, tree: str, ix: int, parent_ix: int) -> None:
        self.parents[tree][ix] = parent_ix

    def is_at_or_below(self, tree: str, ix: int, top_ix: int) -> bool:
        """Whether `top_ix` is on the way up from `ix` (itself included), as far as known."""
        chain = self.parents[tree]
        while ix != NOBODY:
            if ix == top_ix or (tree, ix, top_ix) in self.beneath:
                return True
            ix = chain.get(ix, NOBODY)
        return False

    def way_up(self, tree: str, ix: int) -> Iterator[int]:
        """Everybody above `ix` as far as known, `ix` first."""
        chain = self.parents[tree]
        while ix != NOBODY:
            yield ix
            ix = chain.get(ix, NOBODY)

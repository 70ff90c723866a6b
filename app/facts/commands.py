"""What can be asked to happen. Each command becomes one fact when it is accepted, and nothing when it is refused.

Instants are epoch milliseconds (UTC), PV and CV are in minor units (1/100).
"""

from dataclasses import dataclass
from typing import Any, Literal

from app.facts.calendars import MONTHLY, PLACED, CommissionDate, Counted, LaterDate
from app.places.spots import PlacementTree
from app.places.strategies import Strategy

Tree = Literal["sponsor", "binary", "matrix"]
TREES: tuple[Tree, ...] = ("sponsor", "binary", "matrix")
PLACEMENT_TREES: tuple[PlacementTree, ...] = ("binary", "matrix")
"""Those with slots."""


@dataclass(frozen=True, slots=True)
class Explicit:
    """Place exactly there: slot 1 (left) or 2 (right) of `parent_id`; in the matrix 1 to its width, from the left."""

    parent_id: str
    slot: int


@dataclass(frozen=True, slots=True)
class BelowSponsor:
    """Place below the sponsor, where the strategy finds an open slot when the command is decided."""

    strategy: Strategy


@dataclass(frozen=True, slots=True)
class HoldingTank:
    """No place yet: somebody may choose one until `until` (epoch ms), after it `then` finds one."""

    until: int
    then: Strategy


@dataclass(frozen=True, slots=True)
class TakenOver:
    """Stand in that slot of `parent_id` as in the history that is taken over, below the sponsor or
    not: since then people may have moved."""

    parent_id: str
    slot: int


Consequence = Literal["keep_hole", "compress_for_pay", "promote"]
"""What becomes of the place of somebody who is terminated.

keep_hole: they stay where they are and take their level, unpaid. compress_for_pay: they stay, but take no level, in any
plan: whoever comes next does. promote: those below move up, by facts that come with it: whom they sponsored goes to
their sponsor; in the binary tree and the matrix whoever of those directly below enrolled first, and did not leave,
takes their place.
"""
CONSEQUENCES: tuple[Consequence, ...] = ("keep_hole", "compress_for_pay", "promote")
Placement = Explicit | BelowSponsor | TakenOver


@dataclass(frozen=True, slots=True)
class Enrol:
    """A new position: a distributor under a sponsor, with a place in the binary tree and in the matrix now or later."""

    id: str
    sponsor_id: str | None
    name: str
    owner: str
    enrolled_at: int
    status: str = "active"
    region: str = ""
    title: str = ""
    placement: Placement | HoldingTank | None = None
    sponsored_at: int | None = None
    """Since when the sponsor is this one; None: since the enrolment. Who it was before, a PastMove says."""
    preference: str = ""
    """The strategy by which those they sponsor are placed where an enrolment says so; empty: none."""
    terminated_at: int | None = None
    """Of somebody terminated who is taken over: since when; None: since ever, or not terminated."""
    consequence: Consequence | None = None
    """What became of the place then."""
    matrix_placement: Placement | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the binary tree, or in the matrix, for a distributor who has none there yet."""

    id: str
    placement: Placement
    placed_at: int
    tree: PlacementTree = "binary"


def placements_of(command: Any) -> dict[PlacementTree, Placement]:
    """By tree with slots the place that a command gives in it."""
    if isinstance(command, Place):
        return {command.tree: command.placement}
    if not isinstance(command, Enrol):
        return {}
    given: dict[PlacementTree, Placement | HoldingTank | None] = {
        "binary": command.placement,
        "matrix": command.matrix_placement,
    }
    return {tree: at for tree, at in given.items() if at is not None and not isinstance(at, HoldingTank)}


@dataclass(frozen=True, slots=True)
class Prefer:
    """From now on a distributor prefers this strategy for those they sponsor; empty: none."""

    id: str
    preference: str


@dataclass(frozen=True, slots=True)
class KeepMatrix:
    """From now on the company keeps a matrix, in which each person has `width` slots and is paid `depth` levels down.
    Its width stays once somebody stands in it."""

    width: int
    depth: int


@dataclass(frozen=True, slots=True)
class Move:
    """A person with everyone below goes under another sponsor, or into another slot."""

    id: str
    tree: Tree
    new_parent_id: str
    slot: int = 0
    """1 or 2 in the binary tree, 1 to its width in the matrix; 0 in the sponsor tree, and where a strategy chooses."""
    effective_at: int | None = None
    """Since when; None: from now on. What was said of the person's places since then is corrected."""
    override: bool = False
    """Move although the company's policy says no. The fact names the rules that it broke, and needs a reason."""
    strategy: Strategy | None = None
    """Finds an open slot below the new parent when the command is decided, where no slot is named or that one is taken.
    It looks at the tree as it is, the mover in it."""
    alone: bool = False
    """Nobody goes along: by facts that come with it those directly below go to the former sponsor; in the binary tree
    and the matrix one of them takes the former place, as of somebody who is terminated to promote."""


@dataclass(frozen=True, slots=True)
class Vacate:
    """Somebody who was terminated gives up their place in the binary tree or the matrix. Nobody stands below them but
    the successor, who is moved into that place next."""

    id: str
    tree: PlacementTree
    successor_id: str | None
    effective_at: int | None = None
    """Since when; None: from now on."""


@dataclass(frozen=True, slots=True)
class Terminate:
    """Somebody leaves for good: never paid from then on, and takes no orders of their own."""

    id: str
    consequence: Consequence = "keep_hole"
    effective_at: int | None = None
    """Since when; None: from now on."""
    trees: tuple[Tree, ...] = ()
    """Where those below are promoted; empty: in every tree in which they stand."""


@dataclass(frozen=True, slots=True)
class Reinstate:
    """Somebody who was terminated is active again, at the place they have."""

    id: str
    effective_at: int | None = None
    """Since when; None: from now on."""


@dataclass(frozen=True, slots=True)
class MoveLimits:
    """What moves in one tree are allowed; None and empty: no limit."""

    tree: Tree
    window_days: int | None = None
    """So many days after their enrolment somebody may be moved."""
    largest_subtree: int | None = None
    """So many people at most, the mover counted, may go along."""
    stay_below: Literal["", "enroller", "sponsor"] = ""
    """At or below whom the new place must be: the first sponsor, or the present one."""
    blackout_days: tuple[int, ...] = ()
    """Days of the month on which nobody is moved."""
    backdate_days: int | None = None
    """So many days a move may take effect before it is said."""


@dataclass(frozen=True, slots=True)
class SetMovePolicy:
    """What moves are allowed from now on; days are those of `zone`. It takes the place of the policy before."""

    zone: str
    limits: tuple[MoveLimits, ...]


@dataclass(frozen=True, slots=True)
class PastMove:
    """History that is taken over: from `since` until `until` the person stood under `parent_id`, then moved away."""

    id: str
    tree: Tree
    parent_id: str
    slot: int
    """1 or 2 in the binary tree, 1 to its width in the matrix, 0 in the sponsor tree."""
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Register:
    """A retail customer of a distributor."""

    id: str
    name: str
    distributor_id: str
    registered_at: int


@dataclass(frozen=True, slots=True)
class Order:
    """A sale. A customer's order is the volume of the distributor the customer belongs to."""

    id: str
    buyer_id: str
    buyer_kind: Literal["distributor", "customer"]
    placed_at: int
    pv: int
    cv: int


@dataclass(frozen=True, slots=True)
class DateOrder:
    """An order is paid or shipped: from then on it counts in the calendars that wait for that date."""

    order_id: str
    date: LaterDate
    at: int


@dataclass(frozen=True, slots=True)
class Return:
    """The whole of an order comes back. `id` is the return's own number."""

    id: str
    order_id: str
    placed_at: int
    cancels: bool = False
    """Called off before it was shipped: nothing has to come back but its volume."""


@dataclass(frozen=True, slots=True)
class OpenPeriod:
    """A period of a calendar, [starts_at, ends_at), opened for orders."""

    calendar: str
    number: int
    name: str
    starts_at: int
    ends_at: int
    zone: str
    grace_ends_at: int | None = None
    """From then on it takes nothing more that comes late, and may close; None: it takes it as long as it is open."""
    commission_date: CommissionDate = PLACED
    """By which of its dates an order counts; the same for all periods of a calendar."""


@dataclass(frozen=True, slots=True)
class ClosePeriod:
    """The fence: facts up to this one's sequence number belong to the period, later ones do not."""

    calendar: str
    number: int
    override: bool = False
    """Close although its grace days are not over, for a reason."""


@dataclass(frozen=True, slots=True)
class ReopenPeriod:
    """A closed period takes facts again, for a correction before its run is committed. It needs a reason."""

    calendar: str
    number: int


@dataclass(frozen=True, slots=True)
class SetGraceDays:
    """History that is taken over: from `grace_ends_at` on an open period takes nothing more that comes late. What came
    before was told before."""

    calendar: str
    number: int
    grace_ends_at: int


@dataclass(frozen=True, slots=True)
class Opening:
    """What a person brings along into a period from the former system.

    Carry-over per leg in minor CV, a balance in minor units (negative when they owe the company), the highest rank.
    """

    id: str
    period: int
    carry_left: int
    carry_right: int
    balance: int
    highest_rank: str
    calendar: str = MONTHLY


@dataclass(frozen=True, slots=True)
class PastLine:
    """What the former system paid by one bonus, minor units."""

    amount: int
    bonus: str
    note: str


@dataclass(frozen=True, slots=True)
class PastStatement:
    """A person's statement of a period as the former system made it."""

    id: str
    period: int
    currency: str
    lines: tuple[PastLine, ...]
    calendar: str = MONTHLY


FileFormat = Literal["csv", "parquet"]
"""Of the files that a company is exported into."""
Step = Literal["review", "send_back", "lock", "unlock", "approve", "pay", "void"]
"""What is done with a run beside committing it; app/facts/rules/runs.py says when."""
STEPS: tuple[Step, ...] = ("review", "send_back", "lock", "unlock", "approve", "pay", "void")


@dataclass(frozen=True, slots=True)
class StepRun:
    """A run goes a step on its way from a preview to pay, or back. `distributors`: whom to pay; empty: everybody who is
    not paid yet, and no other step names any."""

    run_id: str
    calendar: str
    period: int
    run_hash: str
    step: Step
    distributors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestRun:
    """Somebody asks for the run of a period by a plan, whose file the blob store keeps under its hash. A draft waits
    until it is queued."""

    calculation_id: str
    calendar: str
    period: int
    plan_name: str
    plan_version: str
    plan_hash: str
    draft: bool = False


@dataclass(frozen=True, slots=True)
class QueueRun:
    """A draft may be calculated."""

    calculation_id: str


@dataclass(frozen=True, slots=True)
class CancelRun:
    """What was asked for and is not done is not wanted any more."""

    calculation_id: str


@dataclass(frozen=True, slots=True)
class RegisterPlan:
    """A version of a compensation plan, which pays a calendar's periods that begin on the day `effective_from`
    (2026-03-01) or later. `plan_hash` is the SHA-256 of its canonical JSON, and the name of the blob that holds it."""

    name: str
    version: str
    plan_hash: str
    calendar: str
    effective_from: str


@dataclass(frozen=True, slots=True)
class OverrideRank:
    """Somebody decides that a person is paid as at least a rank, from the day `from_day` (2026-03-01) until the day
    `until_day`, both included; in a period it counts by the period's last day. An empty rank, without an end: no such
    decision any more from that day on. What is said later takes the place of what was said before of the same days and
    all after them.

    `author`: who decided, where somebody else says so; empty: who says it."""

    id: str
    rank: str
    from_day: str
    until_day: str
    author: str = ""


@dataclass(frozen=True, slots=True)
class CommitRun:
    """An approved run becomes the period's pay."""

    run_id: str
    calendar: str
    period: int
    run_hash: str
    supersedes: str | None = None
    """The voided run of the period that was looked at; the rest is what runs voided before paid, as SetOff has it."""
    set_off_people: int = 0
    set_off_amount: int = 0
    overpaid_amount: int = 0


@dataclass(frozen=True, slots=True)
class Exported:
    """The history of a person or a period was written into files, for somebody outside, or the whole company into files
    that an import reads. `sums_hash` is the SHA-256 of their SHA256SUMS, `as_of` the last fact that they know."""

    subject: Literal["person", "period", "company"]
    name: str
    """Of the person or the period; of a company's files their format."""
    as_of: int
    sums_hash: str


Command = (
    Enrol
    | Place
    | Prefer
    | KeepMatrix
    | Move
    | Vacate
    | PastMove
    | SetMovePolicy
    | Terminate
    | Reinstate
    | Register
    | Order
    | DateOrder
    | Return
    | OpenPeriod
    | ClosePeriod
    | ReopenPeriod
    | SetGraceDays
    | Opening
    | PastStatement
    | RequestRun
    | QueueRun
    | CancelRun
    | StepRun
    | RegisterPlan
    | OverrideRank
    | CommitRun
    | Exported
)


@dataclass(frozen=True, slots=True)
class Submission:
    """A command in its envelope.

    `key` is the caller's idempotency key: the same key with the same command is answered as before, with another
    command it is refused.
    """

    key: str
    actor: str
    reason: str
    command: Command
    counts_in: Counted | None = None
    """Where an order is taken to count, in every calendar. Not part of the command: a batch that is written as a whole
    is refused when it counts elsewhere by now."""
    dates: tuple["Submission", ...] = ()
    """Of an order: its later dates that are known already. All of it is written, or nothing."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of a durable fact."""

    seq: int
    key: str
    kind: str
    recorded_at: int
    replayed: bool
    """True when this very command was accepted earlier under the same key."""
    data: dict[str, Any]
    """What the fact decided, e.g. {"ix": 7, "parent_id": "D3", "slot": 2} or {"monthly": 202603}."""
    dates: tuple["Receipt", ...] = ()
    """Of an order: the receipts of its later dates that came with it."""

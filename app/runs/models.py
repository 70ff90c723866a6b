"""A run, what it was calculated from, and what a person's statement says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.engine.because import Cause
from app.engine.models import Snapshot
from app.engine.reasons import Lack, ReportCard, SkipReason
from app.facts.commands import PastLine
from app.facts.runs import COMMITTED, RunState, StepName, to_pay

RUN_ID: Final = re.compile(r".+-[0-9a-f]{12}")
"""The name of a period, and the beginning of a hash: no period is called so."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stored run. Amounts in minor units; blobs are SHA-256 names in the blob store."""

    id: str
    calendar: str
    period: int
    state: RunState
    hash: str
    seq: int
    plan_name: str
    plan_hash: str
    snapshot_hash: str
    code_version: str
    people_blob: str
    orders_blob: str
    clawbacks_blob: str
    lines_blob: str
    misses_blob: str
    ranks_blob: str
    plan_blob: str
    people: int
    orders: int
    earners: int
    """Who earned something; `earned` is the sum of it. earned + taken_back + balance_in = amount + balance_out."""
    earned: int
    taken_back: int
    balance_in: int
    balance_out: int
    payees: int
    """Whom it pays; `amount` is the sum of it."""
    amount: int
    breakage: int
    final: bool
    calculated_at: datetime
    carries_from: str | None = None
    """The run whose carry-over it begins with."""
    paid_people: int = 0
    paid_amount: int = 0
    supersedes: str | None = None
    """The voided run of the period whose place it took, and the one that took its place."""
    superseded_by: str | None = None
    before: Sequence[str] = field(default_factory=list)
    """The voided runs of the period before it, the oldest first, and what they paid: see `app.facts.runs.SetOff`."""
    set_off_people: int = 0
    set_off_amount: int = 0
    overpaid_amount: int = 0

    @property
    def committed(self) -> bool:
        """Whether it is its period's pay, paid out or not."""
        return self.state in COMMITTED


SETS_OFF: Final = ("before", "set_off_people", "set_off_amount", "overpaid_amount")
"""What of a Run the commit says."""


@dataclass(frozen=True, slots=True)
class RunStep:
    """A step that a run took, by the fact `seq`: who, when (epoch ms) and why; what it paid, minor units."""

    seq: int
    step: StepName
    state: RunState
    actor: str
    reason: str
    recorded_at: int
    paid_people: int
    paid_amount: int


@dataclass(frozen=True, slots=True)
class OwnRun:
    """A run as one person sees it: what it pays them, minor units, and the fact by which it did."""

    id: str
    calendar: str
    period: int
    state: RunState
    amount: int
    paid_seq: int | None
    superseded_by: str | None
    received: int
    """By voided runs of the period before it."""

    @property
    def to_pay(self) -> int:
        return to_pay(self.amount, self.received)


@dataclass(frozen=True, slots=True)
class Payment:
    """What a run pays to one person, minor units, and the fact that did, None while none has."""

    ix: int
    distributor: str
    amount: int
    """As the statement says."""
    received: int
    """By voided runs of the period before it."""
    paid_seq: int | None

    @property
    def to_pay(self) -> int:
        return to_pay(self.amount, self.received)

    @property
    def overpaid(self) -> int:
        """What they received beyond the statement."""
        return max(0, self.received - self.amount) if self.received else 0


@dataclass(frozen=True, slots=True)
class LateReturn:
    """A return whose order counts in an earlier period: its row among the orders, the order's id, the number of that
    period, and how many whole days it came after the order."""

    row: int
    order: str
    period: int
    days: int


@dataclass(frozen=True, slots=True)
class RankDecision:
    """Somebody decided by the fact `seq` that a person is paid as at least a rank, from the day `since` until the day
    `until` (2026-12-31), both included. An empty rank: none any more."""

    rank: str
    since: str
    until: str
    author: str
    reason: str
    seq: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A snapshot with the company's names for its rows, as known at `seq` and true at the period's end.

    `enrolled` per ix: whether the person had joined by the end of the period; whoever joined later is in no tree.
    `regions` per ix, '' for none: the enrolment says it, and no later fact changes it. `customers` per order: who
    bought, '' for an own purchase; none of all where nobody knows. `decisions` by ix: the ranks that somebody decided.
    """

    snapshot: Snapshot
    ids: list[str]
    regions: list[str]
    enrolled: NDArray[np.bool_]
    order_ids: list[str]
    seq: int
    late: tuple[LateReturn, ...] = ()
    """Of a snapshot that was just taken: the returns after the close."""
    customers: list[str] = field(default_factory=list)
    decisions: Mapping[int, RankDecision] = field(default_factory=dict)


class KeptMatrix(NamedTuple):
    """How wide and deep the matrix is that a company keeps."""

    width: int
    depth: int


class StatementTotal(NamedTuple):
    """A person's statement in the graph, without its lines: what they are paid, minor units, the rank for pay, and what
    they earned by each bonus."""

    ix: int
    distributor: str
    amount: int
    rank: str | None
    by_bonus: list[int]


@dataclass(frozen=True, slots=True)
class SkippedPerson:
    """Somebody on a path who took no level, by id, and why: see `engine.reasons.Skip`."""

    person: str
    reason: SkipReason


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One amount paid, minor units. `path` leads from the source person to the earner; rate is an exact fraction.

    exact: base x rate; raw: that, rounded by the plan's rule; amount: raw up to the cap.
    """

    bonus: str
    amount: int
    raw: int
    exact: Fraction
    base: int
    rate_num: int
    rate_den: int
    level: int
    paid_level: int
    rank: str | None
    source: str | None
    order: str | None
    path: list[str]
    skipped: list[SkippedPerson]
    words: str


@dataclass(frozen=True, slots=True)
class StatementMiss:
    """One amount not paid, minor units, and what it would have needed. breakage: the part that nobody was paid."""

    bonus: str
    reason: str
    lack: Lack
    forgone: int
    breakage: int
    level: int
    paid_level: int
    source: str | None
    order: str | None
    words: str


@dataclass(frozen=True, slots=True)
class StatementBecause:
    """Why a bonus (None: any) has neither a line nor a miss; next_rank: what the next rank asks, of who is paid
    nothing. See `engine.because.Because`."""

    bonus: str | None
    reason: Cause
    lack: Lack
    words: str


@dataclass(frozen=True, slots=True)
class PeriodMet:
    """Whether somebody met what a rank asks in a period; `run` says so, None where the period has none: then nothing
    is known, which counts as not met."""

    period: str
    run: str | None
    met: bool


@dataclass(frozen=True, slots=True)
class RankReport:
    """A person's ranks in a run: paid as, held as title, the highest so far, used for pay; the rank that somebody
    decided, if any; cards of the one paid as and of the next two. `periods`: of a rank with a window, by its name, what
    was met in each period that it looks at, the latest first."""

    run: Run
    distributor: str
    active: bool
    paid_as: str | None
    title: str | None
    highest: str | None
    pay_rank: str | None
    card: ReportCard
    decision: RankDecision | None
    periods: Mapping[str, Sequence[PeriodMet]]


@dataclass(frozen=True, slots=True)
class CarryOver:
    """Binary volume of one leg, minor CV: brought_in + new = matched + flushed + carried_out."""

    leg: str
    brought_in: int
    new: int
    matched: int
    flushed: int
    carried_out: int


@dataclass(frozen=True, slots=True)
class StatementClawback:
    """What a return takes back of one bonus, minor units below zero, of what an earlier run paid on its order."""

    bonus: str
    amount: int
    order: str
    """The return's own number."""
    source: str
    """Whose sale came back."""
    words: str


@dataclass(frozen=True, slots=True)
class BalanceOver:
    """Where the plan has a payout rule, or something is taken back: brought_in + earned + taken_back = paid +
    carried_out, minor units, and why, in words."""

    brought_in: int
    taken_back: int
    carried_out: int
    words: str


@dataclass(frozen=True, slots=True)
class PastStatement:
    """A statement that was taken over from a former system: what it paid, and no reasons."""

    distributor: str
    period: str
    seq: int
    """The fact that tells it."""
    currency: str
    lines: list[PastLine]

    @property
    def amount(self) -> int:
        return sum(line.amount for line in self.lines)


@dataclass(frozen=True, slots=True)
class Part:
    """Which rows of a list are asked for: `limit` of them from the row `offset` on."""

    offset: int
    limit: int


FIRST_LINES: Final = Part(0, 200)
FIRST_MISSES: Final = Part(0, 100)
EVERY_ROW: Final = Part(0, 2**31)


@dataclass(frozen=True, slots=True)
class LineSum:
    """Every line of one bonus on one paid level (0: it has none), added up, minor units."""

    bonus: str
    paid_level: int
    lines: int
    amount: int


@dataclass(frozen=True, slots=True)
class MissSum:
    """Every miss of one bonus for one reason, added up, minor units; `breakage` as in a StatementMiss."""

    bonus: str
    reason: str
    misses: int
    forgone: int
    breakage: int


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person is paid for a period, and what they are not.

    `lines` and `misses` are the part of them that was asked for, in the run's order; counts and sums are of all of
    them, and `line_sums` add up to `earned`. `amount` is what is paid, which is all that is earned where the plan has
    no payout rule and nothing is taken back, and so there is no `balance`. Of `clawbacks` the first 200.
    """

    run: Run
    distributor: str
    currency: str
    rounding: Literal["half_up", "half_even"]
    amount: int
    earned: int
    balance: BalanceOver | None
    clawbacks: list[StatementClawback]
    rank: str | None
    decision: RankDecision | None
    """The rank that somebody decided."""
    line_count: int
    line_sums: list[LineSum]
    lines: list[StatementLine]
    miss_count: int
    miss_sums: list[MissSum]
    misses: list[StatementMiss]
    because: list[StatementBecause]
    carry: list[CarryOver]
    received: int = 0
    """For the same period before, by runs that were voided."""
    rounded_per: Literal["line", "total"] = "line"

    @property
    def to_pay(self) -> int:
        return to_pay(self.amount, self.received)

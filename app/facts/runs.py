"""How a run goes from a preview to pay: its states, the steps between them, and what they leave on it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, get_args

RunState = Literal[
    "calculating", "preview", "in_review", "locked", "approved", "committed", "partly_paid", "paid", "voided"
]
StepName = Literal["review", "send_back", "lock", "unlock", "approve", "commit", "pay", "void"]
"""The steps, with the one that is a fact of its own kind: commit."""
RUN_STATES: Final[tuple[RunState, ...]] = get_args(RunState)
COMMITTED: Final[tuple[RunState, ...]] = ("committed", "partly_paid", "paid")
"""States of the run that is its period's pay."""
UNCOMMITTED: Final[tuple[RunState, ...]] = ("preview", "in_review", "locked", "approved")
"""States of a whole run that pays nobody yet."""


@dataclass(frozen=True, slots=True)
class Way:
    """From which states a step leads where; `why`: only with a reason."""

    of: tuple[RunState, ...]
    to: RunState
    why: bool = False


WAYS: Final[Mapping[str, Way]] = {
    "review": Way(("preview",), "in_review"),
    "send_back": Way(("in_review",), "preview", why=True),
    "lock": Way(("in_review",), "locked"),
    "unlock": Way(("locked", "approved"), "in_review", why=True),
    "approve": Way(("locked",), "approved"),
    "commit": Way(("approved",), "committed"),
    "pay": Way(("committed", "partly_paid"), "paid"),  # partly_paid while somebody is not
    "void": Way(COMMITTED, "voided", why=True),
}
NEXT: Final[Mapping[RunState, str]] = {
    "calculating": "Its statements are being stored; calculate it again, which finishes that.",
    "preview": "It can be sent to review.",
    "in_review": "It can be locked, or sent back with a reason.",
    "locked": "A second person can approve it; it can be unlocked with a reason.",
    "approved": "It can be committed, or unlocked with a reason.",
    "committed": "It can be paid, or voided with a reason.",
    "partly_paid": "The rest can be paid; it can be voided with a reason.",
    "paid": "It can be voided with a reason.",
    "voided": "Nothing follows; another run of its period can take its place.",
}
"""By state what can be done with a run."""


@dataclass(frozen=True, slots=True)
class SetOff:
    """What a run takes into account when it is committed: voided runs of its period had paid before. Amounts in minor
    units."""

    before: Sequence[str]
    """Those runs, the oldest first; the last of them is the one that it supersedes."""
    people: int = 0
    """Whom the run owes something, and who have received as much, or more."""
    amount: int = 0
    """By how much less it pays than its statements say."""
    overpaid: int = 0
    """What people received beyond that: it is for the company to collect."""


def to_pay(amount: int, received: int) -> int:
    """What a statement leaves to pay to somebody who received something for the period before, minor units."""
    return max(0, amount - received) if received else amount


def received_by(before: Iterable[tuple[int, bool]]) -> int:
    """What somebody received by voided runs of a period: the amount of each statement, the oldest run first, and
    whether it was paid, which was less where they had received something by then."""
    received = 0
    for amount, paid in before:
        received += to_pay(amount, received) if paid else 0
    return received


@dataclass(frozen=True, slots=True)
class RunStanding:
    """How a run stands. Amounts in minor units."""

    calendar: str
    period: int
    state: RunState
    hash: str
    seq: int
    """Up to which fact it knows."""
    carries_from: str | None
    """The run whose carry-over it begins with."""
    payees: int
    amount: int
    plan_name: str
    """With its version."""
    plan_hash: str
    paid_people: int = 0
    paid_amount: int = 0
    sent_by: str | None = None
    """Who sent it to review last, and who locked it since."""
    locked_by: str | None = None
    stepped_by: str | None = None
    """Who took its last step, by which fact."""
    stepped_seq: int | None = None
    before: Sequence[str] = ()
    """As its SetOff says, with the next two."""
    set_off_people: int = 0
    set_off_amount: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """What a run has to pay to one person, minor units, what they received before, and the fact that paid them."""

    amount: int
    paid_seq: int | None
    received: int = 0


@dataclass(frozen=True, slots=True)
class Stepped:
    """A step that was taken. Paid people and amount (minor units) are of this step."""

    step: str
    state: RunState
    by: str
    seq: int
    paid_people: int = 0
    paid_amount: int = 0
    rest: bool = False
    """Everybody who was not paid yet is paid by it."""
    set_off: SetOff | None = None


def marks_of(stepped: Stepped) -> dict[str, Any]:
    """What a step writes on its run, beside what was paid by then; None takes away what is there."""
    marks: dict[str, Any] = {"state": stepped.state, "stepped_by": stepped.by, "stepped_seq": stepped.seq}
    match stepped.step:
        case "review":
            marks |= {"sent_by": stepped.by}
        case "lock":
            marks |= {"locked_by": stepped.by}
        case "unlock":
            marks |= {"locked_by": None}
        case "commit":
            marks |= {"committed_seq": stepped.seq}
            if (set_off := stepped.set_off) is not None:
                marks |= {"supersedes": set_off.before[-1], "before": [*set_off.before]}
                marks |= {"set_off_people": set_off.people, "set_off_amount": set_off.amount}
                marks |= {"overpaid_amount": set_off.overpaid}
        case "pay" if stepped.rest:
            marks |= {"paid_rest_seq": stepped.seq}
        case "void":
            marks |= {"voided_seq": stepped.seq}
    return marks


_OF_STANDING: Final = frozenset(RunStanding.__slots__)


def after(standing: RunStanding, stepped: Stepped) -> RunStanding:
    """How a run stands once it took a step."""
    marks = {name: value for name, value in marks_of(stepped).items() if name in _OF_STANDING}
    return replace(
        standing,
        **marks,
        paid_people=standing.paid_people + stepped.paid_people,
        paid_amount=standing.paid_amount + stepped.paid_amount,
    )


def committed_of(said: Mapping[str, Any], actor: str, seq: int, decided: Mapping[str, Any]) -> Stepped:
    """The step that a fact of the kind CommitRun tells; `said` is its command."""
    set_off = None
    if decided["supersedes"] is not None:
        figures = (said[name] for name in ("set_off_people", "set_off_amount", "overpaid_amount"))
        set_off = SetOff(decided["before"].split(","), *figures)
    return Stepped("commit", "committed", actor, seq, set_off=set_off)


def stepped_of(step: str, distributors: Sequence[str], actor: str, seq: int, decided: Mapping[str, Any]) -> Stepped:
    """The step that a fact of the kind StepRun tells."""
    rest = step == "pay" and not distributors
    return Stepped(step, decided["state"], actor, seq, decided["paid_people"], decided["paid_amount"], rest)

"""The decisions of the one writer: which commands become facts, and how each fact joins the chain.

Pure: no clock, no database. `decide` keeps its `World` true as it goes, so that a later command of a batch sees what
an earlier one did. What each command must satisfy stands in app/facts/rules.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from app.errors import BanyanError
from app.facts import errors
from app.facts.calendars import CALENDARS
from app.facts.canonical import body_of, chain_hash, sha256_hex
from app.facts.commands import (
    CancelRun,
    ClosePeriod,
    Command,
    CommitRun,
    DateOrder,
    Enrol,
    Exported,
    KeepMatrix,
    Move,
    Opening,
    OpenPeriod,
    Order,
    OverrideRank,
    PastMove,
    PastStatement,
    Place,
    Prefer,
    QueueRun,
    Receipt,
    Register,
    RegisterPlan,
    Reinstate,
    ReopenPeriod,
    RequestRun,
    Return,
    SetGraceDays,
    SetMovePolicy,
    StepRun,
    Submission,
    Terminate,
    Vacate,
)
from app.facts.limits import MAX_TEXT
from app.facts.rules import calculations, exports, moves, orders, people, periods, places, plans, ranks, runs, takeover
from app.facts.rules.checks import Data, Ruling, check_text
from app.facts.world import Envelope, StoredFact, StoredOrder, World
from app.places.spots import PlacementTree, Spot, UnknownSpotError

_VOLUME: Final = (*CALENDARS, "buyer_ix", "customer_id", "cv", "late", "pv", "seller_ix")
DECIDED: Final[Mapping[str, tuple[str, ...]]] = {
    "Enrol": (
        *("ix", "parent_id", "parent_ix", "placed_at", "slot", "sponsor_ix", "sponsored_at", "why"),
        *("matrix_parent_id", "matrix_parent_ix", "matrix_placed_at", "matrix_slot", "matrix_why"),
    ),
    "Place": ("ix", "parent_id", "parent_ix", "slot", "tree", "why"),
    "Prefer": ("ix",),
    "KeepMatrix": (),
    "Move": (
        *("closed_period", "ix", "old_parent_ix", "old_slot", "overridden", "parent_id", "parent_ix", "slot", "tree"),
        "why",
    ),
    "Vacate": ("closed_period", "ix", "old_parent_ix", "old_slot", "tree"),
    "SetMovePolicy": (),
    "Terminate": ("closed_period", "consequence", "ix", "old_consequence", "old_status", "old_terminated_at"),
    "Reinstate": ("closed_period", "ix", "old_consequence", "old_status", "old_terminated_at", "vacated"),
    "PastMove": ("ix", "parent_ix", "since", "slot", "tree"),
    "Register": ("distributor_ix",),
    "Order": (*_VOLUME, "order_id"),
    "DateOrder": (*_VOLUME, "date", "date_of"),
    "Return": (*_VOLUME, "order_id", "return_of"),
    "OpenPeriod": ("calendar", "period"),
    "ClosePeriod": ("calendar", "period"),
    "ReopenPeriod": ("calendar", "period"),
    "SetGraceDays": ("calendar", "period"),
    "Opening": ("balance", "calendar", "carry_left", "carry_right", "highest_rank", "ix", "period"),
    "PastStatement": ("calendar", "ix", "period"),
    "RequestRun": ("calculation_id", "calendar", "period"),
    "QueueRun": ("calculation_id", "calendar", "period"),
    "CancelRun": ("calculation_id", "calendar", "period"),
    "StepRun": ("calendar", "paid_amount", "paid_people", "period", "run_id", "state", "step"),
    "RegisterPlan": ("calendar", "plan_hash"),
    "OverrideRank": ("author", "from_day", "ix", "rank", "until_day"),
    "CommitRun": ("before", "calendar", "period", "run_id", "supersedes"),
    "Exported": ("ix",),
}
"""What each kind of fact decides, beside what it was asked: the columns of its node, all of them hashed."""
_DECIDED_NAMES: Final = {kind: frozenset(names) for kind, names in DECIDED.items()}


@dataclass(frozen=True, slots=True)
class NewFact:
    """A fact to be written, with the command that caused it. Instants are epoch milliseconds."""

    seq: int
    key: str
    kind: str
    actor: str
    reason: str
    valid_at: int
    recorded_at: int
    body: str
    hash: str
    command: Command
    decided: Data


@dataclass(frozen=True, slots=True)
class Chain:
    """Where the chain of facts ends."""

    seq: int
    hash: str
    recorded_at: int


@dataclass(frozen=True, slots=True)
class Decision:
    """The answers to a batch in its order (a receipt or the refusal), the new facts, what people come to keep about
    open slots, and the chain's new end."""

    answers: list[Receipt | BanyanError]
    facts: list[NewFact]
    spots: list[Spot]
    matrix_spots: list[tuple[int, int, int]]
    """(ix, open distance, open slot)."""
    chain: Chain
    people: int
    """How many there are after it."""
    lacking: tuple[PlacementTree, int] | None = None
    """Whose spot has to be read before the next command can be decided: the answers end before it."""


def decide(chain: Chain, world: World, submissions: Sequence[Submission], now: int) -> Decision:
    """Decide a batch. `now` (epoch ms) becomes the recorded time, never earlier than the fact before."""
    recorded_at = max(now, chain.recorded_at)
    answers: list[Receipt | BanyanError] = []
    facts: list[NewFact] = []
    lacking = None
    for submission in submissions:
        try:
            receipt, new = _decide_whole(chain, world, submission, recorded_at)
        except BanyanError as refusal:
            answers.append(refusal)
            continue
        except UnknownSpotError as unknown:
            lacking = unknown.tree, unknown.ix
            break
        answers.append(receipt)
        if new:
            chain = _end_with(new[-1])
            facts += new
    return Decision(
        answers, facts, world.spots.take_changed(), world.matrix_spots.take_changed(), chain, world.next_ix, lacking
    )


def _decide_whole(
    chain: Chain, world: World, submission: Submission, recorded_at: int
) -> tuple[Receipt, Sequence[NewFact]]:
    """A command with the dates that it brings. Where one of them is refused the world knows of none."""
    if not submission.dates:
        receipt, fact = _decide_one(chain, world, submission, recorded_at)
        return receipt, () if fact is None else (fact,)
    id = submission.command.id if isinstance(submission.command, Order) else ""
    before, new, receipts = world.orders.get(id), list[NewFact](), list[Receipt]()
    try:
        for one in (submission, *submission.dates):
            receipt, fact = _decide_one(chain, world, one, recorded_at)
            receipts.append(receipt)
            if fact is not None:
                chain = _end_with(fact)
                new.append(fact)
    except BanyanError:
        _forget(world, id, before, new)
        raise
    return replace(receipts[0], dates=tuple(receipts[1:])), new


def _forget(world: World, id: str, before: StoredOrder | None, new: Sequence[NewFact]) -> None:
    """As if the order and its dates had not been told."""
    for fact in new:
        del world.facts[fact.key]
        if fact.kind == "Order":
            world.used_order_ids.remove(id)
    if before is None:
        world.orders.pop(id, None)
    else:
        world.orders[id] = before


def _decide_one(chain: Chain, world: World, submission: Submission, recorded_at: int) -> tuple[Receipt, NewFact | None]:
    """The receipt of a command, and its fact where it is new."""
    body = body_of(submission.command)
    earlier = world.facts.get(submission.key)
    if earlier is not None:
        return _replay(earlier, body), None
    fact = _new_fact(chain, world, submission, body, recorded_at)
    world.facts[fact.key] = StoredFact(fact.seq, fact.key, fact.kind, body, recorded_at, fact.decided)
    return Receipt(fact.seq, fact.key, fact.kind, recorded_at, False, fact.decided), fact


def _end_with(fact: NewFact) -> Chain:
    return Chain(fact.seq, fact.hash, fact.recorded_at)


def _replay(earlier: StoredFact, body: str) -> Receipt:
    if earlier.body != body:
        raise errors.IdempotencyKeyReusedError(
            f"The idempotency key {earlier.key!r} already stands for another command ({earlier.kind}, fact "
            f"{earlier.seq}). Repeat that command unchanged, or use a new key.",
            seq=earlier.seq,
        )
    return Receipt(earlier.seq, earlier.key, earlier.kind, earlier.recorded_at, True, earlier.decided)


def _new_fact(chain: Chain, world: World, submission: Submission, body: str, recorded_at: int) -> NewFact:
    check_text("key", submission.key, MAX_TEXT)
    check_text("actor", submission.actor, MAX_TEXT)
    command = submission.command
    _check_reason(submission)
    seq, kind = chain.seq + 1, type(command).__name__
    world.envelope = Envelope(seq, submission.actor, submission.reason)
    rule: Callable[[World, Any, int], Ruling] = _RULES[type(command)]
    valid_at, decided = rule(world, command, recorded_at)
    if decided.keys() != _DECIDED_NAMES[kind]:
        raise RuntimeError(f"{kind} decided {sorted(decided)}, which is not what DECIDED says")
    return NewFact(
        seq=seq,
        key=submission.key,
        kind=kind,
        actor=submission.actor,
        reason=submission.reason,
        valid_at=valid_at,
        recorded_at=recorded_at,
        body=body,
        hash=chain_hash(
            chain.hash,
            seq=seq,
            kind=kind,
            key=submission.key,
            actor=submission.actor,
            reason=submission.reason,
            valid_at=valid_at,
            recorded_at=recorded_at,
            body_hash=sha256_hex(body),
            decided=decided,
        ),
        command=command,
        decided=decided,
    )


def _check_reason(submission: Submission) -> None:
    """Not too long, and there where one is needed."""
    if len(submission.reason) > MAX_TEXT:
        raise errors.InvalidCommandError(f"The reason has {len(submission.reason)} characters; {MAX_TEXT} are allowed.")
    if submission.reason.strip():
        return
    if isinstance(submission.command, Move) and submission.command.override:
        raise errors.InvalidCommandError("A move against the policy needs a reason.")
    if isinstance(submission.command, ClosePeriod) and submission.command.override:
        raise errors.InvalidCommandError("A period is closed before its grace days are over for a reason; say which.")
    if isinstance(submission.command, OverrideRank):
        raise errors.InvalidCommandError("A rank is decided for a reason; say which.")
    if isinstance(submission.command, ReopenPeriod):
        raise errors.InvalidCommandError("A period is opened again for a reason; say which.")


_RULES: dict[type[Any], Callable[[World, Any, int], Ruling]] = {
    Enrol: people.enrol,
    Place: places.place,
    Prefer: people.prefer,
    KeepMatrix: places.keep_matrix,
    Move: moves.move,
    Vacate: moves.vacate,
    SetMovePolicy: moves.set_move_policy,
    PastMove: moves.past_move,
    Terminate: people.terminate,
    Reinstate: people.reinstate,
    Register: people.register,
    Order: orders.order,
    DateOrder: orders.date_order,
    Return: orders.return_order,
    OpenPeriod: periods.open_period,
    ClosePeriod: periods.close_period,
    ReopenPeriod: periods.reopen_period,
    SetGraceDays: periods.set_grace_days,
    Opening: takeover.opening,
    PastStatement: takeover.past_statement,
    RequestRun: calculations.request_run,
    QueueRun: calculations.queue_run,
    CancelRun: calculations.cancel_run,
    StepRun: runs.step_run,
    RegisterPlan: plans.register_plan,
    OverrideRank: ranks.override_rank,
    CommitRun: runs.commit_run,
    Exported: exports.exported,
}

"""The rules of the one writer: which commands become facts, and what each fact decides.

Pure: no clock, no database. `decide` keeps its `World` true as it goes, so that a later command of a batch sees what
an earlier one did. Rules of volume: design, "Volume rules"; flow by placement, qualify by sponsor.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from zoneinfo import available_timezones

from app.clock import CLOCK_SKEW_MS, from_ms
from app.errors import BanyanError
from app.facts import errors
from app.facts.backdating import check_past, check_slot_since, effective_at, slot_since, stays_as_it_was
from app.facts.calendars import CALENDARS, MONTHLY, StoredPeriod, periods_of_order, periods_of_return
from app.facts.canonical import body_of, chain_hash, sha256_hex
from app.facts.commands import (
    CONSEQUENCES,
    PLACEMENT_TREES,
    BelowSponsor,
    ClosePeriod,
    Command,
    CommitRun,
    Enrol,
    Explicit,
    HoldingTank,
    KeepMatrix,
    Move,
    Opening,
    OpenPeriod,
    Order,
    PastMove,
    PastStatement,
    Place,
    Placement,
    Prefer,
    Receipt,
    Register,
    Reinstate,
    Return,
    SetMovePolicy,
    Submission,
    TakenOver,
    Terminate,
    Tree,
)
from app.facts.policy import broken_rules
from app.facts.text import instant_text as _instant
from app.facts.text import is_printable
from app.facts.world import FoundPlace, Matrix, Person, StoredFact, StoredOrder, World
from app.places.matrix import MOST_DEEP, MOST_WIDE, MatrixSpot
from app.places.spots import LEFT, NOBODY, SIDES, PlacementTree, Spot, UnknownSpotError
from app.places.strategies import MATRIX_STRATEGIES, PREFERABLE, STRATEGIES

MAX_AMOUNT = 10**12
"""Largest PV or CV of one order, in minor units."""
MAX_ID, MAX_TEXT = 64, 200
MAX_COUNT = 1_000_000_000
MAX_PAST_LINES = 1_000
"""Lines of one statement of the former system."""
OPEN_AT_ONCE = 2
"""A tally has two volume slots, so two periods of a calendar can be open (the last one in its grace days)."""

Data = dict[str, Any]
_ORDER_COLUMNS: Final = (*CALENDARS, "buyer_ix", "customer_id", "cv", "order_id", "pv", "seller_ix")
DECIDED: Final[Mapping[str, tuple[str, ...]]] = {
    "Enrol": ("ix", "parent_id", "parent_ix", "placed_at", "slot", "sponsor_ix", "sponsored_at", "why"),
    "Place": ("ix", "parent_id", "parent_ix", "slot", "tree", "why"),
    "Prefer": ("ix",),
    "KeepMatrix": (),
    "Move": ("closed_period", "ix", "old_parent_ix", "old_slot", "overridden", "parent_ix", "slot", "tree"),
    "SetMovePolicy": (),
    "Terminate": ("closed_period", "consequence", "ix", "old_consequence", "old_status", "old_terminated_at"),
    "Reinstate": ("closed_period", "ix", "old_consequence", "old_status", "old_terminated_at"),
    "PastMove": ("ix", "parent_ix", "since", "slot", "tree"),
    "Register": ("distributor_ix",),
    "Order": _ORDER_COLUMNS,
    "Return": (*_ORDER_COLUMNS, "return_of"),
    "OpenPeriod": ("calendar", "period"),
    "ClosePeriod": ("calendar", "period"),
    "Opening": ("balance", "carry_left", "carry_right", "highest_rank", "ix", "period"),
    "PastStatement": ("ix", "period"),
    "CommitRun": ("calendar", "period", "run_id"),
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
            body = body_of(submission.command)
            earlier = world.facts.get(submission.key)
            if earlier is not None:
                answers.append(_replay(earlier, body))
                continue
            fact = _new_fact(chain, world, submission, body, recorded_at)
        except BanyanError as refusal:
            answers.append(refusal)
            continue
        except UnknownSpotError as unknown:
            lacking = unknown.tree, unknown.ix
            break
        chain = Chain(fact.seq, fact.hash, recorded_at)
        facts.append(fact)
        world.facts[fact.key] = StoredFact(fact.seq, fact.key, fact.kind, body, recorded_at, fact.decided)
        answers.append(Receipt(fact.seq, fact.key, fact.kind, recorded_at, False, fact.decided))
    return Decision(
        answers, facts, world.spots.take_changed(), world.matrix_spots.take_changed(), chain, world.next_ix, lacking
    )


def _replay(earlier: StoredFact, body: str) -> Receipt:
    if earlier.body != body:
        raise errors.IdempotencyKeyReusedError(
            f"The idempotency key {earlier.key!r} already stands for another command ({earlier.kind}, fact "
            f"{earlier.seq}). Repeat that command unchanged, or use a new key.",
            seq=earlier.seq,
        )
    return Receipt(earlier.seq, earlier.key, earlier.kind, earlier.recorded_at, True, earlier.decided)


def _new_fact(chain: Chain, world: World, submission: Submission, body: str, recorded_at: int) -> NewFact:
    _check_text("key", submission.key, MAX_TEXT)
    _check_text("actor", submission.actor, MAX_TEXT)
    if len(submission.reason) > MAX_TEXT:
        raise errors.InvalidCommandError(f"The reason has {len(submission.reason)} characters; {MAX_TEXT} are allowed.")
    command = submission.command
    if isinstance(command, Move) and command.override and not submission.reason.strip():
        raise errors.InvalidCommandError("A move against the policy needs a reason.")
    rule: Callable[[World, Any, int], tuple[int, Data]] = _RULES[type(command)]
    valid_at, decided = rule(world, command, recorded_at)
    seq, kind = chain.seq + 1, type(command).__name__
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


# --- people -----------------------------------------------------------------------------------------------------------


def _enrol(world: World, command: Enrol, recorded_at: int) -> tuple[int, Data]:
    _check_text("distributor id", command.id, MAX_ID)
    _check_text("name", command.name, MAX_TEXT)
    _check_not_ahead("enrolled_at", command.enrolled_at, recorded_at)
    if command.status not in ("active", "suspended", "terminated"):
        raise errors.InvalidCommandError(f"Status {command.status!r} is not one of active, suspended, terminated.")
    if command.status != "terminated" and (command.terminated_at is not None or command.consequence is not None):
        raise errors.InvalidCommandError(f"{command.id} is {command.status}, so nothing is said of a termination.")
    if command.id in world.people:
        raise errors.DuplicateIdError(f"Distributor {command.id} is already enrolled; give the newcomer another id.")
    _check_preference(command.preference)
    if command.sponsor_id is None and command.placement is not None:
        raise errors.InvalidCommandError(f"{command.id} has no sponsor, so it tops its own trees; leave out the place.")
    if command.sponsored_at is not None:
        _check_not_ahead("sponsored_at", command.sponsored_at, recorded_at)
    sponsor = NOBODY if command.sponsor_id is None else _sponsor_of(world, command)
    newcomer = Person(
        world.next_ix, command.id, sponsor, NOBODY, 0, command.status, command.enrolled_at, None, command.consequence
    )
    place, placed_at = _NO_PLACE, command.enrolled_at
    if isinstance(command.placement, HoldingTank):
        _check_strategy(command.placement.then)
    elif command.placement is not None:
        place = _find_place(world, "binary", newcomer, command.placement)
        placed_at = _placed_at(world, "binary", place, newcomer, command.placement, asked=command.enrolled_at)
    if place.parent_ix != NOBODY:
        world.spots.attach(Spot.alone(newcomer.ix), place.parent_ix, place.slot)
        newcomer.parent_ix, newcomer.slot = place.parent_ix, place.slot
    else:
        world.spots.begin(Spot.alone(newcomer.ix))
    world.next_ix += 1
    world.add(newcomer)
    decided = {
        "ix": newcomer.ix,
        "sponsor_ix": sponsor,
        "sponsored_at": command.sponsored_at,
        "placed_at": None if placed_at == command.enrolled_at else placed_at,
    }
    return command.enrolled_at, {**decided, **_place_data(place)}


def _sponsor_of(world: World, command: Enrol) -> int:
    sponsor = _person(world, command.sponsor_id or "")
    if sponsor.terminated_at is not None and command.enrolled_at >= sponsor.terminated_at:
        raise errors.TerminatedError(
            f"{sponsor.id} has been terminated since {_instant(sponsor.terminated_at)} and sponsors nobody since; name "
            "somebody above."
        )
    return sponsor.ix


def _terminate(world: World, command: Terminate, recorded_at: int) -> tuple[int, Data]:
    person = _person(world, command.id)
    if person.status == "terminated":
        raise errors.TerminatedError(f"{person.id} is terminated already.")
    if command.consequence not in CONSEQUENCES:
        raise errors.InvalidCommandError(
            f"{command.consequence!r} is no consequence of a termination; choose {' or '.join(CONSEQUENCES)}."
        )
    at, decided = _new_status(world, command, person, recorded_at)
    person.status, person.changed_at = "terminated", at
    person.terminated_at, person.consequence = at, command.consequence
    return at, {**decided, "consequence": command.consequence}


def _reinstate(world: World, command: Reinstate, recorded_at: int) -> tuple[int, Data]:
    person = _person(world, command.id)
    if person.status != "terminated":
        raise errors.NotTerminatedError(f"{person.id} is {person.status}, so there is nothing to take back.")
    at, decided = _new_status(world, command, person, recorded_at)
    person.status, person.changed_at = "active", at
    person.terminated_at = person.consequence = None
    return at, decided


def _new_status(world: World, command: Terminate | Reinstate, person: Person, recorded_at: int) -> tuple[int, Data]:
    """When a change of status takes effect, and what it changes."""
    at = max(recorded_at, person.changed_at)
    if command.effective_at is not None:
        _check_not_ahead("effective_at", command.effective_at, recorded_at)
        at = min(command.effective_at, at)
    if at < person.changed_at:
        raise errors.InvalidCommandError(
            f"{person.id} has been {person.status} since {_instant(person.changed_at)}; nothing said of them can take "
            "effect before."
        )
    unchanged = stays_as_it_was(world, at)
    return at, {
        "ix": person.ix,
        "old_status": person.status,
        "old_terminated_at": person.terminated_at,
        "old_consequence": person.consequence,
        "closed_period": None if unchanged is None else unchanged.name,
    }


def _place(world: World, command: Place, recorded_at: int) -> tuple[int, Data]:
    _check_not_ahead("placed_at", command.placed_at, recorded_at)
    person = _person(world, command.id)
    tree = command.tree
    _check_kept(world, tree)
    if person.placed_in(tree):
        above, slot = person.place_in(tree)
        where = f"in slot {slot} of ix {above}" if above != NOBODY else "at the top"
        raise errors.AlreadyPlacedError(f"{command.id} already stands {where} of {NAMED[tree]}; move it instead.")
    place = _find_place(world, tree, person, command.placement)
    placed_at = _placed_at(world, tree, place, person, command.placement, asked=command.placed_at)
    if tree == "matrix":
        world.matrix_spots.attach(MatrixSpot(person.ix), place.parent_ix, place.slot)
        world.matrix = replace(world.matrix, used=True)
    else:
        world.spots.attach(Spot.alone(person.ix), place.parent_ix, place.slot)
    _stand(world, tree, person, place.parent_ix, place.slot)
    return placed_at, {"ix": person.ix, "tree": tree, **_place_data(place)}


def _prefer(world: World, command: Prefer, recorded_at: int) -> tuple[int, Data]:
    _check_preference(command.preference)
    return recorded_at, {"ix": _person(world, command.id).ix}


def _check_preference(preference: str) -> None:
    if preference and preference not in PREFERABLE:
        raise errors.InvalidCommandError(f"The preference {preference[:80]!r} is not one of {', '.join(PREFERABLE)}.")


def _move(world: World, command: Move, recorded_at: int) -> tuple[int, Data]:
    person, target = _person(world, command.id), _person(world, command.new_parent_id)
    _check_kept(world, command.tree)
    if world.is_at_or_below(command.tree, target.ix, person.ix):
        raise errors.CycleError(
            f"{target.id} is {person.id} or stands below {person.id} in the {command.tree} tree; "
            "move to somebody outside that downline."
        )
    at = effective_at(world, command, person, recorded_at)
    old_parent, old_slot = _check_move(world, command, person, target, at)
    if at < recorded_at:
        check_past(world, command, person, target, at)
    overridden = _check_policy(world, command, person, target, at=at, recorded_at=recorded_at)
    if command.tree == "sponsor":
        person.sponsor_ix = target.ix
        world.set_parent("sponsor", person.ix, target.ix)
    else:
        spots = world.matrix_spots if command.tree == "matrix" else world.spots
        spots.move(person.ix, target.ix, command.slot)
        _stand(world, command.tree, person, target.ix, command.slot)
    unchanged = stays_as_it_was(world, at)
    decided = {
        "ix": person.ix,
        "tree": command.tree,
        "old_parent_ix": old_parent,
        "old_slot": old_slot,
        "parent_ix": target.ix,
        "slot": command.slot,
        "closed_period": None if unchanged is None else unchanged.name,
        "overridden": overridden,
    }
    return at, decided


def _check_policy(world: World, command: Move, person: Person, target: Person, *, at: int, recorded_at: int) -> str:
    """The names of the rules that are overridden; raises PolicyError where a broken one is not."""
    broken = broken_rules(world, command, person, target, at=at, recorded_at=recorded_at)
    rules = ",".join(rule.rule for rule in broken)
    if broken and not command.override:
        raise errors.PolicyError(
            f"The company's policy says no: {'; '.join(rule.words for rule in broken)}.", rules=rules.split(",")
        )
    return rules


def _set_move_policy(world: World, command: SetMovePolicy, recorded_at: int) -> tuple[int, Data]:
    if command.zone not in available_timezones():
        raise errors.InvalidCommandError(f"{command.zone!r} is not a time zone of the IANA database.")
    trees = [limits.tree for limits in command.limits]
    if len(set(trees)) != len(trees) or not set(trees) <= {"sponsor", *PLACEMENT_TREES}:
        raise errors.InvalidCommandError("A policy says what moves in each tree are, of each tree once.")
    for limits in command.limits:
        counts = (limits.window_days, limits.largest_subtree, limits.backdate_days)
        if any(count is not None and not 0 <= count <= MAX_COUNT for count in counts):
            raise errors.InvalidCommandError(f"A limit of moves lies between 0 and {MAX_COUNT:,}.")
        if not set(limits.blackout_days) <= set(range(1, 32)):
            raise errors.InvalidCommandError("Blackout days are days of a month, 1 to 31.")
        if limits.stay_below not in (("", "sponsor", "enroller") if limits.tree == "sponsor" else ("", "sponsor")):
            raise errors.InvalidCommandError(
                f"{limits.stay_below!r} is nobody that a move in the {limits.tree} tree could stay below."
            )
    return recorded_at, {}


def _check_move(world: World, command: Move, person: Person, target: Person, at: int) -> tuple[int, int]:
    """The place that the person leaves, when the move is possible by the trees as they are now."""
    stays = world.past.stays.get(person.ix, [])
    earlier = any(at < stay.since for stay in stays)
    if command.tree == "sponsor":
        if command.slot != 0:
            raise errors.InvalidCommandError("The sponsor tree has no slots; leave the slot out.")
        if person.sponsor_ix == NOBODY:
            raise errors.InvalidCommandError(f"{person.id} tops the company and has no sponsor to leave.")
        if person.sponsor_ix == target.ix and not earlier:
            raise errors.SamePlaceError(f"{target.id} is already the sponsor of {person.id}.")
        return person.sponsor_ix, 0
    old = person.place_in(command.tree)
    if old[0] == NOBODY:
        raise errors.NotPlacedError(f"{person.id} has no place in {NAMED[command.tree]} yet; place it first.")
    if old != (target.ix, command.slot):
        _check_free(world, command.tree, target, command.slot)
    elif not earlier:
        raise errors.SamePlaceError(f"{person.id} already stands in slot {command.slot} of {target.id}.")
    return old


def _past_move(world: World, command: PastMove, recorded_at: int) -> tuple[int, Data]:
    """An ended edge and nothing else; that it joins the other ones of that person, the import checks."""
    person, parent = _person(world, command.id), _person(world, command.parent_id)
    for name in ("since", "until"):
        _check_not_ahead(name, getattr(command, name), recorded_at)
    _check_kept(world, command.tree)
    if command.tree != "sponsor":
        _check_slot(world, command.tree, command.slot)
    elif command.slot != 0:
        raise errors.InvalidCommandError("The sponsor tree has no slots; leave the slot out.")
    if person is parent:
        raise errors.CycleError(f"{person.id} cannot have stood below themself.")
    decided = {"ix": person.ix, "tree": command.tree, "parent_ix": parent.ix, "slot": command.slot}
    return command.until, {**decided, "since": command.since}


def _register(world: World, command: Register, recorded_at: int) -> tuple[int, Data]:
    _check_text("customer id", command.id, MAX_ID)
    _check_text("name", command.name, MAX_TEXT)
    _check_not_ahead("registered_at", command.registered_at, recorded_at)
    if command.id in world.customers:
        raise errors.DuplicateIdError(f"Customer {command.id} is already registered.")
    distributor = _person(world, command.distributor_id)
    world.customers[command.id] = distributor.ix
    return command.registered_at, {"distributor_ix": distributor.ix}


# --- places -----------------------------------------------------------------------------------------------------------

NAMED: Final[dict[PlacementTree, str]] = {"binary": "the binary tree", "matrix": "the matrix"}


_NO_PLACE: Final = FoundPlace(NOBODY, None, 0, None)


def _keep_matrix(world: World, command: KeepMatrix, recorded_at: int) -> tuple[int, Data]:
    if not 1 <= command.width <= MOST_WIDE or not 1 <= command.depth <= MOST_DEEP:
        raise errors.InvalidCommandError(
            f"A matrix is 1 to {MOST_WIDE} wide and 1 to {MOST_DEEP} deep, not {command.width} x {command.depth}."
        )
    kept = world.matrix
    if kept.used and command.width != kept.width:
        raise errors.MatrixConflictError(
            f"People stand in a matrix that is {kept.width} wide, so its width stays; its depth may change."
        )
    world.matrix = Matrix(command.width, command.depth, kept.used)
    world.matrix_spots.width = command.width
    return recorded_at, {}


def _check_kept(world: World, tree: Tree) -> None:
    if tree == "matrix" and world.matrix.width == 0:
        raise errors.NoMatrixError("The company keeps no matrix; say how wide and deep it is first.")


def _find_place(world: World, tree: PlacementTree, person: Person, placement: Placement) -> FoundPlace:
    """Where a placement puts a person."""
    sponsor = world.by_ix.get(person.sponsor_ix)
    if isinstance(placement, BelowSponsor):
        _check_strategy(placement.strategy, tree)
        found = world.found
        if sponsor is None or found is None or found.parent_ix == NOBODY:
            raise errors.NotPlacedError(
                f"The sponsor of {person.id} has no place in {NAMED[tree]} yet; place them first."
            )
        return found
    parent = _person(world, placement.parent_id)
    _check_free(world, tree, parent, placement.slot)
    bound = isinstance(placement, Explicit) and sponsor is not None and sponsor.placed_in(tree)
    if sponsor is not None and bound and not world.is_at_or_below(tree, parent.ix, sponsor.ix):
        raise errors.OutsideSponsorError(
            f"{parent.id} does not stand below {sponsor.id}, the sponsor of {person.id}, in {NAMED[tree]}; "
            "choose a place in the sponsor's downline."
        )
    return FoundPlace(parent.ix, parent.id, placement.slot, None)


def _placed_at(world: World, tree: Tree, place: FoundPlace, person: Person, placement: Placement, *, asked: int) -> int:
    """Since when somebody stands in a slot: as asked, or refused where it was another's then. A strategy looks at the
    trees as they are, so what it finds is the person's from when the slot became free."""
    if isinstance(placement, BelowSponsor):
        return max(asked, slot_since(world, (tree, place.parent_ix, place.slot), person.ix))
    if not isinstance(placement, TakenOver):
        check_slot_since(world, (tree, place.parent_ix, place.slot), person.ix, asked)
    return asked


def _check_strategy(strategy: str, tree: PlacementTree = "binary") -> None:
    known = MATRIX_STRATEGIES if tree == "matrix" else STRATEGIES
    if strategy not in known:
        raise errors.InvalidCommandError(f"The strategy {strategy[:80]!r} is not one of {', '.join(known)}.")


def _check_slot(world: World, tree: PlacementTree, slot: int) -> None:
    if tree == "matrix" and not 1 <= slot <= world.matrix.width:
        raise errors.InvalidCommandError(f"Slot {slot} does not exist in a matrix {world.matrix.width} wide.")
    if tree == "binary" and slot not in SIDES:
        raise errors.InvalidCommandError(f"Slot {slot} does not exist in a binary tree; use 1 (left) or 2 (right).")


def _check_free(world: World, tree: PlacementTree, parent: Person, slot: int) -> None:
    _check_slot(world, tree, slot)
    if not parent.placed_in(tree):
        raise errors.NotPlacedError(f"{parent.id} has no place in {NAMED[tree]} yet; place them first.")
    if tree == "matrix":
        if slot in world.matrix_spots[parent.ix].below:
            raise errors.SlotTakenError(f"Slot {slot} of {parent.id} in the matrix is taken; choose another.")
        return
    taken_by = world.spots[parent.ix].child(slot)
    if taken_by != NOBODY:
        side = "left" if slot == LEFT else "right"
        raise errors.SlotTakenError(f"The {side} slot of {parent.id} is taken (by ix {taken_by}); choose another.")


def _stand(world: World, tree: PlacementTree, person: Person, parent_ix: int, slot: int) -> None:
    person.stand(tree, parent_ix, slot)
    world.set_parent(tree, person.ix, parent_ix)


def _place_data(place: FoundPlace) -> Data:
    return {"parent_ix": place.parent_ix, "slot": place.slot, "parent_id": place.parent_id, "why": place.why}


# --- orders -----------------------------------------------------------------------------------------------------------


def _order(world: World, command: Order, recorded_at: int) -> tuple[int, Data]:
    _check_text("order id", command.id, MAX_ID)
    _check_not_ahead("placed_at", command.placed_at, recorded_at)
    for name, amount in (("PV", command.pv), ("CV", command.cv)):
        if not 0 <= amount <= MAX_AMOUNT:
            raise errors.InvalidCommandError(
                f"{name} of order {command.id} is {amount / 100:.2f}; it must lie between 0 and {MAX_AMOUNT / 100:.2f}."
            )
    if command.id in world.used_order_ids:
        raise errors.DuplicateIdError(f"Order {command.id} is already stored.")
    if command.buyer_kind == "customer":
        if command.buyer_id not in world.customers:
            raise errors.UnknownCustomerError(f"Customer {command.buyer_id} is not registered; register them first.")
        seller, buyer, customer = world.customers[command.buyer_id], NOBODY, command.buyer_id
    else:
        person = _person(world, command.buyer_id)
        if person.terminated_at is not None and command.placed_at >= person.terminated_at:
            raise errors.TerminatedError(
                f"{person.id} has been terminated since {_instant(person.terminated_at)}, so order {command.id} of "
                f"{_instant(command.placed_at)} cannot be theirs; their customers may buy."
            )
        seller = buyer = person.ix
        customer = ""
    counts_in = periods_of_order(world.kept, command.placed_at)
    order = StoredOrder(
        command.id, seller, buyer, customer, command.placed_at, command.pv, command.cv, counts_in, returned=False
    )
    world.orders[command.id] = order
    world.used_order_ids.add(command.id)
    return command.placed_at, _order_data(order)


def _return(world: World, command: Return, recorded_at: int) -> tuple[int, Data]:
    _check_text("return id", command.id, MAX_ID)
    order = world.orders.get(command.order_id)
    if order is None:
        raise errors.UnknownOrderError(f"Order {command.order_id} is not stored, so it cannot come back.")
    if order.returned:
        raise errors.AlreadyReturnedError(f"Order {command.order_id} has come back already.")
    if command.id in world.used_order_ids:
        raise errors.DuplicateIdError(f"The number {command.id} is already used by an order or a return.")
    if command.placed_at < order.placed_at:
        raise errors.InvalidCommandError(f"Return {command.id} is dated before its order {order.id}.")
    _check_not_ahead("placed_at", command.placed_at, recorded_at)
    counts_in = periods_of_return(world.kept, order.counts_in)
    world.used_order_ids.add(command.id)
    world.orders[order.id] = replace(order, returned=True)
    back = replace(
        order,
        id=command.id,
        placed_at=command.placed_at,
        pv=-order.pv,
        cv=-order.cv,
        counts_in=counts_in,
    )
    return command.placed_at, {**_order_data(back), "return_of": order.id}


def _order_data(order: StoredOrder) -> Data:
    return {
        "order_id": order.id,
        "seller_ix": order.seller_ix,
        "buyer_ix": order.buyer_ix,
        "customer_id": order.customer_id,
        "pv": order.pv,
        "cv": order.cv,
        **order.counts_in,
    }


# --- periods and runs -------------------------------------------------------------------------------------------------


def _open_period(world: World, command: OpenPeriod, recorded_at: int) -> tuple[int, Data]:
    if command.calendar not in CALENDARS:
        raise errors.InvalidCommandError(f"There is no calendar {command.calendar!r}; choose {', '.join(CALENDARS)}.")
    if command.starts_at >= command.ends_at:
        raise errors.InvalidCommandError(f"Period {command.name} ends before it starts.")
    own = [p for p in world.periods.values() if p.calendar == command.calendar]
    if any(p.number == command.number for p in own):
        raise errors.PeriodConflictError(f"Period {command.name} of {command.calendar!r} exists already.")
    if own:
        last = max(own, key=lambda p: p.ends_at)
        if command.starts_at != last.ends_at:
            raise errors.PeriodConflictError(
                f"Period {command.name} must start where {last.name} ends ({_instant(last.ends_at)}), without gap."
            )
        if command.number % 2 == last.number % 2:
            raise errors.PeriodConflictError(
                f"Numbers {last.number} and {command.number} share a volume slot; neighbours must differ in parity."
            )
    opened = [p.name for p in own if p.open]
    if len(opened) >= OPEN_AT_ONCE:
        raise errors.PeriodConflictError(f"{' and '.join(opened)} are still open; close one before opening another.")
    world.periods[command.calendar, command.number] = StoredPeriod(
        command.calendar, command.number, command.name, command.starts_at, command.ends_at, True
    )
    world.periods_changed()
    return recorded_at, {"calendar": command.calendar, "period": command.number}


def _close_period(world: World, command: ClosePeriod, recorded_at: int) -> tuple[int, Data]:
    period = world.periods.get((command.calendar, command.number))
    if period is None:
        raise errors.UnknownPeriodError(f"The calendar {command.calendar!r} has no period {command.number}.")
    if not period.open:
        raise errors.PeriodConflictError(f"Period {period.name} is closed already.")
    if period.ends_at > recorded_at:
        raise errors.PeriodConflictError(
            f"Period {period.name} runs until {_instant(period.ends_at)}; close it after that."
        )
    of_calendar = (p for p in world.periods.values() if p.calendar == command.calendar)
    earlier = [p.name for p in of_calendar if p.open and p.starts_at < period.starts_at]
    if earlier:
        raise errors.PeriodConflictError(f"Close {earlier[0]} before {period.name}: periods close in order.")
    period.open = False
    world.periods_changed()
    return recorded_at, {"calendar": command.calendar, "period": command.number}


def _opening(world: World, command: Opening, recorded_at: int) -> tuple[int, Data]:
    person = _person(world, command.id)
    figures = (command.carry_left, command.carry_right, abs(command.balance))
    if min(figures) < 0 or max(figures) > MAX_AMOUNT:
        raise errors.InvalidCommandError(f"The opening figures of {command.id} are beyond {MAX_AMOUNT / 100:.2f}.")
    if command.highest_rank:
        _check_text("highest rank", command.highest_rank, MAX_TEXT)
    committed = [number for number in _months_paid(world) if number < command.period]
    if committed:
        raise errors.PeriodConflictError(
            f"Period {max(committed)} has a committed run, so what it carries on is known; figures of the former "
            f"system cannot open {command.period}."
        )
    period = world.periods.get((MONTHLY, command.period))
    if period is not None and not period.open:
        raise errors.PeriodConflictError(f"Period {period.name} is closed; opening figures come before that.")
    earlier = [p.name for p in world.periods.values() if p.calendar == MONTHLY and p.number < command.period]
    if earlier:
        raise errors.PeriodConflictError(
            f"Period {max(earlier)} is kept here, so its run says what {command.period} begins with; opening figures "
            "come before any month that is earlier than theirs."
        )
    if world.opening_month not in (None, command.period):
        raise errors.PeriodConflictError(
            f"The opening figures so far are of {world.opening_month}; {command.id} needs the same month, not "
            f"{command.period}."
        )
    world.opening_month = command.period
    names = ("balance", "carry_left", "carry_right", "highest_rank", "period")
    return recorded_at, {"ix": person.ix, **{name: getattr(command, name) for name in names}}


def _past_statement(world: World, command: PastStatement, recorded_at: int) -> tuple[int, Data]:
    person = _person(world, command.id)
    if not 1 <= len(command.lines) <= MAX_PAST_LINES:
        raise errors.InvalidCommandError(f"A statement has 1 to {MAX_PAST_LINES:,} lines, not {len(command.lines)}.")
    _check_text("currency", command.currency, MAX_ID)
    for line in command.lines:
        _check_text("bonus", line.bonus, MAX_TEXT)
        if abs(line.amount) > MAX_AMOUNT or (line.note and (len(line.note) > MAX_TEXT or not is_printable(line.note))):
            raise errors.InvalidCommandError(
                f"The line {line.bonus} of {command.id} has an amount or note out of bounds."
            )
    paid = _months_paid(world)
    if paid and command.period >= min(paid):
        raise errors.PeriodConflictError(
            f"Period {min(paid)} has a committed run, so the statements from there on, {command.period} too, are made "
            "by runs."
        )
    period = world.periods.get((MONTHLY, command.period))
    if command.period >= month_at(recorded_at) if period is None else period.ends_at > recorded_at:
        raise errors.PeriodConflictError(f"Month {command.period} is not over, so it has no final statement yet.")
    return recorded_at, {"ix": person.ix, "period": command.period}


def _months_paid(world: World) -> list[int]:
    return [number for calendar, number in world.committed_periods if calendar == MONTHLY]


def _commit_run(world: World, command: CommitRun, recorded_at: int) -> tuple[int, Data]:
    period = world.periods.get((command.calendar, command.period))
    if period is None or period.open:
        raise errors.RunConflictError(f"Period {command.period} is not closed; close it before committing its run.")
    if (command.calendar, command.period) in world.committed_periods:
        raise errors.RunConflictError(f"Period {period.name} has a committed run already.")
    opens = world.opening_month if command.calendar == MONTHLY else None
    if opens is not None and command.period < opens:
        raise errors.RunConflictError(
            f"Period {period.name} was paid before the company came here: the opening figures of "
            f"{opens} carry on from it."
        )
    if command.run_id not in world.runs:
        raise errors.UnknownRunError(f"Run {command.run_id} is not stored.")
    state, run_hash = world.runs[command.run_id]
    if state != "calculated" or run_hash != command.run_hash:
        raise errors.RunConflictError(
            f"Run {command.run_id} is {state} with hash {run_hash[:12]}; only a calculated run with the hash that was "
            f"reviewed ({command.run_hash[:12]}) can be committed."
        )
    world.runs[command.run_id] = ("committed", run_hash)
    world.committed_periods.add((command.calendar, command.period))
    return recorded_at, {"run_id": command.run_id, "calendar": command.calendar, "period": command.period}


# --- checks -----------------------------------------------------------------------------------------------------------


def _person(world: World, id: str) -> Person:
    person = world.people.get(id)
    if person is None:
        raise errors.UnknownDistributorError(f"Distributor {id} is not enrolled.", distributor=id)
    return person


def _check_text(what: str, text: str, longest: int) -> None:
    if not text or len(text) > longest or not is_printable(text):
        raise errors.InvalidCommandError(
            f"The {what} must have 1 to {longest} printable characters; it has {len(text)}"
            f"{'' if is_printable(text) else ' with control characters among them'}."
        )


def _check_not_ahead(what: str, instant: int, recorded_at: int) -> None:
    if instant > recorded_at + CLOCK_SKEW_MS:
        raise errors.InvalidCommandError(f"{what} {_instant(instant)} lies in the future.")


def month_at(epoch_ms: int) -> int:
    """The number of the month of an instant, 202601, by UTC: where no period says whose clock counts."""
    at = from_ms(epoch_ms)
    return at.year * 100 + at.month


_RULES: dict[type[Any], Callable[[World, Any, int], tuple[int, Data]]] = {
    Enrol: _enrol,
    Place: _place,
    Prefer: _prefer,
    KeepMatrix: _keep_matrix,
    Move: _move,
    SetMovePolicy: _set_move_policy,
    PastMove: _past_move,
    Terminate: _terminate,
    Reinstate: _reinstate,
    Register: _register,
    Order: _order,
    Return: _return,
    OpenPeriod: _open_period,
    ClosePeriod: _close_period,
    Opening: _opening,
    PastStatement: _past_statement,
    CommitRun: _commit_run,
}

"""Why a command must be refused: the codes of every rule that it breaks. None: it must be accepted."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace

from app.facts.commands import (
    BelowSponsor,
    ClosePeriod,
    Command,
    Enrol,
    Explicit,
    KeepMatrix,
    Move,
    OpenPeriod,
    Order,
    Place,
    Prefer,
    Register,
    Reinstate,
    Return,
    Terminate,
    Tree,
    Vacate,
)
from tests.component.stateful.model import Model, NoPeriodError, weighed_by
from tests.oracle.year import NOWHERE

SKEW_MS = 5 * 60 * 1000
"""How far ahead of the service's clock a caller's may run, and by how much those of two callers may differ."""


def refusals(model: Model, command: Command, now: int) -> set[str]:
    match command:
        case Enrol():
            return _enrol(model, command, now)
        case Place():
            return _place(model, command, now)
        case Move() | Vacate():
            return _move(model, command, now) if isinstance(command, Move) else _vacate(model, command, now)
        case Terminate() | Reinstate():
            return _status(model, command, now)
        case Prefer():
            return _unknown(model, command.id)
        case KeepMatrix(width=width):
            return {"matrix-conflict"} if model.stays["matrix"] and width != model.width else set()
        case Register(id=id, distributor_id=distributor, registered_at=at):
            found = {"duplicate-id"} if id in model.customers else set()
            found |= _unknown(model, distributor) | _ahead(at, now)
            return found | (
                _long_before(at, model.people[distributor].enrolled_at) if distributor in model.people else set()
            )
        case Order():
            return _order(model, command, now)
        case Return():
            return _return(model, command, now)
        case OpenPeriod():
            return _open_period(model, command)
        case ClosePeriod():
            return _close_period(model, command, now)
    raise AssertionError(f"the model knows no {command}")


def refusals_of_all(model: Model, commands: Sequence[Command], now: int) -> set[str]:
    """Why commands that are written together or not at all are refused: the rules that the first refused one breaks."""
    tried = deepcopy(model)
    for command in commands:
        found = refusals(tried, command, now)
        if found:
            return found
        tried.apply(command, now)
    return set()


def _ahead(instant: int, now: int) -> set[str]:
    return {"invalid-command"} if instant > now + SKEW_MS else set()


def _before(instant: int, *since: int) -> set[str]:
    """Nothing is dated before those whom it names were there."""
    return {"invalid-command"} if instant < max(since) else set()


def _long_before(instant: int, since: int) -> set[str]:
    """What is sold, comes back or registers may be dated by another clock than what comes first."""
    return _before(instant + SKEW_MS, since)


def _unknown(model: Model, *ids: str) -> set[str]:
    return set() if all(id in model.people for id in ids) else {"unknown-distributor"}


# --- places -----------------------------------------------------------------------------------------------------------


def _enrol(model: Model, command: Enrol, now: int) -> set[str]:
    found = _ahead(command.enrolled_at, now)
    if command.id in model.people:
        found.add("duplicate-id")
    if command.sponsor_id is None:
        return found | ({"invalid-command"} if command.placement or command.matrix_placement else set())
    sponsor = model.people.get(command.sponsor_id)
    if sponsor is None:
        return found | {"unknown-distributor"}
    if sponsor.terminated_at is not None and command.enrolled_at >= sponsor.terminated_at:
        found.add("terminated")
    found |= _before(command.enrolled_at, sponsor.enrolled_at)
    if isinstance(command.placement, BelowSponsor | Explicit):
        found |= _placement(model, "binary", sponsor.id, command, command.placement, command.enrolled_at)
    if command.matrix_placement is not None:
        if "matrix" not in model.trees:
            return found | {"no-matrix"}
        found |= _placement(model, "matrix", sponsor.id, command, command.matrix_placement, command.enrolled_at)
    return found


def _place(model: Model, command: Place, now: int) -> set[str]:
    found = _ahead(command.placed_at, now)
    if command.id not in model.people:
        return found | {"unknown-distributor"}
    if command.tree not in model.trees:
        return found | {"no-matrix"}
    if model.placed(command.id, command.tree):
        return found | {"already-placed"}
    found |= _before(command.placed_at, model.people[command.id].enrolled_at)
    sponsor = model.stays["sponsor"][command.id][-1].parent
    return found | _placement(model, command.tree, sponsor, command, command.placement, command.placed_at)


def _placement(
    model: Model, tree: Tree, sponsor: str, command: Enrol | Place, placement: object, since: int
) -> set[str]:
    assert isinstance(placement, BelowSponsor | Explicit)
    if isinstance(placement, BelowSponsor):
        calendar = weighed_by(model.by_preference(placement.strategy, sponsor))
        if model.placed(sponsor, tree):
            return set() if calendar is None or model.weighed_period(calendar) is not None else {"no-open-period"}
        return {"not-placed"}
    parent, slot = placement.parent_id, placement.slot
    if parent not in model.people:
        return {"unknown-distributor"}
    if slot not in model.sides(tree):
        return {"invalid-command"}
    if not model.placed(parent, tree):
        return {"not-placed"}
    found = _before(since, model.people[parent].enrolled_at, model.gave_up(tree, command.id))
    left = model.left(tree, parent, slot, but=command.id)
    if (parent, slot) in model.slots(tree) or any(until > since for until in left):
        found.add("slot-taken")
    if model.placed(sponsor, tree) and sponsor not in model.way_up(tree, parent):
        found.add("outside-sponsor")
    return found


# --- moves ------------------------------------------------------------------------------------------------------------


def _move(model: Model, command: Move, now: int) -> set[str]:
    found = _unknown(model, command.id, command.new_parent_id)
    if found:
        return found
    if command.tree not in model.trees:
        return {"no-matrix"}
    if command.strategy is not None and (wrong := _search(model, command)):
        return wrong
    parent, slot = model.goal(command)
    command = replace(command, new_parent_id=parent, slot=slot, strategy=None)
    if command.id in model.way_up(command.tree, command.new_parent_id):
        found.add("cycle")
    at = model.effective(command, now)
    if command.effective_at is not None:
        found |= _ahead(command.effective_at, now)
        if model.stays[command.tree].get(command.id) and at <= model.stood_since(command.tree, command.id):
            found.add("invalid-command")
    found |= _by_sponsor(model, command, at) if command.tree == "sponsor" else _by_slot(model, command, at)
    if command.effective_at is not None:
        found |= _stood(model, command, at)
    return found or (_since(model, command, at) if at < now else set())


def _search(model: Model, command: Move) -> set[str]:
    """Why a strategy finds no slot below the new parent, or is not even asked."""
    parent, tree = command.new_parent_id, command.tree
    assert command.strategy is not None
    if command.id in model.way_up(tree, parent):
        return {"cycle"}
    if not model.placed(parent, tree):
        return {"not-placed"}
    if command.slot and (parent, command.slot) not in model.slots(tree):
        return set()
    calendar = weighed_by(model.by_preference(command.strategy, parent))
    return {"no-open-period"} if calendar is not None and model.weighed_period(calendar) is None else set()


def _by_sponsor(model: Model, command: Move, at: int) -> set[str]:
    stays = model.stays["sponsor"].get(command.id)
    if not stays:
        return {"invalid-command"}
    corrected = any(at < stay.since for stay in stays)
    return {"same-place"} if stays[-1].parent == command.new_parent_id and not corrected else set()


def _by_slot(model: Model, command: Move, at: int) -> set[str]:
    tree = command.tree
    stays = model.stays[tree].get(command.id)
    if not stays or stays[-1].parent == NOWHERE:
        return {"not-placed"}
    if (stays[-1].parent, stays[-1].slot) == (command.new_parent_id, command.slot):
        return set() if any(at < stay.since for stay in stays) else {"same-place"}
    found = set() if model.placed(command.new_parent_id, tree) else {"not-placed"}
    found |= set() if command.slot in model.sides(tree) else {"invalid-command"}
    return found | ({"slot-taken"} if (command.new_parent_id, command.slot) in model.slots(tree) else set())


def _stood(model: Model, command: Move, at: int) -> set[str]:
    """Whether whoever stands above from then on was there by then."""
    target, tree = model.people[command.new_parent_id], command.tree
    placed = tree != "sponsor" and model.place(tree, target.id) is not None
    return _before(at, target.enrolled_at, model.stood_since(tree, target.id) if placed else 0)


def _vacate(model: Model, command: Vacate, now: int) -> set[str]:
    """As a promotion says it: of somebody who leaves and has a place, with nobody else below than the successor."""
    if command.effective_at is None:
        return set()
    found, at, tree = _ahead(command.effective_at, now), model.effective(command, now), command.tree
    if at <= max(model.stays[tree][one][-1].since for one in (command.id, *model.below(tree, command.id))):
        found.add("invalid-command")
    left = [until for slot in model.sides(tree) for until in model.left(tree, command.id, slot, but="")]
    return found | ({"slot-taken"} if any(until > at for until in left) else set())


def _since(model: Model, command: Move, at: int) -> set[str]:
    """What was not possible at some instant since a move takes effect."""
    target, tree, found = model.people[command.new_parent_id], command.tree, set()
    if tree != "sponsor" and any(until > at for until in model.left(tree, target.id, command.slot, but=command.id)):
        found.add("slot-taken")
    changes = {stay.since for stays in model.stays[tree].values() for stay in stays}
    if any(command.id in model.way_up(tree, target.id, instant) for instant in {at, *changes} if instant >= at):
        found.add("cycle")
    return found


# --- statuses ---------------------------------------------------------------------------------------------------------


def _status(model: Model, command: Terminate | Reinstate, now: int) -> set[str]:
    person = model.people.get(command.id)
    if person is None:
        return {"unknown-distributor"}
    leaves = isinstance(command, Terminate)
    if leaves == (person.status == "terminated"):
        return {"terminated" if leaves else "not-terminated"}
    found = set() if command.effective_at is None else _ahead(command.effective_at, now)
    if isinstance(command, Terminate) and any(not model.placed(command.id, tree) for tree in command.trees):
        found.add("not-placed")
    if model.status_since(command, now) < person.changed_at:
        found.add("invalid-command")
    return found


# --- sales and periods ------------------------------------------------------------------------------------------------


def _order(model: Model, command: Order, now: int) -> set[str]:
    found = _ahead(command.placed_at, now)
    if command.id in model.counted:
        found.add("duplicate-id")
    if command.buyer_kind == "customer":
        if command.buyer_id not in model.customers:
            found.add("unknown-customer")
        else:
            found |= _long_before(command.placed_at, model.customers[command.buyer_id][1])
    elif command.buyer_id not in model.people:
        found.add("unknown-distributor")
    else:
        found |= _long_before(command.placed_at, model.people[command.buyer_id].enrolled_at)
        terminated_at = model.people[command.buyer_id].terminated_at
        if terminated_at is not None and command.placed_at >= terminated_at:
            found.add("terminated")
    try:
        model.counts_in(command.placed_at)
    except NoPeriodError:
        found.add("no-open-period")
    return found


def _return(model: Model, command: Return, now: int) -> set[str]:
    sale = model.orders.get(command.order_id)
    if sale is None:
        return {"unknown-order"}
    found = {"already-returned"} if sale.returned else set()
    if command.id in model.counted:
        found.add("duplicate-id")
    found |= _long_before(command.placed_at, sale.placed_at)
    try:
        model.comes_back_in(sale)
    except NoPeriodError:
        found.add("no-open-period")
    return found | _ahead(command.placed_at, now)


def _open_period(model: Model, command: OpenPeriod) -> set[str]:
    own = model.periods[command.calendar]
    wrong = (
        any(period.number == command.number for period in own)
        or (own and command.starts_at != own[-1].ends)
        or sum(period.closed is None for period in own) >= 2
    )
    return {"period-conflict"} if wrong else set()


def _close_period(model: Model, command: ClosePeriod, now: int) -> set[str]:
    own = model.periods[command.calendar]
    of_number = [period for period in own if period.number == command.number]
    if not of_number:
        return {"unknown-period"}
    [period] = of_number
    still_open = [one for one in own if one.closed is None]
    wrong = period.closed is not None or period.ends > now or still_open[0] is not period
    return {"period-conflict"} if wrong else set()

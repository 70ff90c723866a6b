"""Who is there: distributors and customers who come, and distributors who leave or come back."""

from app.facts import errors
from app.facts.commands import (
    CONSEQUENCES,
    PLACEMENT_TREES,
    TREES,
    Enrol,
    HoldingTank,
    Placement,
    Prefer,
    Register,
    Reinstate,
    Terminate,
)
from app.facts.limits import MAX_ID, MAX_TEXT
from app.facts.rules.backdating import stays_as_it_was
from app.facts.rules.checks import (
    Data,
    Ruling,
    check_not_ahead,
    check_not_before,
    check_not_long_before,
    check_text,
    person_named,
)
from app.facts.rules.places import (
    NAMED,
    NO_PLACE,
    check_kept,
    check_strategy,
    find_place,
    place_data,
    sit,
    standing_since,
)
from app.facts.text import instant_text
from app.facts.world import Customer, FoundPlace, Person, World
from app.places.spots import NOBODY, PlacementTree, Spot
from app.places.strategies import PREFERABLE


def enrol(world: World, command: Enrol, recorded_at: int) -> Ruling:
    """A newcomer is unknown so far, and stands under a sponsor who was there then, in a slot that is free."""
    check_text("distributor id", command.id, MAX_ID)
    check_text("name", command.name, MAX_TEXT)
    check_not_ahead("enrolled_at", command.enrolled_at, recorded_at)
    if command.status not in ("active", "suspended", "terminated"):
        raise errors.InvalidCommandError(f"Status {command.status!r} is not one of active, suspended, terminated.")
    if command.status != "terminated" and (command.terminated_at is not None or command.consequence is not None):
        raise errors.InvalidCommandError(f"{command.id} is {command.status}, so nothing is said of a termination.")
    if command.terminated_at is not None:
        enrolled = f"{command.id} enrolled"
        check_not_before(f"The termination of {command.id}", command.terminated_at, enrolled, command.enrolled_at)
    if command.id in world.people:
        raise errors.DuplicateIdError(f"Distributor {command.id} is already enrolled; give the newcomer another id.")
    _check_preference(command.preference)
    if command.sponsor_id is None and (command.placement is not None or command.matrix_placement is not None):
        raise errors.InvalidCommandError(f"{command.id} has no sponsor, so it tops its own trees; leave out the place.")
    if command.sponsored_at is not None:
        check_not_ahead("sponsored_at", command.sponsored_at, recorded_at)
    sponsor = NOBODY if command.sponsor_id is None else _sponsor_of(world, command)
    newcomer = Person(
        world.next_ix,
        command.id,
        sponsor,
        NOBODY,
        0,
        command.enrolled_at,
        command.status,
        changed_at=command.enrolled_at,
        consequence=command.consequence,
    )
    placed = _place(world, command, newcomer)
    world.next_ix += 1
    world.add(newcomer)
    return command.enrolled_at, {
        "ix": newcomer.ix,
        "sponsor_ix": sponsor,
        "sponsored_at": command.sponsored_at,
        **placed,
    }


def _place(world: World, command: Enrol, newcomer: Person) -> Data:
    """Give the newcomer the places that the command asks for, and say which. Nothing is changed before all is known."""
    place, placed_at = NO_PLACE, command.enrolled_at
    if isinstance(command.placement, HoldingTank):
        check_strategy(command.placement.then)
    elif command.placement is not None:
        place, placed_at = _found(world, "binary", command, newcomer, command.placement)
    seat, seated_at = None, command.enrolled_at
    if command.matrix_placement is not None:
        check_kept(world, "matrix")
        seat, seated_at = _found(world, "matrix", command, newcomer, command.matrix_placement)
        world.matrix_spots.see(seat.parent_ix, seat.slot)
    if place.parent_ix != NOBODY:
        world.spots.attach(Spot.alone(newcomer.ix), place.parent_ix, place.slot)
        newcomer.stand("binary", place.parent_ix, place.slot)
    else:
        world.spots.begin(Spot.alone(newcomer.ix))
    if seat is not None:
        sit(world, newcomer, seat)
        newcomer.stand("matrix", seat.parent_ix, seat.slot)
    in_matrix = dict.fromkeys(place_data(NO_PLACE)) if seat is None else place_data(seat)
    return {
        **place_data(place),
        "placed_at": None if placed_at == command.enrolled_at else placed_at,
        **{f"matrix_{name}": value for name, value in in_matrix.items()},
        "matrix_placed_at": None if seated_at == command.enrolled_at else seated_at,
    }


def _found(
    world: World, tree: PlacementTree, command: Enrol, newcomer: Person, placement: Placement
) -> tuple[FoundPlace, int]:
    """Where a newcomer comes to stand in a tree, and since when."""
    place = find_place(world, tree, newcomer, placement)
    return place, standing_since(world, tree, place, newcomer, placement, asked=command.enrolled_at)


def _sponsor_of(world: World, command: Enrol) -> int:
    sponsor = person_named(world, command.sponsor_id or "")
    if sponsor.terminated_at is not None and command.enrolled_at >= sponsor.terminated_at:
        raise errors.TerminatedError(
            f"{sponsor.id} has been terminated since {instant_text(sponsor.terminated_at)} and sponsors nobody since; "
            "name somebody above."
        )
    since = command.enrolled_at if command.sponsored_at is None else command.sponsored_at
    check_not_before(
        f"The enrolment of {command.id} under {sponsor.id}", since, f"{sponsor.id} enrolled", sponsor.enrolled_at
    )
    return sponsor.ix


def terminate(world: World, command: Terminate, recorded_at: int) -> Ruling:
    """Somebody who has not left yet; what becomes of their place is said with it."""
    person = person_named(world, command.id)
    if person.status == "terminated":
        raise errors.TerminatedError(f"{person.id} is terminated already.")
    if command.consequence not in CONSEQUENCES:
        raise errors.InvalidCommandError(
            f"{command.consequence!r} is no consequence of a termination; choose {' or '.join(CONSEQUENCES)}."
        )
    _check_trees(command, person)
    at, decided = _new_status(world, command, person, recorded_at)
    person.status, person.changed_at = "terminated", at
    person.terminated_at, person.consequence = at, command.consequence
    return at, {**decided, "consequence": command.consequence}


def _check_trees(command: Terminate, person: Person) -> None:
    """Where to promote is said with `promote` alone, of trees in which the person stands."""
    if command.trees and command.consequence != "promote":
        raise errors.InvalidCommandError(f"Trees are named to promote in, not to {command.consequence}.")
    if len(set(command.trees)) != len(command.trees) or not set(command.trees) <= set(TREES):
        raise errors.InvalidCommandError(f"The trees to promote in are {', '.join(TREES)}, each of them once.")
    for tree in command.trees:
        if tree != "sponsor" and not person.placed_in(tree):
            raise errors.NotPlacedError(f"{person.id} has no place in {NAMED[tree]}; leave that tree out.")


def reinstate(world: World, command: Reinstate, recorded_at: int) -> Ruling:
    """Somebody who left; what they gave up meanwhile is said with it."""
    person = person_named(world, command.id)
    if person.status != "terminated":
        raise errors.NotTerminatedError(f"{person.id} is {person.status}, so there is nothing to take back.")
    at, decided = _new_status(world, command, person, recorded_at)
    person.status, person.changed_at = "active", at
    person.terminated_at = person.consequence = None
    vacated = [tree for tree in PLACEMENT_TREES if world.gave_up.get((tree, person.ix)) and not person.placed_in(tree)]
    return at, {**decided, "vacated": ",".join(vacated)}


def _new_status(world: World, command: Terminate | Reinstate, person: Person, recorded_at: int) -> Ruling:
    """When a change of status takes effect, and what it changes."""
    at = max(recorded_at, person.changed_at)
    if command.effective_at is not None:
        check_not_ahead("effective_at", command.effective_at, recorded_at)
        at = min(command.effective_at, at)
    if at < person.changed_at:
        raise errors.InvalidCommandError(
            f"{person.id} has been {person.status} since {instant_text(person.changed_at)}; nothing said of them can "
            "take effect before."
        )
    unchanged = stays_as_it_was(world, at)
    return at, {
        "ix": person.ix,
        "old_status": person.status,
        "old_terminated_at": person.terminated_at,
        "old_consequence": person.consequence,
        "closed_period": None if unchanged is None else unchanged.name,
    }


def prefer(world: World, command: Prefer, recorded_at: int) -> Ruling:
    """A known strategy, or none."""
    _check_preference(command.preference)
    return recorded_at, {"ix": person_named(world, command.id).ix}


def _check_preference(preference: str) -> None:
    if preference and preference not in PREFERABLE:
        raise errors.InvalidCommandError(f"The preference {preference[:80]!r} is not one of {', '.join(PREFERABLE)}.")


def register(world: World, command: Register, recorded_at: int) -> Ruling:
    """A customer is unknown so far, and their distributor is enrolled by then."""
    check_text("customer id", command.id, MAX_ID)
    check_text("name", command.name, MAX_TEXT)
    check_not_ahead("registered_at", command.registered_at, recorded_at)
    if command.id in world.customers:
        raise errors.DuplicateIdError(f"Customer {command.id} is already registered.")
    distributor = person_named(world, command.distributor_id)
    check_not_long_before(
        f"The registration of {command.id}",
        command.registered_at,
        f"{distributor.id} enrolled",
        distributor.enrolled_at,
    )
    world.customers[command.id] = Customer(distributor.ix, command.registered_at)
    return command.registered_at, {"distributor_ix": distributor.ix}

"""Who goes with everyone below to another parent, which moves a company allows, and those taken over."""

from zoneinfo import available_timezones

from app.facts import errors
from app.facts.commands import PLACEMENT_TREES, Move, PastMove, SetMovePolicy, Vacate
from app.facts.limits import MAX_COUNT
from app.facts.rules.backdating import check_past, check_standing, effective_at, stays_as_it_was, vacated_at
from app.facts.rules.checks import Ruling, check_not_ahead, check_not_before, person_named
from app.facts.rules.places import NAMED, check_free, check_kept, check_slot, found_below, stand
from app.facts.rules.policy import broken_rules
from app.facts.world import Person, World
from app.places.spots import NOBODY


def move(world: World, command: Move, recorded_at: int) -> Ruling:
    """Not below oneself, to a place that is free and was since the move takes effect, as the policy allows."""
    person, target = person_named(world, command.id), person_named(world, command.new_parent_id)
    check_kept(world, command.tree)
    _check_outside(world, command, person, target)
    command, why = _goal(world, command, target)
    if why is not None:
        target = person_named(world, command.new_parent_id)
        _check_outside(world, command, person, target)
    at = effective_at(world, command, person, target, recorded_at)
    old_parent, old_slot = _check_move(world, command, person, target, at=at, why=why)
    if command.effective_at is not None:
        check_standing(world, command, person, target, at)
    if at < recorded_at:
        check_past(world, command, person, target, at)
    overridden = _check_policy(world, command, person, target, at=at, recorded_at=recorded_at)
    if command.tree == "sponsor":
        person.sponsor_ix = target.ix
        world.set_parent("sponsor", person.ix, target.ix)
    else:
        spots = world.matrix_spots if command.tree == "matrix" else world.spots
        spots.move(person.ix, target.ix, command.slot)
        stand(world, command.tree, person, target.ix, command.slot)
    unchanged = stays_as_it_was(world, at)
    decided = {
        "ix": person.ix,
        "tree": command.tree,
        "old_parent_ix": old_parent,
        "old_slot": old_slot,
        "parent_ix": target.ix,
        "parent_id": target.id,
        "slot": command.slot,
        "why": why,
        "closed_period": None if unchanged is None else unchanged.name,
        "overridden": overridden,
    }
    return at, decided


def vacate(world: World, command: Vacate, recorded_at: int) -> Ruling:
    """Whoever left, below whom nobody stands but a successor."""
    person, tree = person_named(world, command.id), command.tree
    check_kept(world, tree)
    if person.status != "terminated":
        raise errors.NotTerminatedError(f"{person.id} is {person.status}; only who is terminated gives up a place.")
    old_parent, old_slot = person.place_in(tree)
    if old_parent == NOBODY:
        raise errors.NotPlacedError(f"{person.id} has no place in {NAMED[tree]} to give up.")
    successor = None if command.successor_id is None else person_named(world, command.successor_id)
    slot_of_successor = set() if successor is None else {successor.place_in(tree)}
    if {(person.ix, slot) for slot in world.slots_in_use(tree, person.ix)} != slot_of_successor:
        raise errors.PlaceInUseError(
            f"Others than {command.successor_id or 'nobody'} stand directly below {person.id} in {NAMED[tree]} by now; "
            "say it again."
        )
    at = vacated_at(world, command, person, successor, recorded_at)
    spots = world.matrix_spots if tree == "matrix" else world.spots
    spots.vacate(person.ix)
    stand(world, tree, person, NOBODY, 0)
    unchanged = stays_as_it_was(world, at)
    decided = {"ix": person.ix, "tree": tree, "old_parent_ix": old_parent, "old_slot": old_slot}
    return at, {**decided, "closed_period": None if unchanged is None else unchanged.name}


def _goal(world: World, command: Move, target: Person) -> tuple[Move, str | None]:
    """The move into the slot that is meant, and in words why this one where a strategy found it."""
    if command.strategy is None:
        return command, None
    if command.tree == "sponsor":
        raise errors.InvalidCommandError("The sponsor tree has no slots that a strategy could find; leave it out.")
    found = found_below(world, command.tree, target.id, target, command.strategy)
    return world.goal_of(command), found.why


def _check_outside(world: World, command: Move, person: Person, target: Person) -> None:
    """Refuse a goal within the branch that goes along."""
    if world.is_at_or_below(command.tree, target.ix, person.ix):
        raise errors.CycleError(
            f"{target.id} is {person.id} or stands below {person.id} in the {command.tree} tree; move to somebody "
            "outside that downline."
        )


def _check_move(
    world: World, command: Move, person: Person, target: Person, *, at: int, why: str | None
) -> tuple[int, int]:
    """The place that the person leaves, when the move is possible by the trees as they are now. `why`: a strategy's
    reason for the goal."""
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
        check_free(world, command.tree, target, command.slot)
    elif not earlier:
        because = "" if why is None else f": {why}"
        raise errors.SamePlaceError(f"{person.id} already stands in slot {command.slot} of {target.id}{because}.")
    return old


def _check_policy(world: World, command: Move, person: Person, target: Person, *, at: int, recorded_at: int) -> str:
    """The names of the rules that are overridden; raises PolicyError where a broken one is not."""
    broken = broken_rules(world, command, person, target, at=at, recorded_at=recorded_at)
    rules = ",".join(rule.rule for rule in broken)
    if broken and not command.override:
        raise errors.PolicyError(
            f"The company's policy says no: {'; '.join(rule.words for rule in broken)}.", rules=rules.split(",")
        )
    return rules


def set_move_policy(world: World, command: SetMovePolicy, recorded_at: int) -> Ruling:
    """A zone that exists, and limits within their bounds, of each tree once."""
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


def past_move(world: World, command: PastMove, recorded_at: int) -> Ruling:
    """An ended edge and nothing else; that it joins the other ones of that person, the import checks."""
    person, parent = person_named(world, command.id), person_named(world, command.parent_id)
    for name in ("since", "until"):
        check_not_ahead(name, getattr(command, name), recorded_at)
    check_kept(world, command.tree)
    if command.tree != "sponsor":
        check_slot(world, command.tree, command.slot)
    elif command.slot != 0:
        raise errors.InvalidCommandError("The sponsor tree has no slots; leave the slot out.")
    if person is parent:
        raise errors.CycleError(f"{person.id} cannot have stood below themself.")
    for one in (person, parent):
        what = f"That {person.id} stood below {parent.id}"
        check_not_before(what, command.since, f"{one.id} enrolled", one.enrolled_at)
    decided = {"ix": person.ix, "tree": command.tree, "parent_ix": parent.ix, "slot": command.slot}
    return command.until, {**decided, "since": command.since}

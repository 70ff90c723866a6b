"""Who takes which open slot of the binary tree or the matrix."""

from dataclasses import replace
from typing import Final

from app.facts import errors
from app.facts.commands import BelowSponsor, Explicit, KeepMatrix, Place, Placement, TakenOver, Tree
from app.facts.rules.backdating import check_slot_since, slot_since
from app.facts.rules.checks import Data, Ruling, check_not_ahead, check_not_before, person_named
from app.facts.text import instant_text
from app.facts.world import FoundPlace, Matrix, Person, World
from app.places.matrix import MOST_DEEP, MOST_WIDE, MatrixSpot
from app.places.spots import LEFT, NOBODY, SIDES, PlacementTree, Spot
from app.places.strategies import MATRIX_STRATEGIES, STRATEGIES

NAMED: Final[dict[PlacementTree, str]] = {"binary": "the binary tree", "matrix": "the matrix"}
NO_PLACE: Final = FoundPlace(NOBODY, None, 0, None, 0)


def place(world: World, command: Place, recorded_at: int) -> Ruling:
    """Somebody without a place in that tree takes a free slot, below their sponsor where the sponsor stands."""
    check_not_ahead("placed_at", command.placed_at, recorded_at)
    person = person_named(world, command.id)
    tree = command.tree
    check_kept(world, tree)
    if person.placed_in(tree):
        above, slot = person.place_in(tree)
        where = f"in slot {slot} of ix {above}" if above != NOBODY else "at the top"
        raise errors.AlreadyPlacedError(f"{command.id} already stands {where} of {NAMED[tree]}; move it instead.")
    place = find_place(world, tree, person, command.placement)
    since = standing_since(world, tree, place, person, command.placement, asked=command.placed_at)
    if tree == "matrix":
        sit(world, person, place)
    else:
        world.spots.attach(Spot.alone(person.ix), place.parent_ix, place.slot)
    stand(world, tree, person, place.parent_ix, place.slot)
    return since, {"ix": person.ix, "tree": tree, **place_data(place)}


def keep_matrix(world: World, command: KeepMatrix, recorded_at: int) -> Ruling:
    """Its width stays once somebody stands in it."""
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


def check_kept(world: World, tree: Tree) -> None:
    """Refuse what is said of a matrix that the company does not keep."""
    if tree == "matrix" and world.matrix.width == 0:
        raise errors.NoMatrixError("The company keeps no matrix; say how wide and deep it is first.")


def find_place(world: World, tree: PlacementTree, person: Person, placement: Placement) -> FoundPlace:
    """Where a placement puts a person."""
    sponsor = world.by_ix.get(person.sponsor_ix)
    if isinstance(placement, BelowSponsor):
        return found_below(world, tree, f"The sponsor of {person.id}", sponsor, placement.strategy)
    parent = person_named(world, placement.parent_id)
    check_free(world, tree, parent, placement.slot)
    bound = isinstance(placement, Explicit) and sponsor is not None and sponsor.placed_in(tree)
    if sponsor is not None and bound and not world.is_at_or_below(tree, parent.ix, sponsor.ix):
        raise errors.OutsideSponsorError(
            f"{parent.id} does not stand below {sponsor.id}, the sponsor of {person.id}, in {NAMED[tree]}; "
            "choose a place in the sponsor's downline."
        )
    return FoundPlace(parent.ix, parent.id, placement.slot, None, parent.enrolled_at)


def found_below(world: World, tree: PlacementTree, who: str, above: Person | None, strategy: str) -> FoundPlace:
    """What a strategy found below somebody, in words `who`."""
    check_strategy(strategy, tree)
    found = world.found.get(tree)
    if above is None or not above.placed_in(tree) or found is None:
        raise errors.NotPlacedError(f"{who} has no place in {NAMED[tree]} yet; place them first.")
    if found.parent_ix == NOBODY:
        raise errors.NoOpenPeriodError(f"No place is found: {found.why}. Open one, or choose another strategy.")
    return found


def standing_since(
    world: World, tree: PlacementTree, place: FoundPlace, person: Person, placement: Placement, *, asked: int
) -> int:
    """Since when somebody stands in a slot: as asked, or refused where it was another's then, they stood elsewhere, or
    one of the two was not enrolled yet. A strategy looks at the trees as they are, so what it finds is the person's
    from when it was there and free, and they were, too."""
    what = f"The place of {person.id} in {NAMED[tree]}"
    check_not_before(what, asked, f"{person.id} enrolled", person.enrolled_at)
    gave_up = world.gave_up.get((tree, person.ix), 0)
    if isinstance(placement, BelowSponsor):
        free = slot_since(world, (tree, place.parent_ix, place.slot), person.ix)
        return max(asked, gave_up, place.parent_enrolled_at, free)
    check_not_before(what, asked, f"{place.parent_id}, who stands above, enrolled", place.parent_enrolled_at)
    if not isinstance(placement, TakenOver):
        if asked < gave_up:
            raise errors.InvalidCommandError(
                f"{person.id} gave up another place at {instant_text(gave_up)}; a new one is theirs from then on."
            )
        check_slot_since(world, (tree, place.parent_ix, place.slot), person.ix, asked)
    return asked


def check_strategy(strategy: str, tree: PlacementTree = "binary") -> None:
    """Refuse a strategy that the tree does not know."""
    known = MATRIX_STRATEGIES if tree == "matrix" else STRATEGIES
    if strategy not in known:
        raise errors.InvalidCommandError(f"The strategy {strategy[:80]!r} is not one of {', '.join(known)}.")


def check_slot(world: World, tree: PlacementTree, slot: int) -> None:
    """Refuse a slot that nobody has in that tree."""
    if tree == "matrix" and not 1 <= slot <= world.matrix.width:
        raise errors.InvalidCommandError(f"Slot {slot} does not exist in a matrix {world.matrix.width} wide.")
    if tree == "binary" and slot not in SIDES:
        raise errors.InvalidCommandError(f"Slot {slot} does not exist in a binary tree; use 1 (left) or 2 (right).")


def check_free(world: World, tree: PlacementTree, parent: Person, slot: int) -> None:
    """Refuse a slot that somebody holds, or that is of somebody without a place."""
    check_slot(world, tree, slot)
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


def sit(world: World, person: Person, place: FoundPlace) -> None:
    """The slot of the matrix is the person's."""
    world.matrix_spots.attach(MatrixSpot(person.ix), place.parent_ix, place.slot)
    world.matrix = replace(world.matrix, used=True)


def stand(world: World, tree: PlacementTree, person: Person, parent_ix: int, slot: int) -> None:
    """From here on the world knows the person there."""
    person.stand(tree, parent_ix, slot)
    world.set_parent(tree, person.ix, parent_ix)


def place_data(place: FoundPlace) -> Data:
    """The columns of a fact that gives a place."""
    return {"parent_ix": place.parent_ix, "slot": place.slot, "parent_id": place.parent_id, "why": place.why}

"""When a move takes effect, and whether the times since then allow it.

A move that takes effect in the past must have been possible all the time since: the mover and the new place stood in
the tree, the slot was nobody else's, and nobody came to stand below themselves.
"""

from collections.abc import Iterator

from app.clock import CLOCK_SKEW_MS
from app.facts import errors
from app.facts.calendars import StoredPeriod
from app.facts.commands import Move, Tree, Vacate
from app.facts.text import instant_text
from app.facts.world import FOREVER, Person, Stay, World
from app.places.spots import NOBODY


def effective_at(world: World, command: Move | Vacate, person: Person, target: Person | None, recorded_at: int) -> int:
    """The instant from which on the person stands at the new place, or nowhere when there is no target."""
    stays = world.past.stays.get(person.ix, [])
    if command.effective_at is None:
        came = 0 if target is None else target.enrolled_at
        return max(recorded_at, came, stays[-1].since if stays else recorded_at)
    if command.effective_at > recorded_at + CLOCK_SKEW_MS:
        raise errors.InvalidCommandError(
            f"The move of {person.id} would take effect at {instant_text(command.effective_at)}, which lies in the "
            "future; a move takes effect now or earlier, so enter it on that day."
        )
    at = min(command.effective_at, recorded_at)
    if stays and at <= (since := _stood_since(stays)):
        again = "again " if stays[0].since < since else ""
        raise errors.InvalidCommandError(
            f"{person.id} has stood {again}in the {command.tree} tree only since {instant_text(since)}; a move takes "
            "effect after that."
        )
    return at


def vacated_at(world: World, command: Vacate, person: Person, successor: Person | None, recorded_at: int) -> int:
    """The instant from which on the person stands nowhere. Whoever stands there and directly below since stood so
    then."""
    at = effective_at(world, command, person, None, recorded_at)
    if command.effective_at is None:
        return at
    latest = [world.past.stays[one.ix][-1] for one in (person, successor) if one is not None]
    came = max(stay.since for stay in latest)
    if at <= came:
        raise errors.InvalidCommandError(
            f"Since {instant_text(came)} {person.id} stands there with whoever is directly below; the place is given "
            "up after that."
        )
    for slot in world.slots_of(command.tree):
        check_slot_since(world, (command.tree, person.ix, slot), NOBODY, at)
    return at


def check_past(world: World, command: Move, person: Person, target: Person, at: int) -> None:
    """Refuse what was not possible at some time since `at`."""
    if command.tree != "sponsor":
        check_slot_since(world, (command.tree, target.ix, command.slot), person.ix, at)
    below = _below_at(world, target.ix, person.ix, at)
    if below is not None:
        raise errors.CycleError(
            f"At {instant_text(below)} {target.id} stood below {person.id} in the {command.tree} tree; choose a later "
            "date, or somebody who was outside that downline all the time."
        )


def check_standing(world: World, command: Move, person: Person, target: Person, at: int) -> None:
    """Refuse a move to below somebody who was not there by then."""
    stays = world.past.stays.get(target.ix, [])
    top = target.sponsor_ix == NOBODY
    placed = _stood_since(stays) if stays and command.tree != "sponsor" and not top else 0
    since = max(target.enrolled_at, placed)
    if at < since:
        joined = "enrolled" if command.tree == "sponsor" or top else f"placed in the {command.tree} tree"
        raise errors.InvalidCommandError(
            f"{target.id} was {joined} at {instant_text(since)}, so {person.id} cannot have stood there from "
            f"{instant_text(at)} on; choose a later date."
        )


Slot = tuple[Tree, int, int]
"""Tree, ix of the parent, and slot."""


def check_slot_since(world: World, slot: Slot, ix: int, at: int) -> None:
    """Refuse a slot that was somebody else's at some time since `at`."""
    for taken in world.left.get(slot, ()):
        if taken.until > at and taken.child != ix:
            _, parent_ix, number = slot
            parent = world.by_ix.get(parent_ix)
            raise errors.SlotTakenError(
                f"The slot {number} of {parent.id if parent else f'ix {parent_ix}'} was {taken.child_id}'s from "
                f"{instant_text(taken.since)} until {instant_text(taken.until)}; choose a later date or another slot."
            )


def slot_since(world: World, slot: Slot, ix: int) -> int:
    """When whoever else was the last in a slot left it; 0 where nobody was."""
    left = world.left.get(slot, ())
    return max((taken.until for taken in left if taken.child != ix), default=0)


def stays_as_it_was(world: World, at: int) -> StoredPeriod | None:
    """The last closed period, of any calendar, that ended after `at`: neither it nor any before changes."""
    closed = [period for period in world.periods.values() if not period.open and period.ends_at > at]
    return max(closed, key=lambda period: period.ends_at, default=None)


def _stood_since(stays: list[Stay]) -> int:
    """Since when somebody has had a place without a break; who gave one up and got another had none between."""
    since = stays[-1].since
    for stay in reversed(stays[:-1]):
        if stay.until < since:
            break
        since = min(since, stay.since)
    return since


def _below_at(world: World, start: int, top: int, since: int) -> int | None:
    """The first instant found, from `since` on, at which `start` stood at or below `top`."""
    ways = [(start, since, FOREVER)]
    while ways:
        ix, begins, ends = ways.pop()
        if ix == top:
            return begins
        ways += [
            (stay.parent, max(begins, stay.since), min(ends, stay.until)) for stay in _during(world, ix, begins, ends)
        ]
    return None


def _during(world: World, ix: int, begins: int, ends: int) -> Iterator[Stay]:
    return (stay for stay in world.past.stays.get(ix, ()) if stay.since < ends and begins < stay.until)

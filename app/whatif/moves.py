"""Planned moves made in a snapshot's columns, one after the other, each checked as a real one is. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from app.engine.columns import Int8s, Int64s
from app.engine.forest import stands_below
from app.engine.models import LEFT, RIGHT, People, Snapshot
from app.facts.commands import Tree
from app.facts.errors import (
    CycleError,
    InvalidCommandError,
    NoMatrixError,
    NotPlacedError,
    SamePlaceError,
    SlotTakenError,
    UnknownDistributorError,
)
from app.plans.matrix import MOST_WIDE
from app.runs.models import Taken
from app.whatif.models import PlannedMove, WhatIfError

NOBODY: Final = -1
SIDES: Final = (LEFT, RIGHT)
NAMED: Final[dict[Tree, str]] = {"sponsor": "the sponsor tree", "binary": "the binary tree", "matrix": "the matrix"}
_SAID: Final = re.compile(r"(?P<who>\S.*?) (?P<tree>sponsor|binary|matrix) (?P<target>.*?\S)( (?P<slot>[0-9]{1,3}))?")


class Slots(NamedTuple):
    """Everybody's parent and slot (n) in a tree that has them."""

    parent: Int64s
    slot: Int8s


def read_move(text: str) -> PlannedMove:
    """A move as it is written: `D42 sponsor D7`, or `D42 binary D7 2` with a slot. Raises WhatIfError."""
    found = _SAID.fullmatch(text)
    if found is None:
        raise WhatIfError(f"{text!r} is not a move; write it as 'D42 sponsor D7', or with a slot as 'D42 binary D7 2'.")
    tree: Tree = found["tree"]  # type: ignore[assignment]
    return PlannedMove(found["who"], tree, found["target"], int(found["slot"] or 0))


def moved(taken: Taken, ix_of: Mapping[str, int], moves: Sequence[PlannedMove]) -> Snapshot:
    """The snapshot with the moves made; trees are indexed anew.

    The rules are those of `facts.rules.moves`, by the trees of the snapshot. The company's policy of moves is not
    asked: it is about when and who, and a preview tells it.
    """
    people = taken.snapshot.people
    for move in moves:
        person, target = (_ix(taken, ix_of, id) for id in (move.distributor, move.new_parent))
        match move.tree:
            case "sponsor":
                people = _under_sponsor(people, move, person, target)
            case "binary":
                _check_slot(move, SIDES, "1 (left) or 2 (right)")
                tree = _into_slot(people, Slots(people.parent, people.slot), move, person, target)
                people = replace(people, parent=tree.parent, slot=tree.slot)
            case "matrix":
                people = _into_matrix(people, move, person, target)
    return replace(taken.snapshot, people=people)


def _under_sponsor(people: People, move: PlannedMove, person: int, target: int) -> People:
    if move.slot:
        raise InvalidCommandError(f"Move {move}: the sponsor tree has no slots; leave the slot out.")
    _check_outside(people.sponsor, move, person, target)
    if people.sponsor[person] == NOBODY:
        raise InvalidCommandError(f"{move.distributor} tops the company and has no sponsor to leave.")
    if people.sponsor[person] == target:
        raise SamePlaceError(f"{move.new_parent} is already the sponsor of {move.distributor}.")
    sponsor = people.sponsor.copy()
    sponsor[person] = target
    return replace(people, sponsor=sponsor)


def _into_matrix(people: People, move: PlannedMove, person: int, target: int) -> People:
    if people.matrix_parent is None or people.matrix_slot is None:
        raise NoMatrixError(f"Move {move}: the company keeps no matrix.")
    # How wide it is the snapshot does not say; a plan that it is too wide for refuses it.
    _check_slot(move, range(1, MOST_WIDE + 1), f"1 to its width, {MOST_WIDE} at most")
    tree = _into_slot(people, Slots(people.matrix_parent, people.matrix_slot), move, person, target)
    return replace(people, matrix_parent=tree.parent, matrix_slot=tree.slot)


def _check_slot(move: PlannedMove, slots: Sequence[int], words: str) -> None:
    if move.slot not in slots:
        raise InvalidCommandError(f"Move {move}: a slot of {NAMED[move.tree]} is {words}.")


def _into_slot(people: People, tree: Slots, move: PlannedMove, person: int, target: int) -> Slots:
    """A tree with the move made."""
    parents, slots = tree
    _check_outside(parents, move, person, target)
    if parents[person] == NOBODY:
        raise NotPlacedError(f"{move.distributor} has no place in {NAMED[move.tree]} to leave.")
    if (parents[person], slots[person]) == (target, move.slot):
        raise SamePlaceError(f"{move.distributor} already stands in slot {move.slot} of {move.new_parent}.")
    if parents[target] == NOBODY and people.sponsor[target] != NOBODY:
        raise NotPlacedError(f"{move.new_parent} has no place in {NAMED[move.tree]}.")
    if np.any((parents == target) & (slots == move.slot)):
        raise SlotTakenError(f"Slot {move.slot} of {move.new_parent} in {NAMED[move.tree]} is taken; choose another.")
    parent, slot = parents.copy(), slots.copy()
    parent[person], slot[person] = target, move.slot
    return Slots(parent, slot)


def _check_outside(above: Int64s, move: PlannedMove, person: int, target: int) -> None:
    if stands_below(above, target, person):
        raise CycleError(
            f"{move.new_parent} is {move.distributor} or stands below {move.distributor} in the {move.tree} tree; move "
            "to somebody outside that downline."
        )


def _ix(taken: Taken, ix_of: Mapping[str, int], id: str) -> int:
    ix = ix_of.get(id)
    if ix is None or not taken.enrolled[ix]:
        raise UnknownDistributorError(f"{id} had not joined by the end of the period.", distributor=id)
    return ix

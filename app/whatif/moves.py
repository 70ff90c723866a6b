"""Planned moves made in a snapshot's columns, one after the other, each checked as a real one is. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from app.engine.columns import Int64s
from app.engine.forest import stands_below
from app.engine.models import LEFT, RIGHT, People, Snapshot
from app.facts.commands import Tree
from app.facts.errors import (
    CycleError,
    InvalidCommandError,
    NotPlacedError,
    SamePlaceError,
    SlotTakenError,
    UnknownDistributorError,
)
from app.runs.models import Taken
from app.whatif.models import PlannedMove, WhatIfError

NOBODY: Final = -1
_SAID: Final = re.compile(r"(?P<who>\S.*?) (?P<tree>sponsor|binary|matrix) (?P<target>.*?\S)( (?P<slot>[0-9]{1,3}))?")


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
                people = _into_slot(people, move, person, target)
            case "matrix":
                raise InvalidCommandError(f"Move {move}: a snapshot holds the sponsor tree and the binary tree.")
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


def _into_slot(people: People, move: PlannedMove, person: int, target: int) -> People:
    if move.slot not in (LEFT, RIGHT):
        raise InvalidCommandError(f"Move {move}: a slot of the binary tree is 1 (left) or 2 (right).")
    _check_outside(people.parent, move, person, target)
    if people.parent[person] == NOBODY:
        raise NotPlacedError(f"{move.distributor} has no place in the binary tree to leave.")
    if (people.parent[person], people.slot[person]) == (target, move.slot):
        raise SamePlaceError(f"{move.distributor} already stands in slot {move.slot} of {move.new_parent}.")
    if people.parent[target] == NOBODY and people.sponsor[target] != NOBODY:
        raise NotPlacedError(f"{move.new_parent} has no place in the binary tree.")
    if np.any((people.parent == target) & (people.slot == move.slot)):
        raise SlotTakenError(f"Slot {move.slot} of {move.new_parent} in the binary tree is taken; choose another.")
    parent, slot = people.parent.copy(), people.slot.copy()
    parent[person], slot[person] = target, move.slot
    return replace(people, parent=parent, slot=slot)


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

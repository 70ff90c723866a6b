"""Where a strategy leads somebody whose own branch holds the slot that it finds first: a branch cannot go into itself.

Only those whose nearest open slot lies in the branch are looked at again, as if the branch had none; they stand within
the distance of that slot above it, so they are as few as those whom a placement changes.
"""

from app.places.matrix import MatrixSpots
from app.places.spots import NOBODY, REACH, Spots

Below = tuple[int, int]
"""Whoever stands in this slot of that person; slot 0: that person."""


def search_beside(spots: Spots | MatrixSpots, strategy: str, target: int, mover: int) -> Below:
    """At and below whom the search of a strategy below `target` goes on when it ended in the branch of `mover`: past
    that branch. The mover's own place where the strategy has no other slot: the lines have one end each."""
    own = spots[mover]
    stands = own.parent, own.slot
    match strategy.split("_"):
        case "first", "open":
            return _first_open(spots, target, mover)
        case side, "leg" if isinstance(spots, Spots):
            head = spots[target].left if side == "left" else spots[target].right
            return stands if head == mover else _first_open(spots, head, mover)
        case "lighter", "by", "people" if isinstance(spots, Spots):
            other = 3 - own.slot
            return own.parent, 0 if spots[own.parent].child(other) == NOBODY else other
    return stands


def goes_on_by(strategy: str) -> str:
    """What finds a slot at and below whom `search_beside` names."""
    return "lighter_by_people" if strategy == "lighter_by_people" else "first_open"


def _first_open(spots: Spots | MatrixSpots, top: int, mover: int) -> Below:
    """From the branch up to `top`, where whose nearest open slot would lie without it; the highest one decides."""
    ix, slot, distance = spots[mover].parent, spots[mover].slot, REACH
    found = ix, slot
    while True:
        distance, through = spots.nearest(ix, slot, distance)
        if through != slot:
            found = ix, through
        if ix == top:
            return found
        ix, slot = spots[ix].parent, spots[ix].slot

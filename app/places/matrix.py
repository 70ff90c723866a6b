"""What each person of the matrix keeps so that the first open slot is found without a search, and how it stays right.

Everybody knows how many levels down the nearest open slot is, and through which slot of theirs; following that leads to
the first open slot, breadth first and from the left. A distance is never more than the logarithm of the people below by
the width of the matrix, so neither the search nor a repair is longer. Whoever has never had anybody below keeps
nothing: an own slot is open.
"""

from dataclasses import dataclass, field
from typing import Final

from app.places.spots import NOBODY, REACH, UnknownSpotError

MOST_WIDE: Final = 20
MOST_DEEP: Final = 50


@dataclass(slots=True)
class MatrixSpot:
    """One person in the matrix, everybody by ix and -1 for nobody."""

    ix: int
    parent: int = NOBODY
    slot: int = 0
    open_distance: int = 0
    """How many levels down the nearest open slot is; 0: an own one."""
    open_slot: int = 0
    """Through which own slot; 0: an own one is open."""
    below: dict[int, int] = field(default_factory=dict)
    """Slot to the open distance of who stands there."""


Repair = tuple[MatrixSpot, dict[int, int], tuple[int, int]]
"""Somebody, what is below them, and their new distance and slot."""


class MatrixSpots:
    """The spots that were read, kept true while people are placed and moved. Reading one that was not raises
    UnknownSpotError before anything is changed."""

    def __init__(self) -> None:
        self.width = 0
        self._known: dict[int, MatrixSpot] = {}
        self._changed: set[int] = set()

    def __getitem__(self, ix: int) -> MatrixSpot:
        try:
            return self._known[ix]
        except KeyError:
            raise UnknownSpotError(ix, "matrix") from None

    def __contains__(self, ix: int) -> bool:
        return ix in self._known

    def know(self, spot: MatrixSpot) -> None:
        """As stored; what is known already is newer and stays."""
        self._known.setdefault(spot.ix, spot)

    def take_changed(self) -> list[tuple[int, int, int]]:
        """(ix, open distance, open slot) of everybody who keeps something else since this was asked before, by ix."""
        changed = [(ix, self._known[ix].open_distance, self._known[ix].open_slot) for ix in sorted(self._changed)]
        self._changed.clear()
        return changed

    def see(self, parent: int, slot: int) -> None:
        """Read everybody whom somebody new in a slot may change."""
        self._repairs(parent, slot, 0)

    def attach(self, child: MatrixSpot, parent: int, slot: int) -> None:
        """Put somebody without a place, with everybody below them, into an open slot."""
        repairs = self._repairs(parent, slot, child.open_distance)
        self._known[child.ix] = child
        child.parent, child.slot = parent, slot
        self._apply(repairs)

    def move(self, ix: int, parent: int, slot: int) -> None:
        """Take somebody with everybody below out of their slot into another, open one."""
        child = self[ix]
        for start in (child.parent, parent):
            self._see_above(start)
        self._apply(self._repairs(child.parent, child.slot, None))
        self.attach(child, parent, slot)

    def vacate(self, ix: int) -> None:
        """Take somebody with everybody below out of the matrix."""
        child = self[ix]
        self._apply(self._repairs(child.parent, child.slot, None))
        child.parent, child.slot = NOBODY, 0

    def _see_above(self, ix: int) -> None:
        """Read everybody whom a repair that begins here may change."""
        for _ in range(REACH):
            if ix == NOBODY:
                return
            ix = self[ix].parent

    def _repairs(self, parent: int, slot: int, distance: int | None) -> list[Repair]:
        """What people come to keep, when who stands in a slot of `parent` is that far from an open slot; None when
        nobody stands there any more."""
        repairs: list[Repair] = []
        while parent != NOBODY:
            above = self[parent]
            below = _below(above, slot, distance)
            found = self._nearest_of(below)
            repairs.append((above, below, found))
            if found[0] == above.open_distance:
                return repairs
            parent, slot, distance = above.parent, above.slot, found[0]
        return repairs

    def nearest(self, ix: int, slot: int, distance: int | None) -> tuple[int, int]:
        """The distance of somebody's nearest open slot, and the own slot through which, the first of several, if who
        stands in a slot were that far from one; None when nobody stands there."""
        return self._nearest_of(_below(self[ix], slot, distance))

    def _nearest_of(self, below: dict[int, int]) -> tuple[int, int]:
        return min((far + 1, at) for at, far in below.items()) if len(below) >= self.width else (0, 0)

    def _apply(self, repairs: list[Repair]) -> None:
        for spot, below, found in repairs:
            spot.below = below
            if found != (spot.open_distance, spot.open_slot):
                spot.open_distance, spot.open_slot = found
                self._changed.add(spot.ix)


def _below(above: MatrixSpot, slot: int, distance: int | None) -> dict[int, int]:
    """Slot to open distance of those below, when who stands in one slot is that far; None when nobody does."""
    below = {at: far for at, far in above.below.items() if at != slot}
    if distance is not None:
        below[slot] = distance
    return below

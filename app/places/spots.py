"""What each person of the binary tree keeps so that open slots are found without a search, and how it stays right.

Two things. A *run* is a line of same-side children, as long as it goes; its outside end is the person at the bottom,
whose slot of that side is open. Whoever begins a run knows its end, and everybody in it knows who begins it: so the
outside of a leg is two steps away. And everybody knows how many levels down the nearest open slot is, and through which
child: following that leads to the first open slot, breadth first and left before right.

Placing somebody changes what the people above know only while the way to their nearest open slot leads through the
slot that was taken. A distance is never more than log2 of the people below, so no repair is longer. A move also
renames the runs that begin or end at the mover: O(their length).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

NOBODY: Final = -1
LEFT: Final = 1
RIGHT: Final = 2
SIDES: Final = (LEFT, RIGHT)
REACH: Final = 32
"""More levels than any distance to an open slot: a full binary tree of that depth has more people than there are."""


PlacementTree = Literal["binary", "matrix"]


class UnknownSpotError(Exception):
    """Somebody's spot has to be read first. Nothing was changed."""

    def __init__(self, ix: int, tree: PlacementTree) -> None:
        super().__init__(f"the spot of person number {ix} in the {tree} tree was not read")
        self.ix = ix
        self.tree = tree


@dataclass(slots=True)
class Spot:
    """One person in the binary tree, everybody by ix and -1 for nobody."""

    ix: int
    parent: int
    slot: int
    left: int
    right: int
    run_top: int
    """Who begins the run that this person stands in by their own slot."""
    left_end: int
    """The outside end of the run of left children, where it begins here; else nobody."""
    right_end: int
    open_distance: int
    """How many levels down the nearest open slot is; 0: an own one."""
    open_side: int
    """The slot of the child through which; 0: an own one."""

    @staticmethod
    def alone(ix: int) -> "Spot":
        """Somebody with nobody above and nobody below."""
        return Spot(ix, NOBODY, 0, NOBODY, NOBODY, NOBODY, ix, ix, 0, 0)

    def child(self, side: int) -> int:
        return self.left if side == LEFT else self.right

    def end(self, side: int) -> int:
        return self.left_end if side == LEFT else self.right_end

    def set_child(self, side: int, ix: int) -> None:
        if side == LEFT:
            self.left = ix
        else:
            self.right = ix

    def set_end(self, side: int, ix: int) -> None:
        if side == LEFT:
            self.left_end = ix
        else:
            self.right_end = ix


Repair = tuple[Spot, int, int]
"""Somebody's new distance and side."""


class Spots:
    """The spots that were read, kept true while people are placed and moved. Reading one that was not raises
    UnknownSpotError before anything is changed."""

    def __init__(self) -> None:
        self._known: dict[int, Spot] = {}
        self._changed: set[int] = set()

    def __getitem__(self, ix: int) -> Spot:
        try:
            return self._known[ix]
        except KeyError:
            raise UnknownSpotError(ix, "binary") from None

    def __contains__(self, ix: int) -> bool:
        return ix in self._known

    def know(self, spot: Spot) -> None:
        """As stored; what is known already is newer and stays."""
        self._known.setdefault(spot.ix, spot)

    def take_changed(self) -> list[Spot]:
        """Copies of everybody who changed since this was asked before, by ix."""
        changed = [replace(self._known[ix]) for ix in sorted(self._changed)]
        self._changed.clear()
        return changed

    def begin(self, newcomer: Spot) -> None:
        """Somebody who has no place yet."""
        self._known[newcomer.ix] = newcomer
        self._changed.add(newcomer.ix)

    def attach(self, child: Spot, parent: int, slot: int) -> None:
        """Put somebody without a place, with everybody below them, into an open slot."""
        above = self[parent]
        top = self._top(above, slot)
        run = list(self._run(child, slot))
        repairs = self._repairs(above, slot, child.open_distance)
        self._known[child.ix] = child
        top.set_end(slot, child.end(slot))
        above.set_child(slot, child.ix)
        child.parent, child.slot = parent, slot
        child.set_end(slot, NOBODY)
        for one in run:
            one.run_top = top.ix
        self._apply(repairs)
        self._changed.update({above.ix, top.ix, *(one.ix for one in run)})

    def move(self, ix: int, parent: int, slot: int) -> None:
        """Take somebody with everybody below out of their slot into another, open one."""
        child = self[ix]
        for ends in (child.parent, parent):
            self._see_above(ends)
        self._top(self[parent], slot)
        for side in SIDES:
            list(self._run(child, side))
        self._detach(child)
        self.attach(child, parent, slot)

    def vacate(self, ix: int) -> None:
        """Take somebody with everybody below out of the tree."""
        self._detach(self[ix])

    def _detach(self, child: Spot) -> None:
        slot, above = child.slot, self[child.parent]
        top = self._top(above, slot)
        repairs = self._repairs(above, slot, None)
        run = list(self._run(child, slot))
        child.set_end(slot, top.end(slot))
        top.set_end(slot, above.ix)
        above.set_child(slot, NOBODY)
        child.parent, child.slot = NOBODY, 0
        for one in run:
            one.run_top = child.ix
        child.run_top = NOBODY
        self._apply(repairs)
        self._changed.update({above.ix, top.ix, *(one.ix for one in run)})

    def _top(self, spot: Spot, side: int) -> Spot:
        """Who begins the run of that side through somebody: themselves, unless they stand in it by their own slot."""
        return self[spot.run_top] if spot.slot == side else spot

    def _run(self, spot: Spot, side: int) -> Iterator[Spot]:
        """Somebody, and the run of that side below them."""
        yield spot
        while (below := spot.child(side)) != NOBODY:
            spot = self[below]
            yield spot

    def _repairs(self, above: Spot, slot: int, distance: int | None) -> list[Repair]:
        """Whose distance or side changes, when the child in a slot of `above` is that far from an open slot; None when
        nobody is there any more."""
        repairs: list[Repair] = []
        while True:
            nearest, side = self.nearest(above.ix, slot, distance)
            if (nearest, side) != (above.open_distance, above.open_side):
                repairs.append((above, nearest, side))
            if nearest == above.open_distance or above.parent == NOBODY:
                return repairs
            slot, distance, above = above.slot, nearest, self[above.parent]

    def nearest(self, ix: int, slot: int, distance: int | None) -> tuple[int, int]:
        """The distance of somebody's nearest open slot, and the side of the child through which, the left one of two,
        if the child in a slot were that far from one; None when nobody is there."""
        above, found = self[ix], (REACH, 0)
        for side in SIDES:
            below = distance if side == slot else self._distance_of(above.child(side))
            if below is None:
                return 0, 0
            found = min(found, (below + 1, side))
        return found

    def _distance_of(self, ix: int) -> int | None:
        return None if ix == NOBODY else self[ix].open_distance

    def _apply(self, repairs: list[Repair]) -> None:
        for spot, distance, side in repairs:
            spot.open_distance, spot.open_side = distance, side
            self._changed.add(spot.ix)

    def _see_above(self, ix: int) -> None:
        """Read everybody whom a repair that begins here may ask."""
        for _ in range(REACH):
            if ix == NOBODY:
                return
            spot = self[ix]
            for side in SIDES:
                if spot.child(side) != NOBODY:
                    self[spot.child(side)]
            ix = spot.parent

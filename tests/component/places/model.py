"""A tree with slots as plain dictionaries, and every strategy as the plainest search. Knows nothing of pointers."""

from collections import deque
from dataclasses import dataclass, field

SIDES = (1, 2)


@dataclass(slots=True)
class PlainPlaces:
    slots: tuple[int, ...] = SIDES
    """Those that everybody has, from the left."""
    children: dict[tuple[str, int], str] = field(default_factory=dict)
    parent: dict[str, tuple[str, int]] = field(default_factory=dict)
    preference: dict[str, str] = field(default_factory=dict)
    cv: dict[tuple[str, str], int] = field(default_factory=dict)
    """What was sold by each in the newest open period of a calendar, so far as it was rolled up, by (calendar, id)."""

    def put(self, id: str, parent: str, slot: int) -> None:
        assert (parent, slot) not in self.children
        self.children[parent, slot] = id
        self.parent[id] = (parent, slot)

    def move(self, id: str, parent: str, slot: int) -> None:
        del self.children[self.parent[id]]
        self.put(id, parent, slot)

    def below(self, id: str | None) -> list[str]:
        """The inclusive subtree."""
        if id is None:
            return []
        found = [id]
        for one in found:
            found += [self.children[one, side] for side in self.slots if (one, side) in self.children]
        return found

    def find(self, strategy: str, sponsor: str, mover: str | None = None) -> tuple[str, int]:
        """The strategy's first slot below a sponsor outside the branch of somebody who moves; the mover's own place
        where it has no other."""
        if strategy == "preference":
            strategy = self.preference.get(sponsor, "first_open")
        match strategy.split("_"):
            case ["outside", side]:
                return self._end(sponsor, _side(side), mover)
            case ["inside", side]:
                head = self.children.get((sponsor, _side(side)))
                return (sponsor, _side(side)) if head in (None, mover) else self._end(head, 3 - _side(side), mover)
            case [side, "leg"]:
                head = self.children.get((sponsor, _side(side)))
                return (sponsor, _side(side)) if head in (None, mover) else self._first_open(head, mover)
            case ["first", "open"]:
                return self._first_open(sponsor, mover)
            case ["lighter", "by", "people"]:
                return self._lighter(sponsor, mover)
            case ["lighter", "by", "volume", *calendar]:
                named = "_".join(calendar) or "monthly"
                left, right = (
                    sum(self.cv.get((named, one), 0) for one in self.below(self.children.get((sponsor, side))))
                    for side in self.slots
                )
                return self._end(sponsor, 2 if right < left else 1, mover)
            case _:
                raise AssertionError(f"there is no strategy {strategy}")

    def between(self, id: str, top: str) -> list[str]:
        """Somebody and everybody above, below `top`."""
        way = []
        while id != top:
            way.append(id)
            id = self.parent[id][0]
        return way

    def open_slots(self, top: str) -> list[tuple[int, str, int]]:
        """Level, parent and slot of each, nearest level first and left before right."""
        found, level, people = [], 1, [top]
        while people:
            found += [(level, id, side) for id in people for side in self.slots if (id, side) not in self.children]
            people = [self.children[id, side] for id in people for side in self.slots if (id, side) in self.children]
            level += 1
        return found

    def _end(self, id: str, side: int, mover: str | None) -> tuple[str, int]:
        while self.children.get((id, side), mover) != mover:
            id = self.children[id, side]
        return id, side

    def _first_open(self, top: str, mover: str | None) -> tuple[str, int]:
        queue = deque([top])
        while queue:
            id = queue.popleft()
            for side in self.slots:
                if (id, side) not in self.children:
                    return id, side
            queue += [below for side in self.slots if (below := self.children[id, side]) != mover]
        assert mover is not None
        return self.parent[mover]

    def _lighter(self, id: str, mover: str | None) -> tuple[str, int]:
        while True:
            left, right = (self.children.get((id, side)) for side in self.slots)
            if left is None or right is None:
                return id, 1 if left is None else 2
            lighter, other = (right, left) if len(self.below(right)) < len(self.below(left)) else (left, right)
            id = other if lighter == mover else lighter


def _side(name: str) -> int:
    return 1 if name == "left" else 2

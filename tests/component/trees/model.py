"""The trees again, as plain dictionaries: what the procedures must answer. Knows nothing of Cypher."""

from dataclasses import dataclass, field

from app.facts.commands import BelowSponsor, Command, Enrol, HoldingTank, Move, Place, Placement


@dataclass(slots=True)
class PlainTrees:
    """Parents and slots by id, in the order of enrolment (ix)."""

    ids: list[str] = field(default_factory=list)
    sponsor: dict[str, str] = field(default_factory=dict)
    binary: dict[str, str] = field(default_factory=dict)
    slot: dict[str, int] = field(default_factory=dict)
    matrix: dict[str, str] = field(default_factory=dict)
    seat: dict[str, int] = field(default_factory=dict)
    """Slots of the matrix."""
    below: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """by_parent, until the next change."""
    numbers: dict[str, int] = field(default_factory=dict)
    """ix, of as many as were asked about."""

    def apply(self, command: Command) -> None:
        self._apply(command)
        self.below.clear()

    def _apply(self, command: Command) -> None:
        match command:
            case Enrol():
                self.ids.append(command.id)
                if command.sponsor_id:
                    self.sponsor[command.id] = command.sponsor_id
                if command.placement and not isinstance(command.placement, HoldingTank):
                    self._place(command.id, command.placement)
            case Place(tree="matrix"):
                assert not isinstance(command.placement, BelowSponsor)
                self.matrix[command.id], self.seat[command.id] = command.placement.parent_id, command.placement.slot
            case Place():
                self._place(command.id, command.placement)
            case Move(tree="sponsor"):
                self.sponsor[command.id] = command.new_parent_id
            case Move(tree="matrix"):
                self.matrix[command.id], self.seat[command.id] = command.new_parent_id, command.slot
            case Move():
                self.binary[command.id], self.slot[command.id] = command.new_parent_id, command.slot

    def _place(self, id: str, placement: Placement) -> None:
        if isinstance(placement, BelowSponsor):
            parent, slot = self.outside(self.sponsor[id], 1 if placement.strategy == "outside_left" else 2)
        else:
            parent, slot = placement.parent_id, placement.slot
        self.binary[id], self.slot[id] = parent, slot

    def outside(self, id: str, slot: int) -> tuple[str, int]:
        under = {(parent, self.slot[child]): child for child, parent in self.binary.items()}
        while (child := under.get((id, slot))) is not None:
            id = child
        return id, slot

    def ix(self, id: str) -> int:
        if len(self.numbers) != len(self.ids):
            self.numbers = {one: ix for ix, one in enumerate(self.ids)}
        return self.numbers[id]

    def parents(self, tree: str) -> dict[str, str]:
        return {"sponsor": self.sponsor, "binary": self.binary, "matrix": self.matrix}[tree]

    def slots(self, tree: str) -> dict[str, int]:
        """Of those who have a parent there; nobody has a slot in the sponsor tree."""
        return {"sponsor": {}, "binary": self.slot, "matrix": self.seat}[tree]

    def children(self, tree: str, id: str) -> list[str]:
        return self.by_parent(tree).get(id, [])

    def by_parent(self, tree: str) -> dict[str, list[str]]:
        if tree in self.below:
            return self.below[tree]
        below = self.below.setdefault(tree, {})
        for child, parent in sorted(self.parents(tree).items(), key=lambda edge: self.ix(edge[0])):
            below.setdefault(parent, []).append(child)
        return below

    def downline(self, tree: str, id: str, depth: int) -> list[tuple[int, str]]:
        """(level, id), nearest level first, by enrolment within a level."""
        below = self.by_parent(tree)
        found: list[tuple[int, str]] = []
        level = [id]
        for number in range(1, depth + 1):
            level = [child for parent in level for child in below.get(parent, [])]
            if len(level) > 1:
                level.sort(key=self.ix)
            if not level:
                break
            found += [(number, child) for child in level]
        return found

    def upline(self, tree: str, id: str) -> list[str]:
        found = []
        parents = self.parents(tree)
        while id in parents:
            id = parents[id]
            found.append(id)
        return found

    def sums(self, tree: str, own: dict[str, int]) -> dict[str, int]:
        """What each person and everybody below have together."""
        below, found = self.by_parent(tree), dict.fromkeys(self.ids, 0)
        order = [id for id in self.ids if id not in self.parents(tree)]
        for id in order:
            order += below.get(id, [])
        for id in reversed(order):
            found[id] = own.get(id, 0) + sum(found[child] for child in below.get(id, []))
        return found

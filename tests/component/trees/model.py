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
    below: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """by_parent, until the next change."""

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
            case Place():
                self._place(command.id, command.placement)
            case Move(tree="sponsor"):
                self.sponsor[command.id] = command.new_parent_id
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

    def parents(self, tree: str) -> dict[str, str]:
        return self.sponsor if tree == "sponsor" else self.binary

    def children(self, tree: str, id: str) -> list[str]:
        return self.by_parent(tree).get(id, [])

    def by_parent(self, tree: str) -> dict[str, list[str]]:
        if tree in self.below:
            return self.below[tree]
        order = {id: ix for ix, id in enumerate(self.ids)}
        below = self.below.setdefault(tree, {})
        for child, parent in sorted(self.parents(tree).items(), key=lambda edge: order[edge[0]]):
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
                level.sort(key=self.ids.index)
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

"""What the engine refuses, in words."""

from collections.abc import Mapping
from typing import Self

from app.errors import InvalidInputError


class InvalidSnapshotError(InvalidInputError):
    """A column has the wrong length, type or range."""

    title = "Invalid snapshot"


class BrokenTreeError(InvalidSnapshotError):
    """A tree of the snapshot is not a forest, or two people stand in one slot.

    `fault` has `{people}` where whom it concerns stands: `people`, the first of `count`. The engine knows their ix
    alone; whoever reads a graph calls them by their ids, with `calling`.
    """

    title = "Broken tree"

    def __init__(self, fault: str, *, tree: str, people: list[int], count: int, ids: Mapping[int, str] | None = None):
        named = f"people with ix {people}" if ids is None else ", ".join(ids.get(ix, f"ix {ix}") for ix in people)
        more = f" and {count - len(people)} more" if count > len(people) else ""
        told = people if ids is None else [ids[ix] for ix in people if ix in ids]
        super().__init__(
            f"{fault.format(people=named + more)}; repair their edges and try again",
            tree=tree,
            people=told,
            count=count,
        )
        self.fault, self.tree, self.people, self.count = fault, tree, people, count

    def calling(self, ids: Mapping[int, str]) -> Self:
        """The same refusal of people by their ids."""
        return type(self)(self.fault, tree=self.tree, people=self.people, count=self.count, ids=ids)


class UnknownSellerError(InvalidSnapshotError):
    """An order is the volume of nobody there is."""

    title = "Unknown seller"


class AmountOverflowError(InvalidInputError):
    """A sum or product would leave 64 bits; nothing is paid rather than something wrong."""

    title = "Amount too large"


class PlanMismatchError(InvalidInputError):
    """The snapshot and the plan do not speak of the same things (a title the plan has no rank for)."""

    title = "Plan and snapshot do not match"

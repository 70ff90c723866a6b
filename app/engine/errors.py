"""What the engine refuses, in words."""

from app.errors import InvalidInputError


class InvalidSnapshotError(InvalidInputError):
    """A column has the wrong length, type or range."""

    title = "Invalid snapshot"


class BrokenTreeError(InvalidSnapshotError):
    """A tree of the snapshot is not a forest, or two people stand in one slot."""

    title = "Broken tree"


class AmountOverflowError(InvalidInputError):
    """A sum or product would leave 64 bits; nothing is paid rather than something wrong."""

    title = "Amount too large"


class PlanMismatchError(InvalidInputError):
    """The snapshot and the plan do not speak of the same things (a title the plan has no rank for)."""

    title = "Plan and snapshot do not match"

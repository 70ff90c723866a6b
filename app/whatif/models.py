"""What is asked of a what-if, and what it answers. Amounts in minor units."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from app.differences.models import CauseTotal, Paid, PeopleTotal, PersonChange
from app.engine.columns import Bools, Int16s, Int64s
from app.errors import BanyanError, InvalidInputError, NotFoundError, UnavailableError
from app.facts.commands import Tree
from app.periods.models import Period
from app.plans.models import Plan
from app.reports.models import Kind, Row

By = Literal["bonus", "rank", "region", "person"]
BYS: Final[tuple[By, ...]] = ("bonus", "rank", "region", "person")

MOST_VARIANTS: Final = 5
MOST_MOVES: Final = 20
"""Of one variant."""
MOST_NAMED: Final = 20
MOST_SHOWN: Final = 50
"""Of those who gain most in a variant, and of those who lose most."""
LINES_TOLD: Final = 3
"""Lines of a bonus that are told in words of somebody who gains or loses most."""
LINES_OF_NAMED: Final = 50
BASE: Final = "base"


class WhatIfError(InvalidInputError):
    title = "What-if not acceptable"


class NoPlanKnownError(NotFoundError):
    title = "No plan known for the period"


class WhatIfBusyError(BanyanError):
    """Another one is worked out, which takes the memory of a run or two."""

    status = 429
    title = "A what-if is being worked out"


class WhatIfTooLongError(UnavailableError):
    title = "The what-if took too long"


@dataclass(frozen=True, slots=True)
class PlannedMove:
    """Somebody with everybody below goes under another sponsor (`slot` 0) or into a slot of another parent."""

    distributor: str
    tree: Tree
    new_parent: str
    slot: int = 0

    def __str__(self) -> str:
        slot = f" {self.slot}" if self.slot else ""
        return f"{self.distributor} {self.tree} {self.new_parent}{slot}"


@dataclass(frozen=True, slots=True)
class Variant:
    """Another plan (None: the base's), moves that are made before it pays, or both. `name` '' : as its plan."""

    name: str
    plan: Plan | None
    moves: tuple[PlannedMove, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """`base`: the id of a run, or the name of a period, which is taken as it is now. `plan`: by which a period is paid
    in the base; None: the one that is registered for it, else that of its calendar's newest run."""

    base: str
    variants: tuple[Variant, ...]
    plan: Plan | None = None
    named: tuple[str, ...] = ()
    shown: int = 10


@dataclass(frozen=True, slots=True)
class Base:
    """A snapshot with what is paid on it. `ix_of`: of each distributor; `carries_from`: the run whose carry-over it
    begins with, where it was taken for this."""

    period: Period
    run: str | None
    snapshot_hash: str
    paid: Paid
    ix_of: dict[str, int]
    carries_from: str | None = None


@dataclass(frozen=True, slots=True)
class SideColumn:
    """A column of a table; `side`: 0 for the base, then the variants from 1; None for labels. See `reports.Column`."""

    name: str
    kind: Kind
    side: int | None
    what: Literal["label", "people", "amount", "change", "percent"]


@dataclass(frozen=True, slots=True)
class SideTable:
    """The base and every variant beside each other. `rows` and, of those left out, `rest` add up to `total`, column by
    column of amounts. The first cell of a row is its label, None for none."""

    by: By
    columns: tuple[SideColumn, ...]
    rows: list[Row]
    total: Row
    left_out: int = 0
    rest: Row | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """The base or a variant. amount: what its lines come to; paid: what of it, and of balances brought along, is paid
    out, which is another sum by a plan with a payout rule. `pay`: per ix the rank paid by, of `ranks`, -1 none;
    `amounts`: per ix what lines come to; share: of the CV, hundredths of a percent."""

    name: str
    plan: str
    plan_hash: str
    moves: tuple[PlannedMove, ...]
    amount: int
    paid: int
    breakage: int
    earners: int
    share: int | None
    bonuses: dict[str, tuple[int, int]]
    """By bonus how many it pays, and what."""
    ranks: tuple[str, ...]
    pay: Int16s
    amounts: Int64s


@dataclass(frozen=True, slots=True)
class VariantChanges:
    """How a variant pays otherwise than the base. Changes by cause and by people each add up to that of its total;
    `gaining` and `losing` are those who gain and lose most, `named` those who were asked for."""

    causes: list[CauseTotal]
    people: PeopleTotal
    lines_equal: int
    lines_changed: int
    gaining: list[PersonChange]
    losing: list[PersonChange]
    named: list[PersonChange]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The answer: `sides` are the base, then the variants, whose `changes` are beside them."""

    base: Base
    currency: str
    sides: list[Side]
    changes: list[VariantChanges]
    tables: dict[By, SideTable]

    @property
    def variants(self) -> list[tuple[Side, VariantChanges]]:
        return list(zip(self.sides[1:], self.changes, strict=True))

    @property
    def enrolled(self) -> Bools:
        return self.base.paid.taken.enrolled


def distinct(names: Sequence[str]) -> list[str]:
    """The names; one that is there already, or is the base's, gets a number."""
    given: dict[str, Any] = {BASE: None}
    for name in names:
        number, said = 2, name
        while said in given:
            said, number = f"{name} ({number})", number + 1
        given[said] = None
    return list(given)[1:]

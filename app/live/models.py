"""What live ranks and pay speak of. Amounts and volumes are minor units; ranks are indexes of the plan's, -1 none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from app.engine.columns import Int64s
from app.engine.models import Ranks
from app.errors import UnavailableError
from app.runs.models import RankDecision
from app.runs.people import KnownPeople
from app.runs.snapshots import OrdersRead

Source = Literal["live", "preview"]


class LiveNotReadyError(UnavailableError):
    """No worker answers for live figures, and no run of the period has been calculated that could stand in."""

    title = "Live figures not ready"


@dataclass(frozen=True, slots=True)
class Told:
    """What the facts up to `to` said of a period after those before: orders, people (slices of them from some ix on,
    newcomers among them), and, where any was said, which ranks are decided."""

    to: int
    orders: OrdersRead | None = None
    people: Sequence[tuple[int, KnownPeople]] = ()
    decisions: Mapping[int, RankDecision] | None = None


class RankChange(NamedTuple):
    """A person, by ix, is paid as another rank than before; names, None without a rank."""

    ix: int
    before: str | None
    now: str | None


class HearsOfRanks(Protocol):
    """Whoever wants to know when ranks change, such as what pushes them to clients."""

    async def changed(self, period: str, seq: int, changes: Sequence[RankChange]) -> None:
        """The ranks of a period are these as of the fact `seq`. Told once by whoever reigns; after a takeover what
        changed around it may be told again, or not at all: who must know asks."""


@dataclass(frozen=True, slots=True)
class Paid:
    """What everybody (n) earns by each bonus as of the fact `seq`, and what their binary legs match."""

    seq: int
    by_person: Int64s
    """Shape (bonuses, n)."""
    left_matched: Int64s
    right_matched: Int64s


class Earned(NamedTuple):
    """The same of one person."""

    seq: int
    amounts: tuple[int, ...]
    matched: tuple[int, int]


class PastName(NamedTuple):
    """A period before, and the run that tells what was met in it."""

    name: str
    run: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person stands in a period as of the fact `seq`, which is the last one that is in their rank.

    `ranks`: of this person alone, as row 0. earned: None until it is worked out for the first time. `run`: of a
    preview.
    """

    source: Source
    seq: int
    enrolled: bool
    plan_hash: str
    ranks: Ranks
    past: tuple[PastName, ...]
    earned: Earned | None
    run: str | None = None

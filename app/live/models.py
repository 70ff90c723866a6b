"""What live ranks and pay speak of. Amounts and volumes are minor units. How one person stands is a Standing, as of a
run (app/runs/standings.py)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from app.engine.columns import Int64s
from app.errors import UnavailableError
from app.runs.models import RankDecision
from app.runs.people import KnownPeople
from app.runs.snapshots import OrdersRead


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
    """What everybody (n) earns by each bonus as of the fact `seq`, what binary legs match, what returns after the close
    take back, and what is paid."""

    seq: int
    by_person: Int64s
    """Shape (bonuses, n)."""
    left_matched: Int64s
    right_matched: Int64s
    taken_back: Int64s
    paid: Int64s

"""A period of a calendar."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.facts.calendars import CommissionDate
from app.periods.calendars import Calendar


@dataclass(frozen=True, slots=True)
class Turn:
    """A fact that opened a period, closed it or opened it again."""

    seq: int
    kind: str
    recorded_at: datetime
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Period:
    """[starts_at, ends_at) in UTC. `number` (202603) is the key inside, `name` ('2026-03') the one people use.

    opened_seq and closed_seq are the facts that first opened and last closed it, None while open: every order that
    counts in it lies between them. run is the id of the committed run.
    """

    calendar: Calendar
    number: int
    name: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    grace_ends_at: datetime | None
    """From then on it takes nothing more that comes late; None: it does as long as it is open."""
    commission_date: CommissionDate
    """By which of its dates an order counts."""
    state: str
    turns: tuple[int, ...]
    """The facts that opened and closed it, in turns."""
    run: str | None

    @property
    def first_day(self) -> date:
        """Of its zone."""
        return self.starts_at.astimezone(ZoneInfo(self.zone)).date()

    @property
    def last_day(self) -> date:
        """Of its zone."""
        return (self.ends_at - timedelta(milliseconds=1)).astimezone(ZoneInfo(self.zone)).date()

    @property
    def open(self) -> bool:
        return self.state == "open"

    @property
    def opened_seq(self) -> int:
        return self.turns[0]

    @property
    def closed_seq(self) -> int | None:
        return None if len(self.turns) % 2 else self.turns[-1]

    @property
    def closings(self) -> tuple[int, ...]:
        """The facts that closed it, whether it was opened again since or not."""
        return self.turns[1::2]

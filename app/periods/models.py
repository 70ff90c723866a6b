"""A period of a calendar."""

from dataclasses import dataclass
from datetime import datetime

from app.periods.calendars import Calendar


@dataclass(frozen=True, slots=True)
class Period:
    """[starts_at, ends_at) in UTC. `number` (202603) is the key inside, `name` ('2026-03') the one people use.

    opened_seq and closed_seq are the numbers of the facts that opened and closed it, None while open: every order that
    counts in it lies between them. run is the id of the committed run.
    """

    calendar: Calendar
    number: int
    name: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    state: str
    opened_seq: int
    closed_seq: int | None
    run: str | None

    @property
    def open(self) -> bool:
        return self.state == "open"

"""What was asked for, how far it is, and how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from app.periods.calendars import Calendar, name_of

State = Literal["draft", "queued", "calculating", "done", "failed", "cancelled"]
ENDED: Final[Sequence[State]] = ("done", "failed", "cancelled")
MOST_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Step:
    """A fact that asked for a calculation, queued or cancelled it: who, when (epoch ms) and why."""

    kind: str
    seq: int
    actor: str
    reason: str
    recorded_at: int


@dataclass(frozen=True, slots=True)
class Calculation:
    """A run that was asked for. `as_of` is the last fact that counts; instants are epoch milliseconds."""

    id: str
    calendar: Calendar
    period: int
    plan_name: str
    plan_version: str
    plan_hash: str
    state: State
    stage: str | None
    done: int
    of: int
    attempt: int
    as_of: int | None
    run: str | None
    failure: str | None
    ended_at: int | None
    steps: Sequence[Step]

    @property
    def period_name(self) -> str:
        return name_of(self.calendar, self.period)

    @property
    def ended(self) -> bool:
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class Claim:
    """One attempt at a calculation by one worker, while its lease lasts. `left_at`: the stage in which the worker of
    the attempt before was lost, None when it was not lost."""

    id: str
    calendar: Calendar
    period: int
    plan_hash: str
    as_of: int
    attempt: int
    left_at: str | None
    holder: str

    @property
    def period_name(self) -> str:
        return name_of(self.calendar, self.period)

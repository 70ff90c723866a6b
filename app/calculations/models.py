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


NIGHTLY: Final = "nightly-preview-"
"""What the keys of nightly previews begin with; the night follows, then the period."""


@dataclass(frozen=True, slots=True)
class NightlyPreview:
    """A preview that was asked for by night, with what its run comes to once it is done, minor units."""

    night: str
    calculation: str
    calendar: Calendar
    period: int
    plan: str
    state: State
    failure: str | None
    asked_at: int
    as_of: int | None
    run: str | None
    orders: int | None
    payees: int | None
    amount: int | None
    breakage: int | None

    @property
    def period_name(self) -> str:
        return name_of(self.calendar, self.period)


@dataclass(frozen=True, slots=True)
class Night:
    """A nightly preview, and the one of the same period that was done the last night before, if any."""

    preview: NightlyPreview
    before: NightlyPreview | None


def nights(newest_first: Sequence[NightlyPreview]) -> list[Night]:
    """Each with the one before it."""
    last: dict[tuple[str, int], NightlyPreview] = {}
    found: list[Night] = []
    for one in reversed(newest_first):
        of = one.calendar, one.period
        found.append(Night(one, last.get(of)))
        if one.run is not None:
            last[of] = one
    return found[::-1]


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

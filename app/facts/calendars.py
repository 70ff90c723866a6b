"""How calendars number their periods, and in which of them an order counts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal, get_args

from app.clock import from_ms
from app.facts import errors
from app.facts.text import instant_text

MONTHLY: Final = "monthly"
CALENDARS: Final = ("daily", "four_weeks", MONTHLY, "weekly")
"""Every calendar there can be; a company keeps those in which it has opened a period."""
CommissionDate = Literal["placed", "paid", "shipped"]
"""The dates of an order, of which each calendar counts by one."""
LaterDate = Literal["paid", "shipped"]
"""Those that a fact of its own tells."""
COMMISSION_DATES: Final[tuple[CommissionDate, ...]] = get_args(CommissionDate)
LATER_DATES: Final[tuple[LaterDate, ...]] = get_args(LaterDate)
PLACED: Final = "placed"
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
FOUR_WEEKS: Final = timedelta(days=28)
_DAY_0: Final = date(1969, 12, 31)
_WEEK_0: Final = date(1969, 12, 29)
_PHASES: Final = 4
_A_PHASE: Final = 100_000
"""Four weeks may begin with any week: their number says with which of four in a row, then counts."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """How a calendar numbers its periods, by the first day of each.

    Numbers of neighbours differ in parity, since each has one of a tally's two slots. Days and weeks are counted from
    the start of 1970; a month's number is its year and month.
    """

    number: Callable[[date], int]
    first_day: Callable[[int], date]
    day_after: Callable[[date], date]


def _weeks(first: date) -> int:
    return (first - _WEEK_0).days // WEEK.days


NUMBERS: Final[Mapping[str, Numbers]] = {
    "daily": Numbers(
        number=lambda first: (first - _DAY_0).days,
        first_day=lambda number: _DAY_0 + number * DAY,
        day_after=lambda first: first + DAY,
    ),
    "four_weeks": Numbers(
        number=lambda first: _weeks(first) % _PHASES * _A_PHASE + _weeks(first) // _PHASES,
        first_day=lambda number: _WEEK_0 + (number % _A_PHASE * _PHASES + number // _A_PHASE) * WEEK,
        day_after=lambda first: first + FOUR_WEEKS,
    ),
    MONTHLY: Numbers(
        number=lambda first: first.year * 100 + first.month,
        first_day=lambda number: date(number // 100, number % 100, 1),
        day_after=lambda first: date(first.year + first.month // 12, first.month % 12 + 1, 1),
    ),
    "weekly": Numbers(
        number=_weeks, first_day=lambda number: _WEEK_0 + number * WEEK, day_after=lambda first: first + WEEK
    ),
}

Counted = Mapping[str, int | None]
"""By calendar the number of the period that an order counts in; None where it counts in none."""


Taken = tuple[int | None, str]
"""The number of the period of a calendar that something counts in, None where it counts in none; and in words for which
open one it came too late, mostly empty."""


@dataclass(slots=True)
class StoredPeriod:
    """A period of a calendar, [starts_at, ends_at) in epoch milliseconds."""

    calendar: str
    number: int
    name: str
    starts_at: int
    ends_at: int
    open: bool
    closed_seq: int | None = None
    """The fact that closed it; None while open."""
    grace_ends_at: int | None = None
    """From then on it takes nothing more, though it be open; None: it takes what comes as long as it is open."""
    commission_date: CommissionDate = PLACED

    def takes(self, recorded_at: int) -> bool:
        """Whether something that is recorded then can count in it, as far as its grace days tell."""
        return self.grace_ends_at is None or recorded_at < self.grace_ends_at


@dataclass(slots=True)
class Kept:
    """A calendar that is kept. Its periods follow each other without gap and close in order, so that the open ones are
    the last."""

    calendar: str
    starts_at: int
    ends_at: int
    last: str
    """The name of its last period."""
    commission_date: CommissionDate
    """By which date an order counts."""
    open: list[StoredPeriod] = field(default_factory=list)
    """Oldest first."""

    def period_of(self, instant: int, recorded_at: int) -> Taken:
        """The period an instant counts in: its own while that takes it, else the next that does; None before the first
        period of the calendar."""
        if instant < self.starts_at:
            return None, ""
        if instant >= self.ends_at:
            raise errors.NoOpenPeriodError(
                f"No period of the calendar {self.calendar!r} contains {from_ms(instant).isoformat()}; open one for "
                "that time first."
            )
        return self._first([period for period in self.open if instant < period.ends_at], recorded_at)

    def open_from(self, number: int, recorded_at: int) -> Taken:
        """That period while it takes something, else the earliest after it that does: a closed period never changes."""
        return self._first([period for period in self.open if number <= period.number], recorded_at)

    def _first(self, still_open: list[StoredPeriod], recorded_at: int) -> Taken:
        too_late = ""
        for period in still_open:
            if period.takes(recorded_at):
                return period.number, too_late
            too_late = too_late_for(period.name, period.grace_ends_at or 0)
        raise self._all_closed(too_late)

    def _all_closed(self, too_late: str) -> errors.NoOpenPeriodError:
        if too_late:
            return errors.NoOpenPeriodError(
                f"{too_late}, and no later period of the calendar {self.calendar!r} is open; open the next one first."
            )
        return errors.NoOpenPeriodError(
            f"Period {self.last} of the calendar {self.calendar!r} is closed and no later one is open; open the next "
            "one first."
        )


def too_late_for(name: str, grace_ends_at: int) -> str:
    """What is said of something that comes after the grace days of an open period."""
    return f"{name} took what came late until {instant_text(grace_ends_at)}"


def kept_calendars(periods: Iterable[StoredPeriod]) -> dict[str, Kept]:
    """The calendars of these periods."""
    kept: dict[str, Kept] = {}
    for period in sorted(periods, key=lambda period: (period.calendar, period.starts_at)):
        first = Kept(period.calendar, period.starts_at, period.ends_at, period.name, period.commission_date)
        own = kept.setdefault(period.calendar, first)
        own.ends_at, own.last = period.ends_at, period.name
        if period.open:
            own.open.append(period)
    return kept


def periods_of_order(kept: Mapping[str, Kept], placed_at: int, recorded_at: int) -> tuple[dict[str, int | None], str]:
    """Where an order counts when it is placed: in one period of each calendar that is kept, had begun by then and
    waits for no later date; and for which open ones it came too late.

    Raises NoOpenPeriodError where one of them has no period for it, or all of them began later.
    """
    counted, late = periods_of_date(kept, PLACED, placed_at, recorded_at)
    waits = any(calendar.commission_date != PLACED for calendar in kept.values())
    if not waits and all(number is None for number in counted.values()):
        raise errors.NoOpenPeriodError(
            f"No period of any calendar contains {from_ms(placed_at).isoformat()}; open one for that time first."
        )
    return counted, late


def periods_of_date(
    kept: Mapping[str, Kept], date: CommissionDate, at: int, recorded_at: int
) -> tuple[dict[str, int | None], str]:
    """Where an order counts now that one of its dates is known: in one period of each calendar that counts by that date
    and had begun by then; and for which open ones it came too late. Raises NoOpenPeriodError where one of them has no
    period for it."""
    return _together(
        {
            name: calendar.period_of(at, recorded_at)
            for name, calendar in kept.items()
            if calendar.commission_date == date
        }
    )


def periods_of_return(kept: Mapping[str, Kept], order: Counted, recorded_at: int) -> tuple[dict[str, int | None], str]:
    """Where a return counts: in the calendars in which its order does, with it or in the next period that takes it; and
    for which open ones it came too late."""
    return _together(
        {name: kept[name].open_from(number, recorded_at) for name, number in order.items() if number is not None}
    )


def _together(taken: Mapping[str, Taken]) -> tuple[dict[str, int | None], str]:
    """None for every other calendar."""
    counted: dict[str, int | None] = dict.fromkeys(CALENDARS)
    late = []
    for name, (number, too_late) in taken.items():
        counted[name] = number
        if too_late:
            late.append(too_late)
    return counted, "; ".join(late)


def days_of(calendar: str, number: int) -> tuple[date, date]:
    """The first day of a period, and the first one after it."""
    first = NUMBERS[calendar].first_day(number)
    return first, NUMBERS[calendar].day_after(first)


def is_over(calendar: str, number: int, epoch_ms: int) -> bool:
    """Whether a period has ended by UTC: where no stored one says whose clock counts."""
    _, after = days_of(calendar, number)
    return after <= from_ms(epoch_ms).date()

"""The names and edges of every calendar's periods. A period's name tells its calendar."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.clock import to_ms
from app.errors import InvalidInputError
from app.facts.calendars import (
    CALENDARS,
    DAY,
    FOUR_WEEKS,
    MONTHLY,
    NUMBERS,
    PLACED,
    WEEK,
    CommissionDate,
    days_of,
)
from app.facts.commands import OpenPeriod

Calendar = Literal["daily", "four_weeks", "monthly", "weekly"]
_YEAR: Final = r"(?:19[7-9][0-9]|[2-8][0-9]{3})"
_WEEK: Final = r"W(?:0[1-9]|[1-4][0-9]|5[0-3])"
_MONTH: Final = r"(?:0[1-9]|1[0-2])"
_DAY: Final = r"(?:0[1-9]|[12][0-9]|3[01])"


class InvalidPeriodError(InvalidInputError):
    title = "Not a period"


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a calendar calls its periods, by the first day of each."""

    pattern: str
    example: str
    first_day: Callable[[str], date]
    name: Callable[[date], str]


def _week_name(first: date) -> str:
    year, week, _ = first.isocalendar()
    return f"{year:04}-W{week:02}"


def _monday(name: str) -> date:
    return date.fromisocalendar(int(name[:4]), int(name[6:8]), 1)


def _four_weeks_name(first: date) -> str:
    return f"{_week_name(first)}-W{(first + FOUR_WEEKS - WEEK).isocalendar().week:02}"


_KINDS: Final[Mapping[str, _Kind]] = {
    "daily": _Kind(
        pattern=rf"{_YEAR}-{_MONTH}-{_DAY}",
        example="2026-03-05",
        first_day=date.fromisoformat,
        name=date.isoformat,
    ),
    "weekly": _Kind(
        pattern=rf"{_YEAR}-{_WEEK}",
        example="2026-W10",
        first_day=_monday,
        name=_week_name,
    ),
    "four_weeks": _Kind(
        pattern=rf"{_YEAR}-{_WEEK}-{_WEEK}",
        example="2026-W07-W10",
        first_day=_monday,
        name=_four_weeks_name,
    ),
    MONTHLY: _Kind(
        pattern=rf"{_YEAR}-{_MONTH}",
        example="2026-03",
        first_day=lambda name: date(int(name[:4]), int(name[5:]), 1),
        name=lambda first: f"{first.year:04}-{first.month:02}",
    ),
}
EXAMPLES: Final = {calendar: kind.example for calendar, kind in _KINDS.items()}
"""A name of each calendar."""
_PATTERNS: Final = {calendar: re.compile(kind.pattern) for calendar, kind in _KINDS.items()}
PATTERN: Final = f"^({'|'.join(kind.pattern for kind in _KINDS.values())})$"
"""Matches the names of periods of every calendar."""


def calendar_of(name: str) -> str:
    """The calendar that a period's name belongs to."""
    for calendar in CALENDARS:
        if _PATTERNS[calendar].fullmatch(name):
            return calendar
    examples = ", ".join(f"{EXAMPLES[calendar]} ({calendar})" for calendar in CALENDARS)
    raise InvalidPeriodError(f"{name!r} is no period of any calendar; write it as {examples}.")


def number_of(name: str) -> int:
    """'2026-03' to 202603."""
    return NUMBERS[calendar_of(name)].number(_first_day(name))


@lru_cache(maxsize=1024)
def name_of(calendar: str, number: int) -> str:
    """The name of a period: 'monthly' and 202603 to '2026-03'."""
    return _KINDS[calendar].name(NUMBERS[calendar].first_day(number))


def number_before(calendar: str, number: int) -> int:
    """The number of the period before: 202602 of 202603 of 'monthly'."""
    first, of = NUMBERS[calendar].first_day(number), NUMBERS[calendar]
    found = (of.number(first - timedelta(days)) for days in (1, 7, 28))  # a month is found by any of its days
    return next(before for before in found if of.day_after(of.first_day(before)) == first)


def number_after(calendar: str, number: int) -> int:
    """The number of the next period: 202604 of 202603 of 'monthly'."""
    _, after = days_of(calendar, number)
    return NUMBERS[calendar].number(after)


def period(name: str, zone: str, grace_days: int | None = None, commission_date: CommissionDate = PLACED) -> OpenPeriod:
    """The command that opens a period: from its first midnight in `zone` to the next one's, without gap.

    Half-open, so 23:59:59.999 belongs to it and the next instant does not, whatever daylight saving does. `grace_days`
    are days of the zone.
    """
    calendar, first = calendar_of(name), _first_day(name)
    numbers = NUMBERS[calendar]
    tz = zone_of(zone)
    after = numbers.day_after(first)
    grace_over = after + (grace_days or 0) * DAY
    starts, ends, grace_ends = (to_ms(datetime.combine(day, time(), tz)) for day in (first, after, grace_over))
    if starts < 0:
        raise InvalidPeriodError(f"{name} begins before 1970 in {zone}; instants are counted from there.")
    grace = None if grace_days is None else grace_ends
    return OpenPeriod(calendar, numbers.number(first), name, starts, ends, zone, grace, commission_date)


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its name. Raises InvalidPeriodError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: a folder of zones, such as Europe
        raise InvalidPeriodError(f"{name!r} is not a time zone of the IANA database, such as Europe/Berlin.") from error


def _first_day(name: str) -> date:
    kind = _KINDS[calendar_of(name)]
    try:
        first = kind.first_day(name)
    except ValueError as error:
        raise InvalidPeriodError(f"{name!r} does not exist: {error}.") from error
    if kind.name(first) != name:
        raise InvalidPeriodError(f"{name!r} is not in the calendar; there is {kind.name(first)}.")
    return first

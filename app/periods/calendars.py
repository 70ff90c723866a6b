"""The names, numbers and edges of every calendar's periods. A period's name tells its calendar.

Numbers of neighbours differ in parity, since each has one of a tally's two slots. Days and weeks are counted from the
start of 1970; a month's number is its year and month.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.clock import to_ms
from app.errors import InvalidInputError
from app.facts.calendars import CALENDARS, MONTHLY
from app.facts.commands import OpenPeriod

Calendar = Literal["daily", "four_weeks", "monthly", "weekly"]
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
FOUR_WEEKS: Final = timedelta(days=28)
_DAY_0: Final = date(1969, 12, 31)
_WEEK_0: Final = date(1969, 12, 29)
_PHASES: Final = 4
_A_PHASE: Final = 100_000
"""Four weeks may begin with any week: their number says with which of four in a row, then counts."""
_YEAR: Final = r"(?:19[7-9][0-9]|[2-8][0-9]{3})"
_WEEK: Final = r"W(?:0[1-9]|[1-4][0-9]|5[0-3])"
_MONTH: Final = r"(?:0[1-9]|1[0-2])"
_DAY: Final = r"(?:0[1-9]|[12][0-9]|3[01])"


class InvalidPeriodError(InvalidInputError):
    title = "Not a period"


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a calendar calls its periods and counts them; by the first day of each."""

    pattern: str
    example: str
    first_day: Callable[[str], date]
    day_after: Callable[[date], date]
    number: Callable[[date], int]
    day_of_number: Callable[[int], date]
    name: Callable[[date], str]


def _week_name(first: date) -> str:
    year, week, _ = first.isocalendar()
    return f"{year:04}-W{week:02}"


def _monday(name: str) -> date:
    return date.fromisocalendar(int(name[:4]), int(name[6:8]), 1)


def _weeks(first: date) -> int:
    return (first - _WEEK_0).days // WEEK.days


def _four_weeks_name(first: date) -> str:
    return f"{_week_name(first)}-W{(first + FOUR_WEEKS - WEEK).isocalendar().week:02}"


_KINDS: Final[Mapping[str, _Kind]] = {
    "daily": _Kind(
        pattern=rf"{_YEAR}-{_MONTH}-{_DAY}",
        example="2026-03-05",
        first_day=date.fromisoformat,
        day_after=lambda first: first + DAY,
        number=lambda first: (first - _DAY_0).days,
        day_of_number=lambda number: _DAY_0 + number * DAY,
        name=date.isoformat,
    ),
    "weekly": _Kind(
        pattern=rf"{_YEAR}-{_WEEK}",
        example="2026-W10",
        first_day=_monday,
        day_after=lambda first: first + WEEK,
        number=_weeks,
        day_of_number=lambda number: _WEEK_0 + number * WEEK,
        name=_week_name,
    ),
    "four_weeks": _Kind(
        pattern=rf"{_YEAR}-{_WEEK}-{_WEEK}",
        example="2026-W07-W10",
        first_day=_monday,
        day_after=lambda first: first + FOUR_WEEKS,
        number=lambda first: _weeks(first) % _PHASES * _A_PHASE + _weeks(first) // _PHASES,
        day_of_number=lambda number: _WEEK_0 + (number % _A_PHASE * _PHASES + number // _A_PHASE) * WEEK,
        name=_four_weeks_name,
    ),
    MONTHLY: _Kind(
        pattern=rf"{_YEAR}-{_MONTH}",
        example="2026-03",
        first_day=lambda name: date(int(name[:4]), int(name[5:]), 1),
        day_after=lambda first: date(first.year + first.month // 12, first.month % 12 + 1, 1),
        number=lambda first: first.year * 100 + first.month,
        day_of_number=lambda number: date(number // 100, number % 100, 1),
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
    return _KINDS[calendar_of(name)].number(_first_day(name))


def name_of(calendar: str, number: int) -> str:
    """The name of a period: 'monthly' and 202603 to '2026-03'."""
    kind = _KINDS[calendar]
    return kind.name(kind.day_of_number(number))


def number_after(calendar: str, number: int) -> int:
    """The number of the next period: 202604 of 202603 of 'monthly'."""
    kind = _KINDS[calendar]
    return kind.number(kind.day_after(kind.day_of_number(number)))


def period(name: str, zone: str) -> OpenPeriod:
    """The command that opens a period: from its first midnight in `zone` to the next one's, without gap.

    Half-open, so 23:59:59.999 belongs to it and the next instant does not, whatever daylight saving does.
    """
    calendar, first = calendar_of(name), _first_day(name)
    kind = _KINDS[calendar]
    try:
        tz = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: a folder of zones, such as Europe
        raise InvalidPeriodError(f"{zone!r} is not a time zone of the IANA database, such as Europe/Berlin.") from error
    starts, ends = (to_ms(datetime.combine(day, time(), tz)) for day in (first, kind.day_after(first)))
    if starts < 0:
        raise InvalidPeriodError(f"{name} begins before 1970 in {zone}; instants are counted from there.")
    return OpenPeriod(calendar, kind.number(first), name, starts, ends, zone)


def _first_day(name: str) -> date:
    kind = _KINDS[calendar_of(name)]
    try:
        first = kind.first_day(name)
    except ValueError as error:
        raise InvalidPeriodError(f"{name!r} does not exist: {error}.") from error
    if kind.name(first) != name:
        raise InvalidPeriodError(f"{name!r} is not in the calendar; there is {kind.name(first)}.")
    return first

"""Months with orders: when they are, how well their season sells, and what the clock says in each region."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from app.errors import InvalidInputError
from app.generator.models import REGIONS, Ints

MAX_MONTHS: Final = 24
DAY_MS: Final = 86_400_000
EDGE_MS: Final = 14 * 3_600_000
"""No order stands nearer than this to a month's edge, so the month holds whatever zone the calendar has."""
SEASON: Final = (0.80, 0.85, 1.00, 0.95, 1.00, 0.95, 0.80, 0.80, 1.05, 1.10, 1.30, 1.40)
"""How many buy in January, February, … beside an average month's 1."""

_FIRST_YEAR: Final = 1980
_LAST_YEAR: Final = 2099
_HOUR_MS: Final = 3_600_000
_OPENS_AT, _CLOSES_AT = 8, 22
_AT_ANY_HOUR: Final = 0.05


@dataclass(frozen=True, slots=True)
class Month:
    """[start, end) in epoch milliseconds by UTC."""

    start: int
    end: int
    season: float


def months_of(names: Sequence[str]) -> list[Month]:
    """The months called "2026-01" and so on, in order of time."""
    if not 1 <= len(names) <= MAX_MONTHS or len(set(names)) < len(names):
        raise InvalidInputError(
            f"{len(names)} months asked for ({', '.join(names[:3])}, …); give 1 to {MAX_MONTHS} different ones"
        )
    return sorted(map(_month, names), key=lambda month: month.start)


def month_names(text: str) -> tuple[str, ...]:
    """The names in "2026-01,2026-02" or, with both ends, in "2025-03..2026-02"."""
    names: list[str] = []
    for part in text.split(","):
        first, dots, last = part.partition("..")
        if not dots:
            names.append(part)
            continue
        between = names_from(first, last)
        if not 1 <= len(between) <= MAX_MONTHS:
            raise InvalidInputError(f"{part} is {len(between)} months long; give 1 to {MAX_MONTHS}, the earlier first")
        names += between
    return tuple(names)


def names_from(first: str, last: str) -> list[str]:
    """Every month from one to another."""
    start, end = _start(first), _start(last)
    ordinals = range(start.year * 12 + start.month - 1, end.year * 12 + end.month)
    return [f"{year}-{of_year + 1:02}" for year, of_year in (divmod(ordinal, 12) for ordinal in ordinals)]


def _month(name: str) -> Month:
    start = _start(name)
    end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    return Month(int(start.timestamp()) * 1000, int(end.timestamp()) * 1000, SEASON[start.month - 1])


def _start(name: str) -> datetime:
    try:
        start = datetime.strptime(name, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        raise InvalidInputError(f"month {name!r} is not written as YYYY-MM") from None
    if not _FIRST_YEAR <= start.year <= _LAST_YEAR:
        raise InvalidInputError(f"month {name!r}: give one from {_FIRST_YEAR} to {_LAST_YEAR}")
    return start


class LocalClock:
    """What the clock says in each region on the days from `first` to `last` (epoch milliseconds)."""

    def __init__(self, first: int, last: int) -> None:
        self._first_day = first // DAY_MS
        noons = [
            datetime.fromtimestamp((day * DAY_MS + DAY_MS // 2) // 1000, UTC)
            for day in range(self._first_day, last // DAY_MS + 1)
        ]
        self._ahead = np.array([[_ahead_ms(noon, region.zone) for noon in noons] for region in REGIONS])

    def in_the_day(self, rng: np.random.Generator, instants: Ints, region: Ints) -> Ints:
        """The same local days at other times: most between 8 and 22 o'clock and most of those in the afternoon."""
        ahead = self._ahead[region, instants // DAY_MS - self._first_day]
        midnight = (instants + ahead) // DAY_MS * DAY_MS
        busy = (rng.random(len(instants)) + rng.random(len(instants))) / 2
        hour = _OPENS_AT + busy * (_CLOSES_AT - _OPENS_AT)
        at_any = rng.random(len(instants)) < _AT_ANY_HOUR
        hour[at_any] = rng.random(int(at_any.sum())) * 24
        moved: Ints = midnight + (hour * _HOUR_MS).astype(np.int64) - ahead
        return moved


def _ahead_ms(at: datetime, zone: str) -> int:
    return (at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()) // timedelta(milliseconds=1)

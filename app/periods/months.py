"""Months of a time zone as half-open intervals of instants."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.clock import to_ms
from app.errors import InvalidInputError
from app.facts.commands import OpenPeriod

MONTHLY = "monthly"
_NAME = re.compile(r"^(\d{4})-(\d{2})$")


class InvalidPeriodError(InvalidInputError):
    title = "Not a period"


def month_number(name: str) -> int:
    """'2026-03' to 202603."""
    match = _NAME.match(name)
    if match is None or not 1 <= int(match[2]) <= 12:
        raise InvalidPeriodError(f"{name!r} is not a month; write it as 2026-03.")
    return int(match[1]) * 100 + int(match[2])


def month(name: str, zone: str) -> OpenPeriod:
    """The command that opens a month: from its first midnight in `zone` to the next month's, without gap.

    Half-open, so 23:59:59.999 belongs to the month and the next instant does not, whatever daylight saving does.
    """
    number = month_number(name)
    year, of_year = divmod(number, 100)
    try:
        tz = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: a folder of zones, such as Europe
        raise InvalidPeriodError(f"{zone!r} is not a time zone of the IANA database, such as Europe/Berlin.") from error
    starts = datetime(year, of_year, 1, tzinfo=tz)
    ends = datetime(year + of_year // 12, of_year % 12 + 1, 1, tzinfo=tz)
    if to_ms(starts) < 0:
        raise InvalidPeriodError(f"{name} begins before 1970 in {zone}; instants are counted from there.")
    return OpenPeriod(MONTHLY, number, name, to_ms(starts), to_ms(ends), zone)

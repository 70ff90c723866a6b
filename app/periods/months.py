"""Months, by functions that take the periods of no other calendar."""

from app.facts.calendars import MONTHLY
from app.facts.commands import OpenPeriod
from app.periods.calendars import InvalidPeriodError, calendar_of, number_of, period

__all__ = ["MONTHLY", "InvalidPeriodError", "month", "month_number"]


def month_number(name: str) -> int:
    """'2026-03' to 202603."""
    if calendar_of(name) != MONTHLY:
        raise InvalidPeriodError(f"{name!r} is not a month; write it as 2026-03.")
    return number_of(name)


def month(name: str, zone: str) -> OpenPeriod:
    """The command that opens a month."""
    month_number(name)
    return period(name, zone)

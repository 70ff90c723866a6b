"""Days, weeks and four weeks of a zone: their names, numbers and edges."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from app.facts.calendars import CALENDARS
from app.facts.commands import OpenPeriod
from app.periods.calendars import InvalidPeriodError, calendar_of, name_of, number_after, number_of, period

HOUR = 3_600_000
ZONES = ("Europe/Berlin", "America/Santiago", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")


def week_names(monday: date, count: int) -> list[str]:
    """As ISO 8601 calls them, by the standard library alone."""
    return [(monday + timedelta(weeks=n)).strftime("%G-W%V") for n in range(count)]


MONDAY = date(2020, 10, 5)  # before a year of 53 weeks
WEEKS = week_names(MONDAY, 330)
ROWS = {
    "daily": [(date(2023, 12, 1) + timedelta(days=n)).isoformat() for n in range(500)],
    "weekly": WEEKS,
    "four_weeks": [f"{first}-{last[5:]}" for first, last in zip(WEEKS[2::4], WEEKS[5::4], strict=False)],
    "monthly": [f"{year}-{month:02}" for year in (2023, 2024) for month in range(1, 13)],
}


@pytest.mark.parametrize("calendar", CALENDARS)
@pytest.mark.parametrize("zone", ZONES)
def test_periods_follow_without_gap_and_neighbours_share_no_slot(calendar: str, zone: str) -> None:
    row = [period(name, zone) for name in ROWS[calendar]]
    assert all(a.ends_at == b.starts_at and a.starts_at < a.ends_at for a, b in pairwise(row))
    assert all(a.number % 2 != b.number % 2 and a.number < b.number for a, b in pairwise(row))
    assert all((one.calendar, one.name) == (calendar, name) for one, name in zip(row, ROWS[calendar], strict=True))
    assert [name_of(calendar, one.number) for one in row] == ROWS[calendar]
    assert [number_after(calendar, one.number) for one in row[:-1]] == [one.number for one in row[1:]]
    assert {calendar_of(name) for name in ROWS[calendar]} == {calendar}


def length(one: OpenPeriod) -> float:
    return (one.ends_at - one.starts_at) / HOUR


def test_daylight_saving_makes_a_period_longer_or_shorter() -> None:
    assert [length(period(name, "Europe/Berlin")) for name in ("2026-03-29", "2026-03-30", "2026-10-25")] == [
        23,
        24,
        25,
    ]
    assert [length(period(name, "Europe/Berlin")) for name in ("2026-W13", "2026-W14")] == [7 * 24 - 1, 7 * 24]
    assert length(period("2026-W11-W14", "Europe/Berlin")) == 28 * 24 - 1
    assert length(period("2026-W11-W14", "UTC")) == 28 * 24


def test_four_weeks_begin_with_any_week_and_keep_to_it() -> None:
    numbers = [number_of(f"{first}-{last[5:]}") for first, last in zip(WEEKS[:5], WEEKS[3:8], strict=True)]
    assert len(set(numbers)) == 5
    assert numbers[4] == numbers[0] + 1, "four weeks later is the next one"


@pytest.mark.parametrize(
    "name",
    ["2026-W54", "2025-W53", "2026-W00", "2026-02-30", "2026-W07-W11", "2026-W7", "2026W07", "2026-W07-", "1969-12-31"],
)
def test_what_is_no_period(name: str) -> None:
    with pytest.raises(InvalidPeriodError):
        number_of(name)


def test_what_begins_before_1970() -> None:
    with pytest.raises(InvalidPeriodError, match="1970"):
        period("1970-W01", "UTC")


@pytest.mark.parametrize(
    ("name", "days", "hours"),
    [("2026-03", 3, 72), ("2026-02", 30, 30 * 24 - 1), ("2026-W43", 0, 0), ("2026-W42", 7, 7 * 24 + 1)],
)
def test_grace_days_are_days_of_the_zone(name: str, days: int, hours: int) -> None:
    """In Berlin clocks go forward on 29 March and back on 25 October 2026."""
    opening = period(name, "Europe/Berlin", days)
    assert opening.grace_ends_at == opening.ends_at + hours * 3_600_000
    assert period(name, "Europe/Berlin").grace_ends_at is None

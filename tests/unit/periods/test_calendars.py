"""Days, weeks and four weeks of a zone: their names, numbers and edges."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from app.clock import from_ms, to_ms
from app.facts.calendars import CALENDARS, PLACED, Kept, StoredPeriod
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


ON_CLOCKS = ("America/New_York", "Europe/Berlin", "Asia/Singapore", "Asia/Tokyo")


@pytest.mark.parametrize(
    ("name", "closes_at", "hours_ahead"),
    [
        ("2023-W27", datetime(2023, 7, 10, 7, tzinfo=UTC), [3, 9, 15, 16]),
        ("2023-W03", datetime(2023, 1, 23, 8, tzinfo=UTC), [3, 9, 16, 17]),
    ],
)
def test_g35_a_week_closes_at_one_instant_of_its_zone(name: str, closes_at: datetime, hours_ahead: list[int]) -> None:
    """Worked example G35: Vyvo (info.vyvo.com/hc/en-us/articles/4405928184593) closes its week on Monday 12:00 US
    Pacific and calls that 15:00 Eastern, 21:00 in Central Europe, Tuesday 03:00 in Singapore, 04:00 in Japan: 3, 9, 15
    and 16 hours ahead, which is so in summer alone. Weeks here close at midnight, so half a day earlier, by the clock
    of their zone; instants worked out."""
    week, after = period(name, "America/Los_Angeles"), name_of("weekly", number_after("weekly", number_of(name)))
    midnight = from_ms(week.ends_at)
    assert midnight == closes_at
    clocks = [midnight.astimezone(ZoneInfo(zone)) for zone in ("America/Los_Angeles", *ON_CLOCKS)]
    here, *elsewhere = [clock.replace(tzinfo=None) for clock in clocks]
    assert (here.isoweekday(), here.time()) == (1, time())
    assert [(clock - here) / timedelta(hours=1) for clock in elsewhere] == hours_ahead
    taken = [
        kept_weeks(name, after).period_of(to_ms(closes_at) + ms, recorded_at=to_ms(closes_at))[0] for ms in (-1, 0)
    ]
    assert taken == [number_of(name), number_of(after)], "the last millisecond is in, midnight is of the next week"


def kept_weeks(*names: str) -> Kept:
    """These are open in Los Angeles."""
    weeks = [period(name, "America/Los_Angeles") for name in names]
    stored = [StoredPeriod("weekly", one.number, one.name, one.starts_at, one.ends_at, open=True) for one in weeks]
    return Kept("weekly", weeks[0].starts_at, weeks[-1].ends_at, names[-1], PLACED, stored)


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

"""Which night came last, clocks that are put forward and back among them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.calculations.nightly import Night

HALF_PAST_TWO = Night(time(2, 30), ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("now", "night"),
    [
        (datetime(2026, 1, 15, 1, 29, 59, tzinfo=UTC), date(2026, 1, 14)),
        (datetime(2026, 1, 15, 1, 30, tzinfo=UTC), date(2026, 1, 15)),
        (datetime(2026, 7, 15, 0, 30, tzinfo=UTC), date(2026, 7, 15)),
        # 02:30 does not exist on 29 March: clocks go from 02:00 to 03:00 at 01:00 UTC.
        (datetime(2026, 3, 29, 1, 29, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), date(2026, 3, 29)),
        # 02:30 comes twice on 25 October, at 00:30 and 01:30 UTC.
        (datetime(2026, 10, 25, 0, 29, tzinfo=UTC), date(2026, 10, 24)),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), date(2026, 10, 25)),
    ],
)
def test_the_night_that_came_last(now: datetime, night: date) -> None:
    assert HALF_PAST_TWO.last_before(now) == night


@pytest.mark.parametrize("at", ["00:00", "01:59", "02:00", "02:30", "03:00", "23:59"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "America/Havana"])
def test_every_day_of_a_year_has_one_night(zone: str, at: str) -> None:
    """Looked at every ten minutes: the nights follow each other, one a day."""
    night = Night(time.fromisoformat(at), ZoneInfo(zone))
    first = datetime(2026, 1, 1, tzinfo=UTC)
    seen = [night.last_before(first + timedelta(minutes=10 * step)) for step in range(366 * 144)]
    nights = [day for day, before in zip(seen[1:], seen, strict=False) if day != before]
    assert nights == [nights[0] + timedelta(days=number) for number in range(len(nights))]
    assert len(nights) >= 365

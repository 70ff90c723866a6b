"""Months of a zone."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from app.clock import from_ms, to_ms
from app.periods.months import InvalidPeriodError, month, month_number


def test_g35_january_in_eastern_time_ends_at_05_utc() -> None:
    """Worked example G35 (rule published by Be Infinity: 1 Jan 00:00 to 31 Jan 23:59 EST); instants worked out."""
    january = month("2023-01", "America/New_York")
    assert from_ms(january.starts_at) == datetime(2023, 1, 1, 5, tzinfo=UTC)
    assert january.starts_at <= to_ms(datetime(2023, 2, 1, 4, 58, tzinfo=UTC)) < january.ends_at
    assert to_ms(datetime(2023, 2, 1, 5, 0, tzinfo=UTC)) == january.ends_at


def test_months_follow_without_gap_through_daylight_saving_and_new_year() -> None:
    names = [f"{year}-{of_year:02}" for year in (2025, 2026) for of_year in range(1, 13)]
    for zone in ("Europe/Berlin", "America/Santiago", "Asia/Kathmandu", "Pacific/Apia", "UTC"):
        months = [month(name, zone) for name in names]
        assert all(a.ends_at == b.starts_at for a, b in pairwise(months))
        assert all(a.number % 2 != b.number % 2 for a, b in pairwise(months))


def test_march_in_berlin_is_an_hour_short() -> None:
    march = month("2026-03", "Europe/Berlin")
    assert march.ends_at - march.starts_at == (31 * 24 - 1) * 3_600_000


@pytest.mark.parametrize("name", ["2026-13", "2026-00", "2026-1", "26-01", "march", "2026-01-01", ""])
def test_what_is_no_month(name: str) -> None:
    with pytest.raises(InvalidPeriodError):
        month_number(name)


def test_what_is_no_zone() -> None:
    with pytest.raises(InvalidPeriodError, match="Mars"):
        month("2026-01", "Mars/Olympus")

"""Seasons, local days, late orders: what docs/import-format.md says of every shape, counted."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.csv
import pytest

from app.errors import InvalidInputError
from app.generator import Company, CompanySpec, generate, write_company, writer
from app.generator.models import ACTIVE, REGIONS, Ints
from app.generator.months import SEASON, month_names
from app.imports.files import read_directory
from app.imports.models import Stored
from app.imports.validate import check_import

YEAR = month_names("2025-01..2025-12")
DAY_MS = 86_400_000
AFTERWARDS = 1_775_000_000_000
"""1 April 2026."""


@pytest.fixture(scope="module")
def year() -> Company:
    """A company that sold through a whole year."""
    return generate(CompanySpec(8_000, 1, YEAR))


def starts_of_months() -> Ints:
    """Those of the year, and the one after."""
    return np.arange("2025-01", "2026-02", dtype="datetime64[M]").astype("datetime64[ms]").astype(np.int64)


def test_how_many_buy_follows_the_season(year: Company) -> None:
    starts = starts_of_months()
    for number in range(12):
        there = np.flatnonzero((year.enrolled_at < starts[number]) & (year.status == ACTIVE))
        in_month = (year.order_at >= starts[number]) & (year.order_at < starts[number + 1])
        bought = np.isin(there, year.order_buyer[in_month & ~year.order_by_customer])
        assert abs(bought.mean() - SEASON[number] / 2) < 0.03, YEAR[number]
    assert sum(SEASON) == pytest.approx(12)


def test_orders_follow_the_local_day_of_their_region(year: Company) -> None:
    sellers = year.order_buyer.copy()
    sellers[year.order_by_customer] = year.customer_of[sellers[year.order_by_customer]]
    for number, region in enumerate(REGIONS):
        instants = year.order_at[year.region[sellers] == number]
        by_day = [np.mean([8 <= hour < 22 for hour in hours(instants, zone)]) for zone in (region.zone, "Asia/Anadyr")]
        assert by_day[0] > 0.95
        assert by_day[1] < 0.93


def hours(instants: Ints, zone: str) -> list[int]:
    """What the clock says there."""
    clock = ZoneInfo(zone)
    return [datetime.fromtimestamp(at / 1000, UTC).astimezone(clock).hour for at in instants.tolist()]


def test_one_in_ten_orders_of_the_last_five_days_is_late(year: Company) -> None:
    ends = starts_of_months()[1:]
    left = ends[np.searchsorted(ends, year.order_at, side="right")] - year.order_at
    assert left[year.order_late].max() <= 5 * DAY_MS
    assert 0.08 < np.mean(year.order_late[left <= 5 * DAY_MS]) < 0.12
    for end in ends:
        assert year.order_late[(year.order_at < end) & (year.order_at > end - 5 * DAY_MS)].any()


def test_late_orders_and_their_returns_stand_in_files_of_their_own(
    year: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with at most so many rows, in the order in which they can be imported."""
    monkeypatch.setattr(writer, "LATE_ROWS", 400)
    paths = [path for path in write_company(year, tmp_path) if path.stem == "orders"]
    folders = [path.parent.name for path in paths[1:]]
    assert folders == ["late", *(f"late-{number}" for number in range(2, len(folders) + 1))]
    files = [pyarrow.csv.read_csv(path) for path in paths]
    assert all(len(file) <= 400 for file in files[1:])
    ids = [[str(id) for id in file["id"].to_pylist()] for file in files]
    late = {f"O{1 + index:07}" for index in np.flatnonzero(year.order_late).tolist()}
    assert {id for file in ids[1:] for id in file if id.startswith("O")} == late
    assert sum(map(len, ids)) == len({id for file in ids for id in file}) == len(year.order_at) + len(year.return_at)
    known: set[str] = set()
    returned = 0
    for file, here in zip(files, ids, strict=True):
        known.update(here)
        of = {order for order in file["return_of"].to_pylist() if order}
        assert of <= known, "an order is imported before or with its return"
        assert bool(of & late) <= (file is not files[0])
        returned += len(of)
    assert returned == len(year.return_of)


def test_files_are_the_same_however_many_rows_are_written_at_once(
    year: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = write_company(year, tmp_path / "whole")
    monkeypatch.setattr(writer, "ROWS_AT_ONCE", 1_000)
    assert [p.read_bytes() for p in write_company(year, tmp_path / "parts")] == [p.read_bytes() for p in whole]


def test_more_months_than_can_be_open_are_brought_and_count_their_own_orders(year: Company, tmp_path: Path) -> None:
    write_company(year, tmp_path)
    periods = pyarrow.csv.read_csv(tmp_path / "periods.csv")
    assert periods["name"].to_pylist() == list(YEAR)
    assert periods["state"].to_pylist() == ["closed"] * 10 + ["open"] * 2
    found = check_import(read_directory(tmp_path), Stored(), AFTERWARDS)
    assert found.bad_lines == ()
    assert sum(file.new for file in found.files) > 20_000


def test_months_by_name_and_by_both_ends() -> None:
    assert month_names("2026-01,2026-02") == ("2026-01", "2026-02")
    assert month_names("2024-12,2025-11..2026-02") == ("2024-12", "2025-11", "2025-12", "2026-01", "2026-02")
    assert len(YEAR) == 12


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-02..2026-01", "2026-02..2026-01 is 0 months long; give 1 to 24, the earlier first"),
        ("2020-01..2025-12", "2020-01..2025-12 is 72 months long; give 1 to 24, the earlier first"),
        ("2026-01..May", "month 'May' is not written as YYYY-MM"),
        ("1066-10..1066-10", "month '1066-10': give one from 1980 to 2099"),
    ],
)
def test_months_that_are_none(text: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        month_names(text)

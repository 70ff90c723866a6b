"""Rows are completed as they come: how they grow, what was promised of them, and how they read."""

import pytest

from loadtests.growth import exponent
from loadtests.rows import Promise, Row, kept, once
from loadtests.sheet import Sheet
from loadtests.table import conclusions, line_of

PROMISE = Promise(seconds=60, per_second=5_000, peak_mib=1_536)


@pytest.mark.parametrize(("took", "expected"), [(4.0, 0.0), (40.0, 1.0), (400.0, 2.0), (0.4, -1.0)])
def test_growth_is_the_power_of_the_size(took: float, expected: float) -> None:
    """Ten times the people: as long, ten times as long, a hundred times as long, a tenth."""
    assert exponent(10_000, 4.0, 100_000, took) == pytest.approx(expected)


def test_a_row_grows_since_the_largest_smaller_company_of_its_shape() -> None:
    """Not since another shape, nor another row, nor one without a time."""
    sheet = Sheet({}, lambda _line: None)
    for shape, people, took in (
        ("wide", 1_000, 1.0),
        ("chain", 1_000, 1_000.0),
        ("wide", 10_000, 10.0),
        ("wide", 100_000, 1_000.0),
    ):
        sheet.section(shape, people)
        sheet.add(Row("this", p50_ms=took))
        sheet.add(Row("other", p50_ms=None))

    growth = [section.rows[0].growth for section in sheet.sections]

    assert growth == [None, None, pytest.approx(1.0), pytest.approx(2.0)]
    assert all(section.rows[1].growth is None for section in sheet.sections)


@pytest.mark.parametrize(
    ("seconds", "units", "peak", "met"),
    [
        (59, 300_000, 1_500, True),
        (61, 320_000, 1_500, False),
        (59, 290_000, 1_500, False),
        (59, 300_000, 1_600, False),
        (59, 300_000, None, False),
    ],
)
def test_all_that_was_asked_must_be_reached(seconds: float, units: int, peak: float | None, met: bool) -> None:
    """Time, rate and memory; what was not measured was not reached."""
    assert kept(once("this", seconds, units, peak_mib=peak), PROMISE) is met


def test_only_what_was_asked_counts() -> None:
    """A rate or a peak that nobody asked for is no promise."""
    assert kept(once("this", 59), Promise(seconds=60))
    assert kept(Row("this", per_second=5_000), Promise(per_second=5_000))


def test_a_promise_is_of_one_company() -> None:
    """With what was asked, and yes or no."""
    said: list[str] = []
    sheet = Sheet({("this", 1_000, "heavy-tailed"): Promise(seconds=1.5)}, said.append)
    for shape, people in (("heavy-tailed", 100), ("wide", 1_000), ("heavy-tailed", 1_000)):
        sheet.section(shape, people)
        sheet.add(once("this", 1.6))

    assert [row.met for row in sheet.rows] == [None, None, False]
    assert sheet.rows[2].asked == "under 1.5 s"
    assert said[-1].endswith("under 1.5 s: no")


def test_a_promise_in_words() -> None:
    """All of it."""
    assert str(PROMISE) == "under 60 s, 5,000 a second, under 1.5 GiB"


def test_a_line_shows_both_sides_and_their_ratio() -> None:
    """How many times as long the other took."""
    row = Row("downline", 30, 2.0, 3.0, about=1_003, budget_ms=100, beside="PostgreSQL", beside_ms=7.0, growth=0.04)

    assert line_of(row).split() == ["downline", "1,003", "30", "2.00", "3.00", "100", "7.00", "3.5", "0.04"]


def test_what_has_no_time_says_why_where_the_time_would_stand() -> None:
    """No ratio then."""
    assert line_of(Row("legs", 1, 2.0, 2.0, beside_words="over 20 s")).split() == [
        "legs",
        "1",
        "2.00",
        "2.00",
        "over",
        "20",
        "s",
    ]
    assert line_of(Row("legs", words="too large")).split() == ["legs", "too", "large"]


def test_json_holds_what_is_known() -> None:
    """And no empty cells."""
    row = Row("legs", 30, 2.0, 3.0, beside="PostgreSQL", beside_ms=7.0, met=False, asked="under 1 s")

    assert row.as_json() == {
        "what": "legs",
        "calls": 30,
        "p50_ms": 2.0,
        "p95_ms": 3.0,
        "beside": "PostgreSQL",
        "beside_ms": 7.0,
        "ratio": 3.5,
        "asked": "under 1 s",
        "met": False,
    }


def test_conclusions_name_what_was_missed() -> None:
    """Budgets and promises; else that all is well."""
    slow = Row("procedures/tally", 10, 90.0, 101.0, budget_ms=100)
    quick = Row("procedures/legs", 10, 90.0, 99.0, budget_ms=100)
    missed = Row("import", 1, 1.0, 1.0, asked="under 90 s", met=False)
    reached = Row("doctor", 1, 1.0, 1.0, asked="under 60 s", met=True)

    assert conclusions([slow, quick, missed, reached], 7) == [
        "over budget: procedures/tally",
        "2 of 7 promises measured, not kept: import (under 90 s)",
    ]
    assert conclusions([Row("orders", 1, 1.0, 1.0)], 7) == []
    assert conclusions([quick, reached], 7) == [
        "every procedure is within its budget",
        "1 of 7 promises measured, all kept",
    ]

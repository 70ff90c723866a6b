"""Openings and statements of a former system: which periods they may be of, and what counts as stored."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from app.facts.commands import PastLine, PastStatement
from app.imports.models import Kind, Stored, StoredDistributor, StoredOpening
from app.periods.calendars import number_of
from tests.unit.imports.directories import COMPANY, EMPTY, OPEN, bad_lines, ms, plan, write

TOP = StoredDistributor("Top", "", ms("2025-01-01T00:00:00Z"), "active", "Top", "", "")
KNOWN = replace(EMPTY, distributors={"Top": TOP})
PERIODS = [f"monthly,2025-{month},UTC,closed,," for month in (11, 12)]
WEEKS = [f"weekly,2026-W0{week},UTC,closed,," for week in (2, 3)]


@pytest.mark.parametrize(
    ("openings", "periods", "told"),
    [
        (["2026-01"], [*PERIODS, "monthly,2026-01,UTC,open,,"], []),
        (["2026-01"], PERIODS, []),
        (["2025-12"], PERIODS, []),
        (["2062-01"], PERIODS, ["2 period: unknown period: '2062-01' (bring it in periods, or open it)"]),
        (["2025-10"], PERIODS, ["2 period: unknown period: '2025-10' (bring it in periods, or open it)"]),
        (["2026-02"], PERIODS, ["2 period: unknown period: '2026-02' (bring it in periods, or open it)"]),
        (
            ["2025-12", "2025-11", "2025-12"],
            PERIODS,
            ["3 period: another period than the other openings: '2025-11' (2025-12 is theirs)"],
        ),
        (["2026-W03", "2025-12"], [*PERIODS, *WEEKS], []),
        (["2026-W04"], [*PERIODS, *WEEKS], []),
        (["2026-W02", "2026-W02"], [*PERIODS, *WEEKS], []),
        (["2026-W05"], [*PERIODS, *WEEKS], ["2 period: unknown period: '2026-W05' (bring it in periods, or open it)"]),
        (
            ["2026-01-20"],
            [*PERIODS, *WEEKS],
            ["2 period: unknown period: '2026-01-20' (bring it in periods, or open it)"],
        ),
        (
            ["2026-W03", "2026-01", "2026-W02"],
            [*PERIODS, *WEEKS],
            ["4 period: another period than the other openings: '2026-W02' (2026-W03 is theirs)"],
        ),
        (
            ["2026-W04"],
            [*PERIODS, WEEKS[0], WEEKS[1].replace("closed", "open")],
            ["2 period: an earlier period stays open: '2026-W04' (no run here pays 2026-W03; bring it closed)"],
        ),
        (
            ["2026-02"],
            ["monthly,2026-01,UTC,open,,"],
            ["2 period: an earlier period stays open: '2026-02' (no run here pays 2026-01; bring it closed)"],
        ),
    ],
)
def test_the_month_of_openings(tmp_path: Path, openings: list[str], periods: list[str], told: list[str]) -> None:
    rows = [f"{who},{month},1,,," for who, month in zip(("Top", "Amy", "Bob"), openings, strict=False)]
    files: dict[Kind, list[str]] = {**COMPANY, "orders": [], "periods": periods, "openings": rows}
    assert bad_lines(write(tmp_path / "in", files), Stored()) == [f"openings.csv:{line}" for line in told]


def test_the_month_of_openings_beside_what_is_stored(tmp_path: Path) -> None:
    """One for everybody, and no month that is kept here comes before it."""
    [_, january] = OPEN
    folder = write(tmp_path / "in", {"openings": ["Top,2026-01,,,-15.00,"]})
    assert bad_lines(folder, KNOWN) == [
        "openings.csv:2 period: an earlier period is kept here: '2026-01' (the run of 2025-12 says what comes after it)"
    ]
    assert bad_lines(folder, replace(KNOWN, paid={"monthly": (202512,)})) == [
        "openings.csv:2 period: a run is committed already: '2026-01' (2025-12 has one, which carries on)"
    ]
    assert bad_lines(folder, replace(KNOWN, periods=(january,))) == []
    assert bad_lines(folder, replace(KNOWN, periods=(january,), opens={"monthly": 202602})) == [
        "openings.csv:2 period: another period than the other openings: '2026-01' (2026-02 is theirs)"
    ]
    again = {("Top", "2026-01"): StoredOpening(0, 0, -1_500, "")}
    assert bad_lines(folder, replace(KNOWN, openings=again, opens={"monthly": 202601})) == [], (
        "stored ones are unchanged"
    )


def test_a_statement_of_the_former_system_is_of_a_period_that_is_over(tmp_path: Path) -> None:
    rows = [f"Top,{month},Team,1,EUR," for month in ("2025-12", "2026-01", "2026-02", "2026-03", "2062-01")]
    folder = write(tmp_path / "in", {"past_statements": rows})
    over = "the period is not over: '{}' (a statement that is taken over is final)"
    late = [
        f"past_statements.csv:{line} period: {over.format(month)}" for line, month in ((5, "2026-03"), (6, "2062-01"))
    ]
    assert bad_lines(folder, KNOWN) == late
    paid = "a run is committed already: '{}' (2026-01 has one, and from there on runs make the statements)"
    assert bad_lines(folder, replace(KNOWN, paid={"monthly": (202601,)})) == [
        f"past_statements.csv:{line} period: {paid.format(month)}"
        for line, month in ((3, "2026-01"), (4, "2026-02"), (5, "2026-03"), (6, "2062-01"))
    ]


def statements_of(*periods: str) -> dict[Kind, list[str]]:
    return {"past_statements": [f"Top,{period},Team,1,EUR," for period in periods]}


def test_a_statement_may_be_of_any_calendar(tmp_path: Path) -> None:
    """Four weeks that begin with another week than those that are paid here are told apart by their days."""
    files = statements_of("2026-W08", "2026-W09", "2026-02-28", "2026-03-01", "2026-W05-W08", "2026-W06-W09")
    assert bad_lines(write(tmp_path / "in", files), KNOWN) == [
        f"past_statements.csv:{line} period: the period is not over: '{name}' (a statement that is taken over is final)"
        for line, name in ((3, "2026-W09"), (5, "2026-03-01"), (7, "2026-W06-W09"))
    ]
    paid = {"weekly": (number_of("2026-W08"),), "four_weeks": (number_of("2026-W05-W08"),)}
    files = statements_of("2026-W07", "2026-W08", "2026-W09", "2025-W50-W01", "2026-W03-W06", "2026-02-28")
    assert bad_lines(write(tmp_path / "in", files), replace(KNOWN, paid=paid)) == [
        f"past_statements.csv:{line} period: a run is committed already: '{name}' ({first} has one, and from there on "
        "runs make the statements)"
        for line, name, first in (
            (3, "2026-W08", "2026-W08"),
            (4, "2026-W09", "2026-W08"),
            (6, "2026-W03-W06", "2026-W05-W08"),
        )
    ]


def test_statements_of_one_person_and_two_calendars_are_two(tmp_path: Path) -> None:
    """Though the month and the four weeks have the same number."""
    month, four_weeks = "2007-01", "2023-W41-W44"
    assert number_of(month) == number_of(four_weeks)
    planned = plan(write(tmp_path / "in", statements_of(month, four_weeks, month)), KNOWN)
    told = [(one.key, one.command) for one in planned.commands]
    line = PastLine(100, "Team", "")
    assert told == [
        ("import:statement:Top:2023-W41-W44", PastStatement("Top", 200701, "EUR", (line,), "four_weeks")),
        ("import:statement:Top:2007-01", PastStatement("Top", 200701, "EUR", (line, line), "monthly")),
    ]


def test_a_stored_statement_takes_no_further_line_like_one_it_has(tmp_path: Path) -> None:
    row = "Top,2025-12,Team,1.00,EUR,"
    twice = Counter({("Team", 100, "EUR", ""): 2})
    stored = replace(KNOWN, past_statements={("Top", "2025-12"): twice})
    planned = plan(write(tmp_path / "in", {"past_statements": [row, row]}), stored)
    assert (planned.bad_lines, planned.commands, planned.files[0].unchanged) == ((), [], 2)
    [line] = bad_lines(write(tmp_path / "in", {"past_statements": [row, row, row]}), stored)
    assert line == (
        "past_statements.csv:4 amount: stored with other values: '1.00' (that statement has no such further line)"
    )

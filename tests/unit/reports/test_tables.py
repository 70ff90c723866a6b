"""Reports of ugly companies against sums that the oracle's lines give one by one; tables, CSV and charts of them."""

import csv
import io
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from app.amounts import from_minor
from app.blobs.store import DirectoryBlobs
from app.engine.models import Snapshot
from app.periods.models import Period
from app.plans.loader import library, load_plan
from app.plans.models import Plan
from app.reports.chart import report_svg
from app.reports.models import MOST_ROWS, MOVERS, Report
from app.reports.stored import StoredRun
from app.reports.tables import REPORTS, most_moved, movers, share_of
from app.reports.text import table_csv, table_lines
from app.runs.calculation import run_of, work_out
from app.runs.models import Taken
from tests.unit.engine.companies import snapshot
from tests.unit.oracle.both import Both, run_both
from tests.unit.oracle.ugly import cases

REGIONS = ("", "EU", "<b>&\"'", "=1+1", "Asia\x00")
AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as made:
        yield Path(made)


def stored(snapshot: Snapshot, plan: Plan, blobs: DirectoryBlobs, regions: list[str] | None = None) -> StoredRun:
    """A run as it would be stored, without a graph."""
    count = len(snapshot.people)
    period = Period("monthly", 202601, "2026-01", "UTC", AT, AT, None, "placed", "closed", (1, 9), None)
    orders = [f"O{row}" for row in range(len(snapshot.orders))]
    given_regions = regions or [REGIONS[ix % len(REGIONS)] for ix in range(count)]
    taken = Taken(snapshot, [f"D{ix}" for ix in range(count)], given_regions, np.ones(count, np.bool_), orders, 9)
    calculated = work_out(taken, plan, blobs)
    return StoredRun(run_of(calculated, period, plan, code_version="1", calculated_at=AT), blobs)


def summed(pairs: Iterator[tuple[Any, int]]) -> dict[Any, int]:
    sums: dict[Any, int] = defaultdict(int)
    for key, value in pairs:
        sums[key] += value
    return {key: value for key, value in sums.items() if value}


def told(report: Report, column: str, labels: int = 1) -> dict[Any, int]:
    """What a report says in a column, by the label of the row; nothings left out."""
    at = report.column(column)
    return {row[0] if labels == 1 else row[:labels]: row[at] for row in report.rows if row[at]}  # type: ignore[misc]


def assert_adds_up(report: Report) -> None:
    rows = [*report.rows, *([report.rest] if report.rest else [])]
    for at, column in enumerate(report.columns):
        if column.kind == "amount" and column.name != "cv":
            assert sum(int(row[at] or 0) for row in rows) == report.total[at], (report.name, column.name)


@settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(case=cases(2))
def test_reports_are_what_the_oracle_adds_up(folder: Path, case: tuple[Plan, list[Snapshot]]) -> None:
    plan, (before, after) = case
    blobs = DirectoryBlobs(folder)
    both, run = run_both(after, plan), stored(after, plan, blobs)
    reports = {name: make(run) for name, make in REPORTS.items()}
    assert_totals(both, reports)
    assert_groups(both, plan, reports)
    earlier = run_both(before, plan)
    told_movers = movers(run, stored(before, plan, blobs), {})
    assert_adds_up(told_movers)
    change = {f"D{ix}": now - was for ix, (was, now) in enumerate(zip(paid(earlier), paid(both), strict=True))}
    assert told(told_movers, "change") == {id: moved for id, moved in change.items() if moved}
    assert told_movers.total[2:] == (earlier.oracle.amount, both.oracle.amount, sum(change.values()))
    for report in [*reports.values(), told_movers]:
        assert ElementTree.fromstring(report_svg(report)).tag.endswith("svg")
        assert [*table_lines(report)]
        assert len(list(csv.reader(io.StringIO(table_csv(report))))) == len(report.rows) + bool(report.rest) + 2


def paid(both: Both) -> list[int]:
    return [sum(each) for each in zip(*both.oracle.by_person, strict=True)]


def assert_totals(both: Both, reports: dict[Any, Report]) -> None:
    """By bonus, by reason, and the share: line by line of the oracle."""
    oracle, names = both.oracle, [bonus.name for bonus in both.plan.bonuses]
    for report in reports.values():
        assert_adds_up(report)
        if "amount" in [column.name for column in report.columns]:
            assert report.total[report.column("amount")] == oracle.amount
    report = reports["bonuses"]
    assert told(report, "lines") == summed((names[line.bonus], 1) for line in oracle.lines)
    assert told(report, "before_cap") == summed((names[line.bonus], line.raw) for line in oracle.lines)
    assert told(report, "amount") == summed((names[line.bonus], line.amount) for line in oracle.lines)
    assert told(report, "breakage") == summed((names[miss.bonus], miss.breakage) for miss in oracle.misses)
    earners = {name: sum(amount != 0 for amount in row) for name, row in zip(names, oracle.by_person, strict=True)}
    assert told(report, "earners") == {name: count for name, count in earners.items() if count}
    for column, value in (
        ("misses", lambda _: 1),
        ("forgone", lambda m: m.forgone),
        ("breakage", lambda m: m.breakage),
    ):
        by_reason = summed(((names[miss.bonus], miss.reason.lower()), value(miss)) for miss in oracle.misses)
        assert told(reports["breakage"], column, labels=2) == by_reason
    share = reports["payout"].total[3]
    if oracle.cv > 0:
        assert share == round(Fraction(oracle.amount * 10_000, oracle.cv)), "Python rounds half to even as well"
    else:
        assert share is None


def assert_groups(both: Both, plan: Plan, reports: dict[Any, Report]) -> None:
    """By rank and region: person by person."""
    oracle = both.oracle
    ranks = [None if rank < 0 else plan.rank_names[rank] for rank in oracle.pay_rank]
    regions = [REGIONS[ix % len(REGIONS)] or None for ix in range(len(ranks))]
    for name, group in (("ranks", ranks), ("regions", regions)):
        report = reports[name]
        assert told(report, "people") == summed((label, 1) for label in group)
        assert told(report, "earners") == summed(
            (label, int(amount != 0)) for label, amount in zip(group, paid(both), strict=True)
        )
        assert told(report, "amount") == summed(zip(group, paid(both), strict=True))
        assert told(report, "breakage") == summed((group[miss.person], miss.breakage) for miss in oracle.misses)
    amounts = [int(row[3] or 0) for row in reports["regions"].rows]
    assert amounts == sorted(amounts, reverse=True)


def test_who_moved_most_is_told_and_the_others_are_added_up() -> None:
    change = np.zeros(1_000, np.int64)
    change[100:200], change[300:330], change[400] = np.arange(1, 101), -np.arange(1, 31), 100
    shown = most_moved(change).tolist()
    assert len(shown) == 2 * MOVERS
    assert shown[:3] == [199, 400, 198], "of equal ones the smaller ix first"
    assert shown[MOVERS : MOVERS + 2] == [329, 328]
    assert most_moved(np.array([0, 5, 0], np.int64)).tolist() == [1], "who did not move is in no row"
    assert most_moved(np.zeros(0, np.int64)).tolist() == []


@pytest.mark.parametrize(
    ("amount", "volume", "share"),
    [(1, 3, 3333), (1, 20_000, 0), (3, 20_000, 2), (-1, 3, -3333), (5, 0, None), (5, -2, None), (2**62, 2**62, 10_000)],
)
def test_a_share_is_rounded_once(amount: int, volume: int, share: int | None) -> None:
    assert share_of(amount, volume) == share


@pytest.mark.parametrize(
    ("amount", "volume", "cap", "share"),
    [(45, 100, "0.5", 9_000), (45, 100, "0.4", 11_250), (1, 3, "0.07", 47_619), (5, 100, "0", None)],
)
def test_a_share_of_a_cap_is_rounded_once(amount: int, volume: int, cap: str, share: int | None) -> None:
    assert share_of(amount, volume, Decimal(cap)) == share


def test_the_payout_is_told_beside_the_plans_cap(folder: Path) -> None:
    free, blobs = load_plan(library()["sample"]), DirectoryBlobs(folder)
    company = snapshot([-1, 0, 1], [(ix, ix, 50_000) for ix in range(3)])
    open_end = REPORTS["payout"](stored(company, free, blobs))
    capped = REPORTS["payout"](stored(company, free.model_copy(update={"payout_cap": Decimal("0.03")}), blobs))
    assert [column.name for column in open_end.columns] == ["bonus", "amount", "cv", "share"]
    assert [column.name for column in capped.columns] == ["bonus", "amount", "cv", "share", "share_of_cap"]
    assert [row[:4] for row in capped.rows] == open_end.rows, "it is measured, and no line is cut"
    assert capped.total[3:] == (400, 13_333), "60.00 of 1,500.00: more than the 45.00 that the cap allows"
    assert table_csv(capped).splitlines()[-1].endswith(",4.00,133.33")
    assert next(iter(table_lines(capped))).startswith("Payout as a share of volume, and of the cap of 3 % of it")


def test_regions_beyond_the_limit_are_one_row(folder: Path) -> None:
    count, blobs = MOST_ROWS + 7, DirectoryBlobs(folder)
    orders = [(ix, ix, 10_000 + ix) for ix in range(count)]
    company = snapshot([-1, *[0] * (count - 1)], orders)
    report = REPORTS["regions"](
        stored(company, load_plan(library()["sample"]), blobs, [f"R{ix}" for ix in range(count)])
    )
    assert (len(report.rows), report.left_out) == (MOST_ROWS, 7)
    assert report.rest is not None
    assert report.total[1:3] == (count, report.run.earners)
    assert report.total[3] == report.run.amount > 0
    assert_adds_up(report)
    assert list(csv.reader(io.StringIO(table_csv(report))))[-2][0] == "rest"
    assert any(line.startswith("7 others") for line in table_lines(report))


def test_what_people_are_called_is_no_markup_and_no_formula(folder: Path) -> None:
    plan, blobs = load_plan(library()["sample"]), DirectoryBlobs(folder)
    some, more = (
        snapshot([-1, 0], [(0, 0, 10_000), (1, 1, 10_000)]),
        snapshot([-1, 0, 1], [(ix, ix, 50_000) for ix in range(3)]),
    )
    odd = {0: '=<script>alert("&")</script>', 1: "Zo\u00eb \x0b\ud800'"}
    report = movers(stored(more, plan, blobs), stored(some, plan, blobs), odd)
    assert report.rows, "somebody moved"
    drawn = ElementTree.fromstring(report_svg(report))
    assert not [each for each in drawn.iter() if each.tag.endswith("script")]
    described = next(each.text or "" for each in drawn.iter() if each.tag.endswith("desc"))
    for row in report.rows:
        name = odd.get(int(str(row[0])[1:]), "").replace("\x0b", "\ufffd").replace("\ud800", "\ufffd")
        assert name in described
        assert f"{from_minor(int(row[4] or 0))} {report.currency}" in described
    cells = list(csv.reader(io.StringIO(table_csv(report))))
    assert [row[2] for row in cells if row[1] == "D0"] == ["'" + odd[0]]
    below = movers(stored(some, plan, blobs), stored(more, plan, blobs), odd)
    assert below.total[2:] == (report.total[3], report.total[2], -int(report.total[4] or 0))

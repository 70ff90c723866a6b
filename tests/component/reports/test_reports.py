"""Reports of the runs of an imported company, two months of it, as they stand in the graph and the blobs."""

import csv
import re
from contextlib import suppress
from pathlib import Path
from typing import get_args

import pytest

from app.amounts import from_minor
from app.demo.commit import commit_with_two
from app.plans.loader import library, load_plan
from app.reports.models import NoEarlierRunError, Report, ReportName
from app.reports.text import table_csv, table_lines
from app.runs.errors import NoRunError, NoStatementError, OtherCurrencyError
from app.runs.models import Run
from app.wiring import House
from tests.component.conftest import MONTHS

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("imported")]


async def paid(house: House, month: str, plan: str = "sample", *, commit: bool = True) -> Run:
    run = await house.runs.calculate(month, load_plan(library()[plan]))
    if commit:
        await house.periods.close(month, key=f"close {month}", actor="test")
        run = await house.runs.calculate(month, load_plan(library()[plan]))
        await commit_with_two(house, run.id)
    return await house.runs.get(run.id)


def amounts(report: Report, column: str) -> int:
    at = report.column(column)
    return sum(int(row[at] or 0) for row in [*report.rows, *([report.rest] if report.rest else [])])


async def test_every_report_adds_up_to_its_run(house: House, tmp_path: Path) -> None:
    january = await paid(house, "2026-01")
    february = await paid(house, "2026-02")
    reports = {name: await house.reports.report(february.id, name) for name in get_args(ReportName)}
    for name in ("bonuses", "ranks", "regions", "payout", "movers"):
        assert amounts(reports[name], "amount") == february.amount > 0
    for name in ("bonuses", "ranks", "regions", "breakage"):
        assert amounts(reports[name], "breakage") == february.breakage > 0
    assert amounts(reports["ranks"], "people") == amounts(reports["regions"], "people") == february.people
    assert reports["movers"].before == january
    assert amounts(reports["movers"], "before") == january.amount
    assert amounts(reports["movers"], "change") == february.amount - january.amount
    await regions_are_those_of_the_files(house, reports["regions"], tmp_path / "company")

    for row in reports["movers"].rows:
        id, before, amount = str(row[0]), row[2], row[3]
        statements = [await house.statements.statement(id, month) for month in MONTHS]
        assert [statement.amount for statement in statements] == [before, amount]
    told = "\n".join(table_lines(reports["movers"]))
    assert f"{from_minor(february.amount):,}" in told
    assert re.search(r"others +", told), "more than fifty people have pay"
    assert table_csv(reports["ranks"]).splitlines()[0] == "row,rank,people,earners,amount,breakage"


async def regions_are_those_of_the_files(house: House, report: Report, company: Path) -> None:
    """The regions of the import files, person by person, and what their statements pay them."""
    with (company / "distributors.csv").open(newline="") as file:
        region = {row["id"]: row["region"] or None for row in csv.DictReader(file)}
    expected = dict.fromkeys(region.values(), 0)
    for id, where in region.items():
        with suppress(NoStatementError):  # of somebody who joined later
            expected[where] += (await house.statements.statement(id, "2026-02")).amount
    assert {row[0]: row[3] for row in report.rows} == expected


async def test_movers_need_a_run_to_move_against(house: House) -> None:
    january = await paid(house, "2026-01", commit=False)
    with pytest.raises(NoEarlierRunError, match="no period before"):
        await house.reports.report(january.id, "movers")
    plan = load_plan(library()["sample"])
    levels_alone = plan.model_copy(update={"bonuses": plan.bonuses[:1]})
    other = await house.runs.calculate("2026-01", levels_alone)
    moved = await house.reports.report(january.id, "movers", before=other.id)
    assert amounts(moved, "before") == other.amount != january.amount
    with pytest.raises(NoRunError):
        await house.reports.report("2026-01-none", "bonuses")
    dollars = await paid(house, "2026-01", "g7-unilevel", commit=False)
    with pytest.raises(OtherCurrencyError):
        await house.reports.report(january.id, "movers", before=dollars.id)

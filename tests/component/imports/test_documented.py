"""docs/import-format.md is true: its example can be imported, its columns are those, its figures are those."""

import re
from pathlib import Path

import neo4j
import numpy as np
import pytest

from app.generator import Company, CompanySpec, generate
from app.graph import GraphDatabase
from app.imports.models import COLUMNS, MAX_BAD_LINES, MAX_ROWS
from tests.component.imports.conftest import importer
from tests.component.imports.whole_graph import counts
from tests.component.volumes.company import TestClock

DAY_MS = 86_400_000
TEXT = (Path(__file__).parents[3] / "docs" / "import-format.md").read_text()


@pytest.mark.anyio
async def test_the_example_can_be_imported(graph: GraphDatabase, driver: neo4j.Driver, tmp_path: Path) -> None:
    files = re.findall(r"`(\w+\.csv)`\n\n```csv\n(.*?)```", TEXT, re.DOTALL)
    assert [name for name, _ in files] == [f"{kind}.csv" for kind in COLUMNS]
    for name, content in files:
        (tmp_path / name).write_text(content)
    report = await importer(graph, TestClock(2026, 3, 1))(tmp_path)
    assert [str(line) for line in report.bad_lines] == []
    assert {"distributors": 4, "customers": 1, "edges": 9}.items() <= counts(driver).items()


def test_columns_and_limits() -> None:
    for kind, columns in COLUMNS.items():
        table = TEXT.partition(f"### {kind}\n")[2].partition("\n#")[0]
        cells = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        assert [name for cell in cells for name in re.findall(r"`(\w+)`", cell)] == list(columns)
    assert f"Up to {MAX_ROWS:,} rows" in TEXT
    assert f"The first {MAX_BAD_LINES:,} are told" in TEXT


def test_the_shape_of_a_generated_company() -> None:
    company = generate(CompanySpec(10_000, 7))
    recruits = np.bincount(company.sponsor[1:], minlength=10_000)
    busiest = np.sort(recruits)[-100:].sum() / 10_000
    bought = [share_of_buyers(company, month) for month in ("2026-01", "2026-02")]
    shape = " ".join(TEXT.partition("## The shape")[2].split())
    for figure in (
        f"one has {recruits.max()}, the hundred busiest brought {busiest:.0%}".replace("%", " %"),
        f"[{bought[0]:.0f} and {bought[1]:.0f} % of the active distributors",
        f"median 60 [{np.median(company.order_pv) / 100:.0f}]",
        f"of the orders [{100 * len(company.return_of) / len(company.order_at):.1f} %]",
        f"last five days [{100 * company.order_late.mean():.1f} % of all]",
    ):
        assert figure in shape
    assert 0.65 < np.mean(recruits == 0) < 0.68, "two thirds have none"
    assert 0.50 < np.mean(company.enrolled_at > company.enrolled_at[-1] - 365 * DAY_MS) < 0.56, "half in the last year"
    assert (company.title == np.digitize(recruits, (1, 3, 8, 20))).all()
    assert (company.return_at - company.order_at[company.return_of]).max() < 10 * DAY_MS
    assert set(np.unique(company.order_cv * 10 // company.order_pv).tolist()) <= {5, 6, 7, 8, 9, 10}


def share_of_buyers(company: Company, month: str) -> float:
    """Percent of the active distributors who order in a month."""
    in_month = company.order_at.astype("datetime64[ms]").astype("datetime64[M]") == np.datetime64(month)
    buyers = np.unique(company.order_buyer[in_month & ~company.order_by_customer])
    return 100 * len(buyers) / int(np.sum(company.status == 0))

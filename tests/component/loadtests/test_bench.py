"""A tiny bench from end to end: one company on the servers of the tests, one built offline on servers of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app.graph import GraphDatabase
from app.runtime import Endpoints
from app.settings import Settings
from app.wiring import open_house
from loadtests import beside, matrix, placing, postgres, postgres_server, questions
from loadtests.bench import report_of
from loadtests.conductor import Conductor
from loadtests.engine_alone import plans, row_of
from loadtests.filling import Servers
from loadtests.plan import PARTS, Plan
from loadtests.postgres_server import SETTINGS
from loadtests.sheet import Sheet
from loadtests.table import conclusions
from loadtests.timing import DifferentAnswerError
from loadtests.watch import Watch

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests share their machine."""
    monkeypatch.setattr(postgres_server, "SETTINGS", SETTINGS | {"shared_buffers": "64MB"})
    for part in (placing, matrix):
        monkeypatch.setattr(part, "AT_ONCE", 8)


async def run(plan: Plan, servers: Servers, folder: Path, lines: list[str]) -> dict[str, Any]:
    """The report; what is shown meanwhile goes into `lines`."""

    @asynccontextmanager
    async def given() -> AsyncIterator[Servers]:
        yield servers

    sheet, watch = Sheet({}, lines.append), Watch(lines.append)
    conductor = Conductor(plan, sheet, watch, folder, lines.append)
    await conductor.run(given())
    lines += conclusions(sheet.rows, 7)
    return report_of(sheet, watch, conductor.postgres)


async def test_a_bench_fills_measures_compares_and_reports(
    graph: GraphDatabase, test_settings: Settings, endpoints: Endpoints, tmp_path: Path
) -> None:
    """Every part of one company, and the parts that every shape has of one that was built offline."""
    lines: list[str] = []
    plan = Plan(((200, ("heavy-tailed",)), (210, ("wide",))), frozenset(PARTS), 2, (300, 1_000), most_live=200)
    async with open_house(test_settings, endpoints) as house:
        report = await run(plan, (house, endpoints), tmp_path, lines)

    heavy, wide, *engine = report["companies"]
    live, offline = ({row["what"]: row for row in company["rows"]} for company in (heavy, wide))
    for what in (
        "generate, and write files",
        "live import, into an empty company",
        "live import of the last tenth, while somebody reads",
        "procedures/downline_binary",
        "procedures/downline_binary, a later page",
        "procedures/downline_sponsor, a filtered page",
        "binary: list of those below, 100",
        "pay, beside a plain Python loop",
        "pay, beside SQL",
        "orders at once",
        "procedures/open_slots_matrix",
        "place in the matrix by first_open, one at a time",
        "enrol by first_open, one at a time",
        "8 enrol by lighter_by_people at once",
        "run: close to committed statements",
        "run: the engine of it, on one core",
        "run: its snapshot, read while somebody writes",
        "binary: move of somebody by lighter_by_people",
        "sponsor: move of one person alone",
        "binary: move of one person alone",
        "termination with promotion, in every tree",
        "enrol over Bolt: asking",
        "place over Bolt: until it is a fact, and the caller knows",
        "move over Bolt: until it is a fact, and the caller knows",
        "first statements of a run",
        "one statement with its reasons, of the best paid and anybody",
        "statements of everybody written: totals into the graph, lines as Parquet",
        "report of a run: bonuses",
        "report of a run: movers",
        "what-if: another plan beside a run",
        "what-if: a planned move beside a run",
        "dashboard, cold",
        "dashboard, cached",
        "export of a downline as parquet",
        "banyan doctor",
        "volumes within 5 levels: of somebody, in every tree",
    ):
        assert live[what]["p50_ms"] > 0, what
        assert any(line.startswith(what) for line in lines)
    assert live["procedures/downline_binary"]["budget_ms"] == 100
    assert live["run: its snapshot, read while somebody writes"]["words"].endswith("a second were written beside it")
    imported = offline["offline import: the company can be used after"]
    assert imported["p50_ms"] < offline["offline import: all indexes are filled after"]["p50_ms"]
    assert imported["about"] > 2 * 210
    assert imported["peak_mib"] > 50
    assert {
        "enrol by outside_left, one at a time",
        "procedures/tally",
        "pay, beside a plain Python loop",
    } < offline.keys()
    for company in engine:
        assert [row["what"] for row in company["rows"]] == [row_of(structure) for structure in plans()]
        assert all(row["p50_ms"] > 0 and row["peak_mib"] > 50 for row in company["rows"])
        assert all(row["beside_ms"] > 0 for row in company["rows"][:-1])
    for what in ("reading legs beside the import", "reading legs beside the export"):
        assert live[what]["calls"] > 0
    for row in (live["binary: list of those below, 100"], offline["binary: list of those below, 100"]):
        assert row.get("beside_words") == "not installed" or row["beside_ms"] > 0
    assert {"commit", "neo4j", "numpy", "pyarrow", "python", "postgresql"} <= report["versions"].keys()
    assert {"cores", "kernel", "memory_gib", "processor"} <= report["machine"].keys()
    assert not list(tmp_path.iterdir())


async def test_a_wrong_answer_ends_the_bench(
    graph: GraphDatabase, test_settings: Settings, endpoints: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No time of a wrong answer is ever shown."""
    right = questions.answer_of
    monkeypatch.setattr(beside, "answer_of", lambda trees, question: right(trees, question) + 1)
    lines: list[str] = []
    plan = Plan(((120, ("chain",)),), frozenset({"postgres"}), 2, ())
    async with open_house(test_settings, endpoints) as house:
        with pytest.raises(DifferentAnswerError, match="sponsor: people and volume below, 100: expected"):
            await run(plan, (house, endpoints), tmp_path, lines)

    assert not any("people and volume" in line for line in lines)


async def test_where_postgres_is_not_installed_rows_say_so(
    graph: GraphDatabase, test_settings: Settings, endpoints: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our side is measured all the same."""
    monkeypatch.setattr(postgres, "find_postgres", lambda: postgres_server.NOT_INSTALLED)
    lines: list[str] = []
    plan = Plan(((120, ("chain",)),), frozenset({"postgres"}), 2, ())
    async with open_house(test_settings, endpoints) as house:
        report = await run(plan, (house, endpoints), tmp_path, lines)

    assert report["versions"]["postgresql"] == postgres_server.NOT_INSTALLED
    asked = [row for row in report["companies"][0]["rows"] if "beside_words" in row]
    assert {row["beside_words"] for row in asked} == {"not installed"}
    assert all(row["p50_ms"] > 0 for row in asked)

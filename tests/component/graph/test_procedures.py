"""Procedure files become callable by their installed names, and only right ones do."""

import contextlib
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from app.graph import GraphDatabase, QueryFailedError, StatementLibrary, open_graph
from app.graph.database import QueryEvent
from app.graph.procedures import InstallReport, ProcedureInstaller
from app.graph.statements import CYPHER_ROOT
from app.runtime import Endpoints
from app.settings import Settings

pytestmark = pytest.mark.anyio

TWICE = """// name: twice
// mode: READ
// description: doubles numbers
// param: factor :: INTEGER = 2 by how much
// param: word :: STRING = 'none' a text default
// param: numbers :: LIST OF INTEGER = [] what to multiply
// output: products :: LIST OF INTEGER in the order given
// output: word_out :: STRING as given
RETURN [nn IN $numbers | nn * $factor] AS products, $word AS word_out
"""
JOIN = """// name: join
// mode: WRITE
// description: adds a customer
// param: id :: STRING the customer's id
// output: id :: STRING as stored
// output: at :: ZONED DATETIME when
CREATE (c:Customer {id: $id, registered_at: datetime()}) RETURN c.id AS id, c.registered_at AS at
"""

Install = Callable[[dict[str, str]], contextlib.AbstractAsyncContextManager[tuple[GraphDatabase, InstallReport]]]


@pytest.fixture
async def install(graph: GraphDatabase, endpoints: Endpoints, test_settings: Settings, tmp_path: Path) -> Install:
    """Installs exactly the given files; before it, none is left."""

    @contextlib.asynccontextmanager
    async def installing(files: dict[str, str]) -> AsyncIterator[tuple[GraphDatabase, InstallReport]]:
        root = tmp_path / "cypher"
        write_library(root, files)
        async with open_graph(
            endpoints.neo4j_url,
            endpoints.neo4j_user,
            endpoints.neo4j_password,
            test_settings.neo4j,
            library=StatementLibrary.load(root),
        ) as db:
            yield db, await ProcedureInstaller(db).install()

    async with installing({}):
        pass
    return installing


def write_library(root: Path, files: dict[str, str]) -> None:
    for folder in (root / "procedures", root / "queries" / "graph"):
        folder.mkdir(parents=True, exist_ok=True)
    for path in (root / "procedures").iterdir():
        path.unlink()
    for path in (CYPHER_ROOT / "queries" / "graph").glob("*.cypher"):
        (root / "queries" / "graph" / path.name).write_text(path.read_text())
    for name, text in files.items():
        (root / "procedures" / f"{name}.cypher").write_text(text)


async def call(db: GraphDatabase, text: str) -> list[list[object]]:
    return (await db.adhoc(text, timeout_s=10, max_rows=10, max_bytes=10_000)).rows


async def call_until_it_fails(db: GraphDatabase, text: str) -> None:
    """APOC forgets a dropped procedure at its next refresh; pytest's own timeout bounds the wait."""
    while True:
        await call(db, text)


async def test_a_file_is_callable_by_its_installed_name(install: Install) -> None:
    async with install({"twice": TWICE, "join": JOIN}) as (db, report):
        assert report == InstallReport(installed=("join", "twice"))
        assert await call(db, "CALL custom.genealogy.twice(3, 'w', [1, 2])") == [[[3, 6], "w"]]
        assert await call(db, "CALL custom.genealogy.twice()") == [[[], "none"]]
        await db.run_script("test", ["CALL custom.genealogy.join('C1')"])
        assert await call(db, "MATCH (c:Customer) RETURN c.id") == [["C1"]]


async def test_installing_again_asks_twice_and_writes_nothing(install: Install) -> None:
    async with install({"twice": TWICE}) as (db, _):
        seen: list[QueryEvent] = []
        db.observer = seen.append
        assert await ProcedureInstaller(db).install() == InstallReport(unchanged=("twice",))
        assert [event.name for event in seen] == [
            "queries/graph/procedures_listed",
            "queries/graph/procedures_stored",
        ]


async def test_a_changed_body_and_a_changed_signature_take_effect(install: Install) -> None:
    async with install({"twice": TWICE}):
        pass
    body = TWICE.replace("nn * $factor]", "nn * $factor + 1]")
    async with install({"twice": body}) as (db, report):
        assert report.installed == ("twice",)
        assert await call(db, "CALL custom.genealogy.twice(3, 'w', [1])") == [[[4], "w"]]
    renamed = body.replace("// param: word :: STRING = 'none' a text default\n", "").replace("$word", "'gone'")
    async with install({"twice": renamed}) as (db, report):
        assert report.installed == ("twice",)
        assert await call(db, "CALL custom.genealogy.twice(3, [1])") == [[[4], "gone"]]


async def test_a_removed_file_is_dropped(install: Install) -> None:
    async with install({"twice": TWICE, "join": JOIN}):
        pass
    async with install({"join": JOIN}) as (db, report):
        assert report == InstallReport(unchanged=("join",), dropped=("twice",))
        with pytest.raises(QueryFailedError, match="There is no procedure with the name"):
            await call_until_it_fails(db, "CALL custom.genealogy.twice()")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (TWICE.replace("AS word_out", "AS other"), r"returns columns \['products', 'other'\]"),
        (TWICE.replace("RETURN", "RETRUN"), "Invalid input 'RETRUN'"),
        (
            JOIN.replace("mode: WRITE", "mode: READ").replace("join", "twice"),
            "declares mode READ, its statement writes",
        ),
        (TWICE.replace("mode: READ", "mode: WRITE"), "declares mode WRITE, its statement only reads"),
    ],
    ids=["misnamed column", "syntax", "writes as READ", "reads as WRITE"],
)
async def test_what_apoc_would_swallow_is_a_fault_by_name(install: Install, broken: str, reason: str) -> None:
    async with install({"twice": broken, "join": JOIN}) as (_, report):
        assert report.installed == ("join",)
        assert not report.ok
        ((name, fault),) = report.faults
        assert name == "twice"
        assert re.search(reason, fault), fault

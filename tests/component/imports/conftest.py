"""Importers on a real graph, and a second pair of eyes on it."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import neo4j
import pytest

from app.clock import Clock
from app.facts.commands import Submission
from app.facts.writer import FactWriter
from app.graph import GraphDatabase
from app.graph.migrations import read_migrations
from app.imports.models import ImportReport
from app.imports.progress import Stages
from app.imports.repository import ImportRepository
from app.imports.service import ImportService
from app.periods.calendars import period
from app.runtime import Endpoints
from tests.component.imports.whole_graph import plain_driver
from tests.component.volumes.company import TestClock

EMPTY = "MATCH (n) WHERE NOT n:Migration AND NOT n:Lock CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS"

Import = Callable[[Path], Awaitable[ImportReport]]


def importer(graph: GraphDatabase, clock: Clock) -> Import:
    """Imports a directory, silently."""
    service = ImportService(ImportRepository(graph), FactWriter(graph, clock), clock)
    return lambda directory: service.run(directory, Stages.untold())


async def open_period(graph: GraphDatabase, name: str) -> None:
    """A period for orders, as `banyan period open` opens it."""
    writer = FactWriter(graph, TestClock(2026, 3, 1))
    await writer.submit(Submission(f"period-open-{name}", "cli", "", period(name, "UTC")))


@pytest.fixture(scope="session")
def driver(endpoints: Endpoints) -> Iterator[neo4j.Driver]:
    with plain_driver(endpoints) as opened:
        yield opened


@pytest.fixture
async def import_directory(graph: GraphDatabase) -> Import:
    """Imports into an empty graph in which January 2026 is open, on 1 March 2026."""
    await open_period(graph, "2026-01")
    return importer(graph, TestClock(2026, 3, 1))


@pytest.fixture
def begin_anew(graph: GraphDatabase) -> Callable[[], Awaitable[None]]:
    """Empties the graph in the middle of a test, and opens January 2026 again."""

    async def begin() -> None:
        await graph.run_script("empty", [EMPTY, *next(m for m in read_migrations() if m.name == "head").statements])
        await open_period(graph, "2026-01")

    return begin

"""A house on a clock that stands still, with the procedures installed, and a caller who has only Bolt."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import neo4j
import pytest

from app.asked.service import AskedService
from app.graph import GraphDatabase
from app.graph.procedures import ProcedureInstaller, call_text
from app.runtime import Endpoints
from app.settings import Settings
from app.volumes import RollUp
from app.wiring import House, asked_service, build_house
from tests.component.volumes.company import TestClock

Row = dict[str, Any]
AT = "2026-03-02T00:00:00Z"


@dataclass(frozen=True)
class Bolt:
    """Calls by the installed name, each call a transaction of its own; nothing of the service stands between."""

    driver: neo4j.AsyncDriver
    graph: GraphDatabase

    async def call(self, procedure: str, /, **params: Any) -> Row | None:
        statement = self.graph.library[f"procedures/{procedure}"]
        given = {parameter.name: params.get(parameter.name, parameter.default) for parameter in statement.parameters}
        assert params.keys() <= given.keys()
        records = (await self.driver.execute_query(call_text(statement), given)).records
        assert len(records) <= 1
        return dict(records[0]) if records else None

    async def ask(self, procedure: str, /, **params: Any) -> Row:
        row = await self.call(procedure, **{"actor": "ann"} | params)
        assert row is not None
        return row

    async def enrol(self, id: str, sponsor: str | None, **more: Any) -> Row:
        said = {"id": id, "sponsor_id": sponsor, "name": f"Name {id}", "enrolled_at": AT, "key": f"enrol-{id}"}
        return await self.ask("enrol", **said | more)

    async def answer(self, key: str) -> Row:
        row = await self.call("answer", key=key)
        assert row is not None
        return row

    async def look(self, text: str, **params: Any) -> list[list[Any]]:
        return [list(record) for record in (await self.driver.execute_query(text, params)).records]

    async def everything(self) -> list[list[Any]]:
        """All nodes but those of the asking, and all edges."""
        nodes = "MATCH (n) WHERE NOT n:Asked AND NOT n:Cursor RETURN labels(n), properties(n) ORDER BY elementId(n)"
        edges = "MATCH ()-[r]->() RETURN type(r), properties(r) ORDER BY elementId(r)"
        return [*(await self.look(nodes)), *(await self.look(edges))]


@pytest.fixture
def clock() -> TestClock:
    return TestClock(2026, 3, 15)


@pytest.fixture
def house(graph: GraphDatabase, clock: TestClock, test_settings: Settings, tmp_path: Path) -> House:
    return build_house(test_settings.model_copy(update={"data_dir": tmp_path / "house"}), graph, clock)


@pytest.fixture
def service(house: House) -> AskedService:
    return asked_service(house)


@pytest.fixture
async def bolt(graph: GraphDatabase, endpoints: Endpoints) -> AsyncIterator[Bolt]:
    report = await ProcedureInstaller(graph).install()
    assert report.faults == ()
    login = (endpoints.neo4j_user, endpoints.neo4j_password)
    async with neo4j.AsyncGraphDatabase.driver(endpoints.neo4j_url, auth=login) as driver:
        yield Bolt(driver, graph)


async def answer_all(service: AskedService) -> list[str]:
    """Until nothing is to be decided now; how each ended."""
    ends = list[str]()
    while (end := await service.answer_next()) is not None:
        ends.append(end)
    return ends


async def count(house: House) -> None:
    """Every fact so far into the tallies."""
    roll_up = RollUp(house.graph, "test", house.clock, lease_ms=0)
    assert await roll_up.claim()
    while not (await roll_up.step()).idle:
        pass

"""A company with two committed months, and a way past the one writer."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import neo4j
import pytest

from app.clock import SystemClock
from app.demo.commit import commit_with_two
from app.facts.commands import Move, Order
from app.graph import GraphDatabase
from app.plans.loader import library, load_plan
from app.runs.models import Run
from app.runtime import Endpoints
from app.settings import Settings
from app.wiring import House, build_house
from tests.component.imports.whole_graph import plain_driver
from tests.component.runs.test_runs import DAY, JANUARY_5, Desk, spillover_company


@dataclass
class Paid:
    """Sponsors and places differ, an order came back, somebody moved; January and February are paid."""

    house: House
    desk: Desk
    runs: list[Run]

    async def problems(self) -> list[str]:
        return list((await self.house.audit.verify()).problems)


@pytest.fixture
def driver(endpoints: Endpoints) -> Iterator[neo4j.Driver]:
    with plain_driver(endpoints) as opened:
        yield opened


@pytest.fixture
async def paid(graph: GraphDatabase, test_settings: Settings, tmp_path: Path) -> Paid:
    house = build_house(test_settings.model_copy(update={"data_dir": tmp_path / "data"}), graph, SystemClock())
    desk = await spillover_company(house)
    for number in range(9):
        buyer = f"P{number}"
        await desk(Order(f"F{number}", buyer, "distributor", JANUARY_5 + 30 * DAY, 20_000, 10_000 + number))
    await desk(Move("P8", "sponsor", "P2"))
    plan, runs = load_plan(library()["sample"]), []
    for month in ("2026-01", "2026-02"):
        await house.periods.close(month, key=f"close {month}", actor="test")
        run = await house.runs.calculate(month, plan)
        await commit_with_two(house, run.id)
        runs.append(await house.runs.get(run.id))
    assert all(run.amount > 0 for run in runs)
    return Paid(house, desk, runs)

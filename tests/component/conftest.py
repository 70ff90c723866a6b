"""A house on the test's own graph and folder, empty, and the company that some tests import into it."""

from pathlib import Path
from typing import Final

import pytest

from app.clock import SystemClock
from app.generator import CompanySpec, generate, write_company
from app.graph import GraphDatabase
from app.imports.progress import Stages
from app.settings import Settings
from app.wiring import House, build_house

MONTHS: Final = ("2026-01", "2026-02")
"""Those that the imported company sells in; both are open."""


@pytest.fixture
def house(graph: GraphDatabase, test_settings: Settings, tmp_path: Path) -> House:
    return build_house(test_settings.model_copy(update={"data_dir": tmp_path}), graph, SystemClock())


@pytest.fixture
async def imported(house: House, tmp_path: Path) -> None:
    """The house has 300 people of a heavy-tailed company: sponsors are not places, orders come late and are returned.
    Its files lie in the folder `company`."""
    for month in MONTHS:
        await house.periods.open(month, "UTC", key=month, actor="test")
    write_company(generate(CompanySpec(300, 7, MONTHS)), tmp_path / "company")
    assert (await house.imports.run(tmp_path / "company", Stages.untold())).imported

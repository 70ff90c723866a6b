"""A house on the test's own graph, folder and clock, and a mirror that follows it by hand."""

from pathlib import Path

import pytest

from app.graph import GraphDatabase
from app.settings import Settings
from app.wiring import House, build_house
from tests.component.volumes.company import TestClock


@pytest.fixture
def clock() -> TestClock:
    return TestClock(2026, 4, 10)


@pytest.fixture
def house(graph: GraphDatabase, test_settings: Settings, tmp_path: Path, clock: TestClock) -> House:
    return build_house(test_settings.model_copy(update={"data_dir": tmp_path}), graph, clock)

"""A house on the test's own graph and folder."""

from pathlib import Path

import pytest

from app.clock import SystemClock
from app.graph import GraphDatabase
from app.settings import Settings
from app.wiring import House, build_house


@pytest.fixture
def house(graph: GraphDatabase, test_settings: Settings, tmp_path: Path) -> House:
    return build_house(test_settings.model_copy(update={"data_dir": tmp_path}), graph, SystemClock())

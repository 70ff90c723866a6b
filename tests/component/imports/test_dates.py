"""Files in which somebody buys, or stands in a slot, before they enrolled: told line by line by both ways of importing,
and nothing is written."""

from io import StringIO
from pathlib import Path

import neo4j
import pytest
from rich.console import Console

from app.imports.files import read_directory
from app.imports.models import Kind
from app.imports.offline.service import OfflineImport, Start
from app.imports.progress import Stages
from app.settings import Settings
from tests.component.imports.conftest import Import
from tests.component.imports.whole_graph import image
from tests.component.volumes.company import TestClock
from tests.unit.imports.directories import COMPANY, OPEN, write

pytestmark = pytest.mark.anyio
DAN_CAME = "(Dan enrolled 2025-05-01T00:00:00.000Z)"
FILES: dict[Kind, list[str]] = {
    **COMPANY,
    "settings": ["matrix_width,3", "matrix_depth,9"],
    "placements": [*(f"{row}," for row in COMPANY["placements"]), "Dan,Bob,left,2025-04-30T23:59:59Z"],
    "matrix_placements": ["Bob,Top,1,2025-05-01T00:00:00Z", "Dan,Bob,1,2025-04-30T23:59:59Z"],
    "customers": [*COMPANY["customers"], "C2,Fay,Dan,2025-04-30T00:00:00Z"],
    "orders": [
        *COMPANY["orders"],
        "O7,Dan,distributor,order,,2025-04-30T00:00:00Z,1,1",
        "O8,C1,customer,order,,2025-05-31T00:00:00Z,1,1",
    ],
}
TOLD = [
    f"placements.csv:5 placed_at: before the enrolment: '2025-04-30T23:59:59Z' {DAN_CAME}",
    f"matrix_placements.csv:3 placed_at: before the enrolment: '2025-04-30T23:59:59Z' {DAN_CAME}",
    f"customers.csv:3 registered_at: before the enrolment: '2025-04-30T00:00:00Z' {DAN_CAME}",
    f"orders.csv:5 placed_at: before the enrolment: '2025-04-30T00:00:00Z' {DAN_CAME}",
    "orders.csv:6 placed_at: before the registration: '2025-05-31T00:00:00Z' (registered 2025-06-01T00:00:00.000Z)",
]


async def test_into_a_running_company(import_directory: Import, driver: neo4j.Driver, tmp_path: Path) -> None:
    before = image(driver)
    report = await import_directory(write(tmp_path / "in", FILES))
    assert [str(line) for line in report.bad_lines] == TOLD
    assert (report.imported, report.last_seq) == (False, None)
    assert image(driver) == before


def test_into_a_new_store(test_settings: Settings, tmp_path: Path) -> None:
    settings = test_settings.model_copy(update={"data_dir": tmp_path / "own"})
    importing = OfflineImport(settings, TestClock(2026, 3, 1), Stages(Console(file=StringIO())))
    report = importing.run(read_directory(write(tmp_path / "in", FILES)), Start(periods=OPEN))
    assert [str(line) for line in report.bad_lines] == TOLD
    assert (report.imported, report.last_seq) == (False, None)
    assert not (tmp_path / "own").exists()

"""A company is the same company from CSV and from Parquet."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import neo4j
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from app.generator import CompanySpec, generate, write_company
from app.imports.models import COLUMNS, OPTIONAL
from tests.component.imports.conftest import Import
from tests.component.imports.whole_graph import OF_THE_MOMENT, counts, image
from tests.unit.imports.directories import COMPANY, write

pytestmark = pytest.mark.anyio


async def test_csv_and_parquet_of_a_company_give_the_same_graph(
    import_directory: Import, begin_anew: Callable[[], Awaitable[None]], driver: neo4j.Driver, tmp_path: Path
) -> None:
    company = generate(CompanySpec(150, 3, ("2026-01",)))
    for file_format in ("csv", "parquet"):
        write_company(company, tmp_path / file_format, file_format)
    assert (await import_directory(tmp_path / "csv")).imported
    from_csv = image(driver, without=OF_THE_MOMENT)
    assert counts(driver)["distributors"] == 150
    again = await import_directory(tmp_path / "parquet")
    assert [file.new for file in again.files] == [0, 0, 0, 0], "the Parquet rows equal what the CSV rows stored"

    await begin_anew()
    assert (await import_directory(tmp_path / "parquet")).imported
    assert image(driver, without=OF_THE_MOMENT) == from_csv


async def test_parquet_of_text_alone_means_what_the_same_csv_means(
    import_directory: Import, driver: neo4j.Driver, tmp_path: Path
) -> None:
    csv, parquet = write(tmp_path / "csv", COMPANY), tmp_path / "parquet"
    parquet.mkdir()
    for kind in COMPANY:
        columns = [column for column in COLUMNS[kind] if column not in OPTIONAL.get(kind, ())]
        all_text: Any = dict.fromkeys(columns, pa.string())
        table = pyarrow.csv.read_csv(
            csv / f"{kind}.csv", convert_options=pyarrow.csv.ConvertOptions(column_types=all_text)
        )
        pyarrow.parquet.write_table(table, parquet / f"{kind}.parquet")
    assert (await import_directory(parquet)).imported
    before = image(driver)
    again = await import_directory(csv)
    assert [file.unchanged for file in again.files] == [5, 3, 1, 3]
    assert image(driver) == before


async def test_a_bad_row_of_parquet_is_named_by_its_number(import_directory: Import, tmp_path: Path) -> None:
    rows = pa.table({"distributor": ["Zed"], "parent": ["Amy"], "slot": [3]})
    pyarrow.parquet.write_table(rows, tmp_path / "placements.parquet")
    report = await import_directory(tmp_path)
    assert [str(line) for line in report.bad_lines] == [
        "placements.parquet:1 distributor: unknown distributor: 'Zed'",
        "placements.parquet:1 parent: unknown parent: 'Amy'",
        "placements.parquet:1 slot: not one of the allowed words: '3' (one of left, right, 1, 2)",
    ]

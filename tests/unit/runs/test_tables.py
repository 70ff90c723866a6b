"""What a table says as one hash."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.runs.tables import ROW_GROUP, content_hash, read_columns, some_at, to_parquet

COLUMNS: dict[str, Any] = {
    "id": ["ab", "c", "", "Zoë"],
    "level": np.array([1, 2, 3, -1], np.int8),
    "amount": np.array([2**60, 2, 3, 4], np.int64),
    "active": np.array([True, False, True, True]),
}


@pytest.mark.parametrize("rows", [0, 4])
def test_what_goes_into_a_file_and_what_is_read_of_it_hash_alike(rows: int) -> None:
    columns = {name: values[:rows] for name, values in COLUMNS.items()}
    assert content_hash(read_columns(to_parquet(columns))) == content_hash(columns)
    assert content_hash(dict(reversed(columns.items()))) == content_hash(columns), "whatever their order"


OTHERS: list[dict[str, Any]] = [
    {"id": ["a", "bc", "", "Zoë"]},
    {"id": ["ab", "c", "Zoë", ""]},
    {"level": np.array([1, 2, 3, -2], np.int8)},
    {"level": np.array([2, 1, 3, -1], np.int8)},
    {"amount": np.array([2**60 + 1, 2, 3, 4], np.int64)},
    {"active": np.array([True, False, True, False])},
    {"more": np.zeros(4, np.int8)},
]


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_every_value_and_name_counts(other: dict[str, Any]) -> None:
    assert content_hash(COLUMNS | other) != content_hash(COLUMNS)


def test_a_column_under_another_name_is_another_table() -> None:
    renamed = dict(COLUMNS)
    renamed["depth"] = renamed.pop("level")
    assert content_hash(renamed) != content_hash(COLUMNS)


def test_some_columns_of_one_row_are_read_whatever_they_are_called(tmp_path: Path) -> None:
    rows = ROW_GROUP + 10
    path = tmp_path / "table"
    columns = {"measure:a.b": np.arange(rows), "id": [f"D{row}" for row in range(rows)], "other": np.zeros(rows)}
    path.write_bytes(to_parquet(columns))
    for row in (0, ROW_GROUP - 1, ROW_GROUP, rows - 1):
        assert some_at(path, row, lambda name: name != "other") == {"measure:a.b": row, "id": f"D{row}"}
    assert some_at(path, rows, lambda name: name == "id") is None


def test_rows_are_found_in_files_that_were_written_in_other_groups(tmp_path: Path) -> None:
    """A run's files stay as an earlier version wrote them."""
    path = tmp_path / "table"
    pq.write_table(pa.table({"id": [f"D{row}" for row in range(10)]}), path, row_group_size=3)
    for row in range(10):
        assert some_at(path, row, lambda name: name == "id") == {"id": f"D{row}"}

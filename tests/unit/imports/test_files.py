"""Reading: line numbers, both formats, directories that are no import."""

import csv
import io
import random
from decimal import Decimal
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from app.generator import FORMATS, CompanySpec, generate, write_company
from app.imports import columns
from app.imports.files import read_directory
from app.imports.models import COLUMNS, ImportDirectoryError, Stored, StoredPeriod
from tests.unit.imports.directories import NOW, OPEN, bad_lines, company, plan, write

WIDE = Stored(periods=(StoredPeriod(202601, "UTC", OPEN[1].starts_at, NOW, True),))


@pytest.mark.parametrize("seed", range(20))
def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path, seed: int) -> None:
    """Blank lines, quoted line breaks and rows of the wrong width in any mixture, against the csv module."""
    rng = random.Random(seed)
    out = io.StringIO()
    out.write("slot,distributor,parent\n")
    writer = csv.writer(out, lineterminator=rng.choice(["\n", "\r\n"]))
    for number in range(rng.choice([3, 400])):
        cells = [rng.choice(["left", 'a"b', "x\ny", "", "1,2\n\n3"]), f"D{number}", "p"]
        writer.writerow(rng.choice([cells, cells, cells, cells[:2], [*cells, "more"]]))
        if rng.random() < 0.2:
            out.write("\n")
    text = out.getvalue()
    directory = write(tmp_path / "in", {})
    (directory / "placements.csv").write_text("\ufeff" * (seed % 2) + text, newline="")
    good, bad = {}, []
    reader = csv.reader(io.StringIO(text, newline=""))
    begins = 1
    for record in reader:
        if len(record) == 3:
            good[begins] = record[1]
        elif record:
            bad.append(begins)
        begins = reader.line_num + 1
    del good[1]
    read = read_directory(directory)
    table = read.tables["placements"]
    assert dict(zip(table.lines.tolist(), table.texts["distributor"].to_pylist(), strict=True)) == good
    assert [line.line for line in read.faults.first()] == bad
    assert read.rows == len(good) + len(bad)


def test_csv_and_parquet_of_one_company_ask_for_the_same(tmp_path: Path) -> None:
    made = generate(CompanySpec(500, 3))
    plans = []
    for file_format in FORMATS:
        write_company(made, tmp_path / file_format, file_format)
        plans.append(plan(tmp_path / file_format, WIDE))
    assert plans[0].bad_lines == ()
    assert plans[0].commands == plans[1].commands
    assert len(plans[0].commands) > 1200


def test_a_large_parquet_file_is_read_as_a_small_one(tmp_path: Path) -> None:
    """Arrow gives the instants of this many rows in pieces, and what checks them takes one."""
    count = 800_000
    instants = pa.array(np.arange(count, dtype=np.int64) * 1000, pa.timestamp("ms", "UTC"))
    text = pa.array(["same"] * count)
    directory = write(tmp_path / "in", {})
    rows = dict.fromkeys(COLUMNS["customers"], text) | {"registered_at": instants}
    pyarrow.parquet.write_table(pa.table(rows), directory / "customers.parquet")

    read = columns.instants(read_directory(directory).tables["customers"], "registered_at", NOW)

    assert np.array_equal(read, np.arange(count) * 1000)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_instants_of_parquet_are_judged_as_their_texts(tmp_path: Path, unit: Literal["s", "ms", "us", "ns"]) -> None:
    years = ["1899-12-31T23:59:59.999", "1900-01-01T00:00:00", "2099-12-31T23:59:59.999999", "2100-01-01T00:00:00"]
    others = ["1969-12-31T23:59:59.999999", "2025-06-01T12:30:00.123987", "2025-06-30T00:00:00"]
    instants = np.array([*years, *others], dtype=f"datetime64[{unit}]")
    typed = pa.array(instants.view(np.int64), pa.timestamp(unit, "UTC"), mask=np.arange(7) == 6)
    texts = [*np.datetime_as_string(instants, timezone="UTC").tolist()[:6], ""]
    rows = {name: ["x"] * 7 for name in COLUMNS["customers"]}

    def read(column: object) -> tuple[list[int], list[str]]:
        directory = write(tmp_path / type(column).__name__, {})
        pyarrow.parquet.write_table(pa.table(rows | {"registered_at": column}), directory / "customers.parquet")
        found = read_directory(directory)
        values = columns.instants(found.tables["customers"], "registered_at", NOW).tolist()
        return values, [f"{bad.line} {bad.reason} {bad.observed[:19]}" for bad in found.faults.first()]

    assert read(typed) == read(texts)


@pytest.mark.parametrize(
    "type", [pa.decimal128(5, 2), pa.decimal128(28, 0), pa.decimal256(20, 1), pa.decimal128(38, 2)]
)
def test_amounts_of_parquet_are_judged_as_their_texts(tmp_path: Path, type: pa.Decimal128Type) -> None:
    most = 10 ** (type.precision - type.scale) - 1
    typed = pa.array([Decimal(value) for value in (0, 1, -1, most, -most, 7)], type, mask=np.arange(6) == 5)
    texts = ["" if cell is None else f"{cell:f}" for cell in typed.to_pylist()]
    rows = {name: ["x"] * 6 for name in COLUMNS["openings"]}

    def read(column: object, *, signed: bool) -> tuple[list[int], list[str]]:
        directory = write(tmp_path / f"{column.__class__.__name__}-{signed}", {})
        pyarrow.parquet.write_table(pa.table(rows | {"balance": column}), directory / "openings.parquet")
        found = read_directory(directory)
        required = np.ones(6, dtype=bool)
        values = columns.amounts(found.tables["openings"], "balance", required, signed=signed).tolist()
        return values, [f"{bad.line} {bad.reason} {bad.observed}" for bad in found.faults.first()]

    for signed in (False, True):
        assert read(typed, signed=signed) == read(texts, signed=signed)


def test_a_parquet_file_says_the_row(tmp_path: Path) -> None:
    directory = write(tmp_path / "in", company())
    rows = {"distributor": ["Amy", "Bob"], "parent": ["Top", None], "slot": ["left", "1"]}
    (directory / "placements.csv").unlink()
    pyarrow.parquet.write_table(pa.table(rows), directory / "placements.parquet")
    assert bad_lines(directory) == ["placements.parquet:2 parent: empty: ''"]


def test_parquet_floats_and_instants_without_zone_are_refused(tmp_path: Path) -> None:
    directory = write(tmp_path / "in", company())
    (directory / "orders.csv").unlink()
    (directory / "customers.csv").unlink()
    order = {column: ["x"] for column in COLUMNS["orders"]} | {"pv": [0.1]}
    pyarrow.parquet.write_table(pa.table(order), directory / "orders.parquet")
    told = "column pv holds floating-point numbers; write decimals or text"
    assert bad_lines(directory) == [f"orders.parquet:1: file cannot be read: 'orders.parquet' ({told})"]
    (directory / "orders.parquet").unlink()
    naive = pa.array(np.array(["2025-06-01T00:00:00"], dtype="datetime64[us]"))
    customer = {"id": ["C2"], "name": ["Eve"], "distributor": ["Amy"], "registered_at": naive}
    pyarrow.parquet.write_table(pa.table(customer), directory / "customers.parquet")
    [told_of_instant] = bad_lines(directory)
    assert told_of_instant.startswith("customers.parquet:1 registered_at: not an instant with a zone: '2025-06-01T00:")


def test_a_file_that_is_no_parquet(tmp_path: Path) -> None:
    directory = write(tmp_path / "in", {})
    (directory / "orders.parquet").write_bytes(b"not at all")
    [told] = bad_lines(directory)
    assert told.startswith("orders.parquet:1: file cannot be read: 'orders.parquet' (")


def test_directories_that_are_no_import(tmp_path: Path) -> None:
    directory = write(tmp_path / "in", {})
    with pytest.raises(ImportDirectoryError, match="holds none of the files"):
        read_directory(directory)
    with pytest.raises(ImportDirectoryError, match="is not a directory"):
        read_directory(directory / "nowhere")
    write(directory, {"orders": []})
    (directory / "distributor.csv").touch()
    with pytest.raises(ImportDirectoryError, match=r"distributor\.csv is none of the files"):
        read_directory(directory)
    (directory / "distributor.csv").rename(directory / "orders.parquet")
    with pytest.raises(ImportDirectoryError, match=r"holds orders\.csv and orders\.parquet"):
        read_directory(directory)


def test_a_whole_file_that_cannot_be_read_is_told_alone(tmp_path: Path) -> None:
    directory = write(tmp_path / "in", company())
    (directory / "distributors.csv").write_text("id\n")
    planned = plan(directory)
    assert {line.file for line in planned.bad_lines} == {"distributors.csv"}
    assert (planned.commands, planned.files) == ([], ())

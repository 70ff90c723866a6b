"""A part of a company joins a living one, while somebody reads."""

from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv

from app.imports.progress import Stages
from app.runtime import Endpoints
from app.wiring import House
from loadtests.company import id_of
from loadtests.filling import count, new_rows
from loadtests.reading import somebody_reads
from loadtests.rows import once
from loadtests.sheet import Sheet
from loadtests.timing import stopwatch_async

BEFORE: Final = tuple(f"live import of a tenth, the {which} of a server" for which in ("first", "second"))
PARTS: Final = len(BEFORE) + 1
JOINING: Final = "live import of the last tenth, while somebody reads"
READING: Final = "reading legs beside the import"

pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take


def split(folder: Path, first_people: int, first: Path, rest: Path) -> None:
    """The files of a generated company as two: its first people with what is theirs, and the rest."""
    tables = {path.stem: _read(path) for path in sorted(folder.glob("*.csv"))}
    last = id_of(first_people - 1)
    customers = tables["customers"]
    early = customers["id"].filter(pc.less_equal(customers["distributor"], last))
    orders = tables["orders"]
    by_customer = pc.equal(orders["buyer_kind"], "customer")
    chosen = {
        "distributors": pc.less_equal(tables["distributors"]["id"], last),
        "placements": pc.less_equal(tables["placements"]["distributor"], last),
        "customers": pc.less_equal(customers["distributor"], last),
        "orders": pc.if_else(
            by_customer, pc.is_in(orders["buyer"], value_set=early), pc.less_equal(orders["buyer"], last)
        ),
    }
    for to, wanted in ((first, lambda mask: mask), (rest, pc.invert)):
        to.mkdir()
        for name, table in tables.items():
            pyarrow.csv.write_csv(table.filter(wanted(chosen[name])), to / f"{name}.csv")


def _read(path: Path) -> pa.Table:
    with path.open(encoding="utf-8") as file:
        names = file.readline().strip().split(",")
    as_text = pyarrow.csv.ConvertOptions(column_types={name: pa.string() for name in names})
    return pyarrow.csv.read_csv(path, convert_options=as_text)


async def join(servers: tuple[House, Endpoints], newcomers: range, folder: Path, sheet: Sheet) -> None:
    """Import a folder of newcomers into a company.

    All parts but the last come before by themselves: what is imported first after a start waits for plans and
    compilers, and the promise is about a company that lives.
    """
    house, endpoints = servers
    part, rest, facts = len(newcomers) // PARTS, folder, 0
    there = newcomers.start
    for what in BEFORE:
        there += part
        some, rest = folder.parent / f"until {there}", folder.parent / f"from {there}"
        split(folder, there, some, rest)
        facts += await _import(house, some, what, sheet)
        folder = rest
    async with somebody_reads(READING, there, endpoints, house.settings.neo4j, sheet):
        facts += await _import(house, rest, JOINING, sheet)
    await count(house, facts, sheet, "roll-up of these")


async def _import(house: House, folder: Path, what: str, sheet: Sheet) -> int:
    seconds, report = await stopwatch_async(house.imports.run(folder, Stages.untold()))
    rows = new_rows(report)
    sheet.add(once(what, seconds, rows))
    return rows

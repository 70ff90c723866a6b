"""A part of a company joins a living one, while somebody reads."""

import asyncio
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv

from app.graph import open_graph
from app.imports.progress import Stages
from app.runtime import Endpoints
from app.settings import Neo4jSettings
from app.wiring import House
from loadtests.alone import alone
from loadtests.company import PERIOD, Somebody, id_of
from loadtests.filling import count, new_rows
from loadtests.rows import Row, once
from loadtests.sheet import Sheet
from loadtests.timing import stopwatch_async, timing_of

FIRST: Final = "live import of a hundredth"
JOINING: Final = "live import of the last tenth, while somebody reads"
READING: Final = "reading legs meanwhile"
PAUSE_S: Final = 0.02
START_S: Final = 60.0

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
    """Import a folder of newcomers into a company. Beside the folder, signs are given.

    A tenth of them come by themselves: what is imported first after a start waits for plans and compilers.
    """
    house, endpoints = servers
    flags = folder.parent
    there = newcomers.start + len(newcomers) // 10
    early, late = flags / "early", flags / "late"
    split(folder, there, early, late)
    facts = await _import(house, early, FIRST, sheet)
    reading = asyncio.create_task(asyncio.to_thread(alone, read_until, flags, endpoints, house.settings.neo4j, there))
    while not (flags / "ready").exists():
        if reading.done():
            await reading
        await asyncio.sleep(PAUSE_S)
    try:
        facts += await _import(house, late, JOINING, sheet)
    finally:
        (flags / "enough").touch()
    times = (await reading)[0]
    timing = timing_of(times)
    sheet.add(
        Row(READING, timing.calls, timing.p50_ms, timing.p95_ms, words=f"the longest {max(times) * 1000:,.0f} ms")
    )
    await count(house, facts, sheet, "roll-up of these")


async def _import(house: House, folder: Path, what: str, sheet: Sheet) -> int:
    seconds, report = await stopwatch_async(house.imports.run(folder, Stages.untold()))
    rows = new_rows(report)
    sheet.add(once(what, seconds, rows))
    return rows


def read_until(flags: Path, endpoints: Endpoints, neo4j: Neo4jSettings, people: int) -> list[float]:
    """Read anybody's legs again and again until somebody says enough; seconds of each call."""
    return asyncio.run(_reading(flags, endpoints, neo4j, people))


async def _reading(flags: Path, endpoints: Endpoints, neo4j: Neo4jSettings, people: int) -> list[float]:
    times: list[float] = []
    somebody = Somebody(people)
    async with open_graph(
        endpoints.neo4j_url, endpoints.neo4j_user, endpoints.neo4j_password, neo4j, wait_s=START_S
    ) as graph:
        while not (flags / "enough").exists():
            params = {"id": somebody.anybody(), "period": PERIOD}
            seconds, _ = await stopwatch_async(graph.read("procedures/legs_binary", params))
            if (flags / "ready").exists():
                times.append(seconds)
            (flags / "ready").touch()
            await asyncio.sleep(PAUSE_S)
    return times

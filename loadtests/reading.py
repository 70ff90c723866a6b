"""Somebody reads, in a process of their own, while something else goes on."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from app.graph import open_graph
from app.runtime import Endpoints
from app.settings import Neo4jSettings
from loadtests.alone import alone
from loadtests.company import PERIOD, Somebody
from loadtests.rows import Row
from loadtests.sheet import Sheet
from loadtests.timing import stopwatch_async, timing_of

PAUSE_S: Final = 0.02
START_S: Final = 60.0


@asynccontextmanager
async def somebody_reads(
    what: str, people: int, endpoints: Endpoints, neo4j: Neo4jSettings, sheet: Sheet
) -> AsyncIterator[None]:
    """The block runs while the legs of anybody among the first so many people are read; the times become a row."""
    with tempfile.TemporaryDirectory() as folder:
        signs = Path(folder)
        reading = asyncio.create_task(asyncio.to_thread(alone, read_until, signs, endpoints, neo4j, people))
        while not (signs / "ready").exists():
            if reading.done():
                await reading
            await asyncio.sleep(PAUSE_S)
        try:
            yield
        finally:
            (signs / "enough").touch()
        times = (await reading)[0]
    timing = timing_of(times)
    sheet.add(Row(what, timing.calls, timing.p50_ms, timing.p95_ms, words=f"the longest {max(times) * 1000:,.0f} ms"))


def read_until(signs: Path, endpoints: Endpoints, neo4j: Neo4jSettings, people: int) -> list[float]:
    """Read anybody's legs again and again until somebody says enough; seconds of each call."""
    return asyncio.run(_reading(signs, endpoints, neo4j, people))


async def _reading(signs: Path, endpoints: Endpoints, neo4j: Neo4jSettings, people: int) -> list[float]:
    times: list[float] = []
    somebody = Somebody(people)
    async with open_graph(
        endpoints.neo4j_url, endpoints.neo4j_user, endpoints.neo4j_password, neo4j, wait_s=START_S
    ) as graph:
        while not times or not (signs / "enough").exists():
            params = {"id": somebody.anybody(), "period": PERIOD}
            seconds, _ = await stopwatch_async(graph.read("procedures/legs_binary", params))
            if (signs / "ready").exists():
                times.append(seconds)
            (signs / "ready").touch()
            await asyncio.sleep(PAUSE_S)
    return times

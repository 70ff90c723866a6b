"""Somebody sells and enrols, in a process of their own, while something else goes on."""

import asyncio
import itertools
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.clock import SystemClock
from app.facts.commands import BelowSponsor, Enrol, Order, Submission
from app.facts.writer import FactWriter
from app.graph import open_graph
from app.periods.months import month
from app.runtime import Endpoints
from app.settings import Neo4jSettings
from loadtests.alone import alone
from loadtests.company import ACTOR, MONTHS, Somebody, id_of
from loadtests.reading import PAUSE_S, START_S

AT_ONCE: Final = 50
"""Orders that are under way together; an enrolment goes with them."""
_AT: Final = month(MONTHS[1], "UTC").ends_at - 1
"""When everybody has enrolled."""


@dataclass
class Written:
    """What somebody wrote while a block ran."""

    facts: int = 0
    seconds: float = 0.0

    @property
    def words(self) -> str:
        return f"{self.facts / self.seconds:,.0f} orders and enrolments a second were written beside it"


@asynccontextmanager
async def somebody_writes(people: int, endpoints: Endpoints, neo4j: Neo4jSettings) -> AsyncIterator[Written]:
    """The block runs while orders come in and newcomers take places; it is told afterwards how many."""
    written = Written()
    with tempfile.TemporaryDirectory() as folder:
        signs = Path(folder)
        writing = asyncio.create_task(asyncio.to_thread(alone, write_until, signs, endpoints, neo4j, people))
        while not (signs / "ready").exists():
            if writing.done():
                await writing
            await asyncio.sleep(PAUSE_S)
        try:
            yield written
        finally:
            (signs / "enough").touch()
        (written.facts, written.seconds), _ = await writing


def write_until(signs: Path, endpoints: Endpoints, neo4j: Neo4jSettings, people: int) -> tuple[int, float]:
    """Write until somebody says enough; how many facts, in how many seconds, from the moment it is ready."""
    return asyncio.run(_writing(signs, endpoints, neo4j, people))


async def _writing(signs: Path, endpoints: Endpoints, neo4j: Neo4jSettings, people: int) -> tuple[int, float]:
    numbers, somebody, facts = itertools.count(), Somebody(people), 0
    async with open_graph(
        endpoints.neo4j_url, endpoints.neo4j_user, endpoints.neo4j_password, neo4j, wait_s=START_S
    ) as graph:
        writer = FactWriter(graph, SystemClock())

        async def some() -> int:
            submissions = [_order(f"beside-{next(numbers)}", somebody.anybody()) for _ in range(AT_ONCE)]
            submissions.append(_newcomer(f"beside-{next(numbers)}"))
            return len(await asyncio.gather(*map(writer.submit, submissions)))

        await some()
        (signs / "ready").touch()
        began = time.perf_counter()
        while not facts or not (signs / "enough").exists():
            facts += await some()
        return facts, time.perf_counter() - began


def _order(id: str, buyer: str) -> Submission:
    return Submission(id, ACTOR, "", Order(id, buyer, "distributor", _AT, 10_000, 8_000))


def _newcomer(id: str) -> Submission:
    return Submission(id, ACTOR, "", Enrol(id, id_of(0), "Newcomer", "", _AT, placement=BelowSponsor("outside_left")))

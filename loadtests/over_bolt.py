"""Enrol, place and move as whoever has only Bolt asks for them: by their installed names, answered by a worker."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import neo4j

from app.clock import from_ms, zulu
from app.errors import BanyanError
from app.facts.commands import Enrol, Submission
from app.graph.procedures import ProcedureInstaller, call_text
from app.periods.months import month
from app.wiring import asked_worker
from loadtests.company import ACTOR, MONTHS, Filled, id_of
from loadtests.counting import Counting
from loadtests.rows import Row
from loadtests.timing import stopwatch_async, timing_of

KINDS: Final = ("enrol", "place", "move")
UNCOUNTED: Final = 5
"""The first calls of each are planned."""
MOST_CALLS: Final = 40
"""Each waits for a worker that looks twenty times a second, since somebody asks."""
LOOK_S: Final = 0.005
"""Between two questions whether there is an answer."""
MOST_S: Final = 30.0
"""For one answer."""
_AT: Final = month(MONTHS[1], "UTC").ends_at - 1
"""When everybody has enrolled."""
_NUMBERS: Final = itertools.count()


class NotAnsweredError(BanyanError):
    """What the bench asks for is what the company allows; a refusal's time is worth nothing."""

    title = "A command over Bolt was not done"


def asking(kind: str) -> str:
    return f"{kind} over Bolt: asking"


def until_done(kind: str) -> str:
    return f"{kind} over Bolt: until it is a fact, and the caller knows"


async def ask_over_bolt(company: Filled) -> None:
    """Two rows each: the call, which only asks, and all until the caller has the answer. A worker is there."""
    report = await ProcedureInstaller(company.house.graph).install()
    if not report.ok:
        for kind in KINDS:
            company.sheet.add(Row(asking(kind), words="; ".join(dict(report.faults).values())))
        return
    at = company.endpoints
    async with (
        neo4j.AsyncGraphDatabase.driver(at.neo4j_url, auth=(at.neo4j_user, at.neo4j_password)) as driver,
        _answered(company),
    ):
        caller = _Caller(company, driver)
        for kind in KINDS:
            for _ in range(UNCOUNTED):
                await caller.timed(kind)
            times = [await caller.timed(kind) for _ in range(min(MOST_CALLS, company.calls))]
            for what, timing in zip(
                (asking(kind), until_done(kind)), map(timing_of, zip(*times, strict=True)), strict=True
            ):
                company.sheet.add(Row(what, timing.calls, timing.p50_ms, timing.p95_ms))
    await Counting(company.house).catch_up()


@asynccontextmanager
async def _answered(company: Filled) -> AsyncIterator[None]:
    """While the block runs a worker answers."""
    stop = asyncio.Event()
    answering = asyncio.create_task(asked_worker(company.house).run(stop))
    try:
        yield
    finally:
        stop.set()
        await answering


@dataclass(frozen=True, slots=True)
class _Caller:
    """Knows nothing of the service but its database."""

    company: Filled
    driver: neo4j.AsyncDriver

    async def timed(self, kind: str) -> tuple[float, float]:
        """Seconds until a command is taken, and until it is told that it is a fact."""
        said = await self._command(kind)
        asked_s, taken = await stopwatch_async(self._call(kind, said))
        waited_s, _ = await stopwatch_async(asyncio.wait_for(self._done(taken), MOST_S))
        return asked_s, asked_s + waited_s

    async def _command(self, kind: str) -> dict[str, Any]:
        """One that can be done, about a newcomer below the top."""
        id, top = f"bench-bolt-{next(_NUMBERS)}", id_of(0)
        said: dict[str, Any] = {"key": f"{id}-{kind}", "actor": ACTOR, "id": id, "reason": "a bench"}
        if kind == "enrol":
            about = {"sponsor_id": top, "name": "Newcomer", "enrolled_at": zulu(from_ms(_AT))}
            return said | about | {"strategy": "first_open"}
        await self.company.house.writer.submit(Submission(id, ACTOR, "", Enrol(id, top, "Newcomer", "", _AT)))
        if kind == "place":
            return said | {"placed_at": zulu(from_ms(_AT)), "strategy": "first_open"}
        return said | {"tree": "sponsor", "new_parent_id": id_of(1 + next(_NUMBERS) % (self.company.people - 1))}

    async def _done(self, row: dict[str, Any]) -> None:
        while row["state"] == "waiting":
            await asyncio.sleep(LOOK_S)
            row = await self._call("answer", {"key": row["key"]})
        if row["state"] != "done":
            raise NotAnsweredError(f"{row['key']}: {row['problem']}: {row['detail']}")

    async def _call(self, procedure: str, said: dict[str, Any]) -> dict[str, Any]:
        statement = self.company.house.graph.library[f"procedures/{procedure}"]
        given = {parameter.name: said.get(parameter.name, parameter.default) for parameter in statement.parameters}
        [record] = (await self.driver.execute_query(call_text(statement), given)).records
        return dict(record)

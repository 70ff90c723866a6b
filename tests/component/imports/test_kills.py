"""An import that is killed anywhere is finished by the same command, and no reader ever sees part of it."""

import asyncio
import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import neo4j
import pytest

from app.facts.verify import verify_chain
from app.generator import CompanySpec, generate, write_company
from app.graph import GraphDatabase
from app.runtime import Endpoints
from app.volumes import RollUp, TallyCheck
from tests.component.imports.conftest import Import
from tests.component.imports.whole_graph import OF_THE_MOMENT, Image, counts, image, plain_driver
from tests.component.volumes.company import TestClock

pytestmark = pytest.mark.anyio

STEPS = ("comparing", "one transaction", "file")
"""Its stages, and how the first line of its report begins, after the commit."""


class Reader:
    """Reads how much there is, over and over, as any reader of the API could."""

    def __init__(self, driver: neo4j.Driver) -> None:
        self.seen: list[dict[str, int]] = []
        self._driver = driver
        self._stop = threading.Event()
        self._executor = ThreadPoolExecutor(1)

    def _read(self) -> None:
        while not self._stop.is_set():
            self.seen.append(counts(self._driver))
            time.sleep(0.01)  # two cores are shared with the server and the import

    def __enter__(self) -> "Reader":
        self._reading = self._executor.submit(self._read)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._reading.result()
        self._executor.shutdown()


class Killing:
    """Imports of one directory in processes that are killed. One at a time."""

    def __init__(self, endpoints: Endpoints, directory: Path) -> None:
        self.directory = directory
        self._login = {"url": endpoints.neo4j_url, "user": endpoints.neo4j_user, "password": endpoints.neo4j_password}

    async def __aenter__(self) -> "Killing":
        self._parent = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.component.imports.import_process",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._parent.stdin is not None
        self._parent.stdin.close()
        await self._parent.wait()

    async def at_step(self, step: str, delay_s: float = 0.0) -> None:
        """Kill it as soon as the step is printed, or a while later."""
        process = await self._start()
        while not (line := await self._line()).startswith(step):
            assert not line.startswith("ended"), f"{step!r} was never printed"
        await asyncio.sleep(delay_s)
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        _, status = await self._end()
        assert status in (0, -signal.SIGKILL)

    async def at_statement(self, number: int) -> None:
        """Let it kill itself at a statement."""
        await self._start(number)
        assert (await self._end())[1] == -signal.SIGKILL

    async def finish(self) -> str:
        """The same import, left alone; what it prints last."""
        await self._start()
        said, status = await self._end()
        assert status == 0, said
        return said[-1]

    async def _start(self, die_after: int = 0) -> int:
        assert self._parent.stdin is not None
        request = {**self._login, "directory": str(self.directory), "die_after": die_after}
        self._parent.stdin.write(json.dumps(request).encode() + b"\n")
        await self._parent.stdin.drain()
        return int((await self._line()).removeprefix("process "))

    async def _line(self) -> str:
        assert self._parent.stdout is not None
        line = await self._parent.stdout.readline()
        assert line, "the parent of the imports is gone"
        return line.decode().rstrip("\n")

    async def _end(self) -> tuple[list[str], int]:
        """What it still prints, and how it ended."""
        said: list[str] = []
        while not (line := await self._line()).startswith("ended "):
            said.append(line)
        return said, int(line.removeprefix("ended "))


def wait_for_the_writer(driver: neo4j.Driver) -> None:
    """Until the server has ended the transaction of a process that is gone: it holds Head."""
    driver.execute_query("MATCH (h:Head) SET h.locks = h.locks")


async def rolled_up_image(graph: GraphDatabase, driver: neo4j.Driver) -> Image:
    """The graph once every fact is counted, and proof that chain and tallies are sound."""
    assert await RollUp(graph, "test", TestClock(2026, 3, 1), lease_ms=0).catch_up()
    assert (await verify_chain(graph)).intact
    assert await TallyCheck(graph).differences() == []
    return image(driver, without=(*OF_THE_MOMENT, "epoch", "lease_until"))


@dataclass(frozen=True)
class Whole:
    """What an import left alone makes of the directory."""

    counts: dict[str, int]
    image: Image
    statements: int
    took_s: float


async def import_unkilled(
    import_directory: Import, killing: Killing, graph: GraphDatabase, driver: neo4j.Driver
) -> Whole:
    statements = 0

    def count(_: object) -> None:
        nonlocal statements
        statements += 1

    graph.observer, began = count, time.monotonic()
    assert (await import_directory(killing.directory)).imported
    graph.observer, took_s = None, time.monotonic() - began
    return Whole(counts(driver), await rolled_up_image(graph, driver), statements, took_s)


def kills(killing: Killing, whole: Whole) -> dict[str, Callable[[], Awaitable[None]]]:
    """At every printed step, while it writes, and between statements."""
    rng = random.Random(5)
    delays = [rng.uniform(0, whole.took_s) for _ in range(3)]
    return {
        **{f"at {step}": partial(killing.at_step, step) for step in STEPS},
        **{f"{delay:.3f} s into writing": partial(killing.at_step, "one transaction", delay) for delay in delays},
        **{f"at statement {n}": partial(killing.at_statement, n) for n in range(2, whole.statements + 1, 5)},
    }


@pytest.fixture
async def killing(endpoints: Endpoints, tmp_path: Path) -> AsyncIterator[Killing]:
    write_company(generate(CompanySpec(400, 11, ("2026-01",))), tmp_path / "in")
    async with Killing(endpoints, tmp_path / "in") as opened:
        yield opened


@pytest.mark.timeout(900)
async def test_killed_anywhere_it_is_finished_by_the_same_command(
    import_directory: Import,
    begin_anew: Callable[[], Awaitable[None]],
    graph: GraphDatabase,
    driver: neo4j.Driver,
    endpoints: Endpoints,
    killing: Killing,
) -> None:
    nothing = counts(driver)
    whole = await import_unkilled(import_directory, killing, graph, driver)
    await begin_anew()
    left = Counter[str]()

    async def watched(name: str, act: Callable[[], Awaitable[Any]]) -> Any:
        with plain_driver(endpoints) as own, Reader(own) as reader:
            done = await act()
            wait_for_the_writer(driver)
        assert len(reader.seen) > 3, name
        in_between = [number for number, seen in enumerate(reader.seen) if seen not in (nothing, whole.counts)]
        # One reading may fall into the very moment of the commit, whose records Neo4j applies one after the other.
        assert len(in_between) <= 1, f"{name}: a reader saw {[reader.seen[number] for number in in_between]}"
        committed = [seen == whole.counts for seen in reader.seen]
        assert committed == sorted(committed), f"{name}: what was there went away"
        assert not in_between or counts(driver) == whole.counts, f"{name}: a part of what was never committed"
        return done

    for name, kill in kills(killing, whole).items():
        await watched(name, kill)
        now = counts(driver)
        assert now in (nothing, whole.counts), name
        left["everything" if now == whole.counts else "nothing"] += 1
        if now == whole.counts:
            assert await killing.finish() == "Everything was stored already; nothing to write.", name
            assert await rolled_up_image(graph, driver) == whole.image, name
            await begin_anew()
    assert left["nothing"] > len(STEPS), left
    assert left["everything"] > 0, left
    assert (await watched("the last one", killing.finish)).startswith("Imported")
    assert await rolled_up_image(graph, driver) == whole.image

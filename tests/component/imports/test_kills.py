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
from collections.abc import Awaitable, Callable
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

STEPS = ("reading", "comparing", "writing", "file")
"""How the lines begin that an import prints; the last is the report's, after the commit."""


class Reader:
    """Reads how much there is, over and over, as any reader of the API could."""

    def __init__(self, driver: neo4j.Driver) -> None:
        self.seen: dict[str, set[int]] = {}
        self.times = 0
        self._driver = driver
        self._stop = threading.Event()
        self._executor = ThreadPoolExecutor(1)

    def _read(self) -> None:
        while not self._stop.is_set():
            for name, count in counts(self._driver).items():
                self.seen.setdefault(name, set()).add(count)
            self.times += 1
            time.sleep(0.005)  # two cores are shared with the server and the import

    def __enter__(self) -> "Reader":
        self._reading = self._executor.submit(self._read)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._reading.result()
        self._executor.shutdown()


@dataclass
class Killing:
    """Imports of one directory in processes that are killed."""

    endpoints: Endpoints
    directory: Path

    async def start(self, die_after: int = 0) -> asyncio.subprocess.Process:
        login = {"user": self.endpoints.neo4j_user, "password": self.endpoints.neo4j_password}
        environment = {**os.environ, "IMPORT_ENDPOINT": json.dumps({"url": self.endpoints.neo4j_url, **login})}
        if die_after:
            environment["IMPORT_DIE_AFTER"] = str(die_after)
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.component.imports.import_process", str(self.directory),
            stdout=asyncio.subprocess.PIPE, env=environment,
        )  # fmt: skip

    async def at_step(self, step: str, delay_s: float = 0.0) -> None:
        """Kill it as soon as the step is printed, or a while later."""
        process = await self.start()
        assert process.stdout is not None
        while (line := await process.stdout.readline()) and not line.startswith(step.encode()):
            pass
        assert line, f"{step!r} was never printed"
        await asyncio.sleep(delay_s)
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()
        assert process.returncode in (0, 1, -signal.SIGKILL)

    async def at_statement(self, number: int) -> None:
        """Let it kill itself at a statement."""
        process = await self.start(number)
        await process.communicate()
        assert process.returncode == -signal.SIGKILL

    async def finish(self) -> str:
        """The same command, left alone; what it prints last."""
        process = await self.start()
        said, _ = await process.communicate()
        assert process.returncode == 0, said
        return said.decode().splitlines()[-1]


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
        **{f"{delay:.3f} s into writing": partial(killing.at_step, "writing", delay) for delay in delays},
        **{f"at statement {n}": partial(killing.at_statement, n) for n in range(2, whole.statements + 1, 5)},
    }


async def test_killed_anywhere_it_is_finished_by_the_same_command(
    import_directory: Import,
    begin_anew: Callable[[], Awaitable[None]],
    graph: GraphDatabase,
    driver: neo4j.Driver,
    endpoints: Endpoints,
    tmp_path: Path,
) -> None:
    write_company(generate(CompanySpec(400, 11, ("2026-01",))), tmp_path / "in")
    killing, nothing = Killing(endpoints, tmp_path / "in"), counts(driver)
    whole = await import_unkilled(import_directory, killing, graph, driver)
    await begin_anew()
    left = Counter[str]()

    async def watched(name: str, act: Callable[[], Awaitable[Any]]) -> Any:
        with plain_driver(endpoints) as own, Reader(own) as reader:
            done = await act()
            wait_for_the_writer(driver)
        assert reader.times > 3, name
        for what, seen in reader.seen.items():
            assert seen <= {nothing[what], whole.counts[what]}, f"{name}: a reader saw {sorted(seen)} of {what}"
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

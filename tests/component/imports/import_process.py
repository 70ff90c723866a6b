"""`python -m tests.component.imports.import_process`: imports in processes that a test can kill.

Each line of its input is a request as JSON: {"directory", "url", "user", "password", "die_after"}. For each it forks,
so that many imports cost the loading of the code once. The child prints its process id, each step as it begins, and the
report; then the parent prints how it ended. At its `die_after`-th statement of Neo4j, unless that is 0, the child kills
itself with SIGKILL, wherever in the import that is.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.clock import SystemClock
from app.facts.writer import FactWriter
from app.graph import GraphDatabase, open_graph
from app.imports.progress import Advance, Stages
from app.imports.report import lines_of
from app.imports.repository import ImportRepository
from app.imports.service import ImportService
from app.settings import Neo4jSettings


def die_after(graph: GraphDatabase, statements: int) -> None:
    """Let the process end at its `statements`-th statement as if the machine had lost it."""
    seen = 0

    def count(_: object) -> None:
        nonlocal seen
        seen += 1
        if seen >= statements:
            os.kill(os.getpid(), signal.SIGKILL)

    graph.observer = count


async def import_once(request: dict[str, Any]) -> int:
    settings = Neo4jSettings(retry_time_s=30, acquire_timeout_s=10)
    async with open_graph(request["url"], request["user"], request["password"], settings) as graph:
        if request["die_after"]:
            die_after(graph, request["die_after"])
        clock = SystemClock()
        service = ImportService(ImportRepository(graph), FactWriter(graph, clock), clock)
        report = await service.run(Path(request["directory"]), TellingStages.untold())
    for line in lines_of(report):
        say(line)
    return 0 if report.imported else 1


class TellingStages(Stages):
    """Says which stage begins."""

    @contextmanager
    def stage(self, name: str, total: int, unit: str = "rows") -> Iterator[Advance]:
        say(name)
        with super().stage(name, total, unit) as advance:
            yield advance


def say(line: str) -> None:
    print(line, flush=True)


def in_child(request: dict[str, Any]) -> int:
    """Import in a child; its exit status, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        status = 3
        try:
            say(f"process {os.getpid()}")
            status = asyncio.run(import_once(request))
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    for line in sys.stdin:
        say(f"ended {in_child(json.loads(line))}")

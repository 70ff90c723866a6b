"""`python -m tests.component.imports.import_process DIRECTORY`: one import in a process that a test can kill.

The graph's endpoint comes as JSON in IMPORT_ENDPOINT. Each step is printed as it begins, then the report. After
IMPORT_DIE_AFTER statements of Neo4j, if set, it kills itself with SIGKILL, wherever in the import that is.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from app.clock import SystemClock
from app.facts.writer import FactWriter
from app.graph import GraphDatabase, open_graph
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


async def main(directory: Path) -> int:
    endpoint = json.loads(os.environ["IMPORT_ENDPOINT"])
    async with open_graph(endpoint["url"], endpoint["user"], endpoint["password"], Neo4jSettings()) as graph:
        if "IMPORT_DIE_AFTER" in os.environ:
            die_after(graph, int(os.environ["IMPORT_DIE_AFTER"]))
        clock = SystemClock()
        service = ImportService(ImportRepository(graph), FactWriter(graph, clock), clock)
        report = await service.run(directory, lambda line: print(line, flush=True))
    for line in lines_of(report):
        print(line, flush=True)
    return 0 if report.imported else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]))))

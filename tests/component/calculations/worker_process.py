"""A calculation worker of its own process, which a test can have killed at a chosen statement.

    python -m tests.component.calculations.worker_process '{"endpoints": …, "data_dir": …, "die_at": …, "nth": 1, …}'

It works as `banyan worker` does, with statements saved in chunks of `chunk` and a lease of `lease_ms`, until nothing
waits. With `die_at` it kills itself with SIGKILL at the `nth` run of that statement, inside its transaction; or, where
that is `file`, when the `nth` file of the blob store is written and has no name yet.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from app.clock import SystemClock
from app.graph import open_graph
from app.graph.database import QueryEvent
from app.runs import repository
from app.settings import Neo4jSettings, Settings
from app.wiring import build_house, calculation_worker


async def main(config: dict[str, Any]) -> None:
    repository.STATEMENTS_A_CALL = config["chunk"]
    where = config["endpoints"]
    settings = Neo4jSettings(acquire_timeout_s=10, retry_time_s=30)
    async with open_graph(where["neo4j_url"], where["neo4j_user"], where["neo4j_password"], settings) as graph:
        seen = 0

        def die(at: str) -> None:
            nonlocal seen
            seen += at == config["die_at"]
            if seen >= config["nth"]:
                os.kill(os.getpid(), signal.SIGKILL)

        def observe(event: QueryEvent) -> None:
            die(event.name)

        if config.get("die_at"):
            graph.observer = observe
            pytest.MonkeyPatch().setattr(os, "fsync", lambda _: die("file"))
        house = build_house(Settings(_env_file=None, data_dir=Path(config["data_dir"])), graph, SystemClock())
        worker = calculation_worker(house, config["lease_ms"])
        while await worker.calculate_next(asyncio.Event()):
            pass


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))

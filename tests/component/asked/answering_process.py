"""A worker of its own process that answers what is asked for, and kills itself at a chosen statement.

    python -m tests.component.asked.answering_process '{"endpoints": …, "data_dir": …, "die_at": …, "nth": 1}'

With `die_at` it ends by SIGKILL once that statement ran the `nth` time: inside its transaction, where it is of one.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from app.graph import open_graph
from app.graph.database import QueryEvent
from app.settings import Neo4jSettings, Settings
from app.wiring import asked_service, build_house
from tests.component.volumes.company import TestClock


async def main(config: dict[str, Any]) -> None:
    where = config["endpoints"]
    settings = Neo4jSettings(acquire_timeout_s=10, retry_time_s=30)
    async with open_graph(where["neo4j_url"], where["neo4j_user"], where["neo4j_password"], settings) as graph:
        seen = 0

        def die(event: QueryEvent) -> None:
            nonlocal seen
            seen += event.name == config["die_at"]
            if seen >= config["nth"]:
                os.kill(os.getpid(), signal.SIGKILL)

        if config["die_at"]:
            graph.observer = die
        clock = TestClock(2026, 3, 15)
        service = asked_service(build_house(Settings(_env_file=None, data_dir=Path(config["data_dir"])), graph, clock))
        while await service.answer_next() is not None:
            pass


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))

"""A writer of its own process: submits a list of commands and writes down, durably, every answer it was given.

    python -m tests.component.facts.writer_process '{"endpoints": …, "log": …, "name": "a", "orders": 2000, …}'

`die_after` statements of Neo4j it kills itself with SIGKILL, wherever in a commit that is.
"""

import asyncio
import json
import os
import signal
import sys
from typing import Any

from app.clock import SystemClock
from app.errors import BanyanError
from app.facts.commands import BelowSponsor, Enrol, Order, Submission
from app.facts.writer import FactWriter
from app.graph import open_graph
from app.settings import Neo4jSettings

AT_ONCE = 200
JANUARY_15 = 1_768_435_200_000


def submissions(name: str, orders: int) -> list[Submission]:
    """Own orders, orders under keys that every process uses (every tenth with another body), and enrolments."""
    commands = []
    for number in range(orders):
        if number % 4 == 0:
            key, id = f"shared-{number}", f"S{number}"
            pv = 100 + (ord(name[0]) if number % 40 == 0 else 0)
        else:
            key, id, pv = f"{name}-{number}", f"{name}-O{number}", 100
        if number % 20 == 1:
            command: Any = Enrol(
                f"{name}-P{number}", "A", "Newcomer", "", JANUARY_15, placement=BelowSponsor("outside_left")
            )
        else:
            command = Order(id, "A", "distributor", JANUARY_15, pv, 50)
        commands.append(Submission(key, name, "", command))
    return commands


async def main(config: dict[str, Any]) -> None:
    endpoints = config["endpoints"]
    at_once = asyncio.Semaphore(AT_ONCE)
    with open(config["log"], "a", buffering=1) as log:  # noqa: PTH123 - one writer, line by line
        settings = Neo4jSettings(acquire_timeout_s=10, retry_time_s=30)
        user, password = endpoints["neo4j_user"], endpoints["neo4j_password"]
        async with open_graph(endpoints["neo4j_url"], user, password, settings) as graph:
            if config.get("die_after"):
                statements = 0

                def die(_: object) -> None:
                    nonlocal statements
                    statements += 1
                    if statements >= config["die_after"]:
                        os.kill(os.getpid(), signal.SIGKILL)

                graph.observer = die
            writer = FactWriter(graph, SystemClock())

            async def submit(submission: Submission) -> None:
                async with at_once:
                    try:
                        receipt = await writer.submit(submission)
                        answer: dict[str, Any] = {"seq": receipt.seq, "data": receipt.data}
                    except BanyanError as error:
                        answer = {"error": type(error).__name__}
                log.write(json.dumps({"key": submission.key, **answer}) + "\n")
                os.fsync(log.fileno())

            await asyncio.gather(*(submit(s) for s in submissions(config["name"], config["orders"])))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))

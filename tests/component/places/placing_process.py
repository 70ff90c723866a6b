"""Eight writers of one process: each enrols people under one sponsor and seats them in the matrix, and says what came.

    python -m tests.component.places.placing_process '{"endpoints": …, "process": 3}'

It says "ready", and waits for a line before it begins, so that all processes begin at once.
"""

import asyncio
import json
import sys
from typing import Any

from app.clock import SystemClock
from app.errors import BanyanError
from app.facts.commands import BelowSponsor, Command, Enrol, Place, Submission
from app.facts.writer import FactWriter
from app.graph import open_graph
from app.places.strategies import OF_EVERY_COMPANY, Strategy
from app.settings import Neo4jSettings

WRITERS = 8
ENROLMENTS = 2
"""Of each writer, each by another strategy."""
SPONSOR = "D0"
STRATEGIES: tuple[Strategy, ...] = (*OF_EVERY_COMPANY, "preference")
JANUARY_15 = 1_768_435_200_000


def commands_of(process: int, writer: int) -> list[Command]:
    """All writers together use every strategy about as often."""
    number, commands = process * WRITERS + writer, list[Command]()
    for turn in range(ENROLMENTS):
        strategy = STRATEGIES[(number + 5 * turn) % len(STRATEGIES)]
        id = f"P{process}-{writer}-{turn}"
        commands.append(Enrol(id, SPONSOR, id, "", JANUARY_15, placement=BelowSponsor(strategy)))
    return [*commands, Place(f"P{process}-{writer}-0", BelowSponsor("first_open"), JANUARY_15, "matrix")]


async def main(config: dict[str, Any]) -> None:
    endpoints = config["endpoints"]
    login = (endpoints["neo4j_url"], endpoints["neo4j_user"], endpoints["neo4j_password"])
    settings = Neo4jSettings(acquire_timeout_s=30, retry_time_s=60)
    async with open_graph(*login, settings) as graph:
        writers = [FactWriter(graph, SystemClock()) for _ in range(WRITERS)]
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)

        async def write(number: int) -> list[dict[str, Any]]:
            answers = []
            for turn, command in enumerate(commands_of(config["process"], number)):
                submission = Submission(f"p{config['process']}-{number}-{turn}", "test", "", command)
                try:
                    receipt = await writers[number].submit(submission)
                    answers.append({"seq": receipt.seq, "kind": receipt.kind, **receipt.data})
                except BanyanError as error:
                    answers.append({"error": f"{type(error).__name__}: {error.message}"})
            return answers

        said = await asyncio.gather(*map(write, range(WRITERS)))
    print(json.dumps([answer for answers in said for answer in answers]), flush=True)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))

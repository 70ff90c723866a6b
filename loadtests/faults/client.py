"""A client in a process of its own, which writes down what it sends and what it is told before it goes on.

    python -m loadtests.faults.client '{"name": …, "homes": […], "bearer": …, "journal": …, "people": …, …}'

It says `ready`, then takes words on its standard input: `flow` begins to send, `pause` ends it, and `paused` is
answered once every command that was sent has an answer, or none came for long. At the end of its input it ends. A
request without an answer is sent again under the same key, to the next process.
"""

import asyncio
import itertools
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from loadtests.faults.commands import Commands
from loadtests.faults.journal import Intent, Journal
from loadtests.http_client import Connection

ANSWER_S: Final = 30.0
"""Until a request without an answer is given up."""
GIVE_UP_S: Final = 240.0
"""Until a command is left open."""
REST_S: Final = 0.2
_DONE: Final = (200, 201)


@dataclass(frozen=True, slots=True)
class Config:
    """What one client is told."""

    name: str
    homes: tuple[str, ...]
    bearer: str
    journal: str
    people: int
    seed: int
    rate: float
    """Commands a second, as long as they are answered."""
    callers: int


class Client:
    """Sends while it flows."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._journal = Journal(Path(config.journal))
        self._commands = Commands(config.name, config.people, config.seed)
        self._flows = asyncio.Event()
        self._free: asyncio.LifoQueue[tuple[Connection, ...]] = asyncio.LifoQueue()
        for _ in range(config.callers):
            self._free.put_nowait(tuple(Connection(home, config.bearer) for home in config.homes))
        self._under_way: set[asyncio.Task[None]] = set()
        self._turns = itertools.count(config.seed)

    async def run(self) -> None:
        """Until the input ends."""
        sending = asyncio.create_task(self._send_all())
        words = await _standard_input()
        print("ready", flush=True)
        while word := (await words.readline()).decode().strip():
            if word == "flow":
                self._flows.set()
            elif word == "pause":
                self._flows.clear()
                while self._under_way:
                    await asyncio.wait(self._under_way)
                print("paused", flush=True)
            if sending.done():
                break
        sending.cancel()
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(sending, *self._under_way, return_exceptions=True)
        self._journal.close()

    async def _send_all(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            await self._flows.wait()
            connections = await self._free.get()
            if not self._flows.is_set():
                self._free.put_nowait(connections)
                continue
            task = asyncio.create_task(self._send(self._commands.next(), connections))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            due = max(due + 1 / self._config.rate, loop.time())
            await asyncio.sleep(due - loop.time())

    async def _send(self, intent: Intent, connections: tuple[Connection, ...]) -> None:
        self._journal.send(intent)
        body, until = orjson.dumps(intent.body), asyncio.get_running_loop().time() + GIVE_UP_S
        for connection in self._in_turn(connections):
            why = await self._try(intent, body, connection)
            if why is None:
                break
            self._journal.unknown(intent.key, why)
            if asyncio.get_running_loop().time() > until:
                break
            await asyncio.sleep(REST_S)
        self._free.put_nowait(connections)

    def _in_turn(self, connections: tuple[Connection, ...]) -> Iterator[Connection]:
        for number in itertools.count(next(self._turns)):
            yield connections[number % len(connections)]

    async def _try(self, intent: Intent, body: bytes, connection: Connection) -> str | None:
        """None once it is decided, else why nobody knows."""
        try:
            async with asyncio.timeout(ANSWER_S):
                status, said = await connection.post(intent.path, body, intent.key)
        except (OSError, EOFError) as error:
            connection.close()
            return type(error).__name__
        if status in _DONE:
            self._journal.acknowledged(intent.key, orjson.loads(said)["receipt"]["seq"])
            self._commands.acknowledged(intent)
            return None
        if status >= 500 or status == 429:
            return str(status)
        self._journal.refused(intent.key, f"{status} {said[:300].decode(errors='replace')}")
        return None


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    asyncio.run(Client(Config(**given | {"homes": tuple(given["homes"])})).run())

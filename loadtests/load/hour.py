"""The pages that an hour of asking leaves in the cache: whoever was asked about in it is asked about once."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Final

from app.errors import BanyanError
from loadtests.api_process import bearer
from loadtests.http_client import Connection
from loadtests.load.asks import path_of

AT_ONCE: Final = 8


class PageRefusedError(BanyanError):
    """What is not kept is not measured."""

    title = "A page was not answered"


async def leave_pages(home: str, roots: Sequence[str]) -> None:
    """Ask for the hot page of each, in this order. Raises PageRefusedError."""
    left = iter(roots)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(AT_ONCE):
            tasks.create_task(_ask(home, left))


async def _ask(home: str, left: Iterator[str]) -> None:
    with Connection(home, bearer()) as connection:
        for root in left:
            status, body = await connection.get(path_of("hot page", root))
            if status != 200:
                raise PageRefusedError(f"{root}: {status} {body[:200].decode(errors='replace')}")

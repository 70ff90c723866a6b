"""A whole downline as bytes, at the reader's pace and in the memory of a page or two.

Whether the caller may ask about the person is decided before (app/access).
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from app.clock import from_ms, zulu
from app.downlines.encoders import Encoder, encoder
from app.downlines.models import (
    Asked,
    DownlineTooLargeError,
    ExportTimeoutError,
    Heading,
    Present,
    TooManyExportsError,
)
from app.downlines.repository import DownlineRepository
from app.seats import Seats
from app.trees.errors import UnknownPersonError

AT_ONCE: Final = 4
"""Exports under way in a process: each holds a connection, and in the server a reference to everybody below."""
MAX_PEOPLE: Final = 1_000_000
PEOPLE_A_PAGE: Final = 5_000
TIMEOUT_S: Final = 300.0
"""From the first look to the last byte, the reader's pauses among it."""
_RETRY_AFTER_S: Final = 10


@dataclass(frozen=True, slots=True)
class Export:
    """What is known beforehand, and the bytes as they are made."""

    heading: Heading
    parts: AsyncIterator[bytes]


class DownlineExports:
    def __init__(
        self,
        repository: DownlineRepository,
        *,
        at_once: int = AT_ONCE,
        most: int = MAX_PEOPLE,
        page: int = PEOPLE_A_PAGE,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._repository = repository
        self._seats = Seats(at_once, _busy)
        self._most = most
        self._page = page
        self._timeout_s = timeout_s

    @asynccontextmanager
    async def open(self, asked: Asked) -> AsyncIterator[Export]:
        """The downline as of the present fact. Leaving the block, early or not, stops the statement in the graph.

        Errors before the first part: TooManyExportsError, UnknownPersonError, DownlineTooLargeError, ExportTimeoutError
        and the graph's. The last two may also come between the parts.
        """
        async with self._seats.one():
            try:
                async with asyncio.timeout(self._timeout_s), self._opened(asked) as export:
                    yield export
            except TimeoutError as error:
                raise ExportTimeoutError(
                    f"The downline of {asked.id} was not sent within {self._timeout_s:g} seconds. Ask with a smaller "
                    "depth or for those below one by one, and read as fast as it comes."
                ) from error

    @asynccontextmanager
    async def _opened(self, asked: Asked) -> AsyncIterator[Export]:
        present = await self._repository.present()
        pages = self._repository.pages(asked, present, most=self._most, page=self._page, timeout_s=self._timeout_s)
        async with pages as rows:
            first = await anext(rows, None)
            if first is None:
                raise UnknownPersonError(f"There is no distributor {asked.id!r}.", distributor=asked.id)
            if first["total"] > self._most:
                raise DownlineTooLargeError(
                    f"More than {self._most:,} people stand below {asked.id}; ask with a smaller depth, or for those "
                    "directly below one by one.",
                    most=self._most,
                )
            heading = Heading(first["total"], present.seq, present.recorded_at, first["figures_seq"])
            async with aclosing(_parts(first, rows, encoder(asked.format, _facts(asked, present)))) as parts:
                yield Export(heading, parts)


def _busy() -> TooManyExportsError:
    return TooManyExportsError(
        "As many downlines as this service sends at a time are under way; try again in a few seconds.",
        retry_after_s=_RETRY_AFTER_S,
    )


async def _parts(
    first: dict[str, Any], rows: AsyncIterator[dict[str, Any]], to: Encoder
) -> AsyncGenerator[bytes, None]:
    # In a thread: encoding a page takes as long as many small requests do.
    yield await asyncio.to_thread(to.page, first)
    async for row in rows:
        yield await asyncio.to_thread(to.page, row)
    if last := await asyncio.to_thread(to.end):
        yield last


def _facts(asked: Asked, present: Present) -> dict[str, str]:
    return {
        "distributor": asked.id,
        "tree": asked.tree,
        "depth": str(asked.depth or "all"),
        "calendar": asked.calendar,
        "period": str(asked.period),
        "as_of_seq": str(present.seq),
        "as_of_at": zulu(from_ms(present.recorded_at)),
    }

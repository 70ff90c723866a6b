"""Answers that are read row by row: the server makes the next row while this one is worked on, and no more."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from neo4j import AsyncResult, AsyncSession

from app.graph.values import plain_row

Row = dict[str, Any]


@contextlib.asynccontextmanager
async def rows_ahead(session: AsyncSession, result: AsyncResult) -> AsyncIterator[AsyncIterator[Row]]:
    """The rows of `result`, each with the next one asked for before it is handed on.

    When the block ends before the rows do, the connection is cut: that stops the statement whatever it is about, where
    asking the server to stop would first wait for the row it is making.
    """
    at_end = False

    async def rows() -> AsyncGenerator[Row, None]:
        nonlocal at_end
        records = aiter(result)
        coming = asyncio.ensure_future(anext(records, None))
        try:
            while (record := await coming) is not None:
                coming = asyncio.ensure_future(anext(records, None))
                yield plain_row(dict(record))
            at_end = True
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    reading = rows()
    try:
        async with contextlib.aclosing(reading):
            yield reading
    finally:
        if not at_end:
            session.cancel()

"""The pages of a whole downline, out of one statement that the server holds at the reader's pace."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from app.downlines.models import Asked, Present
from app.facts.repository import take_head
from app.graph import GraphDatabase, GraphTransaction


class DownlineRepository:
    """Reads downlines as of a fact."""

    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def present(self) -> Present:
        """The last fact of which everything is in the graph.

        Head is locked for it: without the lock its number may be seen before the edges that the same commit changes.
        """

        async def look(tx: GraphTransaction) -> Present:
            chain, people = await take_head(tx)
            return Present(chain.seq, chain.recorded_at, people)

        return await self._graph.write(look, name="downline as of")

    @asynccontextmanager
    async def pages(
        self, asked: Asked, present: Present, *, most: int, page: int, timeout_s: float
    ) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """Rows of queries/trees/export_*: a page of people each, as of the present fact."""
        params = {
            "id": asked.id,
            "seq": present.seq,
            # No tree is deeper than all people one below the other.
            "depth": asked.depth or present.people,
            "most": most,
            "page": page,
            "period": asked.period,
            "calendar": asked.calendar,
            "slot": str(asked.period % 2),
        }
        async with self._graph.stream(f"queries/trees/export_{asked.tree}", params, timeout_s=timeout_s) as rows:
            yield rows

"""The pages of a whole downline, out of one statement that the server holds at the reader's pace."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from app.downlines.models import Asked
from app.facts.decide import Chain
from app.facts.repository import take_head
from app.graph import GraphDatabase, GraphTransaction


class DownlineRepository:
    """Reads downlines as of a fact."""

    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def present(self) -> Chain:
        """The last fact of which everything is in the graph.

        Head is locked for it: without the lock its number may be seen before the edges that the same commit changes.
        """

        async def look(tx: GraphTransaction) -> Chain:
            chain, _ = await take_head(tx)
            return chain

        return await self._graph.write(look, name="downline as of")

    @asynccontextmanager
    async def pages(
        self, asked: Asked, seq: int, *, most: int, page: int, timeout_s: float
    ) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """Rows of queries/trees/export_*: a page of people each, as of fact `seq`."""
        params = {
            "id": asked.id,
            "seq": seq,
            "depth": asked.depth,
            "most": most,
            "page": page,
            "period": asked.period,
            "slot": str(asked.period % 2),
        }
        async with self._graph.stream(f"queries/trees/export_{asked.tree}", params, timeout_s=timeout_s) as rows:
            yield rows

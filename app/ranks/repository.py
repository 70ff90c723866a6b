"""Reads what was decided of ranks."""

from app.graph import GraphDatabase
from app.ranks.models import SaidOfRank


class RankOverrideRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def said_of(self, distributor_id: str) -> list[SaidOfRank]:
        """All that was said of somebody, in the order of the facts."""
        [row] = await self._graph.read("queries/ranks/said_of", {"id": distributor_id})
        return [SaidOfRank(*said) for said in zip(*row.values(), strict=True)]

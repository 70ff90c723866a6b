"""Periods as the graph holds them."""

from app.graph import GraphDatabase
from app.periods.models import Period


class PeriodRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def all(self, calendar: str) -> list[Period]:
        """Every period of a calendar, oldest first."""
        return [Period(**row) for row in await self._graph.read("queries/periods/all", {"calendar": calendar})]

    async def one(self, calendar: str, number: int) -> Period | None:
        row = await self._graph.read_one("queries/periods/one", {"calendar": calendar, "number": number})
        return None if row is None else Period(**row)

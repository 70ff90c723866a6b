"""Periods as the graph holds them."""

from typing import Any

from app.clock import from_ms
from app.graph import GraphDatabase
from app.periods.models import Period, Turn


class PeriodRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def all(self, calendar: str) -> list[Period]:
        """Every period of a calendar, oldest first."""
        return [_period(row) for row in await self._graph.read("queries/periods/all", {"calendar": calendar})]

    async def one(self, calendar: str, number: int) -> Period | None:
        row = await self._graph.read_one("queries/periods/one", {"calendar": calendar, "number": number})
        return None if row is None else _period(row)

    async def turns(self, period: Period) -> list[Turn]:
        """What opened and closed it, in order."""
        rows = await self._graph.read("queries/periods/turns", {"seqs": list(period.turns)})
        return [Turn(**row | {"recorded_at": from_ms(row["recorded_at"])}) for row in rows]


def _period(row: dict[str, Any]) -> Period:
    instants = {name: from_ms(row[name]) for name in ("starts_at", "ends_at")}
    grace = None if row["grace_ends_at"] is None else from_ms(row["grace_ends_at"])
    return Period(**row | instants | {"grace_ends_at": grace, "turns": tuple(row["turns"])})

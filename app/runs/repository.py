"""Runs and statement totals in the graph."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from app.clock import to_ms
from app.facts.errors import RunConflictError
from app.graph import GraphDatabase, GraphTransaction
from app.runs.models import Run

STATEMENTS_A_CALL = 5_000


class RunRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def one(self, id: str) -> Run | None:
        row = await self._graph.read_one("queries/runs/one", {"id": id})
        return None if row is None else Run(**row)

    async def of_period(self, calendar: str, period: int) -> list[Run]:
        """Runs of a period, the committed one first, then the newest."""
        rows = await self._graph.read("queries/runs/of_period", {"calendar": calendar, "period": period})
        return [Run(**row) for row in rows]

    async def all(self, calendar: str) -> list[Run]:
        """The newest hundred runs."""
        return [Run(**row) for row in await self._graph.read("queries/runs/all", {"calendar": calendar})]

    async def save(self, run: Run, statements: Sequence[dict[str, Any]]) -> Run:
        """Store a run with its statement totals. Resumable: whatever is there already is left as it is."""
        properties = asdict(run)
        for name in ("id", "state", "calculated_at"):
            del properties[name]
        params = {"id": run.id, "properties": properties, "calculated_at": to_ms(run.calculated_at)}

        async def save_run(tx: GraphTransaction) -> None:
            await tx.run("queries/runs/save_run", params)

        async def finish(tx: GraphTransaction) -> None:
            await tx.run("queries/runs/finish_run", {"id": run.id})

        await self._graph.write(save_run)
        for start in range(0, len(statements), STATEMENTS_A_CALL):
            chunk = list(statements[start : start + STATEMENTS_A_CALL])

            async def save_statements(tx: GraphTransaction, chunk: list[dict[str, Any]] = chunk) -> None:
                await tx.run("queries/runs/save_statements", {"run": run.id, "rows": chunk})

            await self._graph.write(save_statements)
        await self._graph.write(finish)
        stored = await self.one(run.id)
        if stored is None or stored.hash != run.hash:
            raise RunConflictError(f"Run {run.id} is stored with another result; this must not happen.")
        return stored

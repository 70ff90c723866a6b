"""What the graph tells of runs."""

from collections.abc import AsyncIterator
from typing import Any, Final

from app.graph import GraphDatabase

STATEMENTS_A_CALL: Final = 5_000
SCAN_TIMEOUT_S: Final = 600.0
_BEFORE_ALL: Final = -(2**62)


class AuditRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def run_steps(self) -> dict[str, Any]:
        """Every fact of a run's steps, what runs say of them now, and the runs that periods name."""
        [row] = await self._graph.read("queries/audit/run_steps")
        return row

    async def opens(self) -> dict[str, int]:
        """By calendar the period that begins with figures of a former system."""
        [row] = await self._graph.read("queries/facts/opens")
        return dict(zip(row["calendars"], row["periods"], strict=True))

    async def statements(self, run_id: str) -> AsyncIterator[list[dict[str, Any]]]:
        """All that the stored statements of a run say, by ix, a page at a time."""
        after = _BEFORE_ALL
        while True:
            params = {"run": run_id, "after": after, "page": STATEMENTS_A_CALL}
            [row] = await self._graph.read("queries/audit/statements", params)
            if not row["statements"]:
                return
            yield row["statements"]
            after = row["statements"][-1]["ix"]

    async def lost_statements(self) -> int:
        """How many statements name no run or no person."""
        [row] = await self._graph.read("queries/audit/lost_statements", timeout_s=SCAN_TIMEOUT_S)
        return int(row["statements"])

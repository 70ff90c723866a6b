"""Runs and statement totals in the graph."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any

from app.clock import to_ms
from app.facts.errors import RunConflictError
from app.facts.runs import RunState, received_by
from app.graph import ConstraintViolatedError, GraphDatabase, GraphTransaction
from app.runs.models import SETS_OFF, OwnRun, Run, RunStep, StatementTotal
from app.runs.progress import NOBODY_ASKS, Tell

STATEMENTS_A_CALL = 5_000
WRITERS = 2
"""Calls at once: while one's are put together here, another's are written there."""
STEPS_SHOWN = 1_000
Along = Callable[[GraphTransaction, str], Awaitable[None]]
"""What is written in the transaction that makes a run visible, given its id; what it raises keeps the run hidden."""


async def nothing_along(_: GraphTransaction, _run: str) -> None:
    """Of a run that nobody queued."""


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

    async def all(self, calendar: str, state: RunState | None = None) -> list[Run]:
        """The newest hundred runs, of every state or of one."""
        asked = {"calendar": calendar, "state": state}
        return [Run(**row) for row in await self._graph.read("queries/runs/all", asked)]

    async def own(self, distributor_id: str, calendar: str) -> list[OwnRun]:
        """The newest hundred runs that pay, or paid, a person."""
        rows = await self._graph.read("queries/runs/own", {"id": distributor_id, "calendar": calendar})
        return [OwnRun(received=received_by(row.pop("before")), **row) for row in rows]

    async def steps(self, id: str) -> list[RunStep]:
        """The newest thousand steps of a run, oldest first."""
        rows = await self._graph.read("queries/runs/steps", {"id": id, "most": STEPS_SHOWN})
        return [RunStep(**row) for row in rows]

    async def save(
        self,
        run: Run,
        bonuses: Sequence[str],
        statements: Sequence[StatementTotal],
        *,
        tell: Tell = NOBODY_ASKS,
        along: Along = nothing_along,
    ) -> Run:
        """Store a run with its statement totals, `bonuses` of its plan; it is seen once all of them are there.
        Resumable: whatever is there already is left as it is."""
        properties = asdict(run)
        for name in ("id", "state", "calculated_at", *SETS_OFF):
            del properties[name]
        params = {"id": run.id, "properties": properties, "calculated_at": to_ms(run.calculated_at)}

        async def save_run(tx: GraphTransaction) -> None:
            await tx.run("queries/runs/save_run", params)

        async def finish(tx: GraphTransaction) -> None:
            await along(tx, run.id)
            await tx.run("queries/runs/finish_run", {"id": run.id})

        await self._graph.write(save_run)
        await self._save_statements(run.id, bonuses, statements, tell)
        await self._graph.write(finish)
        stored = await self.one(run.id)
        if stored is None or stored.hash != run.hash:
            raise RunConflictError(f"Run {run.id} is stored with another result; this must not happen.")
        return stored

    async def _save_statements(
        self, run_id: str, bonuses: Sequence[str], statements: Sequence[StatementTotal], tell: Tell
    ) -> None:
        starts = iter(range(0, len(statements), STATEMENTS_A_CALL))

        async def in_turn() -> None:
            for start in starts:
                tell("statements", start, len(statements))
                await self._save_some(_columns_of(run_id, bonuses, statements[start : start + STATEMENTS_A_CALL]))

        writers = [asyncio.create_task(in_turn()) for _ in range(WRITERS)]
        try:
            await asyncio.gather(*writers)
        finally:
            for writer in writers:
                writer.cancel()
            await asyncio.wait(writers)
        tell("statements", len(statements), len(statements))

    async def _save_some(self, columns: dict[str, Any]) -> None:
        async def save(tx: GraphTransaction) -> None:
            await tx.run("queries/runs/save_statements", columns)

        async def complete(tx: GraphTransaction) -> None:
            await tx.run("queries/runs/complete_statements", columns)

        try:
            await self._graph.write(save)
        except ConstraintViolatedError:
            # Somebody who came to the same run wrote some of them before.
            await self._graph.write(complete)


def _columns_of(run_id: str, bonuses: Sequence[str], statements: Sequence[StatementTotal]) -> dict[str, Any]:
    """Parallel lists: they travel, and are written, faster than as many maps."""
    ixs, distributors, amounts, ranks, by_bonus = map(list, zip(*statements, strict=True))
    return {
        "run": run_id,
        "bonuses": list(bonuses),
        "ixs": ixs,
        "distributors": distributors,
        "amounts": amounts,
        "ranks": ranks,
        "by_bonus": by_bonus,
    }

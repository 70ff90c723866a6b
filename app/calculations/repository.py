"""Calculations as the graph holds them, and the lease by which one worker at a time works on each."""

from typing import Any

from app.calculations.models import NIGHTLY, Calculation, Claim, NightlyPreview, State, Step
from app.graph import GraphDatabase, GraphTransaction


class CalculationRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def one(self, id: str) -> Calculation | None:
        row = await self._graph.read_one("queries/calculations/one", {"id": id})
        return None if row is None else _calculation(row)

    async def newest(self, page: int) -> list[Calculation]:
        """Those that were asked for last, the newest first."""
        return [_calculation(row) for row in await self._graph.read("queries/calculations/newest", {"page": page})]

    async def nightly(self, page: int) -> list[NightlyPreview]:
        """Previews that were asked for by night, the newest first."""
        asked = {"prefix": NIGHTLY, "page": page}
        return [NightlyPreview(**row) for row in await self._graph.read("queries/calculations/nightly", asked)]

    async def claim_next(self, holder: str, now: int, lease_until: int) -> Claim | None:
        """Take the one that waits longest, or whose worker was lost; None when there is none. Epoch ms."""
        for row in await self._graph.read("queries/calculations/claimable", {"now": now}):
            params = {"id": row["id"], "holder": holder, "now": now, "lease_until": lease_until}
            claimed = await self._write("claim", params)
            if claimed is not None:
                return Claim(holder=holder, **claimed)
        return None

    async def beat(self, claim: Claim, lease_until: int, stage: str, done: int, of: int) -> bool:
        """Say that it is worked on, and how far it is; whether it is still this worker's."""
        progress = {"lease_until": lease_until, "stage": stage, "done": done, "of": of}
        return await self._write("beat", _held(claim) | progress) is not None

    async def finish(self, tx: GraphTransaction, claim: Claim, run: str, at: int) -> bool:
        """It is done, in the transaction that shows its run; whether it was still this worker's."""
        return await tx.run_one("queries/calculations/finish", _held(claim) | {"run": run, "at": at}) is not None

    async def leave(
        self, claim: Claim, state: State, failure: str | None, *, at: int, counted: int, again_from: int = 0
    ) -> bool:
        """It failed, or is tried again from an instant on; whether it was still this worker's."""
        how = {"state": state, "failure": failure, "at": at, "counted": counted, "again_from": again_from}
        return await self._write("leave", _held(claim) | how) is not None

    async def _write(self, query: str, params: dict[str, Any]) -> dict[str, Any] | None:
        async def work(tx: GraphTransaction) -> dict[str, Any] | None:
            return await tx.run_one(f"queries/calculations/{query}", params)

        return await self._graph.write(work, name=f"queries/calculations/{query}")


def _held(claim: Claim) -> dict[str, Any]:
    return {"id": claim.id, "holder": claim.holder, "attempt": claim.attempt}


def _calculation(row: dict[str, Any]) -> Calculation:
    return Calculation(**row | {"steps": [Step(*step) for step in row["steps"]]})

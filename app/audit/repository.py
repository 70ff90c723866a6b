"""What the graph tells of committed runs."""

import json
from collections.abc import AsyncIterator
from typing import Any, Final

from app.audit.models import Commitment
from app.graph import GraphDatabase

STATEMENTS_A_CALL: Final = 5_000
SCAN_TIMEOUT_S: Final = 600.0
_BEFORE_ALL: Final = -(2**62)


class AuditRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def commitments(self) -> tuple[list[Commitment], set[str], set[str]]:
        """Every commitment by its fact, the runs that say they are committed, and those that periods name. A fact that
        cannot be read is left out: the walk along the chain names it."""
        [row] = await self._graph.read("queries/audit/commitments")
        columns = (row[name] for name in ("seqs", "bodies", "period_runs", "states", "committed_seqs"))
        found = [_commitment(*values) for values in zip(*columns, strict=True)]
        return [one for one in found if one is not None], set(row["said_runs"]), set(row["said_periods"])

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


def _commitment(seq: int, body: str, period_run: str, state: str, committed_seq: int) -> Commitment | None:
    try:
        said = json.loads(body)
        run_id, calendar, period, run_hash = (said[name] for name in ("run_id", "calendar", "period", "run_hash"))
    except (LookupError, TypeError, ValueError):
        return None
    return Commitment(seq, run_id, calendar, period, run_hash, period_run, state, committed_seq)

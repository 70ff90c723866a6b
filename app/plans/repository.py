"""Reads which plans were registered."""

from datetime import date

import orjson

from app.graph import GraphDatabase
from app.plans.registered import RegisteredPlan


class PlanRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def registered(self) -> list[RegisteredPlan]:
        """All of them, in the order of their facts. A fact that cannot be read is left out: the audit names it."""
        [row] = await self._graph.read("queries/plans/registered")
        columns = (row[name] for name in ("seqs", "bodies", "actors", "reasons", "instants"))
        found = [_plan(*values) for values in zip(*columns, strict=True)]
        return [plan for plan in found if plan is not None]


def _plan(seq: int, body: str, actor: str, reason: str, registered_at: int) -> RegisteredPlan | None:
    try:
        said = orjson.loads(body)
        name, version, hash, calendar = (said[key] for key in ("name", "version", "plan_hash", "calendar"))
        day = date.fromisoformat(said["effective_from"])
    except (LookupError, TypeError, ValueError):
        return None
    return RegisteredPlan(name, version, hash, calendar, day, seq, actor, reason, registered_at)

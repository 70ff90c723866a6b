"""Reads which plans were registered."""

from app.facts.plans import RegisteredPlan, registered_plan
from app.graph import GraphDatabase


class PlanRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def registered(self) -> list[RegisteredPlan]:
        """All of them, in the order of their facts. A fact that cannot be read is left out: the audit names it."""
        [row] = await self._graph.read("queries/plans/registered")
        columns = (row[name] for name in ("seqs", "bodies", "actors", "reasons", "instants"))
        found = [registered_plan(*values) for values in zip(*columns, strict=True)]
        return [plan for plan in found if plan is not None]

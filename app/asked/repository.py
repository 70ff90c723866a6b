"""What is asked for over Bolt as the graph holds it, and the turn of the one worker who answers."""

from collections.abc import Sequence
from typing import Any, Final

from app.asked.models import Asked
from app.errors import BanyanError
from app.graph import GraphDatabase, GraphTransaction

PATIENCE: Final = 3
"""So many tries in vain the others wait for one: whoever asked later may build on it."""
FORGOTTEN_AT_ONCE: Final = 1_000


class AskedRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def claim(self, holder: str, now: int, lease_until: int) -> bool:
        """Take or keep the turn until an instant, or give it back as of now; whether it is this holder's. Epoch ms."""
        params = {"holder": holder, "now": now, "lease_until": lease_until}
        return await self._write("claim", params) is not None

    async def next(self, now: int) -> Asked | None:
        """What was asked for first of all that waits; None when nothing does."""
        row = await self._graph.read_one("queries/asked/next", {"now": now, "patience": PATIENCE})
        return None if row is None else _asked(row["asked"])

    async def done(self, asked: Asked, seq: int, at: int, tx: GraphTransaction | None = None) -> bool:
        """It is a fact, in the transaction that writes that where one is given; False when it was answered before."""
        params = {"key": asked.key, "at": at, "seq": seq}
        if tx is None:
            return await self._write("answer", params) is not None
        return await tx.run_one("queries/asked/answer", params) is not None

    async def refuse(self, asked: Asked, refusal: BanyanError, fields: Sequence[str], at: int) -> bool:
        """It is refused; False when it was answered before."""
        why = {"problem": refusal.code(), "detail": refusal.message, "fields": list(fields)}
        return await self._write("answer", {"key": asked.key, "at": at} | why) is not None

    async def leave(self, asked: Asked, again_from: int) -> None:
        """It was tried in vain, and is tried again from an instant on."""
        await self._write("leave", {"key": asked.key, "again_from": again_from})

    async def forget(self, before: int) -> int:
        """Delete some of what was answered before an instant; how many."""
        row = await self._write("forget", {"before": before, "most": FORGOTTEN_AT_ONCE})
        return row["forgotten"] if row else 0

    async def _write(self, query: str, params: dict[str, Any]) -> dict[str, Any] | None:
        async def work(tx: GraphTransaction) -> dict[str, Any] | None:
            return await tx.run_one(f"queries/asked/{query}", params)

        return await self._graph.write(work, name=f"queries/asked/{query}")


def _asked(node: dict[str, Any]) -> Asked:
    said = {name: value for name, value in node.items() if name not in {"key", "kind", "actor", "tries", "again_from"}}
    return Asked(node["key"], node["kind"], node["actor"], node["tries"], node.get("again_from", 0), said)

"""When a fact was recorded, for the as-of mark of an answer."""

from typing import Final

from app.clock import from_ms
from app.facts.repository import take_head
from app.graph import GraphDatabase, GraphTransaction
from app.wire import AsOf

_KEPT: Final = 1024


class Moments:
    """Instants of facts. A fact never changes, so the last thousand asked for are kept."""

    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph
        self._known: dict[int, int] = {0: 0}

    async def at(self, seq: int) -> AsOf:
        """The mark of an answer that knows every fact up to `seq`."""
        if seq not in self._known:
            row = await self._graph.read_one("queries/moments/recorded_at", {"seq": seq})
            if row is None:  # facts of a commit under way are seen in any order
                return AsOf(seq=seq, at=from_ms(0))
            if len(self._known) >= _KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[seq] = row["recorded_at"]
        return AsOf(seq=seq, at=from_ms(self._known[seq]))

    async def settled(self, by: int | None = None) -> int:
        """The last fact, or the last that was recorded by an instant (epoch ms); 0 before the first.

        Head is locked for it: a commit under way may have been decided before that instant, and without the lock its
        number may be seen before what it changes.
        """

        async def look(tx: GraphTransaction) -> int:
            chain, _ = await take_head(tx)
            if by is None:
                return chain.seq
            [row] = await tx.run("queries/moments/seq_at", {"at": by})
            seq: int = row["seq"]
            return seq

        return await self._graph.write(look, name="moment")

    async def latest(self) -> AsOf:
        """The mark of an answer that is read after this."""
        row = await self._graph.read_one("queries/moments/latest")
        return AsOf(seq=row["seq"], at=from_ms(row["recorded_at"])) if row else AsOf(seq=0, at=from_ms(0))

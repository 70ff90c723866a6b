"""When a fact was recorded, for the as-of mark of an answer."""

from typing import Final

from app.clock import from_ms
from app.graph import GraphDatabase
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

    async def seq_at(self, at: int) -> int:
        """The last fact that was recorded at an instant (epoch ms) or before it; 0 before the first."""
        row = await self._graph.read_one("queries/moments/seq_at", {"at": at})
        return row["seq"] if row else 0

    async def latest(self) -> AsOf:
        """The mark of an answer that is read after this."""
        row = await self._graph.read_one("queries/moments/latest")
        return AsOf(seq=row["seq"], at=from_ms(row["recorded_at"])) if row else AsOf(seq=0, at=from_ms(0))

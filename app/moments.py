"""When a fact was recorded, for the as-of mark of an answer."""

from collections.abc import Collection
from functools import partial
from typing import Final

from app.clock import from_ms
from app.facts.repository import take_head
from app.flights import SingleFlight
from app.graph import GraphDatabase, GraphTransaction
from app.wire import AsOf

_KEPT: Final = 1024
_WAIT_S: Final = 5.0


class Moments:
    """Instants of facts. A fact never changes, so the last thousand asked for are kept."""

    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph
        self._known: dict[int, int] = {0: 0}
        self._asked: SingleFlight[dict[int, int]] = SingleFlight(_WAIT_S)

    def learn(self, seq: int, recorded_at: int) -> None:
        """Remember what somebody else read."""
        self._remember({seq: recorded_at})

    async def at(self, seq: int) -> AsOf:
        """The mark of an answer that knows every fact up to `seq`."""
        return (await self.each_at({seq}))[seq]

    async def each_at(self, seqs: Collection[int]) -> dict[int, AsOf]:
        """The marks of several facts, asked for together; many answers know the same one, and ask for it once."""
        found = {seq: self._known[seq] for seq in seqs if seq in self._known}
        missing = tuple(sorted({*seqs} - found.keys()))
        if missing:
            found |= await self._asked.load(missing, partial(self._recorded, missing))
        # Facts of a commit under way are seen in any order.
        return {seq: AsOf(seq=seq, at=from_ms(found.get(seq, 0))) for seq in seqs}

    async def _recorded(self, seqs: tuple[int, ...]) -> dict[int, int]:
        [row] = await self._graph.read("queries/moments/recorded_at", {"seqs": list(seqs)})
        found: dict[int, int] = dict(zip(row["seqs"], row["recorded_at"], strict=True))
        self._remember(found)
        return found

    def _remember(self, found: dict[int, int]) -> None:
        self._known |= found
        while len(self._known) > _KEPT:
            self._known.pop(next(iter(self._known)))

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

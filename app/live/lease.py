"""Who of several workers reigns over live ranks: pays, answers, tells. All keep up, so whoever takes over is ready."""

from typing import Final

from app.clock import Clock, to_ms
from app.graph import GraphDatabase, GraphTransaction

LEASE_MS: Final = 5_000


class Lease:
    """Kept by claiming it again before it ends."""

    def __init__(self, graph: GraphDatabase, holder: str, clock: Clock, *, lease_ms: int = LEASE_MS) -> None:
        """`holder` is a name that no other worker has."""
        self._graph = graph
        self._holder = holder
        self._clock = clock
        self._lease_ms = lease_ms
        self._until = 0

    @property
    def holds(self) -> bool:
        """Whether it is certainly this one's now: also after the process stood still."""
        return to_ms(self._clock.now()) < self._until

    async def claim(self) -> bool:
        """Reign, or go on; False while somebody else does."""
        now = to_ms(self._clock.now())
        row = await self._graph.read_one("queries/live/lease")
        if row is not None and row["holder"] not in (None, self._holder) and row["lease_until"] > now:
            self._until = 0
            return False
        return await self._claim(now, now + self._lease_ms)

    async def give_back(self) -> None:
        """Whoever waits may begin at once."""
        if self.holds:
            await self._claim(to_ms(self._clock.now()), 0)

    async def _claim(self, now: int, until: int) -> bool:
        async def claim(tx: GraphTransaction) -> int | None:
            params = {"holder": self._holder, "now": now, "lease_until": until}
            row = await tx.run_one("queries/live/claim", params)
            return None if row is None else int(row["epoch"])

        epoch = await self._graph.write(claim, name="queries/live/claim")
        self._until = 0 if epoch is None else until
        return epoch is not None

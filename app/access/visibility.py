"""Who may see whom. A distributor sees themselves and everyone below them, in any of the trees.

Someone who does not exist and someone who may not be seen get the same answer, after the same statement. Whoever sees
everybody that exists is told by the route itself where it finds nobody.
"""

from collections import OrderedDict
from collections.abc import Collection
from typing import Final

from app.access.models import Principal, Role
from app.errors import NotFoundError
from app.graph import GraphDatabase

_CHAINS: Final = "queries/access/ancestors"
_NAMED: Final = "queries/access/named"
_IX: Final = "queries/access/ix_of"
_MOST_MET: Final = 100_000


class NotVisibleError(NotFoundError):
    """There is no such distributor, or the caller may not know that there is."""

    @classmethod
    def code(cls) -> str:
        return "unknown-distributor"


class Visibility:
    """Answers for one graph whether a caller may see a distributor."""

    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph
        self._met: OrderedDict[str, None] = OrderedDict()
        """Who was found by somebody who sees whoever exists: themselves, or staff. Nobody ceases to exist."""

    async def require(self, caller: Principal, distributor_id: str) -> None:
        """Pass when the distributor exists and the caller may see them; NotVisibleError otherwise.

        Costs one walk up from the distributor (O(depth)), never down from the caller; where the question is whether
        somebody exists, one look, and nothing once they were met.
        """
        if not await self.sees(caller, distributor_id):
            raise NotVisibleError(f"There is no distributor '{distributor_id}' that you may see.")

    async def require_if_there(self, caller: Principal, distributor_id: str) -> None:
        """Pass when the caller may see the distributor or there is no such distributor; NotVisibleError otherwise."""
        if not _sees_whoever_exists(caller, distributor_id):
            await self.require(caller, distributor_id)

    async def sees(self, caller: Principal, distributor_id: str) -> bool:
        """Whether the distributor exists and the caller may see them."""
        if _sees_whoever_exists(caller, distributor_id):
            return distributor_id in self._met or await self._meet(distributor_id)
        row = await self._graph.read_one(_CHAINS, {"target_id": distributor_id, "caller_id": caller.distributor or ""})
        return row is not None and bool(row["below"])

    async def _meet(self, distributor_id: str) -> bool:
        """Whether the distributor exists, which is remembered."""
        if await self._graph.read_one(_IX, {"id": distributor_id}) is None:
            return False
        self._met[distributor_id] = None
        while len(self._met) > _MOST_MET:
            self._met.popitem(last=False)
        return True

    async def named(self, caller: Principal, distributor_id: str, ids: Collection[str]) -> set[str]:
        """Who of some people is named to a caller who sees a distributor: whoever the caller sees, and that
        distributor's present upline, of which everybody reads id and name.

        Costs a walk up from each of them.
        """
        if caller.role is not Role.DISTRIBUTOR:
            return set(ids)
        asked = {"ids": sorted(ids), "target_id": distributor_id, "caller_id": caller.distributor or ""}
        row = await self._graph.read_one(_NAMED, asked)
        return set() if row is None else set(row["ids"])


def _sees_whoever_exists(caller: Principal, distributor_id: str) -> bool:
    """Staff, and everybody themselves."""
    return caller.role is not Role.DISTRIBUTOR or caller.distributor == distributor_id

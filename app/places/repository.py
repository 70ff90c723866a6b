"""The statements behind open slots and the holding tank."""

from typing import Any, Final

from app.graph import GraphDatabase
from app.places.spots import PlacementTree
from app.places.strategies import Strategy

Columns = dict[str, Any]
EVER: Final = 2**62
"""An instant after every other."""


class PlaceRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def find(self, tree: PlacementTree, sponsor_id: str, strategy: Strategy, now: int) -> Columns | None:
        """Where a strategy would place somebody at an instant (epoch ms); None when there is no such sponsor."""
        asked: Columns = {"id": sponsor_id, "strategy": strategy}
        if tree == "binary":
            asked["now"] = now
        return await self._graph.read_one(f"procedures/find_place_{tree}", asked)

    async def open_slots(self, tree: PlacementTree, id: str, most: int) -> Columns | None:
        """The nearest open slots at and below somebody; None when there is no such person."""
        return await self._graph.read_one(f"procedures/open_slots_{tree}", {"id": id, "most": most})

    async def matrix(self) -> tuple[int, int] | None:
        """Width and depth of the matrix that the company keeps; None without one."""
        row = await self._graph.read_one("queries/facts/matrix")
        return None if row is None or row["width"] is None else (row["width"], row["depth"])

    async def held(self, *, after: tuple[int, int], page: int, until: int = EVER) -> Columns:
        """Those in the holding tank whose time ends by `until`, after (until, ix) of the page before."""
        after_until, after_ix = after
        params = {"after_until": after_until, "after_ix": after_ix, "until": until, "page": page}
        [row] = await self._graph.read("queries/places/holding_tank", params)
        return row

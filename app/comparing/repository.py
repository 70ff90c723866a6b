"""Reads what the people of a comparison are called; a run keeps only their ids."""

from app.comparing.models import Ints
from app.graph import GraphDatabase
from app.graph.paging import PEOPLE_A_CALL


class ComparingRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def names(self, ixs: Ints) -> dict[int, str]:
        """The name of each inner number."""
        names: dict[int, str] = {}
        for start in range(0, len(ixs), PEOPLE_A_CALL):
            wanted = ixs[start : start + PEOPLE_A_CALL].tolist()
            row = await self._graph.read_one("queries/comparing/names", {"ixs": wanted})
            if row is not None:
                names.update(zip(row["found"], row["names"], strict=True))
        return names

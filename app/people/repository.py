"""Reads people from the graph."""

from collections.abc import Sequence
from typing import Any

from app.clock import from_ms
from app.graph import GraphDatabase
from app.people.models import Card, Found, IncomeCentre, Mark, NamesNotReadyError


class PeopleRepository:
    """Cards and searches; every answer carries what it knows."""

    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph
        self._names_ready = False

    async def card(self, distributor_id: str) -> tuple[Card, Mark] | None:
        """A distributor's card; None when there is no such distributor."""
        row = await self._graph.read_one("queries/people/card", {"id": distributor_id})
        if row is None:
            return None
        mark = Mark(row.pop("as_of_seq"), row.pop("as_of_at"))
        return Card(**row | {"enrolled_at": from_ms(row["enrolled_at"])}), mark

    async def income_centres(self, distributor_id: str, most: int) -> tuple[str, list[IncomeCentre]] | None:
        """The owner of a position and all positions of that owner; None when there is no such distributor."""
        row = await self._graph.read_one("procedures/income_centres", {"id": distributor_id, "most": most})
        if row is None:
            return None
        columns = (row[name] for name in ("ids", "names", "statuses", "sponsor_ids", "parent_ids", "slots"))
        return row["owner"], [
            IncomeCentre(id, name, status, sponsor or None, parent or None, slot)
            for id, name, status, sponsor, parent, slot in zip(*columns, strict=True)
        ]

    async def first_id(self) -> str | None:
        """The id of the first distributor ever enrolled; None in an empty company."""
        row = await self._graph.read_one("queries/people/first")
        return row["id"] if row else None

    async def search(
        self, prefixes: Sequence[str], words: str, below: str | None, limit: int
    ) -> tuple[list[Found], Mark]:
        """People whose id begins with one of `prefixes`, or whose name matches `words` (Lucene syntax).

        `below` leaves only that distributor and those below in one of the trees. Raises NamesNotReadyError while the
        index of names fills.
        """
        await self._await_names()
        params: dict[str, Any] = {"prefixes": prefixes, "words": words, "below": below or "", "limit": limit}
        row = await self._graph.read_one("queries/people/search", params)
        if row is None:
            return [], Mark(0, 0)
        found = zip(row["ids"], row["names"], row["statuses"], row["titles"], strict=True)
        return [Found(*hit) for hit in found], Mark(row["as_of_seq"], row["as_of_at"])

    async def _await_names(self) -> None:
        if self._names_ready:
            return
        [index] = await self._graph.run_admin("queries/people/index_of_names")
        if index["state"] == "POPULATING":
            raise NamesNotReadyError(
                f"The index of names is still being filled ({index['percent']:.0f} % so far), as after a large import. "
                "Search again in a minute; cards, trees and pay do not wait for it."
            )
        self._names_ready = True

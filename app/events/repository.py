"""Reads events from the log, which is the chain of facts, and keeps how far each group is."""

from collections.abc import Collection, Iterable
from typing import Final

from app.events.content import about_of, event_of
from app.events.models import Event
from app.facts.decide import DECIDED
from app.facts.history import FactsOfKind, facts_in_order
from app.graph import GraphDatabase, GraphTransaction

_DECIDED: Final = {kind: list(names) for kind, names in DECIDED.items()}


class EventRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def last(self) -> int:
        """The number of the last event."""
        row = await self._graph.read_one("queries/facts/head")
        return int(row["seq"]) if row else 0

    async def after(self, seq: int, most: int) -> list[Event]:
        """So many events after a number, in their order; fewer at the end. Facts are numbered without a gap, so this is
        one seek and `most` steps, however old they are."""
        params = {"after": seq, "page": most, "decided": _DECIDED}
        rows = await self._graph.read("queries/facts/page_of_facts", params)
        facts = facts_in_order([FactsOfKind(**row) for row in rows])
        people = sorted({about for fact in facts if (about := about_of(fact)) is not None})
        ids: dict[int, str] = {}
        if people:
            [row] = await self._graph.read("queries/events/people", {"ixs": people})
            ids = dict(zip(row["ixs"], row["ids"], strict=True))
        return [event_of(fact, ids) for fact in facts]

    async def below(self, distributor_id: str, ixs: Collection[int]) -> set[int]:
        """Who of some people stands at or below a distributor, in any tree. Costs a walk up from each."""
        if not ixs:
            return set()
        [row] = await self._graph.read("queries/events/below", {"id": distributor_id, "ixs": sorted(ixs)})
        return set(row["ixs"])

    async def followed(self, ixs: Collection[int], distributors: Iterable[str]) -> dict[int, tuple[str, set[str]]]:
        """The ids of some people, and at or below whom of some distributors each stands, in any tree. Costs a walk up
        from each, and none where no distributor is given."""
        wanted = dict.fromkeys(distributors, True)
        name = "queries/events/followed" if wanted else "queries/events/people"
        [row] = await self._graph.read(name, {"ixs": sorted(ixs)} | ({"wanted": wanted} if wanted else {}))
        above = row["above"] if wanted else [[]] * len(row["ixs"])
        return {ix: (id, set(those)) for ix, id, those in zip(row["ixs"], row["ids"], above, strict=True)}

    async def done_by(self, group: str) -> int | None:
        """The event up to which a group has done all; None: there is no such group."""
        row = await self._graph.read_one("queries/events/group", {"group": group})
        return None if row is None else int(row["seq"])

    async def begin(self, group: str, seq: int) -> None:
        """A group goes on after that event, from the beginning or anew."""
        await self._write("queries/events/begin_group", group, seq)

    async def advance(self, group: str, seq: int) -> None:
        """A group has done all up to that event; never less than it had."""
        await self._write("queries/events/advance_group", group, seq)

    async def _write(self, name: str, group: str, seq: int) -> None:
        async def work(tx: GraphTransaction) -> None:
            await tx.run(name, {"group": group, "seq": seq})

        await self._graph.write(work, name=name.rpartition("/")[2])

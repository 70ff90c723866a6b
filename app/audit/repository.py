"""What the graph tells of runs."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any, Final

from app.graph import GraphDatabase
from app.graph.paging import in_order, ranges

STATEMENTS_A_CALL: Final = 5_000
SCAN_TIMEOUT_S: Final = 600.0
COPIES_A_CALL: Final = 5_000
_BEFORE_ALL: Final = -(2**62)
_AFTER_ALL: Final = 2**62


class AuditRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def run_steps(self) -> dict[str, Any]:
        """Every fact of a run's steps, what runs say of them now, and the runs that periods name."""
        [row] = await self._graph.read("queries/audit/run_steps")
        return row

    async def periods(self) -> dict[str, Any]:
        """Every fact that opened or closed a period, and what stored periods say now."""
        [row] = await self._graph.read("queries/audit/periods")
        return row

    async def matrix(self) -> tuple[tuple[Any, Any], str | None]:
        """Width and depth of the matrix as Head says them, and the body of the last fact that does."""
        says = await self._graph.read_one("queries/facts/matrix")
        told = await self._graph.read_one("queries/moments/matrix_at", {"seq": _AFTER_ALL})
        return (None, None) if says is None else (says["width"], says["depth"]), None if told is None else told["body"]

    async def opens(self) -> dict[str, int]:
        """By calendar the period that begins with figures of a former system."""
        [row] = await self._graph.read("queries/facts/opens")
        return dict(zip(row["calendars"], row["periods"], strict=True))

    async def statements(self, run_id: str) -> AsyncIterator[list[dict[str, Any]]]:
        """All that the stored statements of a run say, by ix, a page at a time."""
        after = _BEFORE_ALL
        while True:
            params = {"run": run_id, "after": after, "page": STATEMENTS_A_CALL}
            [row] = await self._graph.read("queries/audit/statements", params)
            if not row["statements"]:
                return
            yield row["statements"]
            after = row["statements"][-1]["ix"]

    async def people(self, count: int) -> AsyncIterator[tuple[int, dict[str, Any], int, str]]:
        """Of everybody numbered below `count` the number, what their node says, and of the fact that it names whom that
        enrolled, and its body."""
        reads = (
            partial(self._graph.read, "queries/audit/people", {"from_ix": first, "to_ix": behind})
            for first, behind in ranges(count, COPIES_A_CALL)
        )
        async for [page] in in_order(reads):
            for each in zip(*(page[name] for name in ("ixs", "said", "told_ixs", "bodies")), strict=True):
                yield each

    async def customers(self) -> AsyncIterator[tuple[dict[str, Any], int, int, str]]:
        """What every customer says, whose they are, whose they are by the fact that they name, and that fact's body."""
        after = ""
        while True:
            [page] = await self._graph.read("queries/audit/customers", {"after": after, "page": COPIES_A_CALL})
            if not page["ids"]:
                return
            columns = (page[name] for name in ("ids", "names", "instants", "distributor_ixs", "told_ixs", "bodies"))
            for id, name, registered_at, *rest in zip(*columns, strict=True):
                yield ({"id": id, "name": name, "registered_at": registered_at}, *rest)
            after = page["ids"][-1]

    async def lost_statements(self) -> int:
        """How many statements name no run or no person."""
        [row] = await self._graph.read("queries/audit/lost_statements", timeout_s=SCAN_TIMEOUT_S)
        return int(row["statements"])

"""Opening a period touches nobody: what the server reads for it does not grow with the company."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from app.facts.commands import ClosePeriod
from app.graph import GraphDatabase
from app.graph.database import GraphTransaction
from app.graph.migrations import read_migrations
from app.periods.calendars import period
from tests.component.volumes.company import Company, enrol, order, wide

pytestmark = pytest.mark.anyio
LOCKS = {"queries/facts/take_head_and_load_world", "queries/volumes/lock_cursor"}
A_HIT_OR_TWO = 2
WEEKS = [period(f"2026-W{n}", "UTC") for n in (10, 11, 12)]
_WIPE = "MATCH (n) WHERE NOT n:Migration AND NOT n:Lock DETACH DELETE n"
_HEAD = next(migration.statements for migration in read_migrations() if migration.name == "head")


class Hits:
    """The database hits of each statement inside a transaction, as the server counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.of: dict[str, int] = {}
        self.changed: dict[str, dict[str, Any]] = {}
        hits = self

        async def run(tx: GraphTransaction, name: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
            statement = tx._database.statement(name, "READ", "WRITE")
            result = await tx._transaction.run(f"PROFILE {statement.text}", statement.bind(params))
            rows = [record.data() async for record in result]
            summary = await result.consume()
            assert summary.profile is not None
            hits.of[name] = hits.of.get(name, 0) + _hits(summary.profile)
            if summary.counters.contains_updates:
                hits.changed[name] = vars(summary.counters)
            return rows

        async def begin(tx: GraphTransaction, name: str, params: Mapping[str, Any]) -> Callable[[], Awaitable[Any]]:
            rows = await run(tx, name, params)

            async def finish() -> Any:
                return rows

            return finish

        monkeypatch.setattr(GraphTransaction, "run", run)
        monkeypatch.setattr(GraphTransaction, "begin", begin)


def _hits(profile: dict[str, Any]) -> int:
    return int(profile.get("dbHits", 0)) + sum(map(_hits, profile.get("children", ())))


def _beyond_locks(hits: Hits) -> dict[str, int]:
    """Without what locks Head and the Cursor: those two nodes cost a hit more or less as their numbers grow."""
    return {name: of for name, of in hits.of.items() if name not in LOCKS}


async def opened(graph: GraphDatabase, people: int) -> Hits:
    """What it takes to open a week, and to roll that up, in a company of so many people who all have volume."""
    company = Company(graph)
    await company.write(*WEEKS[:2], enrol("A", None), *wide("W", people - 1, "A"))
    await company.write(*(order(f"o{n}", f"W{n}") for n in range(people - 1)), ClosePeriod("weekly", WEEKS[0].number))
    await company.catch_up()
    with pytest.MonkeyPatch.context() as patch:
        hits = Hits(patch)
        await company.write(WEEKS[2])
        await company.catch_up()
    assert (await graph.read_one("queries/volumes/lag"))["waiting_since"] == 0  # type: ignore[index]
    assert await spelled(graph, WEEKS[2].number) == 0, "and yet nobody has volume in it"
    return hits


async def spelled(graph: GraphDatabase, number: int) -> int:
    row = await graph.read_one("procedures/tally", {"id": "A", "period": number, "calendar": "weekly"})
    assert row is not None
    return int(row["sponsor_pv"])


async def test_opening_a_period_touches_no_node_of_anybody(graph: GraphDatabase) -> None:
    few = await opened(graph, 3)
    await graph.run_script("wipe", [_WIPE, *_HEAD], timeout_s=300)
    many = await opened(graph, 300)
    assert _beyond_locks(many) == _beyond_locks(few), "a hundred times the people, and not one more node is read"
    assert all(abs(many.of[name] - few.of[name]) <= A_HIT_OR_TWO for name in LOCKS), (many.of, few.of)
    assert sum(many.of.values()) > 0
    made = {name: change.get("nodes_created", 0) for name, change in many.changed.items()}
    assert made["queries/facts/open_periods"] == made["queries/facts/append_facts"] == 1
    assert sum(made.values()) == 2, "the period, and the fact that opens it"
    assert not any("tallies" in name or "volumes/add" in name for name in many.of)


async def test_hits_would_show_what_is_touched(graph: GraphDatabase) -> None:
    """The measure itself: a statement that looks at everybody's tally costs more hits with more people."""
    await opened(graph, 5)

    async def touch(tx: GraphTransaction) -> None:
        await tx.run("queries/volumes/counts_of", {"ixs": list(range(5)), "key": "sponsor_count"})

    with pytest.MonkeyPatch.context() as patch:
        hits = Hits(patch)
        await graph.write(touch)
    assert hits.of["queries/volumes/counts_of"] >= 5

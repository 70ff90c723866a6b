"""What readiness asks: the graph, its migrations, the installed procedures, the cache."""

from typing import Final

from app.cache import RedisStore
from app.graph import GraphDatabase
from app.graph.migrations import Migrator
from app.health.service import Check, NotUsableError

_FOLDER: Final = "procedures/"
_PREFIX: Final = "custom.genealogy."


def checks(graph: GraphDatabase, store: RedisStore) -> list[Check]:
    """Graph and migrations are required; procedures and cache only help."""

    async def answers() -> str:
        row = await graph.read_one("queries/health/ping")
        return f"answers; the last fact is {row['seq'] if row else None}"

    async def migrated() -> str:
        pending = [one.file for one in await Migrator(graph).status() if one.state == "pending"]
        if pending:
            raise NotUsableError(f"pending: {', '.join(pending)}; run banyan migrate")
        return "every migration is applied"

    async def installed() -> str:
        rows = await graph.read("queries/graph/procedures_listed", {"prefix": _PREFIX})
        callable_now = {row["name"].removeprefix(_PREFIX) for row in rows}
        wanted = {name.removeprefix(_FOLDER) for name in graph.library if name.startswith(_FOLDER)}
        missing = sorted(wanted - callable_now)
        if missing:
            raise NotUsableError(f"not installed: {', '.join(missing)}; run banyan migrate")
        return f"{len(wanted)} procedures are installed"

    async def cached() -> str:
        await store.run("standing")
        return "answers"

    return [
        Check("neo4j", True, answers),
        Check("migrations", True, migrated),
        # The server builds the list of its 450 procedures anew each time.
        Check("procedures", False, installed, timeout_s=3.0, keep_s=60.0),
        Check("redis", False, cached),
    ]

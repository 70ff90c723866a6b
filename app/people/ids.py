"""The ids of people whom somebody knows by number."""

from collections.abc import Iterable

from app.graph import GraphDatabase


async def ids_of(graph: GraphDatabase, ixs: Iterable[int]) -> dict[int, str]:
    """Ids by ix; who is not stored is missing."""
    [row] = await graph.read("queries/people/ids", {"ixs": sorted(set(ixs))})
    return dict(zip(row["ixs"], row["ids"], strict=True))

"""Neo4j's value types to plain Python: instants become aware datetimes, nodes and relationships become dicts."""

from typing import Any

from neo4j.graph import Node, Path, Relationship
from neo4j.spatial import Point
from neo4j.time import Date, DateTime, Duration, Time

_TEMPORAL = (DateTime, Date, Time)


def plain_row(row: dict[str, Any]) -> dict[str, Any]:
    """`row` with its values made plain; of a list only the first element is looked at, so long lists cost nothing, and
    of a list of lists only the first of them.

    Statements of ours return lists of one type; a mixed list is the ad-hoc gateway's case (`plain`).
    """
    for key, value in row.items():
        if _is_plain(value):
            continue
        if isinstance(value, list) and not (value and _needs_care(value)):
            continue
        row[key] = plain(value)
    return row


def plain(value: Any) -> Any:
    """`value` of any type the driver returns, as something JSON or Python can carry, all the way down."""
    if isinstance(value, _TEMPORAL):
        return value.to_native()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Node):
        return {"labels": sorted(value.labels), "properties": {key: plain(item) for key, item in value.items()}}
    if isinstance(value, Relationship):
        return {"type": value.type, "properties": {key: plain(item) for key, item in value.items()}}
    if isinstance(value, Path):
        return {"nodes": [plain(n) for n in value.nodes], "relationships": [plain(r) for r in value.relationships]}
    if isinstance(value, Duration):
        return value.iso_format()
    if isinstance(value, Point):
        return {"srid": value.srid, "coordinates": list(value)}
    return value


def _needs_care(values: list[Any]) -> bool:
    first = next((value for value in values if value is not None), None)
    if isinstance(first, list):
        return any(not _is_plain(value) for value in first)
    return not _is_plain(first)


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float, bool))

"""The whole graph as plain values, to be compared with itself before and after."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import neo4j

from app.runtime import Endpoints

_NODES = "MATCH (n) RETURN elementId(n) AS at, labels(n) AS labels, properties(n) AS properties"
_EDGES = """
MATCH (a)-[r]->(b)
RETURN elementId(a) AS start, type(r) AS type, properties(r) AS properties, elementId(b) AS end
"""
_COUNTS = """
OPTIONAL MATCH (head:Head)
WITH head.seq AS seq, head.people AS people
CALL () { MATCH (d:Distributor) WITH d.id AS id RETURN count(id) AS distributors }
CALL () { MATCH (c:Customer) WITH c.id AS id RETURN count(id) AS customers }
CALL () { MATCH (f:Fact) WITH f.seq AS seq RETURN count(seq) AS facts }
CALL () { MATCH (:Distributor)-[r]->(:Distributor) WITH r.seq_from AS seq RETURN count(seq) AS edges }
RETURN seq, people, distributors, customers, facts, edges
"""

OF_THE_MOMENT = ("recorded_at", "hash", "locks")
"""What differs between two times that the same thing is imported."""
UPKEEP = {"Migration", "Lock"}

Image = Counter[str]


@contextmanager
def plain_driver(endpoints: Endpoints) -> Iterator[neo4j.Driver]:
    """A connection beside the house's own."""
    login = (endpoints.neo4j_user, endpoints.neo4j_password)
    with neo4j.GraphDatabase.driver(endpoints.neo4j_url, auth=login, notifications_min_severity="OFF") as driver:
        yield driver


def image(driver: neo4j.Driver, *, without: tuple[str, ...] = ()) -> Image:
    """Every node and every edge, each as a text; `without` leaves properties out."""
    nodes = {
        record["at"]: _text(sorted(record["labels"]), record["properties"], without)
        for record in driver.execute_query(_NODES).records
        if not UPKEEP & set(record["labels"])
    }
    edges = [
        f"{nodes[record['start']]} -{_text([record['type']], record['properties'], without)}-> {nodes[record['end']]}"
        for record in driver.execute_query(_EDGES).records
        if record["start"] in nodes
    ]
    return Counter([*nodes.values(), *edges])


def counts(driver: neo4j.Driver) -> dict[str, int]:
    """How much of everything there is, read in one query."""
    return driver.execute_query(_COUNTS).records[0].data()


def _text(names: list[str], properties: dict[str, Any], without: tuple[str, ...]) -> str:
    kept = {name: str(value) for name, value in sorted(properties.items()) if name not in without}
    return f"{':'.join(names)} {kept}"

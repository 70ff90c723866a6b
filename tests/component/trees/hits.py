"""What a search for a place may cost: database hits, as PROFILE counts them."""

import math
from typing import Any, Final

from neo4j import GraphDatabase

from app.graph.statements import Statement
from app.runtime import Endpoints

HITS_FOR_EACH_HALVING: Final = 30
"""Of a search that is led by counts, by breadth or by pointers: at most so many times log2 of the people below."""
HITS_BY_VOLUME: Final = 80
"""Of a search that is led by volume, among however many people: two tallies, and the end of a run."""


def most_hits(strategy: str, people: int) -> float:
    """How many a search may need among so many people."""
    return HITS_BY_VOLUME if strategy.startswith("lighter_by_volume") else HITS_FOR_EACH_HALVING * math.log2(people)


def hits_of(endpoints: Endpoints, statement: Statement, **params: Any) -> int:
    """How many an execution of the statement needed."""
    login = (endpoints.neo4j_user, endpoints.neo4j_password)
    with GraphDatabase.driver(endpoints.neo4j_url, auth=login) as driver:
        _, summary, _ = driver.execute_query(f"PROFILE {statement.text}", statement.bind(params))
    assert summary.profile is not None
    return _sum(summary.profile)


def _sum(plan: dict[str, Any]) -> int:
    return int(plan["args"]["DbHits"]) + sum(map(_sum, plan.get("children", [])))

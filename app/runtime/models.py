"""What the rest of the service learns about its two servers."""

from dataclasses import dataclass, field
from typing import Literal

Source = Literal["url", "container", "embedded"]


@dataclass(frozen=True, slots=True)
class Neo4jEndpoint:
    """Where the graph answers; the password stays out of logs."""

    url: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RedisEndpoint:
    """Where the cache answers; the URL carries the password and stays out of logs."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where both servers answer, and where each came from."""

    neo4j_url: str
    neo4j_user: str
    neo4j_password: str = field(repr=False)
    redis_url: str = field(repr=False)
    source_neo4j: Source
    source_redis: Source

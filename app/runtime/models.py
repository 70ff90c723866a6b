"""What the rest of the service learns about its two servers."""

from dataclasses import dataclass, field
from typing import Literal

Source = Literal["url", "container", "embedded"]


@dataclass(frozen=True, slots=True)
class Address:
    """Where one server answers and how to log in; secrets stay out of logs."""

    url: str = field(repr=False)
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where both servers answer, and where each came from. The Redis URL carries its password."""

    neo4j_url: str
    neo4j_user: str
    neo4j_password: str = field(repr=False)
    redis_url: str = field(repr=False)
    source_neo4j: Source
    source_redis: Source

"""Where Neo4j and Redis come from: for each, the first that answers of a URL, a container, an embedded server."""

import contextlib
from collections.abc import Callable, Iterator

from app.runtime.errors import RuntimeStartError
from app.runtime.health import bolt_refusal, redis_refusal
from app.runtime.models import Endpoints
from app.runtime.neo4j_embedded import EmbeddedNeo4j
from app.runtime.redis_embedded import EmbeddedRedis
from app.settings import Settings


@contextlib.contextmanager
def running_servers(settings: Settings, *, progress: Callable[[str], None] = print) -> Iterator[Endpoints]:
    """Both servers, answering; those started here are stopped at the end."""
    with contextlib.ExitStack() as stack:
        redis = EmbeddedRedis(settings, progress)
        stack.callback(redis.stop)
        redis_at = redis.start()
        neo4j = EmbeddedNeo4j(settings, progress)
        stack.callback(neo4j.stop)
        neo4j_at = neo4j.start()
        yield Endpoints(neo4j_at.url, neo4j_at.user, neo4j_at.password, redis_at.url, "embedded", "embedded")

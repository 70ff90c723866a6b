"""Neo4j and Redis in containers; run where an engine answers."""

from pathlib import Path

import neo4j
import pytest
import redis

from app.runtime import running_servers
from app.runtime.engine import engine_refusal
from app.settings import Neo4jSettings, RedisSettings, Settings

pytestmark = [
    pytest.mark.container,
    pytest.mark.skipif(engine_refusal() is not None, reason=f"no container engine answers: {engine_refusal()}"),
]


@pytest.mark.timeout(900)
def test_both_run_in_containers_and_the_graph_outlives_them(tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None,
        runtime="container",
        data_dir=tmp_path,
        neo4j=Neo4jSettings(heap_mib=512, page_cache_mib=64),
        redis=RedisSettings(max_memory_mib=64),
    )
    for count in (1, 2):
        with running_servers(settings, progress=print) as it:
            assert (it.source_neo4j, it.source_redis) == ("container", "container")
            with redis.Redis.from_url(it.redis_url) as cache:
                assert cache.ping()
            with neo4j.GraphDatabase.driver(it.neo4j_url, auth=(it.neo4j_user, it.neo4j_password)) as graph:
                graph.execute_query("CREATE (:Started)")
                found = graph.execute_query("MATCH (n:Started) RETURN count(n) AS n").records
                assert found[0]["n"] == count
                names = graph.execute_query("SHOW PROCEDURES YIELD name RETURN collect(name) AS names").records
                assert "apoc.custom.installProcedure" in names[0]["names"]
                assert "apoc.load.json" not in names[0]["names"]

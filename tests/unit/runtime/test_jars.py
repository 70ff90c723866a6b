"""The lock file, and downloads against a repository on the loopback interface, by jgo itself."""

import hashlib
import os
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from jgo.maven import MavenContext

from app.runtime import jars
from app.runtime.errors import RuntimeStartError
from app.runtime.jars import LOCK_FILE, PLUGINS, jar_set, read_lock
from app.runtime.lock import ROOTS


class Repository:
    """What the test repository holds, how often it was asked, and what it damages."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.damaged_answers = 0
        self.url = ""

    def add(self, group: str, artifact: str, version: str, content: bytes, classifier: str = "") -> str:
        """Put a jar in and answer its line of the lock file."""
        suffix = f"-{classifier}" if classifier else ""
        self.files[f"/{group.replace('.', '/')}/{artifact}/{version}/{artifact}-{version}{suffix}.jar"] = content
        coordinate = ":".join(part for part in (group, artifact, version, classifier) if part)
        return f"{coordinate} sha256:{hashlib.sha256(content).hexdigest()}\n"


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    held = Repository()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = held.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            held.asked.append(self.path)
            if held.damaged_answers:
                held.damaged_answers -= 1
                content = b"damaged"
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        held.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setattr(
            jars, "maven", lambda cache: MavenContext(repo_cache=cache, remote_repos={"test": held.url})
        )
        yield held
        server.shutdown()


def _lock(folder: Path, *lines: str) -> Path:
    file = folder / "test.lock"
    file.write_text("# a comment\n\n" + "".join(lines))
    return file


def test_the_committed_lock_names_every_jar_once_and_no_address() -> None:
    locked = read_lock()
    assert len(locked) == 236
    assert len({jar.filename for jar in locked}) == len(locked)
    assert all(re.fullmatch(r"[0-9a-f]{64}", jar.sha256) for jar in locked)
    coordinates = {jar.coordinate for jar in locked}
    assert coordinates >= set(ROOTS)
    assert {f"{jar.group}:{jar.artifact}" for jar in locked if jar.is_plugin} == PLUGINS
    assert "://" not in LOCK_FILE.read_text()


@pytest.mark.parametrize("line", ["a:b sha256:00\n", "a:b:1\n", f"a:b:c:d:e sha256:{'0' * 64}\n"])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(RuntimeStartError, match="line 3"):
        read_lock(_lock(tmp_path, line))


def test_jars_are_downloaded_once_and_plugins_stand_in_their_own_folder_too(
    repository: Repository, tmp_path: Path
) -> None:
    lock = _lock(
        tmp_path,
        repository.add("org.neo4j", "neo4j", "5", b"server"),
        repository.add("org.neo4j.procedure", "apoc-core", "5", b"apoc"),
        repository.add("io.netty", "native", "4", b"native", "linux-x86_64"),
    )
    said: list[str] = []
    made = jar_set(tmp_path / "cache", said.append, lock)
    assert said == ["resolving Neo4j 5: 3 of 3 jars"]
    assert (made.folder / "lib" / "org.neo4j.neo4j-5.jar").read_bytes() == b"server"
    assert [path.name for path in made.plugins_dir.iterdir()] == ["org.neo4j.procedure.apoc-core-5.jar"]
    assert made.class_path.count(".jar") == 3
    assert jar_set(tmp_path / "cache", said.append, lock) == made
    assert len(said) == 1
    assert len(repository.asked) == 3


def test_another_lock_is_another_folder(repository: Repository, tmp_path: Path) -> None:
    first = jar_set(tmp_path, print, _lock(tmp_path, repository.add("g", "one", "1", b"one")))
    second = jar_set(tmp_path, print, _lock(tmp_path, repository.add("g", "one", "2", b"two")))
    assert first.folder != second.folder
    assert first.folder.is_dir()


def test_a_jar_with_other_bytes_is_refused_by_name_and_nothing_is_left(repository: Repository, tmp_path: Path) -> None:
    line = repository.add("g", "one", "1", b"what was locked")
    repository.add("g", "one", "1", b"what is served")
    with pytest.raises(RuntimeStartError) as caught:
        jar_set(tmp_path / "cache", print, _lock(tmp_path, line))
    assert "g:one:1" in caught.value.message
    assert f"expected sha256 {hashlib.sha256(b'what was locked').hexdigest()}" in caught.value.message
    assert f"got {hashlib.sha256(b'what is served').hexdigest()}" in caught.value.message
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".lock"]


def test_a_damaged_download_is_tried_again(repository: Repository, tmp_path: Path) -> None:
    lock = _lock(tmp_path, repository.add("g", "one", "1", b"whole"))
    repository.damaged_answers = 2
    made = jar_set(tmp_path / "cache", print, lock)
    assert (made.folder / "lib" / "g.one-1.jar").read_bytes() == b"whole"
    assert len(repository.asked) == 3


def test_a_missing_jar_is_named_with_what_to_do(repository: Repository, tmp_path: Path) -> None:
    lock = _lock(tmp_path, f"g:gone:1 sha256:{'0' * 64}\n")
    with pytest.raises(RuntimeStartError, match=r"downloading g:gone:1 failed 3 times.*BANYAN_NEO4J__URL"):
        jar_set(tmp_path / "cache", print, lock)


def test_two_that_want_the_same_set_download_it_once(repository: Repository, tmp_path: Path) -> None:
    lock = _lock(tmp_path, *(repository.add("g", f"jar{n}", "1", b"x" * n) for n in range(1, 20)))
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: jar_set(tmp_path / "cache", lambda _: None, lock), range(4)))
    assert len(set(made)) == 1
    assert len(repository.asked) == 19


def test_a_download_cut_off_by_a_crash_starts_again(repository: Repository, tmp_path: Path) -> None:
    lock = _lock(tmp_path, repository.add("g", "one", "1", b"one"))
    key = jar_set(tmp_path / "elsewhere", print, lock).folder.name
    left = tmp_path / "cache" / f".{key}-abc"
    left.mkdir(parents=True)
    said: list[str] = []
    made = jar_set(tmp_path / "cache", said.append, lock)
    assert "cut off" in said[0]
    assert not left.exists()
    assert made.folder.is_dir()


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "PIP_CERT"])
def test_the_usual_ca_variables_reach_the_downloads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "PIP_CERT"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv(variable, "/some/bundle.pem")
    jars.maven(tmp_path)
    assert os.environ["REQUESTS_CA_BUNDLE"] == "/some/bundle.pem"

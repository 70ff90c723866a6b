"""The jars of Neo4j and APOC: exactly those of the lock file, checked, kept once per machine.

Resolving the POMs takes minutes and may one day answer differently; the lock file has that answer, so a start only
downloads. jgo does the talking to the repository, so its address, mirrors and retries are jgo's affair.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from jgo.maven import MavenContext
from jgo.maven._core import Artifact

from app.runtime.errors import RuntimeStartError

LOCK_FILE = Path(__file__).with_name("jars.lock")
PLUGINS = frozenset({"org.neo4j.procedure:apoc-core", "org.neo4j.procedure:apoc-extended"})
"""These hold the procedures, and Neo4j looks for procedures only in its plugins folder."""
PARALLEL_DOWNLOADS = 8
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class LockedJar:
    """One line of the lock file."""

    group: str
    artifact: str
    version: str
    classifier: str
    sha256: str

    @property
    def coordinate(self) -> str:
        """`group:artifact:version[:classifier]`, the way the lock file and messages write it."""
        return ":".join(part for part in (self.group, self.artifact, self.version, self.classifier) if part)

    @property
    def filename(self) -> str:
        """The group stands in front: two groups may use the same artifact name."""
        return f"{self.group}.{self.artifact}-{self.version}{'-' if self.classifier else ''}{self.classifier}.jar"

    @property
    def is_plugin(self) -> bool:
        """Whether Neo4j finds procedures in it."""
        return f"{self.group}:{self.artifact}" in PLUGINS


@dataclass(frozen=True, slots=True)
class JarSet:
    """A complete, verified set of jars on this machine."""

    folder: Path
    jars: tuple[LockedJar, ...]

    @property
    def plugins_dir(self) -> Path:
        """What `server.directories.plugins` points at."""
        return self.folder / "plugins"

    @property
    def class_path(self) -> str:
        """Every jar, plugins too: apoc-extended needs classes of apoc-core and finds them only here."""
        return os.pathsep.join(str(self.folder / "lib" / jar.filename) for jar in self.jars)


def read_lock(path: Path = LOCK_FILE) -> tuple[LockedJar, ...]:
    """The jars of the lock file, in its order."""
    jars = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        coordinate, _, digest = line.partition(" sha256:")
        parts = coordinate.split(":")
        if len(parts) not in (3, 4) or len(digest) != 64:
            raise RuntimeStartError(
                f"{path} line {number} is not 'group:artifact:version[:classifier] sha256:<64 digits>': {line!r}; "
                "restore the file, or write it anew with: python -m app.runtime.lock"
            )
        jars.append(LockedJar(parts[0], parts[1], parts[2], parts[3] if len(parts) == 4 else "", digest))
    return tuple(jars)


def maven(repo_cache: Path) -> MavenContext:
    """jgo's view of the repository, with its defaults; `requests` below it reads these two CA variables only."""
    if not os.environ.get("REQUESTS_CA_BUNDLE") and not os.environ.get("CURL_CA_BUNDLE"):
        bundle = os.environ.get("SSL_CERT_FILE") or os.environ.get("PIP_CERT")
        if bundle:
            os.environ["REQUESTS_CA_BUNDLE"] = bundle
    return MavenContext(repo_cache=repo_cache, timeout=60)


def artifact_of(context: MavenContext, jar: LockedJar) -> Artifact:
    """jgo's object for a locked jar."""
    return context.project(jar.group, jar.artifact).at_version(jar.version).artifact(classifier=jar.classifier)


def jar_set(cache_dir: Path, progress: Progress, lock_file: Path = LOCK_FILE) -> JarSet:
    """The locked jars under `cache_dir`, downloaded on first use.

    The folder's name is the lock file's hash and it appears by rename, so it is complete or absent; a second process
    that wants the same set waits for the first.
    """
    jars = read_lock(lock_file)
    key = hashlib.sha256(lock_file.read_bytes()).hexdigest()[:16]
    folder = cache_dir.expanduser().absolute() / f"neo4j-{key}"
    if folder.is_dir():
        return JarSet(folder, jars)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as temporary:
                made = Path(temporary) / "set"
                _download(jars, made, Path(temporary) / "repository", progress)
                made.rename(folder)
    return JarSet(folder, jars)


def _download(jars: tuple[LockedJar, ...], folder: Path, repository: Path, progress: Progress) -> None:
    (folder / "lib").mkdir(parents=True)
    (folder / "plugins").mkdir()
    version = next((jar.version for jar in jars if (jar.group, jar.artifact) == ("org.neo4j", "neo4j")), "")
    context = maven(repository)
    with ThreadPoolExecutor(PARALLEL_DOWNLOADS, thread_name_prefix="jars") as pool:
        waiting = [pool.submit(_fetch, context, jar, folder) for jar in jars]
        try:
            for done, future in enumerate(as_completed(waiting), 1):
                future.result()
                if done % 20 == 0 or done == len(jars):
                    progress(f"resolving Neo4j {version}: {done} of {len(jars)} jars")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _fetch(context: MavenContext, jar: LockedJar, folder: Path) -> None:
    try:
        source = artifact_of(context, jar).resolve()
    except Exception as error:
        raise RuntimeStartError(
            f"downloading {jar.coordinate} failed: {error}. Check the network, the proxy and the CA variables "
            "(SSL_CERT_FILE or REQUESTS_CA_BUNDLE), or give BANYAN_NEO4J__URL to use a server you already run."
        ) from error
    verify(source, jar)
    target = folder / "lib" / jar.filename
    shutil.move(source, target)
    if jar.is_plugin:
        os.link(target, folder / "plugins" / jar.filename)


def sha256_of(path: Path) -> str:
    """The digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(path: Path, jar: LockedJar) -> None:
    """Refuse a jar whose bytes are not the locked ones."""
    actual = sha256_of(path)
    if actual != jar.sha256:
        raise RuntimeStartError(
            f"{jar.coordinate} is not the locked file: expected sha256 {jar.sha256}, got {actual}. "
            "The download was altered or the repository replaced it; nothing was installed. Try again, and if it "
            "stays so, find out why before writing a new lock with: python -m app.runtime.lock"
        )

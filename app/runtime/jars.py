"""The jars of Neo4j and APOC: exactly those of the lock file, checked, kept once per machine.

Resolving the POMs takes minutes and may one day answer differently; the lock file has that answer, so a start only
downloads. jgo does the talking to the repository, so its address and its retries are jgo's affair.
"""

import hashlib
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from app.runtime.errors import RuntimeStartError
from app.runtime.process import Progress

if TYPE_CHECKING:
    from jgo.maven import Artifact, MavenContext

LOCK_FILE = Path(__file__).with_name("jars.lock")
PLUGINS = frozenset({"org.neo4j.procedure:apoc-core", "org.neo4j.procedure:apoc-extended"})
"""These hold the procedures, and Neo4j looks for procedures only in its plugins folder."""
PARALLEL_DOWNLOADS = 12
TRIES = 3


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

    def refuse_unless_locked(self, path: Path) -> None:
        """Raise when the file's bytes are not the locked ones."""
        actual = sha256_of(path)
        if actual != self.sha256:
            raise RuntimeStartError(
                f"{self.coordinate} is not the locked file: expected sha256 {self.sha256}, got {actual}. The download "
                "was damaged or altered, or the repository replaced the file; nothing was installed. Try again, and if "
                "it stays so, find out why before you write a new lock with: python -m app.runtime.lock"
            )


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


def maven(repo_cache: Path) -> "MavenContext":
    """jgo's view of the repository, with its defaults. Of the usual CA variables `requests` below it reads two."""
    from jgo.maven import MavenContext  # noqa: PLC0415 - time that every command but the first can spare

    if not os.environ.get("REQUESTS_CA_BUNDLE") and not os.environ.get("CURL_CA_BUNDLE"):
        bundle = os.environ.get("SSL_CERT_FILE") or os.environ.get("PIP_CERT")
        if bundle:
            os.environ["REQUESTS_CA_BUNDLE"] = bundle
    return MavenContext(repo_cache=repo_cache, timeout=60)


def artifact_of(context: "MavenContext", jar: LockedJar) -> "Artifact":
    """jgo's object for a locked jar."""
    return context.project(jar.group, jar.artifact).at_version(jar.version).artifact(classifier=jar.classifier)


def jar_set(cache_dir: Path, progress: Progress, lock_file: Path = LOCK_FILE) -> JarSet:
    """The locked jars under `cache_dir`, downloaded on first use.

    The folder's name comes from the locked digests and the folder appears by rename, so it is complete or absent; a
    second process that wants the same set waits for the first.
    """
    jars = read_lock(lock_file)
    key = hashlib.sha256("\n".join(f"{jar.coordinate} {jar.sha256}" for jar in jars).encode()).hexdigest()[:16]
    folder = cache_dir.expanduser().absolute() / f"neo4j-{key}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            if not folder.is_dir():
                _make(folder, jars, progress)
    return JarSet(folder, jars)


def _make(folder: Path, jars: tuple[LockedJar, ...], progress: Progress) -> None:
    for left in folder.parent.glob(f".{folder.name}-*"):
        progress(f"an earlier download was cut off ({left.name}); starting it again")
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as temporary:
        made = Path(temporary) / "set"
        _download(jars, made, maven(Path(temporary) / "repository"), progress)
        made.rename(folder)


def _download(jars: tuple[LockedJar, ...], folder: Path, context: "MavenContext", progress: Progress) -> None:
    (folder / "lib").mkdir(parents=True)
    (folder / "plugins").mkdir()
    version = next((jar.version for jar in jars if (jar.group, jar.artifact) == ("org.neo4j", "neo4j")), "")
    with ThreadPoolExecutor(PARALLEL_DOWNLOADS, thread_name_prefix="jars") as pool:
        waiting = [pool.submit(_fetch, context, jar, folder) for jar in jars]
        try:
            for done, future in enumerate(as_completed(waiting), 1):
                future.result()
                if done % 40 == 0 or done == len(jars):
                    progress(f"resolving Neo4j {version}: {done} of {len(jars)} jars")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _fetch(context: "MavenContext", jar: LockedJar, folder: Path) -> None:
    artifact = artifact_of(context, jar)
    for attempt in range(1, TRIES + 1):
        try:
            source = artifact.resolve()
            jar.refuse_unless_locked(source)
            break
        except Exception as error:
            if artifact.cached_path:
                artifact.cached_path.unlink(missing_ok=True)  # else the next try would find the damaged file
            if attempt < TRIES:
                continue
            if isinstance(error, RuntimeStartError):
                raise
            raise RuntimeStartError(
                f"downloading {jar.coordinate} failed {TRIES} times: {error}. Check the network, the proxy and the CA "
                "variables (SSL_CERT_FILE or REQUESTS_CA_BUNDLE), or set BANYAN_NEO4J__URL to use a server you run."
            ) from error
    target = folder / "lib" / jar.filename
    source.rename(target)
    if jar.is_plugin:
        os.link(target, folder / "plugins" / jar.filename)


def sha256_of(path: Path) -> str:
    """The digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

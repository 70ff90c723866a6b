"""A Neo4j Community server of our own, with APOC, from jars and the wheel's Java: no Docker, no root, no installer."""

import hashlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from app.runtime.errors import RuntimeStartError
from app.runtime.health import bolt_refusal
from app.runtime.jars import JarSet, jar_set
from app.runtime.java import ClassArchive, java
from app.runtime.models import Address
from app.runtime.neo4j_conf import APOC, as_conf, hardened
from app.runtime.ports import LOOPBACK
from app.runtime.process import SUPERVISOR, Command, Progress, ServerProcess, lock_folder, start_on_free_port
from app.runtime.ready import announced
from app.runtime.secret_files import write_secret
from app.runtime.swap import finish_swap
from app.settings import Settings

MAIN_CLASS = "org.neo4j.server.CommunityEntryPoint"
ADMIN_CLASS = "org.neo4j.cli.AdminTool"
USER = "neo4j"
OPENED_PACKAGES = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
JVM_FLAGS = (
    "-XX:+UseParallelGC",  # the least processor time on few cores
    "-XX:+UseTransparentHugePages",  # a tenth less time in the kernel while an import fills the heap
    # By default a full collection, hundreds of ms long, comes with every so many new classes and compiled methods.
    "-XX:MetaspaceSize=192m",
    "-XX:SweeperThreshold=50",
    "-XX:+ExitOnOutOfMemoryError",  # rather a restart than a server that half works
    "-XX:-OmitStackTraceInFastThrow",
    "-Dfile.encoding=UTF-8",
    "-Djdk.nio.maxCachedBufferSize=1024",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dlog4j2.disable.jmx=true",
    *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED_PACKAGES),
)
IMPORTER_CLASSES = Path(__file__).with_name("importer")
"""Classes of the importer that ours stand in front of (docs/adr/0015)."""
HASH_ROUNDS = 1024
ADMIN_GRACE_S = 5


class EmbeddedNeo4j:
    """Starts and stops the server of one data folder."""

    name = "Neo4j"

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self._settings = settings
        self._progress = progress
        self.home = neo4j_home(settings)
        self._process: ServerProcess | None = None
        self._port: int | None = None
        self._lock: IO[str] | None = None
        self._archive: ClassArchive | None = None

    @property
    def pid(self) -> int | None:
        """The server's process, while there is one."""
        return self._process.pid if self._process else None

    def start(self) -> Address:
        """Answer once Bolt does. Started again, it answers where it did before, if that is free."""
        jars = jar_set(self._settings.cache_dir, self._progress)
        self._archive = ClassArchive(jars.folder)
        self._lock = lock_folder(self.home, self.name, self._progress)
        try:
            finish_swap(self.home)
            password = _password(self.home)
            began = time.monotonic()
            self._process, self._port = start_on_free_port(
                lambda port: self._command(jars, port),
                lambda port: bolt_refusal(f"bolt://{LOOPBACK}:{port}"),
                self._lock,
                self._progress,
                before=self._port,
            )
        except BaseException:
            self._lock.close()
            self._archive.keep(whole=False)
            raise
        self._progress(f"Neo4j answers on port {self._port} after {time.monotonic() - began:.1f} s")
        return Address(f"bolt://{LOOPBACK}:{self._port}", USER, password)

    def stop(self) -> None:
        """Close the store in order."""
        if self._process and self._lock and self._archive:
            if self._archive.fresh:
                self._progress("stopping Neo4j, and keeping its classes so that later starts are faster")
            self._process.stop()
            self._archive.keep(whole=True)
            self._lock.close()
            self._process = None

    def _command(self, jars: JarSet, port: int) -> Command:
        _write_conf(self._settings, jars, port)
        heap = self._settings.neo4j.heap_mib
        archive = self._archive.flags() if self._archive else []
        jvm = [f"-Xms{heap}m", f"-Xmx{heap}m", *JVM_FLAGS, *archive, "-cp", jars.class_path]
        return Command(
            name=self.name,
            arguments=[java(), *jvm, MAIN_CLASS, f"--home-dir={self.home}", f"--config-dir={self.home / 'conf'}"],
            home=self.home,
            log=self.home / "logs" / "console.log",
            start_timeout_s=180,
            grace_s=60,
            environment=_environment(self.home),
        )


def neo4j_home(settings: Settings) -> Path:
    """The folder of this project's embedded Neo4j."""
    return settings.data_dir.expanduser().absolute() / "neo4j"


AdminOutput = Callable[[str], None]
"""Receives what neo4j-admin prints, line by line."""


def neo4j_admin(
    settings: Settings, arguments: Sequence[str], progress: Progress, output: AdminOutput | None = None
) -> str:
    """Run `neo4j-admin` on the embedded server's folder while it is stopped, for instance `database import full …`."""
    home = neo4j_home(settings)
    refuse_while_running(home)
    jars = jar_set(settings.cache_dir, progress)
    classes = f"{IMPORTER_CLASSES}{os.pathsep}{jars.class_path}"
    jvm = [f"-Xmx{settings.neo4j.heap_mib}m", *JVM_FLAGS, "-cp", classes]
    with lock_folder(home, "Neo4j", progress) as lock:
        _password(home)
        _write_conf(settings, jars, 0)
        done = subprocess.Popen(
            [sys.executable, "-I", "-S", SUPERVISOR, str(ADMIN_GRACE_S), java(), *jvm, ADMIN_CLASS, *arguments],
            env={**os.environ, **_environment(home)},
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            pass_fds=[lock.fileno()],
        )
        said = _said(done, output)
    if done.returncode:
        raise RuntimeStartError(f"neo4j-admin {' '.join(arguments)} ended with status {done.returncode}:\n{said}")
    return said


def refuse_while_running(home: Path) -> None:
    """Raise RuntimeStartError when a living process runs the server of this folder."""
    ready = announced(home)
    if ready and ready.owner_lives():
        raise RuntimeStartError(
            f"process {ready.owner_pid} runs the Neo4j of {home}; end it before neo4j-admin runs there"
        )


def _said(process: "subprocess.Popen[str]", output: AdminOutput | None) -> str:
    lines: list[str] = []
    for line in process.stdout or ():
        lines.append(line)
        if output:
            output(line.rstrip())
    process.wait()
    return "".join(lines).strip()


def _write_conf(settings: Settings, jars: JarSet, port: int) -> None:
    home = neo4j_home(settings)
    for folder in ("conf", "data", "logs", "run", "import"):
        (home / folder).mkdir(exist_ok=True)
    conf = hardened(settings.neo4j) | {
        "server.default_listen_address": LOOPBACK,
        "server.bolt.listen_address": f"{LOOPBACK}:{port}",
        "server.bolt.advertised_address": f"{LOOPBACK}:{port}",
        # By then the databases are closed; the default waits twice 5 s for network threads.
        "internal.server.bolt.thread_pool_shutdown_wait_time": "200ms",
        "server.directories.data": f"{home}/data",
        "server.directories.logs": f"{home}/logs",
        "server.directories.run": f"{home}/run",
        "server.directories.plugins": f"{jars.plugins_dir}",
        # Unset, LOAD CSV could read every file of this machine when Neo4j is started from jars.
        "server.directories.import": f"{home}/import",
    }
    (home / "conf" / "neo4j.conf").write_text(as_conf(conf), encoding="utf-8")
    (home / "conf" / "apoc.conf").write_text(as_conf(APOC), encoding="utf-8")


def _environment(home: Path) -> dict[str, str]:
    return {"NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}


def _password(home: Path) -> str:
    """The password of this data folder, made at its first start.

    Written the way `neo4j-admin dbms set-initial-password` does, which would cost another Java start and show the
    password in the list of processes.
    """
    file = home / "password"
    if file.exists():
        return file.read_text(encoding="utf-8").strip()
    if (home / "data" / "databases").exists():
        raise RuntimeStartError(
            f"{home} holds a store, but its password file {file} is missing. Put the file back from a copy, or, to "
            f"give up the data, move {home} away."
        )
    password, salt = secrets.token_urlsafe(24), secrets.token_bytes(32)
    digest = salt + password.encode()
    for _ in range(HASH_ROUNDS):
        digest = hashlib.sha256(digest).digest()
    logins = home / "data" / "dbms" / "auth.ini"
    logins.parent.mkdir(parents=True, exist_ok=True)
    write_secret(logins, f"{USER}:SHA-256,{digest.hex()},{salt.hex()},{HASH_ROUNDS}:\n")
    write_secret(file, password)
    return password

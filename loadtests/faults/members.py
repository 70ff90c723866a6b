"""The processes that are killed: two servers, and our own API and workers, each under the supervisor that ends it with
us, each coming back where it was."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

import psutil

from app.runtime.models import Address
from app.runtime.process import SUPERVISOR

GRACE_S: Final = 10.0
START_S: Final = 60.0


class Launcher(Protocol):
    """A server of app/runtime."""

    @property
    def pid(self) -> int | None: ...

    def start(self) -> Address: ...

    def stop(self) -> None: ...


class Server:
    """Neo4j or Redis."""

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher

    @property
    def pid(self) -> int:
        return _known(self._launcher.pid)

    def start(self) -> Address:
        """Answer once it does; after a kill at the same address."""
        return self._launcher.start()

    def kill(self) -> None:
        """At once, whatever it is at."""
        os.kill(self.pid, signal.SIGKILL)
        self._launcher.stop()

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def stop(self) -> None:
        """In order."""
        if self._launcher.pid is not None:
            self.thaw()
        self._launcher.stop()


class Process:
    """One of our own programs; its output goes into a log."""

    def __init__(self, arguments: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self._arguments = [sys.executable, *arguments]
        self._log = log
        self._environment = {**os.environ, **(environment or {})}
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None

    @property
    def pid(self) -> int:
        return _known(self._pid)

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-I", "-S", SUPERVISOR, str(GRACE_S), *self._arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
            )
        self._pid = _child_of(self._supervisor.pid)

    def output(self) -> str:
        """All that it wrote, in every life."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """At once, whatever it is at."""
        os.kill(self.pid, signal.SIGKILL)
        self._ended()

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def stop(self) -> None:
        """In order; what was stopped goes on first."""
        if self._supervisor is not None and self._supervisor.poll() is None:
            self.thaw()
        self._ended()

    def _ended(self) -> None:
        if self._supervisor is not None and self._supervisor.stdin is not None:
            self._supervisor.stdin.close()
            self._supervisor.wait(2 * GRACE_S)
        self._supervisor = self._pid = None


def _child_of(supervisor: int) -> int:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        children = psutil.Process(supervisor).children()
        if children:
            return children[0].pid
        time.sleep(0.01)
    raise RuntimeError("the supervisor has started nothing")


def _known(pid: int | None) -> int:
    if pid is None:
        raise RuntimeError("the process does not run")
    return pid

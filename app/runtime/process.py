"""A server process under its supervisor: start on a free port, watch, stop."""

import contextlib
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from app.runtime.errors import RuntimeStartError
from app.runtime.ports import free_port

SUPERVISOR = Path(__file__).with_name("supervisor.py")
LOG_LINES_SHOWN = 15
PORT_TRIES = 3
PORT_TAKEN = ("Address already in use", "bind: Address", "Could not create Server TCP listening socket")

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Command:
    """What to run, and how long it may take."""

    name: str
    arguments: Sequence[str | Path]
    home: Path
    log: Path
    start_timeout_s: float
    grace_s: float
    """Between SIGTERM and SIGKILL."""
    environment: Mapping[str, str]


class ServerProcess:
    """One server whose life is tied to ours, and to the folder lock that it inherits."""

    def __init__(self, command: Command, lock: IO[str]) -> None:
        self._command = command
        self._log_start = command.log.stat().st_size if command.log.exists() else 0
        with command.log.open("ab") as output:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-I", "-S", SUPERVISOR, str(command.grace_s), *command.arguments],
                cwd=command.home,
                env={**os.environ, **command.environment},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # the terminal's Ctrl-C goes to us, and we stop the server in order
                pass_fds=[lock.fileno()],
            )

    @property
    def supervisor_pid(self) -> int:
        """The process whose only child is the server."""
        return self._supervisor.pid

    @property
    def pid(self) -> int | None:
        """The server itself; None before it runs, and once it is gone."""
        with contextlib.suppress(psutil.Error):
            return next((child.pid for child in psutil.Process(self.supervisor_pid).children()), None)
        return None

    def output(self) -> str:
        """What it has written to its log since this start."""
        with self._command.log.open("rb") as file:
            file.seek(self._log_start)
            return file.read().decode(errors="replace")

    def wait_until(self, refusal: Callable[[], str | None]) -> None:
        """Return once it answers; raise with the end of its log when it dies or takes too long."""
        command = self._command
        deadline = time.monotonic() + command.start_timeout_s
        while (reason := refusal()) is not None:
            status = self._supervisor.poll()
            if status is not None:
                raise RuntimeStartError(
                    f"{command.name} ended with status {status} before it answered. {self._log_end()}"
                )
            if time.monotonic() > deadline:
                raise RuntimeStartError(
                    f"{command.name} did not answer within {command.start_timeout_s:g} s ({reason}). {self._log_end()}"
                )
            time.sleep(0.05)

    def stop(self) -> int:
        """Ask the server to end in order, wait until it has, and answer its exit status."""
        if self._supervisor.stdin:
            self._supervisor.stdin.close()
        try:
            return self._supervisor.wait(self._command.grace_s + 10)
        except subprocess.TimeoutExpired:
            self._supervisor.kill()
            return self._supervisor.wait()

    def _log_end(self) -> str:
        end = "\n".join(self.output().splitlines()[-LOG_LINES_SHOWN:])
        return f"Its log {self._command.log} ends with:\n{end}" if end else f"Its log {self._command.log} is empty."


def start_on_free_port(
    command_for: Callable[[int], Command],
    refusal_of: Callable[[int], str | None],
    lock: IO[str],
    progress: Progress,
    *,
    before: int | None = None,
) -> tuple[ServerProcess, int]:
    """Start a server and wait for its answer; when another process took the port meanwhile, try the next. The first is
    the one it had `before`, so that whoever knows it there finds it again."""
    for attempt in range(1, PORT_TRIES + 1):
        port = before if before is not None and attempt == 1 else free_port()
        process = ServerProcess(command_for(port), lock)
        try:
            process.wait_until(lambda port=port: refusal_of(port))  # type: ignore[misc]
        except BaseException as error:
            process.stop()
            taken = isinstance(error, RuntimeStartError) and any(sign in process.output() for sign in PORT_TAKEN)
            if not taken or attempt == PORT_TRIES:
                raise
            progress(f"port {port} was taken in the meantime; trying another")
        else:
            return process, port
    raise AssertionError("the last attempt returns or raises")


def lock_folder(folder: Path, name: str, progress: Progress, timeout_s: float = 90.0) -> IO[str]:
    """Take the folder's process lock, which the server inherits: held means that a server still uses the folder.

    After a crash of ours the supervisor is still closing the server's store; wait for that instead of meeting it half
    closed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "process.lock").open("a")
    deadline = time.monotonic() + timeout_s
    told = False
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                lock.close()
                raise RuntimeStartError(
                    f"another {name} still uses {folder} after {timeout_s:g} s, though the process that started it is "
                    f"gone. Find it with `fuser {folder / 'process.lock'}`, end it, and start again."
                ) from None
            if not told:
                progress(f"an earlier run left its {name} behind; waiting until it has closed {folder}")
                told = True
            time.sleep(0.1)
        else:
            return lock

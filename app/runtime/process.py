"""A server process under its supervisor: start, watch, stop."""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from app.runtime.errors import RuntimeStartError

SUPERVISOR = Path(__file__).with_name("supervisor.py")
LOG_LINES_SHOWN = 15


class ServerProcess:
    """One server whose life is tied to ours. Its folder is locked for as long as the server itself lives."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        home: Path,
        log: Path,
        grace_s: float,
        environment: Mapping[str, str] | None = None,
        lock: IO[str],
    ) -> None:
        self.name = name
        self.log = log
        self._grace_s = grace_s
        self._lock = lock
        self._log_start = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-I", "-S", SUPERVISOR, str(grace_s), *command],
                cwd=home,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # the terminal's Ctrl-C goes to us, and we stop the server in order
                pass_fds=[lock.fileno()],
            )

    @property
    def pid(self) -> int:
        """The supervisor's process id."""
        return self._supervisor.pid

    def ended(self) -> int | None:
        """The exit status, or None while it runs."""
        return self._supervisor.poll()

    def output(self) -> str:
        """What it has written to its log since this start."""
        with self.log.open("rb") as file:
            file.seek(self._log_start)
            return file.read().decode(errors="replace")

    def last_lines(self) -> str:
        """The end of its output, for an error message."""
        return "\n".join(self.output().splitlines()[-LOG_LINES_SHOWN:])

    def wait_until(self, refusal: Callable[[], str | None], timeout_s: float) -> None:
        """Return once it answers; raise with the end of its log when it dies or does not answer in time."""
        deadline = time.monotonic() + timeout_s
        while (reason := refusal()) is not None:
            status = self.ended()
            if status is not None:
                raise RuntimeStartError(
                    f"{self.name} ended with status {status} before it answered. Its log {self.log} ends with:\n"
                    f"{self.last_lines()}"
                )
            if time.monotonic() > deadline:
                raise RuntimeStartError(
                    f"{self.name} did not answer within {timeout_s:g} s ({reason}). Its log {self.log} ends with:\n"
                    f"{self.last_lines()}"
                )
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask the server to end in order and wait until it has; the supervisor kills it after the grace time."""
        if self._supervisor.stdin:
            self._supervisor.stdin.close()
        try:
            self._supervisor.wait(self._grace_s + 5)
        except subprocess.TimeoutExpired:
            self._supervisor.kill()
            self._supervisor.wait()
        self._lock.close()


def lock_folder(folder: Path, name: str, progress: Callable[[str], None], timeout_s: float = 60.0) -> IO[str]:
    """Take the folder's lock, which every server process inherits: held means that a server still uses the folder.

    After a crash of ours, its supervisor is still closing the server: wait for that instead of meeting a locked store.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "process.lock").open("a+")
    deadline = time.monotonic() + timeout_s
    told = False
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                lock.close()
                raise RuntimeStartError(
                    f"another {name} still uses {folder} after {timeout_s:g} s: it was started by a Banyan that is "
                    f"gone or does not answer. Find it with: fuser {folder / 'process.lock'}"
                ) from None
            if not told:
                progress(f"an earlier run left its {name} behind; waiting for it to close {folder}")
                told = True
            time.sleep(0.1)
        else:
            return lock

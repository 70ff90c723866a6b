"""The supervisor with small real processes: whatever happens to the parent, the server gets an orderly end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from app.runtime.process import SUPERVISOR

SERVER = """
import pathlib, signal, sys, time
def end(*_):
    pathlib.Path("ended").touch()
    sys.exit(0)
signal.signal(signal.SIGTERM, {handler})
pathlib.Path("up").write_text(str(__import__("os").getpid()))
time.sleep(60)
"""


@pytest.fixture
def supervised(tmp_path: Path) -> Callable[[str, str], "subprocess.Popen[bytes]"]:
    """Starts a supervisor with a server that ends on SIGTERM, or ignores it, and waits until the server is up."""

    def start(handler: str = "end", grace: str = "20") -> "subprocess.Popen[bytes]":
        server = [sys.executable, "-c", SERVER.format(handler=handler)]
        command = [sys.executable, "-I", "-S", str(SUPERVISOR), grace, *server]
        process = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        _wait(lambda: (tmp_path / "up").exists() and (tmp_path / "up").read_text() != "")
        return process

    return start


def _wait(condition: Callable[[], bool], timeout_s: float = 30) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def _server_pid(folder: Path) -> int:
    return int((folder / "up").read_text())


def test_a_closed_pipe_ends_the_server_in_order(
    supervised: Callable[..., "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    process = supervised()
    assert process.stdin
    process.stdin.close()
    assert process.wait(30) == 0
    assert (tmp_path / "ended").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_the_supervisor_ends_the_server_in_order(
    supervised: Callable[..., "subprocess.Popen[bytes]"], tmp_path: Path, number: signal.Signals
) -> None:
    process = supervised()
    process.send_signal(number)
    assert process.wait(30) == 0
    assert (tmp_path / "ended").exists()


def test_a_server_that_ignores_sigterm_is_killed_after_the_grace_time(
    supervised: Callable[..., "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    process = supervised("signal.SIG_IGN", "0.5")
    assert process.stdin
    began = time.monotonic()
    process.stdin.close()
    assert process.wait(30) == 128 + signal.SIGKILL
    assert time.monotonic() - began >= 0.5
    assert not psutil.pid_exists(_server_pid(tmp_path))


def test_the_server_does_not_outlive_a_killed_supervisor(
    supervised: Callable[..., "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    process = supervised()
    process.kill()
    process.wait()
    _wait((tmp_path / "ended").exists)
    _wait(lambda: not _alive(_server_pid(tmp_path)))


def test_the_servers_own_end_is_passed_on(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", str(SUPERVISOR), "5", sys.executable, "-c", "raise SystemExit(7)"]
    process = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE)
    assert process.wait(30) == 7
    assert process.stdin
    process.stdin.close()


def test_a_parent_killed_while_its_fork_holds_the_pipe_ends_the_server_too(tmp_path: Path) -> None:
    """A forked child keeps the other end of the pipe open; the changed parent is noticed all the same."""
    server = [sys.executable, "-c", SERVER.format(handler="end")]
    parent = f"""
import os, subprocess, sys, time
process = subprocess.Popen({[sys.executable, "-I", "-S", str(SUPERVISOR), "20", *server]!r}, stdin=subprocess.PIPE)
while not os.path.exists("up"): time.sleep(0.02)
fork = os.fork()
if not fork:
    time.sleep(60)
    os._exit(0)
open("fork", "w").write(str(fork)); open("forked", "w").close()
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", parent], cwd=tmp_path)
    try:
        _wait((tmp_path / "forked").exists)
        process.kill()
        process.wait()
        _wait((tmp_path / "ended").exists)
    finally:
        os.kill(int((tmp_path / "fork").read_text()), signal.SIGKILL)


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False

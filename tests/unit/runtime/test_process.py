"""Starting a server: ports taken meanwhile, servers that die or hang, folders still in use."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.runtime.errors import RuntimeStartError
from app.runtime.ports import LOOPBACK, free_port
from app.runtime.process import Command, ServerProcess, lock_folder, start_on_free_port

LISTEN = "import socket,time; s=socket.create_server(('127.0.0.1', {port})); time.sleep(60)"


def _command(folder: Path, code: str, timeout_s: float = 30) -> Command:
    return Command("Test", [sys.executable, "-c", code], folder, folder / "log", timeout_s, 5, {})


def _refusal(port: int) -> str | None:
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError as error:
        return str(error)
    return None


def test_a_port_taken_meanwhile_is_replaced(tmp_path: Path) -> None:
    said: list[str] = []
    ports: list[int] = []

    def command(port: int) -> Command:
        ports.append(port)
        taken = "raise OSError(98, 'Address already in use')"
        return _command(tmp_path, taken if len(ports) == 1 else LISTEN.format(port=port))

    with lock_folder(tmp_path, "Test", said.append) as lock:
        process, port = start_on_free_port(command, _refusal, lock, said.append)
        assert _refusal(port) is None
        process.stop()
    assert len(ports) == 2
    assert said == [f"port {ports[0]} was taken in the meantime; trying another"]


def test_a_server_that_was_killed_comes_back_where_it_was(tmp_path: Path) -> None:
    """Whoever has its address finds it again."""

    def command(port: int) -> Command:
        return _command(tmp_path, LISTEN.format(port=port))

    with lock_folder(tmp_path, "Test", print) as lock:
        process, port = start_on_free_port(command, _refusal, lock, print)
        pid = process.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        process.stop()
        assert process.pid is None
        again, same = start_on_free_port(command, _refusal, lock, print, before=port)
        assert (same, _refusal(same)) == (port, None)
        again.stop()


def test_where_its_port_was_taken_meanwhile_it_goes_elsewhere(tmp_path: Path) -> None:
    with lock_folder(tmp_path, "Test", print) as lock:
        taken = free_port()
        ports: list[int] = []

        def command(port: int) -> Command:
            ports.append(port)
            fault = "raise OSError(98, 'Address already in use')"
            return _command(tmp_path, fault if port == taken else LISTEN.format(port=port))

        process, port = start_on_free_port(command, _refusal, lock, lambda _line: None, before=taken)
        process.stop()
    assert ports == [taken, port]
    assert port != taken


def test_a_server_that_dies_says_how_and_shows_the_end_of_its_log(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("of an earlier run\n")
    code = "import sys; print('the last words'); sys.exit(3)"
    with lock_folder(tmp_path, "Test", print) as lock, pytest.raises(RuntimeStartError) as caught:
        start_on_free_port(lambda _: _command(tmp_path, code), _refusal, lock, print)
    assert "ended with status 3" in caught.value.message
    assert "the last words" in caught.value.message
    assert str(tmp_path / "log") in caught.value.message
    assert "of an earlier run" not in caught.value.message


def test_a_server_that_never_answers_is_given_up_and_ended(tmp_path: Path) -> None:
    with lock_folder(tmp_path, "Test", print) as lock:
        process = ServerProcess(_command(tmp_path, "import time; time.sleep(60)", 0.3), lock)
        with pytest.raises(RuntimeStartError, match=r"did not answer within 0\.3 s \(not yet\)"):
            process.wait_until(lambda: "not yet")
        assert process.stop() == 128 + 15


def test_the_folder_stays_locked_for_as_long_as_the_server_lives(tmp_path: Path) -> None:
    """Also when the process that started it has closed its own copy of the lock, as a crash does."""
    lock = lock_folder(tmp_path, "Test", print)
    process = ServerProcess(_command(tmp_path, "import time; print('up', flush=True); time.sleep(60)"), lock)
    process.wait_until(lambda: None if "up" in process.output() else "not yet")
    lock.close()
    said: list[str] = []
    with pytest.raises(RuntimeStartError, match="fuser"):
        lock_folder(tmp_path, "Test", said.append, timeout_s=0.3)
    assert said == [f"an earlier run left its Test behind; waiting until it has closed {tmp_path}"]
    threading.Timer(0.3, process.stop).start()
    lock_folder(tmp_path, "Test", print, timeout_s=30).close()


def test_a_folder_locked_by_another_process_is_waited_for(tmp_path: Path) -> None:
    code = (
        "import fcntl,sys,time; f=open('process.lock','a'); fcntl.flock(f, fcntl.LOCK_EX);"
        "print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin
    assert holder.stdout
    assert holder.stdout.readline() == "held\n"
    threading.Timer(0.3, holder.stdin.close).start()
    lock_folder(tmp_path, "Test", print, timeout_s=30).close()
    holder.wait()
    holder.stdout.close()

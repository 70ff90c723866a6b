"""Processes that are killed, stopped and started again, and are gone at the end."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from loadtests.faults.members import Process

SAYS = "import os, time; print(os.getpid(), os.environ['WORD'], flush=True); time.sleep(60)"


def until(condition: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it never held")


@pytest.fixture
def process(tmp_path: Path) -> Process:
    return Process(["-c", SAYS], tmp_path / "log", {"WORD": "yes"})


def test_a_process_is_killed_and_started_again(process: Process) -> None:
    process.start()
    first = process.pid
    until(lambda: f"{first} yes" in process.output())
    process.kill()
    assert not psutil.pid_exists(first)
    with pytest.raises(RuntimeError, match="does not run"):
        _ = process.pid
    process.start()
    second = process.pid
    until(lambda: f"{second} yes" in process.output())
    process.stop()
    assert not psutil.pid_exists(second)


def test_a_stopped_process_goes_on_and_can_be_ended(process: Process) -> None:
    process.start()
    pid = process.pid
    until(lambda: f"{pid} yes" in process.output())
    process.freeze()
    until(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    process.thaw()
    until(lambda: psutil.Process(pid).status() != psutil.STATUS_STOPPED)
    process.freeze()
    process.stop()
    assert not psutil.pid_exists(pid)
    process.stop()


def test_it_is_a_child_of_nobody_but_its_supervisor(process: Process) -> None:
    """A Ctrl-C of the terminal goes to us alone."""
    process.start()
    until(lambda: "yes" in process.output())
    assert os.getpgid(process.pid) != os.getpgrp()
    process.stop()

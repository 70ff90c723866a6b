"""Runs one server and ends it when the process that wanted it is gone, for whatever reason.

Started as a script by app/runtime/process.py, with nothing but the standard library, so that it costs little.
Its standard input is a pipe whose other end only the parent holds: a parent that exits, is killed with SIGKILL or loses
its terminal closes it, and the server gets an orderly SIGTERM. (PR_SET_PDEATHSIG alone is tied to the thread that
forked, not to the process.) Should the supervisor itself be killed, PR_SET_PDEATHSIG ends the server.

Usage: supervisor.py GRACE_SECONDS PROGRAM ARGUMENT...
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
POLL_S = 0.2


def main(arguments: list[str]) -> int:
    """Run the server until it ends or has to; answer its exit status."""
    grace = float(arguments[0])
    parent = os.getppid()
    stop = False

    def on_signal(_number: int, _frame: object) -> None:
        nonlocal stop
        stop = True

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, on_signal)
    # It inherits our descriptors, the folder's lock among them, so that the lock lasts as long as the server.
    server = subprocess.Popen(arguments[1:], stdin=subprocess.DEVNULL, preexec_fn=_die_with_me, close_fds=False)  # noqa: PLW1509 - no threads here
    watched = [0]
    while server.poll() is None and not stop:
        # A grandchild may hold a copy of the pipe's other end, so a changed parent counts as well.
        stop = os.getppid() != parent
        with contextlib.suppress(InterruptedError):
            readable, _, _ = select.select(watched, [], [], POLL_S)
            if readable and not os.read(0, 1):
                stop = True
    return _end(server, grace)


def _end(server: "subprocess.Popen[bytes]", grace: float) -> int:
    if server.poll() is None:
        server.terminate()
        deadline = time.monotonic() + grace
        while server.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        if server.poll() is None:
            sys.stdout.write(f"no end {grace:g} s after SIGTERM; sending SIGKILL\n")
            sys.stdout.flush()
            server.kill()
    status = server.wait()
    return status if status >= 0 else 128 - status


def _die_with_me() -> None:
    """In the child: get SIGTERM when the supervisor dies; it has one thread, so the signal means what it says."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The application as a deployment runs it: uvicorn on a port of its own, here in a thread with its own event loop."""

import socket
import threading
import time
from collections.abc import Callable
from typing import Final

from fastapi import FastAPI

from app.serving import Server, run_serving

_START_S: Final = 60.0


class Served:
    """An application that can be taken down and put up again at the same address."""

    def __init__(self, make_app: Callable[[], FastAPI]) -> None:
        self._make_app = make_app
        self._port = 0
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def home(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._port}"

    def up(self) -> None:
        """Serve, and return when it answers."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self._port))
        self._port = listening.getsockname()[1]
        self._server = Server(self._make_app(), patience_s=5)
        self._thread = threading.Thread(target=self._run, args=(self._server, listening), name="served", daemon=True)
        self._thread.start()
        deadline = time.monotonic() + _START_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the application did not start; its log says why")
            time.sleep(0.02)

    def down(self) -> None:
        """Stop serving; nothing answers at the address afterwards."""
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join()
        self._server = self._thread = None

    @staticmethod
    def _run(server: Server, listening: socket.socket) -> None:
        with listening:
            run_serving(server.serve(sockets=[listening]))

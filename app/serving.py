"""The web server, which ends what would never end by itself before it waits for the rest."""

import asyncio
import gc
import socket
from collections.abc import Coroutine
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from uvicorn.loops.auto import auto_loop_factory


def run_serving(work: Coroutine[Any, Any, None]) -> None:
    """As asyncio.run, on the loop that uvicorn would choose: uvloop where there is one."""
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(work)


KEEP_ALIVE_S: Final = 75
"""How long a connection is kept without a request: longer than proxies keep theirs (60 s mostly), which else send a
request while it is being closed, and get no answer."""


GARBAGE: Final = (20_000, 20, 20)
"""How many objects more, and how many looks of the lesser kinds, before the collector looks through them: by its
defaults it looks after every few requests, and through all that is kept every few seconds, while everybody waits."""


class Server(uvicorn.Server):
    """uvicorn waits for its connections when it is told to stop: streams of events are told first."""

    def __init__(self, app: FastAPI, *, patience_s: int | None = None) -> None:
        """`patience_s`: how long it waits for answers that are under way; None: until they are out."""
        self._app = app
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=patience_s,
                timeout_keep_alive=KEEP_ALIVE_S,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen. What is there by now stays for as long as the process: the collector of garbage, which looks
        through all there is whenever requests have left enough behind, need not look at it."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GARBAGE)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, wait for other answers, then end the application."""
        if services := getattr(self._app.state, "services", None):
            services.feed.close()
        await super().shutdown(sockets)

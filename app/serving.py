"""The web server, which ends what would never end by itself before it waits for the rest."""

import socket

import uvicorn
from fastapi import FastAPI


class Server(uvicorn.Server):
    """uvicorn waits for its connections when it is told to stop: streams of events are told first."""

    def __init__(self, app: FastAPI, *, patience_s: int | None = None) -> None:
        """`patience_s`: how long it waits for answers that are under way; None: until they are out."""
        self._app = app
        super().__init__(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=patience_s))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, wait for other answers, then end the application."""
        if services := getattr(self._app.state, "services", None):
            services.feed.close()
        await super().shutdown(sockets)

"""Looks every few seconds whether runs are to be asked for, and asks. Several workers may do it."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from app.errors import BanyanError

PAUSE_S: Final = 10.0
_log = structlog.get_logger(__name__)


class Asks(Protocol):
    """Knows when a run is to be asked for."""

    async def ask(self) -> Sequence[str]:
        """Ask for what is due; the ids of the calculations that are asked for."""


class AskingWorker:
    """Runs until told to stop."""

    def __init__(self, asks: Asks, *, pause_s: float = PAUSE_S) -> None:
        self._asks = asks
        self._pause_s = pause_s

    async def run(self, stop: asyncio.Event) -> None:
        """Look every few seconds until `stop` is set."""
        while not stop.is_set():
            try:
                for id in await self._asks.ask():
                    _log.info("run asked for", calculation=id, by=type(self._asks).__name__)
            except BanyanError as error:
                _log.warning("asking for runs waits", error=error.message, kind=error.code())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._pause_s)

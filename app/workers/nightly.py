"""Looks whether a night has come, and has the open periods previewed. Several workers may do it."""

import asyncio
import contextlib
from typing import Final

import structlog

from app.calculations.nightly import NightlyPreviews
from app.errors import BanyanError

PAUSE_S: Final = 10.0
_log = structlog.get_logger(__name__)


class NightlyWorker:
    """Runs until told to stop."""

    def __init__(self, previews: NightlyPreviews, *, pause_s: float = PAUSE_S) -> None:
        self._previews = previews
        self._pause_s = pause_s

    async def run(self, stop: asyncio.Event) -> None:
        """Look every few seconds until `stop` is set."""
        while not stop.is_set():
            try:
                for id in await self._previews.ask():
                    _log.info("preview asked for", calculation=id)
            except BanyanError as error:
                _log.warning("nightly previews wait", error=error.message, kind=error.code())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._pause_s)

"""Answers what is asked for over Bolt, one command after the other. Several may run; one at a time has the turn."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Final

import structlog
from prometheus_client import Counter

from app.asked.service import AskedService
from app.errors import BanyanError

ANSWERED: Final = Counter("banyan_asked_commands_total", "Commands asked for over Bolt that this process took", ["end"])
PAUSE_S: Final = 0.05
"""Between two looks at an empty queue: about half of what whoever asks waits for."""
QUIET_PAUSE_S: Final = 0.25
"""The same where nobody asked for a while: most companies never do, and each look costs every core a little."""
QUIET_AFTER_S: Final = 30.0
RIVAL_PAUSE_S: Final = 1.0
LEASE_MS: Final = 10_000
RENEW_S: Final = 3.0
FORGET_S: Final = 60.0
_log = structlog.get_logger(__name__)


class AskedWorker:
    """Runs until told to stop."""

    def __init__(
        self,
        asked: AskedService,
        *,
        holder: str,
        lease_ms: int = LEASE_MS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`holder` is a name that no other worker has."""
        self._asked = asked
        self._holder = holder
        self._lease_ms = lease_ms
        self._monotonic = monotonic
        self._renew_at = self._forget_at = 0.0
        self._quiet_from = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until `stop` is set; the command that is being decided then is answered first."""
        try:
            while not stop.is_set():
                pause_s = await self._turn()
                if pause_s:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), pause_s)
        finally:
            with contextlib.suppress(BanyanError):  # else the lease ends by itself
                await self._asked.keep_turn(self._holder, 0)

    async def _turn(self) -> float:
        """One command, or a look whether there is one; the seconds to wait before the next turn."""
        try:
            if not await self._mine():
                return RIVAL_PAUSE_S
            end = await self._asked.answer_next()
            if end is None:
                await self._forget()
                return QUIET_PAUSE_S if self._monotonic() >= self._quiet_from else PAUSE_S
        except BanyanError as error:
            _log.warning("commands asked for over Bolt wait", error=error.message, kind=error.code())
            return RIVAL_PAUSE_S
        ANSWERED.labels(end).inc()
        self._quiet_from = self._monotonic() + QUIET_AFTER_S
        return 0.0

    async def _mine(self) -> bool:
        """Whether it is this worker's turn. Two who believe so for a moment do no harm: see AskedService.answer."""
        now = self._monotonic()
        if now < self._renew_at:
            return True
        mine = await self._asked.keep_turn(self._holder, self._lease_ms)
        self._renew_at = now + RENEW_S if mine else 0.0
        return mine

    async def _forget(self) -> None:
        if self._monotonic() >= self._forget_at:
            self._forget_at = self._monotonic() + FORGET_S
            await self._asked.forget()

"""Places those whose time in the holding tank has ended. Several workers may do it: a person is placed once."""

import asyncio
import contextlib
from typing import Final

import structlog
from prometheus_client import Counter

from app.clock import Clock, to_ms
from app.errors import BanyanError
from app.facts.commands import BelowSponsor, Place, Submission
from app.facts.writer import FactWriter
from app.places.repository import PlaceRepository

PLACED: Final = Counter("banyan_holding_tank_placed_total", "People placed because their time to choose ended")
PAUSE_S: Final = 10.0
PAGE: Final = 100
ACTOR: Final = "holding tank"
_log = structlog.get_logger(__name__)


class HoldingTankWorker:
    """Runs until told to stop."""

    def __init__(self, places: PlaceRepository, writer: FactWriter, clock: Clock, *, pause_s: float = PAUSE_S) -> None:
        self._places = places
        self._writer = writer
        self._clock = clock
        self._pause_s = pause_s

    async def run(self, stop: asyncio.Event) -> None:
        """Look every few seconds until `stop` is set."""
        while not stop.is_set():
            try:
                await self.place_overdue()
            except BanyanError as error:
                _log.warning("holding tank waits", error=error.message, kind=error.code())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._pause_s)

    async def place_overdue(self) -> int:
        """Place everybody whose time has ended and for whom there can be a slot; how many there were."""
        now = to_ms(self._clock.now())
        placed, after = 0, (0, -1)
        while True:
            page = await self._places.held(after=after, page=PAGE, until=now)
            overdue = zip(page["ids"], page["untils"], page["strategies"], page["possible"], strict=True)
            waiting = [self._place(id, until, strategy, now) for id, until, strategy, possible in overdue if possible]
            placed += sum(await asyncio.gather(*waiting))
            if not page["more"]:
                return placed
            after = (page["untils"][-1], page["ixs"][-1])

    async def _place(self, id: str, until: int, strategy: str, now: int) -> bool:
        command = Place(id, BelowSponsor(strategy), now)  # type: ignore[arg-type]
        key = f"holding-tank:{id}:{until}"
        try:
            await self._writer.submit(Submission(key, ACTOR, "the time to choose a place ended", command))
        except BanyanError as error:
            # Somebody chose a place meanwhile, or the sponsor lost theirs; whoever is left is met at the next look.
            _log.info("not placed from the holding tank", distributor=id, error=error.message, kind=error.code())
            return False
        PLACED.inc()
        return True

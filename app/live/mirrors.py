"""The mirrors of one process, by period."""

import time
from collections.abc import Callable
from typing import Final

from app.live.mirror import Mirror
from app.runs.standings import Standing

CURRENT_S: Final = 10.0
"""So long after it was found to know every fact a mirror may be shown; one that nobody keeps up is not."""


class Mirrors:
    """What one worker keeps up and the same process reads."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._mirrors: dict[str, Mirror] = {}
        self._current: dict[str, float] = {}

    @property
    def all(self) -> list[Mirror]:
        return list(self._mirrors.values())

    def get(self, period: str) -> Mirror | None:
        """The mirror of a period."""
        return self._mirrors.get(period)

    def put(self, mirror: Mirror) -> None:
        """In place of the one of that period, if any."""
        self._mirrors[mirror.period.name] = mirror
        self.confirm(mirror)

    def drop(self, period: str) -> None:
        """Nobody keeps it any more."""
        self._mirrors.pop(period, None)
        self._current.pop(period, None)

    def confirm(self, mirror: Mirror) -> None:
        """It was just found to know every fact, or has gone on to more of them."""
        self._current[mirror.period.name] = self._monotonic()

    def standing(self, period: str, ix: int) -> Standing | None:
        """How somebody stands; None where no mirror is current, or they enrolled a moment ago."""
        mirror = self._mirrors.get(period)
        if mirror is None or self._monotonic() - self._current[period] > CURRENT_S:
            return None
        return mirror.standing(ix)

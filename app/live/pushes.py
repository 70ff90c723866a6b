"""What leaves the worker that reigns when ranks change, and how it is read where streams are (app/events/ranks.py)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

import orjson

from app.live.models import RankChange

TOPIC: Final = "ranks"
A_MESSAGE: Final = 500
"""Changes in one, which is also how many people the graph is asked about at once by whoever hears it."""


class RankNews(NamedTuple):
    """Ranks of a period as of the fact `seq`."""

    period: str
    seq: int
    changes: Sequence[RankChange]


class RankPushes:
    """Tells every process. While Redis is away nobody hears of it, and nothing is told later: who must know asks."""

    def __init__(self, tell: Callable[[bytes], Awaitable[None]]) -> None:
        """`tell` tells a message to whoever hears the topic."""
        self._tell = tell

    async def changed(self, period: str, seq: int, changes: Sequence[RankChange]) -> None:
        """As HearsOfRanks has it."""
        for first in range(0, len(changes), A_MESSAGE):
            await self._tell(orjson.dumps([period, seq, [list(each) for each in changes[first : first + A_MESSAGE]]]))


def read(message: bytes) -> RankNews:
    """What was told; TypeError or ValueError where it is something else."""
    period, seq, changes = orjson.loads(message)
    return RankNews(period, seq, [RankChange(*each) for each in changes])

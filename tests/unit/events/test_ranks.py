"""What waits for one reader of new ranks."""

import asyncio

import pytest

from app.access.models import Principal, Role
from app.events.ranks import MOST_WAITING, NewRank, Pushed
from app.live.models import RankChange
from app.live.pushes import A_MESSAGE, RankPushes, read

pytestmark = pytest.mark.anyio


def pushed() -> Pushed:
    return Pushed(Principal(subject="ann", role=Role.ADMIN, distributor=None))


def new(id: str, before: str | None, now: str | None, seq: int, period: str = "2026-04") -> NewRank:
    return NewRank(id, period, before, now, seq)


async def test_a_slow_reader_is_told_the_newest_of_each_person() -> None:
    waiting = pushed()
    waiting.put(new("D1", None, "Member", 1))
    waiting.put(new("D2", "Member", "Silver", 2))
    waiting.put(new("D1", "Member", "Silver", 3))
    waiting.put(new("D1", None, "Member", 3, "2026-05"))
    assert await waiting.next() == [
        new("D2", "Member", "Silver", 2),
        new("D1", None, "Silver", 3),
        new("D1", None, "Member", 3, "2026-05"),
    ]


async def test_what_is_over_before_it_was_told_is_not_told() -> None:
    waiting = pushed()
    waiting.put(new("D1", "Member", "Silver", 1))
    waiting.put(new("D1", "Silver", "Member", 2))
    waiting.put(new("D2", "Member", "Silver", 2))
    assert await waiting.next() == [new("D2", "Member", "Silver", 2)]


async def test_of_too_many_the_oldest_are_lost() -> None:
    waiting = pushed()
    for number in range(MOST_WAITING + 10):
        waiting.put(new(f"D{number}", None, "Member", number))
    found = await waiting.next()
    assert [found[0].id, found[-1].id, len(found)] == ["D10", f"D{MOST_WAITING + 9}", MOST_WAITING]


async def test_a_reader_waits_for_what_comes() -> None:
    waiting = pushed()
    reading = asyncio.create_task(waiting.next())
    await asyncio.sleep(0)
    assert not reading.done()
    waiting.put(new("D1", None, "Member", 1))
    assert [rank.id for rank in await reading] == ["D1"]


async def test_many_changes_go_in_several_messages() -> None:
    told, changes = (
        list[bytes](),
        [RankChange(ix, None if ix % 2 else "Member", "Silver") for ix in range(A_MESSAGE + 1)],
    )

    async def tell(message: bytes) -> None:
        told.append(message)

    await RankPushes(tell).changed("2026-04", 7, changes)
    found = [read(message) for message in told]
    assert [(news.period, news.seq, len(news.changes)) for news in found] == [
        ("2026-04", 7, A_MESSAGE),
        ("2026-04", 7, 1),
    ]
    assert [*found[0].changes, *found[1].changes] == changes

"""What every request asks for alike is read once in a while."""

import asyncio

import pytest

from app.brief import LIFE_S, MOST_KEPT, Brief

pytestmark = pytest.mark.anyio


class Reads:
    """Counts what is read, on a clock that the test moves."""

    def __init__(self) -> None:
        self.now, self.reads = 100.0, 0
        self.brief: Brief[int] = Brief(monotonic=lambda: self.now)

    async def get(self, key: object = "monthly") -> int:
        async def read() -> int:
            self.reads += 1
            mine = self.reads
            await asyncio.sleep(0)
            return mine

        return await self.brief.get(key, read)


async def test_it_is_read_anew_once_its_moment_is_over() -> None:
    of = Reads()
    assert [await of.get(), await of.get()] == [1, 1]
    of.now += LIFE_S - 0.01
    assert await of.get() == 1
    of.now += 0.01
    assert await of.get() == 2


async def test_another_key_is_another_answer() -> None:
    of = Reads()
    assert [await of.get(("monthly", 0)), await of.get(("monthly", 1)), await of.get(("monthly", 0))] == [1, 2, 1]


async def test_those_who_ask_together_read_once() -> None:
    of = Reads()
    assert await asyncio.gather(*(of.get() for _ in range(20))) == [1] * 20


async def test_the_moment_begins_with_the_read() -> None:
    """What is told is never older than said, however long the graph took."""
    of, began, slow = Reads(), asyncio.Event(), asyncio.Event()

    async def read() -> int:
        began.set()
        await slow.wait()
        return 7

    asking = asyncio.create_task(of.brief.get("monthly", read))
    await began.wait()
    of.now += LIFE_S
    late = asyncio.create_task(of.get())
    async with asyncio.timeout(2):
        assert await late == 1, "whoever asks by then does not share it"
    slow.set()
    assert await asking == 7
    of.now += LIFE_S
    assert await of.get() == 2, "it was read too long ago"


async def test_a_read_that_fails_is_kept_for_nobody() -> None:
    of = Reads()

    async def fail() -> int:
        raise RuntimeError("away")

    with pytest.raises(RuntimeError, match="away"):
        await of.brief.get("monthly", fail)
    assert await of.get() == 1


async def test_it_keeps_a_few_and_forgets_the_oldest() -> None:
    of = Reads()
    for number in range(MOST_KEPT + 1):
        await of.get(number)
    assert await of.get(MOST_KEPT) == MOST_KEPT + 1
    assert await of.get(0) == MOST_KEPT + 2

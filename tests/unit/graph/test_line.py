"""Callers get connections in turn."""

import asyncio

import pytest

from app.graph.errors import GraphUnavailableError
from app.graph.line import Line

pytestmark = pytest.mark.anyio


async def test_as_many_at_once_as_there_are_connections_in_their_order() -> None:
    line, at_once, most, order = Line(3, wait_s=10), 0, 0, list[int]()

    async def ask(number: int) -> None:
        nonlocal at_once, most
        async with line.turn("queries/some"):
            at_once += 1
            most = max(most, at_once)
            order.append(number)
            await asyncio.sleep(0.001)
            at_once -= 1

    await asyncio.gather(*map(ask, range(50)))
    assert most == 3
    assert order == list(range(50))


async def test_who_waits_too_long_is_told_and_takes_nobodys_turn() -> None:
    line, asked, go = Line(1, wait_s=0.05), asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with line.turn("queries/long"):
            asked.set()
            await go.wait()

    holding = asyncio.create_task(hold())
    await asked.wait()
    with pytest.raises(
        GraphUnavailableError, match=r"queries/some: all 1 connections to the graph were in use for 0\.05 s"
    ):
        async with line.turn("queries/some"):
            pass
    go.set()
    await holding
    async with asyncio.timeout(1), line.turn("queries/some"):
        pass


async def test_a_caller_that_goes_away_leaves_its_turn_to_the_next() -> None:
    line = Line(1, wait_s=10)
    async with line.turn("queries/long"):
        gone = asyncio.create_task(_pass(line))
        next_one = asyncio.create_task(_pass(line))
        await asyncio.sleep(0)
        gone.cancel()
    async with asyncio.timeout(1):
        await next_one


async def _pass(line: Line) -> None:
    async with line.turn("queries/some"):
        pass

"""A new live rank is told in the details of the person it is about, and is no news of the tree."""

import asyncio

import pytest
from playwright.async_api import expect

from app.cache import Teller, open_store
from app.live.models import RankChange
from app.live.pushes import TOPIC, RankPushes
from app.runtime import Endpoints
from app.settings import RedisSettings
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]


async def test_a_new_rank_is_told_of_whom_one_looks_at(visitor: Visitor, token: str, endpoints: Endpoints) -> None:
    await visitor.open(token)
    await visitor.line("D2").click()
    panel = visitor.page.locator("#panel")
    changes = [RankChange(1, "Member", "Silver"), RankChange(0, "Silver", "Gold")]
    async with open_store(endpoints.redis_url, "acme", RedisSettings()) as store, asyncio.timeout(60):
        while "Live in" not in await panel.inner_text():  # the page begins to hear a moment after it is opened
            await RankPushes(Teller(store, TOPIC).tell).changed("2026-03", 4711, changes)
            await asyncio.sleep(0.2)
    await expect(panel).to_contain_text("Live in 2026-03: Silver, as of fact 4,711")
    await expect(panel).not_to_contain_text("Live in 2026-03: Gold")
    await expect(visitor.page.locator("#news")).to_be_hidden()

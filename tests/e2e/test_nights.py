"""Nightly previews as an administrator looks at them."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from app.graph import GraphDatabase
from app.plans.loader import library, load_plan
from app.settings import Settings
from app.wiring import build_house, calculation_worker, nightly_previews
from tests.component.volumes.company import Company, TestClock, ms, order
from tests.e2e.test_looks import objections
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]


async def test_each_night_stands_beside_the_one_before(
    visitor: Visitor,
    token: str,
    company: Company,
    clock: TestClock,
    migrated_graph: GraphDatabase,
    test_settings: Settings,
    tmp_path: Path,
) -> None:
    house = build_house(test_settings.model_copy(update={"data_dir": tmp_path}), migrated_graph, company.clock)
    for period in await house.periods.all():
        if period.open:
            await house.plans.register(load_plan(library()["sample"]), period.first_day, key=period.name, actor="ann")
    nights, present = 0, clock.at
    for days in (1, 0):
        clock.at = present - timedelta(days=days)
        await company.write(order(f"of night {days}", "D1", 12_000, at=ms(2026, 3, 1)))
        nights += len(await nightly_previews(house, "00:00").ask())
        while await calculation_worker(house).calculate_next(asyncio.Event()):
            pass
    await visitor.page.goto(f"{visitor.served.home}/explorer/nights.html#token={token}")
    rows = visitor.page.locator("tbody tr")
    await expect(rows).to_have_count(nights)
    assert nights >= 2
    await expect(rows.last.locator("td").last).to_have_text("\N{EN DASH}")
    await expect(rows.first.locator("td").first).not_to_be_empty()
    assert await objections(visitor) == []


async def test_without_a_token_nothing_is_asked(visitor: Visitor) -> None:
    await visitor.page.goto(f"{visitor.served.home}/explorer/nights.html")
    await expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Sign in first")
    assert visitor.requests == []

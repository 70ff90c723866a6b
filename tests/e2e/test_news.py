"""What happens while somebody looks at the tree."""

import httpx
import pytest
from playwright.async_api import expect

from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]


async def enrol(visitor: Visitor, token: str, id: str, sponsor: str) -> None:
    body = {"id": id, "sponsor_id": sponsor, "name": f"Name of {id}", "enrolled_at": "2026-03-02T00:00:00Z"}
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"news-{id}"}
    async with httpx.AsyncClient(base_url=visitor.served.home, headers=headers) as client:
        answer = await client.post("/v1/distributors", json=body)
        assert answer.status_code == 201, answer.text


async def test_newcomers_are_told_and_shown_when_the_visitor_wants(visitor: Visitor, token: str) -> None:
    await visitor.open(token)
    await expect(visitor.below("D1")).to_have_count(4)
    await visitor.twist("D2")
    await visitor.line("D6").click()
    news = visitor.page.locator("#news")
    await expect(news).to_be_hidden()
    await enrol(visitor, token, "N1", "D1")
    await expect(news).to_have_text("1 since then: refresh")
    await expect(visitor.row("N1")).to_have_count(0)
    await enrol(visitor, token, "N2", "D1")
    await expect(news).to_have_text("2 since then: refresh")
    await news.click()
    await expect(visitor.row("N2")).to_be_visible()
    await expect(visitor.row("D6")).to_be_visible()
    await expect(visitor.row("D6")).to_have_attribute("aria-selected", "true")
    await expect(news).to_be_hidden()

"""A person's statement as somebody reads it: what is paid and why, what is not and why, on a desk and on a phone."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from app.demo.commit import commit_with_two
from app.graph import GraphDatabase
from app.plans.loader import library, load_plan
from app.settings import Settings
from app.wiring import build_house
from tests.component.volumes.company import Company
from tests.e2e.company import HTML_NAME
from tests.e2e.conftest import Come
from tests.e2e.test_looks import PHONE, objections
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]
REFUSED = "console: Failed to load resource: the server responded with a status of "


@pytest.fixture(scope="module")
async def company(company: Company, migrated_graph: GraphDatabase, test_settings: Settings) -> Company:
    """March is closed, paid and committed."""
    company.clock.set(2026, 4, 2)
    house = build_house(test_settings, migrated_graph, company.clock)
    await house.periods.close("2026-03", key="close", actor="ann")
    run = await house.runs.calculate("2026-03", load_plan(library()["sample"]))
    await commit_with_two(house, run.id)
    return company


async def statement(visitor: Visitor, token: str, id: str, period: str = "2026-03") -> Locator:
    await visitor.page.goto(f"{visitor.served.home}/explorer/statement.html#token={token}&id={id}&period={period}")
    page = visitor.page.locator("#statement")
    await expect(page.locator(".total, p[role=alert]")).to_be_visible()
    return page


async def test_every_line_says_why(visitor: Visitor, token: str) -> None:
    page = await statement(visitor, token, "D1")
    assert "token" not in visitor.page.url
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ada Okafor")
    await expect(page.locator(".tags")).to_contain_text("final")
    api = await visitor.page.evaluate(
        """async () => (await fetch("/v1/distributors/D1/statements/2026-03", { headers:
           { Authorization: `Bearer ${sessionStorage.getItem("banyan-token")}` } })).json()"""
    )
    await expect(page.locator("[data-bonus] details")).to_have_count(api["line_count"])
    first = page.locator("[data-bonus] details").first
    await expect(first.locator("summary")).to_contain_text(f"Order {api['lines'][0]['order']}")
    await expect(first.locator("p")).to_be_hidden()
    await first.locator("summary").click()
    await expect(first.locator("p")).to_have_text(api["lines"][0]["words"])
    await expect(first.locator(".facts")).to_contain_text(
        " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} ".join(api["lines"][0]["path"])
    )
    for line, told in zip(api["lines"], await page.locator("[data-bonus] .facts").all_text_contents(), strict=True):
        assert f"Rate{line['rate']}" in told
        assert (f"Rounded by{line['rounded_by']}" in told) == (float(line["rounded_by"]) != 0)
        assert ("Before the cap" in told) == (line["raw"] != line["amount"])
        assert (f"Paid as level{line['paid_level']}" in told) == bool(line["paid_level"])
        assert (f"Rank for pay{line['rank']}" in told) == bool(line["rank"])
        assert all(one["person"] in told for one in line["skipped"])
    assert await objections(visitor) == []


async def test_ranks_say_what_is_missing(visitor: Visitor, token: str) -> None:
    page = await statement(visitor, token, "D1")
    api = await visitor.page.evaluate(
        """async () => (await fetch("/v1/distributors/D1/rank?period=2026-03", { headers:
           { Authorization: `Bearer ${sessionStorage.getItem("banyan-token")}` } })).json()"""
    )
    ranks = page.locator("section").filter(has=visitor.page.get_by_role("heading", name="Your ranks"))
    await expect(ranks.locator("> .facts dd").first).to_have_text(api["rank"] or "no rank")
    cards = [card for card in (api["earned"], *api["next"]) if card]
    await expect(ranks.locator("details")).to_have_count(len(cards))
    for card, shown in zip(cards, await ranks.locator("details").all(), strict=True):
        await expect(shown.locator("summary")).to_contain_text(card["rank"])
        await shown.locator("summary").click()
        asked, met = ([check[name] for check in card["checks"]] for name in ("requirement", "met"))
        await expect(shown.locator("dt")).to_have_text([text[0].upper() + text[1:] for text in asked])
        await expect(shown.locator("dd")).to_have_text(
            [re.compile("^yes$| of " if one else "^no$| missing$") for one in met]
        )
    assert await objections(visitor) == []


async def test_it_is_saved_as_a_pdf(visitor: Visitor, token: str) -> None:
    page = await statement(visitor, token, "D1")
    async with visitor.page.expect_download() as download:
        await page.get_by_role("button", name="Save as PDF").click()
    file = await download.value
    assert file.suggested_filename == "D1-2026-03.pdf"
    assert Path(await file.path()).read_bytes().startswith(b"%PDF-")


async def test_whoever_is_paid_nothing_is_told_why(visitor: Visitor, token: str) -> None:
    page = await statement(visitor, token, "D7")
    await expect(page.get_by_role("heading", level=1)).to_have_text(HTML_NAME)
    await expect(page).to_contain_text("Nothing is paid for this period.")
    why = page.locator("section").filter(has_text="Why nothing else is paid").locator("details")
    await expect(why.first).to_contain_text("you had 0.00 of 50.00 personal PV, 50.00 short")
    await why.first.locator("summary").click()
    await expect(why.first.locator("dd")).to_have_text(["personal PV", "50.00 PV", "0.00 PV", "50.00 PV"])
    assert await objections(visitor) == []


async def test_a_missed_line_opens_on_a_tap(come: Come, token: str) -> None:
    visitor = await come(**PHONE)
    page = await statement(visitor, token, "D3")
    missed = page.locator("section").filter(has_text="Not paid").locator("details").first
    await missed.locator("summary").tap()
    await expect(missed.locator("p")).to_contain_text("not paid")
    await expect(missed.locator("dt")).to_contain_text(["Requirement", "Needed", "Actual"])


async def test_a_distributor_gets_from_the_tree_to_their_own_and_to_no_other(
    come: Come, distributor_token: Callable[[str], str]
) -> None:
    visitor = await come(expects=(f"{REFUSED}403", f"{REFUSED}404"))
    await visitor.open(distributor_token("D2"))
    await visitor.line("D2").click()
    link = visitor.page.get_by_role("link", name="Statement, line by line")
    await link.click()
    await expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Bruno Keller")
    page = await statement(visitor, distributor_token("D2"), "D6")
    await expect(page.get_by_role("alert")).to_have_text("A distributor may read only their own statement.")
    page = await statement(visitor, distributor_token("D2"), "D2", "2026-02")
    await expect(page.get_by_role("heading", level=1)).to_have_text("There is no statement to show")


async def test_without_a_token_nothing_is_asked(visitor: Visitor) -> None:
    await visitor.page.goto(f"{visitor.served.home}/explorer/statement.html#id=D1&period=2026-03")
    await expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Sign in first")
    assert visitor.requests == []

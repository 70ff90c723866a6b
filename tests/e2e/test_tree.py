"""The trees as somebody explores them with a mouse."""

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.async_api import expect

from tests.e2e.company import FRONTLINE, HTML_NAME, LINE, RIGHT_TO_LEFT_NAME
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]


async def test_a_link_with_a_token_opens_the_first_person_and_forgets_the_token(visitor: Visitor, token: str) -> None:
    await visitor.open(token)
    await expect(visitor.line("D1")).to_contain_text("Ada Okafor")
    await expect(visitor.below("D1")).to_have_count(4)
    await expect(visitor.page.get_by_role("heading", name="Ada Okafor")).to_be_visible()
    assert token not in visitor.page.url
    assert not any(token in request for request in visitor.requests)
    await visitor.page.reload()
    await expect(visitor.below("D1")).to_have_count(4)


async def test_children_are_asked_for_when_a_person_is_opened_and_once(visitor: Visitor, token: str) -> None:
    await visitor.open(token)
    await expect(visitor.row("D2")).to_have_attribute("aria-expanded", "false")
    await expect(visitor.row("D6")).to_have_count(0)
    assert visitor.asked_for_children() == [("D1", "sponsor")]

    await visitor.twist("D2")
    await expect(visitor.row("D6")).to_be_visible()
    await expect(visitor.row("D2")).to_have_attribute("aria-expanded", "true")
    assert visitor.asked_for_children() == [("D1", "sponsor"), ("D2", "sponsor")]

    await visitor.twist("D2")
    await expect(visitor.row("D6")).to_be_hidden()
    await visitor.twist("D2")
    await expect(visitor.row("D6")).to_be_visible()
    assert visitor.asked_for_children() == [("D1", "sponsor"), ("D2", "sponsor")]


async def test_who_has_nobody_below_cannot_be_opened(visitor: Visitor, token: str) -> None:
    await visitor.open(token)
    await expect(visitor.row("D4")).to_be_visible()
    assert await visitor.row("D4").get_attribute("aria-expanded") is None
    await expect(visitor.line("D4").locator(".twist")).to_be_hidden()


async def test_the_trees_differ_and_the_binary_one_shows_sides_and_open_slots(visitor: Visitor, token: str) -> None:
    await visitor.open(token)
    sponsored = visitor.below("D1")
    await expect(sponsored).to_have_count(4)
    assert [await row.get_attribute("data-id") for row in await sponsored.all()] == ["D2", "D3", "D4", "D5"]

    await visitor.page.get_by_role("radio", name="Binary tree").click()
    await expect(visitor.page.get_by_role("tree", name="Binary tree")).to_be_visible()
    placed = visitor.below("D1")
    await expect(placed).to_have_count(2)
    await expect(visitor.line("D2").get_by_text("Left", exact=True)).to_be_visible()
    await expect(visitor.line("D3").get_by_text("Right", exact=True)).to_be_visible()

    await visitor.twist("D3")
    empty = visitor.page.get_by_role("treeitem", name="Left slot of D3 is empty")
    await expect(empty).to_contain_text("Open slot")
    await expect(visitor.below("D3")).to_have_count(2)
    await visitor.twist("D2")
    await expect(visitor.row("D4")).to_be_visible()  # sponsored by D1, placed under D2


async def test_a_person_is_followed_from_one_tree_into_the_other(visitor: Visitor, token: str) -> None:
    await visitor.open(token)
    await visitor.line("D4").click()
    await visitor.page.get_by_role("radio", name="Binary tree").click()
    await expect(visitor.row("D4")).to_have_attribute("aria-selected", "true")
    await expect(visitor.row("D4")).to_have_attribute("aria-level", "3")
    await expect(visitor.page.get_by_role("heading", name="Binary legs")).to_be_visible()


async def test_who_waits_for_a_place_is_said_to(visitor: Visitor, token: str) -> None:
    await visitor.open(token, root="D3", tree="sponsor")
    await visitor.line("D8").click()
    await visitor.page.get_by_role("radio", name="Binary tree").click()
    await expect(visitor.page.get_by_text("D8 has no place in the binary tree yet.")).to_be_visible()
    await expect(visitor.row("D3")).to_be_visible()
    await expect(visitor.row("D3")).to_have_attribute("aria-selected", "true")

    await visitor.open(None, root="D8", tree="binary")
    await expect(visitor.page.get_by_text("D8 has no place in the binary tree yet", exact=True)).to_be_visible()
    await visitor.page.get_by_role("button", name="Show the sponsor tree").click()
    await expect(visitor.line("D8")).to_contain_text(RIGHT_TO_LEFT_NAME)


async def test_where_no_matrix_is_kept_there_are_two_trees_and_a_link_into_it_says_so(
    visitor: Visitor, token: str
) -> None:
    await visitor.open(token, root="D3", tree="matrix")
    await expect(visitor.page.get_by_text("The company keeps no matrix", exact=True)).to_be_visible()
    await expect(visitor.page.get_by_role("tree")).to_be_hidden()
    await expect(visitor.page.get_by_role("radio")).to_have_text(["Sponsor tree", "Binary tree"])
    await expect(visitor.page.get_by_role("radio", checked=True)).to_have_count(0)
    await expect(visitor.page.locator('[role="radio"][tabindex="0"]')).to_have_text("Sponsor tree")
    await visitor.page.get_by_role("button", name="Show the sponsor tree").click()
    await expect(visitor.row("D9")).to_be_visible()
    await expect(visitor.page.get_by_role("radio", name="Sponsor tree")).to_be_checked()
    facts = visitor.page.locator(".facts").filter(has_text="Sponsor")
    await expect(facts).to_contain_text("Placed underD1, right slot")
    await expect(facts).not_to_contain_text("matrix")


async def test_a_wide_frontline_comes_in_pages(visitor: Visitor, token: str) -> None:
    await visitor.open(token, root="D9", tree="sponsor")
    children = visitor.below("D9").and_(visitor.page.locator("[data-id]"))
    for shown, left in ((50, 70), (100, 20)):
        await expect(children).to_have_count(shown)
        more = visitor.page.get_by_role("treeitem", name=f"{left} more below D9")
        await more.click()
    await expect(children).to_have_count(FRONTLINE)
    await expect(visitor.page.locator("[data-more]")).to_have_count(0)
    ids = [await row.get_attribute("data-id") for row in await children.all()]
    assert ids == [f"F{number:03}" for number in range(1, FRONTLINE + 1)]
    assert visitor.asked_for_children() == [("D9", "sponsor")] * 3
    last = visitor.row(f"F{FRONTLINE}")
    await expect(last).to_have_attribute("aria-posinset", str(FRONTLINE))
    await expect(last).to_have_attribute("aria-setsize", str(FRONTLINE))


async def test_somebody_with_more_children_than_a_page_can_be_chosen(visitor: Visitor, token: str) -> None:
    await visitor.open(token, root="D9", tree="sponsor")
    await visitor.line("F001").click()
    await visitor.line("D9").click()
    await expect(visitor.page.get_by_role("heading", name="Hana Sato")).to_be_visible()
    assert visitor.asked_for_children() == [("D9", "sponsor")]


async def test_figures_are_those_of_the_api_and_say_as_of_when(visitor: Visitor, token: str) -> None:
    async with httpx.AsyncClient(base_url=visitor.served.home, headers={"Authorization": f"Bearer {token}"}) as client:
        legs = (await client.get("/v1/distributors/D3/legs")).json()
    assert (legs["group"]["pv"], legs["people"]) == ("3980.00", 2 + 1 + FRONTLINE)

    await visitor.open(token)
    await visitor.line("D3").click()
    await expect(visitor.line("D3")).to_contain_text(re.compile(r"0\.00\s*3,980\.00\s*123"))
    details = visitor.page.get_by_role("complementary", name="Details")
    await expect(details).to_contain_text("2026-03 · estimate")
    await expect(details).to_contain_text("3,980.00group PV")
    await expect(details).to_contain_text("123people in the group")
    recorded = legs["as_of"]["at"][:16].replace("T", " ")
    await expect(details).to_contain_text(f"As of {recorded} UTC, fact {legs['as_of']['seq']}")
    await expect(visitor.page.locator("#tree-as-of")).to_have_text(f"2026-03 estimate, as of {recorded} UTC")


async def test_the_details_name_sponsor_and_place_which_differ(visitor: Visitor, token: str) -> None:
    await visitor.open(token)
    await visitor.line("D4").click()
    facts = visitor.page.locator(".facts").filter(has_text="Sponsor")
    await expect(facts).to_contain_text("SponsorD1")
    await expect(facts).to_contain_text("Placed underD2, left slot")


async def test_a_name_with_markup_in_it_is_text(visitor: Visitor, token: str) -> None:
    await visitor.open(token, root="D7", tree="sponsor")
    await expect(visitor.line("D7").locator(".name")).to_have_text(HTML_NAME)
    await expect(visitor.page.get_by_role("heading", level=2)).to_have_text(HTML_NAME)
    await expect(visitor.page).to_have_title(f"{HTML_NAME} · Banyan explorer")
    await visitor.page.get_by_role("combobox").fill("sons")
    await expect(visitor.page.get_by_role("option")).to_contain_text(HTML_NAME)
    assert await visitor.page.locator("main img, main b:text('Sons')").count() == 0


async def test_the_address_says_what_is_seen_and_back_goes_back(visitor: Visitor, token: str) -> None:
    await visitor.open(token)
    await visitor.line("D2").click()
    await visitor.page.get_by_role("button", name="Show at the top").click()
    await expect(visitor.row("D2")).to_have_attribute("aria-level", "1")
    assert visitor.page.url.endswith("#root=D2&tree=sponsor")
    await visitor.page.get_by_role("navigation", name="Upline").get_by_role("button", name="Ada Okafor").click()
    await expect(visitor.row("D1")).to_have_attribute("aria-level", "1")
    await visitor.page.go_back()
    await expect(visitor.row("D2")).to_have_attribute("aria-level", "1")


async def test_a_distributor_sees_only_themselves_and_who_is_below(
    visitor: Visitor, distributor_token: Callable[[str], str]
) -> None:
    await visitor.open(distributor_token("D3"))
    await expect(visitor.row("D3")).to_have_attribute("aria-level", "1")
    upline = visitor.page.get_by_role("navigation", name="Upline")
    await expect(upline).to_contain_text("Ada Okafor")
    await expect(upline.get_by_role("button")).to_have_count(0)
    await visitor.page.get_by_role("combobox").fill("D2")
    await expect(visitor.page.get_by_role("listbox")).to_have_text("Nobody you may see matches “D2”.")


async def test_a_long_line_is_searched_to_its_end(visitor: Visitor, token: str) -> None:
    end = f"C{LINE}"
    await visitor.open(token)
    await expect(visitor.below("D1")).to_have_count(4)
    await visitor.page.get_by_role("combobox").fill(end)
    await visitor.page.get_by_role("option").first.click()
    await expect(visitor.row(end)).to_have_attribute("aria-level", "1")
    await expect(visitor.row(end)).to_be_focused()
    upline = visitor.page.get_by_role("navigation", name="Upline")
    await expect(upline).to_contain_text(f"…Link C{LINE - 3}")
    assert len(visitor.asked_for_children()) <= 2  # not one for each of the forty

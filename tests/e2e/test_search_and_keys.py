"""Finding people, and the page without a mouse."""

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.company import FRONTLINE
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]


async def opened(visitor: Visitor, token: str) -> Visitor:
    await visitor.open(token)
    await expect(visitor.below("D1")).to_have_count(4)
    return visitor


def box(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("combobox", name="Search people by id or name")


async def press(visitor: Visitor, *keys: str) -> None:
    for key in keys:
        await visitor.page.keyboard.press(key)


async def found(visitor: Visitor, id: str, level: int) -> None:
    """A search has revealed somebody: in view, chosen, and where the keyboard goes on."""
    await expect(visitor.row(id)).to_be_focused()
    await expect(visitor.row(id)).to_have_attribute("aria-selected", "true")
    await expect(visitor.row(id)).to_have_attribute("aria-level", str(level))
    await expect(visitor.line(id)).to_be_in_viewport()
    await expect(visitor.page.get_by_role("complementary").locator(".head .id")).to_have_text(id)


# --- search ----------------------------------------------------------------------------------------------------------


async def test_an_id_is_found_and_the_way_to_it_opened(visitor: Visitor, token: str) -> None:
    await opened(visitor, token)
    await box(visitor).fill("D6")
    await expect(visitor.page.get_by_role("option")).to_have_count(1)
    await press(visitor, "Enter")
    await found(visitor, "D6", level=3)
    await expect(visitor.row("D2")).to_have_attribute("aria-expanded", "true")
    assert visitor.asked_for_children() == [("D1", "sponsor"), ("D2", "sponsor")]


async def test_a_name_is_found_by_its_beginnings_in_any_case(visitor: Visitor, token: str) -> None:
    await opened(visitor, token)
    await box(visitor).fill("sat hAN")
    await visitor.page.get_by_role("option", name="Hana Sato").click()
    await found(visitor, "D9", level=3)


async def test_somebody_on_the_last_page_of_a_frontline_is_found(visitor: Visitor, token: str) -> None:
    await opened(visitor, token)
    await box(visitor).fill(f"F{FRONTLINE}")
    await visitor.page.get_by_role("option").click()
    await found(visitor, f"F{FRONTLINE}", level=4)


async def test_in_the_binary_tree_the_way_follows_placement(visitor: Visitor, token: str) -> None:
    await visitor.open(token, root="D1", tree="binary")
    await expect(visitor.below("D1")).to_have_count(2)
    await box(visitor).fill("D5")
    await visitor.page.get_by_role("option").click()
    await found(visitor, "D5", level=4)
    assert visitor.asked_for_children() == [(id, "binary") for id in ("D1", "D2", "D4")]


async def test_who_stands_elsewhere_becomes_the_top(visitor: Visitor, token: str) -> None:
    await visitor.open(token, root="D2", tree="sponsor")
    await expect(visitor.row("D6")).to_be_visible()
    await box(visitor).fill("chiara")
    await visitor.page.get_by_role("option").click()
    await found(visitor, "D3", level=1)


async def test_enter_means_what_stands_in_the_box_now(visitor: Visitor, token: str) -> None:
    await opened(visitor, token)
    await box(visitor).fill("D2")
    await expect(visitor.page.get_by_role("option", name="Bruno Keller")).to_be_visible()
    await box(visitor).fill("D3")
    await press(visitor, "Enter")
    await found(visitor, "D3", level=2)


async def test_the_list_of_hits_is_walked_with_arrows_and_closed_with_escape(visitor: Visitor, token: str) -> None:
    await opened(visitor, token)
    await press(visitor, "/")
    await expect(box(visitor)).to_be_focused()
    await visitor.page.keyboard.type("nakamura")
    options = visitor.page.get_by_role("option")
    await expect(options).to_have_count(12)
    await expect(visitor.page.get_by_role("status")).to_have_text("12 found")
    await press(visitor, "ArrowDown", "ArrowDown", "ArrowUp")
    await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    second = await options.nth(1).get_attribute("id")
    await expect(box(visitor)).to_have_attribute("aria-activedescendant", str(second))
    await press(visitor, "Escape")
    await expect(visitor.page.get_by_role("listbox")).to_be_hidden()
    await expect(box(visitor)).to_have_attribute("aria-expanded", "false")


async def test_nobody_found_is_said(visitor: Visitor, token: str) -> None:
    await opened(visitor, token)
    await box(visitor).fill("zzz")
    await expect(visitor.page.get_by_role("listbox")).to_have_text("Nobody you may see matches “zzz”.")
    await press(visitor, "Enter")
    await expect(box(visitor)).to_be_focused()


# --- keys ------------------------------------------------------------------------------------------------------------


async def test_one_tab_stop_leads_into_the_tree_and_arrows_walk_it(visitor: Visitor, token: str) -> None:
    await opened(visitor, token)
    await visitor.page.get_by_role("radio", name="Sponsor tree").focus()
    await press(visitor, "Tab")
    assert await visitor.focused() == "D1"
    await press(visitor, "ArrowRight")
    assert await visitor.focused() == "D2"
    await press(visitor, "ArrowDown", "ArrowDown")
    assert await visitor.focused() == "D4"
    await press(visitor, "ArrowUp", "ArrowLeft")
    assert await visitor.focused() == "D1"
    await press(visitor, "End")
    assert await visitor.focused() == "D5"
    await press(visitor, "Home")
    assert await visitor.focused() == "D1"
    await expect(visitor.page.locator('[role="treeitem"][tabindex="0"]')).to_have_count(1)


async def test_right_opens_then_enters_and_left_closes_then_leaves(visitor: Visitor, token: str) -> None:
    await opened(visitor, token)
    await visitor.row("D3").focus()
    assert visitor.asked_for_children() == [("D1", "sponsor")]
    await press(visitor, "ArrowRight")
    await expect(visitor.row("D8")).to_be_visible()
    assert await visitor.focused() == "D3"
    assert visitor.asked_for_children()[1:] == [("D3", "sponsor")]
    await press(visitor, "ArrowRight")
    assert await visitor.focused() == "D8"
    await press(visitor, "ArrowLeft", "ArrowLeft")
    await expect(visitor.row("D3")).to_have_attribute("aria-expanded", "false")
    await expect(visitor.row("D8")).to_be_hidden()
    assert await visitor.focused() == "D3"


async def test_letters_jump_enter_shows_details_and_a_star_opens_the_siblings(visitor: Visitor, token: str) -> None:
    await opened(visitor, token)
    await visitor.row("D1").focus()
    await press(visitor, "c")
    assert await visitor.focused() == "D3"
    await press(visitor, "Enter")
    await expect(visitor.page.get_by_role("heading", name="Chiara Rossi")).to_be_visible()
    await press(visitor, "*")
    await expect(visitor.row("D6")).to_be_visible()
    await expect(visitor.row("D9")).to_be_visible()


async def test_every_row_declares_where_it_stands(visitor: Visitor, token: str) -> None:
    await opened(visitor, token)
    await visitor.twist("D3")
    await expect(visitor.row("D9")).to_be_visible()
    declared = await visitor.page.evaluate(
        """[...document.querySelectorAll('[role="treeitem"]')].map((row) => [row.dataset.id, ...["level", "posinset",
        "setsize", "expanded"].map((name) => row.getAttribute(`aria-${name}`))].join(" "))"""
    )
    assert declared == [
        "D1 1 1 1 true",
        "D2 2 1 4 false",
        "D3 2 2 4 true",
        "D8 3 1 2 ",
        "D9 3 2 2 false",
        "D4 2 3 4 ",
        "D5 2 4 4 ",
    ]
    name = await visitor.row("D5").get_attribute("aria-label")
    assert name == "Elif Demir, D5, suspended, personal PV 0.00, group PV 0.00, 1 person in the group"


async def test_more_is_reached_and_opened_by_key_and_the_keyboard_goes_on_there(visitor: Visitor, token: str) -> None:
    await visitor.open(token, root="D9", tree="sponsor")
    await expect(visitor.row("F050")).to_be_attached()
    await visitor.row("F050").focus()
    await press(visitor, "ArrowDown")
    assert await visitor.focused() == "70 more below D9; Enter shows the next"
    await press(visitor, "Enter")
    await expect(visitor.row("F051")).to_be_focused()


async def test_the_switch_of_trees_is_worked_with_arrows(visitor: Visitor, token: str) -> None:
    await opened(visitor, token)
    await visitor.page.get_by_role("radio", name="Sponsor tree").focus()
    await press(visitor, "ArrowRight")
    binary = visitor.page.get_by_role("radio", name="Binary tree")
    await expect(binary).to_be_checked()
    await expect(binary).to_be_focused()
    await expect(visitor.below("D1")).to_have_count(2)


async def test_the_first_tab_skips_to_the_tree_and_leaves_the_address(visitor: Visitor, token: str) -> None:
    await visitor.open(token, root="D3", tree="sponsor")
    await expect(visitor.row("D9")).to_be_visible()
    address = visitor.page.url
    await press(visitor, "Tab")
    skip = visitor.page.get_by_role("link", name="Skip to the tree")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await press(visitor, "Enter")
    await expect(visitor.row("D3")).to_be_focused()
    assert visitor.page.url == address

"""The matrix as somebody explores it, of people who stand elsewhere in the sponsor tree and in the binary tree."""

from collections.abc import Callable

import httpx
import pytest
from playwright.async_api import Locator, expect

from tests.component.volumes.company import Company
from tests.e2e.company import IN_MATRIX, keep_matrix
from tests.e2e.conftest import Come
from tests.e2e.test_looks import objections
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]


@pytest.fixture(scope="module")
async def company(company: Company) -> Company:
    return await keep_matrix(company)


async def opened(visitor: Visitor, token: str, root: str = "D1") -> Visitor:
    await visitor.open(token, root=root, tree="matrix")
    await expect(visitor.below(root)).to_have_count(3)
    return visitor


def chosen(visitor: Visitor, tree: str) -> Locator:
    return visitor.page.get_by_role("radio", name=tree)


def facts(visitor: Visitor) -> Locator:
    return visitor.page.locator(".facts").filter(has_text="Sponsor")


async def slots(visitor: Visitor, id: str) -> list[str]:
    """Who stands in each slot of somebody, in the order shown; an open one by what it says."""
    return [
        await row.get_attribute("data-id") or await row.get_attribute("aria-label") or ""
        for row in await visitor.below(id).all()
    ]


async def test_the_switch_offers_it_and_it_shows_its_slots_in_their_order(visitor: Visitor, token: str) -> None:
    await visitor.open(token)
    await expect(visitor.below("D1")).to_have_count(4)
    await expect(visitor.page.get_by_role("radio")).to_have_text(
        ["Sponsor tree", "Binary tree", "Matrix 3 \N{MULTIPLICATION SIGN} 9"]
    )
    await chosen(visitor, "Matrix").click()
    await expect(chosen(visitor, "Matrix")).to_be_checked()
    await expect(visitor.page.get_by_role("tree", name="Matrix")).to_be_visible()
    await expect(visitor.below("D1")).to_have_count(3)
    assert await slots(visitor, "D1") == ["D5", "Slot 2 of D1 is empty", "D2"]
    await expect(visitor.below("D1").locator(".tag.side")).to_have_text(["Slot 1", "Slot 2", "Slot 3"])
    await expect(visitor.page.get_by_role("treeitem", name="Slot 2 of D1")).to_contain_text("Open slot")
    assert visitor.page.url.endswith("#root=D1&tree=matrix")

    for id, expected in (
        ("D2", ["Slot 1 of D2 is empty", "D3", "Slot 3 of D2 is empty"]),
        ("D3", ["D6", "Slot 2 of D3 is empty", "D4"]),
        ("D5", [f"Slot {slot} of D5 is empty" for slot in (1, 2, 3)]),
    ):
        await visitor.twist(id)
        await expect(visitor.below(id)).to_have_count(3)
        assert await slots(visitor, id) == expected


async def test_a_link_into_it_opens_it_and_back_goes_back(visitor: Visitor, token: str) -> None:
    await opened(visitor, token, "D3")
    await expect(visitor.line("D3").locator(".tag.side")).to_have_text("Slot 2")
    await visitor.page.reload()
    await expect(chosen(visitor, "Matrix")).to_be_checked()
    await expect(visitor.below("D3")).to_have_count(3)
    assert await slots(visitor, "D3") == ["D6", "Slot 2 of D3 is empty", "D4"]
    upline = visitor.page.get_by_role("navigation", name="Upline")
    await expect(upline).to_have_text("Ada OkaforBruno KellerChiara Rossi")
    await upline.get_by_role("button", name="Bruno Keller").click()
    await expect(visitor.row("D2")).to_have_attribute("aria-level", "1")
    assert visitor.page.url.endswith("#root=D2&tree=matrix")
    await visitor.page.go_back()
    await expect(visitor.row("D3")).to_have_attribute("aria-level", "1")


async def test_every_row_declares_where_it_stands(visitor: Visitor, token: str) -> None:
    await opened(visitor, token)
    declared = [
        [await row.get_attribute(f"aria-{name}") for name in ("level", "posinset", "setsize", "expanded")]
        for row in await visitor.below("D1").all()
    ]
    assert declared == [["2", "1", "3", "false"], ["2", "2", "3", None], ["2", "3", "3", "false"]]
    name = await visitor.row("D2").get_attribute("aria-label")
    assert name == ("Bruno Keller, D2, slot 3, active, personal PV 1,234.56, group PV 2,085.06, 5 people in the group")
    await expect(visitor.page.get_by_role("status")).to_have_text("D1: 2 of 2 people shown")


async def test_somebody_is_found_along_the_way_of_the_matrix(visitor: Visitor, token: str) -> None:
    await opened(visitor, token)
    await visitor.page.get_by_role("combobox").fill("D7")
    await visitor.page.get_by_role("option").click()
    await expect(visitor.row("D7")).to_be_focused()
    await expect(visitor.row("D7")).to_have_attribute("aria-level", "5")
    await expect(visitor.row("D7")).to_have_attribute("aria-selected", "true")
    assert visitor.asked_for_children() == [(id, "matrix") for id in ("D1", "D2", "D3", "D6")]

    await opened(visitor, token, "D5")
    await visitor.page.get_by_role("combobox").fill("D7")
    await visitor.page.get_by_role("option").click()
    await expect(visitor.row("D7")).to_have_attribute("aria-level", "1")  # stands elsewhere, so becomes the top


async def test_the_details_tell_the_place_in_it_beside_the_others(visitor: Visitor, token: str) -> None:
    await opened(visitor, token)
    await visitor.twist("D2")
    await visitor.twist("D3")
    await visitor.line("D6").click()
    await expect(facts(visitor)).to_contain_text("SponsorD2")
    await expect(facts(visitor)).to_contain_text("Placed underD4, right slot")
    await expect(facts(visitor)).to_contain_text("In the matrixunder D3, slot 1")
    await facts(visitor).get_by_role("button", name="D3").click()
    await expect(visitor.row("D3")).to_have_attribute("aria-selected", "true")
    await expect(visitor.row("D3")).to_have_attribute("aria-level", "3")
    await visitor.line("D1").click()
    await expect(facts(visitor)).to_contain_text("In the matrixat the top")


async def test_volumes_and_legs_are_those_of_the_matrix(visitor: Visitor, token: str) -> None:
    async with httpx.AsyncClient(base_url=visitor.served.home, headers={"Authorization": f"Bearer {token}"}) as client:
        answer = (await client.get("/v1/distributors/D1/legs", params={"tree": "matrix"})).json()
    assert (answer["group"]["pv"], answer["people"]) == ("2205.06", 1 + len(IN_MATRIX))

    await opened(visitor, token)
    details = visitor.page.get_by_role("complementary", name="Details")
    await expect(details).to_contain_text("2,205.06group PV")
    await expect(details).to_contain_text("7people in the group")
    await expect(details.get_by_role("heading", name="Matrix legs")).to_be_visible()
    legs = details.locator(".leg .top")
    await expect(legs).to_have_text(["Slot 1Elif Demir0.00 PV", "Slot 3Bruno Keller2,085.06 PV"])
    await visitor.line("D5").click()
    await expect(details).to_contain_text("All 3 slots are open.")


async def test_who_has_no_place_in_it_is_said_to(visitor: Visitor, token: str) -> None:
    await visitor.open(token, root="D3", tree="sponsor")
    await visitor.line("D9").click()
    await expect(facts(visitor)).to_contain_text("Placed underD3, right slot")
    await expect(facts(visitor)).to_contain_text("In the matrixnot placed yet")
    await chosen(visitor, "Matrix").click()
    await expect(visitor.page.get_by_text("D9 has no place in the matrix yet.")).to_be_visible()
    await expect(visitor.row("D3")).to_have_attribute("aria-selected", "true")

    await visitor.open(None, root="D9", tree="matrix")
    await expect(visitor.page.get_by_text("D9 has no place in the matrix yet", exact=True)).to_be_visible()
    await visitor.page.get_by_role("button", name="Show the sponsor tree").click()
    await expect(visitor.line("D9")).to_contain_text("Hana Sato")


async def test_a_person_is_followed_into_it_and_out_again(visitor: Visitor, token: str) -> None:
    await visitor.open(token)
    await visitor.line("D4").click()
    await chosen(visitor, "Matrix").click()
    await expect(visitor.row("D4")).to_have_attribute("aria-selected", "true")
    await expect(visitor.row("D4")).to_have_attribute("aria-level", "4")
    await chosen(visitor, "Binary").click()
    await expect(visitor.row("D4")).to_have_attribute("aria-level", "3")


async def test_arrows_walk_the_switch_around_and_the_slots(visitor: Visitor, token: str) -> None:
    await visitor.open(token)
    await expect(visitor.below("D1")).to_have_count(4)
    await chosen(visitor, "Sponsor").focus()
    for key, tree in (
        ("ArrowRight", "Binary"),
        ("ArrowRight", "Matrix"),
        ("ArrowRight", "Sponsor"),
        ("ArrowLeft", "Matrix"),
    ):
        await visitor.page.keyboard.press(key)
        await expect(chosen(visitor, tree)).to_be_checked()
        await expect(chosen(visitor, tree)).to_be_focused()
    await expect(visitor.below("D1")).to_have_count(3)
    walked = []
    for key in ("Tab", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "End"):
        await visitor.page.keyboard.press(key)
        walked.append(await visitor.focused())
    assert walked == ["D1", "D5", "Slot 2 of D1 is empty", "D2", "D1", "D2"]
    await visitor.page.keyboard.press("*")
    await expect(visitor.below("D5")).to_have_count(3)
    await expect(visitor.row("D3")).to_be_visible()


async def test_a_distributor_sees_it_from_their_own_place_down(
    visitor: Visitor, distributor_token: Callable[[str], str]
) -> None:
    await opened(visitor, distributor_token("D3"), "D3")
    upline = visitor.page.get_by_role("navigation", name="Upline")
    await expect(upline).to_contain_text("Bruno Keller")
    await expect(upline.get_by_role("button")).to_have_count(0)
    await expect(facts(visitor)).to_contain_text("In the matrixunder D2, slot 2")
    await expect(facts(visitor).get_by_role("button")).to_have_count(0)
    await visitor.line("D4").click()  # sponsored by D1
    await expect(facts(visitor)).to_contain_text("In the matrixunder D3, slot 3")
    await visitor.page.get_by_role("button", name="Show at the top").click()
    await expect(visitor.row("D4")).to_have_attribute("aria-level", "1")
    await expect(upline.get_by_role("button")).to_have_text(["Chiara Rossi"])


async def test_slots_that_do_not_come_are_asked_for_again(come: Come, token: str) -> None:
    visitor = await come(expects=("console: Failed to load resource: net::ERR_",))
    await opened(visitor, token)
    await visitor.page.route("**/v1/distributors/D2/children*", lambda route: route.abort("connectionreset"))
    await visitor.twist("D2")
    await expect(visitor.page.get_by_role("alert")).to_contain_text("The server does not answer.")
    await visitor.page.unroute("**/v1/distributors/D2/children*")
    await visitor.page.get_by_role("button", name="Try again").click()
    await expect(visitor.below("D2")).to_have_count(3)


async def test_nobody_objects_to_it_and_its_open_slots(visitor: Visitor, token: str) -> None:
    await opened(visitor, token)
    for id in ("D2", "D3", "D6"):
        await visitor.twist(id)
        await expect(visitor.below(id)).to_have_count(3)
    await visitor.line("D5").click()
    await expect(visitor.page.get_by_role("heading", name="Elif Demir")).to_be_visible()
    await expect(visitor.page.locator(".bone")).to_have_count(0)
    assert await objections(visitor) == []

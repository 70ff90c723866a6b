"""What a visitor sees when something is wrong, and that they can go on afterwards."""

import pytest
from playwright.async_api import expect

from tests.component.volumes.company import TestClock
from tests.e2e.conftest import Come
from tests.e2e.serving import Served
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]
HOUR_MS = 3_600_000
REFUSED = "console: Failed to load resource: the server responded with a status of 401"
UNKNOWN = "console: Failed to load resource: the server responded with a status of 404"
CUT = "console: Failed to load resource: net::ERR_"


async def give(visitor: Visitor, token: str) -> None:
    await visitor.page.get_by_label("Access token").fill(token)
    await visitor.page.get_by_role("button", name="Open").click()


async def test_without_a_token_the_page_asks_for_one_and_asks_nothing_else(visitor: Visitor, token: str) -> None:
    await visitor.open(None)
    await expect(visitor.page.get_by_role("heading", name="Open the genealogy")).to_be_visible()
    await expect(visitor.page.get_by_label("Access token")).to_be_focused()
    assert visitor.requests == []
    await give(visitor, token)
    await expect(visitor.below("D1")).to_have_count(4)


@pytest.mark.parametrize("bad", ["nonsense", "expired"])
async def test_a_token_that_is_not_good_is_refused_in_words(come: Come, clock: TestClock, token: str, bad: str) -> None:
    visitor = await come(expects=(REFUSED,))
    if bad == "expired":
        clock.pass_ms(2 * HOUR_MS)
    await visitor.open(token if bad == "expired" else "nonsense")
    await expect(visitor.page.get_by_role("alert")).to_contain_text("not valid here, or it has expired")
    await expect(visitor.page.get_by_role("tree")).to_be_hidden()
    await visitor.page.reload()
    await expect(visitor.page.get_by_role("alert")).to_be_hidden()  # the bad token is forgotten


async def test_a_token_that_expires_meanwhile_is_asked_for_anew_and_the_place_is_kept(
    come: Come, clock: TestClock, token: str
) -> None:
    visitor = await come(expects=(REFUSED,))
    await visitor.open(token, root="D3", tree="sponsor")
    await expect(visitor.row("D9")).to_be_visible()
    clock.pass_ms(2 * HOUR_MS)
    await visitor.twist("D9")
    await expect(visitor.page.get_by_role("alert")).to_contain_text("has expired")
    clock.pass_ms(-2 * HOUR_MS)
    await give(visitor, token)
    await expect(visitor.row("D3")).to_have_attribute("aria-level", "1")


async def test_another_link_with_a_token_is_taken_and_forgotten_too(visitor: Visitor, token: str) -> None:
    await visitor.open(token)
    await expect(visitor.below("D1")).to_have_count(4)
    await visitor.page.evaluate("(token) => { location.hash = `token=${token}&root=D3`; }", token)
    await expect(visitor.row("D3")).to_have_attribute("aria-level", "1")
    assert token not in visitor.page.url


async def test_sign_out_forgets_the_token(visitor: Visitor, token: str) -> None:
    await visitor.open(token)
    await visitor.page.get_by_role("button", name="Sign out").click()
    await expect(visitor.page.get_by_label("Access token")).to_be_visible()
    assert await visitor.page.evaluate("sessionStorage.length + localStorage.length") == 0
    await visitor.page.reload()
    await expect(visitor.page.get_by_label("Access token")).to_be_visible()


async def test_an_unknown_person_is_said_to_be_and_the_page_goes_on(come: Come, token: str) -> None:
    visitor = await come(expects=(UNKNOWN,))
    await visitor.open(token)
    await expect(visitor.below("D1")).to_have_count(4)
    await visitor.page.evaluate("location.hash = 'root=D404&tree=sponsor'")
    await expect(visitor.page.get_by_text("D404 is not among the people you may see", exact=True)).to_be_visible()
    await expect(visitor.page.get_by_role("tree")).to_be_hidden()
    await visitor.page.get_by_role("combobox").fill("D2")
    await visitor.page.get_by_role("option").click()
    await expect(visitor.line("D2")).to_be_visible()
    await visitor.page.go_back()
    await visitor.page.get_by_role("button", name="Back to the start").click()
    await expect(visitor.below("D1")).to_have_count(4)


async def test_children_that_do_not_come_are_asked_for_again(come: Come, served: Served, token: str) -> None:
    visitor = await come(expects=(CUT,))
    await visitor.open(token)
    await expect(visitor.below("D1")).to_have_count(4)
    await expect(visitor.page.locator(".bone")).to_have_count(0)
    served.down()
    try:
        await visitor.twist("D3")
        notice = visitor.page.get_by_role("alert")
        await expect(notice).to_contain_text("The server does not answer.")
        await expect(visitor.row("D3")).to_have_attribute("aria-expanded", "false")
        await visitor.page.get_by_role("combobox").fill("hana")
        await expect(visitor.page.get_by_role("listbox")).to_contain_text("The server does not answer.")
    finally:
        served.up()
    await notice.get_by_role("button", name="Try again").click()
    await expect(visitor.row("D9")).to_be_visible()
    await expect(notice).to_be_hidden()


async def test_a_page_whose_first_question_is_cut_off_offers_to_ask_again(come: Come, token: str) -> None:
    visitor = await come(expects=(CUT,))
    await visitor.page.route("**/v1/me", lambda route: route.abort("connectionreset"))
    await visitor.open(token)
    await expect(visitor.page.get_by_role("heading", name="The genealogy cannot be reached")).to_be_visible()
    await expect(visitor.page.get_by_label("Access token")).to_be_hidden()  # nothing is wrong with the token
    await visitor.page.unroute("**/v1/me")
    await visitor.page.get_by_role("button", name="Try again").click()
    await expect(visitor.below("D1")).to_have_count(4)

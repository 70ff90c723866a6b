"""What a visitor's eyes and tools meet: sizes, colours, names, on a desk and on a phone, by day and by night."""

from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from playwright.async_api import Browser, ViewportSize, expect

from tests.e2e.conftest import Come
from tests.e2e.serving import Served
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]
AUDIT = (Path(__file__).parent / "audit.js").read_text()
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SIZES: dict[str, ViewportSize] = {
    "desk": {"width": 1360, "height": 860},
    "small desk": {"width": 1010, "height": 700},
    "tablet": {"width": 820, "height": 1180},
    "phone": {"width": 360, "height": 740},
}
FAULTY = """
<div style="background: white; color: #eee">faint</div> <div style="width: 3000px">wide</div>
<i id="twice"></i> <i id="twice"></i> <img src="data:,"> <input aria-controls="nothing" aria-label="box">
<button style="width: 10px; height: 10px; padding: 0; border: 0"></button>
<div class="row"><span class="name" style="display: block; width: 20px; overflow: hidden">A long name</span></div>
<div class="row"><span class="id">D1</span><span class="tag" style="margin-left: -15px">active</span></div>
"""
LIGHTS: tuple[Literal["light", "dark"], ...] = ("light", "dark")


async def objections(visitor: Visitor) -> list[str]:
    """What the audit finds at every size and in every light, once nothing moves any more."""
    found = []
    for size, viewport in SIZES.items():
        await visitor.page.set_viewport_size(viewport)
        for light in LIGHTS:
            await visitor.page.emulate_media(color_scheme=light, reduced_motion="reduce")
            found += [f"{size}, {light}: {sentence}" for sentence in await visitor.page.evaluate(AUDIT)]
    return found


async def explored(visitor: Visitor, token: str, **fragment: str) -> None:
    """A tree with every kind of row, and somebody's details."""
    await visitor.open(token, **fragment)
    for id in ("D2", "D6", "D3", "D9") if fragment.get("tree") != "binary" else ("D2", "D4", "D3"):
        await visitor.row(id).wait_for()
        await visitor.twist(id)
        await expect(visitor.below(id).first).to_be_visible()
    await visitor.line("D5").click()
    await expect(visitor.page.get_by_role("heading", name="Elif Demir")).to_be_visible()
    await expect(visitor.page.locator(".bone")).to_have_count(0)


async def test_nobody_objects_to_the_sponsor_tree_and_its_search(visitor: Visitor, token: str) -> None:
    await explored(visitor, token)
    assert await objections(visitor) == []
    await visitor.page.get_by_role("combobox").fill("sons")
    await expect(visitor.page.get_by_role("option")).to_be_visible()
    assert await objections(visitor) == []


async def test_nobody_objects_to_the_binary_tree_and_its_open_slots(visitor: Visitor, token: str) -> None:
    await explored(visitor, token, tree="binary")
    await expect(visitor.page.locator("[data-empty]")).to_have_count(1)
    assert await objections(visitor) == []


async def test_nobody_objects_to_the_door_and_what_it_says(come: Come) -> None:
    visitor = await come(expects=("console: Failed to load resource: the server responded with a status of 401",))
    await visitor.open("nonsense")
    await expect(visitor.page.get_by_role("alert")).to_be_visible()
    assert await objections(visitor) == []


async def test_the_audit_objects_to_what_it_should(browser: Browser) -> None:
    context = await browser.new_context(viewport=SIZES["phone"])
    page = await context.new_page()
    await page.set_content(FAULTY)
    said = "\n".join(await page.evaluate(AUDIT))
    await context.close()
    for fault in (
        "names no language", "no title", "0 main landmarks", "0 first headings", "two elements are #twice",
        "no alternative", "no name: <button", "aria-controls points at nothing", "10 x 10 pixels to press",
        "contrast 1.", "wider than the window", "a name without room", "parts lie over each other",
    ):  # fmt: skip
        assert fault in said


async def test_the_keyboards_place_is_seen(visitor: Visitor, token: str) -> None:
    await visitor.open(token)
    await expect(visitor.below("D1")).to_have_count(4)
    await visitor.row("D1").focus()
    await visitor.page.keyboard.press("ArrowDown")
    ring = await visitor.line("D2").evaluate("(row) => getComputedStyle(row).outline")
    assert "solid 2px" in ring


async def test_on_a_phone_the_details_open_on_a_tap_and_close_again(come: Come, token: str) -> None:
    visitor = await come(**PHONE)
    await visitor.open(token)
    details = visitor.page.get_by_role("complementary", name="Details")
    await expect(visitor.row("D5")).to_be_visible()
    await expect(details).to_be_hidden()
    await visitor.line("D5").tap()
    await expect(details).to_be_in_viewport()
    await expect(visitor.line("D5")).to_be_in_viewport()  # who is looked at stays in sight
    await visitor.page.get_by_role("button", name="Close the details").tap()
    await expect(details).to_be_hidden()
    await expect(visitor.row("D5")).to_be_focused()


async def test_the_page_may_load_nothing_from_elsewhere(served: Served) -> None:
    async with httpx.AsyncClient(base_url=served.home) as client:
        for path in ("/explorer/", "/explorer/main.js", "/explorer/explorer.css"):
            policy = (await client.get(path)).headers["content-security-policy"]
            rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
            assert rules["default-src"] == "'none'"
            assert {rules[kind] for kind in ("script-src", "style-src", "connect-src", "img-src")} == {"'self'"}

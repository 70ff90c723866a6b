"""A what-if as staff ask it in the browser: tables and charts say what the API says, and nothing is recorded."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from app.graph import GraphDatabase
from app.plans.loader import library
from tests.component.volumes.company import Company
from tests.e2e.conftest import Come
from tests.e2e.test_looks import objections
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]
REFUSED = "console: Failed to load resource: the server responded with a status of "
TWICE = library()["sample"].read_text().replace("rate: 10%", "rate: 20%")


async def form(visitor: Visitor, token: str, **fragment: str) -> Locator:
    """The page with its form, the base's plan filled in: none is registered."""
    parts = "&".join(f"{key}={value}" for key, value in {"token": token, **fragment}.items())
    await visitor.page.goto(f"{visitor.served.home}/explorer/whatif.html#{parts}")
    asked = visitor.page.locator("#asked")
    await expect(asked).to_be_visible()
    await asked.get_by_label("Plan of the base").fill("sample")
    return asked


async def test_a_plan_and_a_move_beside_the_month(
    visitor: Visitor, token: str, company: Company, migrated_graph: GraphDatabase
) -> None:
    head = await migrated_graph.read_one("queries/facts/head")
    page = visitor.page
    asked = await form(visitor, token, base="2026-03")
    await expect(asked.get_by_label("Run or period")).to_have_value("2026-03")
    first = asked.get_by_role("group", name="Variant 1")
    await first.get_by_label("Name").fill("Twice <b>")
    await first.get_by_label("Or a plan file").fill(TWICE)
    await asked.get_by_role("button", name="Another variant").click()
    second = asked.get_by_role("group", name="Variant 2")
    await second.get_by_label("Moves").fill("D9 sponsor D2\nD9 binary D5 1")
    await asked.get_by_label("Distributors to tell of").fill("D9")
    await asked.get_by_role("button", name="Work out").click()
    said = page.locator("#said")
    await expect(said.get_by_role("heading", name="Side by side")).to_be_visible()

    branch = {"distributor_id": "D9", "new_parent_id": "D2", "tree": "sponsor"}
    place = {"distributor_id": "D9", "new_parent_id": "D5", "tree": "binary", "slot": 1}
    variants = [{"name": "Twice <b>", "document": TWICE}, {"moves": [branch, place]}]
    api = await page.evaluate(
        """async (asked) => (await fetch("/v1/whatif", { method: "POST", body: JSON.stringify(asked), headers: {
           Authorization: `Bearer ${sessionStorage.getItem("banyan-token")}`,
           "Content-Type": "application/json" } })).json()""",
        {"base": "2026-03", "plan": "sample", "distributors": ["D9"], "variants": variants},
    )
    assert [side["name"] for side in api["sides"]] == ["base", "Twice <b>", "moved"]
    sides = said.get_by_role("region", name="Sides").locator("tbody tr")
    await expect(sides.locator("th")).to_have_text(["base", "Twice <b>", "moved"])
    for one in api["tables"]:
        body = said.get_by_role("region", name=one["title"], exact=True)
        await expect(body.locator("tbody tr")).to_have_count(len(one["rows"]) + bool(one["rest"]))
        await expect(body.locator("tfoot td").first).to_have_text(shown(one["total"][1]))
        chart = said.get_by_role("region", name=f"Chart by {one['by']}").locator("svg")
        await expect(chart).to_have_attribute("aria-labelledby", f"title-{one['by']} desc-{one['by']}")
        drawn = await chart.locator("desc").text_content()
        label = one["rows"][0][0] or "(none)"
        at = next(at for at, column in enumerate(one["columns"]) if column["what"] == "amount")
        assert f"{label} · base: {one['rows'][0][at]} EUR" in str(drawn)
    told = said.locator("section").filter(has_text="moved: why").locator("details").filter(has_text="D9")
    await told.first.locator("summary").click()
    assert await objections(visitor) == []

    async with page.expect_download() as download:
        await said.get_by_role("button", name="Everybody as CSV").click()
    file = await download.value
    assert file.suggested_filename == "what-if-2026-03.csv"
    rows = Path(await file.path()).read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith('"distributor","region","base rank","base amount","Twice <b> rank"')
    assert len(rows) == 1 + api["people"]
    assert await migrated_graph.read_one("queries/facts/head") == head, "nothing is recorded"


def shown(cell: str | int) -> str:
    """A figure as the page writes it."""
    return f"{cell:,}" if isinstance(cell, int) else f"{float(cell):,.2f}"


async def test_what_cannot_be_says_why(come: Come, token: str) -> None:
    visitor = await come(expects=(f"{REFUSED}409", f"{REFUSED}422"))
    asked = await form(visitor, token, base="2026-03")
    alert = visitor.page.get_by_role("alert")
    for text, words in [
        ("D9 below D2", "is not a move"),
        ("D2 sponsor D6", "D6 is D2 or stands below D2 in the sponsor tree"),
        ("", "give a plan, a document, or moves"),
    ]:
        await asked.get_by_label("Moves").fill(text)
        await asked.get_by_role("button", name="Work out").click()
        await expect(alert).to_contain_text(words)


async def test_staff_get_there_from_the_explorer_and_distributors_do_not(
    come: Come, token: str, distributor_token: Callable[[str], str]
) -> None:
    visitor = await come()
    await visitor.open(token)
    await visitor.page.get_by_role("link", name="What if").click()
    await expect(visitor.page.get_by_role("heading", level=1)).to_have_text("What if")
    other = await come()
    await other.open(distributor_token("D2"))
    await expect(other.line("D2")).to_be_visible()
    await expect(other.page.get_by_role("link", name="What if")).to_be_hidden()


async def test_without_a_token_nothing_is_asked(visitor: Visitor) -> None:
    await visitor.page.goto(f"{visitor.served.home}/explorer/whatif.html")
    await expect(visitor.page.get_by_role("alert")).to_contain_text("Sign in first")
    assert visitor.requests == []

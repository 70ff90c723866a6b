"""Several positions of one owner, beside people who hold one."""

import asyncio
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from app.graph import GraphDatabase
from app.plans.loader import library
from app.settings import Settings
from app.wiring import build_house, calculation_worker
from tests.api.conftest import Company, SetClock, token

pytestmark = pytest.mark.anyio


async def test_every_position_of_an_owner_is_found_from_any_of_them(ugly: Company) -> None:
    await ugly.enrol("C1", "D1", ("D3", 1))
    await ugly.enrol("C2", "C1", ("C1", 1), owner="C1")
    await ugly.enrol("C3", "C1", ("C1", 2), owner="C1")
    await ugly.enrol("P1", "D1", owner="a family")
    await ugly.enrol("P2", "D2", owner="a family")
    for id in ("C1", "C2", "C3"):
        found = (await ugly.get(f"/v1/distributors/{id}/income-centres")).json()
        assert (found["id"], found["owner"]) == (id, "C1")
        assert [(one["id"], one["sponsor_id"], one["parent_id"], one["slot"]) for one in found["income_centres"]] == [
            ("C1", "D1", "D3", 1),
            ("C2", "C1", "C1", 1),
            ("C3", "C1", "C1", 2),
        ]
    family = (await ugly.get("/v1/distributors/P2/income-centres")).json()
    assert (family["owner"], [one["id"] for one in family["income_centres"]]) == ("a family", ["P1", "P2"])
    alone = (await ugly.get("/v1/distributors/D4/income-centres")).json()
    assert (alone["owner"], [one["id"] for one in alone["income_centres"]]) == ("D4", ["D4"])


async def test_who_owns_what_is_told_to_staff_and_to_the_owner(ugly: Company) -> None:
    path = "/v1/distributors/D3/income-centres"
    for bearer, status in (
        (token("support"), 200),
        (token("distributor", "D3"), 200),
        (token("distributor", "D1"), 403),
        (token("distributor", "D8"), 404),
    ):
        assert (await ugly.get(path, bearer)).status_code == status
    assert (await ugly.get("/v1/distributors/nobody/income-centres")).status_code == 404


async def test_three_positions_are_paid_what_the_plan_pays_one_owner(
    company: Company, graph: GraphDatabase, settings: Settings, clock: SetClock
) -> None:
    """C1 above C2 and C3 matches their 400 and 600 CV, C2 200 and C3 300: 40.00, 20.00 and 30.00. Of 50.00 they get
    22.22 2/9, 11.11 1/9 and 16.66 6/9, of which the largest fraction gets the last cent."""
    assert (await company.post("/v1/periods", {"name": "2026-03"}, key="march")).status_code == 201
    await company.enrol("D1", None)
    await company.enrol("C1", "D1", ("D1", 1))
    for slot, id, volume in ((1, "C2", "200"), (2, "C3", "300")):
        await company.enrol(id, "D1", ("C1", slot), owner="C1")
        await buys(company, f"{id}-left", (id, 1), volume)
        await buys(company, f"{id}-right", (id, 2), volume)
    document = library()["income-centres"].read_text().replace("aggregate_cap: 5000", "aggregate_cap: 50")
    asked = await company.post("/v1/calculations", {"period": "2026-03", "document": document}, key="ask")
    assert asked.status_code == 202, asked.text
    await calculation_worker(build_house(settings, graph, clock)).calculate_next(asyncio.Event())

    said = [await statement(company, id) for id in ("C1", "C2", "C3")]
    assert [one["amount"] for one in said] == ["22.22", "11.11", "16.67"]
    [line], [miss] = said[0]["lines"], said[0]["misses"]
    assert (line["raw"], line["amount"], miss["reason"], miss["forgone"]) == ("40.00", "22.22", "capped_owner", "17.78")
    assert (miss["needed"], miss["actual"], miss["gap"], miss["unit"]) == ("90.00", "50.00", "40.00", "money")
    assert miss["words"] == (
        "17.78 USD not paid: your 3 positions earned 90.00 USD together, and the plan pays an owner at most 50.00 USD; "
        "the share of this one, in proportion to what it earned, is 22.22 USD, the rest is lost"
    )
    assert "40.00 USD before the aggregate cap on all your positions together" in line["words"]
    paper = await company.get(STATEMENT.format("C1"), params={"uncommitted": True, "format": "pdf"})
    printed = "".join(page.extract_text() for page in PdfReader(BytesIO(paper.content)).pages)
    assert "your 3 positions earned 90.00 USD together" in " ".join(printed.split())


STATEMENT = "/v1/distributors/{}/statements/2026-03"


async def statement(company: Company, id: str) -> Any:
    answer = await company.get(STATEMENT.format(id), params={"uncommitted": True})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def buys(company: Company, id: str, place: tuple[str, int], volume: str) -> None:
    """Somebody enrolled in that place, who buys so much."""
    await company.enrol(id, "D1", place)
    order = {"id": f"O-{id}", "buyer_id": id, "buyer_kind": "distributor", "placed_at": "2026-03-10T00:00:00Z"}
    answer = await company.post("/v1/orders", {**order, "pv": volume, "cv": volume}, key=f"O-{id}")
    assert answer.status_code == 201, answer.text

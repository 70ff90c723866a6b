"""Months that count orders by the date they are paid, over HTTP."""

from typing import Any

import pytest

from tests.api.conftest import Company

pytestmark = pytest.mark.anyio
PAID, SHIPPED = "2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z"


@pytest.fixture
async def shop(ugly: Company) -> Company:
    """A month by payment, a week by placing."""
    for body in ({"name": "2026-03", "commission_date": "paid"}, {"name": "2026-W10"}):
        assert (await ugly.post("/v1/periods", body, key=str(body["name"]))).status_code == 201
    return ugly


async def order(company: Company, id: str, key: str = "", **dates: str) -> Any:
    body = {"id": id, "buyer_id": "D1", "buyer_kind": "distributor", "placed_at": "2026-03-02T12:00:00Z"}
    return await company.post("/v1/orders", body | dates | {"pv": "10.00", "cv": "8.00"}, key=key or f"order-{id}")


async def test_an_order_counts_when_its_payment_is_told(shop: Company) -> None:
    placed = (await order(shop, "O1")).json()
    assert placed["periods"] == {"weekly": "2026-W10"}
    shipped = await shop.post("/v1/orders/O1/shipment", {"shipped_at": SHIPPED}, key="ship")
    assert (shipped.status_code, shipped.json()["periods"]) == (201, {})
    paid = await shop.post("/v1/orders/O1/payment", {"paid_at": PAID}, key="pay")
    told = paid.json()
    assert (told["order_id"], told["periods"], told["pv"]) == ("O1", {"monthly": "2026-03"}, "10.00")
    assert told["receipt"]["kind"] == "DateOrder"
    twice = await shop.post("/v1/orders/O1/payment", {"paid_at": PAID}, key="pay twice")
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/already-dated")
    unknown = await shop.post("/v1/orders/O9/payment", {"paid_at": PAID}, key="unknown")
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/unknown-order")


async def test_an_order_that_is_paid_already_comes_with_its_dates_in_one_commit(shop: Company) -> None:
    both = {"paid_at": PAID, "shipped_at": SHIPPED}
    first = await order(shop, "O1", **both)
    assert first.status_code == 201, first.text
    assert first.json()["periods"] == {"weekly": "2026-W10", "monthly": "2026-03"}
    again = await order(shop, "O1", **both)
    assert (again.headers["idempotency-replayed"], again.json()) == ("true", first.json())
    other = await order(shop, "O1", paid_at=SHIPPED)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency-key-reused")
    beyond = await order(shop, "O2", paid_at="2026-03-01T00:00:00Z")
    assert (beyond.status_code, beyond.json()["type"]) == (422, "/problems/invalid-command"), (
        "paid before it was placed"
    )
    assert (await order(shop, "O2", key="O2 again")).status_code == 201, "nothing was written of it"


async def test_periods_say_by_which_date_they_count(shop: Company) -> None:
    listed = (await shop.get("/v1/periods")).json()["periods"]
    assert {one["name"]: one["commission_date"] for one in listed} == {"2026-03": "paid", "2026-W10": "placed"}
    other = await shop.post("/v1/periods", {"name": "2026-04", "commission_date": "shipped"}, key="april")
    assert (other.status_code, other.json()["type"]) == (409, "/problems/period-conflict")
    assert (await shop.post("/v1/periods", {"name": "2026-04"}, key="2026-04")).status_code == 201
    assert (await shop.get("/v1/periods/2026-04")).json()["commission_date"] == "paid"

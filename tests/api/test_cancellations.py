"""Orders that are called off, over HTTP."""

from typing import Any

import pytest

from app.facts.history import past_facts
from app.facts.verify import verify_chain
from app.graph import GraphDatabase
from tests.api.conftest import Company, roll_up, token
from tests.api.test_problems import is_problem

pytestmark = pytest.mark.anyio
PLACED, LATER = "2026-03-02T12:00:00Z", "2026-03-03T00:00:00Z"
CANCELLATION = {"id": "X1", "cancelled_at": LATER}


@pytest.fixture
async def shop(ugly: Company) -> Company:
    """March is open, and D7 has bought O1."""
    await open_month(ugly, "2026-03")
    await buy(ugly, "O1")
    return ugly


async def open_month(company: Company, name: str, **more: str) -> None:
    assert (await company.post("/v1/periods", {"name": name, **more}, key=f"open {name}")).status_code == 201


async def buy(company: Company, id: str, **dates: str) -> None:
    body = {"id": id, "buyer_id": "D7", "buyer_kind": "distributor", "placed_at": PLACED, "pv": "10.00", "cv": "8.00"}
    answer = await company.post("/v1/orders", body | dates, key=f"order {id}")
    assert answer.status_code == 201, answer.text


async def cancel(company: Company, order: str = "O1", key: str = "x", **other: str) -> Any:
    return await company.post(f"/v1/orders/{order}/cancellation", CANCELLATION | other, key=key)


async def test_a_cancelled_order_leaves_no_volume(shop: Company, graph: GraphDatabase) -> None:
    await buy(shop, "O2")
    answer = await cancel(shop, reason="ordered twice")
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["order_id"], told["return_of"], told["pv"], told["cv"]) == ("X1", "O1", "-10.00", "-8.00")
    assert (told["periods"], told["receipt"]["kind"]) == ({"monthly": "2026-03"}, "Return")
    await roll_up(graph)
    legs = (await shop.get("/v1/distributors/D1/legs?period=2026-03")).json()
    assert legs["group"]["pv"] == "10.00", "of O2 alone"
    assert (await verify_chain(graph)).intact


async def test_a_fact_says_whether_it_is_a_return_or_a_cancellation(shop: Company, graph: GraphDatabase) -> None:
    """What said nothing of cancellations before they were there says the same as then."""
    await buy(shop, "O2")
    back = await shop.post("/v1/orders/O2/return", {"id": "R2", "placed_at": LATER}, key="back")
    seqs = [answer.json()["receipt"]["seq"] for answer in (back, await cancel(shop))]
    bodies = {fact.seq: fact.body async for page in past_facts(graph, seqs[-1]) for fact in page}
    at = 1_772_496_000_000
    assert [bodies[seq] for seq in seqs] == [
        f'{{"id":"R2","kind":"Return","order_id":"O2","placed_at":{at}}}',
        f'{{"cancels":true,"id":"X1","kind":"Return","order_id":"O1","placed_at":{at}}}',
    ]


async def test_after_its_period_is_closed_it_is_taken_back_in_the_next(shop: Company) -> None:
    await open_month(shop, "2026-04")
    assert (await shop.post("/v1/periods/2026-03/close", {}, key="close")).status_code == 201
    answer = await cancel(shop, cancelled_at="2026-04-02T00:00:00Z")
    assert (answer.status_code, answer.json()["periods"]) == (201, {"monthly": "2026-04"})


async def test_what_counts_by_payment_can_be_cancelled_unpaid_and_paid(ugly: Company) -> None:
    await open_month(ugly, "2026-03", commission_date="paid")
    await buy(ugly, "O1")
    await buy(ugly, "O2", paid_at=LATER)
    unpaid, paid = await cancel(ugly), await cancel(ugly, "O2", key="x2", id="X2")
    assert (unpaid.status_code, unpaid.json()["periods"]) == (201, {}), "it never counted, so nothing is taken back"
    assert (paid.status_code, paid.json()["periods"]) == (201, {"monthly": "2026-03"})
    told = await ugly.post("/v1/orders/O1/payment", {"paid_at": LATER}, key="pay")
    assert "cancelled" in is_problem(told, 409, "already-returned")["detail"]


@pytest.mark.parametrize("with_the_order", [True, False])
async def test_what_was_shipped_is_returned_not_cancelled(shop: Company, with_the_order: bool) -> None:
    await buy(shop, "O2", **({"shipped_at": LATER} if with_the_order else {}))
    if not with_the_order:
        assert (await shop.post("/v1/orders/O2/shipment", {"shipped_at": LATER}, key="ship")).status_code == 201
    problem = is_problem(await cancel(shop, "O2"), 409, "already-shipped")
    assert "2026-03-03" in problem["detail"]
    back = await shop.post("/v1/orders/O2/return", {"id": "R2", "placed_at": LATER}, key="back")
    assert back.status_code == 201


async def test_nothing_is_taken_back_twice(shop: Company) -> None:
    assert (await cancel(shop)).status_code == 201
    is_problem(await cancel(shop, key="again", id="X2"), 409, "already-returned")
    back = await shop.post("/v1/orders/O1/return", {"id": "R1", "placed_at": LATER}, key="back")
    is_problem(back, 409, "already-returned")
    is_problem(await shop.post("/v1/orders/O1/shipment", {"shipped_at": LATER}, key="ship"), 409, "already-returned")
    again = await cancel(shop)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")


async def test_what_cannot_be_cancelled(shop: Company) -> None:
    await buy(shop, "O2")
    is_problem(await cancel(shop, "O9"), 404, "unknown-order")
    is_problem(await cancel(shop, id="O2"), 409, "duplicate-id")
    early = is_problem(await cancel(shop, cancelled_at="2026-03-02T11:00:00Z"), 422, "invalid-command")
    assert early["detail"].startswith("Cancellation X1 is dated")
    is_problem(await cancel(shop, cancelled_at="2999-01-01T00:00:00Z"), 422, "invalid-command")
    is_problem(await cancel(shop, id="a/b"), 422, "invalid-input")
    is_problem(await cancel(shop, returned_at=LATER), 422, "invalid-input")
    for bearer in (token("support"), token("distributor", "D7")):
        answer = await shop.post("/v1/orders/O1/cancellation", CANCELLATION, bearer, key="x")
        is_problem(answer, 403, "forbidden")
    assert (await cancel(shop)).status_code == 201, "none of these changed anything"


async def test_a_return_is_not_cancelled(shop: Company) -> None:
    assert (await shop.post("/v1/orders/O1/return", {"id": "R1", "placed_at": LATER}, key="back")).status_code == 201
    is_problem(await cancel(shop, "R1"), 404, "unknown-order")

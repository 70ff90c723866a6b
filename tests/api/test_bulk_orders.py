"""Many orders in one request: each for itself, all that are accepted stored, none of them twice."""

from typing import Any

import httpx
import pytest

from app.facts.verify import verify_chain
from app.graph import GraphDatabase
from app.main import MAX_BODY_BYTES
from app.orders.bulk import PATH
from app.orders.schemas import MOST_ORDERS
from tests.api.conftest import Company, token
from tests.api.test_idempotency import last_seq
from tests.api.test_problems import is_problem

pytestmark = pytest.mark.anyio
PLACED, LATER = "2026-03-02T12:00:00Z", "2026-03-03T00:00:00Z"
Order = dict[str, Any]


@pytest.fixture
async def shop(ugly: Company) -> Company:
    """March is open."""
    assert (await ugly.post("/v1/periods", {"name": "2026-03"}, key="march")).status_code == 201
    return ugly


def order(number: int, **other: Any) -> Order:
    body: Order = {"idempotency_key": f"key {number}", "id": f"O{number}", "buyer_id": "D7", "placed_at": PLACED}
    return body | {"buyer_kind": "distributor", "pv": "10.00", "cv": "8.00"} | other


async def send(company: Company, *orders: Order, bearer: str | None = None) -> httpx.Response:
    return await company.post(PATH, {"orders": list(orders)}, bearer)


async def told(company: Company, *orders: Order) -> list[dict[str, Any]]:
    """What became of each."""
    answer = await send(company, *orders)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    results: list[dict[str, Any]] = body["results"]
    assert [result["id"] for result in results] == [one["id"] for one in orders]
    assert body["refused"] == sum("problem" in result for result in results) == len(orders) - body["accepted"]
    return results


def codes(results: list[dict[str, Any]]) -> list[str]:
    """The problem of each, or that there is none."""
    return [result.get("problem", {"type": ""})["type"].removeprefix("/problems/") for result in results]


async def test_orders_are_stored_in_one_commit_and_answered_as_single_ones(shop: Company, graph: GraphDatabase) -> None:
    before = await last_seq(shop)
    results = await told(shop, *(order(number) for number in range(300)))
    assert {(result["status"], result["replayed"]) for result in results} == {(201, False)}
    receipts = [result["order"]["receipt"] for result in results]
    assert [receipt["seq"] for receipt in receipts] == list(range(before + 1, before + 301))
    assert len({receipt["recorded_at"] for receipt in receipts}) == 1
    assert await last_seq(shop) == before + 300
    by_itself = order(7)
    key = by_itself.pop("idempotency_key")
    single = await shop.post("/v1/orders", by_itself, key=key)
    assert (single.status_code, single.headers["idempotency-replayed"]) == (201, "true"), "keys are of both routes"
    assert single.json() == results[7]["order"]
    assert (await verify_chain(graph)).intact


async def test_the_same_again_writes_what_is_not_there_yet(shop: Company) -> None:
    first = await told(shop, *(order(number) for number in range(5)))
    before = await last_seq(shop)
    again = await told(shop, *(order(number) for number in (4, 9, 0)))
    assert [result["replayed"] for result in again] == [True, False, True]
    assert [again[0]["order"], again[2]["order"]] == [first[4]["order"], first[0]["order"]]
    assert await last_seq(shop) == before + 1 == again[1]["order"]["receipt"]["seq"]


async def test_each_is_refused_for_itself_as_a_single_one_is(shop: Company) -> None:
    await told(shop, order(1))
    before = await last_seq(shop)
    orders = [
        order(2),
        order(3, id="O1"),
        order(4, buyer_id="nobody"),
        order(5, buyer_kind="customer"),
        order(6, placed_at="2026-01-01T00:00:00Z"),
        order(7, placed_at="2999-01-01T00:00:00Z"),
        order(1, pv="11.00"),
        order(8, placed_at="2026-04-02T00:00:00Z"),
        order(9),
    ]
    results = await told(shop, *orders)
    assert codes(results) == [
        "",
        "duplicate-id",
        "unknown-distributor",
        "unknown-customer",
        "invalid-command",
        "invalid-command",
        "idempotency-key-reused",
        "no-open-period",
        "",
    ]
    assert await last_seq(shop) == before + 2
    for one, result in zip(orders, results, strict=True):
        if "problem" in result:
            key = one.pop("idempotency_key")
            single = await shop.post("/v1/orders", one, key=key)
            different = {"instance", "request_id"}
            assert result["status"] == single.status_code
            assert {name: said for name, said in result["problem"].items() if name not in different} == {
                name: said for name, said in single.json().items() if name not in different
            }
            assert "order" not in result


async def test_what_stands_twice_in_one_request(shop: Company) -> None:
    before = await last_seq(shop)
    results = await told(shop, order(1), order(1), order(1, cv="9.00"), order(2, id="O1"))
    assert codes(results) == ["", "", "idempotency-key-reused", "duplicate-id"]
    assert [result["replayed"] for result in results] == [False, True, False, False]
    assert results[1]["order"] == results[0]["order"]
    assert await last_seq(shop) == before + 1


async def test_an_order_comes_with_its_dates_or_not_at_all(ugly: Company) -> None:
    for body in ({"name": "2026-03", "commission_date": "paid"}, {"name": "2026-W10"}):
        assert (await ugly.post("/v1/periods", body, key=str(body["name"]))).status_code == 201
    before = await last_seq(ugly)
    both = {"paid_at": LATER, "shipped_at": LATER}
    early = order(2, paid_at=LATER, shipped_at="2026-03-01T00:00:00Z")
    results = await told(ugly, order(1, **both), early, order(3, id="O2"), order(4, paid_at=LATER))
    assert codes(results) == ["", "invalid-command", "", ""], "nothing stayed of what was shipped before it was placed"
    assert results[0]["order"]["periods"] == {"monthly": "2026-03", "weekly": "2026-W10"}
    assert results[2]["order"]["periods"] == {"weekly": "2026-W10"}, "nor its payment"
    assert await last_seq(ugly) == before + 3 + 1 + 2
    again = await told(ugly, order(1, **both), order(4, paid_at=PLACED))
    assert codes(again) == ["", "idempotency-key-reused"]
    assert (again[0]["replayed"], again[0]["order"]) == (True, results[0]["order"])
    assert await last_seq(ugly) == before + 6


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"pv": "1.234"}, "pv"),
        ({"idempotency_key": ""}, "idempotency_key"),
        ({"idempotency_key": None}, "idempotency_key"),
        ({"placed_at": 1772323200}, "placed_at"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_what_cannot_be_understood_is_refused_whole(shop: Company, wrong: Order, where: str) -> None:
    before = await last_seq(shop)
    problem = is_problem(await send(shop, order(1), order(2, **wrong)), 422, "invalid-input")
    assert [fault["location"] for fault in problem["fields"]] == [["body", "orders", 1, where]]
    assert await last_seq(shop) == before


async def test_how_much_fits(shop: Company) -> None:
    is_problem(await send(shop), 422, "invalid-input")
    too_many = is_problem(await send(shop, *map(order, range(MOST_ORDERS + 1))), 422, "invalid-input")
    assert too_many["fields"][0]["location"] == ["body", "orders"]
    large = (
        order(number, reason="x" * 200, idempotency_key=f"{number:<200}".replace(" ", "k")) for number in range(3000)
    )
    assert MAX_BODY_BYTES < 3000 * 400
    is_problem(await send(shop, *large), 413, "content-too-large")
    most = await told(shop, *map(order, range(MOST_ORDERS)))
    assert {result["status"] for result in most} == {201}


async def test_who_may(shop: Company) -> None:
    before = await last_seq(shop)
    for bearer in (token("support"), token("distributor", "D7")):
        is_problem(await send(shop, order(1), bearer=bearer), 403, "forbidden")
    async with shop.caller(None) as stranger:
        is_problem(await stranger.post(PATH, json={"orders": [order(1)]}), 401, "unauthenticated")
    assert await last_seq(shop) == before

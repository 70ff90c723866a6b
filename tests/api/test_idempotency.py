"""The Idempotency-Key over HTTP: the same command once, another command never, no key no command."""

import asyncio
import hashlib
from typing import Any

import pytest

from app.plans.loader import library
from tests.api.conftest import Company, paths_of, token

pytestmark = pytest.mark.anyio
AT = "2026-03-02T00:00:00Z"
ENROLMENT = {"id": "N1", "sponsor_id": "D1", "name": "N", "enrolled_at": AT}
ORDER = {"id": "O1", "buyer_id": "D1", "buyer_kind": "distributor", "placed_at": AT, "pv": "10.00", "cv": "8.00"}
# These write nothing.
UNWRITTEN = {
    "/v1/cypher",
    "/v1/moves/preview",
    "/v1/distributors/{distributor_id}/termination/preview",
    "/v1/whatif",
}
# One needs a calculated run (tests/api/test_run_steps.py), one has keys in its body (tests/api/test_bulk_orders.py).
ELSEWHERE = {"/v1/runs/{run_id}/steps", "/v1/orders/bulk"}
# route, path, body, the same command with something else in it; in an order in which each is accepted
COMMANDS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("/v1/distributors", "/v1/distributors", ENROLMENT, {"name": "M"}),
    (
        "/v1/placements",
        "/v1/placements",
        {"distributor_id": "N1", "placement": {"kind": "below_sponsor", "strategy": "outside_right"}, "placed_at": AT},
        {"placement": {"kind": "below_sponsor", "strategy": "outside_left"}},
    ),
    (
        "/v1/moves",
        "/v1/moves",
        {"distributor_id": "D7", "tree": "sponsor", "new_parent_id": "D3", "reason": "asked for"},
        {"new_parent_id": "D4"},
    ),
    (
        "/v1/distributors/{distributor_id}/termination",
        "/v1/distributors/D7/termination",
        {"reason": "left"},
        {"consequence": "compress_for_pay"},
    ),
    (
        "/v1/distributors/{distributor_id}/reinstatement",
        "/v1/distributors/D7/reinstatement",
        {"reason": "came back"},
        {"effective_at": AT},
    ),
    ("/v1/moves/policy", "/v1/moves/policy", {"reason": "rules"}, {"zone": "Asia/Tokyo"}),
    (
        "/v1/customers",
        "/v1/customers",
        {"id": "C1", "name": "C", "distributor_id": "D4", "registered_at": AT},
        {"distributor_id": "D5"},
    ),
    ("/v1/periods", "/v1/periods", {"name": "2026-03"}, {"zone": "Asia/Tokyo"}),
    ("/v1/orders", "/v1/orders", ORDER, {"pv": "10.01"}),
    ("/v1/orders/{order_id}/payment", "/v1/orders/O1/payment", {"paid_at": AT}, {"paid_at": "2026-03-02T00:01:00Z"}),
    (
        "/v1/orders/{order_id}/shipment",
        "/v1/orders/O1/shipment",
        {"shipped_at": AT},
        {"shipped_at": "2026-03-02T00:01:00Z"},
    ),
    ("/v1/orders/{order_id}/return", "/v1/orders/O1/return", {"id": "R1", "placed_at": AT}, {"id": "R2"}),
    ("/v1/orders", "/v1/orders", {**ORDER, "id": "O2"}, {"cv": "8.01"}),
    (
        "/v1/orders/{order_id}/cancellation",
        "/v1/orders/O2/cancellation",
        {"id": "X2", "cancelled_at": AT},
        {"id": "X3"},
    ),
    ("/v1/periods/{name}/close", "/v1/periods/2026-03/close", {}, {}),
    ("/v1/periods/{name}/reopen", "/v1/periods/2026-03/reopen", {"reason": "late orders"}, {}),
]
DRAFT = {"period": "2026-03", "plan": "sample", "draft": True}
ASKED = f"/v1/calculations/2026-03-{hashlib.sha256(f'key {len(COMMANDS)}'.encode()).hexdigest()[:12]}"
COMMANDS += [
    ("/v1/calculations", "/v1/calculations", DRAFT, {"draft": False}),
    ("/v1/calculations/{calculation_id}/queue", f"{ASKED}/queue", {}, {}),
    ("/v1/calculations/{calculation_id}/cancel", f"{ASKED}/cancel", {}, {}),
]
COMMANDS += [
    (
        "/v1/plans",
        "/v1/plans",
        {"plan": library()["sample"].read_text(), "effective_from": "2026-04-01"},
        {"effective_from": "2026-05-01"},
    ),
    (
        "/v1/distributors/{distributor_id}/rank-overrides",
        "/v1/distributors/D7/rank-overrides",
        {"rank": "Gold", "since": "2026-03-01", "until": "2026-12-31", "reason": "moved here"},
        {"rank": "Silver"},
    ),
    (
        "/v1/distributors/{distributor_id}/rank-overrides/end",
        "/v1/distributors/D7/rank-overrides/end",
        {"since": "2026-06-01", "reason": "moved back"},
        {"since": "2026-07-01"},
    ),
]
# All others make something at once.
STATUS = {
    "/v1/calculations": 202,
    "/v1/calculations/{calculation_id}/queue": 202,
    "/v1/calculations/{calculation_id}/cancel": 200,
}


async def last_seq(company: Company) -> int:
    seq: int = (await company.get("/v1/search", params={"q": "D1"})).json()["as_of"]["seq"]
    return seq


# First: the tests below wipe the graph under `standing`.
@pytest.mark.parametrize("key", ["", " ", "x" * 201, "tab\tinside", "café"])
async def test_a_key_that_is_none(standing: Company, key: str) -> None:
    async with standing.caller(None) as stranger:
        headers = [(b"Authorization", f"Bearer {token()}".encode()), (b"Idempotency-Key", key.encode("latin-1"))]
        answer = await stranger.post("/v1/distributors", json=ENROLMENT, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["fields"][0]["location"] == ["header", "Idempotency-Key"]


async def test_every_command_happens_once(ugly: Company) -> None:
    routes = {path for path, method in paths_of(ugly.app) if method == "POST"} - UNWRITTEN - ELSEWHERE
    assert routes == {route for route, *_ in COMMANDS}, "every command is tried here"
    for number, (route, path, body, change) in enumerate(COMMANDS):
        before = await last_seq(ugly)
        missing = await ugly.post(path, body)
        assert missing.status_code == 422, path
        assert missing.json()["fields"][0]["location"] == ["header", "Idempotency-Key"]
        assert await last_seq(ugly) == before

        key = f"key {number}"
        first = await ugly.post(path, body, key=key)
        assert (first.status_code, first.headers.get("idempotency-replayed")) == (STATUS.get(route, 201), "false"), (
            first.text
        )
        again = await ugly.post(path, body, key=key)
        assert (again.status_code, again.headers["idempotency-replayed"]) == (first.status_code, "true")
        assert again.json() == first.json()
        told = await ugly.post(path, {**body, "reason": "another word for it"}, key=key)
        assert told.json() == first.json(), "the reason is about the command, not part of it"
        assert first.json()["receipt"]["seq"] == await last_seq(ugly) == before + 1

        if change:
            other = await ugly.post(path, {**body, **change}, key=key)
            assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency-key-reused"), path
            assert other.json()["seq"] == before + 1
            assert await last_seq(ugly) == before + 1


async def test_a_key_of_one_kind_of_command_is_not_another_kinds(ugly: Company) -> None:
    answer = await ugly.post("/v1/distributors", ENROLMENT, key="shared")
    assert answer.status_code == 201
    customer = {"id": "N1", "name": "N", "distributor_id": "D1", "registered_at": AT}
    assert (await ugly.post("/v1/customers", customer, key="shared")).status_code == 409


async def test_many_at_once_are_one(ugly: Company) -> None:
    before = await last_seq(ugly)
    answers = await asyncio.gather(*(ugly.post("/v1/distributors", ENROLMENT, key="once") for _ in range(8)))
    assert [answer.status_code for answer in answers] == [201] * 8
    assert {answer.text for answer in answers} == {answers[0].text}
    assert sorted(answer.headers["idempotency-replayed"] for answer in answers) == ["false"] + ["true"] * 7
    assert await last_seq(ugly) == before + 1


async def test_a_refused_command_leaves_its_key_free(ugly: Company) -> None:
    assert (await ugly.post("/v1/orders", ORDER, key="later")).status_code == 409
    assert (await ugly.post("/v1/periods", {"name": "2026-03"}, key="open")).status_code == 201
    answer = await ugly.post("/v1/orders", ORDER, key="later")
    assert (answer.status_code, answer.headers["idempotency-replayed"]) == (201, "false")

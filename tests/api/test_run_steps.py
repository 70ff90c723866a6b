"""The way of a run to pay over HTTP: two people, refusals in words, and what a distributor sees of it."""

from typing import Any

import pytest

from app.plans.loader import library
from tests.api.conftest import Company, token
from tests.api.test_figures import calculated, close_march, month  # noqa: F401  a fixture

pytestmark = pytest.mark.anyio
ANN, BOB = token("admin", subject="ann"), token("admin", subject="bob")


async def step(company: Company, run: str, what: str, bearer: str = ANN, key: str = "", **said: Any) -> Any:
    body = {"step": what, **said}
    return await company.post(f"/v1/runs/{run}/steps", body, bearer, key=key or f"{what}{said}{bearer[-8:]}")


async def own(company: Company, id: str, bearer: str | None = None) -> Any:
    answer = await company.get(f"/v1/distributors/{id}/runs", bearer or token("distributor", id))
    assert answer.status_code == 200, answer.text
    return answer.json()["runs"]


async def test_two_people_take_a_run_to_pay(month: Company) -> None:  # noqa: F811
    await close_march(month)
    run = await calculated(month)
    for bearer in (token("support"), token("distributor", "D1")):
        assert (await step(month, run.id, "review", bearer)).status_code == 403
    assert (await own(month, "D1")) == []
    assert (await step(month, run.id, "review", ANN, key="early")).json()["state"] == "in_review"
    refused = await step(month, run.id, "lock", ANN, key="early lock")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/unregistered-plan")
    assert refused.json()["plan_hash"] == run.plan_hash
    assert (await step(month, run.id, "send_back", ANN, reason="no plan yet", key="back")).status_code == 201
    plan = {"plan": library()["sample"].read_text(), "effective_from": "2026-03-01"}
    assert (await month.post("/v1/plans", plan, key="plan")).status_code == 201
    for what, bearer, state in (
        ("review", ANN, "in_review"),
        ("lock", ANN, "locked"),
        ("approve", BOB, "approved"),
        ("commit", BOB, "committed"),
    ):
        if what == "approve":
            refused = await step(month, run.id, "approve", ANN)
            assert (refused.status_code, refused.json()["type"]) == (409, "/problems/second-person")
            assert (await own(month, "D1")) == [], "a distributor sees nothing before it is committed"
        answer = await step(month, run.id, what, bearer)
        assert (answer.status_code, answer.json()["state"]) == (201, state), answer.text
        again = await step(month, run.id, what, bearer)
        assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
        assert again.json() == answer.json()
    refused = await step(month, run.id, "lock", BOB)
    assert (refused.status_code, refused.json()["type"], refused.json()["state"]) == (
        409,
        "/problems/run-conflict",
        "committed",
    )
    assert "It can be paid, or voided with a reason." in refused.json()["detail"]

    [unpaid] = await own(month, "D1")
    assert (unpaid["id"], unpaid["state"], unpaid["paid"]) == (run.id, "committed", False)
    assert float(unpaid["amount"]) > 0
    paid = await step(month, run.id, "pay", distributors=["D1"], reason="bank file 7")
    assert (paid.json()["paid_people"], paid.json()["paid_amount"]) == (1, unpaid["amount"])
    assert (await own(month, "D1"))[0]["paid_seq"] == paid.json()["receipt"]["seq"]
    twice = await step(month, run.id, "pay", distributors=["D1"], key="twice")
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/run-conflict")
    assert (await month.get("/v1/distributors/D1/runs", token("distributor", "D3"))).status_code in (403, 404)
    assert (await month.get("/v1/distributors/D3/runs", token("distributor", "D1"))).status_code == 403

    told = (await month.get(f"/v1/runs/{run.id}", token("support"))).json()
    assert (told["run"]["state"], told["run"]["paid_amount"]) == (paid.json()["state"], unpaid["amount"])
    assert [(one["step"], one["actor"], one["reason"]) for one in told["steps"]] == [
        ("review", "ann", ""),
        ("send_back", "ann", "no plan yet"),
        ("review", "ann", ""),
        ("lock", "ann", ""),
        ("approve", "bob", ""),
        ("commit", "bob", ""),
        ("pay", "ann", "bank file 7"),
    ]
    listed = (await month.get("/v1/runs", params={"state": "voided"})).json()["runs"]
    assert listed == []
    assert (await step(month, run.id, "void")).status_code == 422, "without a reason"
    assert (await step(month, run.id, "void", reason="wrong plan")).json()["state"] == "voided"
    [listed] = (await month.get("/v1/runs", params={"state": "voided"})).json()["runs"]
    assert (listed["id"], listed["figures"], listed["paid_people"]) == (run.id, "estimate", 1)
    [mine] = await own(month, "D1")
    assert (mine["state"], mine["paid"]) == ("voided", True), "what was paid stays told"
    assert (await month.get("/v1/distributors/D1/statements/2026-03")).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"step": "publish"}, 422),
        ({"step": "review", "distributors": ["D1"]}, 422),
        ({"step": "commit", "distributors": ["D1"]}, 422),
        ({"step": "pay", "distributors": [f"D{n}" for n in range(1_001)]}, 422),
        ({"step": "pay", "amount": "5.00"}, 422),
        ({"step": "commit"}, 409),
    ],
)
async def test_what_cannot_be_is_refused(month: Company, body: dict[str, Any], status: int) -> None:  # noqa: F811
    await close_march(month)
    run = await calculated(month)
    assert (await month.post(f"/v1/runs/{run.id}/steps", body, key="k")).status_code == status
    assert (await month.post("/v1/runs/nosuch/steps", {"step": "review"}, key="k")).status_code == 404
    assert (await month.get(f"/v1/runs/{run.id}")).json()["steps"] == []

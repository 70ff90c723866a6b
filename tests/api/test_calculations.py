"""Runs as queued jobs, asked for as a back office does."""

import asyncio
from datetime import timedelta

import pytest

from app.graph import GraphDatabase
from app.plans.loader import library, load_plan
from app.settings import Settings
from app.wiring import build_house, calculation_worker, nightly_previews
from tests.api.conftest import Company, SetClock, token

pytestmark = pytest.mark.anyio
PATH = "/v1/calculations"
ASKED = {"period": "2026-03", "plan": "sample", "reason": "what if"}


@pytest.fixture
async def march(company: Company) -> Company:
    await company.enrol("D1", None)
    opened = await company.post("/v1/periods", {"name": "2026-03"}, key="march")
    assert opened.status_code == 201
    return company


async def test_asked_for_calculated_and_seen(
    march: Company, graph: GraphDatabase, settings: Settings, clock: SetClock
) -> None:
    asked = await march.post(PATH, ASKED, key="ask")
    assert asked.status_code == 202, asked.text
    found = asked.json()["calculation"]
    assert asked.headers["location"] == f"{PATH}/{found['id']}"
    assert (found["state"], found["stage"], found["run"], found["attempts"]) == ("queued", None, None, 0)
    again = await march.post(PATH, ASKED, key="ask")
    assert (again.json()["calculation"], again.headers["idempotency-replayed"]) == (found, "true")

    await calculation_worker(build_house(settings, graph, clock)).calculate_next(asyncio.Event())
    done = (await march.get(asked.headers["location"], token("support"))).json()
    assert (done["state"], done["attempts"], done["failure"]) == ("done", 1, None)
    assert [(step["kind"], step["reason"]) for step in done["steps"]] == [("RequestRun", "what if")]
    [run] = (await march.get("/v1/runs")).json()["runs"]
    assert (run["id"], run["seq"], run["plan_hash"]) == (done["run"], done["as_of"], done["plan_hash"])
    listed = (await march.get(PATH)).json()["calculations"]
    assert listed == [done]
    by_hash = await march.post(PATH, {"period": "2026-03", "plan": run["plan_hash"], "draft": True}, key="by hash")
    assert by_hash.json()["calculation"]["plan_hash"] == run["plan_hash"]


async def test_nights_tell_what_changed_since_the_night_before(
    march: Company, graph: GraphDatabase, settings: Settings, clock: SetClock
) -> None:
    """An order came in between, and one night was not calculated."""
    plan = {"plan": library()["sample"].read_text(), "effective_from": "2026-03-01"}
    assert (await march.post("/v1/plans", plan, key="plan")).status_code == 201
    house = build_house(settings, graph, clock)
    for number, calculated in enumerate((True, False, True)):
        sold = {
            "id": f"O{number}",
            "buyer_id": "D1",
            "buyer_kind": "distributor",
            "placed_at": "2026-03-20T00:00:00Z",
            "pv": "60.00",
            "cv": "50.00",
        }
        now = token(now=clock.present)
        assert (await march.post("/v1/orders", sold, now, key=f"O{number}")).status_code == 201
        [asked] = await nightly_previews(house, "02:30").ask()
        if calculated:
            await calculation_worker(house).calculate_next(asyncio.Event())
        else:
            await house.calculations.cancel(asked, key="cancel", actor="ann", reason="not tonight")
        clock.present += timedelta(days=1)
    answer = await march.get(f"{PATH}/nightly", token("support", now=clock.present))
    assert answer.status_code == 200, answer.text
    told = answer.json()["nights"]
    assert [(one["night"], one["period"], one["state"], one["orders"], one["before"]) for one in told] == [
        ("2026-04-17", "2026-03", "done", 3, "2026-04-15"),
        ("2026-04-16", "2026-03", "cancelled", None, None),
        ("2026-04-15", "2026-03", "done", 1, None),
    ]
    assert (told[0]["change_orders"], told[0]["change_payees"], told[0]["change_amount"]) == (2, 0, "0.00")
    assert told[2]["change_amount"] is None
    assert (await march.get(f"{PATH}/nightly", token("distributor", "D1", now=clock.present))).status_code == 403


async def test_a_draft_is_queued_and_cancelled_once(march: Company) -> None:
    document = library()["sample"].read_text()
    draft = await march.post(PATH, {"period": "2026-03", "document": document, "draft": True}, key="draft")
    assert draft.json()["calculation"]["plan_hash"] == load_plan(library()["sample"]).hash
    where = f"{PATH}/{draft.json()['calculation']['id']}"
    queued = await march.post(f"{where}/queue", {"reason": "checked"}, key="queue")
    assert (queued.status_code, queued.json()["calculation"]["state"]) == (202, "queued")
    cancelled = await march.post(f"{where}/cancel", {"reason": "not wanted"}, key="cancel")
    assert (cancelled.status_code, cancelled.json()["calculation"]["state"]) == (200, "cancelled")
    steps = cancelled.json()["calculation"]["steps"]
    assert [step["kind"] for step in steps] == ["RequestRun", "QueueRun", "CancelRun"]
    for step in ("queue", "cancel"):
        refused = await march.post(f"{where}/{step}", {}, key=f"{step} again")
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/calculation-conflict")


async def test_what_cannot_be_asked(march: Company) -> None:
    asked = {
        "unknown-period": (404, {**ASKED, "period": "2027-01"}),
        "no-such-plan": (404, {**ASKED, "plan": "no-such"}),
        "plan": (422, {"period": "2026-03", "document": "name: nothing"}),
        "plan-mismatch": (422, {**ASKED, "period": "2026-W10"}),
        "invalid-input": (422, {**ASKED, "document": "both"}),
    }
    opened = await march.post("/v1/periods", {"name": "2026-W10"}, key="week")
    assert opened.status_code == 201
    for kind, (status, body) in asked.items():
        refused = await march.post(PATH, body, key=kind)
        assert (refused.status_code, refused.json()["type"]) == (status, f"/problems/{kind}"), refused.text
    assert (await march.get(f"{PATH}/nothing")).json()["type"] == "/problems/unknown-calculation"
    assert (await march.post(f"{PATH}/nothing/cancel", {}, key="k")).status_code == 404
    assert (await march.get(PATH)).json()["calculations"] == []


async def test_who_may(march: Company) -> None:
    for role, distributor in (("support", None), ("distributor", "D1")):
        refused = await march.post(PATH, ASKED, token(role, distributor), key="ask")
        assert refused.status_code == 403
    assert (await march.get(PATH, token("support"))).status_code == 200
    assert (await march.get(PATH, token("distributor", "D1"))).status_code == 403

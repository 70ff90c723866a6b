"""A minimum payout over three weeks by HTTP, and returns before and after the close by each policy."""

import io
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from app.demo.commit import commit_with_two
from app.facts.commands import Opening, Submission
from app.periods.calendars import number_of
from app.plans.loader import parse_plan
from app.plans.models import Plan
from app.runs.models import Run
from app.whatif.models import Asked, Variant
from tests.api.conftest import Company, SetClock, token
from tests.api.test_figures import back, order, services
from tests.api.test_run_steps import step

pytestmark = pytest.mark.anyio
PLAN = parse_plan("""
name: Weekly
version: "1"
currency: EUR
calendar: weekly
ranks: [{name: Member}]
bonuses:
  - {type: retail_margin, name: Margin, rate: 10%, of: personal}
payout: {minimum: 20}
""")
WEEKS = {"2026-W10": "2026-03-05", "2026-W11": "2026-03-12", "2026-W12": "2026-03-19"}


async def opened(company: Company, week: str) -> None:
    assert (await company.post("/v1/periods", {"name": week}, key=week)).status_code == 201


async def sold(company: Company, week: str, **cv: str) -> None:
    for buyer, amount in cv.items():
        answer = await order(company, f"{week}-{buyer}", buyer, amount, amount, at=f"{WEEKS[week]}T09:00:00Z")
        assert answer.status_code == 201, answer.text


async def paid(company: Company, week: str) -> Run:
    """The week closed, calculated and committed."""
    assert (await company.post(f"/v1/periods/{week}/close", {}, key=f"close-{week}")).status_code == 201
    run = await services(company).runs.calculate(week, PLAN)
    await commit_with_two(services(company), run.id)
    return run


async def statement(company: Company, id: str, week: str) -> dict[str, Any]:
    answer = await company.get(f"/v1/distributors/{id}/statements/{week}", token("distributor", id))
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def balance(company: Company, id: str, week: str) -> tuple[str, str, str, str]:
    """Brought in, earned, paid, carried out."""
    body = await statement(company, id, week)
    over = body["balance"]
    assert (over["earned"], over["paid"]) == (body["earned"], body["amount"])
    return over["brought_in"], over["earned"], over["paid"], over["carried_out"]


async def totals(company: Company, run: Run) -> tuple[str, str, str, str, int]:
    """Of all: brought in, earned, paid, carried out, and to how many."""
    told = (await company.get(f"/v1/runs/{run.id}")).json()["run"]
    return told["balance_in"], told["earned"], told["amount"], told["balance_out"], told["payees"]


def by_policy(**refunds: Any) -> Plan:
    """As PLAN, with another policy and no minimum."""
    said = PLAN.model_dump(mode="json") | {"refunds": refunds, "payout": None}
    return Plan.model_validate(said | {"version": str(refunds)})


async def test_returns_before_and_after_the_close(ugly: Company, clock: SetClock) -> None:
    """While its week is open a return undoes the order; later it counts below zero in the week in which it comes, or as
    the plan says. The window goes by the days between the two."""
    await opened(ugly, "2026-W10")
    await opened(ugly, "2026-W11")
    await sold(ugly, "2026-W10", D1="100.00", D2="200.00", D3="300.00")
    assert (await back(ugly, "R1", "2026-W10-D1", at="2026-03-06T00:00:00Z")).json()["periods"]["weekly"] == "2026-W10"
    first = await paid(ugly, "2026-W10")
    assert (first.amount, first.earners) == (50_00, 2), "the one that came back in time was never there"

    await sold(ugly, "2026-W11", D2="1000.00", D3="1000.00")
    for id, day in (("D2", "09"), ("D3", "11")):  # three days and 23 hours after the order, and five
        late = await back(ugly, f"R{id}", f"2026-W10-{id}", at=f"2026-03-{day}T08:00:00Z")
        assert late.json()["periods"]["weekly"] == "2026-W11"
    assert (await ugly.post("/v1/periods/2026-W11/close", {}, key="close")).status_code == 201

    async def earned(**refunds: Any) -> tuple[str, ...]:
        clock.present += timedelta(seconds=1)  # of several runs that are not committed a statement is of the newest
        run = await services(ugly).runs.calculate("2026-W11", by_policy(**refunds))
        params = {"uncommitted": True}
        told = [await ugly.get(f"/v1/distributors/{id}/statements/2026-W11", params=params) for id in ("D2", "D3")]
        assert {one.json()["run"] for one in told} == {run.id}
        return tuple(one.json()["earned"] for one in told)

    assert await earned() == ("80.00", "70.00")
    assert await earned(after_close="kept") == ("100.00", "100.00")
    assert await earned(after_close="clawback") == ("100.00", "100.00")
    told = await ugly.get("/v1/distributors/D3/statements/2026-W11", params={"uncommitted": True})
    body = told.json()
    assert (body["amount"], body["balance"]["taken_back"]) == ("70.00", "-30.00")
    [taken] = body["clawbacks"]
    assert {name: taken[name] for name in ("bonus", "amount", "order", "source")} == {
        "bonus": "Margin",
        "amount": "-30.00",
        "order": "RD3",
        "source": "D3",
    }
    assert taken["words"] == "-30.00 EUR: taken back of Margin, which paid it on an order of D3 that came back as RD3"
    assert await earned(window_days=4) == ("80.00", "100.00")
    assert await earned(window_days=3) == ("80.00", "100.00")
    assert await earned(window_days=2) == ("100.00", "100.00")
    assert await earned(window_days=5) == ("80.00", "70.00"), "a day that is not over is none"

    async def sides(base: str, plan: Plan | None, *variants: Plan) -> list[tuple[int, int]]:
        """Earned and paid out, by a what-if of the base and of each plan."""
        asked = Asked(base, tuple(Variant("", each) for each in variants), plan)
        return [(side.amount, side.paid) for side in (await services(ugly).what_ifs.compare(asked)).sides]

    kept, clawback, negative = by_policy(after_close="kept"), by_policy(after_close="clawback"), by_policy()
    both = {"kept": (200_00, 200_00), "clawback": (200_00, 150_00), "negative": (150_00, 150_00)}
    assert await sides("2026-W11", negative, kept, clawback) == [both["negative"], both["kept"], both["clawback"]]
    assert await sides("2026-W11", clawback, negative) == [both["clawback"], both["negative"]]
    run = await services(ugly).runs.calculate("2026-W11", clawback)
    assert await sides(run.id, None, negative, kept) == [both["clawback"], both["negative"], both["kept"]]
    run = await services(ugly).runs.calculate("2026-W11", negative)
    assert await sides(run.id, None, clawback) == [both["negative"], both["clawback"]]


async def test_three_weeks_with_a_minimum(ugly: Company) -> None:
    """D1 earns 8.40, 3.10 and 10.00; D2 brings a debt of 12.50 along; D3's order comes back after its week was paid."""
    await opened(ugly, "2026-W10")
    await opened(ugly, "2026-W11")
    owed = Opening("D2", number_of("2026-W10"), 0, 0, -12_50, "", "weekly")
    await services(ugly).writer.submit(Submission("owed", "import", "", owed))

    await sold(ugly, "2026-W10", D1="84.00", D2="100.00", D3="500.00")
    first = await paid(ugly, "2026-W10")
    assert await balance(ugly, "D1", "2026-W10") == ("0.00", "8.40", "0.00", "8.40")
    assert await balance(ugly, "D2", "2026-W10") == ("-12.50", "10.00", "0.00", "-2.50")
    assert await balance(ugly, "D3", "2026-W10") == ("0.00", "50.00", "50.00", "0.00")
    assert await totals(ugly, first) == ("-12.50", "68.40", "50.00", "5.90", 1)
    refused = await step(ugly, first.id, "pay", distributors=["D1"])
    assert (refused.status_code, "pays nothing to D1" in refused.text) == (409, True)
    rest = (await step(ugly, first.id, "pay", key="rest of W10")).json()
    assert (rest["state"], rest["paid_people"], rest["paid_amount"]) == ("paid", 1, "50.00")

    await sold(ugly, "2026-W11", D1="31.00", D2="300.00")
    assert (await back(ugly, "R3", "2026-W10-D3", at="2026-03-10T00:00:00Z")).status_code == 201
    second = await paid(ugly, "2026-W11")
    assert await balance(ugly, "D1", "2026-W11") == ("8.40", "3.10", "0.00", "11.50")
    assert await balance(ugly, "D2", "2026-W11") == ("-2.50", "30.00", "27.50", "0.00")
    assert await balance(ugly, "D3", "2026-W11") == ("0.00", "-50.00", "0.00", "-50.00")
    assert await totals(ugly, second) == ("5.90", "-16.90", "27.50", "-38.50", 1)
    words = (await statement(ugly, "D1", "2026-W11"))["balance"]["words"]
    assert words == "3.10 EUR earned, 8.40 EUR brought in, below the minimum of 20.00 EUR: 11.50 EUR carried on"
    pdf = await ugly.get(
        "/v1/distributors/D1/statements/2026-W11", token("distributor", "D1"), params={"format": "pdf"}
    )
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.content)).pages)
    assert "below the minimum of 20.00 EUR" in " ".join(text.split())

    await opened(ugly, "2026-W12")
    await sold(ugly, "2026-W12", D1="100.00", D3="800.00")
    third = await paid(ugly, "2026-W12")
    assert await balance(ugly, "D1", "2026-W12") == ("11.50", "10.00", "21.50", "0.00")
    assert await balance(ugly, "D2", "2026-W12") == ("0.00", "0.00", "0.00", "0.00")
    assert await balance(ugly, "D3", "2026-W12") == ("-50.00", "80.00", "30.00", "0.00")
    assert await totals(ugly, third) == ("-38.50", "90.00", "51.50", "0.00", 2)
    by_name = (await step(ugly, third.id, "pay", distributors=["D1"], key="D1 of W12")).json()
    assert (by_name["state"], by_name["paid_amount"]) == ("partly_paid", "21.50")
    rest = (await step(ugly, third.id, "pay", key="rest of W12")).json()
    assert (rest["state"], rest["paid_people"], rest["paid_amount"]) == ("paid", 1, "30.00")

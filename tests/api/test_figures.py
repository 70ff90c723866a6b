"""Orders, legs, ranks and statements over HTTP: a month from its first order to its committed run, counted by hand."""

import io
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader

from app.amounts import from_minor
from app.demo.commit import commit_with_two
from app.facts.commands import Command, Opening, PastLine, PastStatement, Submission
from app.graph import GraphDatabase
from app.main import Services
from app.periods.calendars import number_of
from app.plans.loader import library, load_plan
from app.runs.models import Run
from app.volumes import RollUp
from app.volumes.rebuild import TallyRebuild
from tests.api.conftest import Company, SetClock, roll_up, token

pytestmark = pytest.mark.anyio
PERSON = "/v1/distributors/{}/{}"


async def order(company: Company, id: str, buyer: str, pv: str, cv: str, at: str = "2026-03-05T09:30:00Z") -> Any:
    kind = "customer" if buyer.startswith("C") else "distributor"
    body = {"id": id, "buyer_id": buyer, "buyer_kind": kind, "placed_at": at, "pv": pv, "cv": cv}
    return await company.post("/v1/orders", body, key=f"order-{id}")


async def back(company: Company, id: str, order_id: str, at: str = "2026-03-10T00:00:00Z") -> Any:
    return await company.post(f"/v1/orders/{order_id}/return", {"id": id, "placed_at": at}, key=f"return-{id}")


@pytest.fixture
async def month(ugly: Company) -> Company:
    """March and April are open. In March: D1, D3, D7 and D5's customer buy; D6's order comes back."""
    for name in ("2026-03", "2026-04"):
        assert (await ugly.post("/v1/periods", {"name": name}, key=name)).status_code == 201
    customer = {"id": "C1", "name": "Cora", "distributor_id": "D5", "registered_at": "2026-03-02T00:00:00Z"}
    assert (await ugly.post("/v1/customers", customer, key="C1")).status_code == 201
    for id, buyer, pv, cv in [
        ("O1", "D1", "120.00", "100"),
        ("O3", "D3", "60", "50.0"),
        ("O7", "D7", "100.00", "80.00"),
        ("OC", "C1", "40.00", "30.00"),
        ("O6", "D6", "10.00", "10.00"),
    ]:
        assert (await order(ugly, id, buyer, pv, cv)).status_code == 201
    assert (await back(ugly, "R6", "O6")).status_code == 201
    return ugly


async def legs(company: Company, id: str, tree: str, period: str = "2026-03") -> Any:
    answer = await company.get(PERSON.format(id, "legs"), params={"tree": tree, "period": period})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def close_march(company: Company) -> None:
    assert (await company.post("/v1/periods/2026-03/close", {}, key="close")).status_code == 201


def services(company: Company) -> Services:
    found: Services = company.app.state.services
    return found


async def calculated(company: Company) -> Run:
    return await services(company).runs.calculate("2026-03", load_plan(library()["sample"]))


async def test_legs_are_right_once_rolled_up(month: Company, graph: GraphDatabase) -> None:
    last = (await month.get("/v1/search", params={"q": "D1"})).json()["as_of"]
    before = await legs(month, "D1", "sponsor")
    assert before["as_of"]["seq"] == 0, "nothing is rolled up, and the answer says so"
    await roll_up(graph)

    sponsor = await legs(month, "D1", "sponsor")
    assert sponsor["as_of"] == last
    assert sponsor["period"] == {"name": "2026-03", "figures": "estimate"}
    assert sponsor["personal"] == {"pv": "120.00", "cv": "100.00"}
    assert sponsor["group"] == {"pv": "320.00", "cv": "260.00"}
    assert (sponsor["people"], sponsor["leg_count"]) == (8, 4)
    heaviest_first = [(leg["id"], leg["people"], leg["pv"], leg["cv"]) for leg in sponsor["legs"]]
    assert heaviest_first == [
        ("D2", 3, "100.00", "80.00"),
        ("D3", 2, "60.00", "50.00"),
        ("D5", 1, "40.00", "30.00"),
        ("D4", 1, "0.00", "0.00"),
    ]

    binary = await legs(month, "D1", "binary")
    assert binary["group"] == {"pv": "220.00", "cv": "180.00"}
    assert binary["people"] == 6, "D7 and D8 have no place yet"
    sides = [(leg["slot"], leg["id"], leg["people"], leg["pv"]) for leg in binary["legs"]]
    assert sides == [(1, "D2", 4, "40.00"), (2, "D3", 1, "60.00")]

    page = (await month.get(PERSON.format("D1", "downline"), params={"tree": "binary", "period": "2026-03"})).json()
    figures = {m["id"]: (m["people"], m["personal_pv"], m["group_pv"]) for m in page["members"]}
    assert figures == {
        "D2": (4, "0.00", "40.00"),
        "D3": (1, "60.00", "60.00"),
        "D4": (3, "0.00", "40.00"),
        "D5": (1, "40.00", "40.00"),
        "D6": (1, "0.00", "0.00"),
    }
    assert page["as_of"] == last


async def test_the_present_month_is_meant_when_none_is_named(month: Company, graph: GraphDatabase) -> None:
    await order(month, "OA", "D3", "5.00", "4.00", at="2026-04-01T00:00:00Z")
    await roll_up(graph)
    present = (await month.get(PERSON.format("D3", "legs"))).json()
    assert (present["period"]["name"], present["personal"]["pv"]) == ("2026-04", "5.00")
    await close_march(month)
    closed = await legs(month, "D3", "sponsor")
    assert (closed["period"], closed["personal"]["pv"]) == ({"name": "2026-03", "figures": "estimate"}, "60.00")


async def test_a_closed_month_is_told_by_its_run_whatever_happens_later(month: Company, graph: GraphDatabase) -> None:
    """Legs, volumes, levels and legs that broke away as they were at the close, after moves, late orders and months."""
    everybody = [f"D{number}" for number in range(1, 9)]

    async def told(id: str) -> list[Any]:
        answers = [await legs(month, id, tree) for tree in ("sponsor", "binary")]
        answers += [(await volumes(month, id, period="2026-03", tree=tree)).json() for tree in ("sponsor", "binary")]
        for answer in answers:
            assert answer.pop("as_of")["seq"] >= 0
            answer.pop("levels_kept", None)
            assert answer["period"].pop("figures") in ("estimate", "final")
        return answers

    await roll_up(graph)
    before = {id: await told(id) for id in everybody}
    await close_march(month)
    assert {id: await told(id) for id in everybody} == before, "until May opens the live counters have March"
    move = {"distributor_id": "D7", "tree": "sponsor", "new_parent_id": "D4", "reason": "asked for"}
    assert (await month.post("/v1/moves", move, key="move")).status_code == 201
    assert (await order(month, "L9", "D8", "9.00", "9.00", at="2026-03-20T00:00:00Z")).status_code == 201
    assert (await month.post("/v1/periods", {"name": "2026-05"}, key="2026-05")).status_code == 201
    await month.enrol("D9", "D1", enrolled_at="2026-04-02T00:00:00Z")
    await roll_up(graph)
    gone = await month.get(PERSON.format("D3", "legs"), params={"period": "2026-03"})
    assert (gone.status_code, gone.json()["type"]) == (409, "/problems/period-not-open")
    run = await calculated(month)
    assert (await month.get(PERSON.format("D3", "volumes"), params={"period": "2026-03"})).status_code == 409
    await commit_with_two(services(month), run.id)
    assert {id: await told(id) for id in everybody} == before

    final = (await volumes(month, "D1", period="2026-03", within=2, without="Silver")).json()
    assert final["period"] == {"name": "2026-03", "figures": "final"}
    assert final["as_of"]["seq"] == run.seq
    assert final["within"] == {"levels": 2, "pv": "220.00", "cv": "180.00"}, "D7 stood on the third level"
    assert (await volumes(month, "D1", period="2026-03", within=3)).json()["within"]["pv"] == "320.00"
    away = final["without_broken_away"]
    assert (away["run"], away["run_period"]) == (run.id, "2026-03")
    assert away["legs"] == [leg["id"] for leg in before["D1"][0]["legs"] if await rank_of(month, leg["id"]) == "Silver"]
    assert Decimal(away["pv"]) == Decimal(320) - sum(
        Decimal(leg["pv"]) for leg in before["D1"][0]["legs"] if leg["id"] in away["legs"]
    )
    for params, code in [
        ({"tree": "matrix"}, "not-in-run"),
        ({"without": "Emperor"}, "unknown-rank"),
        ({"calendar": "weekly"}, "invalid-period"),
    ]:
        refused = await volumes(month, "D1", period="2026-03", **params)
        assert refused.json()["type"] == f"/problems/{code}"
    late = await volumes(month, "D9", period="2026-03")
    assert (late.status_code, late.json()["type"]) == (404, "/problems/no-statement")


async def rank_of(company: Company, id: str) -> str:
    rank: str = (await company.get(PERSON.format(id, "rank"), params={"period": "2026-03"})).json()["rank"]
    return rank


async def test_orders_and_returns_answer_where_they_count(month: Company, graph: GraphDatabase) -> None:
    on_the_edge = (await order(month, "E1", "D1", "1", "1", at="2026-04-01T01:59:59.999+02:00")).json()
    assert (on_the_edge["periods"], on_the_edge["pv"], on_the_edge["return_of"]) == (
        {"monthly": "2026-03"},
        "1.00",
        None,
    )
    assert (await order(month, "E2", "D1", "1", "1", at="2026-04-01T00:00:00Z")).json()["periods"] == {
        "monthly": "2026-04"
    }
    twice = await back(month, "R6b", "O6")
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/already-returned")
    early = await back(month, "R3", "O3", at="2026-03-01T00:00:00Z")
    assert (early.status_code, early.json()["type"]) == (422, "/problems/invalid-command")
    future = await order(month, "F1", "D1", "1", "1", at="2026-04-20T00:00:00Z")
    assert (future.status_code, future.json()["type"]) == (422, "/problems/invalid-command")
    stranger = await order(month, "F2", "C9", "1", "1")
    assert (stranger.status_code, stranger.json()["type"]) == (404, "/problems/unknown-customer")
    for amount in ("-1", "1.001", "1e3", "", "10000000000.00", "1,5", "NaN"):
        assert (await order(month, "F3", "D1", amount, "1")).status_code == 422, amount
    whole = (await order(month, "MAX", "D1", "9999999999.99", "0")).json()
    assert (whole["pv"], whole["cv"]) == ("9999999999.99", "0.00")

    await close_march(month)
    late = (await order(month, "L1", "D7", "7.00", "7.00", at="2026-03-20T00:00:00Z")).json()
    assert (late["periods"], late["pv"]) == ({"monthly": "2026-04"}, "7.00"), "a closed month never changes"
    returned = (await back(month, "R3", "O3")).json()
    assert (returned["periods"], returned["pv"], returned["cv"]) == ({"monthly": "2026-04"}, "-60.00", "-50.00")
    assert (returned["order_id"], returned["return_of"]) == ("R3", "O3")
    await roll_up(graph)
    april = await legs(month, "D1", "sponsor", "2026-04")
    assert {leg["id"]: leg["pv"] for leg in april["legs"]} == {"D2": "7.00", "D3": "-60.00", "D4": "0.00", "D5": "0.00"}


async def test_what_a_former_system_told_is_shown_as_such(month: Company) -> None:
    told: list[Command] = [
        Opening("D1", 202603, 0, 0, -12_50, "Diamond"),
        PastStatement("D1", 202602, "EUR", (PastLine(300, "Level", "printed"), PastLine(-1_00, "Fee", ""))),
        PastStatement("D1", number_of("2026-W06"), "EUR", (PastLine(700, "Team", ""),), "weekly"),
    ]
    for number, command in enumerate(told):
        await services(month).writer.submit(Submission(f"told-{number}", "import", "", command))
    own = token("distributor", "D1")
    past = (await month.get(PERSON.format("D1", "statements/2026-02"), own)).json()
    assert (past["taken_over"], past["figures"], past["period"], past["amount"]) == (True, "final", "2026-02", "2.00")
    assert [(line["bonus"], line["amount"]) for line in past["lines"]] == [("Level", "3.00"), ("Fee", "-1.00")]
    week = (await month.get(PERSON.format("D1", "statements/2026-W06"), own)).json()
    assert (week["taken_over"], week["period"], week["amount"]) == (True, "2026-W06", "7.00")
    other = await month.get(PERSON.format("D1", "statements/2026-02"), token("distributor", "D2"))
    assert other.status_code == 404, "nobody below sees it"
    rank = (await month.get(PERSON.format("D1", "rank"), own)).json()
    assert (rank["rank"], rank["highest_rank"]) == (None, "Diamond"), "shown before the first run too"
    await calculated(month)
    estimate = await month.get(PERSON.format("D1", "statements/2026-03"), params={"uncommitted": True})
    assert estimate.json()["opening_balance"] == "-12.50"
    assert estimate.json()["rank"] == "Silver", "pay does not look at it"


async def test_a_statement_explains_every_cent(month: Company) -> None:
    """By hand, of 80 % of the CV: 5 % from D3 (2.00), D7 (3.20) and D5's customer (1.20), the inactive passed over;
    10 % of the smaller side, which is 30.00 (2.40)."""
    await close_march(month)
    await month.enrol("D9", "D1", enrolled_at="2026-04-02T00:00:00Z")
    run = await calculated(month)
    path, own = PERSON.format("D1", "statements/2026-03"), token("distributor", "D1")
    early = await month.get(path, own)
    assert (early.status_code, early.json()["type"]) == (404, "/problems/no-run")
    estimate = await month.get(path, params={"uncommitted": True})
    assert (estimate.json()["figures"], estimate.json()["run"]) == ("estimate", run.id)
    rank = (await month.get(PERSON.format("D1", "rank"), own)).json()
    assert rank["rank"] is None
    assert "no committed run" in rank["note"]

    await commit_with_two(services(month), run.id)
    statement = (await month.get(path, own)).json()
    assert (statement["figures"], statement["run"], statement["currency"]) == ("final", run.id, "EUR")
    assert (statement["amount"], statement["rank"]) == ("8.80", "Silver")
    assert sum(Decimal(line["amount"]) for line in statement["lines"]) == Decimal("8.80")
    by_source = {(line["bonus"], line["source"]): line["amount"] for line in statement["lines"] if line["order"]}
    assert by_source["Level bonus", "D7"] == "3.20"
    [from_d7] = [line for line in statement["lines"] if line["source"] == "D7"]
    assert (from_d7["path"], from_d7["order"]) == (["D7", "D6", "D2", "D1"], "O7")
    assert (from_d7["level"], from_d7["paid_level"]) == (3, 1)
    assert from_d7["skipped"] == [{"person": id, "reason": "inactive_volume"} for id in ("D6", "D2")]
    for line in statement["lines"]:
        exact = Decimal(line["base"]) * int(line["rate"].split("/")[0]) / int(line["rate"].split("/")[1])
        assert Decimal(line["exact"]) == exact
        assert exact + Decimal(line["rounded_by"]) == Decimal(line["raw"]) == Decimal(line["amount"])
    missed = (await month.get(PERSON.format("D6", "statements/2026-03"), token("distributor", "D6"))).json()["misses"]
    assert {"requirement": "personal PV", "actual": "0.00", "unit": "PV", "breakage": "0.00"}.items() <= missed[
        0
    ].items()
    assert Decimal(missed[0]["gap"]) == Decimal(missed[0]["needed"]) - Decimal(missed[0]["actual"]) > 0
    assert all(line["words"] for line in statement["lines"])
    for leg in statement["carry"]:
        brought, new, matched, flushed, out = (
            Decimal(leg[name]) for name in ("brought_in", "new", "matched", "flushed", "carried_out")
        )
        assert brought + new == matched + flushed + out

    quiet = (await month.get(PERSON.format("D8", "statements/2026-03"), token("distributor", "D8"))).json()
    assert (quiet["amount"], quiet["lines"], quiet["misses"]) == ("0.00", [], [])
    why = {(one["bonus"], one["reason"]): one for one in quiet["because"]}
    assert list(why) == [
        (None, "inactive_volume"),
        ("Level bonus", "nobody_below"),
        ("Team bonus", "nobody_placed"),
        (None, "next_rank"),
    ]
    assert {"needed": "50.00", "actual": "0.00", "gap": "50.00", "unit": "PV"}.items() <= why[
        None, "inactive_volume"
    ].items()

    part = (await month.get(path, own, params={"offset": 1, "limit": 1})).json()
    assert (part["lines"], part["line_count"]) == (statement["lines"][1:2], statement["line_count"])
    assert sum(Decimal(one["amount"]) for one in statement["line_sums"]) == Decimal("8.80")
    d6 = PERSON.format("D6", "statements/2026-03"), token("distributor", "D6")
    none = (await month.get(*d6, params={"miss_offset": len(missed), "miss_limit": 1})).json()
    assert (none["misses"], none["miss_count"]) == ([], len(missed))
    assert sum(one["misses"] for one in none["miss_sums"]) == len(missed)

    paper = await month.get(path, own, params={"format": "pdf"})
    assert (paper.status_code, paper.headers["content-type"]) == (200, "application/pdf")
    assert paper.headers["content-disposition"].endswith("D1-2026-03.pdf")
    text = " ".join(PdfReader(io.BytesIO(paper.content)).pages[0].extract_text().split())
    assert "8.80 EUR" in text
    assert all(f"{line['words']} {line['amount']}" in text for line in statement["lines"])
    assert (await month.get(path, own, params={"format": "pdf"})).content == paper.content
    refused = await month.get(PERSON.format("D2", "statements/2026-03"), own, params={"format": "pdf"})
    assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")
    lost = await month.get(PERSON.format("D1", "statements/2025-01"), params={"format": "pdf"})
    assert (lost.status_code, lost.headers["content-type"]) == (404, "application/problem+json")
    assert (part["amount"], part["misses"]) == (statement["amount"], statement["misses"])

    for id, name, code in [
        ("D9", "2026-03", "no-statement"),
        ("D1", "2026-04", "no-run"),
        ("D1", "2025-01", "unknown-period"),
    ]:
        missing = await month.get(PERSON.format(id, f"statements/{name}"))
        assert (missing.status_code, missing.json()["type"]) == (404, f"/problems/{code}")
    assert (await month.get(PERSON.format("D1", "statements/March"))).status_code == 422

    rank = (await month.get(PERSON.format("D1", "rank"), own)).json()
    assert (rank["period"], rank["figures"], rank["rank"], rank["note"]) == ("2026-03", "final", "Silver", None)
    assert (rank["run"], rank["seq"]) == (run.id, statement["seq"]), "as of the last fact that counts"
    assert rank["earned"]["met"]
    assert [(card["rank"], card["rules"], card["met"]) for card in rank["next"]] == [
        ("Gold", "requires", False),
        ("Platinum", "requires", False),
    ]
    assert rank["highest"] == "Silver"
    [group] = [check for check in rank["next"][0]["checks"] if check["measure"] == "group_pv"]
    assert group == {
        "measure": "group_pv",
        "requirement": "group PV",
        "required": "1000.00",
        "actual": "320.00",
        "met": False,
        "missing": "680.00",
        "unit": "PV",
    }
    theirs = await month.get(PERSON.format("D2", "rank"), own)
    assert theirs.json()["rank"], "ranks of those below are seen"
    assert (theirs.json()["earned"], theirs.json()["next"]) == (None, []), "and not what they lack"
    assert (await month.get(PERSON.format("D2", "rank"))).json()["earned"]
    [listed] = (await month.get("/v1/runs")).json()["runs"]
    assert (listed["id"], listed["state"], listed["figures"]) == (run.id, "committed", "final")
    periods = {period["name"]: period for period in (await month.get("/v1/periods")).json()["periods"]}
    assert (periods["2026-03"]["state"], periods["2026-03"]["run"]) == ("closed", run.id)
    assert (periods["2026-04"]["state"], periods["2026-04"]["run"]) == ("open", None)


async def test_a_month_before_1970_breaks_no_list(company: Company) -> None:
    """January 1970 begins in 1969 where the sun rises earlier."""
    opened = await company.post("/v1/periods", {"name": "1970-01", "zone": "Asia/Tokyo"}, key="k")
    listed = await company.get("/v1/periods")
    assert listed.status_code == 200, (opened.text, listed.text)
    assert opened.status_code == 422


async def volumes(company: Company, id: str, **params: Any) -> Any:
    return await company.get(PERSON.format(id, "volumes"), params=params)


async def test_volumes_of_a_week_within_some_levels(ugly: Company, graph: GraphDatabase) -> None:
    """D1 sponsors D2 and D3; the week that contains the present is the one that is asked about."""
    for name in ("2026-03", "2026-W09", "2026-W10"):
        assert (await ugly.post("/v1/periods", {"name": name}, key=name)).status_code == 201, name
    answer = (await order(ugly, "O1", "D3", "60", "50", at="2026-03-01T23:00:00Z")).json()
    assert answer["periods"] == {"monthly": "2026-03", "weekly": "2026-W09"}
    for id, buyer, pv in [("O2", "D7", "100"), ("O3", "D1", "5")]:
        assert (await order(ugly, id, buyer, pv, "1")).json()["periods"]["weekly"] == "2026-W10"
    await roll_up(graph)
    listed = (await ugly.get("/v1/periods")).json()["periods"]
    assert [(one["calendar"], one["name"]) for one in listed] == [
        ("monthly", "2026-03"),
        ("weekly", "2026-W09"),
        ("weekly", "2026-W10"),
    ]
    week = (await volumes(ugly, "D1", period="2026-W09")).json()
    assert (week["period"]["name"], week["personal"]["pv"], week["group"]["pv"]) == ("2026-W09", "0.00", "60.00")
    assert (week["within"], week["without_broken_away"], week["levels_kept"]) == (None, None, 0)
    legs_of_week = (await ugly.get(PERSON.format("D1", "legs"), params={"period": "2026-W09"})).json()
    assert {leg["id"]: leg["pv"] for leg in legs_of_week["legs"]}["D3"] == "60.00"
    assert legs_of_week["people"] == (await legs(ugly, "D1", "sponsor"))["people"], "heads are of no calendar"
    page = (await ugly.get(PERSON.format("D1", "children"), params={"period": "2026-W09"})).json()
    assert {child["id"]: child["group_pv"] for child in page["children"]}["D3"] == "60.00"
    refused = await volumes(ugly, "D1", within=1)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/levels-not-kept")
    await TallyRebuild(graph, RollUp(graph, "test", SetClock())).run({"sponsor": 3, "binary": 0})
    asked = {"period": "2026-W10", "tree": "sponsor"}
    within = [(await volumes(ugly, "D1", within=n, **asked)).json()["within"]["pv"] for n in range(4)]
    assert within == ["5.00", "5.00", "5.00", "105.00"], "D7 stands on the third level: D6, D2, D1"
    assert (await volumes(ugly, "D1", within=1, tree="binary")).status_code == 409
    assert (await volumes(ugly, "D1", period="2026-03", calendar="weekly")).status_code == 422
    assert (await volumes(ugly, "D1", within=21)).status_code == 422


async def test_group_volume_says_whose_run_its_ranks_are(month: Company, graph: GraphDatabase) -> None:
    await roll_up(graph)
    before = (await volumes(month, "D1", without="Silver", period="2026-03")).json()
    whole = before["group"]["pv"]
    assert before["without_broken_away"] == {
        "pv": whole, "cv": before["group"]["cv"], "rank": "Silver", "legs": [], "run": None, "run_period": None,
    }  # fmt: skip
    assert (await order(month, "A1", "D2", "7", "7", at="2026-04-01T00:00:00Z")).status_code == 201
    await close_march(month)
    run = await calculated(month)
    await commit_with_two(services(month), run.id)
    await roll_up(graph)
    above = (await volumes(month, "D1", without="Gold", period="2026-04")).json()
    assert (above["group"]["pv"], above["without_broken_away"]["run_period"]) == ("7.00", "2026-03")
    assert above["without_broken_away"]["run"] == run.id
    for rank in ("Emperor", "Member"):  # Member is the lowest
        unknown = await volumes(month, "D1", without=rank, period="2026-04")
        assert (unknown.status_code, unknown.json()["type"]) == (422, "/problems/unknown-rank")
    assert (await volumes(month, "D1", without="Silver", tree="binary")).status_code == 422


async def test_reports_of_a_run_as_json_csv_and_chart(month: Company) -> None:
    await close_march(month)
    run = await calculated(month)
    path = f"/v1/runs/{run.id}/reports/{{}}"
    for name in ("bonuses", "ranks", "regions", "payout", "breakage"):
        answer = await month.get(path.format(name), token("support"))
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["run"]["id"] == run.id
        columns = [column["name"] for column in body["columns"]]
        for column, whole in (("amount", run.amount), ("breakage", run.breakage)):
            if column in columns:
                at = columns.index(column)
                assert body["total"][at] == str(from_minor(whole))
                assert sum(Decimal(row[at]) for row in body["rows"]) == from_minor(whole)
        file = await month.get(path.format(name), params={"format": "csv"})
        assert file.headers["content-type"] == "text/csv; charset=utf-8"
        assert file.text.splitlines()[0] == ",".join(["row", *columns])
        assert file.text.splitlines()[-1].startswith("total,")
        chart = await month.get(path.format(name), params={"format": "svg"})
        assert chart.headers["content-type"].startswith("image/svg+xml")
        assert '<title id="title">' in chart.text
    volume = next(row for row in (await month.get(path.format("payout"))).json()["rows"])
    assert Decimal(volume[2]) == Decimal("260.00"), "March's orders less the one that came back"

    refused = await month.get(path.format("movers"))
    assert (refused.status_code, refused.json()["type"]) == (404, "/problems/no-earlier-run")
    still = (await month.get(path.format("movers"), params={"before": run.id})).json()
    assert (still["rows"], still["total"][-1], still["before"]["id"]) == ([], "0.00", run.id)
    assert (await month.get("/v1/runs/none/reports/bonuses")).status_code == 404
    assert (await month.get(path.format("anything"))).status_code == 422
    assert (await month.get(path.format("bonuses"), token("distributor", "D1"))).status_code == 403


async def test_two_runs_beside_each_other(month: Company) -> None:
    before = await calculated(month)
    assert (await order(month, "O9", "D7", "50.00", "50.00", "2026-03-12T00:00:00Z")).status_code == 201
    after = await calculated(month)
    path = f"/v1/runs/{before.id}/differences"
    answer = await month.get(path, token("support"), params={"with": after.id})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    change = from_minor(after.amount - before.amount)
    assert change > 0
    assert Decimal(body["total"]["change"]) == change == Decimal(body["people"]["gained"])
    for part in ("bonuses", "causes", "page"):
        assert sum(Decimal(each["change"]) for each in body[part]) == change, part
    levels = [line for one in body["page"] for bonus in one["bonuses"] for line in bonus["lines"] if line["order"]]
    assert {(line["order"], line["cause"]) for line in levels} == {("O9", "order")}
    assert {line["before"]["words"] for line in levels} == {"The order O9 does not count in this run"}
    assert all("the order O9 of D7" in line["after"]["words"] for line in levels)
    assert body["people_changed"] == len(body["page"])

    second = (await month.get(path, params={"with": after.id, "offset": 1, "limit": 1})).json()
    assert second["page"] == body["page"][1:2]
    who = body["page"][0]["id"]
    assert (await month.get(path, params={"with": after.id, "distributor": who})).json()["page"] == body["page"][:1]
    file = await month.get(path, params={"with": after.id, "format": "csv"})
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.text.splitlines()[0] == "row,distributor,bonus,cause,lines,change"
    assert file.text.splitlines()[-1] == f"total,,,,{body['lines_changed']},{change}"
    same = (await month.get(path, params={"with": before.id})).json()
    assert (same["lines_changed"], same["page"]) == (0, [])

    assert (await month.get(path, params={"with": "none"})).status_code == 404
    assert (await month.get(path, params={"with": after.id, "distributor": "nobody"})).status_code == 404
    assert (await month.get(path)).status_code == 422
    assert (await month.get(path, token("distributor", "D1"), params={"with": after.id})).status_code == 403


async def test_a_what_if_beside_the_month_as_it_is(month: Company) -> None:
    run, text = await calculated(month), library()["sample"].read_text().replace("rate: 10%", "rate: 20%")
    move = {"distributor_id": "D7", "tree": "sponsor", "new_parent_id": "D3"}
    variants = [{"name": "Twice", "document": text}, {"name": "D7 below D3", "moves": [move]}]
    body: dict[str, Any] = {"base": "2026-03", "plan": "sample", "variants": variants, "distributors": ["D3"]}
    answer = await month.post("/v1/whatif", body, token("support"))
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["sides"][0]["amount"], said["snapshot_hash"]) == (str(from_minor(run.amount)), run.snapshot_hash)
    assert [side["name"] for side in said["sides"]] == ["base", "Twice", "D7 below D3"]
    assert said["sides"][2]["moves"] == [{**move, "slot": 0}]
    for table in said["tables"]:
        for at, column in enumerate(table["columns"]):
            if column["kind"] == "amount":
                rows = [*table["rows"], *([table["rest"]] if table["rest"] else [])]
                assert sum(Decimal(row[at]) for row in rows) == Decimal(table["total"][at])
                if column["what"] == "change":
                    assert table["total"][at] == said["sides"][column["side"]]["change"]
    [person] = said["variants"][1]["distributors"]
    assert (person["id"], said["variants"][1]["total"]["change"]) == ("D3", said["sides"][2]["change"])
    assert Decimal(said["sides"][2]["change"]) != 0

    by_run = await month.post("/v1/whatif", {"base": run.id, "variants": variants, "distributors": ["D3"]})
    assert by_run.json() == {**said, "run": run.id}
    file = await month.post("/v1/whatif?format=csv", body)
    assert file.headers["content-disposition"] == 'attachment; filename="what-if-2026-03.csv"'
    assert file.text.splitlines()[0].startswith('"distributor","region","base rank","base amount","Twice rank",')
    assert len(file.text.splitlines()) == 1 + said["people"]
    assert (await month.post("/v1/whatif?format=parquet", body)).content.startswith(b"PAR1")
    chart = await month.post("/v1/whatif?format=svg&by=rank", body)
    assert "Payout by rank, EUR</title>" in chart.text

    refusals: list[tuple[dict[str, Any], int, str | None]] = [
        ({"variants": [{"moves": [{**move, "new_parent_id": "D7"}]}]}, 409, "cycle"),
        ({"variants": [{"moves": [{**move, "distributor_id": "D99"}]}]}, 404, "unknown-distributor"),
        ({"variants": [{"plan": "none"}]}, 404, "no-such-plan"),
        ({"variants": [{"document": "name: x"}]}, 422, "plan"),
        ({"variants": [{"plan": "g7-unilevel"}]}, 409, "other-currency"),
        ({"variants": []}, 422, "invalid-input"),
        ({"variants": [{"name": "nothing"}]}, 422, "invalid-input"),
        ({"plan": None}, 200, None),
        ({"base": "2026-05"}, 404, "unknown-period"),
        ({"base": run.id}, 422, "what-if"),
    ]
    for wrong, status, kind in refusals:
        refused = await month.post("/v1/whatif", {**body, **wrong})
        assert (refused.status_code, refused.json().get("type")) == (status, kind and f"/problems/{kind}"), refused.text
    assert (await month.post("/v1/whatif", body, token("distributor", "D1"))).status_code == 403
    assert [each["id"] for each in (await month.get("/v1/runs")).json()["runs"]] == [run.id]


async def test_plans_are_registered_and_listed(month: Company) -> None:
    text = library()["sample"].read_text()
    body = {"plan": text, "effective_from": "2026-04-01", "reason": "board meeting"}
    done = await month.post("/v1/plans", body, key="plan")
    assert done.status_code == 201, done.text
    assert done.json()["hash"] == load_plan(library()["sample"]).hash
    again = await month.post("/v1/plans", body, key="plan")
    assert (again.json(), again.headers["idempotency-replayed"]) == (done.json(), "true")
    [plan] = (await month.get("/v1/plans", token("support"))).json()["plans"]
    assert (plan["name"], plan["version"], plan["calendar"]) == ("Sample hybrid", "2026.1", "monthly")
    assert (plan["effective_from"], plan["reason"]) == ("2026-04-01", "board meeting")
    assert plan["seq"] == done.json()["receipt"]["seq"]
    told = (await month.get(f"/v1/plans/{plan['hash']}/summary", token("distributor", "D7"))).json()
    assert (told["hash"], told["name"], told["version"]) == (plan["hash"], "Sample hybrid", "2026.1")
    [levels] = [part for part in told["sections"] if part["title"].startswith("Level bonus")]
    assert "Who is inactive takes no level: it goes to the next active person above." in levels["sentences"]
    assert (await month.get(f"/v1/plans/{'0' * 64}/summary")).status_code == 404
    changed = body | {"plan": text.replace("half_up", "half_even")}
    taken = await month.post("/v1/plans", changed, key="other")
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/plan-version-taken")
    broken = await month.post("/v1/plans", body | {"plan": "name: P\nbonus: 1"}, key="broken")
    assert broken.status_code == 422
    assert (await month.post("/v1/plans", body | {"effective_from": "soon"}, key="soon")).status_code == 422
    assert (await month.get("/v1/plans", token("distributor", "D1"))).status_code == 403


async def test_a_period_opens_again_for_a_reason_and_tells_its_history(ugly: Company) -> None:
    assert (await ugly.post("/v1/periods", {"name": "2026-03"}, key="open")).status_code == 201
    refused = await ugly.post("/v1/periods/2026-03/reopen", {"reason": "late orders"}, key="again")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/period-conflict")
    assert (await ugly.post("/v1/periods/2026-03/close", {"reason": "end"}, key="close")).status_code == 201
    for body in ({}, {"reason": ""}, {"reason": " "}):
        assert (await ugly.post("/v1/periods/2026-03/reopen", body, key="again")).status_code == 422, body
    reopened = await ugly.post("/v1/periods/2026-03/reopen", {"reason": "late orders"}, key="again")
    assert (reopened.status_code, reopened.json()["receipt"]["kind"]) == (201, "ReopenPeriod")
    told = (await ugly.get("/v1/periods/2026-03")).json()
    assert (told["state"], told["closed_seq"]) == ("open", None)
    assert [(turn["kind"], turn["reason"]) for turn in told["history"]] == [
        ("OpenPeriod", ""),
        ("ClosePeriod", "end"),
        ("ReopenPeriod", "late orders"),
    ]
    assert told["history"][-1]["seq"] == reopened.json()["receipt"]["seq"]
    assert (await ugly.get("/v1/periods/2026-04")).json()["type"] == "/problems/unknown-period"

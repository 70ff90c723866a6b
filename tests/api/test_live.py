"""Ranks and pay of an open month over HTTP, from its first order on: by a worker, or by the newest run."""

import asyncio
from datetime import date
from typing import Any

import httpx
import pytest

from app.graph import GraphDatabase
from app.main import create_app
from app.plans.loader import parse_plan
from app.runtime import Endpoints
from app.settings import Settings
from tests.api.conftest import Company, SetClock, enrol_ugly, running, token
from tests.api.test_figures import order, services

pytestmark = pytest.mark.anyio
LIVE = "/v1/distributors/{}/live"
PLAN = parse_plan("""
name: Live
version: "1"
currency: EUR
ranks:
  - name: Member
  - {name: Silver, requires: {group_pv: 100}}
  - {name: Gold, requires: {group_pv: 1000, active_legs: 3}}
bonuses:
  - {type: unilevel, name: Levels, levels_by_rank: {Member: [10%], Silver: [20%]}}
  - {type: binary, name: Team, rate: 10%}
""")


async def month(company: Company) -> Company:
    """April is open, and the plan is registered."""
    await enrol_ugly(company)
    assert (await company.post("/v1/periods", {"name": "2026-04"}, key="april")).status_code == 201
    await services(company).plans.register(PLAN, date(2026, 1, 1), key="plan", actor="test")
    return company


async def sell(company: Company, id: str, who: str, pv: str) -> int:
    answer = await order(company, id, who, pv, pv, at="2026-04-02T00:00:00Z")
    assert answer.status_code == 201, answer.text
    seq: int = answer.json()["receipt"]["seq"]
    return seq


async def live(company: Company, id: str, **asked: Any) -> Any:
    answer = await company.get(LIVE.format(id), **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def knows(answer: httpx.Response, seq: int) -> bool:
    """Whether rank and pay are there as of a fact."""
    if answer.status_code != 200 or not answer.json()["bonuses"]:
        return False
    said = answer.json()
    return all(figure["as_of"]["seq"] >= seq for figure in (said["rank"], *said["bonuses"]))


async def test_a_worker_tells_rank_and_pay_as_of_a_fact(
    graph: GraphDatabase, redis_url: str, endpoints: Endpoints, settings: Settings, clock: SetClock
) -> None:
    async with running(create_app(settings, endpoints, clock=clock, roll_up=True)) as app:
        company = await month(Company(app))
        seq = await sell(company, "o1", "D2", "150.00")
        async with asyncio.timeout(60):
            while not knows(answer := await company.get(LIVE.format("D1")), seq):
                await asyncio.sleep(0.1)
        found = answer.json()
        assert (found["id"], found["period"], found["plan"], found["currency"]) == ("D1", "2026-04", "Live 1", "EUR")
        rank = found["rank"]
        assert (rank["source"], rank["run"], rank["rank"], rank["active"]) == ("live", None, "Silver", True)
        assert rank["as_of"]["at"].startswith("2026-04-15T12:00:00")
        assert (rank["earned"]["rank"], rank["earned"]["met"]) == ("Silver", True)
        assert [card["rank"] for card in rank["next"]] == ["Gold"]
        missing = {check["measure"]: check["missing"] for check in rank["next"][0]["checks"]}
        assert missing == {"group_pv": "850.00", "active_legs": "0"}
        levels, team = found["bonuses"]
        assert (levels["name"], levels["source"], levels["amount"], levels["matched"]) == (
            "Levels",
            "live",
            "30.00",
            None,
        )
        assert (team["type"], team["amount"], team["matched"]) == ("binary", "0.00", {"left": "0.00", "right": "0.00"})
        pay = found["pay"]
        assert (pay["source"], pay["earned"], pay["taken_back"], pay["amount"]) == ("live", "30.00", "0.00", "30.00")

        theirs = await live(company, "D2", bearer=token("distributor", "D1"))
        assert (theirs["rank"]["rank"], theirs["rank"]["earned"], theirs["rank"]["next"]) == ("Silver", None, [])
        assert (theirs["bonuses"], theirs["pay"]) == (None, None), "what others earn is not theirs to see"
        assert (await live(company, "D1", bearer=token("distributor", "D1")))["bonuses"] == found["bonuses"]
        unseen = await company.get(LIVE.format("D1"), bearer=token("distributor", "D2"))
        assert unseen.status_code == 404


async def test_without_a_worker_the_newest_run_tells_and_without_one_nobody_does(company: Company) -> None:
    await month(company)
    seq = await sell(company, "o1", "D2", "150.00")
    refused = await company.get(LIVE.format("D1"))
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/live-not-ready")
    assert "2026-04" in refused.json()["detail"]
    assert refused.headers["Retry-After"] == "2"
    run = await services(company).runs.calculate("2026-04", PLAN)
    await sell(company, "o2", "D3", "500.00")
    found = await live(company, "D1")
    for figure in (found["rank"], *found["bonuses"], found["pay"]):
        assert (figure["source"], figure["run"]) == ("preview", run.id)
        assert seq <= figure["as_of"]["seq"] == run.seq
    assert [bonus["amount"] for bonus in found["bonuses"]] == ["30.00", "0.00"]
    after_it = await company.post(
        "/v1/distributors",
        {"id": "D9", "sponsor_id": "D1", "name": "N", "enrolled_at": "2026-04-15T00:00:00Z"},
        key="D9",
    )
    assert after_it.status_code == 201
    assert (await company.get(LIVE.format("D9"))).status_code == 503, "the run does not know them"


async def test_only_open_periods_are_live(company: Company) -> None:
    await month(company)
    for name, status, kind in (
        ("2026-05", 404, "unknown-period"),
        ("2026-13", 422, None),
    ):
        answer = await company.get(LIVE.format("D1"), params={"period": name})
        assert answer.status_code == status
        assert kind is None or answer.json()["type"] == f"/problems/{kind}"
    none = await company.get(LIVE.format("D1"), params={"calendar": "weekly"})
    assert (none.status_code, none.json()["type"]) == (409, "/problems/period-not-open")
    assert (await company.get(LIVE.format("nobody"))).status_code == 404


async def test_a_dashboard_tells_what_is_live_and_without_a_worker_what_it_told_before(
    graph: GraphDatabase, redis_url: str, endpoints: Endpoints, settings: Settings, clock: SetClock
) -> None:
    async with running(create_app(settings, endpoints, clock=clock, roll_up=True)) as app:
        company = await month(Company(app))
        seq = await sell(company, "o1", "D2", "150.00")
        async with asyncio.timeout(60):
            while not knows(await company.get(LIVE.format("D1")), seq):
                await asyncio.sleep(0.1)
        found, told = await live(company, "D1"), await board(company, "D1")
        rank, present = told["rank"], told["earnings"]["present"]
        said = {"source": "live", "period": "2026-04", "run": None, "figures": "estimate"}
        for part in (rank, present):
            assert {name: part[name] for name in said} == said
            assert part["as_of"]["seq"] >= seq
        names = ("rank", "title", "pay_rank", "highest", "active", "earned", "next")
        assert {name: rank[name] for name in names} == {name: found["rank"][name] for name in names}
        assert (rank["rank"], told["rank_note"], told["earnings"]["present_note"]) == ("Silver", None, None)
        assert present["bonuses"] == [
            {"bonus": "Levels", "amount": "30.00"},
            {"bonus": "Team", "amount": "0.00"},
        ]
        assert {name: present[name] for name in ("earned", "taken_back", "amount")} == {
            name: found["pay"][name] for name in ("earned", "taken_back", "amount")
        }
        assert (present["earned"], present["taken_back"], present["amount"]) == ("30.00", "0.00", "30.00")
        above = await board(company, "D2", bearer=token("distributor", "D1"))
        assert (above["rank"], above["earnings"]["present"]) == (None, None), "of those below only paid ranks are told"
    async with running(create_app(settings, endpoints, clock=clock, roll_up=False)) as app:
        told = await board(Company(app), "D1")
        assert told["rank"] is None
        assert told["earnings"]["present_note"] == "There is no nightly preview of 2026-04 yet."


async def board(company: Company, id: str, **asked: Any) -> Any:
    answer = await company.get(f"/v1/distributors/{id}/dashboard", **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()

"""All of a start page in one answer: every member counted by hand, or told as the routes of its parts tell it."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.brief import LIFE_S
from app.cache import CacheRefresher, RedisStore, open_store
from app.dashboards.service import OTHERS
from app.demo.commit import commit_with_two
from app.graph import GraphDatabase
from app.graph.database import QueryEvent
from app.main import create_app
from app.plans.loader import library, load_plan, parse_plan
from app.runtime import Endpoints
from app.settings import Settings
from app.trees.repository import TreeRepository
from app.volumes import RollUp
from app.wiring import build_house, calculation_worker, nightly_previews
from tests.api.conftest import SPONSORS, Company, SetClock, enrol_ugly, roll_up, running, token
from tests.api.test_figures import order, services
from tests.api.test_places import put
from tests.component.cache.conftest import OwnRedis

pytestmark = pytest.mark.anyio
PERSON = "/v1/distributors/{}/{}"
PEOPLE = ["D1", *SPONSORS]
NEWEST = ("queries/dashboards/newest_below", "queries/dashboards/newest_of_company")
NO_RUN = "No run of the calendar monthly is committed yet."
NONE_OPEN = "No period of the calendar monthly is open."


async def board(company: Company, id: str, bearer: str | None = None, **params: Any) -> Any:
    answer = await company.get(PERSON.format(id, "dashboard"), bearer, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def newest(answer: Any) -> list[tuple[str, int, str]]:
    return [(one["id"], one["level"], one["sponsor_id"]) for one in answer["newest"]["people"]]


def newest_below(top: str, sponsors: dict[str, str]) -> list[tuple[str, int, str]]:
    """The same in plain Python: `sponsors` are in the order of enrolment."""
    found = []
    for id in reversed(sponsors):
        way = [id]
        while way[-1] in sponsors:
            way.append(sponsors[way[-1]])
        if top in way[1:]:
            found.append((id, way.index(top), sponsors[id]))
    return found[:5]


async def test_before_any_period_and_any_run_words_say_why(standing: Company) -> None:
    told = await board(standing, "D1")
    zero = {"pv": "0.00", "cv": "0.00"}
    assert (told["period"], told["personal"], told["customers"]) == (None, zero, zero)
    assert (told["rank"], told["rank_note"]) == (None, f"{NO_RUN} {NONE_OPEN}")
    assert told["earnings"] == {
        "present": None,
        "present_note": NONE_OPEN,
        "committed": None,
        "committed_note": NO_RUN,
    }
    assert {side: told["binary"][side]["carried"] for side in ("left", "right")} == {"left": None, "right": None}
    assert told["binary"]["carried_by"] is None
    assert (await board(standing, "D1", calendar="weekly"))["earnings"]["present_note"] == (
        "No period of the calendar weekly is open."
    )
    assert (await standing.get(PERSON.format("D1", "dashboard"), params={"calendar": "lunar"})).status_code == 422


async def test_the_newest_below_anybody_are_the_last_enrolled(
    standing: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a walk down to everybody as by walks up from the company's newest."""
    for few in (5_000, 0):
        monkeypatch.setattr("app.dashboards.repository.FEW", few)
        for id in PEOPLE:
            told = await board(standing, id)
            assert newest(told) == newest_below(id, SPONSORS), (few, id)
            assert {one["name"] for one in told["newest"]["people"]} == {
                f"Name of {one['id']}" for one in told["newest"]["people"]
            }
            assert told["newest"]["complete"], (few, id)
    [last] = (await board(standing, "D3"))["newest"]["people"]
    assert last == newcomer("D8", 1, "D3")
    suspended = {one["id"]: one["status"] for one in (await board(standing, "D1"))["newest"]["people"]}
    assert suspended["D5"] == "suspended"


async def test_a_matrix_is_told_where_one_is_kept_and_so_is_another_calendar(
    ugly: Company, graph: GraphDatabase
) -> None:
    assert (await board(ugly, "D1"))["matrix"] is None
    assert (await put(ugly, "/v1/matrix", {"width": 3, "depth": 9}, token(), "matrix")).status_code == 200
    for name in ("2026-04", "2026-W16"):
        assert (await ugly.post("/v1/periods", {"name": name}, key=name)).status_code == 201
    await order(ugly, "O1", "D3", "60.00", "50.00", "2026-04-02T00:00:00Z")
    await order(ugly, "O2", "D3", "7.00", "5.00", "2026-04-14T00:00:00Z")
    await roll_up(graph)
    month, week = await board(ugly, "D3"), await board(ugly, "D3", calendar="weekly")
    assert (month["period"]["name"], week["period"]["name"]) == ("2026-04", "2026-W16")
    assert (month["personal"]["pv"], week["personal"]["pv"]) == ("67.00", "7.00")
    assert month["matrix"] == {"people": 1, "pv": "67.00", "cv": "55.00"}, "nobody has a place in it yet"
    above = await board(ugly, "D1", calendar="weekly")
    assert {leg["id"]: (leg["people"], leg["pv"]) for leg in above["sponsor"]["legs"]}["D3"] == (2, "7.00")
    assert (above["binary"]["right"]["people"], above["binary"]["right"]["pv"]) == (1, "7.00")
    assert above["earnings"]["committed_note"] == "No run of the calendar weekly is committed yet."
    assert above["earnings"]["present_note"] == "There is no nightly preview of 2026-W16 yet."


@pytest.fixture
async def paid_month(ugly: Company, graph: GraphDatabase, settings: Settings, clock: SetClock) -> Company:
    """March is paid; April is open and was previewed by night. In each D1, D3, D7 and customers of D1 and D5 buy, D7
    twice as much in April. Then an admin tried another plan on April, and D9 joined."""
    for name in ("2026-03", "2026-04"):
        assert (await ugly.post("/v1/periods", {"name": name}, key=name)).status_code == 201
    for id, sponsor in (("C1", "D5"), ("C2", "D1")):
        customer = {"id": id, "name": id, "distributor_id": sponsor, "registered_at": "2026-03-02T00:00:00Z"}
        assert (await ugly.post("/v1/customers", customer, key=id)).status_code == 201
    for month, d7 in (("03", ("100.00", "80.00")), ("04", ("200.00", "160.00"))):
        for buyer, pv, cv in [
            ("D1", "120.00", "100.00"),
            ("C2", "20.00", "16.50"),
            ("D3", "60.00", "50.00"),
            ("D7", *d7),
            ("C1", "40.00", "30.00"),
        ]:
            sold = await order(ugly, f"{buyer}-{month}", buyer, pv, cv, f"2026-{month}-05T09:30:00Z")
            assert sold.status_code == 201, sold.text
    assert (await ugly.post("/v1/periods/2026-03/close", {}, key="close")).status_code == 201
    run = await services(ugly).runs.calculate("2026-03", load_plan(library()["sample"]))
    await commit_with_two(services(ugly), run.id)
    house = build_house(settings, graph, clock)
    assert len(await nightly_previews(house, "02:30").ask()) == 1
    assert await calculation_worker(house).calculate_next(asyncio.Event())
    tried = library()["sample"].read_text().replace("rate: 10%", "rate: 20%")
    await house.calculations.request("2026-04", parse_plan(tried), key="tried by hand", actor="ann")
    assert await calculation_worker(house).calculate_next(asyncio.Event())
    await ugly.enrol("D9", "D7", enrolled_at="2026-04-10T00:00:00Z")
    await roll_up(graph)
    return ugly


async def runs_of(company: Company) -> tuple[dict[str, Any], dict[str, Any]]:
    """March's committed run, and April's nightly preview."""
    nightly = (await company.get("/v1/calculations/nightly")).json()["nights"][0]["run"]
    runs = {run["id"]: run for run in (await company.get("/v1/runs")).json()["runs"]}
    assert len(runs) == 3, "the one that was tried is there"
    [committed] = [run for run in runs.values() if run["state"] == "committed"]
    return committed, runs[nightly]


async def test_every_member_of_a_dashboard(paid_month: Company) -> None:
    """By hand, of 80 % of the CV. March: 5 % from D3 (2.00), D7 (3.20), D5's customer (1.20) and D1's own (0.66), and
    10 % of the smaller side, 30.00 (2.40), which leaves 20.00 on the right. April: the same, but of D7 6.40."""
    committed, preview = await runs_of(paid_month)
    last = (await paid_month.get("/v1/search", params={"q": "D1"})).json()["as_of"]
    told = await board(paid_month, "D1", token("distributor", "D1"))
    rank, earnings = told.pop("rank"), told.pop("earnings")
    assert told == {
        "id": "D1",
        "name": "Name of D1",
        "status": "active",
        "title": "",
        "enrolled_at": "2026-03-01T00:00:00.000Z",
        "period": {"name": "2026-04", "figures": "estimate"},
        "personal": {"pv": "140.00", "cv": "116.50"},
        "customers": {"pv": "20.00", "cv": "16.50"},
        "sponsor": {
            "people": 9,
            "pv": "440.00",
            "cv": "356.50",
            "leg_count": 4,
            "legs": [
                leg("D2", 4, "200.00", "160.00"),
                leg("D3", 2, "60.00", "50.00"),
                leg("D5", 1, "40.00", "30.00", "suspended"),
                leg("D4", 1, "0.00", "0.00"),
            ],
        },
        "binary": {
            "people": 6,
            "pv": "240.00",
            "cv": "196.50",
            "left": side("D2", 4, "40.00", "30.00", carried="0.00"),
            "right": side("D3", 1, "60.00", "50.00", carried="20.00"),
            "carried_by": committed["id"],
        },
        "matrix": None,
        "rank_note": None,
        "newest": {
            "people": [
                newcomer("D9", 4, "D7", "2026-04-10T00:00:00.000Z"),
                newcomer("D8", 2, "D3"),
                newcomer("D7", 3, "D6"),
                newcomer("D6", 2, "D2"),
                newcomer("D5", 1, "D1", status="suspended"),
            ],
            "complete": True,
        },
        "as_of": last,
    }
    parts = {"rank": rank, "present": earnings["present"], "committed": earnings["committed"]}
    assert {name: part.pop("as_of")["seq"] for name, part in parts.items()} == {
        "rank": committed["seq"],
        "present": preview["seq"],
        "committed": committed["seq"],
    }
    of_march = {"source": "committed", "period": "2026-03", "run": committed["id"], "figures": "final"}
    of_april = {"source": "preview", "period": "2026-04", "run": preview["id"], "figures": "estimate"}
    assert (earnings.pop("present_note"), earnings.pop("committed_note")) == (None, None)
    assert earnings["present"] == {**of_april, **pay(level="10.26", team="2.40", whole="12.66")}
    assert earnings["committed"] == {**of_march, **pay(level="7.06", team="2.40", whole="9.46")}
    route = (await paid_month.get(PERSON.format("D1", "rank"), token("distributor", "D1"))).json()
    same = ("period", "run", "figures", "rank", "title", "pay_rank", "highest", "active", "earned", "next", "decision")
    assert rank == {"source": "committed", **{name: route[name] for name in same}}
    assert (rank["rank"], [card["rank"] for card in rank["next"]]) == ("Silver", ["Gold", "Platinum"])
    [group] = [check for check in rank["next"][0]["checks"] if check["measure"] == "group_pv"]
    assert (group["required"], group["actual"], group["missing"]) == ("1000.00", "340.00", "660.00")


def leg(id: str, people: int, pv: str, cv: str, status: str = "active") -> dict[str, Any]:
    return {"id": id, "name": f"Name of {id}", "status": status, "slot": 0, "people": people, "pv": pv, "cv": cv}


def side(id: str, people: int, pv: str, cv: str, carried: str) -> dict[str, Any]:
    return {"id": id, "name": f"Name of {id}", "people": people, "pv": pv, "cv": cv, "carried": carried}


def newcomer(
    id: str, level: int, sponsor: str, enrolled_at: str = "2026-03-01T00:00:00.000Z", status: str = "active"
) -> dict[str, Any]:
    said = {"id": id, "name": f"Name of {id}", "status": status}
    return {**said, "level": level, "sponsor_id": sponsor, "enrolled_at": enrolled_at}


def pay(level: str, team: str, whole: str) -> dict[str, Any]:
    bonuses = [{"bonus": "Level bonus", "amount": level}, {"bonus": "Team bonus", "amount": team}]
    return {"currency": "EUR", "bonuses": bonuses, "earned": whole, "taken_back": "0.00", "amount": whole}


async def test_everybodys_rank_and_pay_are_those_of_their_statements(paid_month: Company) -> None:
    committed, preview = await runs_of(paid_month)
    for id in PEOPLE:
        told = await board(paid_month, id)
        route = (await paid_month.get(PERSON.format(id, "rank"))).json()
        assert {name: told["rank"][name] for name in ("rank", "highest", "earned", "next")} == {
            name: route[name] for name in ("rank", "highest", "earned", "next")
        }
        statement = (await paid_month.get(PERSON.format(id, "statements/2026-03"))).json()
        assert statement["run"] == told["earnings"]["committed"]["run"] == committed["id"]
        paid = told["earnings"]["committed"]
        assert (paid["amount"], paid["earned"]) == (statement["amount"], statement["earned"])
        carried = {one["leg"]: one["carried_out"] for one in statement["carry"]}
        assert {name: told["binary"][name]["carried"] for name in ("left", "right")} == carried
        assert told["earnings"]["present"]["run"] == preview["id"]


async def test_who_joined_later_is_told_so(paid_month: Company) -> None:
    committed, preview = await runs_of(paid_month)
    told = await board(paid_month, "D9", token("distributor", "D9"))
    earlier = f"They had not joined by the end of 2026-03, which run {committed['id']} pays."
    later = f"They joined after run {preview['id']}, the last nightly preview of 2026-04, was calculated."
    assert (told["rank"], told["rank_note"]) == (None, f"{earlier} {later}")
    assert told["earnings"] == {
        "present": None,
        "present_note": later,
        "committed": None,
        "committed_note": earlier,
    }
    assert (told["sponsor"]["people"], told["newest"]["people"], told["binary"]["carried_by"]) == (1, [], None)
    assert told["binary"]["left"] == {
        "id": None,
        "name": None,
        "people": 0,
        "pv": "0.00",
        "cv": "0.00",
        "carried": None,
    }


async def test_before_the_first_committed_run_the_preview_tells_the_rank(
    ugly: Company, graph: GraphDatabase, settings: Settings, clock: SetClock
) -> None:
    """To the person and to staff; to nobody above."""
    assert (await ugly.post("/v1/periods", {"name": "2026-04"}, key="april")).status_code == 201
    for buyer in ("D1", "D3"):
        await order(ugly, f"O{buyer}", buyer, "100.00", "80.00", "2026-04-05T09:30:00Z")
    house = build_house(settings, graph, clock)
    await house.plans.register(load_plan(library()["sample"]), date(2026, 4, 1), key="plan", actor="ann")
    assert len(await nightly_previews(house, "02:30").ask()) == 1
    without = await board(ugly, "D1")
    assert without["earnings"]["present_note"] == "There is no nightly preview of 2026-04 yet."
    assert await calculation_worker(house).calculate_next(asyncio.Event())
    await asyncio.sleep(LIFE_S)  # which run there is is kept briefly
    told = await board(ugly, "D1")
    assert (told["rank"]["source"], told["rank"]["rank"], told["rank"]["figures"]) == ("preview", "Silver", "estimate")
    assert (told["rank_note"], told["earnings"]["committed_note"]) == (None, NO_RUN)
    assert told["earnings"]["present"]["earned"] == "3.20"
    above = await board(ugly, "D3", token("distributor", "D1"))
    assert (above["rank"], above["rank_note"]) == (None, f"{NO_RUN} {OTHERS}")


async def test_pay_and_what_ranks_ask_are_told_to_the_person_and_to_staff(paid_month: Company) -> None:
    """D2 stands below D1, D6 below D2, D3 beside it."""
    own = await board(paid_month, "D2", token("distributor", "D2"))
    assert own["earnings"]["committed"]["run"] == own["rank"]["run"]
    assert own["rank"]["next"] != []
    for role in ("admin", "support"):
        assert await board(paid_month, "D2", token(role)) == own
    above = await board(paid_month, "D2", token("distributor", "D1"))
    assert above["earnings"] == {
        "present": None,
        "present_note": OTHERS,
        "committed": None,
        "committed_note": OTHERS,
    }
    assert above["rank"] == {**own["rank"], "earned": None, "next": []}
    assert above["rank_note"] == OTHERS
    hidden = {"carried": None}
    assert above["binary"] == {
        **own["binary"],
        "left": own["binary"]["left"] | hidden,
        "right": own["binary"]["right"] | hidden,
        "carried_by": None,
    }
    kept = {"earnings", "rank", "rank_note", "binary"}
    assert {name: above[name] for name in above.keys() - kept} == {name: own[name] for name in own.keys() - kept}
    for other in ("D6", "D3"):
        refused = await paid_month.get(PERSON.format("D2", "dashboard"), token("distributor", other))
        assert (refused.status_code, refused.json()["type"]) == (404, "/problems/unknown-distributor")


async def test_a_dashboard_that_still_holds_is_not_sent_again(paid_month: Company, graph: GraphDatabase) -> None:
    path = PERSON.format("D3", "dashboard")
    first = await paid_month.get(path)
    held = {"If-None-Match": first.headers["etag"]}
    assert (first.headers["cache-control"], first.headers["vary"]) == ("private, no-cache", "Authorization")
    await order(paid_month, "elsewhere", "D7", "1.00", "1.00", "2026-04-06T00:00:00Z")
    await roll_up(graph)
    kept = await paid_month.get(path, headers=held)
    assert (kept.status_code, kept.content, kept.headers["etag"]) == (304, b"", first.headers["etag"])
    await order(paid_month, "below", "D8", "1.00", "1.00", "2026-04-06T00:00:00Z")
    await roll_up(graph)
    changed = await paid_month.get(path, headers=held)
    assert (changed.status_code, changed.json()["sponsor"]["pv"]) == (200, "61.00")


async def test_of_many_legs_the_heaviest_are_told(paid_month: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.dashboards.service.LEGS", 2)
    told = (await board(paid_month, "D1"))["sponsor"]
    assert (told["leg_count"], [one["id"] for one in told["legs"]]) == (4, ["D2", "D3"])


async def test_a_search_that_ends_early_says_so(
    ugly: Company, graph: GraphDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the company's newest none stands below D2, who has three people of long ago."""
    for number in range(15):
        await ugly.enrol(f"N{number}", "D8")
    await roll_up(graph)
    monkeypatch.setattr("app.dashboards.repository.FEW", 0)
    for name, limit in (("LOOKED_AT", 10), ("STEPS", 1)):
        with monkeypatch.context() as patched:
            patched.setattr(f"app.dashboards.repository.{name}", limit)
            assert (await board(ugly, "D2"))["newest"] == {"people": [], "complete": False}, name
            found = await board(ugly, "D8")
            assert newest(found) == [(f"N{number}", 1, "D8") for number in (14, 13, 12, 11, 10)]
            assert found["newest"]["complete"], "they are the newest of all"
    told = await board(ugly, "D2")
    assert (newest(told), told["newest"]["complete"]) == ([("D7", 2, "D6"), ("D6", 1, "D2")], True)

    for number in range(3):
        await ugly.enrol(f"L{number}", "D5")
    monkeypatch.setattr("app.dashboards.repository.FEW", 1)  # the roll-up has counted D5 alone
    assert not (await board(ugly, "D5"))["newest"]["complete"]


class Worker:
    """Rolls up and tells the cache, as the worker does, from step to step."""

    def __init__(self, graph: GraphDatabase, store: RedisStore) -> None:
        self._rollup = RollUp(graph, "test", SetClock(), lease_ms=3_600_000)
        self._repository = TreeRepository(graph)
        self._refresher = CacheRefresher(store, self._numbers, hold_ms=3_600_000)

    async def roll(self) -> None:
        assert await self._rollup.claim()
        for _ in itertools.count():
            rolled = await self._rollup.step()
            await self._refresher.refresh(
                rolled.seq_from, rolled.seq_to, rolled.touched, rolled.versions, recorded_at=rolled.recorded_at
            )
            if rolled.idle:
                return

    async def _numbers(self, ixs: Any) -> dict[int, list[int]]:
        return (await self._repository.numbers(ixs)).value


@asynccontextmanager
async def kept_up(
    graph: GraphDatabase, endpoints: Endpoints, settings: Settings, redis_url: str
) -> AsyncIterator[tuple[Company, Worker, list[str]]]:
    """The ugly company in April beside a worker, and the names of the statements that are asked of the graph."""
    at = replace(endpoints, redis_url=redis_url)
    async with (
        running(create_app(settings, at, clock=SetClock(), roll_up=False)) as app,
        open_store(redis_url, settings.company, settings.redis) as store,
    ):
        company, asked = await enrol_ugly(Company(app)), list[str]()
        assert (await company.post("/v1/periods", {"name": "2026-04"}, key="april")).status_code == 201
        worker = Worker(graph, store)
        await worker.roll()

        def observe(event: QueryEvent) -> None:
            asked.append(event.name)

        app.state.services.visibility._graph.observer = observe
        yield company, worker, asked


def searched(asked: list[str]) -> bool:
    """Whether the newest were looked for since the last time."""
    found = bool(set(NEWEST) & set(asked))
    asked.clear()
    return found


async def test_the_newest_are_kept_until_somebody_comes_or_goes_below(
    graph: GraphDatabase, endpoints: Endpoints, settings: Settings, redis_url: str
) -> None:
    async with kept_up(graph, endpoints, settings, redis_url) as (company, worker, asked):
        first = {id: await board(company, id) for id in ("D1", "D2", "D3")}
        assert searched(asked)
        for id, before in first.items():
            assert await board(company, id) == before
        assert not searched(asked)

        await order(company, "O1", "D7", "100.00", "80.00", "2026-04-05T00:00:00Z")
        await worker.roll()
        asked.clear()
        sold = await board(company, "D2")
        assert (sold["sponsor"]["pv"], sold["newest"]) == ("100.00", first["D2"]["newest"])
        assert sold["as_of"]["seq"] > first["D2"]["as_of"]["seq"]
        assert not searched(asked), "an order drops no page"

        await company.enrol("D9", "D7")
        await worker.roll()
        asked.clear()
        assert newest(await board(company, "D3")) == newest_below("D3", SPONSORS)
        assert not searched(asked), "nobody came below D3"
        for id, level in (("D1", 4), ("D2", 3)):
            assert newest(await board(company, id))[0] == ("D9", level, "D7")
            assert searched(asked)

        move = {"distributor_id": "D6", "tree": "sponsor", "new_parent_id": "D8", "reason": "asked for"}
        assert (await company.post("/v1/moves", move, key="move")).status_code == 201
        await worker.roll()
        moved = {**SPONSORS, "D6": "D8", "D9": "D7"}
        for id in ("D1", "D2", "D3", "D6", "D8"):
            assert newest(await board(company, id)) == newest_below(id, moved), id
        assert newest(await board(company, "D2")) == []

        left = {"reason": "asked to", "consequence": "keep_hole"}
        gone = await company.post("/v1/distributors/D9/termination", left, key="leave")
        assert gone.status_code == 201, gone.text
        await worker.roll()
        assert (await board(company, "D3"))["newest"]["people"][0]["status"] == "terminated"


async def test_without_redis_the_same_dashboard(graph: GraphDatabase, endpoints: Endpoints, settings: Settings) -> None:
    own = OwnRedis()
    try:
        async with kept_up(graph, endpoints, settings, own.url) as (company, worker, asked):
            first = await board(company, "D2")
            assert await board(company, "D2") == first
            asked.clear()
            own.kill()
            assert await board(company, "D2") == first
            assert searched(asked)
            await company.enrol("D9", "D7")
            await worker.roll()
            assert newest(await board(company, "D2"))[0] == ("D9", 3, "D7")
    finally:
        own.kill()

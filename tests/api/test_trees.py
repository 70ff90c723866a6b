"""Downline, children and upline over HTTP, against the same trees in plain Python."""

import asyncio
import itertools
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from app.facts.repository import take_head
from app.graph import GraphDatabase, GraphTransaction
from app.trees.cursors import Position
from app.trees.schemas import ChildrenBody, DownlineBody
from tests.api.conftest import PLACES, SPONSORS, Company, SetClock, roll_up, token

pytestmark = pytest.mark.anyio
PARENTS = {"sponsor": SPONSORS, "binary": {id: parent for id, (parent, _) in PLACES.items()}}
PATH = "/v1/distributors/{}/{}"
MOVED = {"distributor_id": "D5", "tree": "binary", "new_parent_id": "D3", "slot": 2, "reason": "asked for"}
LATER = "2999-01-01T00:00:00Z"
TITLES, STATUSES, REGIONS = ("", "Silver", "Gold"), ("active", "suspended"), ("", "EU", "Asia", "Mars")


def expected(tree: str, top: str, depth: int) -> list[tuple[str, int]]:
    """Who stands below `top`, nearest level first and by enrolment within a level."""
    found: list[tuple[str, int]] = []
    level = {top}
    for number in range(1, depth + 1):
        level = {id for id, parent in PARENTS[tree].items() if parent in level}
        found += [(id, number) for id in sorted(level)]
    return found


async def walk(company: Company, path: str, key: str, **params: Any) -> list[dict[str, Any]]:
    """Every member on every page."""
    members: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    for _ in range(20):
        answer = await company.get(path, params={**params, **cursor})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page[key]) <= params["limit"]
        members += page[key]
        if page["next_cursor"] is None:
            return members
        assert page[key], "a page with a successor has members"
        cursor = {"cursor": page["next_cursor"]}
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("tree", ["sponsor", "binary"])
async def test_the_pages_together_are_everybody_once(standing: Company, tree: str) -> None:
    for top, depth, limit in [
        *itertools.product(("D1", "D2"), (1, 2, 10_000), (1, 3)),
        ("D4", 10_000, 1),
        ("D8", 5, 1),
        ("D1", 10_000, 7),
        ("D1", 10_000, 1000),
    ]:
        members = await walk(standing, PATH.format(top, "downline"), "members", tree=tree, depth=depth, limit=limit)
        assert [(m["id"], m["level"]) for m in members] == expected(tree, top, depth), (top, depth, limit)
        for member in members:
            id = member["id"]
            assert member["parent_id"] == PARENTS[tree][id]
            assert member["sponsor_id"] == SPONSORS[id]
            assert member["slot"] == (PLACES[id][1] if tree == "binary" else 0)
            assert member["child_count"] == len(expected(tree, id, 1))
            assert member["people"] == 1 + len(expected(tree, id, 9))
            assert (member["name"], member["personal_pv"]) == (f"Name of {id}", "0.00")


@pytest.mark.parametrize("tree", ["sponsor", "binary"])
async def test_children_are_the_first_level(standing: Company, tree: str) -> None:
    for top, limit in itertools.product(("D1", "D4", "D8"), (1, 50)):
        path = PATH.format(top, "children")
        members = await walk(standing, path, "children", tree=tree, limit=limit)
        assert [(m["id"], m["level"]) for m in members] == expected(tree, top, 1)
        first = (await standing.get(path, params={"tree": tree, "limit": limit})).json()
        assert first["total"] == len(members)


async def test_upline_is_nearest_first(standing: Company) -> None:
    async def upline(tree: str, **params: Any) -> list[tuple[str, int, int]]:
        answer = await standing.get(PATH.format("D6", "upline"), params={"tree": tree, **params})
        return [(one["id"], one["level"], one["slot"]) for one in answer.json()["upline"]]

    assert await upline("sponsor") == [("D2", 1, 0), ("D1", 2, 0)]
    assert await upline("binary") == [("D4", 1, 2), ("D2", 2, 1), ("D1", 3, 1)]
    assert await upline("binary", levels=2) == [("D4", 1, 2), ("D2", 2, 1)]
    shown = (await standing.get(PATH.format("D6", "upline"), token("distributor", "D6"))).json()["upline"][0]
    assert set(shown) == {"id", "name", "level", "slot"}, "of those above, no more than that"


async def test_the_way_to_somebody_goes_over_who_stands_above_both(standing: Company) -> None:
    async def between(id: str, other: str, tree: str) -> tuple[list[tuple[str, int]], Any]:
        params = {"other": other, "tree": tree}
        way = (await standing.get(PATH.format(id, "path"), params=params)).json()
        common = (await standing.get(PATH.format(id, "common-upline"), params=params)).json()["common_upline"]
        assert way["common_upline_id"] == (common and common["id"])
        return [(step["id"], step["slot"]) for step in way["steps"]], common

    way, common = await between("D5", "D6", "sponsor")
    assert way == [("D5", 0), ("D1", 0), ("D2", 0), ("D6", 0)]
    assert common == {"id": "D1", "name": "Name of D1", "distance": 1, "other_distance": 2}
    way, common = await between("D5", "D6", "binary")
    assert way == [("D5", 1), ("D4", 1), ("D6", 2)]
    assert common == {"id": "D4", "name": "Name of D4", "distance": 1, "other_distance": 1}
    way, common = await between("D2", "D5", "binary")
    assert way == [("D2", 1), ("D4", 1), ("D5", 1)]
    assert common == {"id": "D2", "name": "Name of D2", "distance": 0, "other_distance": 2}
    assert await between("D7", "D2", "binary") == ([], None), "D7 waits for a place"


@pytest.mark.parametrize("kind", ["path", "common-upline"])
async def test_a_way_is_told_only_between_people_whom_the_caller_sees(standing: Company, kind: str) -> None:
    """D2 sees D5 in the binary tree; the way by sponsor goes over D1, with id and name as an upline has them."""
    caller = token("distributor", "D2")
    seen = (await standing.get(PATH.format("D6", kind), caller, params={"other": "D5"})).json()
    if kind == "path":
        assert [set(step) for step in seen["steps"]] == [{"id", "name", "slot"}] * 4
    else:
        assert set(seen["common_upline"]) == {"id", "name", "distance", "other_distance"}
    refusals = []
    for id, other in (("D6", "D3"), ("D3", "D6"), ("D6", "D1"), ("D6", "nobody")):
        answer = await standing.get(PATH.format(id, kind), caller, params={"other": other})
        hidden = other if id == "D6" else id
        refusals.append((answer.status_code, answer.json()["type"], answer.json()["detail"].replace(hidden, "…")))
    assert len(set(refusals)) == 1
    assert refusals[0][:2] == (404, "/problems/unknown-distributor")


async def test_levels_are_counted(standing: Company) -> None:
    async def levels(**params: Any) -> tuple[list[tuple[int, int, int]], bool]:
        answer = (await standing.get(PATH.format("D1", "levels"), params=params)).json()
        assert {one["personal_pv"] for one in answer["levels"]} == {"0.00"}
        return [(one["level"], one["people"], one["active"]) for one in answer["levels"]], answer["more"]

    assert await levels(tree="sponsor") == ([(1, 4, 3), (2, 2, 2), (3, 1, 1)], False)
    assert await levels(tree="sponsor", depth=2) == ([(1, 4, 3), (2, 2, 2)], True)
    assert await levels(tree="binary") == ([(1, 2, 2), (2, 1, 1), (3, 2, 1)], False)


async def test_a_cursor_is_good_for_its_own_list_only(standing: Company) -> None:
    def of(id: str, kind: str, tree: str) -> tuple[str, dict[str, Any]]:
        return PATH.format(id, kind), {"tree": tree, "limit": 1}

    path, params = of("D1", "downline", "sponsor")
    cursor = (await standing.get(path, params=params)).json()["next_cursor"]
    assert (await standing.get(path, params={**params, "cursor": cursor})).status_code == 200
    others = [of("D1", "downline", "binary"), of("D2", "downline", "sponsor"), of("D1", "children", "sponsor")]
    mine = "downline/sponsor/D1"
    invented = ["x", "", "=", "é", "\x00", cursor + "A", cursor[:-1], " " + cursor, "MS4xLjE", "A" * 200]
    numbers = [Position(2**63, 1, 1), Position(1, 2**63, 1), Position(1, 1, 10**30), Position(-1, 1, 1)]
    attempts = [
        *((path, {**params, "cursor": cursor}) for path, params in others),
        *((path, {**params, "cursor": text}) for text in invented),
        *((path, {**params, "cursor": position.encode(mine)}) for position in numbers),
    ]
    for path, params in attempts:
        answer = await standing.get(path, params=params)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-cursor"), params
    longer = await standing.get(PATH.format("D1", "downline"), params={"cursor": "A" * 201})
    assert (longer.status_code, longer.json()["type"]) == (422, "/problems/invalid-input")


async def test_numbers_out_of_range_are_refused(standing: Company) -> None:
    for kind, query in [
        *(("downline", f"depth={depth}") for depth in (0, -1, 10_001, "deep", 10**30)),
        *(("downline", f"limit={limit}") for limit in (0, 1001)),
        ("children", "limit=1001"),
        ("upline", "levels=0"),
        ("legs", "limit=0"),
        ("levels", "depth=0"),
        ("path", "tree=sponsor"),
        ("common-upline", f"other={'x' * 101}"),
        ("downline/as-of", "tree=binary"),
        ("downline/as-of", "at=2026-03-05T00:00:00Z&known_at=then"),
        ("upline/as-of", "at=2026-03-05T00:00:00Z&levels=0"),
        ("moves", "limit=0"),
        ("moves", "offset=-1"),
        ("downline/as-of", "at=1772668800"),
        ("downline/as-of", "at=2026-03-05T00:00:00Z&limit=1001"),
        ("downline", "tree=stack"),
        ("downline", "period=2026-13"),
    ]:
        answer = await standing.get(f"{PATH.format('D1', kind)}?{query}")
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-input"), (kind, query)
    unknown = await standing.get(f"{PATH.format('D1', 'downline')}?period=2026-03")
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/unknown-period")


async def test_an_answer_that_still_holds_is_not_sent_again(ugly: Company) -> None:
    """The entity tag covers all but the as-of mark: an order elsewhere changes no card, a move does."""
    paths = ["/v1/distributors/D7", *(PATH.format("D2", kind) for kind in ("downline", "children", "upline"))]
    before = {path: await ugly.get(path) for path in paths}
    await ugly.enrol("D9", "D8")
    for path, first in before.items():
        tag = first.headers["etag"]
        assert first.headers["cache-control"] == "private, no-cache"
        for held in (tag, f'W/"other", {tag}'):
            kept = await ugly.get(path, headers={"If-None-Match": held})
            assert (kept.status_code, kept.content, kept.headers["etag"]) == (304, b"", tag), path
        assert (await ugly.get(path, headers={"If-None-Match": 'W/"other"'})).status_code == 200
    move = {"distributor_id": "D2", "tree": "sponsor", "new_parent_id": "D3", "reason": "asked for"}
    assert (await ugly.post("/v1/moves", move, key="m1")).status_code == 201
    move = {"distributor_id": "D7", "tree": "sponsor", "new_parent_id": "D8", "reason": "asked for"}
    assert (await ugly.post("/v1/moves", move, key="m2")).status_code == 201
    for path, first in before.items():
        changed = await ugly.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert changed.status_code == 200, path
        assert changed.headers["etag"] != first.headers["etag"]


async def test_pages_are_written_as_they_are_described(ugly: Company) -> None:
    """They are not made by their models, which would take longer than all else."""
    for kind, body in (("downline", DownlineBody), ("children", ChildrenBody)):
        for limit in (1, 50):
            answer = await ugly.get(PATH.format("D2", kind), params={"limit": limit})
            assert body.model_validate_json(answer.content).model_dump(mode="json") == answer.json()


@pytest.mark.parametrize("tree", ["sponsor", "binary"])
async def test_later_pages_are_of_the_tree_that_the_first_one_found(ugly: Company, tree: str) -> None:
    path, params = PATH.format("D1", "downline"), {"depth": 9, "limit": 1, "tree": tree}
    page = (await ugly.get(path, params=params)).json()
    found, mark, number = page["members"], page["tree_as_of"], 0
    while page["next_cursor"]:
        number += 1
        await ugly.enrol(f"N{number}", "D1", ("D3", 1) if number == 1 else None)
        place = {"new_parent_id": "D8"} if tree == "sponsor" else {"new_parent_id": "D3", "slot": 2}
        if number == 1:
            moved = {"distributor_id": "D6", "tree": tree, "reason": "wrong", **place}
            assert (await ugly.post("/v1/moves", moved, key="away")).status_code == 201
        page = (await ugly.get(path, params={**params, "cursor": page["next_cursor"]})).json()
        assert page["tree_as_of"] == mark
        found += page["members"]
    assert [(m["id"], m["level"], m["parent_id"]) for m in found] == [
        (id, level, PARENTS[tree][id]) for id, level in expected(tree, "D1", 9)
    ]
    begun_anew = (await ugly.get(path, params={**params, "limit": 50})).json()
    assert begun_anew["tree_as_of"]["seq"] > mark["seq"]
    assert {"N1", "D6"} <= {m["id"] for m in begun_anew["members"]} != {m["id"] for m in found}


async def test_later_pages_of_children_are_of_the_tree_that_the_first_one_found(ugly: Company) -> None:
    path, params = PATH.format("D1", "children"), {"limit": 2}
    first = (await ugly.get(path, params=params)).json()
    await ugly.enrol("D9", "D1")
    move = {"distributor_id": "D5", "tree": "sponsor", "new_parent_id": "D2", "reason": "wrong"}
    assert (await ugly.post("/v1/moves", move, key="m1")).status_code == 201
    rest = (await ugly.get(path, params={**params, "cursor": first["next_cursor"]})).json()
    assert [child["id"] for child in first["children"] + rest["children"]] == ["D2", "D3", "D4", "D5"]
    assert rest["next_cursor"] is None
    assert rest["tree_as_of"] == first["tree_as_of"]
    assert rest["total"] == 4, "how many stand there now: D5 left, D9 came"


async def test_a_cursor_ends_a_day_after_the_trees_went_on(ugly: Company, clock: SetClock) -> None:
    """Else whoever kept one could look for ever at people who were moved away from below them."""
    path, params = PATH.format("D1", "downline"), {"limit": 1}
    cursor = (await ugly.get(path, params=params)).json()["next_cursor"]
    clock.present += timedelta(days=3)
    later = token(now=clock.present)
    assert (await ugly.get(path, later, params={**params, "cursor": cursor})).status_code == 200, "nothing happened"
    assert (await ugly.post("/v1/distributors", newcomer("D9"), later, key="n1")).status_code == 201
    clock.present += timedelta(hours=23)
    later = token(now=clock.present)
    assert (await ugly.post("/v1/distributors", newcomer("D10"), later, key="n2")).status_code == 201
    assert (await ugly.get(path, later, params={**params, "cursor": cursor})).status_code == 200
    clock.present += timedelta(hours=2)
    later = token(now=clock.present)
    assert (await ugly.post("/v1/distributors", newcomer("D11"), later, key="n3")).status_code == 201
    refused = await ugly.get(path, later, params={**params, "cursor": cursor})
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid-cursor")
    made_up = Position(10**6, 1, 1).encode("downline/sponsor/D1")
    refused = await ugly.get(path, later, params={**params, "cursor": made_up})
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid-cursor")


def newcomer(id: str) -> dict[str, str]:
    return {"id": id, "sponsor_id": "D2", "name": f"Name of {id}", "enrolled_at": "2026-03-01T00:00:00Z"}


MANY = [
    (f"M{n}", f"M{(n * 7 + 1) % n}" if n else "D2", TITLES[n % 3], STATUSES[n % 2], REGIONS[n % 4], n * 10)
    for n in range(24)
]
"""Below D2: id, sponsor, title, status, region, and what they buy."""


@pytest.fixture
async def many(ugly: Company, graph: GraphDatabase) -> Company:
    """Two dozen people with titles, statuses, regions and orders, counted."""
    opened = await ugly.post("/v1/periods", {"name": "2026-04"}, key="april")
    assert opened.status_code == 201, opened.text
    for id, sponsor, title, status, region, pv in MANY:
        await ugly.enrol(id, sponsor, title=title, status=status, region=region)
        sale = {"id": f"O{id}", "buyer_id": id, "buyer_kind": "distributor", "placed_at": "2026-04-02T00:00:00Z"}
        if pv:
            sold = await ugly.post("/v1/orders", {**sale, "pv": f"{pv}.00", "cv": "0"}, key=f"sale-{id}")
            assert sold.status_code == 201, sold.text
    await roll_up(graph)
    return ugly


async def test_filters_let_through_whom_they_name(many: Company) -> None:
    path = PATH.format("D2", "downline")
    everybody = await walk(many, path, "members", depth=50, limit=50)
    assert {m["id"] for m in everybody} == {*(id for id, *_ in MANY), "D6", "D7"}
    cards = {id: (title, status, region) for id, _, title, status, region, _ in MANY}
    cards |= dict.fromkeys(("D6", "D7"), ("", "active", ""))
    questions: list[dict[str, Any]] = [
        {"title": ["Silver"]},
        {"title": ["Silver", ""], "status": ["active"]},
        {"status": ["suspended"], "region": ["EU", "Asia"]},
        {"region": ["nowhere"]},
        {"personal_pv_from": "50.00"},
        {"personal_pv_to": "0"},
        {"group_pv_from": "100", "group_pv_to": "900.00"},
        {"title": ["Gold"], "personal_pv_from": "100", "personal_pv_to": "200"},
    ]
    for asked, limit in itertools.product(questions, (1, 4, 50)):
        found = await walk(many, path, "members", depth=50, limit=limit, **asked)
        wanted = [
            member
            for member in everybody
            for title, status, region in [cards[member["id"]]]
            if title in asked.get("title", [title])
            and status in asked.get("status", [status])
            and region in asked.get("region", [region])
            and all(
                float(asked.get(f"{kind}_pv_from", member[f"{kind}_pv"]))
                <= float(member[f"{kind}_pv"])
                <= float(asked.get(f"{kind}_pv_to", member[f"{kind}_pv"]))
                for kind in ("personal", "group")
            )
        ]
        assert found == wanted, asked
        assert len(found) < len(everybody)


async def test_a_filtered_page_that_has_looked_at_enough_says_so(
    many: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.trees.repository.LOOKED_AT", 5)
    path, params = PATH.format("D2", "downline"), {"region": "nowhere", "depth": 50}
    page, pages = (await many.get(path, params=params)).json(), 1
    while page["next_cursor"]:
        assert (page["members"], page["stopped_early"]) == ([], True)
        page, pages = (await many.get(path, params={**params, "cursor": page["next_cursor"]})).json(), pages + 1
    assert (page["members"], page["stopped_early"], pages) == ([], False, 6)
    full = (await many.get(path, params={"depth": 50, "limit": 5})).json()
    assert not full["stopped_early"], "it is full"


async def test_ranks_are_filtered_by_the_newest_committed_run(many: Company, graph: GraphDatabase) -> None:
    path, params = PATH.format("D2", "downline"), {"rank": ["Gold", "Silver"], "depth": 50, "limit": 1}
    none = await many.get(path, params=params)
    assert (none.status_code, none.json()["type"]) == (404, "/problems/no-run")
    ranks = {9: "Gold", 12: "Bronze", 15: "Silver"}
    rows = [f"CREATE (:Statement {{run: '2026-03-x', ix: {ix}, rank: '{rank}'}})" for ix, rank in ranks.items()]
    run = "CREATE (:Run {id: '2026-03-x', calendar: 'monthly', period: 202603, state: 'committed', committed_seq: 9})"
    await graph.run_script("run", [run, *rows])
    found = await walk(many, path, "members", **params)
    assert sorted(m["id"] for m in found) == ["M1", "M7"]
    assert (await many.get(path, params=params)).json()["ranks_of_run"] == "2026-03-x"
    assert (await many.get(path)).json()["ranks_of_run"] is None


async def test_a_distributor_filters_their_own_downline(many: Company) -> None:
    caller, params = token("distributor", "D2"), {"title": "Silver", "depth": 50}
    own = await many.get(PATH.format("D2", "downline"), caller, params=params)
    assert own.status_code == 200
    assert {m["id"] for m in own.json()["members"]} == {id for id, _, title, *_ in MANY if title == "Silver"}
    assert (await many.get(PATH.format("D1", "downline"), caller, params=params)).status_code == 404


async def test_filters_that_cannot_be_are_refused(ugly: Company) -> None:
    path = PATH.format("D1", "downline")
    for query in (
        "status=gone",
        "personal_pv_from=-1",
        "personal_pv_to=1.234",
        "group_pv_from=many",
        "group_pv_from=10.01&group_pv_to=10",
        "title=" + "x" * 201,
        "region=%00",
        "&".join(["region=x"] * 51),
    ):
        answer = await ugly.get(f"{path}?{query}")
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-input"), query
    closed = await ugly.get(f"{path}?personal_pv_from=1")
    assert (closed.status_code, closed.json()["type"]) == (409, "/problems/period-not-open"), "no period is open"
    first = (await ugly.get(f"{path}?status=active&limit=1")).json()
    for query in ("", "status=suspended", "status=active&title=x"):
        answer = await ugly.get(f"{path}?{query}&limit=1&cursor={first['next_cursor']}")
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-cursor"), query


@pytest.mark.parametrize("question", ["levels", "downline?status=active"])
async def test_as_many_counts_at_a_time_as_there_are_seats(
    ugly: Company, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    """Four wait for the graph; the fifth is refused at once, whichever it asks for."""
    path, go, asking = PATH.format("D1", question), asyncio.Event(), asyncio.Semaphore(0)
    repository = ugly.app.state.services.trees._repository

    async def waits(read: Any, *given: Any, **more: Any) -> Any:
        asking.release()
        await go.wait()
        return await read(*given, **more)

    for name in ("level_summary", "downline"):
        monkeypatch.setattr(repository, name, partial(waits, getattr(repository, name)))
    four = [asyncio.create_task(ugly.get(path)) for _ in range(4)]
    for _ in four:
        await asyncio.wait_for(asking.acquire(), 20)
    for other in ("levels", "downline?region=x"):
        refused = await asyncio.wait_for(ugly.get(PATH.format("D1", other)), 20)
        assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-counts")
        assert int(refused.headers["retry-after"]) > 0
    go.set()
    assert [(await one).status_code for one in four] == [200] * 4
    assert (await ugly.get(path)).status_code == 200, "the seats are free again"


async def test_a_downline_as_it_stood_and_as_it_was_known(ugly: Company) -> None:
    async def below(**params: Any) -> list[tuple[str, str, int]]:
        answer = await ugly.get(PATH.format("D1", "downline/as-of"), params={"tree": "binary", **params})
        assert answer.status_code == 200, answer.text
        return [(one["id"], one["parent_id"], one["slot"]) for one in answer.json()["members"]]

    before = sorted((id, *place) for id, place in PLACES.items())
    moved_at = (await ugly.post("/v1/moves", MOVED, key="m1")).json()["receipt"]["recorded_at"]
    after = sorted([*before[:3], ("D5", "D3", 2), *before[4:]])
    assert sorted(await below(at=LATER)) == after
    assert sorted(await below(at="2026-03-02T00:00:00Z")) == before, "then nobody had moved"
    assert sorted(await below(at=LATER, known_at="2026-01-15T00:00:00Z")) == []
    assert sorted(await below(at=moved_at)) == after
    for caller, status in (("support", 200), ("distributor", 403)):
        bearer = token(caller, "D1") if caller == "distributor" else token(caller)
        answer = await ugly.get(PATH.format("D1", "downline/as-of"), bearer, params={"at": LATER})
        assert answer.status_code == status


async def test_a_tree_at_a_periods_end_is_the_one_that_was_paid(ugly: Company, migrated_graph: GraphDatabase) -> None:
    """As known when it was closed, unless asked otherwise: a move that is dated back into it came too late."""
    below, above = PATH.format("D1", "downline/as-of"), PATH.format("D5", "upline/as-of")

    async def told(**params: Any) -> tuple[tuple[str, int], list[tuple[str, int]]]:
        params = {"tree": "binary", "period": "2026-03", **params}
        down, up = [(await ugly.get(path, params=params)) for path in (below, above)]
        assert (down.status_code, up.status_code) == (200, 200), (down.text, up.text)
        assert down.json()["at"] == up.json()["at"] == "2026-03-31T23:59:59.999Z"
        assert down.json()["period"] == up.json()["period"] == "2026-03"
        assert down.json()["as_of"] == up.json()["as_of"]
        [place] = [(one["parent_id"], one["slot"]) for one in down.json()["members"] if one["id"] == "D5"]
        return place, [(one["id"], one["slot"]) for one in up.json()["upline"]]

    assert (await ugly.post("/v1/periods", {"name": "2026-03"}, key="open")).status_code == 201
    for path in (below, above):
        early = await ugly.get(path, params={"period": "2026-03"})
        assert (early.status_code, early.json()["type"]) == (409, "/problems/period-open")
        both = await ugly.get(path, params={"period": "2026-03", "at": LATER})
        assert (both.status_code, both.json()["type"]) == (422, "/problems/invalid-input")
        assert (await ugly.get(path, params={"period": "2026-04"})).status_code == 404
        bearer = token("distributor", "D1")
        assert (await ugly.get(path, bearer, params={"period": "2026-03"})).status_code == 403
    before = (("D4", 1), [("D4", 1), ("D2", 1), ("D1", 1)])
    assert await told(known_at="now") == before
    assert (await ugly.post("/v1/periods/2026-03/close", {}, key="close")).status_code == 201
    back = {**MOVED, "effective_at": "2026-03-20T00:00:00Z"}
    moved = (await ugly.post("/v1/moves", back, key="m1")).json()["receipt"]["recorded_at"]
    assert await told() == before

    async def told_while_somebody_writes(tx: GraphTransaction) -> object:
        await take_head(tx)
        return await asyncio.wait_for(told(), 60)

    assert await migrated_graph.write(told_while_somebody_writes, name="hold_head") == before, "it waits for nobody"
    after = (("D3", 2), [("D3", 2), ("D1", 2)])
    assert await told(known_at="now") == after
    assert await told(known_at=moved) == after
    near = {"tree": "binary", "at": "2026-03-10T00:00:00Z", "levels": 2}
    assert [one["id"] for one in (await ugly.get(above, params=near)).json()["upline"]] == ["D4", "D2"]


async def test_later_pages_of_a_former_downline_know_what_the_first_knew(ugly: Company) -> None:
    path, params = PATH.format("D1", "downline/as-of"), {"tree": "binary", "at": LATER, "limit": 2}
    page = (await ugly.get(path, params=params)).json()
    members = page["members"]
    assert (await ugly.post("/v1/moves", MOVED, key="m1")).status_code == 201
    while page["next_cursor"]:
        for other in ({"at": "2026-03-05T00:00:00Z"}, {"tree": "sponsor"}, {"known_at": "2026-03-02T00:00:00Z"}):
            refused = await ugly.get(path, params={**params, "cursor": page["next_cursor"], **other})
            assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid-cursor"), other
        page = (await ugly.get(path, params={**params, "cursor": page["next_cursor"]})).json()
        members += page["members"]
    assert sorted((one["id"], one["parent_id"], one["slot"]) for one in members) == sorted(
        (id, *place) for id, place in PLACES.items()
    )

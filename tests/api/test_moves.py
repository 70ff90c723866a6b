"""Moves, terminations and their policy over HTTP: previews write nothing, refusals say which rule."""

import pytest

from app.graph import GraphDatabase
from tests.api.conftest import Company, roll_up, token

pytestmark = pytest.mark.anyio
MOVE = {"distributor_id": "D7", "tree": "sponsor", "new_parent_id": "D3", "reason": "asked for"}


async def last_seq(company: Company) -> int:
    seq: int = (await company.get("/v1/search", params={"q": "D1"})).json()["as_of"]["seq"]
    return seq


async def test_a_preview_says_who_loses_and_gains_and_writes_nothing(
    ugly: Company, migrated_graph: GraphDatabase
) -> None:
    await roll_up(migrated_graph)
    before = await last_seq(ugly)
    answer = await ugly.post("/v1/moves/preview", MOVE, bearer=token("support"))
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["allowed"], found["refusal"]) == (True, None)
    gains = {one["id"]: one["people"]["after"] - one["people"]["before"] for one in found["people"]}
    assert gains["D3"] == found["subtree"] > 0
    assert await last_seq(ugly) == before == found["as_of"]["seq"]
    assert (await ugly.post("/v1/moves/preview", MOVE, bearer=token("distributor", "D2"))).status_code == 403
    cycle = (await ugly.post("/v1/moves/preview", {**MOVE, "distributor_id": "D1", "new_parent_id": "D7"})).json()
    assert (cycle["allowed"], cycle["refusal"]["type"]) == (False, "/problems/cycle"), cycle
    assert (await ugly.post("/v1/moves/preview", {**MOVE, "distributor_id": "nobody"})).status_code == 404


async def test_a_strategy_chooses_the_slot(ugly: Company) -> None:
    """D6 stands right of D4, below D2; below D3 both slots are open."""
    move = {"distributor_id": "D6", "tree": "binary", "new_parent_id": "D2", "reason": "asked for"}
    for wrong in ({}, {"slot": 1, "strategy": "first_open"}, {"strategy": "nearest"}):
        answer = await ugly.post("/v1/moves", {**move, **wrong}, key="wrong")
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-input"), answer.text
    sponsor = {**move, "tree": "sponsor", "strategy": "first_open"}
    assert (await ugly.post("/v1/moves", sponsor, key="wrong")).status_code == 422
    move["strategy"] = "outside_right"
    goal = {"new_parent_id": "D2", "slot": 2, "why": "the outside of the right leg of D2"}
    foretold = (await ugly.post("/v1/moves/preview", move)).json()
    assert (foretold["allowed"], foretold["goal"]) == (True, goal)
    await ugly.enrol("D9", "D2", ("D2", 2))
    moved = (await ugly.post("/v1/moves", move, key="move")).json()
    assert {name: moved[name] for name in goal} == {**goal, "new_parent_id": "D9"}, "D2's is taken by now"
    card = (await ugly.get("/v1/distributors/D6")).json()
    assert (card["parent_id"], card["slot"]) == ("D9", 2)
    again = await ugly.post("/v1/moves", move, key="move")
    assert (again.headers["idempotency-replayed"], again.json()) == ("true", moved)
    inside = {**move, "distributor_id": "D9", "strategy": "outside_right"}
    refused = (await ugly.post("/v1/moves/preview", inside)).json()
    assert (refused["allowed"], refused["goal"], refused["refusal"]["type"]) == (False, None, "/problems/same-place")


async def test_somebody_moves_alone(ugly: Company) -> None:
    """D4 stands left below D2, above D5 and D6."""
    move = {
        "distributor_id": "D4",
        "tree": "binary",
        "new_parent_id": "D3",
        "slot": 1,
        "alone": True,
        "reason": "asked",
    }
    foretold = (await ugly.post("/v1/moves/preview", move)).json()
    assert (foretold["allowed"], foretold["subtree"], foretold["goal"]["new_parent_id"]) == (True, 1, "D3")
    others = [(one["id"], one["tree"], one["new_parent_id"], one["slot"]) for one in foretold["others"]]
    assert others == [("D6", "binary", "D5", 2), ("D5", "binary", "D2", 1)]
    answer = await ugly.post("/v1/moves", move, key="move")
    assert (answer.status_code, answer.json()["new_parent_id"], answer.json()["slot"]) == (201, "D3", 1), answer.text
    cards = {id: (await ugly.get(f"/v1/distributors/{id}")).json() for id in ("D4", "D5", "D6")}
    assert {id: (card["parent_id"], card["slot"]) for id, card in cards.items()} == {
        "D4": ("D3", 1),
        "D5": ("D2", 1),
        "D6": ("D5", 2),
    }
    again = await ugly.post("/v1/moves", move, key="move")
    assert (again.headers["idempotency-replayed"], again.json()) == ("true", answer.json())
    told = (await ugly.get("/v1/distributors/D6/moves", params={"tree": "binary"})).json()["moves"]
    assert [(one["parent_id"], one["reason"]) for one in told] == [("D4", ""), ("D5", "asked")]


async def test_the_policy_refuses_and_is_overridden_by_name(ugly: Company) -> None:
    assert (await ugly.get("/v1/moves/policy")).json()["seq"] == 0
    policy = {"zone": "UTC", "sponsor": {"window_days": 0}, "reason": "nobody moves"}
    assert (await ugly.post("/v1/moves/policy", policy, key="policy")).status_code == 201
    assert (await ugly.get("/v1/moves/policy")).json()["sponsor"]["window_days"] == 0
    refused = await ugly.post("/v1/moves", MOVE, key="move")
    assert (refused.status_code, refused.json()["type"], refused.json()["rules"]) == (
        409,
        "/problems/policy",
        ["window_days"],
    )
    foretold = (await ugly.post("/v1/moves/preview", MOVE)).json()
    assert (foretold["allowed"], foretold["refusal"]["rules"]) == (False, ["window_days"])
    assert foretold["people"], "what it would change is told all the same"
    assert (await ugly.post("/v1/moves", {**MOVE, "override": True}, key="move")).status_code == 201
    assert (await ugly.post("/v1/moves/policy", {**policy, "zone": "Mars"}, key="mars")).status_code == 422


async def test_who_leaves_may_be_promoted_away_and_comes_back_without_a_place(ugly: Company) -> None:
    """D4 stands below D2, above D5 and D6."""
    path, leaving = "/v1/distributors/D4", {"consequence": "promote", "trees": ["binary"], "reason": "left"}
    foretold = (await ugly.post(f"{path}/termination/preview", leaving)).json()
    assert foretold["allowed"], foretold
    assert {(one["tree"], one["id"]) for one in foretold["people"]} == {
        ("binary", id) for id in ("D1", "D2", "D4", "D5")
    }
    gone = await ugly.post(f"{path}/termination", leaving, key="gone")
    assert (gone.status_code, gone.json()["note"]) == (201, None), gone.text
    places = {id: (await ugly.get(f"/v1/distributors/{id}")).json() for id in ("D4", "D5", "D6")}
    found = {id: (card["parent_id"], card["slot"], card["sponsor_id"]) for id, card in places.items()}
    assert found == {"D4": (None, 0, "D1"), "D5": ("D2", 1, "D1"), "D6": ("D5", 2, "D2")}
    back = await ugly.post(f"{path}/reinstatement", {"reason": "came back"}, key="back")
    assert back.json()["note"] == "D4 gave up their place in the binary tree; POST /v1/placements gives a new one."
    place = {"distributor_id": "D4", "placement": {"kind": "explicit", "parent_id": "D6", "slot": 1}}
    place["placed_at"] = "2026-04-15T12:00:00Z"
    placed = await ugly.post("/v1/placements", place, key="anew")
    assert placed.status_code == 201, placed.text
    again = await ugly.post(f"{path}/reinstatement", {"reason": "came back"}, key="back")
    assert (again.headers["idempotency-replayed"], again.json()["note"]) == ("true", back.json()["note"])
    wrong = await ugly.post(f"{path}/termination", {**leaving, "consequence": "keep_hole"}, key="wrong")
    assert (wrong.status_code, wrong.json()["type"]) == (422, "/problems/invalid-command")
    leaving["trees"] = ["matrix"]
    nowhere = await ugly.post(f"{path}/termination", leaving, key="nowhere")
    assert (nowhere.status_code, nowhere.json()["type"]) == (409, "/problems/not-placed"), nowhere.text
    top = {"consequence": "promote", "reason": "left"}
    foretold = await ugly.post("/v1/distributors/D1/termination/preview", top)
    assert (foretold.status_code, foretold.json()["allowed"]) == (200, False), foretold.text
    assert foretold.json()["refusal"]["type"] == "/problems/invalid-command"


async def test_who_is_terminated_buys_no_more_and_comes_back(ugly: Company) -> None:
    path = "/v1/distributors/D7"
    ranks = await ugly.post(f"{path}/termination/preview", {"reason": "left"})
    assert (ranks.status_code, ranks.json()["allowed"]) == (200, True), ranks.text
    gone = (await ugly.post(f"{path}/termination", {"reason": "left"}, key="t")).json()
    assert (gone["status"], gone["was"], gone["unchanged_through"]) == ("terminated", "active", None)
    assert (await ugly.get(path)).json()["status"] == "terminated"
    assert (await ugly.post(f"{path}/termination", {"reason": "left"}, key="t2")).json()[
        "type"
    ] == "/problems/terminated"
    back = await ugly.post(f"{path}/reinstatement", {"reason": "came back"}, key="r")
    assert (back.status_code, (await ugly.get(path)).json()["status"]) == (201, "active")


async def test_somebodys_places_are_told_with_whose_word_they_are(ugly: Company) -> None:
    """A move, and one that is dated back over it: what was said before is there still, and says what corrected it."""
    path = "/v1/distributors/D7/moves"
    for number, (parent, since) in enumerate((("D3", None), ("D4", "2026-03-20T00:00:00Z"))):
        body = {**MOVE, "new_parent_id": parent, "reason": f"reason {number}"}
        answer = await ugly.post("/v1/moves", body | ({"effective_at": since} if since else {}), key=f"move {number}")
        assert answer.status_code == 201, answer.text
    last = await last_seq(ugly)
    found = (await ugly.get(path)).json()
    assert (found["id"], found["tree"], found["total"], found["as_of"]["seq"]) == ("D7", "sponsor", 4, last)
    came, over = "2026-03-01T00:00:00.000Z", "2026-03-20T00:00:00.000Z"
    said = [
        (one["parent_id"], one["valid_from"], one["valid_to"], one["kind"], one["reason"], one["corrected_seq"])
        for one in found["moves"]
    ]
    moved_at = found["moves"][0]["valid_to"]
    assert said == [
        ("D6", came, moved_at, "Enrol", "", last),
        ("D6", came, over, "Move", "reason 1", None),
        ("D4", over, None, "Move", "reason 1", None),
        ("D3", moved_at, moved_at, "Move", "reason 0", last),
    ]
    assert {one["actor"] for one in found["moves"]} == {"admin"}
    assert [one["parent_name"] for one in found["moves"]] == [f"Name of {id}" for id, *_ in said]
    second = (await ugly.get(path, params={"limit": 2, "offset": 2})).json()
    assert (second["moves"], second["total"]) == (found["moves"][2:], 4)
    hidden = [{**one, "actor": None, "reason": None} for one in found["moves"]]
    assert (await ugly.get(path, token("distributor", "D1"))).json()["moves"] == hidden, "D1 sees them all"
    for one in hidden:
        if one["parent_id"] != "D4":
            one |= {"parent_id": None, "parent_name": None}
    own = (await ugly.get(path, token("distributor", "D7"))).json()["moves"]
    assert own == hidden, "D3 and D6 are people of other lines"
    assert (await ugly.get(path, token("distributor", "D8"))).json()["type"] == "/problems/unknown-distributor"
    assert (await ugly.get(path, params={"tree": "binary"})).json()["moves"] == []
    placed = (await ugly.get("/v1/distributors/D5/moves", params={"tree": "binary"})).json()["moves"]
    assert [(one["parent_id"], one["slot"], one["valid_to"]) for one in placed] == [("D4", 1, None)]


async def test_a_former_parent_below_the_caller_or_above_the_person_is_named(ugly: Company) -> None:
    """D5 leaves D1 for D2, under whom D5 stands in the binary tree, and D2 for D6, whom D2 sponsors."""
    for number, parent in enumerate(("D2", "D8", "D6")):
        move = {**MOVE, "distributor_id": "D5", "new_parent_id": parent}
        assert (await ugly.post("/v1/moves", move, key=f"move {number}")).status_code == 201

    async def parents(caller: str) -> list[str | None]:
        found = (await ugly.get("/v1/distributors/D5/moves", token("distributor", caller))).json()["moves"]
        assert [one["parent_name"] for one in found] == [
            None if one["parent_id"] is None else f"Name of {one['parent_id']}" for one in found
        ]
        return [one["parent_id"] for one in found]

    assert await parents("D5") == ["D1", "D2", None, "D6"], "D1 and D2 stand above still, D8 in another line"
    assert await parents("D2") == ["D1", "D2", None, "D6"]
    assert await parents("D1") == ["D1", "D2", "D8", "D6"]

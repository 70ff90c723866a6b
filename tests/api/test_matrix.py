"""The matrix over HTTP, beside the sponsor tree and the binary tree of the same people."""

from typing import Any

import pytest

from tests.api.conftest import Company, token
from tests.api.test_places import AT, put

pytestmark = pytest.mark.anyio


async def seat(company: Company, id: str, placement: dict[str, Any] | None = None) -> Any:
    body: dict[str, Any] = {"distributor_id": id, "tree": "matrix", "placed_at": AT}
    body["placement"] = placement or {"kind": "below_sponsor", "strategy": "first_open"}
    return await company.post("/v1/placements", body, key=f"seat-{id}")


async def test_a_matrix_is_kept_filled_and_asked_about(ugly: Company) -> None:
    """`ugly`: D1 sponsors D2 and D3; who is sponsored where stands elsewhere in the binary tree."""
    assert (await ugly.get("/v1/matrix")).json()["width"] is None
    early = await seat(ugly, "D2")
    assert (early.status_code, early.json()["type"]) == (409, "/problems/no-matrix")
    wish = {"width": 2, "depth": 3, "reason": "plan of 2026"}
    assert (await put(ugly, "/v1/matrix", wish, token("support"), "m-support")).status_code == 403
    assert (await put(ugly, "/v1/matrix", {**wish, "width": 0}, token(), "m-0")).status_code == 422
    kept = await put(ugly, "/v1/matrix", wish, token(), "m-1")
    assert (kept.status_code, kept.json()["receipt"]["kind"]) == (200, "KeepMatrix")
    said = (await ugly.get("/v1/matrix", token("distributor", "D2"))).json()
    assert (said["width"], said["depth"]) == (2, 3)

    sponsored = {one: (await ugly.get(f"/v1/distributors/{one}")).json()["sponsor_id"] for one in ("D2", "D3", "D4")}
    for id in ("D2", "D3"):
        placed = await seat(ugly, id, {"kind": "explicit", "parent_id": sponsored[id], "slot": int(id[1:]) - 1})
        assert placed.status_code == 201, placed.text
    told = (await ugly.get(f"/v1/distributors/{sponsored['D4']}/place", params={"tree": "matrix"})).json()
    placed = (await seat(ugly, "D4")).json()
    assert (placed["parent_id"], placed["slot"], placed["why"]) == (told["parent_id"], told["slot"], told["why"])
    wide = await ugly.get("/v1/distributors/D1/place", params={"tree": "matrix", "strategy": "outside_left"})
    assert wide.json()["why"] == "there is no strategy outside_left in the matrix"
    open_slots = (await ugly.get("/v1/distributors/D1/open-slots", params={"tree": "matrix", "limit": 3})).json()
    assert open_slots["tree"] == "matrix"
    assert len(open_slots["open_slots"]) == 3

    again = await put(ugly, "/v1/matrix", {**wish, "width": 3}, token(), "m-2")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/matrix-conflict")
    third = await seat(ugly, "D5", {"kind": "explicit", "parent_id": "D1", "slot": 3})
    assert third.status_code == 422


async def test_an_enrolment_gives_a_place_in_it_beside_the_binary_one(ugly: Company) -> None:
    body = {"id": "N1", "sponsor_id": "D1", "name": "N", "enrolled_at": AT}
    wish = {"matrix_placement": {"kind": "below_sponsor", "strategy": "first_open"}}
    early = await ugly.post("/v1/distributors", body | wish, key="early")
    assert (early.status_code, early.json()["type"]) == (409, "/problems/no-matrix")
    assert (await put(ugly, "/v1/matrix", {"width": 2, "depth": 3}, token(), "m-1")).status_code == 200
    assert (await seat(ugly, "D2", {"kind": "explicit", "parent_id": "D1", "slot": 1})).status_code == 201
    tank = {"matrix_placement": {"kind": "holding_tank", "until": AT}}
    assert (await ugly.post("/v1/distributors", body | tank, key="tank")).status_code == 422
    answer = await ugly.post("/v1/distributors", body | wish, key="seated")
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert (said["matrix_parent_id"], said["matrix_slot"]) == ("D1", 2)
    assert said["matrix_why"] == "the first open slot below D1, on level 1"
    assert (said["parent_id"], said["slot"], said["receipt"]["kind"]) == (None, 0, "Enrol")
    by_hand = {"matrix_placement": {"kind": "explicit", "parent_id": "N1", "slot": 2}}
    assert (await ugly.post("/v1/distributors", {**body, "id": "N2"} | by_hand, key="hand")).status_code == 201
    card = (await ugly.get("/v1/distributors/N2")).json()
    assert (card["matrix_parent_id"], card["matrix_slot"], card["parent_id"]) == ("N1", 2, None)
    plain = await ugly.post("/v1/distributors", {**body, "id": "N3"}, key="plain")
    assert (plain.json()["matrix_parent_id"], plain.json()["matrix_slot"]) == (None, 0)


async def test_every_question_about_a_tree_is_answered_of_the_matrix(ugly: Company) -> None:
    assert (await put(ugly, "/v1/matrix", {"width": 3, "depth": 9}, token(), "m-1")).status_code == 200
    ids = ["D2", "D3", "D4", "D5", "D6"]
    for number, id in enumerate(ids):
        parent = "D1" if number < 3 else "D2"
        sponsor = (await ugly.get(f"/v1/distributors/{id}")).json()["sponsor_id"]
        placement = {"kind": "explicit", "parent_id": parent, "slot": 1 + number % 3}
        answer = await seat(ugly, id, placement)
        if answer.status_code == 409:  # not below their sponsor: then where the search puts them
            assert answer.json()["type"] == "/problems/outside-sponsor", (id, sponsor)
            answer = await ugly.post(
                "/v1/placements",
                {
                    "distributor_id": id,
                    "tree": "matrix",
                    "placed_at": AT,
                    "placement": {"kind": "below_sponsor", "strategy": "first_open"},
                },
                key=f"search-{id}",
            )
        assert answer.status_code == 201, answer.text
    below = (await ugly.get("/v1/distributors/D1/downline", params={"tree": "matrix", "depth": 9})).json()
    assert sorted(one["id"] for one in below["members"]) == ids
    assert below["tree"] == "matrix"
    parents = {one["id"]: one["parent_id"] for one in below["members"]}
    legs = (await ugly.get("/v1/distributors/D1/legs", params={"tree": "matrix"})).json()
    assert [leg["slot"] for leg in legs["legs"]] == sorted(leg["slot"] for leg in legs["legs"])
    assert {leg["id"] for leg in legs["legs"]} == {id for id, parent in parents.items() if parent == "D1"}
    for path in ("upline", "levels", "children", "volumes"):
        answer = await ugly.get(f"/v1/distributors/D6/{path}", params={"tree": "matrix"})
        assert answer.status_code == 200, (path, answer.text)
    await told_by_cards_and_children(ugly, below["members"])
    up = (await ugly.get("/v1/distributors/D6/upline", params={"tree": "matrix"})).json()
    assert up["upline"][0]["id"] == parents["D6"]

    await seen_by_those_above_in_the_matrix(ugly, parents)
    body = {"distributor_id": "D6", "tree": "matrix", "new_parent_id": "D3", "slot": 2, "reason": "asked for"}
    preview = (await ugly.post("/v1/moves/preview", body)).json()
    assert preview["refusal"] is None, preview
    moved = await ugly.post("/v1/moves", body, key="move")
    assert moved.status_code == 201, moved.text
    after = (await ugly.get("/v1/distributors/D6/upline", params={"tree": "matrix"})).json()
    assert after["upline"][0]["id"] == "D3"
    assert (await ugly.post("/v1/moves", {**body, "slot": None}, key="no-slot")).status_code == 422


async def told_by_cards_and_children(company: Company, members: list[dict[str, Any]]) -> None:
    """`members` stand below D1 in the matrix; D8 has no place in it."""
    for one in members:
        card = (await company.get(f"/v1/distributors/{one['id']}")).json()
        assert (card["matrix_parent_id"], card["matrix_slot"]) == (one["parent_id"], one["slot"])
    for id in ("D1", "D2", "D8"):
        directly = {one["id"]: one["slot"] for one in members if one["parent_id"] == id}
        card = (await company.get(f"/v1/distributors/{id}")).json()
        children = (await company.get(f"/v1/distributors/{id}/children", params={"tree": "matrix"})).json()
        assert {one["id"]: one["slot"] for one in children["children"]} == directly
        assert card["matrix_below"] == children["total"] == len(directly)
    waiting = (await company.get("/v1/distributors/D8")).json()
    assert (waiting["matrix_parent_id"], waiting["matrix_slot"]) == (None, 0)


async def seen_by_those_above_in_the_matrix(company: Company, parents: dict[str, str]) -> None:
    above = parents["D6"]
    seen = await company.get("/v1/distributors/D6", token("distributor", above))
    assert seen.status_code == 200
    found = (await company.get("/v1/search", token("distributor", above), params={"q": "D6"})).json()
    assert "D6" in str(found)

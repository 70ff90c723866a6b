"""Open slots, strategies, preferences and the holding tank over HTTP."""

from typing import Any

import pytest

from tests.api.conftest import Company, token

pytestmark = pytest.mark.anyio
AT = "2026-03-02T00:00:00Z"


async def put(company: Company, path: str, body: Any, bearer: str, key: str) -> Any:
    async with company.caller(bearer) as client:
        return await client.put(path, json=body, headers={"Idempotency-Key": key})


async def enrolled(company: Company, id: str, sponsor: str, placement: dict[str, Any]) -> dict[str, Any]:
    body = {"id": id, "sponsor_id": sponsor, "name": id, "enrolled_at": AT, "placement": placement}
    answer = await company.post("/v1/distributors", body, key=f"enrol-{id}")
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_place_is_told_before_and_taken_with_its_reason(ugly: Company) -> None:
    said = (await ugly.get("/v1/distributors/D1/place", params={"strategy": "outside_left"})).json()
    assert (said["parent_id"], said["slot"], said["why"]) == ("D5", 1, "the outside of the left leg of D1")
    taken = await enrolled(ugly, "N1", "D1", {"kind": "below_sponsor", "strategy": "outside_left"})
    assert (taken["parent_id"], taken["slot"], taken["why"]) == ("D5", 1, said["why"])
    again = (await ugly.get("/v1/distributors/D1/place", params={"strategy": "outside_left"})).json()
    assert again["parent_id"] == "N1"
    nowhere = (await ugly.get("/v1/distributors/D8/place")).json()
    assert (nowhere["parent_id"], nowhere["slot"]) == (None, 0)
    assert "no place" in nowhere["why"]
    refused = await ugly.get("/v1/distributors/D1/place", params={"strategy": "somewhere"})
    assert (refused.status_code, refused.json()["fields"][0]["location"]) == (422, ["query", "strategy"])


async def test_open_slots_nearest_first(ugly: Company) -> None:
    found = (await ugly.get("/v1/distributors/D1/open-slots", params={"limit": 4})).json()["open_slots"]
    assert [(one["level"], one["parent_id"], one["slot"]) for one in found] == [
        (2, "D2", 2),
        (2, "D3", 1),
        (2, "D3", 2),
        (4, "D5", 1),
    ]
    below = (await ugly.get("/v1/distributors/D2/open-slots", token("distributor", "D2"))).json()["open_slots"]
    assert {one["parent_id"] for one in below} == {"D2", "D5", "D6"}
    assert (await ugly.get("/v1/distributors/D1/open-slots", token("distributor", "D2"))).status_code == 404


async def test_a_preference_is_the_persons_own(ugly: Company) -> None:
    path, wish = "/v1/distributors/D2/preference", {"preference": "inside_left"}
    for bearer, status in (
        (token("support"), 403),
        (token("distributor", "D1"), 403),
        (token("distributor", "D3"), 404),
        (token("distributor", "D2"), 200),
        (token(), 200),
    ):
        assert (await put(ugly, path, wish, bearer, f"k-{status}")).status_code == status
    said = (await ugly.get("/v1/distributors/D2/place")).json()
    assert (said["parent_id"], said["slot"], said["why"]) == ("D6", 2, "the inside of the left leg of D2")
    repeated = await put(ugly, path, wish, token(), "k-200")
    assert repeated.headers["Idempotency-Replayed"] == "true"
    other = await put(ugly, path, {"preference": "first_open"}, token(), "k-200")
    assert other.json()["type"] == "/problems/idempotency-key-reused"
    assert (await put(ugly, path, {"preference": None}, token(), "k-none")).status_code == 200
    assert (await ugly.get("/v1/distributors/D2/place")).json()["why"] == "the first open slot below D2"
    assert (await put(ugly, path, {"preference": "preference"}, token(), "k-odd")).status_code == 422


async def test_the_holding_tank_by_pages(ugly: Company) -> None:
    for number, day in enumerate((5, 3, 4)):
        tank = {"kind": "holding_tank", "until": f"2026-05-0{day}T00:00:00Z", "then": "left_leg"}
        held = await enrolled(ugly, f"N{number}", "D8" if number else "D1", tank)
        assert (held["parent_id"], held["slot"]) == (None, 0)
    first = (await ugly.get("/v1/holding-tank", params={"limit": 2})).json()
    assert [one["id"] for one in first["held"]] == ["N1", "N2"]
    assert [one["sponsor_placed"] for one in first["held"]] == [False, False]
    rest = (await ugly.get("/v1/holding-tank", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert rest["held"] == [
        {
            "id": "N0",
            "name": "N0",
            "sponsor_id": "D1",
            "sponsor_placed": True,
            "until": "2026-05-05T00:00:00.000Z",
            "then": "left_leg",
        }
    ]
    assert rest["next_cursor"] is None
    assert (await ugly.get("/v1/holding-tank", token("distributor", "D1"))).status_code == 403
    place = {"distributor_id": "N0", "placement": {"kind": "explicit", "parent_id": "D3", "slot": 1}, "placed_at": AT}
    assert (await ugly.post("/v1/placements", place, key="place")).status_code == 201
    assert [one["id"] for one in (await ugly.get("/v1/holding-tank")).json()["held"]] == ["N1", "N2"]

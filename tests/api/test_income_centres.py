"""Several positions of one owner, beside people who hold one."""

import pytest

from tests.api.conftest import Company, token

pytestmark = pytest.mark.anyio


async def test_every_position_of_an_owner_is_found_from_any_of_them(ugly: Company) -> None:
    await ugly.enrol("C1", "D1", ("D3", 1))
    await ugly.enrol("C2", "C1", ("C1", 1), owner="C1")
    await ugly.enrol("C3", "C1", ("C1", 2), owner="C1")
    await ugly.enrol("P1", "D1", owner="a family")
    await ugly.enrol("P2", "D2", owner="a family")
    for id in ("C1", "C2", "C3"):
        found = (await ugly.get(f"/v1/distributors/{id}/income-centres")).json()
        assert (found["id"], found["owner"]) == (id, "C1")
        assert [(one["id"], one["sponsor_id"], one["parent_id"], one["slot"]) for one in found["income_centres"]] == [
            ("C1", "D1", "D3", 1),
            ("C2", "C1", "C1", 1),
            ("C3", "C1", "C1", 2),
        ]
    family = (await ugly.get("/v1/distributors/P2/income-centres")).json()
    assert (family["owner"], [one["id"] for one in family["income_centres"]]) == ("a family", ["P1", "P2"])
    alone = (await ugly.get("/v1/distributors/D4/income-centres")).json()
    assert (alone["owner"], [one["id"] for one in alone["income_centres"]]) == ("D4", ["D4"])


async def test_who_owns_what_is_told_to_staff_and_to_the_owner(ugly: Company) -> None:
    path = "/v1/distributors/D3/income-centres"
    for bearer, status in (
        (token("support"), 200),
        (token("distributor", "D3"), 200),
        (token("distributor", "D1"), 403),
        (token("distributor", "D8"), 404),
    ):
        assert (await ugly.get(path, bearer)).status_code == status
    assert (await ugly.get("/v1/distributors/nobody/income-centres")).status_code == 404

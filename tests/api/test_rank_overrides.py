"""Decided ranks over HTTP: who may, what is refused, and what report card and statement say."""

import json
from typing import Any

import pytest

from app.plans.loader import parse_plan
from tests.api.conftest import Company, token
from tests.api.test_figures import close_march, month, services  # noqa: F401  a fixture

pytestmark = pytest.mark.anyio
PATH = "/v1/distributors/D7/rank-overrides"
SAID = {"rank": "Director", "since": "2026-03-01", "until": "2026-12-31", "reason": "transfer from Lisbon"}
PLAN: dict[str, Any] = {
    "name": "Three ranks",
    "version": "1",
    "currency": "EUR",
    "ranks": [
        {"name": "Member"},
        {"name": "Silver", "requires": {"personal_pv": 100, "window": {"met": 2, "of": 2}}},
        {"name": "Director", "requires": {"group_pv": 9999}},
    ],
    "bonuses": [{"type": "unilevel", "name": "Levels", "levels_by_rank": {"Member": ["5%"], "Director": ["10%"]}}],
}


async def test_a_rank_is_decided_seen_by_a_run_and_ended(month: Company) -> None:  # noqa: F811
    for bearer in (token("support"), token("distributor", "D7")):
        assert (await month.post(PATH, SAID, bearer, key="not mine")).status_code == 403
    for wrong in ({"reason": ""}, {"rank": ""}, {"until": "2026-02-28"}, {"until": "soon"}, {"more": 1}):
        assert (await month.post(PATH, SAID | wrong, key=f"wrong {wrong}")).status_code == 422
    none = await month.post(f"{PATH}/end", {"since": "2026-03-01", "reason": "a slip"}, key="nothing to end")
    assert (none.status_code, none.json()["type"]) == (409, "/problems/no-rank-override")
    strange = await month.post(PATH.replace("D7", "D99"), SAID, key="nobody")
    assert strange.status_code == 404

    ann = token(subject="ann")
    decided = await month.post(PATH, SAID, ann, key="decided")
    assert (decided.status_code, decided.json()["receipt"]["kind"]) == (201, "OverrideRank"), decided.text
    again = await month.post(PATH, SAID, ann, key="decided")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    other = await month.post(PATH, SAID | {"rank": "Silver"}, ann, key="decided")
    assert other.status_code == 409

    await close_march(month)
    plan = parse_plan(json.dumps(PLAN).encode(), "plan")
    run = await services(month).runs.calculate("2026-03", plan)
    shown = {"period": "2026-03", "uncommitted": "true"}
    rank = (await month.get("/v1/distributors/D7/rank", params=shown)).json()
    assert (rank["rank"], rank["highest"], rank["earned"]["met"]) == ("Director", "Member", False)
    words = "Director until 2026-12-31 by decision of ann: transfer from Lisbon"
    assert (rank["decision"]["words"], rank["decision"]["seq"]) == (words, decided.json()["receipt"]["seq"])
    statement = (await month.get("/v1/distributors/D7/statements/2026-03", params=shown)).json()
    assert statement["decision"]["words"] == words
    paper = await month.get("/v1/distributors/D7/statements/2026-03", params={**shown, "format": "pdf"})
    assert paper.status_code == 200
    [silver] = [
        card
        for card in (await month.get("/v1/distributors/D1/rank", params=shown)).json()["next"]
        if card["rank"] == "Silver"
    ]
    assert silver["periods"] == [
        {"period": "2026-03", "run": run.id, "met": True},
        {"period": "2026-02", "run": None, "met": False},
    ]

    ended = await month.post(f"{PATH}/end", {"since": "2026-04-01", "reason": "taken back"}, ann, key="ended")
    assert (ended.status_code, ended.json()["rank"]) == (201, None)
    april = await services(month).runs.calculate("2026-04", plan)
    told = (await month.get("/v1/distributors/D7/rank", params={"period": "2026-04", "uncommitted": "true"})).json()
    assert (told["run"], told["rank"], told["decision"]) == (april.id, "Member", None)
    assert (await services(month).runs.calculate("2026-03", plan)).id == run.id

    listed = (await month.get(PATH, token("support"))).json()["overrides"]
    assert [(one["rank"], one["since"], one["until"], one["author"], one["reason"]) for one in listed] == [
        ("Director", "2026-03-01", "2026-12-31", "ann", "transfer from Lisbon"),
        (None, "2026-04-01", None, "ann", "taken back"),
    ]
    assert (await month.get(PATH, token("distributor", "D7"))).status_code == 200
    assert (await month.get(PATH, token("distributor", "D2"))).status_code == 403
    assert (await month.get(PATH, token("distributor", "D3"))).status_code in (403, 404)

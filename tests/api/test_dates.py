"""Nothing is dated before those whom it names were there: refused with both dates, and nothing is written."""

from typing import Any

import pytest

from app.facts.commands import Submission
from app.facts.writer import FactWriter
from app.graph import GraphDatabase
from app.periods.calendars import period
from tests.api.conftest import Company, SetClock, token
from tests.api.test_places import put

pytestmark = pytest.mark.anyio
ENROLLED, BEFORE, LONG_BEFORE = "2026-03-01T00:00:00Z", "2026-02-28T23:59:59Z", "2026-02-28T23:54:59Z"
LATE = "2026-04-10T00:00:00Z"
AMOUNTS = {"pv": "10.00", "cv": "8.00"}
BINARY, MATRIX = {"tree": "binary"}, {"tree": "matrix"}
BY_STRATEGY = {"kind": "below_sponsor", "strategy": "first_open"}


def explicit(parent: str, slot: int) -> dict[str, Any]:
    return {"kind": "explicit", "parent_id": parent, "slot": slot}


CASES: list[tuple[str, dict[str, Any], str]] = [
    ("orders", {"id": "O1", "buyer_id": "D7", "buyer_kind": "distributor", "placed_at": LONG_BEFORE, **AMOUNTS}, "D7"),
    ("orders", {"id": "O1", "buyer_id": "C1", "buyer_kind": "customer", "placed_at": LONG_BEFORE, **AMOUNTS}, "C1"),
    ("customers", {"id": "C2", "name": "C2", "distributor_id": "D7", "registered_at": LONG_BEFORE}, "D7"),
    ("placements", {"distributor_id": "D7", "placed_at": BEFORE, "placement": explicit("D6", 1)} | BINARY, "D7"),
    ("placements", {"distributor_id": "D7", "placed_at": BEFORE, "placement": BY_STRATEGY} | BINARY, "D7"),
    ("placements", {"distributor_id": "D2", "placed_at": BEFORE, "placement": explicit("D1", 1)} | MATRIX, "D2"),
    ("placements", {"distributor_id": "D2", "placed_at": BEFORE, "placement": BY_STRATEGY} | MATRIX, "D2"),
    ("placements", {"distributor_id": "D7", "placed_at": ENROLLED, "placement": explicit("late", 1)}, "late"),
    ("distributors", {"id": "N", "name": "N", "sponsor_id": "late", "enrolled_at": ENROLLED}, "late"),
    (
        "distributors",
        {"id": "N", "name": "N", "sponsor_id": "D6", "enrolled_at": ENROLLED, "placement": explicit("late", 2)},
        "late",
    ),
]


@pytest.fixture
async def dated(ugly: Company, migrated_graph: GraphDatabase) -> Company:
    """The eight, a customer of D7's, somebody who enrolled in April, a matrix and an open month."""
    await ugly.enrol("late", "D6", ("D6", 2), enrolled_at=LATE)
    body = {"id": "C1", "name": "C1", "distributor_id": "D7", "registered_at": ENROLLED}
    assert (await ugly.post("/v1/customers", body, key="C1")).status_code == 201
    assert (await put(ugly, "/v1/matrix", {"width": 3, "depth": 9}, token(), "matrix")).status_code == 200
    month = Submission("month", "test", "", period("2026-03", "UTC"))
    await FactWriter(migrated_graph, SetClock()).submit(month)
    return ugly


@pytest.mark.parametrize("number", range(len(CASES)))
async def test_it_is_refused_and_nothing_is_written(dated: Company, migrated_graph: GraphDatabase, number: int) -> None:
    path, body, who = CASES[number]
    head = await migrated_graph.read_one("queries/facts/head")
    answer = await dated.post(f"/v1/{path}", body, key="early")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-command"), answer.text
    came = LATE if who == "late" else ENROLLED
    said = next(text for name, text in body.items() if name.endswith("_at"))
    assert f"is dated {said}, before {who}" in answer.json()["detail"]
    assert answer.json()["detail"].endswith(f"({came}); date it then or later.")
    assert await migrated_graph.read_one("queries/facts/head") == head, "nothing is written"

"""What is asked for over Bolt is refused as the API refuses it: same type, words and fields, and nothing changes."""

from pathlib import Path
from typing import Any

import neo4j
import pytest

from app.graph import GraphDatabase
from app.graph.procedures import ProcedureInstaller, call_text
from app.runtime import Endpoints
from app.settings import Settings
from app.wiring import asked_service, build_house
from tests.api.conftest import Company, SetClock

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
AT = "2026-03-02T00:00:00Z"
Body = dict[str, Any]


def enrol(**other: Any) -> tuple[str, Body]:
    return "/v1/distributors", {"id": "N1", "sponsor_id": "D1", "name": "N", "enrolled_at": AT, **other}


def place(**other: Any) -> tuple[str, Body]:
    first_open = {"kind": "below_sponsor", "strategy": "first_open"}
    return "/v1/placements", {"distributor_id": "D7", "placement": first_open, "placed_at": AT, **other}


def move(**other: Any) -> tuple[str, Body]:
    body = {"distributor_id": "D7", "tree": "sponsor", "new_parent_id": "D3", "reason": "asked for"}
    return "/v1/moves", {**body, **other}


def by_hand(parent: str | None, slot: int | None) -> Body:
    said = {"parent_id": parent, "slot": slot}
    return {"kind": "explicit", **{name: value for name, value in said.items() if value is not None}}


BAD: dict[str, tuple[tuple[str, Body], str]] = {
    "a sponsor who is not there": (enrol(sponsor_id="nobody"), "unknown-distributor"),
    "an id in use": (enrol(id="D2"), "duplicate-id"),
    "an id that is none": (enrol(id="a/b"), "invalid-input"),
    "a name that is too long": (enrol(name="x" * 201), "invalid-input"),
    "two things at once": (enrol(name="", region="x" * 201), "invalid-input"),
    "an instant that is none": (enrol(enrolled_at="yesterday"), "invalid-input"),
    "an instant to come": (enrol(enrolled_at="2027-01-01T00:00:00Z"), "invalid-command"),
    "before the sponsor": (enrol(enrolled_at="2020-01-01T00:00:00Z"), "invalid-command"),
    "no such strategy": (enrol(placement={"kind": "below_sponsor", "strategy": "luck"}), "invalid-input"),
    "a taken slot": (enrol(placement=by_hand("D1", 1)), "slot-taken"),
    "a slot without a parent": (enrol(placement=by_hand(None, 1)), "invalid-input"),
    "no matrix": (enrol(matrix_placement={"kind": "below_sponsor", "strategy": "first_open"}), "no-matrix"),
    "no such preference": (enrol(preference="luck"), "invalid-input"),
    "placed already": (place(distributor_id="D2"), "already-placed"),
    "nobody to place": (place(distributor_id="nobody"), "unknown-distributor"),
    "no such tree": (place(tree="oak"), "invalid-input"),
    "outside the sponsor's tree": (place(placement=by_hand("D3", 1)), "outside-sponsor"),
    "below oneself": (move(distributor_id="D2", new_parent_id="D7"), "cycle"),
    "a slot in the sponsor tree": (move(slot=1), "invalid-input"),
    "no slot in the binary tree": (move(tree="binary"), "invalid-input"),
    "no place to move from": (move(tree="binary", slot=1), "not-placed"),
    "no reason": (move(reason=""), "invalid-input"),
    "against the policy": (move(distributor_id="D8", new_parent_id="D2"), "policy"),
}


def said_over_bolt(path: str, body: Body) -> tuple[str, Body]:
    """The arguments of the procedure for a body of the API."""
    said = {"id" if name == "distributor_id" else name: value for name, value in body.items()}
    for tree in ("", "matrix_"):
        placement = said.pop(f"{tree}placement", {})
        said |= {tree + name: value for name, value in placement.items() if name != "kind"}
    return {"/v1/distributors": "enrol", "/v1/placements": "place", "/v1/moves": "move"}[path], said


async def test_bad_input_is_refused_in_the_words_of_the_api(
    ugly: Company, graph: GraphDatabase, endpoints: Endpoints, settings: Settings, clock: SetClock, tmp_path: Path
) -> None:
    assert (await ProcedureInstaller(graph).install()).faults == ()
    policy = {"zone": "UTC", "sponsor": {"stay_below": "sponsor"}, "reason": "rules"}
    answer = await ugly.post("/v1/moves/policy", policy, key="policy")
    assert answer.status_code == 201, answer.text
    service = asked_service(build_house(settings.model_copy(update={"data_dir": tmp_path}), graph, clock))
    login, different = (endpoints.neo4j_user, endpoints.neo4j_password), dict[str, Any]()
    with neo4j.GraphDatabase.driver(endpoints.neo4j_url, auth=login) as driver:

        def call(name: str, said: Body) -> Body:
            statement = graph.library[f"procedures/{name}"]
            given = {parameter.name: said.pop(parameter.name, parameter.default) for parameter in statement.parameters}
            assert said == {}
            return dict(driver.execute_query(call_text(statement), given).records[0])

        def head() -> Any:
            return driver.execute_query("MATCH (h:Head) RETURN properties(h) AS head").records[0]["head"]["seq"]

        before = head()
        for name, ((path, body), code) in BAD.items():
            problem = (await ugly.post(path, body, key=name)).json()
            assert problem["type"] == f"/problems/{code}", (name, problem)
            procedure, said = said_over_bolt(path, body)
            key = {"key": name, "actor": "ann"}
            assert call(procedure, {**said, **key})["state"] == "waiting"
            assert await service.answer_next() == "refused", name
            row = call("answer", {"key": name})
            fields = [f"{'.'.join(map(str, one['location']))}: {one['reason']}" for one in problem.get("fields", [])]
            told = (problem["type"], problem["detail"], fields)
            if (row["problem"], row["detail"], row["fields"]) != told or row["state"] != "refused":
                different[name] = (row, told)
        assert different == {}
        assert head() == before
        both = call(
            "enrol", {**said_over_bolt(*enrol())[1], "key": "both", "actor": "a", "strategy": "left_leg", "slot": 1}
        )
        assert both["state"] == "waiting"
        assert await service.answer_next() == "refused"
        row = call("answer", {"key": "both"})
        assert (row["problem"], row["fields"]) == ("/problems/invalid-input", [])
        assert row["detail"] == "A place is named by parent_id and slot, or found, by strategy: give one of both."
        assert head() == before

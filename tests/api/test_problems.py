"""Every refusal is an RFC 9457 problem, whoever raised it, and none of them says too much."""

from typing import Any

import httpx
import pytest

from app.errors import BanyanError, UnavailableError
from app.main import MAX_BODY_BYTES
from tests.api.conftest import Company, kinds, token

pytestmark = pytest.mark.anyio
JSON = {"Content-Type": "application/json"}
ORDER = {"id": "O1", "buyer_id": "D1", "buyer_kind": "distributor", "pv": "1", "cv": "1"}
SECRET_NAME = "Secret Name"


def is_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem, once it is certain that it is a whole one of this kind."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["type"] == f"/problems/{code}"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["instance"] == answer.request.url.path
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem


async def test_every_error_class_becomes_its_problem(standing: Company) -> None:
    """Asked at a route of the test's own that raises them, for every class the application has loaded."""
    classes = {kind.__name__: kind for kind in kinds() if "__init__" not in vars(kind) or kind is BanyanError}
    assert len(classes) > 30

    @standing.app.get("/raise/{name}")
    async def raising(name: str) -> None:
        raise classes[name](f"about {SECRET_NAME}", file="a.csv", rows={1, 2}, nested={"at": object}, status=299)

    for name, kind in classes.items():
        answer = await standing.get(f"/raise/{name}")
        if kind.status >= 500 and not issubclass(kind, UnavailableError):
            problem = is_problem(answer, 500, "internal")
            assert SECRET_NAME not in answer.text, "a fault of ours stays in the log"
            assert "file" not in problem
            continue
        problem = is_problem(answer, kind.status, kind.code())
        assert problem["title"] == kind.title
        assert problem["detail"] == f"about {SECRET_NAME}"
        assert problem["file"] == "a.csv"
        assert sorted(problem["rows"]) == [1, 2]
        assert ("retry-after" in answer.headers) == (kind.status in (429, 503))
        assert ("www-authenticate" in answer.headers) == (kind.status == 401)


async def test_the_unexpected_is_a_problem_without_internals(standing: Company) -> None:
    @standing.app.get("/unexpected")
    async def unexpected() -> None:
        raise RuntimeError(SECRET_NAME)

    answer = await standing.get("/unexpected")
    is_problem(answer, 500, "internal")
    assert SECRET_NAME not in answer.text
    assert "Traceback" not in answer.text


async def test_what_the_framework_refuses(standing: Company) -> None:
    is_problem(await standing.get("/v1/nowhere"), 404, "not-found")
    is_problem(await standing.get("/v1/distributors/D1/nothing"), 404, "not-found")
    async with standing.caller(token()) as caller:
        answer = await caller.delete("/v1/orders")
        is_problem(answer, 405, "method-not-allowed")
        assert answer.headers["allow"] == "POST"


async def test_a_body_too_large_is_refused_announced_or_not(standing: Company) -> None:
    async def unannounced() -> Any:
        for _ in range(MAX_BODY_BYTES // 65_536 + 1):
            yield b" " * 65_536

    async with standing.caller(token()) as caller:
        whole = await caller.post("/v1/orders", content=b" " * (MAX_BODY_BYTES + 1), headers=JSON)
        is_problem(whole, 413, "content-too-large")
        is_problem(await caller.post("/v1/orders", content=unannounced(), headers=JSON), 413, "content-too-large")
        fits = await caller.post("/v1/orders", content=b" " * MAX_BODY_BYTES, headers=JSON)
        is_problem(fits, 422, "invalid-input")


async def test_no_json_is_refused_however_it_is_broken(standing: Company) -> None:
    async with standing.caller(token()) as caller:
        headers = {**JSON, "Idempotency-Key": "k"}
        for content in (
            b"",
            b"{",
            b"\xff\xfe",
            b"[" * 100_000,
            b'{"pv":' + b"9" * 5_000 + b"}",
            b'{"\\ud800": 1}',
            b"[]",
        ):
            answer = await caller.post("/v1/orders", content=content, headers=headers)
            assert is_problem(answer, 422, "invalid-input")["fields"], content[:9]
        untyped = await caller.post("/v1/orders", content=b"{}", headers={"Idempotency-Key": "k"})
        is_problem(untyped, 422, "invalid-input")


async def test_invalid_fields_are_named_and_not_repeated(standing: Company) -> None:
    body = {"id": "a/b", "name": [SECRET_NAME], "enrolled_at": "yesterday", "nickname": SECRET_NAME}
    answer = await standing.post("/v1/distributors", body, key="k")
    problem = is_problem(answer, 422, "invalid-input")
    named = {fault["location"][-1] for fault in problem["fields"]}
    assert named == {"id", "name", "enrolled_at", "nickname"}
    assert all(fault["location"][0] == "body" and fault["reason"] for fault in problem["fields"])
    assert SECRET_NAME not in answer.text


async def test_an_instant_is_written_out(standing: Company) -> None:
    """Numbers would be read as seconds, and a caller's milliseconds become a date in another age."""
    texts = ("1772323200", "2026-03-01", "2026-03-01 00:00:00Z", "2026-03-01T00:00:00", "2026-02-30T00:00:00Z")
    for instant in (1, 1772323200, True, None, *texts):
        answer = await standing.post("/v1/orders", {**ORDER, "placed_at": instant}, key="k")
        assert is_problem(answer, 422, "invalid-input")["fields"][0]["location"] == ["body", "placed_at"], instant


async def test_a_slot_is_one_or_two(standing: Company) -> None:
    for slot, problem in (*((odd, "invalid-input") for odd in (True, 0, 21, "1", None, 1.5)), (3, "invalid-command")):
        placement = {"kind": "explicit", "parent_id": "D3", "slot": slot}
        body = {"distributor_id": "D8", "placement": placement, "placed_at": "2026-03-02T00:00:00Z"}
        is_problem(await standing.post("/v1/placements", body, key="k"), 422, problem)


async def test_a_parameter_the_graph_cannot_take(standing: Company) -> None:
    async with standing.caller(token()) as caller:
        for parameter in ("9" * 40, f"-{2**63 + 1}", '"\\ud800"', '{"\\udfff": 1}', '[[1, "\\ud800"]]'):
            content = f'{{"query": "RETURN $p AS p", "reason": "a test", "parameters": {{"p": {parameter}}}}}'
            answer = await caller.post("/v1/cypher", content=content.encode(), headers=JSON)
            is_problem(answer, 422, "invalid-input")


async def test_a_zone_that_is_none(standing: Company) -> None:
    for zone in ("Europe", "US", "America/Argentina", "Middle/Earth", "Europe/"):
        answer = await standing.post("/v1/periods", {"name": "2026-03", "zone": zone}, key="k")
        is_problem(answer, 422, "invalid-period")


async def test_what_the_domain_refuses_says_why(standing: Company) -> None:
    enrolment = {"id": "D9", "sponsor_id": "D1", "name": "N", "enrolled_at": "2026-03-01T00:00:00Z"}

    async def refused(path: str, body: dict[str, Any], status: int, code: str) -> dict[str, Any]:
        return is_problem(await standing.post(path, body, key="k"), status, code)

    assert "D1" in (await refused("/v1/distributors", {**enrolment, "id": "D1"}, 409, "duplicate-id"))["detail"]
    unknown = await refused("/v1/distributors", {**enrolment, "sponsor_id": "D99"}, 404, "unknown-distributor")
    assert unknown["distributor"] == "D99"
    taken = {**enrolment, "placement": {"kind": "explicit", "parent_id": "D1", "slot": 1}}
    await refused("/v1/distributors", taken, 409, "slot-taken")
    move = {"distributor_id": "D1", "tree": "sponsor", "new_parent_id": "D7", "reason": "asked for"}
    await refused("/v1/moves", move, 409, "cycle")
    await refused("/v1/moves", {**move, "distributor_id": "D4", "tree": "binary"}, 422, "invalid-input")
    assert "reason" in (await refused("/v1/moves", {**move, "reason": ""}, 422, "invalid-input"))["detail"]
    ahead = await refused(
        "/v1/moves",
        {**move, "distributor_id": "D7", "new_parent_id": "D3", "effective_at": "2999-01-01T00:00:00Z"},
        422,
        "invalid-command",
    )
    assert "lies in the future" in ahead["detail"]
    await refused("/v1/orders", {**ORDER, "placed_at": "2026-03-01T00:00:00Z"}, 409, "no-open-period")
    await refused("/v1/orders/O9/return", {"id": "R9", "placed_at": "2026-03-01T00:00:00Z"}, 404, "unknown-order")
    await refused("/v1/periods/2026-03/close", {}, 404, "unknown-period")
    outside = {"distributor_id": "D8", "placement": {"kind": "explicit", "parent_id": "D2", "slot": 2}}
    placed_at = {"placed_at": "2026-03-02T00:00:00Z"}
    await refused("/v1/placements", {**outside, **placed_at}, 409, "outside-sponsor")

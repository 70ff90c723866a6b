"""Who gets in, who may write, and who sees whom: asked of every route there is, so that a new one is asked as well."""

import base64
import json
from typing import Any

import httpx
import jwt
import pytest

from tests.api.conftest import NOW, PLACES, SECRET, SPONSORS, Company, paths_of, token

pytestmark = pytest.mark.anyio

OPEN = {"/livez", "/readyz", "/metrics", "/explorer", "/openapi.json", "/docs", "/docs/oauth2-redirect"}
"""Health, figures, the description of the API, and the explorer's files, which hold no data."""
PEOPLE = {"D1", *SPONSORS}


def guarded(company: Company) -> list[tuple[str, str]]:
    """Method and path of every route that takes a token."""
    found = sorted((method, path) for path, method in paths_of(company.app) if path and path not in OPEN)
    assert len(found) >= 20
    return found


def about(path: str, id: str = "D1", other: str = "D1") -> str:
    asked = {"path": f"?other={other}", "common-upline": f"?other={other}", "as-of": "?at=2026-03-10T00:00:00Z"}
    named = path.format(
        distributor_id=id,
        period="2026-03",
        name="2026-03",
        order_id="O1",
        run_id="R",
        calculation_id="C",
        plan_hash="f" * 64,
        group="g",
        consumer="c",
    )
    return named + asked.get(path.rpartition("/")[2], "")


def body_of(answer: httpx.Response, **renamed: str) -> Any:
    """An answer without its request's id, and with ids given other names."""
    text = answer.text
    for old, new in renamed.items():
        text = text.replace(old, new)
    return {key: value for key, value in json.loads(text).items() if key != "request_id"}


async def test_every_route_needs_a_token(standing: Company) -> None:
    async with standing.caller(None) as stranger:
        for method, path in guarded(standing):
            for content in (b"", b"{}", b"{", b"\xff", b"[" * 100_000):
                headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
                answer = await stranger.request(method, about(path), content=content, headers=headers)
                assert answer.status_code == 401, (method, path, content[:3], answer.text)
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.headers["www-authenticate"].startswith("Bearer")
                assert answer.json()["type"] == "/problems/unauthenticated"


async def test_only_a_whole_token_of_this_company_lets_in(standing: Company) -> None:
    iat = int(NOW.timestamp())
    good: dict[str, Any] = {"sub": "ann", "aud": "acme", "role": "admin", "iat": iat, "exp": iat + 3600}
    key = SECRET.get_secret_value()

    def signed(*left_out: str, **claims: Any) -> str:
        return jwt.encode({k: v for k, v in {**good, **claims}.items() if k not in left_out}, key, "HS256")

    head, payload, signature = signed().split(".")
    tampered = base64.urlsafe_b64encode(json.dumps({**good, "sub": "eve"}).encode()).decode().rstrip("=")
    refused = {
        "another secret": jwt.encode(good, "x" * 44, "HS256"),
        "alg none": jwt.encode(good, None, "none"),
        "alg none with a signature": ".".join([*jwt.encode(good, None, "none").split(".")[:2], signature]),
        "another algorithm": jwt.encode(good, key, "HS512"),
        "changed after signing": f"{head}.{tampered}.{signature}",
        "no signature": f"{head}.{payload}.",
        "another company": signed(aud="umbrella"),
        "expired": signed(iat=iat - 7200, exp=iat - 60),
        "not valid yet": signed(iat=iat + 3600, exp=iat + 7200),
        "for a year": signed(exp=iat + 365 * 86_400),
        "an unknown role": signed(role="owner"),
        "a distributor without id": signed(role="distributor"),
        "an administrator who is a distributor": signed(distributor="D1"),
        "nobody": signed(sub=""),
        "times as text": signed(exp="tomorrow"),
        "not a token": "sesame",
        "empty": "",
        **{f"without {claim}": signed(claim) for claim in good},
    }
    assert (await standing.get("/v1/me", signed())).json()["subject"] == "ann", "the control"
    answers = {name: await standing.get("/v1/me", bearer or " ") for name, bearer in refused.items()}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(refused, 401)
    async with standing.caller(None) as caller:
        for header in (f"Basic {signed()}", signed(), "Bearer", f"Bearer {signed()} {signed()}"):
            answer = await caller.get("/v1/me", headers={"Authorization": header})
            assert answer.status_code == 401, header
        assert (await caller.get(f"/v1/me?token={signed()}")).status_code == 401


async def test_only_administrators_write(standing: Company) -> None:
    before = (await standing.get("/v1/search", params={"q": "D1"})).json()["as_of"]
    posts = [path for method, path in guarded(standing) if method == "POST" and path != "/v1/cypher"]
    commands = [path for path in posts if not path.endswith(("/preview", "/whatif"))]
    assert len(commands) >= 8
    for path in commands:
        for bearer in (token("support"), token("distributor", "D1")):
            answer = await standing.post(about(path), {}, bearer, key="k")
            assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden"), (path, answer.text)
        assert (await standing.post(about(path), {"x": 1}, key="k")).status_code == 422, "an administrator gets further"
    for path in set(posts) - set(commands):
        answer = await standing.post(about(path), {}, token("distributor", "D1"))
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden"), (path, answer.text)
    assert (await standing.get("/v1/search", params={"q": "D1"})).json()["as_of"] == before


async def test_what_only_staff_may_read(standing: Company) -> None:
    distributor = token("distributor", "D1")
    question = {"query": "RETURN 1 AS one", "reason": "a test"}
    for role in ("admin", "support"):
        assert (await standing.get("/v1/runs", token(role))).status_code == 200
        assert (await standing.post("/v1/cypher", question, token(role))).status_code == 200
    assert (await standing.get("/v1/runs", distributor)).status_code == 403
    assert (await standing.post("/v1/cypher", question, distributor)).status_code == 403
    assert (await standing.get("/v1/runs/R", token("support"))).status_code == 404
    assert (await standing.get("/v1/runs/R", distributor)).status_code == 403
    for path in ("rank", "statements/2026-03"):
        answer = await standing.get(f"/v1/distributors/D1/{path}?uncommitted=true", distributor)
        assert answer.status_code == 403, path


def below(top: str) -> set[str]:
    """Whom `top` sees: themselves, and everybody below in one of the two trees."""

    def chain(id: str | None, up: dict[str, str]) -> set[str]:
        return {id, *chain(up.get(id), up)} if id else set()

    places = {id: parent for id, (parent, _) in PLACES.items()}
    return {id for id in PEOPLE if top in chain(id, SPONSORS) | chain(id, places)}


async def test_a_distributor_sees_their_downline_and_nobody_else(standing: Company) -> None:
    """On every route about a person: someone else's answer is nobody's answer, word for word."""
    routes = [path for method, path in guarded(standing) if method == "GET" and "{distributor_id}" in path]
    assert len(routes) >= 7
    assert below("D2") == {"D2", "D4", "D5", "D6", "D7"}, "D7 by sponsor only, D4 and D5 by place only"
    for caller in ("D2", "D3", "D7"):
        bearer = token("distributor", caller)
        for path in routes:
            nobody = await standing.get(about(path, "D9", caller), bearer)
            assert (nobody.status_code, nobody.json()["type"]) == (404, "/problems/unknown-distributor")
            for id in PEOPLE:
                answer = await standing.get(about(path, id, caller), bearer)
                if id in below(caller):
                    assert "/problems/unknown-distributor" not in answer.text, (caller, path, id)
                    found = answer.status_code in (200, 403, 404) or "/problems/period-not-open" in answer.text
                    assert found, (caller, path, id, answer.text)
                    continue
                assert answer.status_code == 404, (caller, path, id)
                assert body_of(answer, **{id: "D9"}) == body_of(nobody)
                assert sorted(answer.headers) == sorted(nobody.headers)


async def test_search_finds_only_whom_the_caller_sees(standing: Company) -> None:
    for caller in ("D1", "D2", "D3", "D7"):
        for q in ("D", "name"):
            found = (await standing.get("/v1/search", token("distributor", caller), params={"q": q})).json()
            assert {hit["id"] for hit in found["results"]} == below(caller)
    everybody = (await standing.get("/v1/search", token("support"), params={"q": "name of"})).json()
    assert {hit["id"] for hit in everybody["results"]} == PEOPLE


async def test_search_finds_an_id_in_any_letters_and_a_name_by_its_words(ugly: Company) -> None:
    """The id is no word of the name, so each is found by what it is."""
    await ugly.enrol("XY-70", "D7", name="Zoe Quint")
    await ugly.enrol("pq-71", "D7", name="Zoe Quince")
    found = {"XY-7": ["XY-70"], "xy-70": ["XY-70"], "PQ": ["pq-71"], "zoe quin": ["XY-70", "pq-71"], "70": [], "oe": []}
    for q, ids in found.items():
        answer = (await ugly.get("/v1/search", token("support"), params={"q": q})).json()
        assert [hit["id"] for hit in answer["results"]] == ids, q


async def test_whoever_was_enrolled_a_moment_ago_is_found_by_name(ugly: Company) -> None:
    """The index of names is written behind the commits; an answer that claims to know the enrolment waits for it."""
    for number in range(40):
        await ugly.enrol(f"N-{number}", "D7", name=f"Newcomer{number}")
        answer = (await ugly.get("/v1/search", token("support"), params={"q": f"newcomer{number}"})).json()
        assert [hit["id"] for hit in answer["results"]] == [f"N-{number}"]


async def test_statements_are_read_by_their_owner_alone(standing: Company) -> None:
    """D4 stands below D2 and is visible; what D4 earns is not."""
    bearer = token("distributor", "D2")
    answer = await standing.get("/v1/distributors/D4/statements/2026-03", bearer)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")
    own = await standing.get("/v1/distributors/D2/statements/2026-03", bearer)
    assert (own.status_code, own.json()["type"]) == (404, "/problems/unknown-period")


async def test_who_is_calling(standing: Company) -> None:
    assert (await standing.get("/v1/me", token("distributor", "D6"))).json() == {
        "subject": "D6",
        "role": "distributor",
        "distributor": "D6",
        "start": "D6",
    }
    staff = (await standing.get("/v1/me", token("support", subject="ann"))).json()
    assert (staff["subject"], staff["role"], staff["distributor"], staff["start"]) == ("ann", "support", None, "D1")


async def test_a_move_changes_who_is_seen(ugly: Company) -> None:
    bearer = token("distributor", "D2")
    path = "/v1/distributors/D7"
    assert (await ugly.get(path, bearer)).status_code == 200
    move = {"distributor_id": "D7", "tree": "sponsor", "new_parent_id": "D8", "reason": "asked for"}
    assert (await ugly.post("/v1/moves", move, key="move")).status_code == 201
    assert (await ugly.get(path, bearer)).status_code == 404
    assert (await ugly.get(path, token("distributor", "D3"))).status_code == 200

"""What operators see: liveness, readiness, figures, and the log."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from app.logs import configure_logs
from tests.api.conftest import Company, token

pytestmark = pytest.mark.anyio


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the service writes as its log when it is configured as in production."""
    root, disabled = logging.getLogger(), logging.getLogger("uvicorn.access").disabled
    handlers, level, written = root.handlers, root.level, io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    monkeypatch.setattr(logging.getLogger("httpx"), "disabled", True)  # the tests' own caller
    configure_logs("INFO")
    yield written
    root.handlers = handlers
    root.setLevel(level)
    logging.getLogger("uvicorn.access").disabled = disabled
    structlog.reset_defaults()


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


async def test_live_and_ready_without_a_token(standing: Company) -> None:
    async with standing.caller(None) as prober:
        assert (await prober.get("/livez")).json() == {"status": "ok"}
        ready = await prober.get("/readyz")
    assert ready.status_code == 200, ready.text
    assert ready.headers["cache-control"] == "no-store"
    checks = ready.json()["checks"]
    assert set(checks) == {"neo4j", "migrations", "procedures", "redis"}
    assert all(checks[name]["state"] == "ok" for name in ("neo4j", "migrations", "redis"))


async def test_figures_have_few_labels(standing: Company) -> None:
    for id in ("D1", "D2", "ghost-1", "ghost-2"):
        await standing.get(f"/v1/distributors/{id}")
    await standing.get("/ghost-3/ghost-4")
    async with standing.caller(None) as prober:
        page = (await prober.get("/metrics")).text
    counted = [line for line in page.splitlines() if line.startswith("banyan_http_requests_total{")]
    assert any('route="/v1/distributors/{distributor_id}",status="200"' in line for line in counted)
    assert any('route="unmatched",status="404"' in line for line in counted)
    assert "ghost" not in page
    assert "banyan_http_request_seconds_bucket" in page


async def test_one_line_a_request(standing: Company, log: io.StringIO) -> None:
    async with standing.caller(token("support", subject="ann")) as caller:
        answer = await caller.get("/v1/distributors/D7", headers={"X-Request-ID": "given-by-proxy-1"})
        await caller.get("/livez")
        await caller.get("/v1/distributors/D99", headers={"X-Request-ID": "bad id\x7f"})
    assert answer.headers["x-request-id"] == "given-by-proxy-1"
    access = [line for line in lines(log) if line["event"] == "request"]
    assert len(access) == 2, "probes are quiet while all is well"
    first = access[0]
    assert (first["route"], first["method"], first["status"]) == ("/v1/distributors/{distributor_id}", "GET", 200)
    assert (first["request_id"], first["actor"], first["role"]) == ("given-by-proxy-1", "ann", "support")
    assert first["ms"] >= 0
    assert first["timestamp"].endswith("Z")
    assert (first["distributor_id"], "period" in first) == ("D7", False)
    assert access[1]["status"] == 404
    assert len(access[1]["request_id"]) == 20, "an id that is none is replaced"


async def test_the_log_tells_who_looked_at_whom_and_who_was_refused(standing: Company, log: io.StringIO) -> None:
    """Of downlines, exports of them and statements; whoever may not see somebody is told of as well."""
    own, other = token("distributor", "D6", subject="six"), token("support", subject="ann")
    for bearer, path in (
        (own, "/v1/distributors/D6/downline"),
        (own, "/v1/distributors/D1/downline"),
        (other, "/v1/distributors/D2/downline/export"),
        (own, "/v1/distributors/D7/statements/2026-03"),
        (own, "/v1/runs/2026-03-x/payments"),
        ("nobody's", "/v1/distributors/D3/legs"),
    ):
        await standing.get(path, bearer)
    told = [line for line in lines(log) if line["event"] == "request"]
    named = [line.get("distributor_id") or line["run_id"] for line in told]
    assert [(line.get("actor"), line["status"], about) for line, about in zip(told, named, strict=True)] == [
        ("six", 200, "D6"),
        ("six", 404, "D1"),
        ("ann", 200, "D2"),
        ("six", 403, "D7"),
        ("six", 403, "2026-03-x"),
        (None, 401, "D3"),
    ]
    assert told[3]["period"] == "2026-03"
    assert told[2]["route"] == "/v1/distributors/{distributor_id}/downline/export"


async def test_no_names_and_no_tokens_in_the_log(standing: Company, log: io.StringIO) -> None:
    """Neither when all goes well, nor when a command is refused, nor when something breaks with both at hand."""

    @standing.app.get("/breaks/{name}")
    async def breaks(name: str) -> None:
        kept = {"name": name}
        raise RuntimeError(f"{len(kept)} thing broke")

    bearer = token("admin", subject="ann")
    await standing.get("/breaks/Zacharias", bearer)
    await standing.get("/v1/search", bearer, params={"q": "Zacharias"})
    body = {"id": "D1", "sponsor_id": "D2", "name": "Zacharias", "enrolled_at": "2026-03-01T00:00:00Z"}
    assert (await standing.post("/v1/distributors", body, bearer, key="k")).status_code == 409
    assert (await standing.post("/v1/distributors", {"name": "Zacharias"}, bearer, key="k")).status_code == 422
    question = {"query": "RETURN 'Zacharias' AS x", "reason": "a test", "parameters": {"name": "Zacharias"}}
    await standing.post("/v1/cypher", question, bearer)
    broken = next(line for line in lines(log) if line["event"] == "unexpected")
    assert broken["level"] == "error"
    assert broken["exception"][0]["exc_type"] == "RuntimeError"
    assert len(broken["request_id"]) == 20
    written = log.getvalue()
    assert "Zacharias" not in written
    assert bearer not in written
    assert bearer.split(".")[2][:12] not in written
    assert "eyJ" not in written

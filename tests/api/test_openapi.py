"""The description of the API: complete, and every example in it true to its own schema."""

from collections.abc import Iterator
from inspect import iscoroutinefunction, isfunction
from typing import Any

import jsonschema
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from app.downlines.schemas import MEDIA_TYPES
from app.main import create_app
from app.runtime import Endpoints
from app.settings import Settings
from tests.api.conftest import paths_of, routes_of

JSON = "application/json"
PROBLEM = "application/problem+json"
OTHER_FORMATS = {
    "downline/export": set(MEDIA_TYPES.values()),
    "{run_id}/differences": {JSON, "text/csv"},
    "reports/{name}": {JSON, "text/csv", "image/svg+xml"},
    "statements/{period}": {JSON, "application/pdf"},
    "events/stream": {"text/event-stream"},
    "v1/whatif": {JSON, "text/csv", "application/vnd.apache.parquet", "image/svg+xml"},
}
"""What routes answer that give more than JSON, by the end of their path."""
NO_TOKEN = {"/livez", "/readyz"}
READING_POSTS = {"/v1/cypher", "/v1/whatif"}
KEYS_WITHIN = {"/v1/orders/bulk": {403, 413}}
"""Each of its commands has a key of its own and is refused for itself; with what else the whole may be refused."""
WRITES = {403, 404, 409, 413}
"""Problems that every command may be answered with, beside those of every route."""


@pytest.fixture
def undressed(settings: Settings) -> FastAPI:
    """The application without servers: its description needs none."""
    return create_app(settings, Endpoints("bolt://x", "", "", "redis://x", "url", "url"))


@pytest.fixture
def described(undressed: FastAPI) -> dict[str, Any]:
    return undressed.openapi()


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_every_route_is_described(undressed: FastAPI, described: dict[str, Any]) -> None:
    hidden = {"/metrics", "/explorer", "/openapi.json", "/docs", "/docs/oauth2-redirect"}
    assert {path for path, _ in paths_of(undressed)} - hidden == set(described["paths"])
    for path, method, operation in operations(described):
        assert operation["summary"], (path, method)
        assert operation["description"], (path, method)


def test_every_example_fits_its_schema(described: dict[str, Any]) -> None:
    registry = Registry[Any]().with_resource("urn:api", DRAFT202012.create_resource(described))
    checked = 0

    def check(example: Any, schema: dict[str, Any], where: str) -> None:
        nonlocal checked
        checked += 1
        absolute = _absolute(schema)
        validator = jsonschema.Draft202012Validator(absolute, registry=registry)
        problems = [f"{where}: {error.json_path}: {error.message}" for error in validator.iter_errors(example)]
        assert problems == []

    for path, method, operation in operations(described):
        where = f"{method} {path}"
        if "requestBody" in operation:
            content = operation["requestBody"]["content"][JSON]
            for example in _examples(described, content):
                check(example, content["schema"], f"{where} request")
        for parameter in operation.get("parameters", ()):
            examples = parameter["schema"].get("examples", [])
            assert examples or not parameter["required"], f"{where}: no example of {parameter['name']}"
            for example in examples:
                check(example, parameter["schema"], f"{where} {parameter['name']}")
        for status, response in operation["responses"].items():
            for media_type, content in response.get("content", {}).items():
                good = next((more for end, more in OTHER_FORMATS.items() if path.endswith(end)), {JSON})
                assert media_type in (good if int(status) < 400 or path == "/readyz" else {PROBLEM}), where
                for example in _examples(described, content):
                    check(example, content["schema"], f"{where} {status}")
    assert checked > 100


def test_every_route_says_how_it_may_refuse(described: dict[str, Any]) -> None:
    for path, method, operation in operations(described):
        if path in NO_TOKEN:
            assert "security" not in operation
            continue
        assert operation["security"] == [{"token": []}], path
        statuses = {int(status) for status in operation["responses"]}
        assert {401, 422, 500, 503} < statuses, path
        if method == "post" and path not in READING_POSTS and not path.endswith("/preview"):
            assert statuses >= KEYS_WITHIN.get(path, WRITES), path
            named = {parameter["name"] for parameter in operation.get("parameters", ())}
            assert ("Idempotency-Key" in named) == (path not in KEYS_WITHIN), path


def test_no_route_waits_for_a_thread(undressed: FastAPI) -> None:
    """FastAPI hands a dependency that is no coroutine to a thread, which costs more than any of ours does."""
    asked = [
        (route.path, one) for route in routes_of(undressed) if isinstance(route, APIRoute) for one in _calls(route)
    ]
    assert len(asked) > 300
    plain = {(path, getattr(call, "__name__", "")) for path, call in asked if not iscoroutinefunction(_function(call))}
    assert plain == set()


def _calls(route: APIRoute) -> Iterator[Any]:
    """The route's own function and those of whatever it depends on."""
    pending = [route.dependant]
    while pending:
        dependant = pending.pop()
        pending += dependant.dependencies
        yield dependant.call


def _function(call: Any) -> Any:
    return call if isfunction(call) else type(call).__call__


def _examples(described: dict[str, Any], content: dict[str, Any]) -> list[Any]:
    """The examples of a body: its own, or its model's. There must be one."""
    schema = content["schema"]
    if "anyOf" in schema:
        return [example for one in schema["anyOf"] for example in _examples(described, {"schema": one})]
    model = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    found = [content["example"]] if "example" in content else model.get("examples", [])
    assert found, f"no example of {schema}"
    return list(found)


def _absolute(schema: Any) -> Any:
    """The schema with references that say which document they are into."""
    if isinstance(schema, dict):
        return {key: f"urn:api{value}" if key == "$ref" else _absolute(value) for key, value in schema.items()}
    return [_absolute(item) for item in schema] if isinstance(schema, list) else schema

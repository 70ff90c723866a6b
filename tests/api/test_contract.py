"""The application against its own description: generated requests, good and bad, to every route.

Each run sends the same requests. What is generated for one route depends on nothing else, so a new route is covered.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from app.main import create_app
from app.runtime import Endpoints
from app.settings import Settings
from tests.api.conftest import Company, SetClock, token

# The tests are synchronous, as Hypothesis is; the graph they need is not.
pytestmark = pytest.mark.usefixtures("anyio_backend")
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
STRICT = {"checks": {"negative_data_rejection": {"expected-statuses": ["401", "404", "413", "422"]}}}
"""What is invalid is refused as invalid, and not by luck because an id or a key is in use (409). 404 is for paths,
401 for a token left out, 413 for a text so much too long that its body is not read."""
ORDER = {"buyer_id": "D42", "buyer_kind": "distributor", "placed_at": "2026-03-05T09:30:00Z", "pv": "1", "cv": "1"}
KEYS = itertools.count()
TAKES_NOTHING = {"/livez", "/readyz"}
"""Nothing can be wrong about a request that takes nothing, not even a token."""
NEVER_ENDS = {"/v1/events/stream"}
"""tests/api/test_events.py reads it over a real connection."""
MENDED = {"query: violates `additionalProperties`", "header: violates `required` (was Authorization)"}
EXAMPLES = {GenerationMode.POSITIVE: 6, GenerationMode.NEGATIVE: 12}


@pytest.fixture(scope="module")
async def exemplary(standing: Company) -> Company:
    """A company with everybody and everything that the description's examples speak of."""
    await standing.enrol("D42", "D1")
    for path, body in [
        ("/v1/periods", {"name": "2026-03"}),
        ("/v1/orders", {**ORDER, "id": "O-10017"}),
        ("/v1/orders/O-10017/return", {"id": "R-1", "placed_at": ORDER["placed_at"]}),
    ]:
        assert (await standing.post(path, body, key=f"given {path}")).status_code == 201
    return standing


@pytest.fixture(scope="module")
def description(
    exemplary: Company, endpoints: Endpoints, settings: Settings
) -> Iterator[schemathesis.schemas.BaseSchema]:
    """An application of the generator's own beside the one that filled the graph."""
    app = create_app(settings, endpoints, clock=SetClock(), roll_up=False)
    yield schemathesis.openapi.from_asgi("/openapi.json", app, config=SchemathesisConfig.from_dict(STRICT))
    shutdown_lifespans()


@pytest.mark.parametrize("mode", list(EXAMPLES), ids=lambda mode: mode.value)
def test_the_application_keeps_to_its_description(
    description: schemathesis.schemas.BaseSchema, mode: GenerationMode
) -> None:
    every = [result.ok() for result in description.get_all_operations() if isinstance(result, Ok)]
    operations = [operation for operation in every if operation.path not in NEVER_ENDS]
    assert len(operations) >= 22
    broken = [line for operation in operations for line in _differences(operation, mode)]
    assert not broken, "\n".join(broken)


def _differences(operation: schemathesis.schemas.APIOperation[Any, Any, Any, Any], mode: GenerationMode) -> list[str]:
    """How the answers of one route differ from its description."""
    found: list[str] = []

    @settings(
        max_examples=EXAMPLES[mode],
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), someone=st.sampled_from(["D1", "D2", "D6", ""]))
    def ask(case: schemathesis.Case[Any], someone: str) -> None:
        if someone and mode is GenerationMode.POSITIVE and "distributor_id" in case.path_parameters:
            case.path_parameters["distributor_id"] = someone  # else all would be asked about nobody
        found.extend(_asked(case))

    try:
        ask()
    except Unsatisfiable:
        if operation.path in TAKES_NOTHING:
            return []
        raise
    except Exception as error:  # noqa: BLE001 - one route that cannot be asked must not hide what the others do
        found.append(f"{operation.label}: {type(error).__name__}: {error}")
    return found


def _asked(case: schemathesis.Case[Any]) -> list[str]:
    """Send one request; how its answer differs from the description."""
    headers = {"Authorization": f"Bearer {token()}"}
    if case.headers.get("Idempotency-Key") == "":
        # The generator's stand-in for a good key is none; with it, everything would be refused for the key's sake.
        case.headers["Idempotency-Key"] = f"key {next(KEYS)}"
    response = case.call(headers=headers)
    if response.status_code == 503 and "/problems/live-not-ready" in response.text:
        return []  # no worker runs beside this application, and no run stands in
    try:
        case.validate_response(response, checks=CHECKS, headers=headers)
    except FailureGroup as group:
        if all(_was_mended(failure.message) for failure in group.exceptions):
            return []
        sent = f"{response.request.url} {case.headers} {case.body!r:.300}"
        return [
            *(f"{case.operation.label}: {failure.title}: {failure.message}" for failure in group.exceptions),
            f"  {sent} -> {response.status_code} {response.text:.300}",
        ]
    return []


def _was_mended(message: str) -> bool:
    """Whether a request was to be refused only for the token that it's sent with here, and for words in its query that
    nobody asks for."""
    broken = {line.strip("- ") for line in message.splitlines() if line.startswith("  - ")}
    return bool(broken) and broken <= MENDED


def test_every_part_of_a_request_is_judged(description: schemathesis.schemas.BaseSchema) -> None:
    """One request for each constraint in the description, broken: wrong type, too long, out of range, left out."""
    broken: list[str] = []
    for result in description.get_all_operations():
        if isinstance(result, Ok):
            operation = result.ok()
            for case in description.iter_coverage_cases(
                operation,
                generation_modes=[GenerationMode.NEGATIVE],
                generation_config=description.config.generation_for(operation=operation),
            ):
                if case.method == operation.method.upper():
                    broken += _asked(case)
    assert not broken, "\n".join(broken)

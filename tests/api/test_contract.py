"""The application against its own description: generated requests, good and bad, to every route.

Each run sends the same requests. What is generated for one route depends on nothing else, so a new route is covered.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
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
TAKES_NOTHING = {"/livez", "/readyz"}
"""Nothing can be wrong about a request that takes nothing, not even a token."""
EXAMPLES = {GenerationMode.POSITIVE: 6, GenerationMode.NEGATIVE: 12}


@pytest.fixture(scope="module")
def description(
    standing: Company, endpoints: Endpoints, settings: Settings
) -> Iterator[schemathesis.schemas.BaseSchema]:
    """An application of the generator's own beside the one that filled the graph."""
    app = create_app(settings, endpoints, clock=SetClock(), roll_up=False)
    yield schemathesis.openapi.from_asgi("/openapi.json", app)
    shutdown_lifespans()


@pytest.mark.parametrize("mode", list(EXAMPLES), ids=lambda mode: mode.value)
def test_the_application_keeps_to_its_description(
    description: schemathesis.schemas.BaseSchema, mode: GenerationMode
) -> None:
    operations = [result.ok() for result in description.get_all_operations() if isinstance(result, Ok)]
    assert len(operations) >= 22
    broken = [line for operation in operations for line in _differences(operation, mode)]
    assert not broken, "\n".join(broken)


def _differences(operation: schemathesis.schemas.APIOperation[Any, Any, Any, Any], mode: GenerationMode) -> list[str]:
    """How the answers of one route differ from its description."""
    headers = {"Authorization": f"Bearer {token()}"}
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
        response = case.call(headers=headers)
        try:
            case.validate_response(response, checks=CHECKS, headers=headers)
        except FailureGroup as group:
            found.extend(f"{operation.label}: {failure.title}: {failure.message}" for failure in group.exceptions)
            found.append(f"  {response.request.url} {case.body!r:.300} -> {response.status_code} {response.text:.300}")

    try:
        ask()
    except Unsatisfiable:
        if operation.path in TAKES_NOTHING:
            return []
        raise
    except Exception as error:  # noqa: BLE001 - one route that cannot be asked must not hide what the others do
        found.append(f"{operation.label}: {type(error).__name__}: {error}")
    return found

"""Whatever happens in whatever order: trees, slots, tallies and history stay what a plain model says they are.

Hypothesis drives the rules of machine.py. The same few companies live on every commit; at night there are more, longer
and other ones: BANYAN_TEST_PROFILE=nightly. A failure prints the shortest sequence of steps that was found for it; a
nightly one is kept in .hypothesis and comes first in the next run.
"""

import asyncio
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from app.graph import open_graph
from app.graph.migrations import Migrator
from app.runtime import Endpoints
from app.settings import Settings
from tests.component.stateful.machine import CompanyMachine, Live

_COMMON = settings(
    deadline=None, suppress_health_check=list(HealthCheck), phases=[one for one in Phase if one is not Phase.explain]
)
PROFILES = {
    "ci": settings(_COMMON, max_examples=8, stateful_step_count=50, derandomize=True),
    "nightly": settings(_COMMON, max_examples=200, stateful_step_count=100),
}
PROFILE = PROFILES[os.environ.get("BANYAN_TEST_PROFILE", "ci")]


@pytest.fixture
def live(endpoints: Endpoints, test_settings: Settings) -> Iterator[Live]:
    """The tests are synchronous, as Hypothesis is; so the graph has a loop of its own."""
    with asyncio.Runner() as runner:
        opening = open_graph(
            endpoints.neo4j_url, endpoints.neo4j_user, endpoints.neo4j_password, test_settings.neo4j, wait_s=60
        )
        graph = runner.run(opening.__aenter__())
        try:
            runner.run(Migrator(graph).migrate())
            yield Live(runner, graph)
        finally:
            runner.run(opening.__aexit__(None, None, None))


@pytest.mark.timeout(6 * 3600 if PROFILE is PROFILES["nightly"] else 900)
def test_every_interleaving_keeps_graph_and_model_the_same(live: Live) -> None:
    class LiveCompanyMachine(CompanyMachine):
        def __init__(self) -> None:
            super().__init__(live)

    run_state_machine_as_test(LiveCompanyMachine, settings=PROFILE)

"""A real browser at the real page over the real application, Neo4j and Redis."""

import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
import structlog
from playwright.async_api import Browser, Playwright, async_playwright, expect
from pydantic import SecretStr

from app.access.models import Role
from app.access.tokens import issue_token
from app.graph import GraphDatabase
from app.graph.migrations import read_migrations
from app.graph.procedures import ProcedureInstaller
from app.main import create_app
from app.runtime import Endpoints
from app.settings import Settings
from tests.component.volumes.company import Company, TestClock
from tests.e2e.browsers import Machine, NoBrowserError, find_browser
from tests.e2e.company import found_company
from tests.e2e.serving import Served
from tests.e2e.visitor import PATIENCE_MS, Visitor

SECRET = SecretStr("only-for-tests-only-for-tests-only-for-tests")
DESKTOP = {"width": 1360, "height": 860}
_WIPE = "MATCH (n) WHERE NOT n:Migration AND NOT n:Lock CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS"


expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser_program(playwright: Playwright) -> Path:
    """The browser to look with. Where there is none and none can be had the test fails: it is never skipped."""
    machine = Machine(os.environ["PATH"], Path(playwright.chromium.executable_path), os.geteuid() == 0)
    try:
        return find_browser(machine)
    except NoBrowserError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
async def browser(playwright: Playwright, browser_program: Path) -> AsyncIterator[Browser]:
    # Chromium's sandbox refuses root; the page is ours and loads nothing from elsewhere.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    opened = await playwright.chromium.launch(executable_path=browser_program, args=arguments)
    yield opened
    await opened.close()


@dataclass
class Founded:
    """The company as it was founded last, and where the chain of facts ended then."""

    company: Company
    head: str


@pytest.fixture(scope="session")
def founded() -> list[Founded]:
    """Empty, or the last company."""
    return []


@pytest.fixture(scope="module")
async def company(migrated_graph: GraphDatabase, endpoints: Endpoints, founded: list[Founded]) -> Company:
    """The company all these tests look at. None of them writes, so it is founded anew only after tests that did."""
    if founded and founded[0].head == await _head(migrated_graph):
        return founded[0].company
    head = [migration for migration in read_migrations() if migration.name == "head"]
    await migrated_graph.run_script("wipe", [_WIPE, *head[0].statements], timeout_s=300)
    with redis.Redis.from_url(endpoints.redis_url) as client:
        client.flushall()
    await ProcedureInstaller(migrated_graph).install()
    company = await found_company(migrated_graph)
    founded[:] = [Founded(company, await _head(migrated_graph))]
    return company


async def _head(graph: GraphDatabase) -> str:
    row = await graph.read_one("queries/facts/head")
    assert row is not None
    return str(row["hash"])


@pytest.fixture
def clock(company: Company) -> Iterator[TestClock]:
    """The clock of company and application, put back after a test that moved it."""
    present = company.clock.at
    yield company.clock
    company.clock.at = present


@pytest.fixture(scope="module")
def served(company: Company, endpoints: Endpoints, test_settings: Settings) -> Iterator[Served]:
    settings = test_settings.model_copy(update={"token_secret": SECRET, "company": "acme"})
    # The roll-up is left out, so that figures stand still.
    application = Served(lambda: create_app(settings, endpoints, clock=company.clock, roll_up=False))
    logs = structlog.get_config()
    # Its thread would write between the tests' own lines.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    application.up()
    yield application
    application.down()
    structlog.configure(**logs)


@pytest.fixture
def token(clock: TestClock) -> str:
    """An administrator's token, good for an hour."""
    return issue_token(SECRET, "acme", Role.ADMIN, ttl=timedelta(hours=1), clock=clock)


@pytest.fixture
def distributor_token(clock: TestClock) -> Callable[[str], str]:
    return lambda id: issue_token(SECRET, "acme", Role.DISTRIBUTOR, id, timedelta(hours=1), clock=clock)


Come = Callable[..., Awaitable[Visitor]]


@pytest.fixture
async def come(browser: Browser, served: Served) -> AsyncIterator[Come]:
    """Visitors with a browser profile of their own each. Afterwards nothing they were not told to expect has happened.

    `expects` are beginnings of complaints that the test provokes.
    """
    async with AsyncExitStack() as stack:
        visitors: list[tuple[Visitor, tuple[str, ...]]] = []

        async def come_in(*, expects: tuple[str, ...] = (), **options: Any) -> Visitor:
            context = await stack.enter_async_context(
                await browser.new_context(**{"viewport": DESKTOP, "locale": "en-GB", **options})
            )
            visitor = Visitor(await context.new_page(), served)
            await visitor.watch()
            visitors.append((visitor, expects))
            return visitor

        yield come_in
        for visitor, expects in visitors:
            assert [complaint for complaint in visitor.complaints if not complaint.startswith(expects)] == []


@pytest.fixture
async def visitor(come: Come) -> Visitor:
    """One visitor at a desk."""
    return await come()

"""The whole application over real servers, asked as its callers ask it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import redis
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.routing import BaseRoute

from app.access.models import Role
from app.access.tokens import issue_token
from app.errors import BanyanError
from app.graph import GraphDatabase
from app.graph.migrations import read_migrations
from app.main import create_app
from app.runtime import Endpoints
from app.settings import Settings
from app.volumes import RollUp
from tests.conftest import _WIPE

NOW = datetime(2026, 4, 15, 12, 0, tzinfo=UTC)
SECRET = SecretStr("only-for-tests-" * 5)


class SetClock:
    """A clock that stands where a test puts it."""

    def __init__(self) -> None:
        self.present = NOW

    def now(self) -> datetime:
        return self.present


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(scope="session")
def settings(test_settings: Settings) -> Settings:
    return test_settings.model_copy(update={"token_secret": SECRET, "company": "acme"})


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[FastAPI]:
    """The application between its start and its end."""
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def app(
    graph: GraphDatabase, redis_url: str, endpoints: Endpoints, settings: Settings, clock: SetClock
) -> AsyncIterator[FastAPI]:
    """The application on an empty graph, with the roll-up left out: figures stand still."""
    async with running(create_app(settings, endpoints, clock=clock, roll_up=False)) as started:
        yield started


def routes_of(app: FastAPI) -> Iterator[BaseRoute]:
    """Every route of the application, those of its rooms among them."""
    pending: list[BaseRoute] = list(app.routes)
    while pending:
        route = pending.pop(0)
        room = getattr(route, "original_router", None)
        if room is not None:
            pending.extend(room.routes)
        yield route


def paths_of(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Path and method of every route of the application."""
    for route in routes_of(app):
        for method in sorted(getattr(route, "methods", None) or ()):
            yield getattr(route, "path", ""), method


def kinds(base: type[BanyanError] = BanyanError) -> Iterator[type[BanyanError]]:
    """An error class and all below it."""
    yield base
    for kind in base.__subclasses__():
        yield from kinds(kind)


def token(role: str = "admin", distributor: str | None = None, **claims: Any) -> str:
    """A token of the test company, an hour long from the tests' present."""
    clock = SetClock()
    clock.present = claims.pop("now", NOW)
    ttl = claims.pop("ttl", timedelta(hours=1))
    return issue_token(SECRET, "acme", Role(role), distributor, ttl, clock=clock, **claims)


@dataclass(frozen=True)
class Company:
    """Callers of one application, by who they are."""

    app: FastAPI

    @asynccontextmanager
    async def caller(self, bearer: str | None) -> AsyncIterator[httpx.AsyncClient]:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://banyan.test", headers=headers) as client:
            yield client

    async def get(self, path: str, bearer: str | None = None, **options: Any) -> httpx.Response:
        async with self.caller(bearer or token()) as client:
            return await client.get(path, **options)

    async def post(self, path: str, body: Any, bearer: str | None = None, key: str | None = None) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        async with self.caller(bearer or token()) as client:
            return await client.post(path, json=body, headers=headers)

    async def enrol(self, id: str, sponsor: str | None, placement: tuple[str, int] | None = None, **more: Any) -> None:
        body: dict[str, Any] = {"id": id, "sponsor_id": sponsor, "name": f"Name of {id}", **more}
        body.setdefault("enrolled_at", "2026-03-01T00:00:00Z")
        if placement:
            body["placement"] = {"kind": "explicit", "parent_id": placement[0], "slot": placement[1]}
        answer = await self.post("/v1/distributors", body, key=f"enrol-{id}")
        assert answer.status_code == 201, answer.text


@pytest.fixture
def company(app: FastAPI) -> Company:
    return Company(app)


SPONSORS = {"D2": "D1", "D3": "D1", "D4": "D1", "D5": "D1", "D6": "D2", "D7": "D6", "D8": "D3"}
PLACES = {"D2": ("D1", 1), "D3": ("D1", 2), "D4": ("D2", 1), "D5": ("D4", 1), "D6": ("D4", 2)}


async def enrol_ugly(company: Company) -> Company:
    """Eight people whose sponsor and placement differ, with a chain, a suspended person and two who wait for a place.

    sponsor: D1 > D2, D3, D4, D5; D2 > D6 > D7; D3 > D8
    binary: D1 > D2 (left), D3 (right); D2 > D4 (left); D4 > D5 (left), D6 (right); D7 and D8 wait
    """
    await company.enrol("D1", None)
    for id, sponsor in SPONSORS.items():
        await company.enrol(id, sponsor, PLACES.get(id), status="suspended" if id == "D5" else "active")
    return company


@pytest.fixture
async def ugly(company: Company) -> Company:
    """The company of `enrol_ugly`, of this test's own."""
    return await enrol_ugly(company)


@pytest.fixture(scope="module")
async def standing(migrated_graph: GraphDatabase, endpoints: Endpoints, settings: Settings) -> AsyncIterator[Company]:
    """The company of `enrol_ugly` for all tests of a module that only read it, rolled up. They take no other graph."""
    await empty(migrated_graph)
    with redis.Redis.from_url(endpoints.redis_url) as client:
        client.flushall()
    async with running(create_app(settings, endpoints, clock=SetClock(), roll_up=False)) as app:
        company = await enrol_ugly(Company(app))
        await roll_up(migrated_graph)
        yield company


async def empty(graph: GraphDatabase) -> None:
    """Leave what a freshly migrated graph holds."""
    head = next(migration for migration in read_migrations() if migration.name == "head")
    await graph.run_script("wipe", [_WIPE, *head.statements], timeout_s=300)


async def roll_up(graph: GraphDatabase) -> None:
    """Count every fact so far. The cache is not told, so it is not used either."""
    rollup = RollUp(graph, "test", SetClock(), lease_ms=3_600_000)
    assert await rollup.claim()
    while not (await rollup.step()).idle:
        pass

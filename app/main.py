"""The web application: `create_app` declares it, its lifespan builds the object graph. Nothing happens at import."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from starlette.middleware import Middleware

from app import metrics
from app.access.tokens import TokenVerifier, WeakSecretError
from app.access.visibility import Visibility
from app.clock import Clock, SystemClock
from app.edge import Abandonment, BodyLimit, RequestContext
from app.errors import UnavailableError
from app.explorer.routes import mount_explorer
from app.facts.writer import FactWriter
from app.graph import GraphDatabase, open_graph
from app.graph.migrations import Migrator
from app.health import routes as health_routes
from app.health.service import Check, HealthService
from app.orders import routes as order_routes
from app.people import routes as people_routes
from app.people.repository import PeopleRepository
from app.people.service import PeopleService
from app.periods import routes as period_routes
from app.periods.repository import PeriodRepository
from app.periods.service import PeriodService
from app.problems import install_problem_handlers
from app.runtime import Endpoints
from app.settings import Settings
from app.support import routes as support_routes
from app.support.gateway import CypherDesk

MAX_BODY_BYTES: Final = 1024 * 1024
_DESCRIPTION: Final = """
Genealogy, volumes, ranks and pay of one network-marketing company.

Every route below `/v1` takes a bearer token. Writes take an `Idempotency-Key`. Amounts are decimal text, instants are
ISO 8601 in UTC, errors are RFC 9457 problems, and every answer says as of which fact it speaks.
"""


class PendingMigrationsError(UnavailableError):
    """The graph is older than this code."""

    title = "Migrations are pending"


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with; one set a process, at `app.state.services`."""

    tokens: TokenVerifier
    visibility: Visibility
    writer: FactWriter
    people: PeopleService
    periods: PeriodService
    desk: CypherDesk
    health: HealthService


def create_app(settings: Settings, endpoints: Endpoints, *, clock: Clock | None = None) -> FastAPI:
    """The application for servers that run already. It connects when its lifespan starts, and closes at its end.

    Errors: WeakSecretError when no token secret of at least 32 bytes is set.
    """
    if settings.token_secret is None:
        raise WeakSecretError("no token secret is set; give BANYAN_TOKEN_SECRET at least 32 random bytes")
    clock = clock or SystemClock()
    tokens = TokenVerifier(settings.token_secret, settings.company, clock)
    app = FastAPI(
        title="Banyan",
        version="0.1.0",
        description=_DESCRIPTION,
        lifespan=_lifespan(settings, endpoints, clock, tokens),
        redoc_url=None,
        # The last one is nearest to the routes.
        middleware=[
            Middleware(RequestContext),
            Middleware(Abandonment, frozenset({support_routes.PATH})),
            Middleware(BodyLimit, MAX_BODY_BYTES),
        ],
    )
    install_problem_handlers(app)
    for room in (people_routes, order_routes, period_routes, support_routes, health_routes, metrics):
        app.include_router(room.router)
    mount_explorer(app)
    return app


def _lifespan(
    settings: Settings, endpoints: Endpoints, clock: Clock, tokens: TokenVerifier
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_graph(
            endpoints.neo4j_url, endpoints.neo4j_user, endpoints.neo4j_password, settings.neo4j
        ) as graph:
            app.state.services = _services(graph, clock, tokens)
            yield

    return lifespan


def _services(graph: GraphDatabase, clock: Clock, tokens: TokenVerifier) -> Services:
    writer = FactWriter(graph, clock)
    return Services(
        tokens=tokens,
        visibility=Visibility(graph),
        writer=writer,
        people=PeopleService(PeopleRepository(graph)),
        periods=PeriodService(PeriodRepository(graph), writer),
        desk=CypherDesk(graph),
        health=HealthService(_checks(graph)),
    )


def _checks(graph: GraphDatabase) -> list[Check]:
    async def answers() -> str:
        row = await graph.read_one("queries/health/ping")
        return f"the last fact is {row['seq'] if row else None}"

    async def migrated() -> str:
        pending = [one.file for one in await Migrator(graph).status() if one.state == "pending"]
        if pending:
            raise PendingMigrationsError(f"{len(pending)} migrations are pending; run banyan migrate", pending=pending)
        return "every migration is applied"

    return [Check("neo4j", True, answers), Check("migrations", True, migrated)]

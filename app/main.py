"""The web application: `create_app` declares it, its lifespan builds the object graph. Nothing happens at import."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from starlette.middleware import Middleware

from app import metrics
from app.access.tokens import TokenVerifier, WeakSecretError
from app.access.visibility import Visibility
from app.cache import EventStreams, RedisStore, SubtreeCache, open_store
from app.calculations import routes as calculation_routes
from app.calculations.service import CalculationService
from app.clock import Clock, SystemClock
from app.dashboards import routes as dashboard_routes
from app.dashboards.repository import DashboardRepository
from app.dashboards.service import DashboardService
from app.differences import routes as difference_routes
from app.differences.service import DifferenceService
from app.downlines import routes as downline_routes
from app.downlines.repository import DownlineRepository
from app.downlines.service import DownlineExports
from app.edge import Abandonment, Admission, BodyLimit, RequestContext
from app.events import routes as event_routes
from app.events.feed import EventFeed
from app.events.groups import EventGroups
from app.events.ranks import RankFeed
from app.events.repository import EventRepository
from app.events.service import EventService
from app.explorer.routes import mount_explorer
from app.facts.writer import FactWriter
from app.health import routes as health_routes
from app.health.checks import checks
from app.health.service import HealthService
from app.live import routes as live_routes
from app.live.service import LiveService
from app.moments import Moments
from app.moves import routes as move_routes
from app.moves.service import MoveService
from app.orders import bulk as bulk_order_routes
from app.orders import routes as order_routes
from app.people import routes as people_routes
from app.people.repository import PeopleRepository
from app.people.service import PeopleService
from app.periods import routes as period_routes
from app.periods.service import PeriodService
from app.places import routes as place_routes
from app.places.repository import PlaceRepository
from app.places.service import PlaceService
from app.plans import routes as plan_routes
from app.plans.service import PlanService
from app.problems import ProblemApi, install_problem_handlers
from app.ranks import routes as rank_routes
from app.ranks.service import RankOverrideService
from app.reports import routes as report_routes
from app.reports.service import ReportService
from app.runs import routes as run_routes
from app.runs.breakaway import BreakawayService
from app.runs.closed import ClosedPeriods
from app.runs.printing import StatementPrinter
from app.runs.service import RunService
from app.runs.statements import StatementService
from app.runs.takeover import TakeOverService
from app.runtime import Endpoints
from app.settings import Settings
from app.support import routes as support_routes
from app.support.gateway import CypherDesk
from app.trees import routes as tree_routes
from app.trees.repository import TreeRepository
from app.trees.service import TreeService
from app.volumes import routes as volume_routes
from app.volumes.live import LiveFigures
from app.whatif import routes as what_if_routes
from app.whatif.service import WhatIfService
from app.wiring import House, Worker, live_ranks, open_house, workers

MAX_BODY_BYTES: Final = 1024 * 1024
WRITES_A_CONNECTION: Final = 8
"""Under way for each connection to the graph: enough for large commits, and a wait of a moment for whoever is admitted
last."""
_READING_POSTS: Final = frozenset({support_routes.PATH, what_if_routes.PATH})
_DESCRIPTION: Final = """
Genealogy, volumes, ranks and pay of one network-marketing company.

Every route below `/v1` takes a bearer token. Writes take an `Idempotency-Key`. Amounts are decimal text, instants are
ISO 8601 in UTC, errors are RFC 9457 problems, and figures say as of which fact they speak.
"""
# Each route is tried in turn, so those come first that are asked most often.
_ROOMS: Final = (
    order_routes,
    bulk_order_routes,
    people_routes,
    place_routes,
    move_routes,
    tree_routes,
    downline_routes,
    volume_routes,
    period_routes,
    plan_routes,
    run_routes,
    rank_routes,
    dashboard_routes,
    live_routes,
    calculation_routes,
    report_routes,
    difference_routes,
    what_if_routes,
    event_routes,
    support_routes,
    health_routes,
    metrics,
)


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with; one set a process, at `app.state.services`."""

    tokens: TokenVerifier
    visibility: Visibility
    moments: Moments
    writer: FactWriter
    people: PeopleService
    trees: TreeService
    exports: DownlineExports
    places: PlaceService
    live: LiveFigures
    dashboards: DashboardService
    periods: PeriodService
    runs: RunService
    calculations: CalculationService
    moves: MoveService
    statements: StatementService
    printer: StatementPrinter
    closed: ClosedPeriods
    takeover: TakeOverService
    breakaway: BreakawayService
    reports: ReportService
    differences: DifferenceService
    what_ifs: WhatIfService
    plans: PlanService
    rank_overrides: RankOverrideService
    events: EventService
    feed: EventFeed
    rank_feed: RankFeed
    groups: EventGroups
    live_ranks: LiveService
    desk: CypherDesk
    health: HealthService


def create_app(
    settings: Settings, endpoints: Endpoints, *, clock: Clock | None = None, roll_up: bool = True
) -> FastAPI:
    """The application for servers that run already. It connects when its lifespan starts, and closes at its end.

    `roll_up` also runs the roll-up and the other workers in this process. Beside a worker of its own that does no harm:
    one of them reigns, and each calculation is one worker's.

    Errors: WeakSecretError when no token secret of at least 32 bytes is set.
    """
    if settings.token_secret is None:
        raise WeakSecretError("no token secret is set; give BANYAN_TOKEN_SECRET at least 32 random bytes")
    clock = clock or SystemClock()
    tokens = TokenVerifier(settings.token_secret, settings.company, clock)
    app = ProblemApi(
        title="Banyan",
        version="0.1.0",
        description=_DESCRIPTION,
        lifespan=_lifespan(settings, endpoints, clock, tokens, roll_up=roll_up),
        redoc_url=None,
        # The last one is nearest to the routes.
        middleware=[
            Middleware(RequestContext),
            Middleware(Abandonment, _READING_POSTS),
            Middleware(
                Admission,
                settings.neo4j.pool_size * WRITES_A_CONNECTION,
                {bulk_order_routes.PATH: bulk_order_routes.AT_ONCE},
                _READING_POSTS,
            ),
            Middleware(BodyLimit, MAX_BODY_BYTES),
        ],
    )
    install_problem_handlers(app)
    for room in _ROOMS:
        app.include_router(room.router)
    mount_explorer(app)
    return app


def _lifespan(
    settings: Settings, endpoints: Endpoints, clock: Clock, tokens: TokenVerifier, *, roll_up: bool
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with (
            open_house(settings, endpoints, clock=clock) as house,
            open_store(endpoints.redis_url, settings.company, settings.redis) as store,
        ):
            app.state.services = services = _services(house, store, tokens)
            beside: dict[str, Worker] = {
                "events": services.feed,
                "new-ranks": services.rank_feed,
                **(workers(house, store) if roll_up else {}),
            }
            async with _running(beside):
                yield

    return lifespan


@asynccontextmanager
async def _running(beside: Mapping[str, Worker]) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = [asyncio.create_task(one.run(stop), name=name) for name, one in beside.items()]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*running)


def _services(house: House, store: RedisStore, tokens: TokenVerifier) -> Services:
    graph = house.graph
    events = EventRepository(graph)
    moments = Moments(graph)
    cache = SubtreeCache(store, hear=moments.learn)
    live, ranks = LiveFigures(graph, house.periods, house.clock), live_ranks(house, store)
    return Services(
        tokens=tokens,
        visibility=Visibility(graph),
        moments=moments,
        writer=house.writer,
        people=PeopleService(PeopleRepository(graph)),
        trees=TreeService(TreeRepository(graph), cache),
        exports=DownlineExports(DownlineRepository(graph)),
        places=PlaceService(PlaceRepository(graph), house.clock),
        live=live,
        dashboards=DashboardService(
            DashboardRepository(graph),
            cache,
            figures=live,
            periods=house.periods,
            standings=house.standings,
            live=ranks,
        ),
        periods=house.periods,
        runs=house.runs,
        calculations=house.calculations,
        moves=house.moves,
        statements=house.statements,
        printer=house.printer,
        closed=house.closed,
        takeover=house.takeover,
        breakaway=house.breakaway,
        reports=house.reports,
        differences=house.differences,
        what_ifs=house.what_ifs,
        plans=house.plans,
        rank_overrides=house.rank_overrides,
        events=EventService(events),
        feed=EventFeed(events),
        rank_feed=RankFeed(events, store),
        groups=EventGroups(events, EventStreams(store)),
        live_ranks=ranks,
        desk=CypherDesk(graph),
        health=HealthService(checks(graph, store)),
    )

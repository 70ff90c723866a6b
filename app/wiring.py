"""The object graph, built once a process on running servers: the API, the worker and the CLI share it."""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import time
from functools import partial
from typing import Protocol

from pydantic import SecretStr

from app.asked.repository import AskedRepository
from app.asked.service import AskedService
from app.audit.exports import AuditExports
from app.audit.service import AuditService
from app.blobs.store import BlobStore, DirectoryBlobs
from app.cache import Answers, CacheRefresher, Questions, RedisStore, Teller
from app.calculations.closed import RunsOfClosedPeriods
from app.calculations.nightly import Night, NightlyPreviews
from app.calculations.paying import plan_of
from app.calculations.repository import CalculationRepository
from app.calculations.service import CalculationService
from app.clock import Clock, SystemClock
from app.comparing.repository import ComparingRepository
from app.comparing.service import ComparingService
from app.differences.service import DifferenceService
from app.exports.repository import ExportRepository
from app.exports.service import ExportService
from app.facts.writer import FactWriter
from app.graph import GraphDatabase, open_graph
from app.graph.migrations import Migrator
from app.graph.procedures import InstallReport, ProcedureInstaller
from app.imports.repository import ImportRepository
from app.imports.service import ImportService
from app.live.lease import LEASE_MS as LIVE_LEASE_MS
from app.live.lease import Lease
from app.live.mirrors import Mirrors
from app.live.models import HearsOfRanks
from app.live.pushes import TOPIC as NEW_RANKS
from app.live.pushes import RankPushes
from app.live.repository import MirrorReader
from app.live.service import TOPIC, LiveService, answer_by
from app.moves.repository import MoveRepository
from app.moves.service import MoveService
from app.periods.calendars import zone_of
from app.periods.models import Period
from app.periods.repository import PeriodRepository
from app.periods.service import PeriodService
from app.places.repository import PlaceRepository
from app.plans.models import Plan
from app.plans.repository import PlanRepository
from app.plans.service import PlanService
from app.ranks.repository import RankOverrideRepository
from app.ranks.service import RankOverrideService
from app.reports.service import ReportService
from app.runs.before import PeriodsBefore
from app.runs.breakaway import BreakawayService
from app.runs.clawbacks import ClawbackReader
from app.runs.closed import ClosedPeriods
from app.runs.opened import OpenedRuns
from app.runs.payments import PaymentRepository
from app.runs.printing import StatementPrinter
from app.runs.repository import RunRepository
from app.runs.service import RunService
from app.runs.snapshots import SnapshotRepository
from app.runs.standings import RunStandings
from app.runs.statements import StatementService
from app.runs.takeover import TakeOverService
from app.runtime import Endpoints
from app.settings import Settings
from app.trees.repository import TreeRepository
from app.volumes import RollUp
from app.volumes.live import LiveFigures
from app.volumes.rollup import LEASE_MS
from app.whatif.service import WhatIfService
from app.workers.asked import AskedWorker
from app.workers.asking import AskingWorker
from app.workers.calculations import LEASE_MS as CALCULATION_LEASE_MS
from app.workers.calculations import CalculationWorker
from app.workers.holding_tank import HoldingTankWorker
from app.workers.live import PAY_REST_S, LiveWorker
from app.workers.rollup import RollUpWorker


@dataclass(frozen=True, slots=True)
class House:
    """Every service of one process."""

    settings: Settings
    clock: Clock
    graph: GraphDatabase
    writer: FactWriter
    periods: PeriodService
    runs: RunService
    blobs: BlobStore
    calculations: CalculationService
    moves: MoveService
    statements: StatementService
    printer: StatementPrinter
    closed: ClosedPeriods
    imports: ImportService
    comparing: ComparingService
    differences: DifferenceService
    what_ifs: WhatIfService
    exports: ExportService
    takeover: TakeOverService
    breakaway: BreakawayService
    audit: AuditService
    audit_exports: AuditExports
    reports: ReportService
    plans: PlanService
    rank_overrides: RankOverrideService
    before: PeriodsBefore
    clawbacks: ClawbackReader
    opened: OpenedRuns
    standings: RunStandings
    mirrors: Mirrors
    """Live ranks that a worker of this process keeps; empty without one."""


@asynccontextmanager
async def open_house(
    settings: Settings, endpoints: Endpoints, *, clock: Clock | None = None, wait_s: float = 60.0
) -> AsyncIterator[House]:
    """A house on servers that answer within `wait_s` seconds; its connections are closed at the end."""
    async with open_graph(
        endpoints.neo4j_url, endpoints.neo4j_user, endpoints.neo4j_password, settings.neo4j, wait_s=wait_s
    ) as graph:
        yield build_house(settings, graph, clock or SystemClock())


def build_house(settings: Settings, graph: GraphDatabase, clock: Clock) -> House:
    """The services on an open graph."""
    writer = FactWriter(graph, clock)
    blobs = DirectoryBlobs(settings.data_dir / "blobs")
    run_repository = RunRepository(graph)
    opened = OpenedRuns(blobs, settings.opened_runs_mib)
    periods = PeriodService(PeriodRepository(graph), writer)
    payments = PaymentRepository(graph)
    statements = StatementService(runs=run_repository, payments=payments, periods=periods, opened=opened)
    takeover = TakeOverService(graph, runs=run_repository, periods=periods, blobs=blobs)
    snapshots = SnapshotRepository(graph)
    before = PeriodsBefore(runs=run_repository, snapshots=snapshots, periods=periods, blobs=blobs)
    clawbacks = ClawbackReader(before=before, periods=periods, blobs=blobs)
    runs = RunService(
        runs=run_repository,
        payments=payments,
        snapshots=snapshots,
        before=before,
        clawbacks=clawbacks,
        periods=periods,
        writer=writer,
        blobs=blobs,
        clock=clock,
    )
    calculations = CalculationService(CalculationRepository(graph), periods=periods, writer=writer, blobs=blobs)
    plans = PlanService(PlanRepository(graph), writer=writer, blobs=blobs)
    return House(
        settings=settings,
        clock=clock,
        graph=graph,
        writer=writer,
        periods=periods,
        runs=runs,
        blobs=blobs,
        calculations=calculations,
        moves=MoveService(
            MoveRepository(graph),
            writer=writer,
            periods=periods,
            snapshots=snapshots,
            before=before,
            runs=run_repository,
            blobs=blobs,
        ),
        statements=statements,
        printer=StatementPrinter(graph, statements=statements, takeover=takeover),
        closed=ClosedPeriods(graph, runs=run_repository, opened=opened),
        imports=ImportService(ImportRepository(graph), writer, clock),
        comparing=ComparingService(
            runs=run_repository, periods=periods, people=ComparingRepository(graph), blobs=blobs
        ),
        differences=DifferenceService(runs=runs, opened=opened, people=ComparingRepository(graph)),
        what_ifs=WhatIfService(
            runs=runs,
            periods=periods,
            plans=plans,
            calculations=calculations,
            opened=opened,
            people=ComparingRepository(graph),
            blobs=blobs,
        ),
        exports=ExportService(ExportRepository(graph), writer=writer, runs=run_repository, blobs=blobs),
        takeover=takeover,
        breakaway=BreakawayService(graph, runs=run_repository, periods=periods, blobs=blobs),
        audit=AuditService(
            graph,
            runs=run_repository,
            plans=PlanRepository(graph),
            blobs=blobs,
        ),
        audit_exports=AuditExports(
            graph,
            writer=writer,
            periods=periods,
            runs=run_repository,
            statements=statements,
            opened=opened,
            blobs=blobs,
            clock=clock,
        ),
        plans=plans,
        rank_overrides=RankOverrideService(RankOverrideRepository(graph), writer),
        before=before,
        clawbacks=clawbacks,
        opened=opened,
        standings=RunStandings(blobs),
        mirrors=Mirrors(),
        reports=ReportService(runs=runs, periods=periods, people=ComparingRepository(graph), blobs=blobs),
    )


def roll_up(house: House, lease_ms: int = LEASE_MS) -> RollUp:
    """The roll-up under a name that no other process has."""
    return RollUp(house.graph, _holder(), house.clock, lease_ms=lease_ms)


def _holder() -> str:
    """A name for what this process holds: no other process has it."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def roll_up_worker(house: House, store: RedisStore) -> RollUpWorker:
    """The loop that rolls up and tells the cache."""

    async def load_numbers(ixs: Sequence[int]) -> Mapping[int, list[int]]:
        return (await trees.numbers(ixs)).value

    trees = TreeRepository(house.graph)
    return RollUpWorker(house.graph, roll_up(house), CacheRefresher(store, load_numbers), house.clock)


def holding_tank_worker(house: House) -> HoldingTankWorker:
    """The loop that places those whose time to choose has ended."""
    return HoldingTankWorker(PlaceRepository(house.graph), house.writer, house.clock)


def asked_service(house: House) -> AskedService:
    """What is asked for over Bolt, decided."""
    return AskedService(AskedRepository(house.graph), writer=house.writer, moves=house.moves, clock=house.clock)


def asked_worker(house: House) -> AskedWorker:
    """The loop that answers what is asked for over Bolt."""
    return AskedWorker(asked_service(house), holder=_holder())


def calculation_worker(house: House, lease_ms: int = CALCULATION_LEASE_MS) -> CalculationWorker:
    """The loop that calculates what is queued."""
    return CalculationWorker(
        CalculationRepository(house.graph),
        runs=house.runs,
        blobs=house.blobs,
        clock=house.clock,
        holder=_holder(),
        lease_ms=lease_ms,
    )


def live_worker(
    house: House,
    store: RedisStore | None,
    *,
    lease_ms: int = LIVE_LEASE_MS,
    pay_rest_s: float = PAY_REST_S,
    hears: HearsOfRanks | None = None,
) -> LiveWorker:
    """The loop that keeps ranks and pay of open periods up. `hears` is told whose rank changed; when left out, all
    processes are."""
    if hears is None and store is not None:
        hears = RankPushes(Teller(store, NEW_RANKS).tell)

    async def plan_paying(period: Period) -> Plan | None:
        return await plan_of(period, plans=house.plans, runs=house.runs, blobs=house.blobs)

    return LiveWorker(
        house.mirrors,
        MirrorReader(house.graph, snapshots=SnapshotRepository(house.graph), before=house.before),
        periods=house.periods,
        plan_of=plan_paying,
        clawbacks=house.clawbacks,
        lease=Lease(house.graph, _holder(), house.clock, lease_ms=lease_ms),
        clock=house.clock,
        answers=None if store is None else Answers(store, TOPIC, partial(answer_by, house.mirrors)),
        hears=hears,
        pay_rest_s=pay_rest_s,
    )


def live_ranks(house: House, store: RedisStore | None) -> LiveService:
    """What answers for live ranks and pay: this process or another."""
    return LiveService(
        house.graph,
        mirrors=house.mirrors,
        questions=None if store is None else Questions(store, TOPIC),
        figures=LiveFigures(house.graph, house.periods, house.clock),
        plans=house.plans,
        before=house.before,
        standings=house.standings,
    )


def nightly_previews(house: House, at: str) -> NightlyPreviews:
    """What has open periods previewed at a time of day, such as '02:30'."""
    return NightlyPreviews(
        Night(time.fromisoformat(at), zone_of(house.settings.zone)),
        calculations=house.calculations,
        periods=house.periods,
        runs=house.runs,
        plans=house.plans,
        blobs=house.blobs,
        clock=house.clock,
    )


def runs_of_closed_periods(house: House) -> RunsOfClosedPeriods:
    """What has closed periods calculated."""
    return RunsOfClosedPeriods(
        calculations=house.calculations, periods=house.periods, runs=house.runs, plans=house.plans
    )


class Worker(Protocol):
    """What runs beside the API."""

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set."""


def workers(house: House, store: RedisStore) -> dict[str, Worker]:
    """All of them by name, once a process."""
    found: dict[str, Worker] = {
        "roll-up": roll_up_worker(house, store),
        "holding-tank": holding_tank_worker(house),
        "asked": asked_worker(house),
        "calculations": calculation_worker(house),
        "closed-periods": AskingWorker(runs_of_closed_periods(house)),
    }
    if house.settings.live:
        found["live"] = live_worker(house, store)
    if house.settings.nightly_preview is not None:
        found["nightly"] = AskingWorker(nightly_previews(house, house.settings.nightly_preview))
    return found


async def prepare(graph: GraphDatabase) -> tuple[list[str], InstallReport]:
    """Bring the graph to this code: migrations first, then the procedures. What was applied, and what is installed."""
    applied = await Migrator(graph).migrate()
    return applied, await ProcedureInstaller(graph).install()


def with_token_secret(settings: Settings) -> Settings:
    """The settings with a secret to sign tokens by: the one given, else one made once for this data folder."""
    if settings.token_secret is not None:
        return settings
    path = settings.data_dir / "token_secret"
    if not path.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return settings.model_copy(update={"token_secret": SecretStr(path.read_text())})

"""The command line: `banyan --help`. Every command works on the servers of the settings, starting them if need be."""

import asyncio
import secrets
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

import typer

from app.access.models import Role
from app.access.tokens import issue_token
from app.amounts import from_minor, to_minor
from app.audit.exports import AuditExport
from app.audit.text import report_lines
from app.cache import open_store
from app.calculations.text import calculation_lines
from app.clock import SystemClock
from app.comparing.names import NO_NAMES, read_bonus_names
from app.comparing.results import read_results
from app.comparing.text import comparison_lines, refuse_to_overwrite, write_differences
from app.demo.tour import take_tour
from app.differences.models import PEOPLE_A_PAGE, Differences
from app.differences.text import difference_lines, differences_csv
from app.doctor.places import rebuild_spots
from app.doctor.service import Doctor
from app.doctor.text import diagnosis_lines
from app.errors import BanyanError, InvalidInputError
from app.exports.service import ExportReport
from app.facts.calendars import MONTHLY, CommissionDate
from app.facts.commands import FileFormat, KeepMatrix, Step, Submission
from app.facts.errors import NoMatrixError, UnknownPeriodError
from app.facts.limits import MOST_GRACE_DAYS
from app.facts.runs import RunState
from app.files import replacing
from app.generator import MAX_DISTRIBUTORS, CompanySpec, Shape, generate, write_company
from app.generator.models import matrix_size
from app.generator.months import month_names
from app.graph.migrations import Migrator
from app.imports.files import Input, read_directory
from app.imports.models import MAX_ROWS, ImportReport
from app.imports.offline.service import OfflineImport, Start, start_of
from app.imports.progress import Stages
from app.imports.report import lines_of
from app.listening import home_of, listen, listen_anywhere
from app.logs import configure_logs
from app.places.matrix import MOST_DEEP, MOST_WIDE
from app.places.repository import PlaceRepository
from app.plans.loader import check_plan, library, load_plan, read_plan
from app.plans.models import Plan
from app.plans.schema import schema_text
from app.plans.summary.plan import summary_lines
from app.ranks.text import said_lines
from app.reports.models import ReportName
from app.reports.schemas import Format, content_of
from app.reports.text import table_lines
from app.runs.errors import NoRunError
from app.runs.models import EVERY_ROW, RUN_ID, Part, Payment
from app.runs.text import (
    LINES_SHOWN,
    balance_lines,
    past_statement_lines,
    payments_csv,
    run_lines,
    statement_lines,
    step_line,
)
from app.runtime import Endpoints, running_servers
from app.runtime.neo4j_store import has_store, refuse_other_sources
from app.settings import Settings, read_settings
from app.volumes.models import MOST_LEVELS, TREES
from app.volumes.rebuild import LEASE_MS, TallyRebuild
from app.volumes.repository import levels_kept
from app.whatif.models import MOST_SHOWN, Asked, By, Variant, WhatIf
from app.whatif.moves import read_move
from app.whatif.text import chart_svg, everybody, what_if_lines
from app.wiring import House, open_house, prepare, roll_up, with_token_secret, workers

Result = TypeVar("Result")
DEMO_FOLDER: Final = "demo"
MOST_AS_CSV: Final = 100_000
FOLLOW_S: Final = 0.5
PAYMENTS_A_PAGE: Final = 10_000

app = typer.Typer(help="Banyan: trees, volumes, ranks and pay, exact and explained.", no_args_is_help=True)
period_app = typer.Typer(help="Periods of each calendar: open, close, list.", no_args_is_help=True)
run_app = typer.Typer(help="Commission runs: calculate or queue, then step by step to pay.", no_args_is_help=True)
plan_app = typer.Typer(help="Plans: check, summary, register, list, schema, library.", no_args_is_help=True)
rank_app = typer.Typer(help="Ranks that somebody decides: decide, end, list.", no_args_is_help=True)
audit_app = typer.Typer(help="The history: verify, export.", no_args_is_help=True)
for name, group in (
    ("period", period_app),
    ("run", run_app),
    ("plan", plan_app),
    ("rank", rank_app),
    ("audit", audit_app),
):
    app.add_typer(group, name=name)

Actor = Annotated[str, typer.Option(help="Who does this; it is kept with the fact.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the fact.")]
Why = Annotated[str, typer.Option("--reason", help="Why; it is kept with the fact.")]


def say(line: str) -> None:
    """One line for people; errors and progress go to standard error."""
    typer.echo(line)


def progress(line: str) -> None:
    typer.echo(line, err=True)


def tell(error: BanyanError) -> None:
    progress(f"{error.title}: {error.message}")


def in_house(
    work: Callable[[House], Awaitable[Result]], settings: Settings | None = None, *, fill: bool = True
) -> Result:
    """Run `work` with every service, on a graph that is at the newest migration; `fill` as Migrator has it.

    Procedures are installed by those commands after which somebody may call them: migrate, serve and demo.
    """
    settings = settings or read_settings()
    quiet_logs(settings)

    async def at_home(endpoints: Endpoints) -> Result:
        async with open_house(settings, endpoints) as house:
            await Migrator(house.graph).migrate(fill=fill)
            return await work(house)

    with running_servers(settings, progress=progress) as endpoints:
        return asyncio.run(at_home(endpoints))


def quiet_logs(settings: Settings) -> None:
    """A command says what it does; its log is for whoever asks for it by BANYAN_LOG_LEVEL."""
    configure_logs(settings.log_level if "log_level" in settings.model_fields_set else "ERROR")


# --- servers ----------------------------------------------------------------------------------------------------------


@app.command()
def demo(
    once: Annotated[bool, typer.Option(help="End after the tour instead of serving.")] = False,
) -> None:
    """Take the tour: published examples, a company of ten thousand, its pay; then serve it until Ctrl-C."""
    settings = read_settings()
    settings = with_token_secret(settings.model_copy(update={"data_dir": settings.data_dir / DEMO_FOLDER}))
    if settings.neo4j.url:
        raise typer.BadParameter(
            "The tour empties its database; it runs only on one it starts itself. Unset BANYAN_NEO4J__URL."
        )
    quiet_logs(settings)
    listener = None if once else _demo_listener(settings)

    async def tour(endpoints: Endpoints) -> None:
        async with open_house(settings, endpoints) as house:
            await prepare(house.graph)
            await take_tour(house, say)
        if listener:
            for line in welcome_lines(settings, home_of(listener)):
                say(line)
            await _serve(settings, endpoints, listener)

    with running_servers(settings, progress=progress) as endpoints:
        _run_serving(tour(endpoints))


def _demo_listener(settings: Settings) -> socket.socket:
    """A newcomer's port 8000 is often taken; any other will do for a tour."""
    listener = listen_anywhere(settings.host, settings.port)
    if settings.port not in (0, listener.getsockname()[1]):
        progress(f"Port {settings.port} is taken by another program; the tour is served at {home_of(listener)}.")
    return listener


@app.command()
def serve() -> None:
    """Serve the API, its documentation and the explorer until Ctrl-C."""
    settings = with_token_secret(read_settings())
    configure_logs(settings.log_level)
    listener = listen(settings.host, settings.port)

    async def at_home(endpoints: Endpoints) -> None:
        async with open_house(settings, endpoints) as house:
            await prepare(house.graph)
        await _serve(settings, endpoints, listener)

    with running_servers(settings, progress=progress) as endpoints:
        _run_serving(at_home(endpoints))


def _run_serving(work: Coroutine[Any, Any, None]) -> None:
    # The web framework takes as long to load as most commands take altogether.
    from app.serving import run_serving  # noqa: PLC0415

    run_serving(work)


async def _serve(settings: Settings, endpoints: Endpoints, listener: socket.socket) -> None:
    from app.main import create_app  # noqa: PLC0415
    from app.serving import Server  # noqa: PLC0415

    await Server(create_app(settings, endpoints)).serve(sockets=[listener])


@app.command()
def worker() -> None:
    """Roll up and calculate what is queued until Ctrl-C, beside the API. `banyan serve` does it as well."""
    settings = read_settings()
    configure_logs(settings.log_level)

    async def at_home(endpoints: Endpoints) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with (
            open_house(settings, endpoints) as house,
            open_store(endpoints.redis_url, settings.company, settings.redis) as store,
        ):
            await prepare(house.graph)
            await asyncio.gather(*(one.run(stop) for one in workers(house, store).values()))

    with running_servers(settings, progress=progress) as endpoints:
        asyncio.run(at_home(endpoints))


def welcome_lines(settings: Settings, home: str) -> list[str]:
    """Where to look, with a token to look with."""
    secret = settings.token_secret
    token = issue_token(secret, settings.company, Role.ADMIN) if secret else ""
    return [
        "",
        f"API            {home}/v1",
        f"Documentation  {home}/docs",
        f"Explorer       {home}/explorer#token={token}",
        f"Metrics        {home}/metrics",
        "",
        f"A token of an administrator, good for eight hours: {token}",
        "Ctrl-C ends it.",
    ]


@app.command()
def migrate(
    dry_run: Annotated[bool, typer.Option(help="Say what would be applied, and apply nothing.")] = False,
    status: Annotated[bool, typer.Option(help="Say which migrations are applied.")] = False,
) -> None:
    """Bring the graph to this code: migrations, then procedures."""
    settings = read_settings()
    quiet_logs(settings)

    async def at_home(endpoints: Endpoints) -> None:
        async with open_house(settings, endpoints) as house:
            migrator = Migrator(house.graph)
            if status:
                for one in await migrator.status():
                    say(f"{one.state:<8}  {one.file}")
            elif dry_run:
                for file in await migrator.migrate(dry_run=True):
                    say(f"would apply {file}")
            else:
                applied, installed = await prepare(house.graph)
                for file in applied:
                    say(f"applied {file}")
                for name, fault in installed.faults:
                    say(f"procedure {name}: {fault}")
                say(f"{len(installed.installed)} procedures installed, {len(installed.unchanged)} unchanged.")

    with running_servers(settings, progress=progress) as endpoints:
        asyncio.run(at_home(endpoints))


@app.command()
def token(
    role: Annotated[Role, typer.Option(help="What its bearer may do.")],
    distributor: Annotated[str | None, typer.Option(help="Whose it is, for role distributor.")] = None,
    hours: Annotated[float, typer.Option(help="How long it is good for, up to 24.")] = 8,
) -> None:
    """Issue an access token."""
    settings = with_token_secret(read_settings())
    if settings.token_secret is not None:
        say(issue_token(settings.token_secret, settings.company, role, distributor, timedelta(hours=hours)))


# --- data -------------------------------------------------------------------------------------------------------------


@app.command("import")
def import_(
    folder: Annotated[
        Path, typer.Argument(help="Folder with distributors, placements, customers, orders as CSV or Parquet.")
    ],
) -> None:
    """Import a company: all of it or nothing. The same command again finishes one that was killed."""

    read = read_directory(folder)
    if read.rows > MAX_ROWS:
        report = _import_offline(read)
    else:
        report = in_house(lambda house: house.imports.run(folder, Stages()))
    for line in lines_of(report):
        say(line)
    if not report.imported:
        raise typer.Exit(1)


def _import_offline(read: Input) -> ImportReport:
    """Build the store of a new company while no server runs on it, then constraints and indexes with one that does."""
    began = time.monotonic()
    settings = read_settings()
    refuse_other_sources(settings)
    settings = settings.model_copy(update={"runtime": "embedded"})
    stages = Stages()
    start = in_house(lambda house: start_of(house.graph), settings) if has_store(settings) else Start()
    report = OfflineImport(settings, SystemClock(), stages).run(read, start)
    if report.imported:
        with ExitStack() as constraints:
            constraints.enter_context(stages.stage("constraints", report.last_seq or 0, "facts"))
            in_house(partial(_fill_indexes, stages, began, constraints), settings, fill=False)
    return report


async def _fill_indexes(stages: Stages, began: float, constraints: ExitStack, house: House) -> None:
    """Nothing is wrong without these indexes, and should this be interrupted, the next server goes on filling them."""
    constraints.close()
    stages.say(f"The company can be used, after {time.monotonic() - began:.0f} s. Names are indexed for the search:")
    try:
        await Migrator(house.graph).await_indexes()
    except BanyanError as error:
        # The import stands all the same, so the command must not end as if it had failed.
        stages.say(f"The import is done, but names are not all indexed yet; the next server goes on. {error.message}")
        return
    stages.say(f"All indexes are filled, after {time.monotonic() - began:.0f} s.")


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write into; it must hold no import files.")],
    parquet: Annotated[bool, typer.Option(help="Parquet instead of CSV.")] = False,
    actor: Actor = "cli",
    reason: Reason = "",
) -> None:
    """Write the company as of now into files that `banyan import` reads (docs/import-format.md). It is a fact."""

    async def work(house: House) -> None:
        file_format: FileFormat = "parquet" if parquet else "csv"
        done = await house.exports.run(folder, file_format, progress, actor=actor, reason=reason)
        for path, rows in done.rows.items():
            say(f"{rows:>12,}  {path}")
        _say_exported(done)

    in_house(work)


@app.command("generate")
def generate_(
    *,
    distributors: Annotated[int, typer.Option(min=1, max=MAX_DISTRIBUTORS, help="How many people.")],
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder to write into; it must hold no import files.")],
    shape: Annotated[Shape, typer.Option(help="How the trees grow.")] = Shape.HEAVY_TAILED,
    matrix: Annotated[str | None, typer.Option(help="A matrix beside them, such as 3x9: its width and depth.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 7,
    months: Annotated[str, typer.Option(help="Months with orders: 2026-01,2026-02 or 2025-03..2026-02.")] = (
        "2026-01,2026-02"
    ),
    parquet: Annotated[
        bool | None, typer.Option("--parquet/--csv", help="The files' format; Parquet above 100,000 people.")
    ] = None,
) -> None:
    """Make a company of a documented shape (docs/import-format.md)."""
    if parquet is None:
        parquet = distributors > MOST_AS_CSV
    size = None if matrix is None else matrix_size(matrix)
    company = generate(CompanySpec(distributors, seed, month_names(months), shape, size))
    for path in write_company(company, out, "parquet" if parquet else "csv"):
        say(str(path))
    say(f"{company.spillover_share:.1%} of the placed people stand under somebody who is not their sponsor.")


# --- periods and runs -------------------------------------------------------------------------------------------------


@period_app.command("open")
def period_open(
    name: Annotated[str, typer.Argument(help="Such as 2026-03, 2026-W10, 2026-W07-W10 or 2026-03-05.")],
    *,
    zone: Annotated[str | None, typer.Option(help="IANA time zone; the company's by default.")] = None,
    grace_days: Annotated[
        int | None,
        typer.Option(min=0, max=MOST_GRACE_DAYS, help="So long it takes what comes late; else as long as it is open."),
    ] = None,
    commission_date: Annotated[
        CommissionDate | None,
        typer.Option(help="The date of an order by which it counts; by default as in the calendar's other periods."),
    ] = None,
    actor: Actor = "cli",
    reason: Reason = "",
) -> None:
    """Open a period for orders; its name tells its calendar."""

    async def work(house: House) -> None:
        receipt = await house.periods.open(
            name,
            zone or house.settings.zone,
            key=f"period-open-{name}",
            actor=actor,
            reason=reason,
            grace_days=grace_days,
            commission_date=commission_date,
        )
        say(f"{name} is open (fact {receipt.seq}).")

    in_house(work)


@period_app.command("close")
def period_close(
    name: str,
    override: Annotated[bool, typer.Option(help="Before its grace days are over; needs a reason.")] = False,
    actor: Actor = "cli",
    reason: Reason = "",
) -> None:
    """Close a period that has ended: later facts do not count in it."""

    async def work(house: House) -> None:
        again = (len((await house.periods.get(name)).turns) - 1) // 2
        receipt = await house.periods.close(
            name, key=f"period-close-{name}-{again}", actor=actor, reason=reason, override=override
        )
        say(f"{name} is closed at fact {receipt.seq}.")

    in_house(work)


@period_app.command("reopen")
def period_reopen(
    name: str, reason: Annotated[str, typer.Option(help="Why; it is kept with the fact.")], actor: Actor = "cli"
) -> None:
    """Open a closed period again, for a correction before its run is committed."""

    async def work(house: House) -> None:
        again = len((await house.periods.get(name)).turns) // 2
        receipt = await house.periods.reopen(name, key=f"period-reopen-{name}-{again}", actor=actor, reason=reason)
        say(f"{name} is open again (fact {receipt.seq}); runs of it that were calculated cannot be committed any more.")

    in_house(work)


@period_app.command("list")
def period_list() -> None:
    """Every period so far, by calendar."""

    async def work(house: House) -> None:
        for period in await house.periods.every_calendar():
            closed = f"closed at fact {period.closed_seq}" if period.closed_seq is not None else "open"
            say(f"{period.name}  {period.zone}  {closed}{f', run {period.run}' if period.run else ''}")

    in_house(work)


@run_app.command("calculate")
def run_calculate(
    period: str,
    plan: Annotated[str, typer.Option(help="A plan file, or the name of one in the library.")],
) -> None:
    """Calculate a period and store the run; nothing is paid by it."""
    chosen = load_plan(library().get(plan, Path(plan)))

    async def work(house: House) -> None:
        for line in run_lines(await house.runs.calculate(period, chosen)):
            say(line)

    in_house(work)


@run_app.command("queue")
def run_queue(
    plan: Annotated[str, typer.Argument(help="A plan file, or the name of one in the library.")],
    period: str,
    *,
    draft: Annotated[bool, typer.Option(help="Only prepare it; the API queues a draft.")] = False,
    actor: Actor = "cli",
    reason: Reason = "",
) -> None:
    """Ask for the run of a period; a worker calculates it."""
    chosen = load_plan(library().get(plan, Path(plan)))

    async def work(house: House) -> None:
        key = f"run-queue-{secrets.token_hex(8)}"
        asked, _ = await house.calculations.request(period, chosen, key=key, actor=actor, reason=reason, draft=draft)
        for line in calculation_lines(asked):
            say(line)

    in_house(work)


@run_app.command("progress")
def run_progress(
    calculation: Annotated[str, typer.Argument(help="Its id, as banyan run queue tells it.")],
    follow: Annotated[bool, typer.Option(help="Until it comes to its end.")] = False,
) -> None:
    """How far a calculation is, and how it ended. One that failed or was cancelled ends this with status 1."""

    async def work(house: House) -> bool:
        told: list[str] = []
        while True:
            found = await house.calculations.get(calculation)
            if (lines := [*calculation_lines(found)]) != told:
                told = lines
                for line in lines:
                    say(line)
            if found.ended or not follow:
                return found.state not in ("failed", "cancelled")
            await asyncio.sleep(FOLLOW_S)

    if not in_house(work):
        raise typer.Exit(1)


@run_app.command("cancel")
def run_cancel(
    calculation: Annotated[str, typer.Argument(help="Its id, as banyan run queue tells it.")],
    actor: Actor = "cli",
    reason: Reason = "",
) -> None:
    """A calculation is not wanted any more; a worker who is at it stops."""

    async def work(house: House) -> None:
        key = f"run-cancel-{calculation}"
        cancelled, _ = await house.calculations.cancel(calculation, key=key, actor=actor, reason=reason)
        for line in calculation_lines(cancelled):
            say(line)

    in_house(work)


@run_app.command("review")
def run_review(run_id: str, actor: Actor = "cli", reason: Reason = "") -> None:
    """Send a preview of a closed period to review."""
    take_step(run_id, "review", actor, reason)


@run_app.command("send-back")
def run_send_back(run_id: str, reason: Why, actor: Actor = "cli") -> None:
    """Send a run in review back; it is a preview again."""
    take_step(run_id, "send_back", actor, reason)


@run_app.command("lock")
def run_lock(run_id: str, actor: Actor = "cli", reason: Reason = "") -> None:
    """Lock a run in review, so that it waits for a second person's approval."""
    take_step(run_id, "lock", actor, reason)


@run_app.command("unlock")
def run_unlock(run_id: str, reason: Why, actor: Actor = "cli") -> None:
    """Take a lock, or an approval, back; the run is in review again."""
    take_step(run_id, "unlock", actor, reason)


@run_app.command("approve")
def run_approve(run_id: str, actor: Actor = "cli", reason: Reason = "") -> None:
    """Approve a locked run, as somebody else than who sent it to review or locked it."""
    take_step(run_id, "approve", actor, reason)


@run_app.command("commit")
def run_commit(run_id: str, actor: Actor = "cli", reason: Reason = "") -> None:
    """Make an approved run the pay of its closed period."""

    async def work(house: House) -> None:
        receipt = await house.runs.commit(run_id, key=f"run-commit-{run_id}", actor=actor, reason=reason)
        say(f"Run {run_id} is committed (fact {receipt.seq}).")

    in_house(work)


@run_app.command("pay")
def run_pay(
    run_id: str,
    to: Annotated[list[str] | None, typer.Option(help="Whom; again for each. Everybody left by default.")] = None,
    actor: Actor = "cli",
    reason: Reason = "",
) -> None:
    """Say that a committed run is paid, to all or to some; what each gets their statement says."""
    take_step(run_id, "pay", actor, reason, to or [])


@run_app.command("payments")
def run_payments(run_id: str, file: Annotated[Path, typer.Argument(help="The CSV file to write.")]) -> None:
    """Write whom a run pays how much, less what runs of the period that were voided had paid."""

    async def work(house: House) -> None:
        found: list[Payment] = []
        while page := await house.runs.payments(run_id, after=found[-1].ix if found else -1, limit=PAYMENTS_A_PAGE):
            found += page
        file.write_text(payments_csv(found))
        left = from_minor(sum(one.to_pay for one in found if one.paid_seq is None))
        say(f"{file}: {len(found):,} people; {left:,} is left to pay.")

    in_house(work)


@run_app.command("void")
def run_void(run_id: str, reason: Why, actor: Actor = "cli") -> None:
    """Take a committed run back, so that another one can be its period's pay."""
    take_step(run_id, "void", actor, reason)


def take_step(run_id: str, step: Step, actor: str, reason: str, distributors: Sequence[str] = ()) -> None:
    """Take a run a step and say where it led. Said again after it was taken, it is refused by the run's state."""

    async def work(house: House) -> None:
        before = await house.runs.steps(run_id)
        key = f"run-{step}-{run_id}-after-{before[-1].seq if before else 0}"
        receipt = await house.runs.step(run_id, step, key=key, actor=actor, reason=reason, distributors=distributors)
        paid = ""
        if step == "pay":
            paid = f": {from_minor(receipt.data['paid_amount']):,} to {receipt.data['paid_people']:,} people"
        say(f"Run {run_id} is {receipt.data['state']} (fact {receipt.seq}){paid}.")

    in_house(work)


@run_app.command("history")
def run_history(run_id: str) -> None:
    """A run and every step it took: when, what, who, why."""

    async def work(house: House) -> None:
        for line in run_lines(await house.runs.get(run_id)):
            say(line)
        for step in await house.runs.steps(run_id):
            say(step_line(step))

    in_house(work)


@run_app.command("list")
def run_list(
    calendar: Annotated[str, typer.Option(help="Whose runs.")] = MONTHLY,
    state: Annotated[RunState | None, typer.Option(help="Only those in this state.")] = None,
) -> None:
    """The newest runs of a calendar."""

    async def work(house: House) -> None:
        for run in await house.runs.all(calendar, state):
            for line in run_lines(run):
                say(line)

    in_house(work)


@run_app.command("compare")
def run_compare(
    before: Annotated[str, typer.Argument(help="A run's id, as banyan run list tells it.")],
    after: Annotated[str, typer.Argument(help="Another one, of the same period or not.")],
    *,
    person: Annotated[str | None, typer.Option(help="This distributor alone.")] = None,
    shown: Annotated[int, typer.Option(min=1, max=PEOPLE_A_PAGE, help="How many people to tell of.")] = 10,
    csv: Annotated[Path | None, typer.Option(help="A CSV file for all people; it is replaced.")] = None,
) -> None:
    """Who gains from one run to another, who loses, and by which rule. Ends with 0 when equal, 1 when not, 2 when it
    cannot compare."""

    async def work(house: House) -> Differences:
        if csv:
            _, _, lined = await house.differences.lined_up(before, after)
            with replacing(csv) as file:
                file.write(differences_csv(lined))
        return await house.differences.differences(before, after, limit=shown, person=person)

    try:
        found = in_house(work)
    except BanyanError as error:
        tell(error)
        raise typer.Exit(2) from error
    for line in difference_lines(found):
        say(line)
    if not found.equal:
        raise typer.Exit(1)


@app.command()
def statement(
    distributor: str,
    month: str,
    every_line: Annotated[bool, typer.Option(help="All lines instead of the first few.")] = False,
    pdf: Annotated[Path | None, typer.Option(help="A PDF file for it; it is replaced.")] = None,
) -> None:
    """A person's statement, with the reason of every line and of every missed one."""

    async def work(house: House) -> None:
        if pdf:
            content = await house.printer.pdf(distributor, month, include_uncommitted=True)
            with replacing(pdf) as file:
                file.buffer.write(content)
        try:
            shown = EVERY_ROW if every_line else Part(0, LINES_SHOWN)
            found = await house.statements.statement(
                distributor, month, lines=shown, misses=shown, include_uncommitted=True
            )
        except (NoRunError, UnknownPeriodError):
            past = await house.takeover.past_statement(distributor, month)
            if past is None:
                raise
            lines = [*past_statement_lines(past)]
        else:
            balance = await house.takeover.balance(distributor, month)
            lines = [*statement_lines(found, shown=shown.limit), *balance_lines(found, balance)]
        for line in lines:
            say(line)

    in_house(work)


@app.command()
def compare(
    month: Annotated[str, typer.Argument(help="Such as 2026-03; or a run's id.")],
    results: Annotated[Path, typer.Argument(help="The other system's results, CSV or Parquet; or another run's id.")],
    *,
    run: Annotated[str | None, typer.Option(help="A run of the month; the committed one by default.")] = None,
    bonus_names: Annotated[
        Path | None, typer.Option(help="What their bonuses are called with us, YAML or CSV.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A CSV file for every difference; it is replaced.")] = None,
    tolerance: Annotated[str, typer.Option(help="Amounts that differ by no more count as equal.")] = "0.00",
) -> None:
    """Line a run up with another system's results; or with another run, as banyan run compare does, which has options
    for that. Ends with 0 when equal, 1 when not, 2 when it cannot compare."""
    if RUN_ID.fullmatch(month):
        run_compare(month, str(results))
        return
    try:
        if out:
            refuse_to_overwrite(out, [results, *([bonus_names] if bonus_names else [])])
        theirs = read_results(results)
        names = read_bonus_names(bonus_names) if bonus_names else NO_NAMES
        tolerated = to_minor(tolerance)
        found = in_house(lambda house: house.comparing.compare(month, theirs, names, run_id=run, tolerance=tolerated))
        if out:
            write_differences(found, out)
    except BanyanError as error:
        tell(error)
        raise typer.Exit(2) from error
    for line in comparison_lines(found):
        say(line)
    if not found.equal:
        raise typer.Exit(1)


@app.command()
def report(
    run: Annotated[str, typer.Argument(help="The run's id, as banyan run list tells it.")],
    name: Annotated[ReportName, typer.Argument(help="Which report.")],
    *,
    before: Annotated[
        str | None, typer.Option(help="Of movers: against this run; the committed one of the period before by default.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="A CSV file for it; it is replaced.")] = None,
    svg: Annotated[Path | None, typer.Option(help="An SVG file for its chart; it is replaced.")] = None,
) -> None:
    """A report of a run: totals by bonus, rank and region, payout, breakage, movers."""
    found = in_house(lambda house: house.reports.report(run, name, before=before))
    for line in table_lines(found):
        say(line)
    files: tuple[tuple[Path | None, Format], ...] = ((csv, "csv"), (svg, "svg"))
    for path, written_as in files:
        if path:
            with replacing(path) as file:
                file.write(content_of(found, written_as))


@app.command("whatif")
def what_if(
    base: Annotated[str, typer.Argument(help="A run's id, or a period such as 2026-03, which is taken as it is now.")],
    *,
    plan: Annotated[
        list[str] | None,
        typer.Option(help="A variant: a plan file, a registered plan as 'NAME VERSION', or one of the library; again."),
    ] = None,
    move: Annotated[
        list[str] | None,
        typer.Option(help="Made in every variant: 'D42 sponsor D7', or with a slot 'D42 binary D7 2'; again for each."),
    ] = None,
    base_plan: Annotated[
        str | None, typer.Option(help="By which a period is paid in the base; the one registered for it by default.")
    ] = None,
    person: Annotated[list[str] | None, typer.Option(help="A distributor to be told of; again for each.")] = None,
    shown: Annotated[
        int, typer.Option(min=0, max=MOST_SHOWN, help="How many to tell of who gain most, and who lose most.")
    ] = 5,
    csv: Annotated[Path | None, typer.Option(help="A CSV file with a row for each person; it is replaced.")] = None,
    parquet: Annotated[Path | None, typer.Option(help="The same as Parquet.")] = None,
    chart: Annotated[Path | None, typer.Option(help="An SVG file for the chart of a table; it is replaced.")] = None,
    by: Annotated[By, typer.Option(help="Of which table.")] = "bonus",
) -> None:
    """What other plans would pay on a real snapshot, or with people moved; nothing is recorded."""
    moves = tuple(read_move(text) for text in move or [])

    async def work(house: House) -> WhatIf:
        async def named(text: str) -> Plan:
            return load_plan(path) if (path := Path(text)).is_file() else await house.what_ifs.plan(text, None)

        plans: list[Plan | None] = [await named(text) for text in plan or []] or [None]
        variants = tuple(Variant("", each, moves) for each in plans)
        by_plan = await named(base_plan) if base_plan else None
        return await house.what_ifs.compare(Asked(base, variants, by_plan, tuple(person or ()), shown))

    found = in_house(work)
    for line in what_if_lines(found):
        say(line)
    if chart:
        with replacing(chart) as file:
            file.write(chart_svg(found, by))
    whole: tuple[tuple[Path | None, Literal["csv", "parquet"]], ...] = ((csv, "csv"), (parquet, "parquet"))
    for path, written_as in whole:
        if path:
            with replacing(path) as file:
                file.buffer.write(everybody(found, written_as))


# --- ranks ------------------------------------------------------------------------------------------------------------


@rank_app.command("decide")
def rank_decide(
    distributor: Annotated[str, typer.Argument(help="Whose rank.")],
    rank: Annotated[str, typer.Argument(help="Of the plan that pays; they are paid as that one at least.")],
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The last day.")],
    *,
    reason: Why,
    actor: Actor = "cli",
) -> None:
    """Decide that somebody is paid as a rank at least, in the periods whose last day lies within."""
    days = since.date(), until.date()

    async def work(house: House) -> None:
        key = await _decision_key(house, distributor, (rank, str(days[0]), str(days[1])), actor, reason)
        receipt = await house.rank_overrides.decide(distributor, rank, *days, key=key, actor=actor, reason=reason)
        say(f"{distributor} is paid as {rank} at least, from {days[0]} until {days[1]} (fact {receipt.seq}).")

    in_house(work)


@rank_app.command("end")
def rank_end(
    distributor: Annotated[str, typer.Argument(help="Whose rank.")],
    since: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day on which none is decided any more.")
    ],
    *,
    reason: Why,
    actor: Actor = "cli",
) -> None:
    """End early what was decided of somebody's rank. Committed runs stay what they are."""
    day = since.date()

    async def work(house: House) -> None:
        key = await _decision_key(house, distributor, ("", str(day), ""), actor, reason)
        receipt = await house.rank_overrides.end(distributor, day, key=key, actor=actor, reason=reason)
        say(f"No rank of {distributor} is decided from {day} on (fact {receipt.seq}).")

    in_house(work)


async def _decision_key(house: House, distributor: str, said: tuple[str, str, str], actor: str, reason: str) -> str:
    """The same for a command that is given again, until something else is said of that rank."""
    before = await house.rank_overrides.said_of(distributor)
    others = [
        one.seq for one in before if (one.rank, one.since, one.until, one.author, one.reason) != (*said, actor, reason)
    ]
    return f"rank of {distributor} {' '.join(said)} after {max(others, default=0)}"


@rank_app.command("list")
def rank_list(distributor: Annotated[str, typer.Argument(help="Whose rank.")]) -> None:
    """What was decided of somebody's rank, by whom and why."""

    async def work(house: House) -> None:
        for line in said_lines(distributor, await house.rank_overrides.said_of(distributor)):
            say(line)

    in_house(work)


# --- plans and audit --------------------------------------------------------------------------------------------------


@plan_app.command("check")
def plan_check(file: Path) -> None:
    """Say what is wrong with a plan file, by line and key."""
    check = check_plan(read_plan(file))
    for problem in check.problems:
        say(f"{file}:{problem}")
    if check.plan is None:
        raise typer.Exit(1)
    say(f"{check.plan.name} {check.plan.version} is a plan (hash {check.plan.hash}).")


@plan_app.command("summary")
def plan_summary(
    file: Annotated[str, typer.Argument(help="A plan file, or the name of one in the library.")],
) -> None:
    """Tell every rule of a plan in plain sentences."""
    for line in summary_lines(load_plan(library().get(file, Path(file)))):
        say(line)


@plan_app.command("register")
def plan_register(
    file: Annotated[str, typer.Argument(help="A plan file, or the name of one in the library.")],
    effective_from: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="It pays periods that begin on this day or later.")
    ],
    actor: Actor = "cli",
    reason: Reason = "",
) -> None:
    """Keep a plan, and from when on it pays, as a fact."""
    chosen, day = load_plan(library().get(file, Path(file))), effective_from.date()

    async def work(house: House) -> None:
        others = [plan.seq for plan in await house.plans.all() if plan.hash != chosen.hash]
        key = f"plan {chosen.hash} {day} after {max(others, default=0)}"
        receipt = await house.plans.register(chosen, day, key=key, actor=actor, reason=reason)
        say(f"{chosen.name} {chosen.version} pays {chosen.calendar} periods from {day} on (fact {receipt.seq}).")

    in_house(work)


@plan_app.command("list")
def plan_list() -> None:
    """Plans that were registered, by whom, and from when on each pays."""

    async def work(house: House) -> None:
        for plan in await house.plans.all():
            by = f"fact {plan.seq} by {plan.actor}{f': {plan.reason}' if plan.reason else ''}"
            say(f"{plan.calendar:<12}from {plan.effective_from}  {plan.name} {plan.version}  {plan.hash[:12]}  ({by})")

    in_house(work)


@plan_app.command("schema")
def plan_schema() -> None:
    """The JSON Schema of plan files."""
    say(schema_text())


@plan_app.command("library")
def plan_library() -> None:
    """Plans that come with Banyan."""
    for plan, path in sorted(library().items()):
        say(f"{plan:<24}{path}")


@audit_app.command("verify")
def audit_verify() -> None:
    """Name whatever was changed, dropped, added or reordered: facts, committed runs, their files and statements."""

    async def work(house: House) -> bool:
        report = await house.audit.verify()
        for line in report_lines(report):
            say(line)
        return report.intact

    if not in_house(work):
        raise typer.Exit(1)


@audit_app.command("export")
def audit_export(
    folder: Annotated[Path, typer.Argument(help="A new folder for the files.")],
    *,
    person: Annotated[str | None, typer.Option(help="All that names this distributor.")] = None,
    period: Annotated[str | None, typer.Option(help="All of this period, such as 2026-03.")] = None,
    actor: Actor = "cli",
    reason: Reason = "",
) -> None:
    """Write the history of one person, or of one period, into files that need none of this software. It is a fact."""

    if (person is None) == (period is None):
        raise InvalidInputError("Give either --person or --period.")

    async def work(house: House) -> None:
        exports = house.audit_exports
        if person is not None:
            done = await exports.person(person, folder, actor=actor, reason=reason)
        else:
            done = await exports.period(str(period), folder, actor=actor, reason=reason)
        for name, rows in done.rows.items():
            say(f"{rows:>12,}  {folder / name}")
        _say_exported(done)

    in_house(work)


def _say_exported(done: AuditExport | ExportReport) -> None:
    say(f"Exported as of fact {done.as_of:,}; fact {done.seq:,} keeps that, and the hash of SHA256SUMS:")
    say(done.sums_hash)


@app.command()
def doctor(
    rebuild_tallies: Annotated[
        bool,
        typer.Option(
            "--rebuild-tallies", help="First make wrong tallies what facts and edges say, and count what waits."
        ),
    ] = False,
    rebuild_open_slots: Annotated[
        bool, typer.Option("--rebuild-open-slots", help="First make what people keep about open slots what edges say.")
    ] = False,
) -> None:
    """Check that the chain is whole, edges are what facts say, trees are forests, notes and tallies what edges say."""

    async def work(house: House) -> bool:
        if rebuild_tallies:
            report = await TallyRebuild(house.graph, roll_up(house, LEASE_MS)).run()
            wrong = sum(map(len, report.wrong.values()))
            say(f"Tallies rewritten: {wrong:,} of {report.tallies:,} (as of fact {report.seq:,}).")
        if rebuild_open_slots:
            say(f"Open slots rewritten of {await rebuild_spots(house.graph):,} people.")
        diagnosis = await Doctor(house.graph).examine(progress)
        for line in diagnosis_lines(diagnosis):
            say(line)
        return diagnosis.healthy

    if not in_house(work):
        raise typer.Exit(1)


@app.command()
def levels(
    sponsor: Annotated[int | None, typer.Option(min=0, max=MOST_LEVELS, help="In the sponsor tree.")] = None,
    binary: Annotated[int | None, typer.Option(min=0, max=MOST_LEVELS, help="In the binary tree.")] = None,
    matrix: Annotated[int | None, typer.Option(min=0, max=MOST_LEVELS, help="In the matrix.")] = None,
) -> None:
    """To how many levels below each person volumes are kept; given another number, tallies are filled for it."""

    async def work(house: House) -> None:
        [cursor] = await house.graph.read("queries/volumes/read_cursor")
        kept = levels_kept(cursor)
        if matrix is not None and "matrix" not in kept:
            raise NoMatrixError("The company keeps no matrix; banyan matrix says how wide and deep it is.")
        given = dict(zip(TREES, (sponsor, binary, matrix), strict=True))
        wanted = {tree: depth if (said := given[tree]) is None else said for tree, depth in kept.items()}
        if wanted != kept:
            await TallyRebuild(house.graph, roll_up(house, LEASE_MS)).run(wanted)
        for tree, depth in wanted.items():
            say(f"{tree} tree: volumes are kept to {depth} levels.")

    in_house(work)


@app.command()
def matrix(
    width: Annotated[int | None, typer.Option(min=1, max=MOST_WIDE, help="Slots below each person.")] = None,
    depth: Annotated[int | None, typer.Option(min=1, max=MOST_DEEP, help="Levels of a matrix.")] = None,
    actor: Actor = "cli",
    reason: Reason = "",
) -> None:
    """The matrix that the company keeps; given a width and a depth, it keeps that one from now on."""

    async def work(house: House) -> None:
        if width is not None and depth is not None:
            key = f"matrix {width} x {depth} {secrets.token_hex(8)}"
            await house.writer.submit(Submission(key, actor, reason, KeepMatrix(width, depth)))
        elif (width, depth) != (None, None):
            raise InvalidInputError("Give both --width and --depth, or neither to see what is kept.")
        kept = await PlaceRepository(house.graph).matrix()
        say("The company keeps no matrix." if kept is None else f"The matrix is {kept[0]} wide and {kept[1]} deep.")

    in_house(work)


def main() -> None:
    """Run a command; our own errors end it with one sentence and exit status 1."""
    try:
        app()
    except BanyanError as error:
        tell(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)

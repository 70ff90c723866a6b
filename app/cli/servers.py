"""Commands that start servers or prepare them: demo, serve, worker, migrate, token."""

import asyncio
import signal
import socket
from collections.abc import Coroutine
from datetime import timedelta
from typing import Annotated, Any, Final

import typer

from app.access.models import Role
from app.access.tokens import issue_token
from app.cache import open_store
from app.cli.house import progress, quiet_logs, say
from app.demo.tour import take_tour
from app.graph.migrations import Migrator
from app.listening import home_of, listen, listen_anywhere
from app.logs import configure_logs
from app.runtime import Endpoints, running_servers
from app.settings import Settings, read_settings
from app.wiring import open_house, prepare, with_token_secret, workers

commands = typer.Typer()
DEMO_FOLDER: Final = "demo"


@commands.command()
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


@commands.command()
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


@commands.command()
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


@commands.command()
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


@commands.command()
def token(
    role: Annotated[Role, typer.Option(help="What its bearer may do.")],
    distributor: Annotated[str | None, typer.Option(help="Whose it is, for role distributor.")] = None,
    hours: Annotated[float, typer.Option(help="How long it is good for, up to 24.")] = 8,
) -> None:
    """Issue an access token."""
    settings = with_token_secret(read_settings())
    if settings.token_secret is not None:
        say(issue_token(settings.token_secret, settings.company, role, distributor, timedelta(hours=hours)))

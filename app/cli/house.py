"""What every command needs: the services on servers that run, its way to speak, and the options that many take."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from app.audit.exports import AuditExport
from app.errors import BanyanError
from app.exports.service import ExportReport
from app.graph.migrations import Migrator
from app.logs import configure_logs
from app.runtime import Endpoints, running_servers
from app.settings import Settings, read_settings
from app.wiring import House, open_house

Result = TypeVar("Result")
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


def say_exported(done: AuditExport | ExportReport) -> None:
    """The end of every export: what will be known of it."""
    say(f"Exported as of fact {done.as_of:,}; fact {done.seq:,} keeps that, and the hash of SHA256SUMS:")
    say(done.sums_hash)

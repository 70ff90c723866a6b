"""`banyan audit`: verify, export."""

from pathlib import Path
from typing import Annotated

import typer

from app.audit.text import report_lines
from app.cli.house import Actor, Reason, in_house, say, say_exported
from app.errors import InvalidInputError
from app.wiring import House

commands = typer.Typer(help="The history: verify, export.", no_args_is_help=True)


@commands.command("verify")
def audit_verify() -> None:
    """Name whatever was changed, dropped, added or reordered: facts, committed runs, their files and statements."""

    async def work(house: House) -> bool:
        report = await house.audit.verify()
        for line in report_lines(report):
            say(line)
        return report.intact

    if not in_house(work):
        raise typer.Exit(1)


@commands.command("export")
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
        say_exported(done)

    in_house(work)

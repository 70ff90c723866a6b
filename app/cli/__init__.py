"""The command line: `banyan --help`. Every command works on the servers of the settings, starting them if need be."""

import sys
from typing import Final

import typer

from app.cli import audit, data, periods, plans, ranks, runs, servers, told, upkeep
from app.cli.data import MOST_AS_CSV
from app.cli.house import tell
from app.errors import BanyanError

__all__ = ["MOST_AS_CSV", "app", "main"]

_FAMILIES: Final = (
    (None, servers.commands),
    (None, data.commands),
    (None, told.commands),
    (None, upkeep.commands),
    ("period", periods.commands),
    ("run", runs.commands),
    ("plan", plans.commands),
    ("rank", ranks.commands),
    ("audit", audit.commands),
)
"""In the order of `banyan --help`; without a name its commands stand by themselves."""

app = typer.Typer(help="Banyan: trees, volumes, ranks and pay, exact and explained.", no_args_is_help=True)
for name, commands in _FAMILIES:
    app.add_typer(commands, name=name)


def main() -> None:
    """Run a command; our own errors end it with one sentence and exit status 1."""
    try:
        app()
    except BanyanError as error:
        tell(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)

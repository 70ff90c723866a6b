"""Commands about a company as files: import, export, generate."""

import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from app.cli.house import Actor, Reason, in_house, progress, say, say_exported
from app.clock import SystemClock
from app.errors import BanyanError
from app.facts.commands import FileFormat
from app.generator import MAX_DISTRIBUTORS, CompanySpec, Shape, generate, write_company
from app.generator.models import matrix_size
from app.generator.months import month_names
from app.graph.migrations import Migrator
from app.imports.files import Input, read_directory
from app.imports.models import MAX_ROWS, ImportReport
from app.imports.offline.service import OfflineImport, Start, start_of
from app.imports.progress import Stages
from app.imports.report import lines_of
from app.runtime.neo4j_store import has_store, refuse_other_sources
from app.settings import read_settings
from app.wiring import House

commands = typer.Typer()
MOST_AS_CSV: Final = 100_000


@commands.command("import")
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


@commands.command()
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
        say_exported(done)

    in_house(work)


@commands.command("generate")
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

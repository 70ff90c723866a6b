"""Commands that tell what runs pay, and what others would: statement, compare, report, whatif."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from app.amounts import to_minor
from app.cli.house import in_house, say, tell
from app.cli.runs import run_compare
from app.comparing.names import NO_NAMES, read_bonus_names
from app.comparing.results import read_results
from app.comparing.text import comparison_lines, refuse_to_overwrite, write_differences
from app.errors import BanyanError
from app.facts.errors import UnknownPeriodError
from app.files import replacing
from app.plans.loader import load_plan
from app.plans.models import Plan
from app.reports.models import ReportName
from app.reports.schemas import Format, content_of
from app.reports.text import table_lines
from app.runs.errors import NoRunError
from app.runs.models import EVERY_ROW, RUN_ID, Part
from app.runs.text import LINES_SHOWN, balance_lines, past_statement_lines, statement_lines
from app.whatif.models import MOST_SHOWN, Asked, By, Variant, WhatIf
from app.whatif.moves import read_move
from app.whatif.text import chart_svg, everybody, what_if_lines
from app.wiring import House

commands = typer.Typer()


@commands.command()
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


@commands.command()
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


@commands.command()
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


@commands.command("whatif")
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

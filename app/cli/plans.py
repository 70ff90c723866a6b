"""`banyan plan`: check, summary, register, list, schema, library."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app.cli.house import Actor, Reason, in_house, say
from app.plans.loader import check_plan, library, load_plan, read_plan
from app.plans.schema import schema_text
from app.plans.summary.plan import summary_lines
from app.wiring import House

commands = typer.Typer(help="Plans: check, summary, register, list, schema, library.", no_args_is_help=True)


@commands.command("check")
def plan_check(file: Path) -> None:
    """Say what is wrong with a plan file, by line and key."""
    check = check_plan(read_plan(file))
    for problem in check.problems:
        say(f"{file}:{problem}")
    if check.plan is None:
        raise typer.Exit(1)
    say(f"{check.plan.name} {check.plan.version} is a plan (hash {check.plan.hash}).")


@commands.command("summary")
def plan_summary(
    file: Annotated[str, typer.Argument(help="A plan file, or the name of one in the library.")],
) -> None:
    """Tell every rule of a plan in plain sentences."""
    for line in summary_lines(load_plan(library().get(file, Path(file)))):
        say(line)


@commands.command("register")
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


@commands.command("list")
def plan_list() -> None:
    """Plans that were registered, by whom, and from when on each pays."""

    async def work(house: House) -> None:
        for plan in await house.plans.all():
            by = f"fact {plan.seq} by {plan.actor}{f': {plan.reason}' if plan.reason else ''}"
            say(f"{plan.calendar:<12}from {plan.effective_from}  {plan.name} {plan.version}  {plan.hash[:12]}  ({by})")

    in_house(work)


@commands.command("schema")
def plan_schema() -> None:
    """The JSON Schema of plan files."""
    say(schema_text())


@commands.command("library")
def plan_library() -> None:
    """Plans that come with Banyan."""
    for plan, path in sorted(library().items()):
        say(f"{plan:<24}{path}")

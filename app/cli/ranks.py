"""`banyan rank`: ranks that somebody decides."""

from datetime import datetime
from typing import Annotated

import typer

from app.cli.house import Actor, Why, in_house, say
from app.ranks.text import said_lines
from app.wiring import House

commands = typer.Typer(help="Ranks that somebody decides: decide, end, list.", no_args_is_help=True)


@commands.command("decide")
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


@commands.command("end")
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


@commands.command("list")
def rank_list(distributor: Annotated[str, typer.Argument(help="Whose rank.")]) -> None:
    """What was decided of somebody's rank, by whom and why."""

    async def work(house: House) -> None:
        for line in said_lines(distributor, await house.rank_overrides.said_of(distributor)):
            say(line)

    in_house(work)

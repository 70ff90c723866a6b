"""`banyan period`: open, close, reopen, list."""

from typing import Annotated

import typer

from app.cli.house import Actor, Reason, in_house, say
from app.facts.calendars import CommissionDate
from app.facts.limits import MOST_GRACE_DAYS
from app.wiring import House

commands = typer.Typer(help="Periods of each calendar: open, close, list.", no_args_is_help=True)


@commands.command("open")
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


@commands.command("close")
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


@commands.command("reopen")
def period_reopen(
    name: str, reason: Annotated[str, typer.Option(help="Why; it is kept with the fact.")], actor: Actor = "cli"
) -> None:
    """Open a closed period again, for a correction before its run is committed."""

    async def work(house: House) -> None:
        again = len((await house.periods.get(name)).turns) // 2
        receipt = await house.periods.reopen(name, key=f"period-reopen-{name}-{again}", actor=actor, reason=reason)
        say(f"{name} is open again (fact {receipt.seq}); runs of it that were calculated cannot be committed any more.")

    in_house(work)


@commands.command("list")
def period_list() -> None:
    """Every period so far, by calendar."""

    async def work(house: House) -> None:
        for period in await house.periods.every_calendar():
            closed = f"closed at fact {period.closed_seq}" if period.closed_seq is not None else "open"
            say(f"{period.name}  {period.zone}  {closed}{f', run {period.run}' if period.run else ''}")

    in_house(work)

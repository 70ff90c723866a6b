"""`banyan run`: calculate or queue, then step by step to pay; what it paid, and two runs side by side."""

import asyncio
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from app.amounts import from_minor
from app.calculations.text import calculation_lines
from app.cli.house import Actor, Reason, Why, in_house, say, tell
from app.differences.models import PEOPLE_A_PAGE, Differences
from app.differences.text import difference_lines, differences_csv
from app.errors import BanyanError
from app.facts.calendars import MONTHLY
from app.facts.commands import Step
from app.facts.runs import RunState
from app.files import replacing
from app.plans.loader import library, load_plan
from app.runs.models import Payment
from app.runs.text import payments_csv, run_lines, step_line
from app.wiring import House

commands = typer.Typer(help="Commission runs: calculate or queue, then step by step to pay.", no_args_is_help=True)
FOLLOW_S: Final = 0.5
PAYMENTS_A_PAGE: Final = 10_000


@commands.command("calculate")
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


@commands.command("queue")
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


@commands.command("progress")
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


@commands.command("cancel")
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


@commands.command("review")
def run_review(run_id: str, actor: Actor = "cli", reason: Reason = "") -> None:
    """Send a preview of a closed period to review."""
    take_step(run_id, "review", actor, reason)


@commands.command("send-back")
def run_send_back(run_id: str, reason: Why, actor: Actor = "cli") -> None:
    """Send a run in review back; it is a preview again."""
    take_step(run_id, "send_back", actor, reason)


@commands.command("lock")
def run_lock(run_id: str, actor: Actor = "cli", reason: Reason = "") -> None:
    """Lock a run in review, so that it waits for a second person's approval."""
    take_step(run_id, "lock", actor, reason)


@commands.command("unlock")
def run_unlock(run_id: str, reason: Why, actor: Actor = "cli") -> None:
    """Take a lock, or an approval, back; the run is in review again."""
    take_step(run_id, "unlock", actor, reason)


@commands.command("approve")
def run_approve(run_id: str, actor: Actor = "cli", reason: Reason = "") -> None:
    """Approve a locked run, as somebody else than who sent it to review or locked it."""
    take_step(run_id, "approve", actor, reason)


@commands.command("commit")
def run_commit(run_id: str, actor: Actor = "cli", reason: Reason = "") -> None:
    """Make an approved run the pay of its closed period."""

    async def work(house: House) -> None:
        receipt = await house.runs.commit(run_id, key=f"run-commit-{run_id}", actor=actor, reason=reason)
        say(f"Run {run_id} is committed (fact {receipt.seq}).")

    in_house(work)


@commands.command("pay")
def run_pay(
    run_id: str,
    to: Annotated[list[str] | None, typer.Option(help="Whom; again for each. Everybody left by default.")] = None,
    actor: Actor = "cli",
    reason: Reason = "",
) -> None:
    """Say that a committed run is paid, to all or to some; what each gets their statement says."""
    take_step(run_id, "pay", actor, reason, to or [])


@commands.command("payments")
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


@commands.command("void")
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


@commands.command("history")
def run_history(run_id: str) -> None:
    """A run and every step it took: when, what, who, why."""

    async def work(house: House) -> None:
        for line in run_lines(await house.runs.get(run_id)):
            say(line)
        for step in await house.runs.steps(run_id):
            say(step_line(step))

    in_house(work)


@commands.command("list")
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


@commands.command("compare")
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

"""The way of a run to pay, as two people go it together."""

from typing import Final, Protocol

from app.facts.calendars import NUMBERS
from app.facts.commands import Receipt
from app.facts.plans import paying
from app.plans.service import PlanService
from app.runs.models import Run
from app.runs.service import RunService

FIRST: Final = "ann"
SECOND: Final = "bob"


class Rooms(Protocol):
    """What two people need of a house."""

    @property
    def runs(self) -> RunService: ...
    @property
    def plans(self) -> PlanService: ...


async def commit_with_two(rooms: Rooms, run_id: str, *, first: str = FIRST, second: str = SECOND) -> Receipt:
    """One registers the run's plan where it does not pay the period yet, sends the run to review and locks it; another
    approves and commits it. The receipt of the commit."""
    await _register_plan(rooms.plans, await rooms.runs.get(run_id), first)
    await rooms.runs.step(run_id, "review", key=f"review-{run_id}", actor=first)
    await rooms.runs.step(run_id, "lock", key=f"lock-{run_id}", actor=first)
    await rooms.runs.step(run_id, "approve", key=f"approve-{run_id}", actor=second)
    return await rooms.runs.commit(run_id, key=f"commit-{run_id}", actor=second)


async def _register_plan(plans: PlanService, run: Run, actor: str) -> None:
    first_day = NUMBERS[run.calendar].first_day(run.period)
    pays = paying(await plans.all(), run.calendar, first_day)
    if pays is None or pays.hash != run.plan_hash:
        plan = await plans.stored(run.plan_hash)
        await plans.register(plan, first_day, key=f"plan-of-{run.id}", actor=actor)

"""The run: close → snapshot → engine → statements, then step by step to pay. Calculating again gives the same run, byte
for byte."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Final

from app.blobs.store import BlobStore
from app.clock import Clock
from app.engine.errors import PlanMismatchError
from app.facts.calendars import MONTHLY
from app.facts.commands import CommitRun, Receipt, Step, StepRun, Submission
from app.facts.runs import UNCOMMITTED, RunState
from app.facts.writer import FactWriter
from app.periods.models import Period
from app.periods.service import PeriodService
from app.plans.matrix import Matrix
from app.plans.models import Plan
from app.runs.before import PeriodsBefore
from app.runs.calculation import run_of, statement_totals, work_out
from app.runs.clawbacks import ClawbackReader
from app.runs.errors import NoRunError, PaidElsewhereError, PreviousRunMissingError
from app.runs.models import KeptMatrix, OwnRun, Payment, Run, RunStep, Taken
from app.runs.payments import PaymentRepository
from app.runs.progress import NOBODY_ASKS, Tell, off_loop
from app.runs.repository import Along, RunRepository, nothing_along
from app.runs.snapshots import CarryIn, SnapshotRepository

CODE_VERSION: Final = version("banyan")


@dataclass(frozen=True, slots=True)
class Beginning:
    """As of which fact a period is taken, and what it begins with: carried on by a run, where it is one."""

    seq: int
    carry: CarryIn
    carries_from: str | None


class RunService:
    def __init__(
        self,
        *,
        runs: RunRepository,
        payments: PaymentRepository,
        snapshots: SnapshotRepository,
        before: PeriodsBefore,
        clawbacks: ClawbackReader,
        periods: PeriodService,
        writer: FactWriter,
        blobs: BlobStore,
        clock: Clock,
    ) -> None:
        self._runs = runs
        self._payments = payments
        self._snapshots = snapshots
        self._before = before
        self._clawbacks = clawbacks
        self._periods = periods
        self._writer = writer
        self._blobs = blobs
        self._clock = clock

    async def calculate(
        self,
        period_name: str,
        plan: Plan,
        *,
        as_of: int | None = None,
        tell: Tell = NOBODY_ASKS,
        along: Along = nothing_along,
    ) -> Run:
        """Calculate a period by a plan and store the result; nothing is paid by it.

        A closed period is taken at its closing fact, so the result is final; an open one at the last fact so far, as
        an estimate; `as_of` says another fact. It begins with what the run of the period before carries on, the
        committed one or, before there is one, the one that is nearest to it; or with what people brought along from a
        former system. `tell` hears how far it is; `along` is written with
        what makes the run visible. Whoever cancels it leaves no run that is seen.

        Raises PreviousRunMissingError while there is a period before and neither of those, PaidElsewhereError for a
        period before what people brought along, PlanMismatchError where the plan means another calendar, zone or matrix
        than the company's.
        """
        period = await self._periods.get(period_name)
        refuse_misfit(plan, period)
        tell("snapshot", 0, 1)
        begins = await self.beginning(period, plan.looks_back, as_of)
        refuse_other_matrix(plan, await self._snapshots.matrix(begins.seq))
        taken = await self.taking_back(period, await self.take(period, begins), plan)
        calculated = await off_loop(lambda: work_out(taken, plan, self._blobs, tell))
        run = run_of(
            calculated,
            period,
            plan,
            code_version=CODE_VERSION,
            calculated_at=self._clock.now(),
            carries_from=begins.carries_from,
        )
        statements = await off_loop(lambda: statement_totals(calculated, plan))
        bonuses = [bonus.name for bonus in plan.bonuses]
        return await self._runs.save(run, bonuses, statements, tell=tell, along=along)

    async def beginning(self, period: Period, looks_back: int, as_of: int | None = None) -> Beginning:
        """As of which fact a period is taken, and what it begins with, with the ranks of so many periods before; see
        `calculate`, which raises the same."""
        seq = as_of or period.closed_seq or await self._snapshots.last_seq()
        return Beginning(seq, *await self._before.into(period, seq, looks_back))

    async def take(self, period: Period, begins: Beginning) -> Taken:
        """The snapshot of a period, as a run of it is calculated from."""
        return await self._snapshots.take(period, begins.seq, begins.carry)

    async def commit(self, run_id: str, *, key: str, actor: str, reason: str = "") -> Receipt:
        """Make an approved run the pay of its closed period. A fact; once per period, until it is voided. What voided
        runs of the period paid is set off against it."""
        run = await self.get(run_id)
        command = CommitRun(run.id, run.calendar, run.period, run.hash)
        decided = run.committed or run.state == "voided"
        before = run.before if decided else await self._payments.voided_before(run.calendar, run.period)
        if before:
            set_off = await self._payments.set_off(run, before)
            command = replace(
                command,
                supersedes=before[-1],
                set_off_people=set_off.people,
                set_off_amount=set_off.amount,
                overpaid_amount=set_off.overpaid,
            )
        return await self._writer.submit(Submission(key, actor, reason, command))

    async def step(
        self, run_id: str, step: Step, *, key: str, actor: str, reason: str = "", distributors: Sequence[str] = ()
    ) -> Receipt:
        """Take a run a step further, or back, as a fact; `app.facts.runs.WAYS` says from where to where.

        To pay, `distributors` are whom; everybody not paid yet when none is named. Raises RunConflictError in another
        state, SecondPersonError when whoever sent it to review or locked it approves, InvalidCommandError without a
        reason where one is asked.
        """
        run = await self.get(run_id)
        command = StepRun(run.id, run.calendar, run.period, run.hash, step, tuple(distributors))
        return await self._writer.submit(Submission(key, actor, reason, command))

    async def steps(self, run_id: str) -> list[RunStep]:
        """The newest thousand steps of a run, oldest first: who, when, why. Raises NoRunError."""
        await self.get(run_id)
        return await self._runs.steps(run_id)

    async def payments(self, run_id: str, *, after: int = -1, limit: int) -> list[Payment]:
        """Whom a run pays how much, what they received before, and what of that it does not cover: those after an ix,
        by ix. Raises NoRunError."""
        run = await self.get(run_id)
        found: list[Payment] = []
        async for payments in self._payments.every(run.id, run.before, after + 1):
            found += (one for one in payments if one.amount or one.received)
            if len(found) >= limit:
                break
        return found[:limit]

    async def own(self, distributor_id: str, calendar: str = MONTHLY) -> list[OwnRun]:
        """The newest hundred runs that pay a person, voided ones if they had paid them."""
        return await self._runs.own(distributor_id, calendar)

    async def get(self, run_id: str) -> Run:
        """The run called `run_id`. Raises NoRunError."""
        run = await self._runs.one(run_id)
        if run is None:
            raise NoRunError(f"Run {run_id} does not exist.")
        return run

    async def all(self, calendar: str = MONTHLY, state: RunState | None = None) -> list[Run]:
        """The newest hundred runs of a calendar, of every state or of one."""
        return await self._runs.all(calendar, state)

    async def still_to_calculate(self, period: Period) -> tuple[int, str | None] | None:
        """The closing at which a closed period that nobody is paid for yet is to be calculated, and the run whose
        carry-over it is to begin with. None when that is done, cannot be done yet, or is not to be done here."""
        if period.closed_seq is None or period.run is not None:
            return None
        try:
            _, before = await self._before.run_before(period)
        except (PaidElsewhereError, PreviousRunMissingError):
            return None
        carries_from = None if before is None else before.id
        for run in await self._runs.of_period(period.calendar, period.number):
            if run.state in UNCOMMITTED and (run.seq, run.carries_from) == (period.closed_seq, carries_from):
                return None
        return period.closed_seq, carries_from

    async def taking_back(self, period: Period, taken: Taken, plan: Plan) -> Taken:
        """With what returns after the close take back of lines of earlier runs, as the plan says it; `taken` may be of
        a run that was calculated by another one."""
        orders, late = taken.snapshot.orders, taken.late
        if not late and (orders.late_return >= 0).any():
            late = await self._snapshots.late_returns(period, orders.seq, taken.seq)
        return replace(taken, snapshot=await self._clawbacks.taking_back(period, taken.snapshot, late, plan))


def refuse_misfit(plan: Plan, period: Period) -> None:
    """Raises PlanMismatchError where a plan does not pay a period's calendar, or has another zone."""
    if plan.calendar != period.calendar:
        raise PlanMismatchError(
            f"Plan {plan.name} {plan.version} pays the calendar {plan.calendar!r}, and {period.name} is a period "
            f"of {period.calendar!r}."
        )
    if plan.zone != period.zone:
        raise PlanMismatchError(
            f"Plan {plan.name} {plan.version} has periods of {plan.zone}, period {period.name} is one of "
            f"{period.zone}; orders near midnight would count in another one than the plan means."
        )


def refuse_other_matrix(plan: Plan, kept: KeptMatrix | None) -> None:
    """Raises PlanMismatchError where a plan pays up a matrix that is not the company's, or deeper down than that is."""
    for bonus in plan.bonuses:
        if not isinstance(bonus, Matrix):
            continue
        means = f"Plan {plan.name} {plan.version} pays {bonus.name} up a matrix {bonus.width} x {bonus.depth}"
        if kept is None:
            raise PlanMismatchError(f"{means}, and the company keeps no matrix; say that it does, and seat its people.")
        if bonus.width != kept.width:
            raise PlanMismatchError(f"{means}, and the one the company keeps is {kept.width} wide.")
        if bonus.depth > kept.depth:
            raise PlanMismatchError(f"{means}, and the one the company keeps is {kept.depth} deep.")

"""What the runs' routes give."""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.facts.limits import MAX_PAID_AT_ONCE
from app.facts.runs import RunState, StepName
from app.periods.calendars import Calendar, name_of
from app.runs.models import Run
from app.wire import Amount, Body, Id, Instant, Reason, ReceiptBody, amount, shown

FiguresKind = Literal["estimate", "final"]
Rounding = Literal["half_up", "half_even"]
RoundedPer = Literal["line", "total"]
RUN_EXAMPLE: Final[dict[str, Any]] = {
    "id": "2026-03-3f9a1c0b7d21",
    "calendar": "monthly",
    "period": "2026-03",
    "state": "committed",
    "figures": "final",
    "hash": "3f9a1c0b7d21" + "0" * 52,
    "plan": "binary 1",
    "plan_hash": "5b" * 32,
    "snapshot_hash": "c4" * 32,
    "code_version": "0.1.0",
    "seq": 4711,
    "people": 119,
    "orders": 84,
    "earners": 37,
    "earned": "1928.80",
    "taken_back": "0.00",
    "balance_in": "3.10",
    "balance_out": "11.50",
    "payees": 36,
    "amount": "1920.40",
    "breakage": "310.00",
    "calculated_at": "2026-04-03T06:00:04.000Z",
    "paid_people": 0,
    "paid_amount": "0.00",
    "set_off_people": 0,
    "set_off_amount": "0.00",
    "overpaid_amount": "0.00",
}


class RunBody(BaseModel):
    """A calculated run. Its hash covers what went in, the code, and what came out."""

    id: str = Field(examples=["2026-03-3f9a1c0b7d21"])
    calendar: str = Field(examples=["monthly"])
    period: str = Field(examples=["2026-03"])
    state: RunState = Field(description="How far it is on its way to pay", examples=["committed"])
    figures: FiguresKind = Field(description="Final once committed")
    hash: str
    plan: str = Field(examples=["binary 1"])
    plan_hash: str
    snapshot_hash: str
    code_version: str
    seq: int = Field(description="The last fact that counts")
    people: int
    orders: int
    earners: int = Field(description="Who earned something")
    earned: Amount = Field(description="All bonuses; earned + taken_back + balance_in = amount + balance_out")
    taken_back: Amount = Field(description="By returns after the close where the plan claws back, below zero")
    balance_in: Amount = Field(description="All that people brought along; below zero they owe the company")
    balance_out: Amount = Field(description="All that is carried on into the next period")
    payees: int = Field(description="Who is paid something")
    amount: Amount = Field(description="All that is paid out")
    breakage: Amount = Field(description="What the plan would have paid and nobody qualified for")
    calculated_at: Instant
    paid_people: int = Field(description="How many are paid; of a voided run too")
    paid_amount: Amount
    supersedes: str | None = Field(None, description="The voided run of the period whose place it took")
    superseded_by: str | None = Field(None, description="Of a voided run: the one that took its place")
    set_off_people: int = Field(description="Whom it owes nothing beyond what voided runs of the period paid")
    set_off_amount: Amount = Field(description="By how much less it pays than its statements say")
    overpaid_amount: Amount = Field(description="What voided runs of the period paid beyond them")

    @classmethod
    def of(cls, run: Run) -> "RunBody":
        """A run as it goes out."""
        return cls(
            id=run.id,
            calendar=run.calendar,
            period=name_of(run.calendar, run.period),
            state=run.state,
            figures="final" if run.committed else "estimate",
            hash=run.hash,
            plan=run.plan_name,
            plan_hash=run.plan_hash,
            snapshot_hash=run.snapshot_hash,
            code_version=run.code_version,
            seq=run.seq,
            people=run.people,
            orders=run.orders,
            earners=run.earners,
            earned=amount(run.earned),
            taken_back=amount(run.taken_back),
            balance_in=amount(run.balance_in),
            balance_out=amount(run.balance_out),
            payees=run.payees,
            amount=amount(run.amount),
            breakage=amount(run.breakage),
            calculated_at=run.calculated_at,
            paid_people=run.paid_people,
            paid_amount=amount(run.paid_amount),
            supersedes=run.supersedes,
            superseded_by=run.superseded_by,
            set_off_people=run.set_off_people,
            set_off_amount=amount(run.set_off_amount),
            overpaid_amount=amount(run.overpaid_amount),
        )


class RunsOf(BaseModel):
    """Whose runs a list is asked for."""

    model_config = ConfigDict(extra="forbid")

    calendar: Calendar = Field("monthly", description="Whose runs")
    state: RunState | None = Field(None, description="Only those in this state")


class RunsBody(BaseModel):
    """The newest hundred runs, newest first."""

    model_config = shown({"runs": [RUN_EXAMPLE]})

    runs: list[RunBody]


class StepBody(BaseModel):
    """A step that a run took, by the fact `seq`: who, when, why."""

    seq: int
    step: StepName
    state: RunState = Field(description="Where it led")
    actor: str
    reason: str
    at: Instant
    paid_people: int = Field(description="Paid by this step")
    paid_amount: Amount


STEP_EXAMPLE: Final[dict[str, Any]] = {
    "seq": 4720,
    "step": "commit",
    "state": "committed",
    "actor": "bob",
    "reason": "approved in the meeting of 3 April",
    "at": "2026-04-03T09:12:00.000Z",
    "paid_people": 0,
    "paid_amount": "0.00",
}


class RunHistoryBody(BaseModel):
    """A run and its newest thousand steps, oldest first."""

    model_config = shown({"run": RUN_EXAMPLE, "steps": [STEP_EXAMPLE]})

    run: RunBody
    steps: list[StepBody]


class RunStepping(Body):
    """A step of a run, and why."""

    model_config = shown({"step": "pay", "reason": "bank file 7", "distributors": ["D42", "D77"]})

    step: StepName = Field(description="send_back, unlock and void need a reason")
    reason: Reason = ""
    distributors: list[Id] = Field(
        [],
        max_length=MAX_PAID_AT_ONCE,
        description="Whom to pay, each once; everybody not paid yet when nobody is named. Only for pay",
    )


class RunStepReceipt(BaseModel):
    """Where the step led."""

    model_config = shown(
        {
            "run": "2026-03-3f9a1c0b7d21",
            "state": "partly_paid",
            "paid_people": 2,
            "paid_amount": "120.50",
            "receipt": {"seq": 4721, "kind": "StepRun", "recorded_at": "2026-04-04T06:00:00.000Z"},
        }
    )

    run: str
    state: RunState
    paid_people: int = Field(description="Paid by this step")
    paid_amount: Amount = Field(description="As the run's statements say")
    receipt: ReceiptBody


class OwnRunBody(BaseModel):
    """A run that pays a person, or paid them before it was voided."""

    id: str = Field(examples=["2026-03-3f9a1c0b7d21"])
    period: str = Field(examples=["2026-03"])
    state: RunState
    amount: Amount = Field(description="What it pays the person")
    paid: bool = Field(description="Whether they were paid that")
    paid_seq: int | None = Field(None, description="The fact by which they were; null before")
    paid_before: Amount = Field(description="By runs of the period that were voided")
    to_pay: Amount = Field(description="What is left of it")
    superseded_by: str | None = Field(None, description="Of a voided run: the one that took its place")


class PaymentBody(BaseModel):
    """What a run pays one person."""

    id: str = Field(examples=["D42"])
    amount: Amount = Field(description="Their statement")
    paid_before: Amount = Field(description="By runs of the period that were voided")
    to_pay: Amount = Field(description="What is left")
    overpaid: Amount = Field(description="What they received beyond their statement")
    paid_seq: int | None = Field(None, description="The fact by which they were paid; null before")


class PaymentsBody(BaseModel):
    """Everybody whom a run owes something, or whom one that was voided before it paid, in the order of enrolment."""

    model_config = shown(
        {
            "run": "2026-03-3f9a1c0b7d21",
            "payments": [
                {
                    "id": "D42",
                    "amount": "60.25",
                    "paid_before": "40.00",
                    "to_pay": "20.25",
                    "overpaid": "0.00",
                    "paid_seq": None,
                }
            ],
            "next": 42,
        }
    )

    run: str
    payments: list[PaymentBody]
    next: int | None = Field(description="To ask for those after them; null at the end")


class OwnRunsBody(BaseModel):
    """The newest hundred of them, newest period first."""

    model_config = shown(
        {
            "id": "D42",
            "runs": [
                {
                    "id": "2026-03-3f9a1c0b7d21",
                    "period": "2026-03",
                    "state": "partly_paid",
                    "amount": "60.25",
                    "paid": True,
                    "paid_seq": 4721,
                    "paid_before": "0.00",
                    "to_pay": "60.25",
                }
            ],
        }
    )

    id: str
    runs: list[OwnRunBody]

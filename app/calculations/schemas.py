"""What the calculations' routes take and give."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.calculations.models import Calculation, Night, State, Step
from app.clock import from_ms
from app.periods.calendars import Calendar
from app.periods.schemas import PeriodName
from app.plans.loader import MAX_BYTES
from app.wire import Amount, Body, Instant, Reason, ReceiptBody, amount, shown

CalculationId = Annotated[
    str, Field(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z-]+$", examples=["2026-03-3f9a1c0b7d21"])
]
EXAMPLE: Final[dict[str, Any]] = {
    "id": "2026-03-3f9a1c0b7d21",
    "calendar": "monthly",
    "period": "2026-03",
    "plan": "binary 1",
    "plan_hash": "5b" * 32,
    "state": "calculating",
    "stage": "statements",
    "done": 5000,
    "of": 37000,
    "attempts": 1,
    "as_of": 4711,
    "steps": [
        {
            "kind": "RequestRun",
            "seq": 4711,
            "actor": "admin@acme",
            "reason": "what if",
            "recorded_at": "2026-03-20T06:00:00.000Z",
        }
    ],
}


class CalculationRequest(Body):
    """A run to calculate, by a plan of the library, one that was used before, or one that comes along."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"period": "2026-03", "plan": "sample"}]})

    period: PeriodName
    plan: str | None = Field(
        None, max_length=64, pattern=r"^[0-9a-z_-]+$", description="A name of the library, or the hash of a stored plan"
    )
    document: str | None = Field(None, min_length=1, max_length=MAX_BYTES, description="A plan file, YAML")
    draft: bool = Field(False, description="True: it waits until it is queued")
    reason: Reason = ""

    @model_validator(mode="after")
    def one_plan(self) -> "CalculationRequest":
        """One of both says the plan."""
        if (self.plan is None) == (self.document is None):
            raise ValueError("give either plan or document")
        return self


class CalculationStep(Body):
    """Why a calculation is queued or cancelled."""

    model_config = shown({"reason": "the plan is the wrong one"})

    reason: Reason = ""


class StepBody(BaseModel):
    """A fact about a calculation: who, when and why."""

    kind: str = Field(examples=["RequestRun"])
    seq: int
    actor: str
    reason: str
    recorded_at: Instant

    @classmethod
    def of(cls, step: Step) -> "StepBody":
        """A step as it goes out."""
        return cls(
            kind=step.kind,
            seq=step.seq,
            actor=step.actor,
            reason=step.reason,
            recorded_at=from_ms(step.recorded_at),
        )


class CalculationBody(BaseModel):
    """A run that was asked for: how far it is, and how it ended."""

    model_config = shown(EXAMPLE)

    id: CalculationId
    calendar: Calendar
    period: str
    plan: str = Field(description="Its name and version", examples=["binary 1"])
    plan_hash: str
    state: State
    stage: str | None = Field(None, description="snapshot, engine, tables or statements; null before it was begun")
    done: int = Field(description="How much of the stage is done, out of `of`")
    of: int
    attempts: int = Field(description="How often it was begun; a worker that was lost is followed by another")
    as_of: int | None = Field(
        None,
        description="The last fact that counts: the close of the period, else the fact that queued it; null before it "
        "was begun",
    )
    run: str | None = Field(None, description="The run, once it is done")
    failure: str | None = Field(None, description="What went wrong the last time")
    ended_at: Instant | None = None
    steps: list[StepBody] = Field(description="The facts that asked for it, queued and cancelled it")

    @classmethod
    def of_calculation(cls, found: Calculation) -> "CalculationBody":
        """A calculation as it goes out."""
        return cls(
            id=found.id,
            calendar=found.calendar,
            period=found.period_name,
            plan=f"{found.plan_name} {found.plan_version}",
            plan_hash=found.plan_hash,
            state=found.state,
            stage=found.stage,
            done=found.done,
            of=found.of,
            attempts=found.attempt,
            as_of=found.as_of,
            run=found.run,
            failure=found.failure,
            ended_at=None if found.ended_at is None else from_ms(found.ended_at),
            steps=[StepBody.of(step) for step in found.steps],
        )


class CalculationAnswer(BaseModel):
    """The calculation, and the proof of what was asked."""

    model_config = shown(
        {
            "calculation": EXAMPLE,
            "receipt": {"seq": 4711, "kind": "RequestRun", "recorded_at": "2026-03-20T06:00:00.000Z"},
        }
    )

    calculation: CalculationBody
    receipt: ReceiptBody


class CalculationsBody(BaseModel):
    """The hundred calculations that were asked for last, the newest first."""

    model_config = shown({"calculations": [EXAMPLE]})

    calculations: list[CalculationBody]


class NightBody(BaseModel):
    """A preview that was asked for by night. Figures are of its run, null until that is done; `change` is what they are
    more than those of the last night before that was done, null where there is none."""

    night: str = Field(description="The day, of the zone that nights are of", examples=["2026-03-20"])
    calculation: CalculationId
    calendar: Calendar
    period: str
    plan: str = Field(description="Its name and version", examples=["binary 1"])
    state: State
    failure: str | None = Field(None, description="What went wrong the last time")
    asked_at: Instant
    as_of: int | None = Field(None, description="The last fact that counts")
    run: str | None = None
    orders: int | None = None
    payees: int | None = None
    amount: Amount | None = None
    breakage: Amount | None = None
    before: str | None = Field(None, description="The night that it is compared with")
    change_orders: int | None = None
    change_payees: int | None = None
    change_amount: Amount | None = None

    @classmethod
    def of(cls, night: Night) -> "NightBody":
        """A night as it goes out."""
        one, before = night.preview, night.before
        was = before if one.run is not None else None
        return cls(
            night=one.night,
            calculation=one.calculation,
            calendar=one.calendar,
            period=one.period_name,
            plan=one.plan,
            state=one.state,
            failure=one.failure,
            asked_at=from_ms(one.asked_at),
            as_of=one.as_of,
            run=one.run,
            orders=one.orders,
            payees=one.payees,
            amount=None if one.amount is None else amount(one.amount),
            breakage=None if one.breakage is None else amount(one.breakage),
            before=None if was is None else was.night,
            change_orders=_change(one.orders, None if was is None else was.orders),
            change_payees=_change(one.payees, None if was is None else was.payees),
            change_amount=None
            if (more := _change(one.amount, None if was is None else was.amount)) is None
            else amount(more),
        )


def _change(is_now: int | None, was: int | None) -> int | None:
    return None if is_now is None or was is None else is_now - was


class NightsBody(BaseModel):
    """The newest hundred, the newest first."""

    model_config = shown(
        {
            "nights": [
                {
                    "night": "2026-03-20",
                    "calculation": "2026-03-3f9a1c0b7d21",
                    "calendar": "monthly",
                    "period": "2026-03",
                    "plan": "binary 1",
                    "state": "done",
                    "failure": None,
                    "asked_at": "2026-03-20T01:30:00.000Z",
                    "as_of": 4711,
                    "run": "2026-03-3f9a1c0b7d21",
                    "orders": 84,
                    "payees": 36,
                    "amount": "1920.40",
                    "breakage": "310.00",
                    "before": "2026-03-19",
                    "change_orders": 3,
                    "change_payees": 1,
                    "change_amount": "60.25",
                }
            ]
        }
    )

    nights: list[NightBody]

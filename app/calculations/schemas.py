"""What the calculations' routes take and give."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.calculations.models import Calculation, State, Step
from app.clock import from_ms
from app.periods.calendars import Calendar
from app.periods.schemas import PeriodName
from app.plans.loader import MAX_BYTES
from app.wire import Body, Instant, Reason, ReceiptBody, shown

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

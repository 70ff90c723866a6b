"""What the plans' routes take and give."""

from pydantic import BaseModel, Field

from app.clock import from_ms
from app.facts.plans import RegisteredPlan
from app.periods.calendars import Calendar
from app.plans.loader import MAX_BYTES
from app.plans.models import Plan
from app.plans.summary import summary_of
from app.wire import Body, Day, Instant, Reason, ReceiptBody, shown

_TEXT = (
    'name: Binary\nversion: "2"\ncurrency: EUR\nranks: [{name: Member}]\n'
    "bonuses:\n  - {type: binary, name: Team, rate: 10%}\n"
)
_HASH = "5b" * 32


class PlanRegistration(Body):
    """A plan to keep, and from when on it pays."""

    model_config = shown({"plan": _TEXT, "effective_from": "2026-03-01", "reason": "board meeting of 3 February"})

    plan: str = Field(min_length=1, max_length=MAX_BYTES, description="The plan file's text, YAML or JSON")
    effective_from: Day = Field(description="It pays periods that begin on this day or later")
    reason: Reason = ""


class RegisteredPlanBody(BaseModel):
    """A plan that was registered, and the fact that says so."""

    name: str
    version: str
    hash: str = Field(description="SHA-256 of its canonical JSON; runs name it as plan_hash")
    calendar: Calendar
    effective_from: Day
    seq: int
    registered_by: str
    reason: str
    registered_at: Instant

    @classmethod
    def of(cls, plan: RegisteredPlan) -> "RegisteredPlanBody":
        """As it goes out."""
        return cls(
            name=plan.name,
            version=plan.version,
            hash=plan.hash,
            calendar=plan.calendar,  # type: ignore[arg-type]
            effective_from=plan.effective_from,
            seq=plan.seq,
            registered_by=plan.actor,
            reason=plan.reason,
            registered_at=from_ms(plan.registered_at),
        )


class RegisteredPlansBody(BaseModel):
    """Every registered plan, in the order of the facts."""

    model_config = shown(
        {
            "plans": [
                {
                    "name": "Binary",
                    "version": "2",
                    "hash": _HASH,
                    "calendar": "monthly",
                    "effective_from": "2026-03-01",
                    "seq": 4711,
                    "registered_by": "admin",
                    "reason": "board meeting of 3 February",
                    "registered_at": "2026-02-04T09:00:00.000Z",
                }
            ]
        }
    )

    plans: list[RegisteredPlanBody]


class SectionBody(BaseModel):
    """A part of a plan, such as its ranks or one of its bonuses, in plain sentences."""

    title: str
    sentences: list[str]


class PlanSummaryBody(BaseModel):
    """A plan in plain sentences for those whom it pays: every rule of it."""

    model_config = shown(
        {
            "hash": _HASH,
            "name": "Binary",
            "version": "2",
            "sections": [{"title": "Team (the binary tree)", "sentences": ["It pays 10 % of it."]}],
        }
    )

    hash: str
    name: str
    version: str
    sections: list[SectionBody]

    @classmethod
    def of(cls, plan: Plan) -> "PlanSummaryBody":
        """As it goes out."""
        sections = [SectionBody(title=part.title, sentences=[*part.sentences]) for part in summary_of(plan)]
        return cls(hash=plan.hash, name=plan.name, version=plan.version, sections=sections)


class PlanReceipt(BaseModel):
    """The plan's hash, and the fact."""

    model_config = shown(
        {
            "hash": _HASH,
            "receipt": {"seq": 4711, "kind": "RegisterPlan", "recorded_at": "2026-02-04T09:00:00.000Z"},
        }
    )

    hash: str
    receipt: ReceiptBody

"""What routes give of ranks: each requirement, and what was decided."""

from dataclasses import asdict
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, Field

from app.engine.reasons import Unit
from app.runs.models import RankDecision
from app.runs.schemas import FiguresKind
from app.runs.text import decision_words
from app.wire import Day, shown


class CheckBody(BaseModel):
    """One requirement of a rank."""

    measure: str = Field(description="What it looks at, by its name in the run's files", examples=["personal_pv"])
    requirement: str = Field(description="The same in words", examples=["personal PV"])
    required: str = Field(description="A volume with two decimals, or a count", examples=["100.00"])
    actual: str = Field(examples=["80.00"])
    met: bool
    missing: str = Field(description="required - actual; 0 when met", examples=["20.00"])
    unit: Unit


class PeriodMetBody(BaseModel):
    """Whether all that a rank asks, or a higher one, was met in a period."""

    period: str = Field(examples=["2026-02"])
    run: str | None = Field(description="The run that says so; null where the period has none, which counts as not met")
    met: bool


class RankCardBody(BaseModel):
    """All requirements of one rank."""

    rank: str = Field(examples=["Silver"])
    rules: Literal["requires", "maintain"] = Field(
        description="maintain: what the plan asks of somebody who reached that rank or a higher one before"
    )
    met: bool = Field(description="By what the person did, whoever decided what")
    checks: list[CheckBody]
    periods: list[PeriodMetBody] = Field(
        default=[], description="Of a rank that must be met in so many of the last periods: these, the latest first"
    )


class RankDecisionBody(BaseModel):
    """Somebody decided that a person is paid as that rank at least."""

    rank: str = Field(examples=["Director"])
    since: Day = Field(description="The first day; a period counts by its last day")
    until: Day = Field(description="The last day")
    author: str
    reason: str
    seq: int = Field(description="The fact that says so")
    words: str = Field(examples=["Director until 2026-12-31 by decision of ann: transfer from the Lisbon office"])

    @classmethod
    def of(cls, decision: RankDecision) -> Self:
        return cls(**asdict(decision), words=decision_words(decision))


CHECK_EXAMPLE: Final[dict[str, Any]] = {
    "measure": "personal_pv",
    "requirement": "personal PV",
    "required": "100.00",
    "actual": "80.00",
    "met": False,
    "missing": "20.00",
    "unit": "PV",
}


class RankBody(BaseModel):
    """A person's ranks in a period, and what the next two need."""

    model_config = shown(
        {
            "id": "D42",
            "period": "2026-03",
            "figures": "final",
            "run": "2026-03-3f9a1c0b7d21",
            "seq": 4711,
            "rank": "Bronze",
            "title": "Bronze",
            "highest": "Bronze",
            "pay_rank": "Bronze",
            "active": True,
            "earned": {
                "rank": "Bronze",
                "rules": "maintain",
                "met": True,
                "checks": [CHECK_EXAMPLE | {"required": "50.00", "met": True, "missing": "0.00"}],
            },
            "next": [{"rank": "Silver", "rules": "requires", "met": False, "checks": [CHECK_EXAMPLE]}],
        }
    )

    id: str
    period: str | None = Field(description="Null when there is no run to tell from", examples=["2026-03"])
    figures: FiguresKind | None
    run: str | None = Field(None, description="The run that tells")
    seq: int | None = Field(None, description="The last fact that counts")
    rank: str | None = Field(description="Paid as: earned in the period, or decided by somebody")
    title: str | None = Field(description="As the enrolment says it")
    highest: str | None = Field(
        None, description="The highest of both and of what was earned in any period before; decisions do not count"
    )
    pay_rank: str | None = Field(description="The one the period's pay was calculated by")
    highest_rank: str | None = Field(
        None, description="The highest by the newest committed run, or as a former system told"
    )
    decision: RankDecisionBody | None = Field(None, description="The rank that somebody decided, in that period")
    active: bool | None
    earned: RankCardBody | None = Field(
        description="The requirements of the rank paid as; null without one, and to a distributor of others"
    )
    next: list[RankCardBody] = Field(
        description="Those of the next two ranks above it, the lower first; none of others to a distributor"
    )
    note: str | None = Field(None, description="Why there is no rank to show; null when there is one")

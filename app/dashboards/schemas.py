"""What the dashboard's route gives."""

from typing import Final

from pydantic import BaseModel, Field

from app.dashboards.models import Source
from app.runs.rank_schemas import CHECK_EXAMPLE, RankCardBody, RankDecisionBody
from app.runs.schemas import FiguresKind
from app.volumes.schemas import LegBody, LivePeriod, Status, Volume
from app.wire import Amount, AsOf, Instant, shown

_AS_OF: Final = {"seq": 1207, "at": "2026-03-05T09:30:00.000Z"}
_OF_RUN: Final = {
    "source": "committed",
    "period": "2026-02",
    "run": "2026-02-3f9a1c0b7d21",
    "figures": "final",
    "as_of": {"seq": 1100, "at": "2026-03-01T00:00:03.000Z"},
}


class GroupBody(Volume):
    """Everybody in a tree from the person down, the person among them."""

    people: int


class SponsorBody(GroupBody):
    """The sponsor tree."""

    leg_count: int = Field(description="How many legs there are; `legs` shows the ten heaviest")
    legs: list[LegBody] = Field(description="By PV, then by people")


class SideBody(Volume):
    """A leg of the binary tree."""

    id: str | None = Field(None, description="Who stands in the slot; null when it is open")
    name: str | None = None
    people: int
    carried: Amount | None = Field(
        None, description="CV that the run in `carried_by` carries on into the next period; null where no run says it"
    )


class BinaryBody(GroupBody):
    """The binary tree."""

    left: SideBody
    right: SideBody
    carried_by: str | None = Field(
        None,
        description="The last committed run of the calendar; null where there is none, where its plan has no binary "
        "bonus, where it does not know the person, and to a distributor of others",
    )


class SourceBody(BaseModel):
    """What tells something, and as of when."""

    source: Source = Field(
        description="live: followed from fact to fact; preview: the last nightly preview of the open period, which "
        "pays nobody; committed: the last run that pays"
    )
    period: str = Field(examples=["2026-02"])
    run: str | None = Field(description="Null of what is live")
    figures: FiguresKind = Field(description="Final of a committed run")
    as_of: AsOf = Field(description="The last fact that counts")


class StandingBody(SourceBody):
    """A person's ranks."""

    rank: str | None = Field(description="Paid as: earned in the period, or decided by somebody")
    title: str | None = Field(description="As the enrolment says it")
    pay_rank: str | None = Field(description="The one the period's pay is calculated by")
    highest: str | None = Field(description="The highest so far; decisions do not count")
    active: bool
    earned: RankCardBody | None = Field(
        None, description="What the rank paid as asks; null without one, and to a distributor of others"
    )
    next: list[RankCardBody] = Field(
        description="What the next two ranks ask, the lower first; none of others to a distributor"
    )
    decision: RankDecisionBody | None = Field(None, description="The rank that somebody decided, in that period")


class BonusBody(BaseModel):
    """What one bonus comes to."""

    bonus: str
    amount: Amount


class EarnedBody(SourceBody):
    """What a person earns in a period."""

    currency: str = Field(examples=["EUR"])
    bonuses: list[BonusBody] = Field(description="Every bonus of the plan; they add up to `earned`")
    earned: Amount = Field(description="Without what is taken back")
    taken_back: Amount = Field(
        description="Zero, or below it what returns after the close take back of what earlier runs paid"
    )
    amount: Amount = Field(
        description="What is paid: `earned`, `taken_back` and what is owed from before, by the plan's payout rule"
    )


class EarningsBody(BaseModel):
    """Pay. Where there is none a note says why."""

    present: EarnedBody | None = Field(None, description="Of the open period, an estimate")
    present_note: str | None = None
    committed: EarnedBody | None = Field(None, description="By the last committed run")
    committed_note: str | None = None


class NewcomerBody(BaseModel):
    """Somebody below the person."""

    id: str = Field(examples=["D99"])
    name: str
    status: Status
    level: int = Field(description="1 for those whom the person sponsors")
    sponsor_id: str
    enrolled_at: Instant


class NewestBody(BaseModel):
    """Who was enrolled last below the person in the sponsor tree, on any level."""

    people: list[NewcomerBody] = Field(description="Up to five, in the order of enrolment, the last one first")
    complete: bool = Field(
        description="False where the search ended early: of a large downline only the company's newest are looked at"
    )


class DashboardBody(BaseModel):
    """All that a start page shows of a person."""

    model_config = shown(
        {
            "id": "D1",
            "name": "Example Person",
            "status": "active",
            "title": "Bronze",
            "enrolled_at": "2025-01-01T00:00:00.000Z",
            "period": {"name": "2026-03", "figures": "estimate"},
            "personal": {"pv": "120.00", "cv": "96.50"},
            "customers": {"pv": "20.00", "cv": "16.50"},
            "sponsor": {
                "people": 119,
                "pv": "5400.00",
                "cv": "4300.00",
                "leg_count": 1,
                "legs": [
                    {
                        "id": "D2",
                        "name": "Example Leg",
                        "status": "active",
                        "slot": 0,
                        "people": 118,
                        "pv": "5280.00",
                        "cv": "4203.50",
                    }
                ],
            },
            "binary": {
                "people": 119,
                "pv": "5400.00",
                "cv": "4300.00",
                "left": {
                    "id": "D2",
                    "name": "Example Leg",
                    "people": 118,
                    "pv": "5280.00",
                    "cv": "4203.50",
                    "carried": "310.00",
                },
                "right": {"id": None, "name": None, "people": 0, "pv": "0.00", "cv": "0.00", "carried": "0.00"},
                "carried_by": "2026-02-3f9a1c0b7d21",
            },
            "matrix": None,
            "rank": {
                **_OF_RUN,
                "rank": "Bronze",
                "title": "Bronze",
                "pay_rank": "Bronze",
                "highest": "Bronze",
                "active": True,
                "earned": None,
                "next": [{"rank": "Silver", "rules": "requires", "met": False, "checks": [CHECK_EXAMPLE]}],
                "decision": None,
            },
            "rank_note": None,
            "earnings": {
                "present": None,
                "present_note": "There is no nightly preview of 2026-03 yet.",
                "committed": {
                    **_OF_RUN,
                    "currency": "EUR",
                    "bonuses": [{"bonus": "Level bonus", "amount": "4.83"}],
                    "earned": "4.83",
                    "taken_back": "0.00",
                    "amount": "4.83",
                },
                "committed_note": None,
            },
            "newest": {
                "people": [
                    {
                        "id": "D99",
                        "name": "Example Newcomer",
                        "status": "active",
                        "level": 4,
                        "sponsor_id": "D42",
                        "enrolled_at": "2026-03-04T08:00:00.000Z",
                    }
                ],
                "complete": True,
            },
            "as_of": _AS_OF,
        }
    )

    id: str
    name: str
    status: Status
    title: str
    enrolled_at: Instant
    period: LivePeriod | None = Field(
        description="Whose volumes: the open period that contains the present, else the last open one; null when none "
        "is open, and volumes are then zero"
    )
    personal: Volume = Field(description="Own orders and those of own customers")
    customers: Volume = Field(description="Those of own customers alone")
    sponsor: SponsorBody
    binary: BinaryBody
    matrix: GroupBody | None = Field(None, description="Null when the company keeps none")
    rank: StandingBody | None = None
    rank_note: str | None = Field(
        None, description="Why there is no rank, or nothing of what ranks ask; null when all is there"
    )
    earnings: EarningsBody
    newest: NewestBody
    as_of: AsOf = Field(description="The oldest of all parts but ranks and pay, which say their own")

"""What the periods' routes take and give."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.facts.calendars import CommissionDate
from app.facts.limits import MOST_GRACE_DAYS
from app.periods.calendars import PATTERN, Calendar
from app.wire import Body, GivenReason, Instant, Reason, ReceiptBody, shown

PeriodName = Annotated[
    str,
    Field(
        pattern=PATTERN,
        description="A period, whose name tells its calendar: 2026-03 (monthly), 2026-W10 (weekly), 2026-W07-W10 "
        "(four_weeks), 2026-03-05 (daily)",
        examples=["2026-03", "2026-W10"],
    ),
]


class PeriodBody(BaseModel):
    """A period of a calendar, from `starts_at` up to but not including `ends_at`."""

    calendar: Calendar = Field(examples=["monthly"])
    name: str = Field(examples=["2026-03"])
    zone: str = Field(examples=["Europe/Berlin"])
    starts_at: Instant
    ends_at: Instant
    grace_ends_at: Instant | None = Field(
        description="From then on nothing that comes late counts in it; null: it does as long as it is open"
    )
    commission_date: CommissionDate = Field(description="The date of an order by which it counts")
    state: Literal["open", "closed"]
    closed_seq: int | None = Field(description="The fact that last closed it; null while open")
    run: str | None = Field(description="The committed run; null without one")


class TurnBody(BaseModel):
    """A fact that opened a period, closed it or opened it again."""

    seq: int
    kind: Literal["OpenPeriod", "ClosePeriod", "ReopenPeriod"]
    recorded_at: Instant
    actor: str
    reason: str


class PeriodHistoryBody(PeriodBody):
    """A period, and how it came to be open or closed."""

    model_config = shown(
        {
            "calendar": "monthly",
            "name": "2026-03",
            "zone": "Europe/Berlin",
            "starts_at": "2026-02-28T23:00:00.000Z",
            "ends_at": "2026-03-31T22:00:00.000Z",
            "grace_ends_at": "2026-04-05T22:00:00.000Z",
            "commission_date": "placed",
            "state": "closed",
            "closed_seq": 5102,
            "run": "2026-03-3f9a1c0b7d21",
            "history": [
                {
                    "seq": 12,
                    "kind": "OpenPeriod",
                    "recorded_at": "2026-03-01T06:00:00.000Z",
                    "actor": "office",
                    "reason": "",
                },
                {
                    "seq": 4711,
                    "kind": "ClosePeriod",
                    "recorded_at": "2026-04-03T06:00:00.000Z",
                    "actor": "office",
                    "reason": "end of month",
                },
                {
                    "seq": 4890,
                    "kind": "ReopenPeriod",
                    "recorded_at": "2026-04-04T08:30:00.000Z",
                    "actor": "office",
                    "reason": "orders of the 31st came in late",
                },
                {
                    "seq": 5102,
                    "kind": "ClosePeriod",
                    "recorded_at": "2026-04-06T06:00:00.000Z",
                    "actor": "office",
                    "reason": "late orders are in",
                },
            ],
        }
    )

    history: list[TurnBody] = Field(description="Oldest first")


class OfCalendar(BaseModel):
    """Which calendar a list is asked for."""

    model_config = ConfigDict(extra="forbid")

    calendar: Calendar | None = Field(None, description="Every calendar when left out")


class PeriodsBody(BaseModel):
    """Every period so far, by calendar, oldest first."""

    model_config = shown(
        {
            "periods": [
                {
                    "calendar": "monthly",
                    "name": "2026-03",
                    "zone": "Europe/Berlin",
                    "starts_at": "2026-02-28T23:00:00.000Z",
                    "ends_at": "2026-03-31T22:00:00.000Z",
                    "grace_ends_at": "2026-04-05T22:00:00.000Z",
                    "commission_date": "placed",
                    "state": "closed",
                    "closed_seq": 4711,
                    "run": "2026-03-3f9a1c0b7d21",
                }
            ]
        }
    )

    periods: list[PeriodBody]


class PeriodOpening(Body):
    """A period to open for orders."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "2026-03", "zone": "Europe/Berlin"}]})

    name: PeriodName
    zone: str = Field("UTC", max_length=64, pattern=r"^[A-Za-z][A-Za-z0-9_+/-]*$", description="Of the IANA database")
    grace_days: int | None = Field(
        None,
        strict=True,
        ge=0,
        le=MOST_GRACE_DAYS,
        description="So many days after its end it takes what comes late; null: as long as it is open",
    )
    commission_date: CommissionDate | None = Field(
        None,
        description="The date of an order by which it counts; null: as in the calendar's other periods, in the first "
        "one by the date on which it was placed",
    )
    reason: Reason = ""


class PeriodClosing(Body):
    """Why a period is closed."""

    model_config = shown({"reason": "end of month"})

    override: bool = Field(False, description="Close before its grace days are over; needs a reason")
    reason: Reason = ""


class PeriodReopening(Body):
    """Why a closed period is opened again."""

    model_config = shown({"reason": "orders of the 31st came in late"})

    reason: GivenReason


class PeriodReceipt(BaseModel):
    """The period, opened, closed or opened again."""

    model_config = shown(
        {
            "name": "2026-03",
            "receipt": {"seq": 4711, "kind": "ClosePeriod", "recorded_at": "2026-04-03T06:00:00.000Z"},
        }
    )

    name: str
    receipt: ReceiptBody

"""What the periods' routes take and give."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.periods.calendars import PATTERN, Calendar
from app.wire import Body, Instant, Reason, ReceiptBody, shown

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
    state: Literal["open", "closed"]
    closed_seq: int | None = Field(description="The closing fact; null while open")
    run: str | None = Field(description="The committed run; null without one")


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
    reason: Reason = ""


class PeriodClosing(Body):
    """Why a period is closed."""

    model_config = shown({"reason": "end of month"})

    reason: Reason = ""


class PeriodReceipt(BaseModel):
    """The period, opened or closed."""

    model_config = shown(
        {
            "name": "2026-03",
            "receipt": {"seq": 4711, "kind": "ClosePeriod", "recorded_at": "2026-04-03T06:00:00.000Z"},
        }
    )

    name: str
    receipt: ReceiptBody

"""What the periods' routes take and give."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.wire import Body, Instant, Reason, ReceiptBody

MonthName = Annotated[
    str,
    Field(pattern=r"^(19[7-9][0-9]|[2-8][0-9]{3})-(0[1-9]|1[0-2])$", description="A month", examples=["2026-03"]),
]


class PeriodBody(BaseModel):
    """A month of a calendar, from `starts_at` up to but not including `ends_at`."""

    calendar: str = Field(examples=["monthly"])
    name: str = Field(examples=["2026-03"])
    zone: str = Field(examples=["Europe/Berlin"])
    starts_at: Instant
    ends_at: Instant
    state: Literal["open", "closed"]
    closed_seq: int | None = Field(description="The closing fact; null while open")
    run: str | None = Field(description="The committed run; null without one")


class PeriodsBody(BaseModel):
    """Every month so far, oldest first."""

    periods: list[PeriodBody]


class PeriodOpening(Body):
    """A month to open for orders."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "2026-03", "zone": "Europe/Berlin"}]})

    name: MonthName
    zone: str = Field("UTC", max_length=64, pattern=r"^[A-Za-z][A-Za-z0-9_+/-]*$", description="Of the IANA database")
    reason: Reason = ""


class PeriodClosing(Body):
    """Why a month is closed."""

    reason: Reason = ""


class PeriodReceipt(BaseModel):
    """The month, opened or closed."""

    name: str
    receipt: ReceiptBody

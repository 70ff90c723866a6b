"""What the orders' routes take and give."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.periods.calendars import Calendar
from app.wire import Amount, AmountText, Body, Id, Instant, Reason, ReceiptBody, shown


class OrderBody(Body):
    """A sale."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "O-10017",
                    "buyer_id": "D42",
                    "buyer_kind": "distributor",
                    "placed_at": "2026-03-05T09:30:00Z",
                    "pv": "120.00",
                    "cv": "96.50",
                }
            ]
        }
    )

    id: Id
    buyer_id: Id
    buyer_kind: Literal["distributor", "customer"]
    placed_at: Instant
    paid_at: Instant | None = Field(None, description="When it was paid, where that is known already")
    shipped_at: Instant | None = Field(None, description="When it was shipped, where that is known already")
    pv: AmountText
    cv: AmountText
    reason: Reason = ""


class PaymentBody(Body):
    """When an order was paid."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"paid_at": "2026-03-11T10:15:00Z"}]})

    paid_at: Instant
    reason: Reason = ""


class ShipmentBody(Body):
    """When an order was shipped."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"shipped_at": "2026-03-12T16:40:00Z"}]})

    shipped_at: Instant
    reason: Reason = ""


class ReturnBody(Body):
    """The whole of an order comes back, under a number of its own."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "R-10017", "placed_at": "2026-03-20T15:00:00Z", "reason": "damaged"}]}
    )

    id: Id
    placed_at: Instant
    reason: Reason = ""


class OrderAnswer(BaseModel):
    """Where the volume counts. A return's is negative."""

    model_config = shown(
        {
            "order_id": "O-10017",
            "periods": {"monthly": "2026-03", "weekly": "2026-W10"},
            "pv": "120.00",
            "cv": "96.50",
            "receipt": {"seq": 1209, "kind": "Order", "recorded_at": "2026-03-05T09:30:00.420Z"},
        }
    )

    order_id: str = Field(examples=["O-10017"])
    return_of: str | None = Field(None, description="The order that came back; null for an order")
    periods: dict[Calendar, str] = Field(
        description="The period it counts in by what this fact tells, of each calendar that is kept; it waits in one "
        "that counts by a date not told yet",
        examples=[{"monthly": "2026-03"}],
    )
    late: str | None = Field(None, description="For which open periods it came too late; null when for none")
    pv: Amount
    cv: Amount
    receipt: ReceiptBody

"""What the orders' routes take and give."""

from datetime import datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.amounts import minor_text, to_minor
from app.clock import ms_text, to_ms
from app.facts.calendars import CALENDARS, LaterDate
from app.facts.commands import Order, Receipt
from app.periods.calendars import Calendar, name_of
from app.problems import Problem
from app.wire import (
    Amount,
    AmountText,
    Body,
    Id,
    Instant,
    KeyText,
    Reason,
    ReceiptBody,
    shown,
)

MOST_ORDERS: Final = 1_000
"""In one request: no more than one commit takes."""


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

    def command(self) -> Order:
        """The sale."""
        placed_at, pv, cv = to_ms(self.placed_at), to_minor(self.pv), to_minor(self.cv)
        return Order(self.id, self.buyer_id, self.buyer_kind, placed_at, pv, cv)

    def dates(self) -> dict[LaterDate, int]:
        """Its later dates that are known (epoch ms)."""
        if self.paid_at is None and self.shipped_at is None:
            return {}
        told: dict[LaterDate, datetime | None] = {"paid": self.paid_at, "shipped": self.shipped_at}
        return {date: to_ms(at) for date, at in told.items() if at is not None}


class KeyedOrderBody(OrderBody):
    """A sale of several, with a key of its own."""

    idempotency_key: KeyText


class BulkBody(Body):
    """Sales in the order in which they are recorded."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "orders": [
                        {
                            "idempotency_key": "order-10018",
                            "id": "O-10018",
                            "buyer_id": "D42",
                            "buyer_kind": "distributor",
                            "placed_at": "2026-03-05T09:31:00Z",
                            "pv": "120.00",
                            "cv": "96.50",
                        }
                    ]
                }
            ]
        }
    )

    orders: list[KeyedOrderBody] = Field(min_length=1, max_length=MOST_ORDERS)


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


class CancellationBody(Body):
    """An order is called off before it was shipped, under a number of the cancellation's own."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": "X-10017", "cancelled_at": "2026-03-06T08:00:00Z", "reason": "ordered twice"}]
        }
    )

    id: Id
    cancelled_at: Instant
    reason: Reason = ""


class OrderAnswer(BaseModel):
    """Where the volume counts. That of a return or a cancellation is negative."""

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
    return_of: str | None = Field(None, description="The order that came back or was cancelled; null for an order")
    periods: dict[Calendar, str] = Field(
        description="The period it counts in by what this fact tells, of each calendar that is kept; it waits in one "
        "that counts by a date not told yet",
        examples=[{"monthly": "2026-03"}],
    )
    late: str | None = Field(None, description="For which open periods it came too late; null when for none")
    pv: Amount
    cv: Amount
    receipt: ReceiptBody


class BulkResult(BaseModel):
    """What became of one order: `order` as POST /v1/orders answers it, or the `problem` by which it is refused."""

    id: str = Field(description="The order's number", examples=["O-10018"])
    status: int = Field(description="What the order by itself would be answered with", examples=[201])
    replayed: bool = Field(description="Whether this very order had been accepted before", examples=[False])
    order: OrderAnswer | None = None
    problem: Problem | None = None


class BulkAnswer(BaseModel):
    """One result an order, as they were sent. What is accepted is durable."""

    model_config = shown(
        {
            "accepted": 1,
            "refused": 1,
            "results": [
                {
                    "id": "O-10018",
                    "status": 201,
                    "replayed": False,
                    "order": {
                        "order_id": "O-10018",
                        "periods": {"monthly": "2026-03"},
                        "pv": "120.00",
                        "cv": "96.50",
                        "receipt": {"seq": 1210, "kind": "Order", "recorded_at": "2026-03-05T09:31:00.117Z"},
                    },
                },
                {
                    "id": "O-10017",
                    "status": 409,
                    "replayed": False,
                    "problem": {
                        "type": "/problems/duplicate-id",
                        "title": "Id already in use",
                        "status": 409,
                        "detail": "Order O-10017 is already stored.",
                        "instance": "/v1/orders/bulk",
                        "request_id": "5f3c0a9b8d7e6f5a4b3c",
                    },
                },
            ],
        }
    )

    accepted: int = Field(description="How many are stored, those that had been before among them")
    refused: int
    results: list[BulkResult]


def told_of(receipt: Receipt) -> dict[str, Any]:
    """What one fact says, or that of an order with those of its dates, as OrderAnswer describes it. Made of plain
    values: there may be a thousand in an answer, and everything in them is ours."""
    decided, every = receipt.data, [one.data for one in (receipt, *receipt.dates)]
    return {
        "order_id": decided.get("order_id") or decided["date_of"],
        "return_of": decided.get("return_of"),
        "periods": {
            calendar: name_of(calendar, said[calendar])
            for calendar in CALENDARS
            for said in every
            if said[calendar] is not None
        },
        "late": "; ".join(said["late"] for said in every if said["late"]) or None,
        "pv": minor_text(decided["pv"]),
        "cv": minor_text(decided["cv"]),
        "receipt": {"seq": receipt.seq, "kind": receipt.kind, "recorded_at": ms_text(receipt.recorded_at)},
    }

"""POST /v1/orders, their payments, shipments and returns."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response

from app.access.caller import TokenFirstRoute, Writer
from app.amounts import to_minor
from app.clock import to_ms
from app.facts.calendars import CALENDARS, LaterDate
from app.facts.commands import DateOrder, Order, Receipt, Return, Submission
from app.orders.schemas import OrderAnswer, OrderBody, PaymentBody, ReturnBody, ShipmentBody
from app.orders.service import place_order
from app.people.routes import REPLAYED, FactsIn
from app.periods.calendars import name_of
from app.problems import problems
from app.wire import Id, IdempotencyKey, amount, receipt_of

router = APIRouter(prefix="/v1/orders", tags=["orders"], route_class=TokenFirstRoute)


@router.post("", status_code=201, responses={**problems(403, 404, 409, 413), 201: REPLAYED}, summary="Order")
async def order(
    body: OrderBody, key: IdempotencyKey, caller: Writer, facts: FactsIn, response: Response
) -> OrderAnswer:
    """Record a sale. It counts in the period of each calendar that contains `placed_at`, or in the next open one when
    that is closed or its grace days are over. Where a calendar counts orders by the date on which they are paid or
    shipped, it counts by `paid_at` or `shipped_at`, as soon as that is told."""
    command = Order(
        body.id, body.buyer_id, body.buyer_kind, to_ms(body.placed_at), to_minor(body.pv), to_minor(body.cv)
    )
    told: dict[LaterDate, datetime | None] = {"paid": body.paid_at, "shipped": body.shipped_at}
    dates = {date: to_ms(at) for date, at in told.items() if at is not None}
    receipts = await place_order(facts, command, dates, key=key, actor=caller.subject, reason=body.reason)
    return _answer(receipts, response)


@router.post(
    "/{order_id}/payment",
    status_code=201,
    responses={**problems(403, 404, 409, 413), 201: REPLAYED},
    summary="Tell when an order was paid",
)
async def pay_order(
    *,
    order_id: Annotated[Id, Path()],
    body: PaymentBody,
    key: IdempotencyKey,
    caller: Writer,
    facts: FactsIn,
    response: Response,
) -> OrderAnswer:
    """Record that an order is paid. It counts now in the calendars that count orders by that date: in the period that
    contains it, or in the next open one when that is closed or its grace days are over."""
    command = DateOrder(order_id, "paid", to_ms(body.paid_at))
    return _answer([await facts.submit(Submission(key, caller.subject, body.reason, command))], response)


@router.post(
    "/{order_id}/shipment",
    status_code=201,
    responses={**problems(403, 404, 409, 413), 201: REPLAYED},
    summary="Tell when an order was shipped",
)
async def ship_order(
    *,
    order_id: Annotated[Id, Path()],
    body: ShipmentBody,
    key: IdempotencyKey,
    caller: Writer,
    facts: FactsIn,
    response: Response,
) -> OrderAnswer:
    """Record that an order is shipped. It counts now in the calendars that count orders by that date."""
    command = DateOrder(order_id, "shipped", to_ms(body.shipped_at))
    return _answer([await facts.submit(Submission(key, caller.subject, body.reason, command))], response)


@router.post(
    "/{order_id}/return",
    status_code=201,
    responses={**problems(403, 404, 409, 413), 201: REPLAYED},
    summary="Return an order",
)
async def return_order(
    *,
    order_id: Annotated[Id, Path()],
    body: ReturnBody,
    key: IdempotencyKey,
    caller: Writer,
    facts: FactsIn,
    response: Response,
) -> OrderAnswer:
    """Record that the whole of an order came back: negative volume in its periods, or in the open ones after
    them. Where it does not count yet it never will."""
    command = Return(body.id, order_id, to_ms(body.placed_at))
    return _answer([await facts.submit(Submission(key, caller.subject, body.reason, command))], response)


def _answer(receipts: list[Receipt], response: Response) -> OrderAnswer:
    """What one fact says, or that of an order with those of its dates."""
    [receipt, *_], every = receipts, [receipt.data for receipt in receipts]
    decided = receipt.data
    return OrderAnswer(
        order_id=decided.get("order_id") or decided["date_of"],
        return_of=decided.get("return_of"),
        periods={
            calendar: name_of(calendar, said[calendar])
            for calendar in CALENDARS
            for said in every
            if said[calendar] is not None
        },
        late="; ".join(said["late"] for said in every if said["late"]) or None,
        pv=amount(decided["pv"]),
        cv=amount(decided["cv"]),
        receipt=receipt_of(receipt, response),
    )

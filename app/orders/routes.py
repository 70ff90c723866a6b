"""POST /v1/orders, their payments, shipments, cancellations and returns."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from app.access.caller import TokenFirstRoute, Writer
from app.clock import to_ms
from app.facts.commands import DateOrder, Receipt, Return, Submission
from app.orders.schemas import (
    CancellationBody,
    OrderAnswer,
    OrderBody,
    PaymentBody,
    ReturnBody,
    ShipmentBody,
    answer_of,
)
from app.orders.service import sale_of
from app.people.routes import REPLAYED, FactsIn
from app.problems import problems
from app.wire import Id, IdempotencyKey, tell_whether_replayed

router = APIRouter(prefix="/v1/orders", tags=["orders"], route_class=TokenFirstRoute)


@router.post("", status_code=201, responses={**problems(403, 404, 409, 413), 201: REPLAYED}, summary="Order")
async def order(
    body: OrderBody, key: IdempotencyKey, caller: Writer, facts: FactsIn, response: Response
) -> OrderAnswer:
    """Record a sale. It counts in the period of each calendar that contains `placed_at`, or in the next open one when
    that is closed or its grace days are over. Where a calendar counts orders by the date on which they are paid or
    shipped, it counts by `paid_at` or `shipped_at`, as soon as that is told."""
    sale = sale_of(body.command(), body.dates(), key=key, actor=caller.subject, reason=body.reason)
    return _answer(await facts.submit(sale), response)


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
    return _answer(await facts.submit(Submission(key, caller.subject, body.reason, command)), response)


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
    return _answer(await facts.submit(Submission(key, caller.subject, body.reason, command)), response)


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
    return _answer(await facts.submit(Submission(key, caller.subject, body.reason, command)), response)


@router.post(
    "/{order_id}/cancellation",
    status_code=201,
    responses={**problems(403, 404, 409, 413), 201: REPLAYED},
    summary="Cancel an order",
)
async def cancel_order(
    *,
    order_id: Annotated[Id, Path()],
    body: CancellationBody,
    key: IdempotencyKey,
    caller: Writer,
    facts: FactsIn,
    response: Response,
) -> OrderAnswer:
    """Record that an order is called off before it was shipped. Its volume is taken back as that of a return is: in
    its periods while they are open, else in the open ones after them. Where it does not count yet it never will."""
    command = Return(body.id, order_id, to_ms(body.cancelled_at), cancels=True)
    return _answer(await facts.submit(Submission(key, caller.subject, body.reason, command)), response)


def _answer(receipt: Receipt, response: Response) -> OrderAnswer:
    tell_whether_replayed(receipt, response)
    return answer_of(receipt)

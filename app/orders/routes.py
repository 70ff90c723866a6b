"""POST /v1/orders, their payments, shipments, cancellations and returns: each is a command, submitted and answered in
one way."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Response

from app.access.caller import TokenFirstRoute, Writer
from app.clock import to_ms
from app.facts.commands import Command, DateOrder, Return, Submission
from app.facts.writer import FactWriter
from app.orders.schemas import (
    CancellationBody,
    OrderAnswer,
    OrderBody,
    PaymentBody,
    ReturnBody,
    ShipmentBody,
    told_of,
)
from app.orders.service import sale_of
from app.people.routes import REPLAYED, FactsIn
from app.problems import problems
from app.wire import Id, IdempotencyKey, as_json, tell_whether_replayed

OrderId = Annotated[Id, Path()]
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    **problems(403, 404, 409, 413),
    201: {"model": OrderAnswer, **REPLAYED},
}

router = APIRouter(prefix="/v1/orders", tags=["orders"], route_class=TokenFirstRoute)


@dataclass(frozen=True, slots=True)
class Counter:
    """Where one caller hands in one command."""

    key: str
    actor: str
    facts: FactWriter

    async def take(self, command: Command, reason: str) -> Response:
        """Record a command, and tell of it."""
        return await self.take_whole(Submission(self.key, self.actor, reason, command))

    async def take_whole(self, submission: Submission) -> Response:
        """The same of what comes with more than a command. Answered once it is durable."""
        receipt = await self.facts.submit(submission)
        answer = as_json(told_of(receipt), status=201)
        tell_whether_replayed(receipt, answer)
        return answer


async def counter(key: IdempotencyKey, caller: Writer, facts: FactsIn) -> Counter:
    """Who may write, with a key of theirs."""
    return Counter(key, caller.subject, facts)


AtCounter = Annotated[Counter, Depends(counter)]


@router.post("", status_code=201, responses=_ANSWERS, response_class=Response, summary="Order")
async def order(body: OrderBody, at: AtCounter) -> Response:
    """Record a sale. It counts in the period of each calendar that contains `placed_at`, or in the next open one when
    that is closed or its grace days are over. Where a calendar counts orders by the date on which they are paid or
    shipped, it counts by `paid_at` or `shipped_at`, as soon as that is told."""
    return await at.take_whole(sale_of(body.command(), body.dates(), key=at.key, actor=at.actor, reason=body.reason))


@router.post(
    "/{order_id}/payment",
    status_code=201,
    responses=_ANSWERS,
    response_class=Response,
    summary="Tell when an order was paid",
)
async def pay_order(order_id: OrderId, body: PaymentBody, at: AtCounter) -> Response:
    """Record that an order is paid. It counts now in the calendars that count orders by that date: in the period that
    contains it, or in the next open one when that is closed or its grace days are over."""
    return await at.take(DateOrder(order_id, "paid", to_ms(body.paid_at)), body.reason)


@router.post(
    "/{order_id}/shipment",
    status_code=201,
    responses=_ANSWERS,
    response_class=Response,
    summary="Tell when an order was shipped",
)
async def ship_order(order_id: OrderId, body: ShipmentBody, at: AtCounter) -> Response:
    """Record that an order is shipped. It counts now in the calendars that count orders by that date."""
    return await at.take(DateOrder(order_id, "shipped", to_ms(body.shipped_at)), body.reason)


@router.post(
    "/{order_id}/return", status_code=201, responses=_ANSWERS, response_class=Response, summary="Return an order"
)
async def return_order(order_id: OrderId, body: ReturnBody, at: AtCounter) -> Response:
    """Record that the whole of an order came back: negative volume in its periods, or in the open ones after
    them. Where it does not count yet it never will."""
    return await at.take(Return(body.id, order_id, to_ms(body.placed_at)), body.reason)


@router.post(
    "/{order_id}/cancellation", status_code=201, responses=_ANSWERS, response_class=Response, summary="Cancel an order"
)
async def cancel_order(order_id: OrderId, body: CancellationBody, at: AtCounter) -> Response:
    """Record that an order is called off before it was shipped. Its volume is taken back as that of a return is: in
    its periods while they are open, else in the open ones after them. Where it does not count yet it never will."""
    return await at.take(Return(body.id, order_id, to_ms(body.cancelled_at), cancels=True), body.reason)

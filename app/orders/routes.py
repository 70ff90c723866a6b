"""POST /v1/orders and their returns."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from app.access.caller import TokenFirstRoute, Writer
from app.amounts import to_minor
from app.clock import to_ms
from app.facts.calendars import CALENDARS
from app.facts.commands import Order, Receipt, Return, Submission
from app.orders.schemas import OrderAnswer, OrderBody, ReturnBody
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
    that is closed or its grace days are over."""
    command = Order(
        body.id, body.buyer_id, body.buyer_kind, to_ms(body.placed_at), to_minor(body.pv), to_minor(body.cv)
    )
    receipt = await facts.submit(Submission(key, caller.subject, body.reason, command))
    return _answer(receipt, response)


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
    them."""
    command = Return(body.id, order_id, to_ms(body.placed_at))
    receipt = await facts.submit(Submission(key, caller.subject, body.reason, command))
    return _answer(receipt, response)


def _answer(receipt: Receipt, response: Response) -> OrderAnswer:
    decided = receipt.data
    return OrderAnswer(
        order_id=decided["order_id"],
        return_of=decided.get("return_of"),
        periods={
            calendar: name_of(calendar, decided[calendar]) for calendar in CALENDARS if decided[calendar] is not None
        },
        late=decided["late"],
        pv=amount(decided["pv"]),
        cv=amount(decided["cv"]),
        receipt=receipt_of(receipt, response),
    )

"""POST /v1/orders/bulk: many sales in one request, each for itself."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter, Response

from app.access.caller import TokenFirstRoute, Writer
from app.errors import BanyanError
from app.facts.writer import Answer
from app.orders.schemas import BulkAnswer, BulkBody, KeyedOrderBody, told_of
from app.orders.service import place_orders, sale_of
from app.people.routes import FactsIn
from app.problems import document_of, problems
from app.wire import as_json

PATH: Final = "/v1/orders/bulk"
AT_ONCE: Final = 4
"""In a process: one is written while others are read, told, and wait."""
_ANSWER: Final[dict[int | str, dict[str, Any]]] = {200: {"model": BulkAnswer}}

router = APIRouter(tags=["orders"], route_class=TokenFirstRoute)


@router.post(PATH, responses=problems(403, 413) | _ANSWER, response_class=Response, summary="Many orders")
async def orders(body: BulkBody, caller: Writer, facts: FactsIn) -> Response:
    """Record up to 1,000 sales, each as by POST /v1/orders with its `idempotency_key`, and answer when all that are
    accepted are durable. One that is refused keeps none of the others from being recorded. The same request again
    records what is not recorded yet. A body that cannot be understood is refused whole."""
    sales = [
        sale_of(one.command(), one.dates(), key=one.idempotency_key, actor=caller.subject, reason=one.reason)
        for one in body.orders
    ]
    return as_json(told_of_all(body.orders, await place_orders(facts, sales)))


def told_of_all(orders: Sequence[KeyedOrderBody], answers: Sequence[Answer]) -> dict[str, Any]:
    """What became of each, as BulkAnswer describes it."""
    results = [_told(one, answer) for one, answer in zip(orders, answers, strict=True)]
    refused = sum(isinstance(answer, BanyanError) for answer in answers)
    return {"accepted": len(results) - refused, "refused": refused, "results": results}


def _told(one: KeyedOrderBody, answer: Answer) -> dict[str, Any]:
    if isinstance(answer, BanyanError):
        return {"id": one.id, "status": answer.status, "replayed": False, "problem": document_of(answer, PATH)}
    return {"id": one.id, "status": 201, "replayed": answer.replayed, "order": told_of(answer)}

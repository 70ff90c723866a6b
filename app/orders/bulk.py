"""POST /v1/orders/bulk: many sales in one request, each for itself."""

from typing import Any, Final

from fastapi import APIRouter, Response

from app.access.caller import TokenFirstRoute, Writer
from app.errors import BanyanError
from app.facts.writer import Answer
from app.orders.schemas import BulkAnswer, BulkBody, BulkResult, KeyedOrderBody, answer_of
from app.orders.service import place_orders, sale_of
from app.people.routes import FactsIn
from app.problems import problem_of, problems

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
    answers = await place_orders(facts, sales)
    results = [_result(one, answer) for one, answer in zip(body.orders, answers, strict=True)]
    refused = sum(result.problem is not None for result in results)
    told = BulkAnswer(accepted=len(results) - refused, refused=refused, results=results)
    # Made by hand: the framework would check a thousand answers of ours anew.
    return Response(told.model_dump_json(exclude_unset=True), media_type="application/json")


def _result(one: KeyedOrderBody, answer: Answer) -> BulkResult:
    if isinstance(answer, BanyanError):
        return BulkResult(id=one.id, status=answer.status, replayed=False, problem=problem_of(answer, PATH))
    return BulkResult(id=one.id, status=201, replayed=answer.replayed, order=answer_of(answer))

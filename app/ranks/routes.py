"""GET and POST /v1/distributors/{id}/rank-overrides: ranks that somebody decides."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.access.caller import Caller, TokenFirstRoute, Writer, seen_distributor
from app.access.models import Role
from app.clock import from_ms
from app.errors import ForbiddenError
from app.people.routes import REPLAYED
from app.problems import problems
from app.ranks import schemas
from app.ranks.service import RankOverrideService
from app.wire import IdempotencyKey, receipt_of

router = APIRouter(
    prefix="/v1/distributors/{distributor_id}/rank-overrides", tags=["ranks"], route_class=TokenFirstRoute
)


async def rank_overrides(request: Request) -> RankOverrideService:
    """Decided ranks of this deployment."""
    answer: RankOverrideService = request.app.state.services.rank_overrides
    return answer


Overrides = Annotated[RankOverrideService, Depends(rank_overrides)]
Seen = Annotated[str, Depends(seen_distributor)]


@router.get("", responses=problems(403, 404), summary="What was decided of a person's rank")
async def said(*, distributor_id: Seen, caller: Caller, service: Overrides) -> schemas.SaidOfRankList:
    """Who decided which rank, from when until when, and why, in the order in which it was said. A distributor reads
    only their own."""
    if caller.role is Role.DISTRIBUTOR and caller.distributor != distributor_id:
        raise ForbiddenError("A distributor may read only what was decided of their own rank.")
    overrides = [
        schemas.SaidOfRankBody(
            rank=one.rank or None,
            since=date.fromisoformat(one.since),
            until=_day(one.until),
            author=one.author,
            reason=one.reason,
            seq=one.seq,
            recorded_at=from_ms(one.recorded_at),
        )
        for one in await service.said_of(distributor_id)
    ]
    return schemas.SaidOfRankList(id=distributor_id, overrides=overrides)


@router.post("", status_code=201, responses={**problems(403, 404, 409, 413), 201: REPLAYED}, summary="Decide a rank")
async def decide(
    *,
    distributor_id: Seen,
    body: schemas.RankOverrideRequest,
    key: IdempotencyKey,
    caller: Writer,
    service: Overrides,
    response: Response,
) -> schemas.RankOverrideAnswer:
    """A person is paid as that rank at least, whatever they did, in the periods whose last day lies within. It counts
    neither for the highest rank nor for what must be met in several periods, and nobody is active by it."""
    receipt = await service.decide(
        distributor_id, body.rank, body.since, body.until, key=key, actor=caller.subject, reason=body.reason
    )
    return schemas.RankOverrideAnswer(
        distributor_id=distributor_id,
        rank=body.rank,
        since=body.since,
        until=body.until,
        receipt=receipt_of(receipt, response),
    )


@router.post("/end", status_code=201, responses={**problems(403, 404, 409, 413), 201: REPLAYED}, summary="End it early")
async def end(
    *,
    distributor_id: Seen,
    body: schemas.RankOverrideEnd,
    key: IdempotencyKey,
    caller: Writer,
    service: Overrides,
    response: Response,
) -> schemas.RankOverrideAnswer:
    """What was decided of a person's rank does not count any more from a day on. Committed runs stay what they are."""
    receipt = await service.end(distributor_id, body.since, key=key, actor=caller.subject, reason=body.reason)
    return schemas.RankOverrideAnswer(
        distributor_id=distributor_id, rank=None, since=body.since, until=None, receipt=receipt_of(receipt, response)
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None

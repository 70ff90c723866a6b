"""GET and POST /v1/plans."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi import Path as PathParameter

from app.access.caller import Caller, Staff, TokenFirstRoute, Writer
from app.people.routes import REPLAYED
from app.plans.loader import parse_plan
from app.plans.schemas import (
    PlanReceipt,
    PlanRegistration,
    PlanSummaryBody,
    RegisteredPlanBody,
    RegisteredPlansBody,
)
from app.plans.service import PlanService
from app.problems import problems
from app.wire import IdempotencyKey, receipt_of

router = APIRouter(prefix="/v1/plans", tags=["plans"], route_class=TokenFirstRoute)


async def plans(request: Request) -> PlanService:
    """Plans of this deployment."""
    answer: PlanService = request.app.state.services.plans
    return answer


Plans = Annotated[PlanService, Depends(plans)]


@router.get("", responses=problems(403), summary="Registered plans")
async def every(_caller: Staff, service: Plans) -> RegisteredPlansBody:
    """Which plans were registered, by whom, when and why, and from when on each pays its calendar."""
    return RegisteredPlansBody(plans=[RegisteredPlanBody.of(plan) for plan in await service.all()])


@router.get("/{plan_hash}/summary", responses=problems(404), summary="A plan in plain sentences")
async def summary(
    _caller: Caller,
    service: Plans,
    plan_hash: Annotated[str, PathParameter(pattern="^[0-9a-f]{64}$", examples=["5b" * 32])],
) -> PlanSummaryBody:
    """Every rule of a registered plan, in words for those whom it pays; anybody with a token may read it."""
    return PlanSummaryBody.of(await service.of_hash(plan_hash))


@router.post("", status_code=201, responses={**problems(403, 404, 409, 413), 201: REPLAYED}, summary="Register a plan")
async def register(
    body: PlanRegistration, key: IdempotencyKey, caller: Writer, service: Plans, response: Response
) -> PlanReceipt:
    """Keep a plan file, from when on it pays, and who brought it. The same version cannot be registered with another
    content."""
    plan = parse_plan(body.plan)
    receipt = await service.register(plan, body.effective_from, key=key, actor=caller.subject, reason=body.reason)
    return PlanReceipt(hash=plan.hash, receipt=receipt_of(receipt, response))

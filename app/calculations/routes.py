"""Runs as queued jobs: ask for one, see how far it is, queue a draft, cancel."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from app.access.caller import Staff, TokenFirstRoute, Writer
from app.calculations import schemas
from app.calculations.models import Calculation
from app.calculations.service import CalculationService
from app.facts.commands import Receipt
from app.people.routes import REPLAYED
from app.problems import problems
from app.wire import IdempotencyKey, receipt_of

router = APIRouter(prefix="/v1/calculations", tags=["calculations"], route_class=TokenFirstRoute)


async def calculations(request: Request) -> CalculationService:
    """What is to be calculated in this deployment."""
    answer: CalculationService = request.app.state.services.calculations
    return answer


Calculations = Annotated[CalculationService, Depends(calculations)]
Named = Annotated[schemas.CalculationId, Path()]


@router.get("", responses=problems(403), summary="Calculations")
async def newest(_caller: Staff, service: Calculations) -> schemas.CalculationsBody:
    """The hundred that were asked for last, the newest first."""
    found = await service.newest()
    return schemas.CalculationsBody(calculations=[schemas.CalculationBody.of_calculation(one) for one in found])


@router.post(
    "", status_code=202, responses={**problems(403, 404, 409, 413), 202: REPLAYED}, summary="Ask for a calculation"
)
async def request_run(
    *,
    body: schemas.CalculationRequest,
    key: IdempotencyKey,
    caller: Writer,
    service: Calculations,
    response: Response,
) -> schemas.CalculationAnswer:
    """Ask for the run of a period. A worker calculates it, unless it is a draft; `Location` says where to look."""
    plan = await asyncio.to_thread(service.plan, body.plan, body.document)
    asked, receipt = await service.request(
        body.period, plan, key=key, actor=caller.subject, reason=body.reason, draft=body.draft
    )
    response.headers["Location"] = f"{router.prefix}/{asked.id}"
    return _answer(asked, receipt, response)


@router.get("/nightly", responses=problems(403), summary="Nightly previews")
async def nightly(_caller: Staff, service: Calculations) -> schemas.NightsBody:
    """The hundred newest, the newest first: of which period, what its run comes to, and how that differs from the
    night before."""
    return schemas.NightsBody(nights=[schemas.NightBody.of(night) for night in await service.nights()])


@router.get("/{calculation_id}", responses=problems(403, 404), summary="One calculation")
async def one(_caller: Staff, calculation_id: Named, service: Calculations) -> schemas.CalculationBody:
    """How far it is, how it ended, and who asked for it, when and why."""
    return schemas.CalculationBody.of_calculation(await service.get(calculation_id))


@router.post(
    "/{calculation_id}/queue",
    status_code=202,
    responses={**problems(403, 404, 409, 413), 202: REPLAYED},
    summary="Queue a draft",
)
async def queue_run(
    *,
    calculation_id: Named,
    body: schemas.CalculationStep,
    key: IdempotencyKey,
    caller: Writer,
    service: Calculations,
    response: Response,
) -> schemas.CalculationAnswer:
    """Let a worker calculate a draft, as of this fact where its period is open."""
    queued, receipt = await service.queue(calculation_id, key=key, actor=caller.subject, reason=body.reason)
    return _answer(queued, receipt, response)


@router.post(
    "/{calculation_id}/cancel",
    responses={**problems(403, 404, 409, 413), 200: REPLAYED},
    summary="Cancel a calculation",
)
async def cancel_run(
    *,
    calculation_id: Named,
    body: schemas.CalculationStep,
    key: IdempotencyKey,
    caller: Writer,
    service: Calculations,
    response: Response,
) -> schemas.CalculationAnswer:
    """It is not wanted any more. A worker who is at it stops, and nothing of its run is seen."""
    cancelled, receipt = await service.cancel(calculation_id, key=key, actor=caller.subject, reason=body.reason)
    return _answer(cancelled, receipt, response)


def _answer(calculation: Calculation, receipt: Receipt, response: Response) -> schemas.CalculationAnswer:
    return schemas.CalculationAnswer(
        calculation=schemas.CalculationBody.of_calculation(calculation), receipt=receipt_of(receipt, response)
    )

"""Previews of moves and terminations, and the policy of moves."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from app.access.caller import Staff, TokenFirstRoute, Writer
from app.clock import to_ms
from app.facts.commands import Submission, Terminate
from app.moves import schemas
from app.people.routes import REPLAYED, FactsIn, Moves
from app.people.schemas import MoveRequest, TerminationRequest
from app.problems import problems
from app.volumes.routes import Instants
from app.wire import Id, IdempotencyKey, receipt_of

router = APIRouter(prefix="/v1", tags=["moves"], route_class=TokenFirstRoute)


@router.post("/moves/preview", responses=problems(403, 404, 413), summary="What a move would change")
async def preview_move(
    body: MoveRequest, _caller: Staff, service: Moves, instants: Instants
) -> schemas.ConsequencesBody:
    """Whose legs, volumes and ranks a move would change, by how much and in which open months, and whether it is
    allowed. Nothing is written. What only the policy refuses is told as if it were overridden."""
    found = await service.preview_move(body.command())
    return schemas.ConsequencesBody.of(found, await instants.at(found.seq))


@router.post(
    "/distributors/{distributor_id}/termination/preview",
    responses=problems(403, 404, 413),
    summary="What a termination would change",
)
async def preview_termination(
    distributor_id: Annotated[Id, Path()], body: TerminationRequest, _caller: Staff, service: Moves, instants: Instants
) -> schemas.ConsequencesBody:
    """Whose ranks a termination would change, and whether it is allowed. Trees and volumes stay as they are; nothing is
    written."""
    effective_at = None if body.effective_at is None else to_ms(body.effective_at)
    found = await service.preview_termination(Terminate(distributor_id, body.consequence, effective_at))
    return schemas.ConsequencesBody.of(found, await instants.at(found.seq))


@router.get("/moves/policy", responses=problems(403), summary="The policy of moves")
async def policy(_caller: Staff, service: Moves) -> schemas.PolicyAnswer:
    """What moves the company allows; without any policy everything."""
    return schemas.PolicyAnswer.of(*await service.policy())


@router.post(
    "/moves/policy",
    status_code=201,
    responses={**problems(403, 404, 409, 413), 201: REPLAYED},
    summary="Set the policy",
)
async def set_policy(
    body: schemas.PolicyRequest,
    key: IdempotencyKey,
    caller: Writer,
    facts: FactsIn,
    response: Response,
) -> schemas.PolicyReceipt:
    """What moves the company allows from now on; it takes the place of the policy before."""
    receipt = await facts.submit(Submission(key, caller.subject, body.reason, body.command()))
    return schemas.PolicyReceipt(receipt=receipt_of(receipt, response))

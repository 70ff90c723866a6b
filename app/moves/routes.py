"""Previews of moves and terminations, and the policy of moves."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from app.access.caller import Caller, Rules, Staff, TokenFirstRoute, Writer
from app.access.models import Role
from app.facts.commands import Submission
from app.moves import schemas
from app.people.routes import REPLAYED, FactsIn, Moves
from app.people.schemas import MoveRequest, TerminationRequest
from app.problems import problems
from app.volumes.routes import Instants, Seen, TreeName
from app.wire import Id, IdempotencyKey, receipt_of

router = APIRouter(prefix="/v1", tags=["moves"], route_class=TokenFirstRoute)


@router.post("/moves/preview", responses=problems(403, 404, 413), summary="What a move would change")
async def preview_move(
    body: MoveRequest, _caller: Staff, service: Moves, instants: Instants
) -> schemas.ConsequencesBody:
    """Whose legs, volumes and ranks a move would change, by how much and in which open periods, and whether it is
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
    """Whose ranks a termination would change, whose legs and volumes where it promotes, and whether it is allowed.
    Nothing is written."""
    found = await service.preview_termination(body.command(distributor_id))
    return schemas.ConsequencesBody.of(found, await instants.at(found.seq))


@router.get("/distributors/{distributor_id}/moves", responses=problems(404), summary="Every place somebody had")
async def moves(
    *,
    distributor_id: Seen,
    caller: Caller,
    rules: Rules,
    service: Moves,
    instants: Instants,
    tree: TreeName = "sponsor",
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="How many places are skipped")] = 0,
) -> schemas.MovesBody:
    """Every place that somebody had in a tree, the one that began first first: under whom, in which slot, from when to
    when, and the fact that says so. What a later fact corrected is there as well, and says which.

    Who wrote the fact and why is for staff; a distributor reads null there, and in place of a former parent whom they
    do not see.
    """
    found = await service.history(tree, distributor_id, offset=offset, limit=limit)
    of_staff = caller.role is not Role.DISTRIBUTOR
    named = await rules.named(caller, distributor_id, {stay.parent_id for stay in found.stays})
    return schemas.MovesBody(
        id=distributor_id,
        tree=tree,
        total=found.total,
        moves=[schemas.StayBody.of(stay, of_staff=of_staff, named=stay.parent_id in named) for stay in found.stays],
        as_of=await instants.at(found.seq),
    )


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

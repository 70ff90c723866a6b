"""Where somebody could be placed, who waits for a place, and what distributors prefer."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.access.caller import Caller, Staff, TokenFirstRoute, Writer, seen_distributor
from app.access.models import Role
from app.clock import from_ms
from app.errors import ForbiddenError
from app.facts.commands import KeepMatrix, Prefer, Submission
from app.people.routes import REPLAYED, FactsIn
from app.places import schemas
from app.places.service import PlaceService
from app.places.spots import PlacementTree
from app.places.strategies import Strategy
from app.problems import problems
from app.volumes.routes import Instants
from app.wire import IdempotencyKey, receipt_of

router = APIRouter(prefix="/v1", tags=["places"], route_class=TokenFirstRoute)


async def places(request: Request) -> PlaceService:
    """The open slots of this deployment."""
    answer: PlaceService = request.app.state.services.places
    return answer


Places = Annotated[PlaceService, Depends(places)]
Seen = Annotated[str, Depends(seen_distributor)]
TreeName = Annotated[PlacementTree, Query(description="A tree with slots")]


@router.get("/distributors/{distributor_id}/place", responses=problems(404), summary="Where a newcomer would be placed")
async def find_place(
    *,
    distributor_id: Seen,
    service: Places,
    instants: Instants,
    strategy: Strategy | None = None,
    tree: TreeName = "binary",
) -> schemas.PlaceBody:
    """Where somebody whom this distributor sponsors would be placed in a tree, and why. Nothing is placed. Without a
    strategy: by the sponsor's preference in the binary tree, in the first open slot of the matrix."""
    strategy = strategy or ("preference" if tree == "binary" else "first_open")
    as_of = await instants.latest()
    found = await service.find(tree, distributor_id, strategy)
    return schemas.PlaceBody(
        sponsor_id=distributor_id,
        tree=tree,
        strategy=strategy,
        parent_id=found.parent_id,
        slot=found.slot,
        why=found.why,
        as_of=as_of,
    )


@router.get("/distributors/{distributor_id}/open-slots", responses=problems(404), summary="The nearest open slots")
async def open_slots(
    *,
    distributor_id: Seen,
    service: Places,
    instants: Instants,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    tree: TreeName = "binary",
) -> schemas.OpenSlotsBody:
    """The nearest open slots of a tree at and below a distributor: nearest level first, from the left."""
    as_of = await instants.latest()
    found = await service.open_slots(tree, distributor_id, limit)
    slots = [
        schemas.OpenSlotBody(parent_id=one.parent_id, parent_name=one.parent_name, slot=one.slot, level=one.level)
        for one in found
    ]
    return schemas.OpenSlotsBody(id=distributor_id, tree=tree, open_slots=slots, as_of=as_of)


@router.get("/holding-tank", responses=problems(403), summary="Who waits for a place")
async def holding_tank(
    *,
    _caller: Staff,
    service: Places,
    instants: Instants,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: Annotated[str | None, Query(max_length=200, description="next_cursor of the page before")] = None,
) -> schemas.HoldingTankBody:
    """Those whose place in the binary tree may still be chosen, whose time ends first before the others."""
    as_of = await instants.latest()
    people, next_cursor = await service.holding_tank(cursor, limit)
    held = [
        schemas.HeldBody(
            id=one.id,
            name=one.name,
            sponsor_id=one.sponsor_id,
            sponsor_placed=one.sponsor_placed,
            until=from_ms(one.until),
            then=one.strategy,
        )
        for one in people
    ]
    return schemas.HoldingTankBody(held=held, next_cursor=next_cursor, as_of=as_of)


@router.put(
    "/distributors/{distributor_id}/preference",
    responses={**problems(403, 404, 409, 413), 200: REPLAYED},
    summary="How newcomers are placed",
)
async def prefer(
    *,
    distributor_id: Seen,
    body: schemas.PreferenceRequest,
    key: IdempotencyKey,
    caller: Caller,
    facts: FactsIn,
    response: Response,
) -> schemas.PreferenceAnswer:
    """How those whom a distributor sponsors are placed from now on. Distributors say it for themselves alone."""
    if caller.role is not Role.ADMIN and caller.distributor != distributor_id:
        raise ForbiddenError("Only an administrator, or the distributor themself, says how newcomers are placed.")
    command = Prefer(distributor_id, body.preference or "")
    receipt = await facts.submit(Submission(key, caller.subject, body.reason, command))
    return schemas.PreferenceAnswer(
        distributor_id=distributor_id, preference=body.preference, receipt=receipt_of(receipt, response)
    )


@router.get("/matrix", responses=problems(), summary="The matrix that is kept")
async def matrix(*, _caller: Caller, service: Places, instants: Instants) -> schemas.MatrixBody:
    """How wide and deep the company's matrix is; nulls when it keeps none."""
    as_of = await instants.latest()
    width, depth = await service.matrix() or (None, None)
    return schemas.MatrixBody(width=width, depth=depth, as_of=as_of)


@router.put("/matrix", responses={**problems(403, 409, 413), 200: REPLAYED}, summary="Keep a matrix")
async def keep_matrix(
    body: schemas.MatrixRequest, key: IdempotencyKey, caller: Writer, facts: FactsIn, response: Response
) -> schemas.MatrixAnswer:
    """From now on the company keeps a matrix of this width and depth. Its width stays once somebody stands in it."""
    receipt = await facts.submit(Submission(key, caller.subject, body.reason, KeepMatrix(body.width, body.depth)))
    return schemas.MatrixAnswer(width=body.width, depth=body.depth, receipt=receipt_of(receipt, response))

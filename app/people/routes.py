"""Enrolment, placement, moves, customers, cards and search."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.access.caller import Caller, TokenFirstRoute, Writer, seen_distributor
from app.access.models import Role
from app.clock import from_ms, to_ms
from app.errors import ForbiddenError
from app.facts.commands import Receipt, Register, Reinstate, Submission
from app.facts.rules.places import NAMED
from app.facts.writer import FactWriter
from app.moves.service import MoveService
from app.people import schemas
from app.people.models import Mark, Status
from app.people.service import PeopleService
from app.problems import problems
from app.volumes.routes import Instants
from app.wire import AsOf, Id, IdempotencyKey, receipt_of, tagged

router = APIRouter(prefix="/v1", tags=["people"], route_class=TokenFirstRoute)
REPLAYED: Final[dict[str, Any]] = {
    "headers": {
        "Idempotency-Replayed": {
            "description": "Whether this very command had been accepted before",
            "schema": {"type": "string", "enum": ["true", "false"]},
        }
    }
}
NOT_MODIFIED: Final[dict[int | str, dict[str, Any]]] = {304: {"description": "The caller's entity tag still holds"}}


async def writer(request: Request) -> FactWriter:
    """The one writer of this process."""
    answer: FactWriter = request.app.state.services.writer
    return answer


async def people(request: Request) -> PeopleService:
    """Questions about people."""
    answer: PeopleService = request.app.state.services.people
    return answer


async def moves(request: Request) -> MoveService:
    """Moves and terminations, and what they change."""
    answer: MoveService = request.app.state.services.moves
    return answer


Moves = Annotated[MoveService, Depends(moves)]
FactsIn = Annotated[FactWriter, Depends(writer)]
People = Annotated[PeopleService, Depends(people)]
Seen = Annotated[str, Depends(seen_distributor)]


@router.post(
    "/distributors", status_code=201, responses={**problems(403, 404, 409, 413), 201: REPLAYED}, summary="Enrol"
)
async def enrol(
    body: schemas.EnrolmentBody, key: IdempotencyKey, caller: Writer, facts: FactsIn, response: Response
) -> schemas.EnrolmentAnswer:
    """Enrol a distributor under a sponsor, with a place in the binary tree and in the matrix now or later."""
    receipt = await facts.submit(Submission(key, caller.subject, body.reason, body.command()))
    return schemas.EnrolmentAnswer(
        id=body.id,
        sponsor_id=body.sponsor_id,
        parent_id=receipt.data["parent_id"],
        slot=receipt.data["slot"],
        why=receipt.data["why"],
        matrix_parent_id=receipt.data["matrix_parent_id"],
        matrix_slot=receipt.data["matrix_slot"] or 0,
        matrix_why=receipt.data["matrix_why"],
        receipt=receipt_of(receipt, response),
    )


@router.post("/placements", status_code=201, responses={**problems(403, 404, 409, 413), 201: REPLAYED}, summary="Place")
async def place(
    body: schemas.PlacementRequest, key: IdempotencyKey, caller: Writer, facts: FactsIn, response: Response
) -> schemas.PlacementAnswer:
    """Give somebody a place in the binary tree, or in the matrix, who has none there yet."""
    receipt = await facts.submit(Submission(key, caller.subject, body.reason, body.command()))
    return schemas.PlacementAnswer(
        distributor_id=body.distributor_id,
        parent_id=receipt.data["parent_id"],
        slot=receipt.data["slot"],
        why=receipt.data["why"],
        receipt=receipt_of(receipt, response),
    )


@router.post("/moves", status_code=201, responses={**problems(403, 404, 409, 413), 201: REPLAYED}, summary="Move")
async def move(
    body: schemas.MoveRequest, key: IdempotencyKey, caller: Writer, moves: Moves, response: Response
) -> schemas.MoveAnswer:
    """Move somebody, with everyone below or alone, under another sponsor or into another slot, now or since an instant.

    Volume follows in every open period that ends after it takes effect; closed ones never change.
    """
    receipt = await moves.move(body.command(), key=key, actor=caller.subject, reason=body.reason)
    return schemas.MoveAnswer(
        distributor_id=body.distributor_id,
        tree=body.tree,
        new_parent_id=receipt.data["parent_id"],
        slot=receipt.data["slot"],
        why=receipt.data["why"],
        effective_at=body.effective_at,
        unchanged_through=receipt.data["closed_period"],
        receipt=receipt_of(receipt, response),
    )


@router.post(
    "/distributors/{distributor_id}/termination",
    status_code=201,
    responses={**problems(403, 404, 409, 413), 201: REPLAYED},
    summary="Terminate",
)
async def terminate(
    *,
    distributor_id: Annotated[Id, Path()],
    body: schemas.TerminationRequest,
    key: IdempotencyKey,
    caller: Writer,
    moves: Moves,
    response: Response,
) -> schemas.StatusAnswer:
    """Somebody leaves for good: not paid from then on, nor do they buy or sponsor. The trees stay as they are, but to
    promote moves whom they sponsored to their sponsor, and gives their other places to whom stood directly below."""
    command = body.command(distributor_id)
    receipt = await moves.terminate(command, key=key, actor=caller.subject, reason=body.reason)
    return _status_answer(distributor_id, "terminated", receipt, response)


@router.post(
    "/distributors/{distributor_id}/reinstatement",
    status_code=201,
    responses={**problems(403, 404, 409, 413), 201: REPLAYED},
    summary="Reinstate",
)
async def reinstate(
    *,
    distributor_id: Annotated[Id, Path()],
    body: schemas.ReinstatementRequest,
    key: IdempotencyKey,
    caller: Writer,
    facts: FactsIn,
    response: Response,
) -> schemas.StatusAnswer:
    """Somebody who was terminated is active again, at the places they have. Where others were promoted into theirs they
    have none, and can be placed anew; whom they sponsored stays with the sponsor."""
    command = Reinstate(distributor_id, None if body.effective_at is None else to_ms(body.effective_at))
    receipt = await facts.submit(Submission(key, caller.subject, body.reason, command))
    answer = _status_answer(distributor_id, "active", receipt, response)
    if receipt.data["vacated"]:
        where = " and ".join(NAMED[tree] for tree in receipt.data["vacated"].split(","))
        answer.note = f"{distributor_id} gave up their place in {where}; POST /v1/placements gives a new one."
    return answer


@router.post(
    "/customers", status_code=201, responses={**problems(403, 404, 409, 413), 201: REPLAYED}, summary="Register"
)
async def register(
    body: schemas.CustomerBody, key: IdempotencyKey, caller: Writer, facts: FactsIn, response: Response
) -> schemas.CustomerAnswer:
    """Register a retail customer of a distributor."""
    command = Register(body.id, body.name, body.distributor_id, to_ms(body.registered_at))
    receipt = await facts.submit(Submission(key, caller.subject, body.reason, command))
    return schemas.CustomerAnswer(id=body.id, distributor_id=body.distributor_id, receipt=receipt_of(receipt, response))


@router.get(
    "/distributors/{distributor_id}",
    response_model=schemas.CardBody,
    responses={**problems(404), **NOT_MODIFIED},
    summary="A distributor",
)
async def card(distributor_id: Seen, service: People, request: Request) -> Response:
    """A distributor's own data and present places."""
    found, mark = await service.card(distributor_id)
    body = schemas.CardBody(
        id=found.id,
        name=found.name,
        status=found.status,
        title=found.title,
        region=found.region,
        enrolled_at=found.enrolled_at,
        sponsor_id=found.sponsor_id,
        parent_id=found.parent_id,
        slot=found.slot,
        matrix_parent_id=found.matrix_parent_id,
        matrix_slot=found.matrix_slot,
        customers=found.customers,
        sponsored=found.sponsored,
        placed_below=found.placed_below,
        matrix_below=found.matrix_below,
        as_of=_as_of(mark),
    )
    return tagged(request, body)


@router.get(
    "/distributors/{distributor_id}/income-centres",
    responses=problems(403, 404),
    summary="The positions of an owner",
)
async def income_centres(
    distributor_id: Seen, caller: Caller, service: People, instants: Instants
) -> schemas.IncomeCentresBody:
    """Every position of whoever owns this one, the hundred oldest. Distributors ask about themselves alone."""
    if caller.role is Role.DISTRIBUTOR and caller.distributor != distributor_id:
        raise ForbiddenError("A distributor may ask only for their own income centres.")
    as_of = await instants.latest()
    owner, found = await service.income_centres(distributor_id)
    centres = [
        schemas.IncomeCentreBody(
            id=one.id,
            name=one.name,
            status=one.status,
            sponsor_id=one.sponsor_id,
            parent_id=one.parent_id,
            slot=one.slot,
        )
        for one in found
    ]
    return schemas.IncomeCentresBody(id=distributor_id, owner=owner, income_centres=centres, as_of=as_of)


@router.get("/search", responses=problems(), summary="Find people")
async def search(
    caller: Caller,
    service: People,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=100,
            pattern=r"^[^\x00-\x1f\x7f]+$",
            description="The beginning of an id, or of words of a name",
            examples=["exam"],
        ),
    ],
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> schemas.SearchBody:
    """People by the beginning of their id, in small letters or capitals, or of words of their name.

    A distributor finds only their downline.
    """
    found, mark = await service.search(caller, q, limit)
    results = [schemas.FoundBody(id=f.id, name=f.name, status=f.status, title=f.title) for f in found]
    return schemas.SearchBody(results=results, as_of=_as_of(mark))


@router.get("/me", responses=problems(), summary="Who is calling")
async def me(caller: Caller, service: People) -> schemas.MeBody:
    """Who the token says is calling, and where their look at the trees begins."""
    return schemas.MeBody(
        subject=caller.subject,
        role=caller.role.value,
        distributor=caller.distributor,
        start=await service.start(caller),
    )


def _status_answer(id: str, status: Status, receipt: Receipt, response: Response) -> schemas.StatusAnswer:
    return schemas.StatusAnswer(
        distributor_id=id,
        status=status,
        was=receipt.data["old_status"],
        unchanged_through=receipt.data["closed_period"],
        receipt=receipt_of(receipt, response),
    )


def _as_of(mark: Mark) -> AsOf:
    return AsOf(seq=mark.seq, at=from_ms(mark.at))

"""GET /v1/runs/{run_id}/differences."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.access.caller import Staff, TokenFirstRoute
from app.differences import schemas
from app.differences.models import PEOPLE_A_PAGE
from app.differences.service import DifferenceService
from app.differences.text import differences_csv
from app.problems import problems

router = APIRouter(prefix="/v1/runs/{run_id}", tags=["runs"], route_class=TokenFirstRoute)
RunId = Annotated[str, Path(max_length=100, description="The run before", examples=["2026-03-3f9a1c0b7d21"])]


async def differences(request: Request) -> DifferenceService:
    """Comparisons of this deployment's runs."""
    answer: DifferenceService = request.app.state.services.differences
    return answer


@router.get(
    "/differences",
    response_model=schemas.DifferencesBody,
    responses={**problems(403, 404, 409), 200: schemas.ANSWER},
    summary="How another run pays otherwise",
)
async def of_two_runs(
    *,
    _caller: Staff,
    service: Annotated[DifferenceService, Depends(differences)],
    run_id: RunId,
    after: Annotated[
        str, Query(alias="with", max_length=100, description="The run after", examples=["2026-03-3f9a1c0b7d21"])
    ],
    distributor: Annotated[
        str | None, Query(max_length=64, description="This person alone, with up to 1,000 lines of each bonus")
    ] = None,
    offset: Annotated[int, Query(ge=0, le=10_000_000, description="The first person to show")] = 0,
    limit: Annotated[int, Query(ge=1, le=PEOPLE_A_PAGE, description="How many people to show")] = 50,
    written_as: Annotated[schemas.Format, Query(alias="format", description="json or csv")] = "json",
) -> Response:
    """Who gains, who loses, and by which rule: totals by bonus, cause and people, and a page of people with those of
    their lines that changed, the reasons of both runs beside each other. As CSV all people, by bonus and cause."""
    headers = {"Cache-Control": "private, no-store"}
    if written_as == "csv":
        before, _, lined = await service.lined_up(run_id, after)
        headers["Content-Disposition"] = f'attachment; filename="{before.id}-differences.csv"'
        return Response(await asyncio.to_thread(differences_csv, lined), media_type="text/csv", headers=headers)
    found = await service.differences(run_id, after, offset=offset, limit=limit, person=distributor)
    content = await asyncio.to_thread(schemas.DifferencesBody.of(found).model_dump_json)
    return Response(content, media_type="application/json", headers=headers)

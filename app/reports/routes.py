"""GET /v1/runs/{run_id}/reports/{name}."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.access.caller import Staff, TokenFirstRoute
from app.problems import problems
from app.reports import schemas
from app.reports.models import ReportName
from app.reports.service import ReportService

router = APIRouter(prefix="/v1/runs/{run_id}", tags=["runs"], route_class=TokenFirstRoute)
RunId = Annotated[str, Path(max_length=100, description="The run", examples=["2026-03-3f9a1c0b7d21"])]


async def reports(request: Request) -> ReportService:
    """Reports of this deployment."""
    answer: ReportService = request.app.state.services.reports
    return answer


@router.get(
    "/reports/{name}",
    response_model=schemas.ReportBody,
    responses={**problems(403, 404, 409), 200: schemas.ANSWER},
    summary="A report of a run",
)
async def report(
    *,
    _caller: Staff,
    service: Annotated[ReportService, Depends(reports)],
    run_id: RunId,
    name: Annotated[ReportName, Path(description="Which report", examples=["bonuses"])],
    before: Annotated[
        str | None,
        Query(max_length=100, description="Of movers: against this run; the committed one of the period before"),
    ] = None,
    written_as: Annotated[schemas.Format, Query(alias="format", description="json, csv or svg")] = "json",
) -> Response:
    """Totals by bonus, rank or region, the payout as a share of volume, breakage by reason, or who gains and who loses
    most. The rows add up exactly to the run."""
    found = await service.report(run_id, name, before=before)
    content = await asyncio.to_thread(schemas.content_of, found, written_as)
    headers = {"Cache-Control": "private, no-store"}
    if written_as == "csv":
        headers["Content-Disposition"] = f'attachment; filename="{found.run.id}-{name}.csv"'
    return Response(content, media_type=schemas.MEDIA_TYPES[written_as], headers=headers)

"""GET /v1/distributors/{id}/downline/export."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.access.caller import TokenFirstRoute
from app.downlines.models import Asked, Format
from app.downlines.response import ExportResponse
from app.downlines.schemas import ANSWER
from app.downlines.service import MAX_PEOPLE, TIMEOUT_S, DownlineExports
from app.problems import problems
from app.trees.service import MAX_DEPTH
from app.volumes.live import of_period
from app.volumes.routes import CalendarName, Figures, PeriodName, Seen, TreeName

router = APIRouter(prefix="/v1/distributors/{distributor_id}", tags=["trees"], route_class=TokenFirstRoute)


async def downline_exports(request: Request) -> DownlineExports:
    """Exports of this process: it counts how many are under way."""
    answer: DownlineExports = request.app.state.services.exports
    return answer


@router.get(
    "/downline/export",
    response_class=Response,
    responses={**problems(404, 409, 429), 200: ANSWER},
    summary="Everybody below, in one answer",
    description="A whole downline as NDJSON, CSV or Parquet, nearest level first and then in order of enrolment, as of "
    f"one fact: up to {MAX_PEOPLE:,} people in up to {TIMEOUT_S:g} seconds, at the pace it is read. docs/api.md says "
    "what a row holds, and how a broken answer is told from a whole one.",
)
async def export(
    *,
    distributor_id: Seen,
    exports: Annotated[DownlineExports, Depends(downline_exports)],
    figures: Figures,
    tree: TreeName = "sponsor",
    period: PeriodName = None,
    calendar: CalendarName = None,
    depth: Annotated[
        int | None, Query(ge=1, le=MAX_DEPTH, description="How many levels down; all when left out")
    ] = None,
    file_format: Annotated[Format, Query(alias="format", description="ndjson, csv or parquet")] = "ndjson",
) -> Response:
    """The answer opens the export when it is sent, so that whatever ends it also ends the statement in the graph."""
    chosen = await figures.period(period, calendar)
    asked = Asked(distributor_id, tree, depth, *of_period(chosen), file_format)
    return ExportResponse(exports, asked, chosen.name if chosen else "")

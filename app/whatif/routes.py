"""POST /v1/whatif: it reads, works out, and writes nothing."""

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from app.access.caller import Staff, TokenFirstRoute
from app.problems import problems
from app.whatif import schemas
from app.whatif.models import Asked, By, Variant, WhatIf
from app.whatif.service import WhatIfService
from app.whatif.text import chart_svg, everybody

PATH: Final = "/v1/whatif"
router = APIRouter(tags=["runs"], route_class=TokenFirstRoute)


async def what_ifs(request: Request) -> WhatIfService:
    """What-ifs of this deployment."""
    answer: WhatIfService = request.app.state.services.what_ifs
    return answer


@router.post(
    PATH,
    response_model=schemas.WhatIfBody,
    responses={**problems(403, 404, 409, 413, 429), 200: schemas.ANSWER},
    summary="What would be paid by other plans, or with people moved",
)
async def what_if(
    *,
    body: schemas.WhatIfRequest,
    _caller: Staff,
    service: Annotated[WhatIfService, Depends(what_ifs)],
    written_as: Annotated[
        schemas.Format, Query(alias="format", description="json; svg: a chart; csv, parquet: a row for each person")
    ] = "json",
    by: Annotated[By, Query(description="Of svg: which table")] = "bonus",
) -> Response:
    """Payout by bonus, rank, region and person side by side: the base, which is a run or a period as it is now, and up
    to five variants, each with another plan, planned moves, or both. Who gains and loses most is told by line and
    cause. Nothing is recorded. Whoever goes away cancels it."""
    found = await service.compare(await _asked(body, service))
    content = await asyncio.to_thread(_content, found, written_as, by)
    headers = {"Cache-Control": "private, no-store"}
    if written_as in ("csv", "parquet"):
        headers["Content-Disposition"] = f'attachment; filename="what-if-{found.base.period.name}.{written_as}"'
    return Response(content, media_type=schemas.MEDIA_TYPES[written_as], headers=headers)


async def _asked(body: schemas.WhatIfRequest, service: WhatIfService) -> Asked:
    variants = []
    for each in body.variants:
        given = each.plan is not None or each.document is not None
        plan = await service.plan(each.plan, each.document) if given else None
        variants.append(Variant(each.name, plan, tuple(move.move() for move in each.moves)))
    plan = None if body.plan is None else await service.plan(body.plan, None)
    return Asked(body.base, tuple(variants), plan, tuple(body.distributors), body.shown)


def _content(found: WhatIf, written_as: schemas.Format, by: By) -> str | bytes:
    if written_as == "json":
        return schemas.WhatIfBody.of(found).model_dump_json()
    if written_as == "svg":
        return chart_svg(found, by)
    return everybody(found, written_as)

"""GET /v1/distributors/{id}/legs."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request

from app.access.caller import TokenFirstRoute, seen_distributor
from app.access.visibility import NotVisibleError
from app.moments import Moments
from app.periods.calendars import Calendar
from app.periods.schemas import PeriodName as Name
from app.problems import problems
from app.trees.models import Leg
from app.trees.service import TreeService
from app.volumes.live import LiveFigures, of_period
from app.volumes.schemas import LegBody, LegsBody, LivePeriod, Volume
from app.wire import amount

router = APIRouter(prefix="/v1", tags=["volumes"], route_class=TokenFirstRoute)


def live(request: Request) -> LiveFigures:
    """Live figures of this deployment."""
    answer: LiveFigures = request.app.state.services.live
    return answer


def trees(request: Request) -> TreeService:
    """The trees of this deployment."""
    answer: TreeService = request.app.state.services.trees
    return answer


def moments(request: Request) -> Moments:
    """When facts were recorded."""
    answer: Moments = request.app.state.services.moments
    return answer


Seen = Annotated[str, Depends(seen_distributor)]
Figures = Annotated[LiveFigures, Depends(live)]
Trees = Annotated[TreeService, Depends(trees)]
Instants = Annotated[Moments, Depends(moments)]
TreeName = Annotated[Literal["sponsor", "binary"], Query(description="Which tree")]
PeriodName = Annotated[Name | None, Query(description="An open period; the present one when left out")]
CalendarName = Annotated[Calendar | None, Query(description="Whose present period, when no period is named: monthly")]


@router.get("/distributors/{distributor_id}/legs", responses=problems(404, 409), summary="What the legs weigh")
async def legs(
    *,
    distributor_id: Seen,
    figures: Figures,
    service: Trees,
    instants: Instants,
    tree: TreeName = "sponsor",
    period: PeriodName = None,
    calendar: CalendarName = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> LegsBody:
    """Personal and group volume, and each leg with its people and volume, as rolled up: estimates until a run is
    committed. In the sponsor tree a leg is a frontline person with everybody below; in the binary tree it is a side."""
    chosen = await figures.period(period, calendar)
    own = await figures.of(distributor_id, chosen)
    if own is None:
        raise NotVisibleError(f"There is no distributor '{distributor_id}' that you may see.")
    found = await service.legs(tree, distributor_id, *of_period(chosen))
    ordered = sorted(found.legs, key=lambda leg: (-leg.pv, -leg.heads, leg.ix)) if tree == "sponsor" else found.legs
    group = (own.sponsor_pv, own.sponsor_cv) if tree == "sponsor" else (own.binary_pv, own.binary_cv)
    return LegsBody(
        id=distributor_id,
        tree=tree,
        period=LivePeriod.of(chosen),
        personal=Volume(pv=amount(own.own_pv + own.customer_pv), cv=amount(own.own_cv + own.customer_cv)),
        group=Volume(pv=amount(group[0]), cv=amount(group[1])),
        people=own.sponsor_heads if tree == "sponsor" else own.binary_heads,
        leg_count=len(found.legs),
        legs=[_body(leg) for leg in ordered[:limit]],
        as_of=await instants.at(min(own.as_of_seq, found.as_of_seq)),
    )


def _body(leg: Leg) -> LegBody:
    return LegBody(
        id=leg.id,
        name=leg.name,
        status=leg.status,
        slot=leg.slot,
        people=leg.heads,
        pv=amount(leg.pv),
        cv=amount(leg.cv),
    )

"""GET /v1/distributors/{id}/legs and …/volumes."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query, Request

from app.access.caller import TokenFirstRoute, seen_distributor
from app.access.visibility import NotVisibleError
from app.errors import InvalidInputError
from app.facts.calendars import MONTHLY
from app.moments import Moments
from app.periods.calendars import Calendar
from app.periods.models import Period
from app.periods.schemas import PeriodName as Name
from app.problems import problems
from app.runs.breakaway import BreakawayService, GroupWithout
from app.runs.closed import Amounts, ClosedPeriods
from app.trees.models import Leg
from app.trees.service import TreeService
from app.volumes.errors import LevelsNotKeptError
from app.volumes.live import InTree, LiveFigures, of_period
from app.volumes.models import MOST_LEVELS, Tree
from app.volumes.schemas import (
    LegBody,
    LegsBody,
    LivePeriod,
    Volume,
    VolumesBody,
    WithinBody,
    WithoutBrokenAwayBody,
)
from app.wire import amount

router = APIRouter(prefix="/v1", tags=["volumes"], route_class=TokenFirstRoute)


async def live(request: Request) -> LiveFigures:
    """Live figures of this deployment."""
    answer: LiveFigures = request.app.state.services.live
    return answer


async def trees(request: Request) -> TreeService:
    """The trees of this deployment."""
    answer: TreeService = request.app.state.services.trees
    return answer


async def moments(request: Request) -> Moments:
    """When facts were recorded."""
    answer: Moments = request.app.state.services.moments
    return answer


async def broken_away(request: Request) -> BreakawayService:
    """Legs that broke away, by the runs of this deployment."""
    answer: BreakawayService = request.app.state.services.breakaway
    return answer


async def closed(request: Request) -> ClosedPeriods:
    """The closed periods of this deployment."""
    answer: ClosedPeriods = request.app.state.services.closed
    return answer


Seen = Annotated[str, Depends(seen_distributor)]
Past = Annotated[ClosedPeriods, Depends(closed)]
Figures = Annotated[LiveFigures, Depends(live)]
Trees = Annotated[TreeService, Depends(trees)]
Instants = Annotated[Moments, Depends(moments)]
TreeName = Annotated[Literal["sponsor", "binary", "matrix"], Query(description="Which tree")]
PeriodName = Annotated[Name | None, Query(description="The present one when left out")]
CalendarName = Annotated[Calendar | None, Query(description="Whose present period, when no period is named: monthly")]


@router.get("/distributors/{distributor_id}/legs", responses=problems(404, 409), summary="What the legs weigh")
async def legs(
    *,
    distributor_id: Seen,
    figures: Figures,
    service: Trees,
    past: Past,
    instants: Instants,
    tree: TreeName = "sponsor",
    period: PeriodName = None,
    calendar: CalendarName = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> LegsBody:
    """Personal and group volume, and each leg with its people and volume: estimates as rolled up until a run is
    committed, then what the run was calculated from, legs as they stood at the period's end. In the sponsor tree a leg
    is a frontline person with everybody below; else it is what stands in a slot."""
    if (over := await figures.final(period, calendar)) is not None:
        own_then = await past.volumes(distributor_id, over, tree)
        return LegsBody(
            id=distributor_id,
            tree=tree,
            period=LivePeriod(name=over.name, figures="final"),
            personal=_volume(own_then.personal),
            group=_volume(own_then.group),
            people=own_then.people,
            as_of=await instants.at(own_then.run.seq),
            **_listed(tree, await past.legs(distributor_id, over, tree), limit),
        )
    chosen = await figures.period(period, calendar)
    own = await figures.of(distributor_id, chosen)
    if own is None:
        raise NotVisibleError(f"There is no distributor '{distributor_id}' that you may see.")
    found = await service.legs(tree, distributor_id, *of_period(chosen))
    group = own.in_tree(tree)
    return LegsBody(
        id=distributor_id,
        tree=tree,
        period=LivePeriod.of(chosen),
        personal=Volume(pv=amount(own.own_pv + own.customer_pv), cv=amount(own.own_cv + own.customer_cv)),
        group=Volume(pv=amount(group.pv), cv=amount(group.cv)),
        people=group.heads,
        as_of=await instants.at(min(own.as_of_seq, found.as_of_seq)),
        **_listed(tree, found.legs, limit),
    )


def _listed(tree: Tree, legs: Sequence[Leg], limit: int) -> dict[str, Any]:
    ordered = sorted(legs, key=lambda leg: (-leg.pv, -leg.heads, leg.ix)) if tree == "sponsor" else legs
    return {"leg_count": len(legs), "legs": [leg_body(leg) for leg in ordered[:limit]]}


@router.get(
    "/distributors/{distributor_id}/volumes",
    responses=problems(404, 409),
    summary="Personal, group and windowed volume",
)
async def volumes(
    *,
    distributor_id: Seen,
    figures: Figures,
    past: Past,
    instants: Instants,
    breakaway: Annotated[BreakawayService, Depends(broken_away)],
    tree: TreeName = "sponsor",
    period: PeriodName = None,
    calendar: CalendarName = None,
    within: Annotated[int | None, Query(ge=0, le=MOST_LEVELS, description="Volume within so many levels below")] = None,
    without: Annotated[
        str | None,
        Query(
            min_length=1, max_length=60, description="Group volume without legs whose head has this rank or a higher"
        ),
    ] = None,
    run_calendar: Annotated[Calendar, Query(description="Whose last committed run says the ranks")] = MONTHLY,
) -> VolumesBody:
    """Volumes: personal, of customers, of the group, within some levels, and of the group in the sponsor tree without
    the legs that broke away. Estimates as rolled up until a run is committed, then what the run was calculated from; a
    leg broke away by the ranks of that very run then."""
    if without is not None and tree != "sponsor":
        raise InvalidInputError("Legs break away in the sponsor tree; leave `without` out, or ask about that tree.")
    if (over := await figures.final(period, calendar)) is not None:
        return await _final(past, instants, over, distributor_id, _Asked(tree, within, without))
    chosen = await figures.period(period, calendar)
    own = await figures.of(distributor_id, chosen, within or 0)
    if own is None:
        raise NotVisibleError(f"There is no distributor '{distributor_id}' that you may see.")
    rest = None
    if without is not None:
        rest = await breakaway.group_without(distributor_id, without, *of_period(chosen), run_calendar)
    group = own.in_tree(tree)
    return VolumesBody(
        id=distributor_id,
        tree=tree,
        period=LivePeriod.of(chosen),
        personal=Volume(pv=amount(own.own_pv + own.customer_pv), cv=amount(own.own_cv + own.customer_cv)),
        customers=Volume(pv=amount(own.customer_pv), cv=amount(own.customer_cv)),
        group=Volume(pv=amount(group.pv), cv=amount(group.cv)),
        levels_kept=group.levels or 0,
        within=None if within is None else _within(group, tree, within),
        without_broken_away=None if rest is None or without is None else _without(rest, without),
        as_of=await instants.at(own.as_of_seq if rest is None else min(own.as_of_seq, rest.as_of_seq)),
    )


class _Asked(NamedTuple):
    tree: Tree
    within: int | None
    without: str | None


async def _final(
    past: ClosedPeriods, instants: Moments, period: Period, distributor_id: str, asked: _Asked
) -> VolumesBody:
    tree, within, without = asked
    own = await past.volumes(distributor_id, period, tree)
    below = None if within is None else await past.within(distributor_id, period, tree, within)
    rest = None if without is None else await past.without(distributor_id, period, without)
    return VolumesBody(
        id=distributor_id,
        tree=tree,
        period=LivePeriod(name=period.name, figures="final"),
        personal=_volume(own.personal),
        customers=_volume(own.customers),
        group=_volume(own.group),
        levels_kept=MOST_LEVELS,
        within=None if below is None or within is None else WithinBody(levels=within, **_amounts(below)),
        without_broken_away=None
        if rest is None or without is None
        else WithoutBrokenAwayBody(
            rank=without, legs=rest.ids, run=own.run.id, run_period=period.name, **_amounts(rest.amounts)
        ),
        as_of=await instants.at(own.run.seq),
    )


def _volume(amounts: Amounts) -> Volume:
    return Volume(**_amounts(amounts))


def _amounts(amounts: Amounts) -> dict[str, Decimal]:
    pv, cv = amounts
    return {"pv": amount(pv), "cv": amount(cv)}


def _within(own: InTree, tree: str, levels: int) -> WithinBody:
    if own.within_pv is None or own.within_cv is None:
        raise LevelsNotKeptError(
            f"Volumes of the {tree} tree are kept to {own.levels or 0} levels, not to {levels}; "
            "banyan levels keeps more."
        )
    return WithinBody(levels=levels, pv=amount(own.within_pv), cv=amount(own.within_cv))


def _without(rest: GroupWithout, rank: str) -> WithoutBrokenAwayBody:
    return WithoutBrokenAwayBody(
        pv=amount(rest.pv),
        cv=amount(rest.cv),
        rank=rank,
        legs=rest.ids,
        run=rest.run or None,
        run_period=rest.run_period or None,
    )


def leg_body(leg: Leg) -> LegBody:
    """A leg as it goes out."""
    return LegBody(
        id=leg.id,
        name=leg.name,
        status=leg.status,
        slot=leg.slot,
        people=leg.heads,
        pv=amount(leg.pv),
        cv=amount(leg.cv),
    )

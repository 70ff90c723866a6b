"""GET /v1/distributors/{id}/dashboard."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from app.access.caller import Caller, TokenFirstRoute
from app.access.models import Role
from app.dashboards import schemas
from app.dashboards.models import Dashboard, Figures, Group, Told
from app.dashboards.service import OTHERS, DashboardService
from app.engine.reasons import RankCard
from app.facts.calendars import MONTHLY
from app.people.routes import NOT_MODIFIED
from app.periods.calendars import Calendar
from app.problems import problems
from app.runs.rank_schemas import RankCardBody, RankDecisionBody
from app.runs.routes import card_body
from app.runs.standings import Standing
from app.volumes.routes import Instants, Seen, leg_body
from app.volumes.schemas import LivePeriod, Volume
from app.wire import AsOf, amount, tagged

router = APIRouter(prefix="/v1", tags=["dashboards"], route_class=TokenFirstRoute)
Marks = dict[int, AsOf]


async def dashboards(request: Request) -> DashboardService:
    """Dashboards of this deployment."""
    answer: DashboardService = request.app.state.services.dashboards
    return answer


@router.get(
    "/distributors/{distributor_id}/dashboard",
    response_model=schemas.DashboardBody,
    responses={**problems(404), **NOT_MODIFIED},
    summary="All of a start page",
)
async def dashboard(
    *,
    request: Request,
    distributor_id: Seen,
    caller: Caller,
    service: Annotated[DashboardService, Depends(dashboards)],
    instants: Instants,
    calendar: Annotated[Calendar, Query(description="Whose present period, and whose runs")] = MONTHLY,
) -> Response:
    """A person with their volumes and legs of the present period, who came last below them, their rank with what the
    next two ask, and what they earn. Volumes are live; each rank and amount says what tells it, and as of when. Of
    those below them distributors read no pay, and of ranks what the last committed run says without what it asked."""
    theirs = caller.role is not Role.DISTRIBUTOR or caller.distributor == distributor_id
    found = await service.of(distributor_id, calendar, theirs=theirs)
    told = [one.standing for one in (found.rank, found.present, found.committed) if isinstance(one, Told)]
    pays = [standing.pay.seq for standing in told if standing.pay is not None]
    marks = await instants.each_at({found.as_of_seq, *(standing.seq for standing in told), *pays})
    return tagged(request, _body(distributor_id, found, marks))


def _body(id: str, found: Dashboard, marks: Marks) -> schemas.DashboardBody:
    figures, (own, customers) = found.figures, (found.figures.own, found.figures.customers)
    rank, note = (None, found.rank) if isinstance(found.rank, str) else (_standing(found.rank, found, marks), None)
    return schemas.DashboardBody(
        id=id,
        name=figures.name,
        status=figures.status,
        title=figures.title,
        enrolled_at=figures.enrolled_at,
        period=LivePeriod.of(found.period),
        personal=_volume(own.pv + customers.pv, own.cv + customers.cv),
        customers=_volume(*customers),
        sponsor=schemas.SponsorBody(
            **_group(figures.sponsor), leg_count=figures.leg_count, legs=[leg_body(leg) for leg in figures.legs]
        ),
        binary=_binary(figures, found.committed if found.theirs else ""),
        matrix=None if figures.matrix is None else schemas.GroupBody(**_group(figures.matrix)),
        rank=rank,
        rank_note=note if found.theirs or note is not None else OTHERS,
        earnings=_earnings(found, marks),
        newest=schemas.NewestBody(
            people=[
                schemas.NewcomerBody(
                    id=one.id,
                    name=one.name,
                    status=one.status,
                    level=one.level,
                    sponsor_id=one.sponsor_id,
                    enrolled_at=one.enrolled_at,
                )
                for one in found.newest.people
            ],
            complete=found.newest.complete,
        ),
        as_of=marks[found.as_of_seq],
    )


def _volume(pv: int, cv: int) -> Volume:
    return Volume(pv=amount(pv), cv=amount(cv))


def _group(group: Group) -> dict[str, Any]:
    """The members of a GroupBody."""
    return {"people": group.heads, "pv": amount(group.pv), "cv": amount(group.cv)}


def _binary(figures: Figures, committed: Told | str) -> schemas.BinaryBody:
    carried = committed.standing.carried if isinstance(committed, Told) else None
    legs = {leg.slot: leg for leg in figures.sides}
    sides = []
    for slot, carry in zip((1, 2), carried or (None, None), strict=True):
        leg = legs.get(slot)
        sides.append(
            schemas.SideBody(
                id=leg.id if leg else None,
                name=leg.name if leg else None,
                people=leg.heads if leg else 0,
                pv=amount(leg.pv if leg else 0),
                cv=amount(leg.cv if leg else 0),
                carried=None if carry is None else amount(carry),
            )
        )
    left, right = sides
    by = committed.standing.run if isinstance(committed, Told) and carried is not None else None
    return schemas.BinaryBody(**_group(figures.binary), left=left, right=right, carried_by=by)


def _source(told: Told, as_of: AsOf) -> dict[str, Any]:
    """The members of a SourceBody."""
    return {
        "source": told.source,
        "period": told.standing.period,
        "run": told.standing.run,
        "figures": "final" if told.source == "committed" else "estimate",
        "as_of": as_of,
    }


def _standing(told: Told, found: Dashboard, marks: Marks) -> schemas.StandingBody:
    standing, earned, further = told.standing, None, list[RankCardBody]()
    if found.theirs:
        card = standing.report_card()
        earned = None if card.paid_as is None else _card(standing, card.paid_as)
        further = [_card(standing, one) for one in card.next]
    return schemas.StandingBody(
        **_source(told, marks[standing.seq]),
        rank=standing.paid_as,
        title=standing.title,
        pay_rank=standing.pay_rank,
        highest=standing.highest,
        active=standing.active,
        earned=earned,
        next=further,
        decision=RankDecisionBody.of(standing.decision) if found.theirs and standing.decision is not None else None,
    )


def _card(standing: Standing, card: RankCard) -> RankCardBody:
    return card_body(card, {card.rank: standing.periods_met(card)})


def _earnings(found: Dashboard, marks: Marks) -> schemas.EarningsBody:
    if not found.theirs:
        return schemas.EarningsBody(present=None, present_note=OTHERS, committed=None, committed_note=OTHERS)
    present, present_note = _earned(found.present, marks)
    committed, committed_note = _earned(found.committed, marks)
    return schemas.EarningsBody(
        present=present, present_note=present_note, committed=committed, committed_note=committed_note
    )


def _earned(told: Told | str, marks: Marks) -> tuple[schemas.EarnedBody | None, str | None]:
    if isinstance(told, str):
        return None, told
    standing: Standing = told.standing
    pay = standing.pay
    if pay is None:
        return None, f"Pay of {standing.period} has not been worked out yet."
    body = schemas.EarnedBody(
        **_source(told, marks[pay.seq]),
        currency=standing.plan.currency,
        bonuses=[schemas.BonusBody(bonus=name, amount=amount(minor)) for name, minor in pay.bonuses],
        earned=amount(pay.earned),
        taken_back=amount(pay.taken_back),
        amount=amount(pay.paid),
    )
    return body, None

"""GET /v1/distributors/{id}/live."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from app.access.caller import Caller, TokenFirstRoute, seen_distributor
from app.access.models import Role
from app.engine.reasons import RankCard
from app.live import schemas
from app.live.service import LiveService
from app.moments import Moments
from app.periods.calendars import Calendar
from app.periods.schemas import PeriodName
from app.plans.binary import Binary
from app.problems import problems
from app.runs.errors import NoStatementError
from app.runs.rank_schemas import RankCardBody
from app.runs.routes import card_body
from app.runs.standings import Standing
from app.wire import amount

router = APIRouter(prefix="/v1", tags=["live"], route_class=TokenFirstRoute)


async def live_ranks(request: Request) -> LiveService:
    """Live ranks and pay of this deployment."""
    answer: LiveService = request.app.state.services.live_ranks
    return answer


async def moments(request: Request) -> Moments:
    """When facts were recorded."""
    answer: Moments = request.app.state.services.moments
    return answer


@router.get(
    "/distributors/{distributor_id}/live",
    responses=problems(404, 409),
    summary="A person's rank and pay so far",
)
async def live(
    *,
    distributor_id: Annotated[str, Depends(seen_distributor)],
    caller: Caller,
    service: Annotated[LiveService, Depends(live_ranks)],
    instants: Annotated[Moments, Depends(moments)],
    period: Annotated[PeriodName | None, Query(description="An open one; the present one when left out")] = None,
    calendar: Annotated[
        Calendar | None, Query(description="Whose present period, when no period is named: monthly")
    ] = None,
) -> schemas.LiveBody:
    """Rank, what the next two ranks need, what each bonus comes to, and what is taken back and paid, of an open period,
    were it to end now. Each figure says where it comes from and as of which fact: `live` ones follow the facts, ranks
    at once and pay by a calculation of the whole company every few seconds; where no worker answers, the newest run of
    the period tells, a `preview`. Of those below them distributors read the ranks alone."""
    found = await service.of(distributor_id, period, calendar)
    rank, plan = found.rank, found.rank.plan
    if not rank.enrolled:
        raise NoStatementError(f"{distributor_id} had not joined by the end of {found.period.name}.")
    theirs = caller.role is not Role.DISTRIBUTOR or caller.distributor == distributor_id
    card = rank.report_card()
    return schemas.LiveBody(
        id=distributor_id,
        period=found.period.name,
        plan=f"{plan.name} {plan.version}",
        currency=plan.currency,
        rank=schemas.LiveRankBody(
            **await _source(instants, rank, rank.seq),
            rank=rank.paid_as,
            title=rank.title,
            highest=rank.highest,
            pay_rank=rank.pay_rank,
            active=rank.active,
            earned=_card(rank, card.paid_as) if theirs and card.paid_as is not None else None,
            next=[_card(rank, each) for each in card.next] if theirs else [],
        ),
        bonuses=await _bonuses(instants, found.pay) if theirs else None,
        pay=await _pay(instants, found.pay) if theirs else None,
    )


async def _bonuses(instants: Moments, standing: Standing) -> list[schemas.LiveBonusBody] | None:
    pay = standing.pay
    if pay is None:
        return None
    source = await _source(instants, standing, pay.seq)
    left, right = (amount(each) for each in pay.matched)
    return [
        schemas.LiveBonusBody(
            **source,
            name=name,
            type=bonus.type,
            amount=amount(minor),
            matched=schemas.MatchedBody(left=left, right=right) if isinstance(bonus, Binary) else None,
        )
        for bonus, (name, minor) in zip(standing.plan.bonuses, pay.bonuses, strict=True)
    ]


async def _pay(instants: Moments, standing: Standing) -> schemas.LivePayBody | None:
    pay = standing.pay
    if pay is None:
        return None
    return schemas.LivePayBody(
        **await _source(instants, standing, pay.seq),
        earned=amount(pay.earned),
        taken_back=amount(pay.taken_back),
        amount=amount(pay.paid),
    )


async def _source(instants: Moments, standing: Standing, seq: int) -> dict[str, Any]:
    source = "live" if standing.live else "preview"
    return {"source": source, "as_of": await instants.at(seq), "run": standing.run}


def _card(standing: Standing, card: RankCard) -> RankCardBody:
    return card_body(card, {card.rank: standing.periods_met(card)})

"""GET /v1/distributors/{id}/live."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from app.access.caller import Caller, TokenFirstRoute, seen_distributor
from app.access.models import Role
from app.engine.reasons import RankCard, report_card
from app.live import schemas
from app.live.models import Standing
from app.live.service import Judged, LiveService
from app.moments import Moments
from app.periods.calendars import Calendar
from app.periods.models import Period
from app.periods.schemas import PeriodName
from app.plans.binary import Binary
from app.problems import problems
from app.runs.errors import NoStatementError
from app.runs.models import PeriodMet
from app.runs.routes import card_body
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
    """Rank, what the next two ranks need, and what each bonus comes to, of an open period, were it to end now. Each
    figure says where it comes from and as of which fact: `live` ones follow the facts, ranks at once and pay by a
    calculation of the whole company every few seconds; where no worker answers, the newest run of the period tells, a
    `preview`. Of those below them distributors read the ranks alone."""
    found = await service.of(distributor_id, period, calendar)
    rank, plan = found.rank.standing, found.rank.plan
    if not rank.enrolled:
        raise NoStatementError(f"{distributor_id} had not joined by the end of {found.period.name}.")
    theirs = caller.role is not Role.DISTRIBUTOR or caller.distributor == distributor_id
    card, names = report_card(plan, rank, 0), (*plan.rank_names, None)
    met = _periods_met(found.period, rank, [each for each in (card.paid_as, *card.next) if each is not None])
    return schemas.LiveBody(
        id=distributor_id,
        period=found.period.name,
        plan=f"{plan.name} {plan.version}",
        currency=plan.currency,
        rank=schemas.LiveRankBody(
            **await _source(instants, rank, rank.seq),
            rank=names[rank.ranks.paid_as[0]],
            title=names[rank.ranks.title[0]],
            highest=names[rank.ranks.highest[0]],
            pay_rank=names[rank.ranks.pay[0]],
            active=bool(rank.ranks.active[0]),
            earned=card_body(card.paid_as, met) if theirs and card.paid_as is not None else None,
            next=[card_body(each, met) for each in card.next] if theirs else [],
        ),
        bonuses=await _bonuses(instants, found.pay) if theirs else None,
    )


async def _bonuses(instants: Moments, pay: Judged) -> list[schemas.LiveBonusBody] | None:
    earned = pay.standing.earned
    if earned is None:
        return None
    source = await _source(instants, pay.standing, earned.seq)
    left, right = (amount(each) for each in earned.matched)
    return [
        schemas.LiveBonusBody(
            **source,
            name=bonus.name,
            type=bonus.type,
            amount=amount(minor),
            matched=schemas.MatchedBody(left=left, right=right) if isinstance(bonus, Binary) else None,
        )
        for bonus, minor in zip(pay.plan.bonuses, earned.amounts, strict=True)
    ]


async def _source(instants: Moments, standing: Standing, seq: int) -> dict[str, Any]:
    return {"source": standing.source, "as_of": await instants.at(seq), "run": standing.run}


def _periods_met(period: Period, standing: Standing, cards: Sequence[RankCard]) -> Mapping[str, list[PeriodMet]]:
    """By rank what was met in this period and in each before that it looks at."""
    told = [(period.name, standing.run), *standing.past]
    return {
        card.rank: [PeriodMet(name, run, met) for (name, run), met in zip(told, card.periods_met, strict=False)]
        for card in cards
    }

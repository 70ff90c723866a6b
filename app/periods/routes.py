"""GET and POST /v1/periods, one with its history, closing one and opening it again."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.access.caller import Caller, TokenFirstRoute, Writer
from app.people.routes import REPLAYED
from app.periods.models import Period
from app.periods.schemas import (
    OfCalendar,
    PeriodBody,
    PeriodClosing,
    PeriodHistoryBody,
    PeriodName,
    PeriodOpening,
    PeriodReceipt,
    PeriodReopening,
    PeriodsBody,
    TurnBody,
)
from app.periods.service import PeriodService
from app.problems import problems
from app.wire import IdempotencyKey, receipt_of

router = APIRouter(prefix="/v1/periods", tags=["periods"], route_class=TokenFirstRoute)


async def periods(request: Request) -> PeriodService:
    """The calendars of this deployment."""
    answer: PeriodService = request.app.state.services.periods
    return answer


Periods = Annotated[PeriodService, Depends(periods)]


@router.get("", responses=problems(), summary="Every period")
async def every(
    _caller: Caller,
    service: Periods,
    asked: Annotated[OfCalendar, Query()],
) -> PeriodsBody:
    """Every period so far, by calendar, oldest first."""
    found = await (service.every_calendar() if asked.calendar is None else service.all(asked.calendar))
    return PeriodsBody(periods=[_body(period) for period in found])


@router.get("/{name}", responses=problems(404), summary="A period and its history")
async def one(_caller: Caller, service: Periods, name: Annotated[PeriodName, Path()]) -> PeriodHistoryBody:
    """A period, and every fact that opened and closed it."""
    period = await service.get(name)
    turns = await service.turns(period)
    history = [
        TurnBody.model_validate(
            {name: getattr(turn, name) for name in ("seq", "kind", "recorded_at", "actor", "reason")}
        )
        for turn in turns
    ]
    return PeriodHistoryBody(**_body(period).model_dump(), history=history)


@router.post("", status_code=201, responses={**problems(403, 404, 409, 413), 201: REPLAYED}, summary="Open a period")
async def open_period(
    body: PeriodOpening, key: IdempotencyKey, caller: Writer, service: Periods, response: Response
) -> PeriodReceipt:
    """Open a period for orders. Its name tells its calendar; it starts where the last one of that calendar ends, and at
    most two of a calendar are open at once."""
    receipt = await service.open(
        body.name,
        body.zone,
        key=key,
        actor=caller.subject,
        reason=body.reason,
        grace_days=body.grace_days,
        commission_date=body.commission_date,
    )
    return PeriodReceipt(name=body.name, receipt=receipt_of(receipt, response))


@router.post(
    "/{name}/close",
    status_code=201,
    responses={**problems(403, 404, 409, 413), 201: REPLAYED},
    summary="Close a period",
)
async def close_period(
    *,
    name: Annotated[PeriodName, Path()],
    body: PeriodClosing,
    key: IdempotencyKey,
    caller: Writer,
    service: Periods,
    response: Response,
) -> PeriodReceipt:
    """Close a period that has ended with its grace days. Facts up to the receipt's `seq` count in it, later ones do
    not."""
    receipt = await service.close(name, key=key, actor=caller.subject, reason=body.reason, override=body.override)
    return PeriodReceipt(name=name, receipt=receipt_of(receipt, response))


@router.post(
    "/{name}/reopen",
    status_code=201,
    responses={**problems(403, 404, 409, 413), 201: REPLAYED},
    summary="Open a closed period again",
)
async def reopen_period(
    *,
    name: Annotated[PeriodName, Path()],
    body: PeriodReopening,
    key: IdempotencyKey,
    caller: Writer,
    service: Periods,
    response: Response,
) -> PeriodReceipt:
    """Open the last closed period of its calendar again, for a correction before its run is committed. Runs of it that
    were calculated stay as they are and cannot be committed any more; close it again and calculate again."""
    receipt = await service.reopen(name, key=key, actor=caller.subject, reason=body.reason)
    return PeriodReceipt(name=name, receipt=receipt_of(receipt, response))


def _body(period: Period) -> PeriodBody:
    return PeriodBody(
        calendar=period.calendar,
        name=period.name,
        zone=period.zone,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        grace_ends_at=period.grace_ends_at,
        commission_date=period.commission_date,
        state="open" if period.open else "closed",
        closed_seq=period.closed_seq,
        run=period.run,
    )

"""Runs, ranks and statements."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.access.caller import Caller, Staff, TokenFirstRoute, Writer, seen_distributor
from app.access.models import Principal, Role
from app.amounts import exact_from_minor
from app.clock import from_ms
from app.engine.reasons import Lack, RankCard
from app.errors import ForbiddenError
from app.facts.calendars import MONTHLY
from app.facts.errors import InvalidCommandError, UnknownPeriodError
from app.people.routes import REPLAYED
from app.periods.calendars import Calendar, name_of
from app.periods.schemas import PeriodName
from app.problems import problems
from app.runs import rank_schemas, schemas, statement_schemas
from app.runs.errors import NoRunError, NoStatementError
from app.runs.models import FIRST_LINES, FIRST_MISSES, Part, PastStatement, PeriodMet, Statement
from app.runs.printing import StatementPrinter
from app.runs.service import RunService
from app.runs.statements import StatementService
from app.runs.takeover import TakeOverService
from app.wire import IdempotencyKey, amount, receipt_of

router = APIRouter(prefix="/v1", tags=["runs"], route_class=TokenFirstRoute)
Uncommitted = Annotated[bool, Query(description="Also from a calculated run that is not committed; staff only")]
CalendarName = Annotated[Calendar, Query(description="Whose runs")]
RunId = Annotated[str, Path(max_length=100, description="The run", examples=["2026-03-3f9a1c0b7d21"])]
Seen = Annotated[str, Depends(seen_distributor)]


async def runs(request: Request) -> RunService:
    """Commission runs of this deployment."""
    answer: RunService = request.app.state.services.runs
    return answer


async def statements(request: Request) -> StatementService:
    """Statements of this deployment."""
    answer: StatementService = request.app.state.services.statements
    return answer


async def printer(request: Request) -> StatementPrinter:
    """Statements on paper of this deployment."""
    answer: StatementPrinter = request.app.state.services.printer
    return answer


async def takeover(request: Request) -> TakeOverService:
    """What this deployment took over from a former system."""
    answer: TakeOverService = request.app.state.services.takeover
    return answer


@router.get("/runs", responses=problems(403), summary="Commission runs")
async def every(
    _caller: Staff, service: Annotated[RunService, Depends(runs)], asked: Annotated[schemas.RunsOf, Query()]
) -> schemas.RunsBody:
    """The newest hundred runs of a calendar, of every state or of one."""
    found = await service.all(asked.calendar, asked.state)
    return schemas.RunsBody(runs=[schemas.RunBody.of(run) for run in found])


@router.get("/runs/{run_id}", responses=problems(403, 404), summary="A run and its history")
async def one(run_id: RunId, _caller: Staff, service: Annotated[RunService, Depends(runs)]) -> schemas.RunHistoryBody:
    """A run with the steps it took on its way to pay: who, when, why."""
    run = await service.get(run_id)
    steps = [
        schemas.StepBody(
            seq=taken.seq,
            step=taken.step,
            state=taken.state,
            actor=taken.actor,
            reason=taken.reason,
            at=from_ms(taken.recorded_at),
            paid_people=taken.paid_people,
            paid_amount=amount(taken.paid_amount),
        )
        for taken in await service.steps(run_id)
    ]
    return schemas.RunHistoryBody(run=schemas.RunBody.of(run), steps=steps)


@router.post(
    "/runs/{run_id}/steps",
    status_code=201,
    responses={**problems(403, 404, 409, 413), 201: REPLAYED},
    summary="Take a run a step further, or back",
)
async def step(
    *,
    run_id: RunId,
    body: schemas.RunStepping,
    key: IdempotencyKey,
    caller: Writer,
    service: Annotated[RunService, Depends(runs)],
    response: Response,
) -> schemas.RunStepReceipt:
    """From preview over in_review, locked and approved to committed, and on to partly_paid and paid; back by send_back
    and unlock; void ends it. Who sent a run to review or locked it cannot approve it."""
    said: dict[str, Any] = {"key": key, "actor": caller.subject, "reason": body.reason}
    if body.step == "commit":
        if body.distributors:
            raise InvalidCommandError("The step 'commit' is of the whole run; only pay names people.")
        receipt = await service.commit(run_id, **said)
    else:
        receipt = await service.step(run_id, body.step, **said, distributors=body.distributors)
    return schemas.RunStepReceipt(
        run=run_id,
        state=receipt.data.get("state", "committed"),
        paid_people=receipt.data.get("paid_people", 0),
        paid_amount=amount(receipt.data.get("paid_amount", 0)),
        receipt=receipt_of(receipt, response),
    )


@router.get("/runs/{run_id}/payments", responses=problems(403, 404), summary="Whom a run pays how much")
async def payments(
    *,
    run_id: RunId,
    _caller: Staff,
    service: Annotated[RunService, Depends(runs)],
    after: Annotated[int, Query(ge=-1, le=2**31, description="`next` of the page before")] = -1,
    limit: Annotated[int, Query(ge=1, le=10_000, description="How many at most")] = 1_000,
) -> schemas.PaymentsBody:
    """What each statement comes to, less what runs of the period that were voided had paid."""
    found = await service.payments(run_id, after=after, limit=limit)
    return schemas.PaymentsBody(
        run=run_id,
        payments=[
            schemas.PaymentBody(
                id=one.distributor,
                amount=amount(one.amount),
                paid_before=amount(one.received),
                to_pay=amount(one.to_pay),
                overpaid=amount(one.overpaid),
                paid_seq=one.paid_seq,
            )
            for one in found
        ],
        next=found[-1].ix if len(found) == limit else None,
    )


@router.get("/distributors/{distributor_id}/runs", responses=problems(403, 404), summary="What runs pay a person")
async def own(
    *,
    distributor_id: Seen,
    caller: Caller,
    service: Annotated[RunService, Depends(runs)],
    calendar: CalendarName = MONTHLY,
) -> schemas.OwnRunsBody:
    """The committed runs of a calendar, what each pays a person, and whether they were paid; a voided one stays if it
    had paid them. A distributor reads only their own."""
    if caller.role is Role.DISTRIBUTOR and caller.distributor != distributor_id:
        raise ForbiddenError("A distributor may read only their own pay.")
    found = [
        schemas.OwnRunBody(
            id=run.id,
            period=name_of(run.calendar, run.period),
            state=run.state,
            amount=amount(run.amount),
            paid=run.paid_seq is not None,
            paid_seq=run.paid_seq,
            paid_before=amount(run.received),
            to_pay=amount(run.to_pay),
            superseded_by=run.superseded_by,
        )
        for run in await service.own(distributor_id, calendar)
    ]
    return schemas.OwnRunsBody(id=distributor_id, runs=found)


@router.get("/distributors/{distributor_id}/rank", responses=problems(403, 404), summary="A person's rank")
async def rank(
    *,
    distributor_id: Seen,
    caller: Caller,
    service: Annotated[StatementService, Depends(statements)],
    taken_over: Annotated[TakeOverService, Depends(takeover)],
    period: Annotated[PeriodName | None, Query(description="The newest with a run when left out")] = None,
    calendar: CalendarName = MONTHLY,
    uncommitted: Uncommitted = False,
) -> rank_schemas.RankBody:
    """The rank earned in a period, and each requirement of it and of the next two: required, actual, missing. Of those
    below them distributors read the ranks, and the requirements only of themselves."""
    _check_uncommitted(caller, uncommitted)
    try:
        found = await service.rank(distributor_id, period, calendar=calendar, include_uncommitted=uncommitted)
    except (NoRunError, NoStatementError) as error:
        if period is not None:
            raise
        return _no_rank(distributor_id, error.message, await taken_over.highest_rank(distributor_id))
    run = schemas.RunBody.of(found.run)
    theirs = caller.role is not Role.DISTRIBUTOR or caller.distributor == distributor_id
    return rank_schemas.RankBody(
        id=distributor_id,
        period=run.period,
        figures=run.figures,
        run=run.id,
        seq=run.seq,
        rank=found.paid_as,
        title=found.title,
        highest=found.highest,
        pay_rank=found.pay_rank,
        highest_rank=await taken_over.highest_rank(distributor_id),
        active=found.active,
        earned=card_body(found.card.paid_as, found.periods) if theirs and found.card.paid_as is not None else None,
        next=[card_body(card, found.periods) for card in found.card.next] if theirs else [],
        decision=rank_schemas.RankDecisionBody.of(found.decision) if theirs and found.decision is not None else None,
        note=None,
    )


@router.get(
    "/distributors/{distributor_id}/statements/{period}",
    response_model=statement_schemas.StatementBody | statement_schemas.PastStatementBody,
    responses={**problems(403, 404), 200: statement_schemas.STATEMENT_ANSWER},
    summary="A person's statement",
)
async def statement(
    *,
    distributor_id: Seen,
    period: Annotated[PeriodName, Path()],
    caller: Caller,
    service: Annotated[StatementService, Depends(statements)],
    taken_over: Annotated[TakeOverService, Depends(takeover)],
    paper: Annotated[StatementPrinter, Depends(printer)],
    uncommitted: Uncommitted = False,
    offset: Annotated[int, Query(ge=0, le=10_000_000, description="The first line to show")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many lines to show")] = FIRST_LINES.limit,
    miss_offset: Annotated[int, Query(ge=0, le=10_000_000, description="The first miss to show")] = 0,
    miss_limit: Annotated[int, Query(ge=1, le=1000, description="How many misses to show")] = FIRST_MISSES.limit,
    written_as: Annotated[
        Literal["json", "pdf"],
        Query(alias="format", description="json or pdf; a PDF holds the first lines and misses, whatever is asked for"),
    ] = "json",
) -> statement_schemas.StatementBody | statement_schemas.PastStatementBody | Response:
    """What a period's run pays a person, with the reason of every line and of what was missed; of a period without a
    run what the former system paid, if that was taken over. A distributor reads only their own: what others earn is
    not theirs to see, wherever those stand."""
    _check_uncommitted(caller, uncommitted)
    if caller.role is Role.DISTRIBUTOR and caller.distributor != distributor_id:
        raise ForbiddenError("A distributor may read only their own statement.")
    if written_as == "pdf":
        content = await paper.pdf(distributor_id, period, include_uncommitted=uncommitted)
        file = quote(f"{distributor_id}-{period}.pdf")
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{file}",
            "Cache-Control": "private, no-store",
        }
        return Response(content, media_type="application/pdf", headers=headers)
    try:
        found = await service.statement(
            distributor_id,
            period,
            lines=Part(offset, limit),
            misses=Part(miss_offset, miss_limit),
            include_uncommitted=uncommitted,
        )
    except (NoRunError, UnknownPeriodError):
        past = await taken_over.past_statement(distributor_id, period)
        if past is None:
            raise
        return _past_statement(past)
    balance = await taken_over.balance(distributor_id, period)
    return statement_body(found, opening_balance=None if balance is None else amount(balance))


def _check_uncommitted(caller: Principal, uncommitted: bool) -> None:
    if uncommitted and caller.role is Role.DISTRIBUTOR:
        raise ForbiddenError("Only staff may look at a run before it is committed.")


def _no_rank(distributor_id: str, note: str, highest_rank: str | None) -> rank_schemas.RankBody:
    return rank_schemas.RankBody(
        id=distributor_id,
        period=None,
        figures=None,
        rank=None,
        title=None,
        pay_rank=None,
        highest_rank=highest_rank,
        active=None,
        earned=None,
        next=[],
        note=note,
    )


def card_body(card: RankCard, periods: Mapping[str, Sequence[PeriodMet]]) -> rank_schemas.RankCardBody:
    """A report card as it goes out; `periods` by the name of the rank."""
    checks = [
        rank_schemas.CheckBody(
            measure=check.measure,
            requirement=check.requirement,
            required=str(check.required),
            actual=str(check.actual),
            met=check.met,
            missing=str(check.gap),
            unit=check.unit,
        )
        for check in card.checks
    ]
    told = [
        rank_schemas.PeriodMetBody(period=one.period, run=one.run, met=one.met) for one in periods.get(card.rank, ())
    ]
    return rank_schemas.RankCardBody(rank=card.rank, rules=card.rules, met=card.met, checks=checks, periods=told)


def _lack(lack: Lack) -> dict[str, Any]:
    """The members of a LackBody."""
    return {
        "requirement": lack.requirement,
        "needed": str(lack.needed),
        "actual": str(lack.actual),
        "gap": str(lack.gap),
        "unit": lack.unit,
    }


def _past_statement(past: PastStatement) -> statement_schemas.PastStatementBody:
    return statement_schemas.PastStatementBody(
        id=past.distributor,
        period=past.period,
        figures="final",
        taken_over=True,
        seq=past.seq,
        currency=past.currency,
        amount=amount(past.amount),
        lines=[
            statement_schemas.PastLineBody(bonus=line.bonus, amount=amount(line.amount), note=line.note)
            for line in past.lines
        ],
    )


def statement_body(found: Statement, *, opening_balance: Decimal | None) -> statement_schemas.StatementBody:
    """A statement as it goes out."""
    run = schemas.RunBody.of(found.run)
    return statement_schemas.StatementBody(
        id=found.distributor,
        period=run.period,
        figures=run.figures,
        run=run.id,
        seq=run.seq,
        currency=found.currency,
        rounding=found.rounding,
        rounded_per=found.rounded_per,
        amount=amount(found.amount),
        paid_before=amount(found.received),
        to_pay=amount(found.to_pay),
        earned=amount(found.earned),
        balance=None
        if found.balance is None
        else statement_schemas.BalanceBody(
            brought_in=amount(found.balance.brought_in),
            earned=amount(found.earned),
            taken_back=amount(found.balance.taken_back),
            paid=amount(found.amount),
            carried_out=amount(found.balance.carried_out),
            words=found.balance.words,
        ),
        clawbacks=[
            statement_schemas.ClawbackBody(
                bonus=one.bonus, amount=amount(one.amount), order=one.order, source=one.source, words=one.words
            )
            for one in found.clawbacks
        ],
        rank=found.rank,
        decision=None if found.decision is None else rank_schemas.RankDecisionBody.of(found.decision),
        opening_balance=opening_balance,
        line_count=found.line_count,
        line_sums=[
            statement_schemas.LineSumBody(
                bonus=one.bonus, paid_level=one.paid_level, lines=one.lines, amount=amount(one.amount)
            )
            for one in found.line_sums
        ],
        lines=[
            statement_schemas.LineBody(
                bonus=line.bonus,
                amount=amount(line.amount),
                raw=amount(line.raw),
                exact=exact_from_minor(line.exact),
                rounded_by=exact_from_minor(line.raw - line.exact),
                base=amount(line.base),
                rate=f"{line.rate_num}/{line.rate_den}",
                level=line.level,
                paid_level=line.paid_level,
                rank=line.rank,
                source=line.source,
                order=line.order,
                path=line.path,
                skipped=[statement_schemas.SkippedBody(person=one.person, reason=one.reason) for one in line.skipped],
                words=line.words,
            )
            for line in found.lines
        ],
        miss_count=found.miss_count,
        miss_sums=[
            statement_schemas.MissSumBody(
                bonus=one.bonus,
                reason=one.reason,
                misses=one.misses,
                forgone=amount(one.forgone),
                breakage=amount(one.breakage),
            )
            for one in found.miss_sums
        ],
        misses=[
            statement_schemas.MissBody(
                **_lack(miss.lack),
                bonus=miss.bonus,
                reason=miss.reason,
                forgone=amount(miss.forgone),
                breakage=amount(miss.breakage),
                level=miss.level,
                paid_level=miss.paid_level,
                source=miss.source,
                order=miss.order,
                words=miss.words,
            )
            for miss in found.misses
        ],
        because=[
            statement_schemas.BecauseBody(**_lack(one.lack), bonus=one.bonus, reason=one.reason, words=one.words)
            for one in found.because
        ],
        carry=[
            statement_schemas.CarryBody(
                leg=one.leg,
                brought_in=amount(one.brought_in),
                new=amount(one.new),
                matched=amount(one.matched),
                flushed=amount(one.flushed),
                carried_out=amount(one.carried_out),
            )
            for one in found.carry
        ],
    )

"""One person's statement and rank of a run, with the reason for every line and every missed one."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.amounts import from_minor
from app.engine.because import why_nothing
from app.engine.columns import Int16s, Int64s, rows_of
from app.engine.forest import scatter_sums
from app.engine.models import Reason, Result
from app.engine.payout_words import payout_words
from app.engine.reasons import RankCard, exact_share, explain_line, explain_miss, lack_of, path, report_card, skips
from app.facts.calendars import MONTHLY
from app.facts.runs import UNCOMMITTED
from app.periods.calendars import calendar_of, name_of, number_of
from app.periods.service import PeriodService
from app.plans.models import Plan
from app.runs.errors import NoRunError, NoStatementError
from app.runs.models import (
    FIRST_LINES,
    FIRST_MISSES,
    BalanceOver,
    CarryOver,
    LineSum,
    MissSum,
    Part,
    PeriodMet,
    RankReport,
    Run,
    SkippedPerson,
    Statement,
    StatementBecause,
    StatementClawback,
    StatementLine,
    StatementMiss,
)
from app.runs.opened import OpenedRun, OpenedRuns
from app.runs.payments import PaymentRepository
from app.runs.repository import RunRepository
from app.runs.text import because_words

CLAWBACKS_TOLD: Final = 200


class StatementService:
    """Reads runs for people."""

    def __init__(
        self, *, runs: RunRepository, payments: PaymentRepository, periods: PeriodService, opened: OpenedRuns
    ) -> None:
        self._runs = runs
        self._payments = payments
        self._periods = periods
        self._opened = opened

    async def statement(
        self,
        distributor_id: str,
        period_name: str,
        *,
        lines: Part = FIRST_LINES,
        misses: Part = FIRST_MISSES,
        include_uncommitted: bool = False,
    ) -> Statement:
        """What a period's run pays a person and why, and what it does not: all of it in counts and sums, and the rows
        that are asked for. Raises NoRunError, NoStatementError."""
        opened, ix = await self._find(distributor_id, period_name, include_uncommitted)
        statement = await asyncio.to_thread(statement_of, opened, ix, lines, misses)
        if not opened.run.before:
            return statement
        paid = await self._payments.some(opened.run.id, opened.run.before, ix, ix + 1)
        return replace(statement, received=sum(one.received for one in paid))

    async def rank(
        self,
        distributor_id: str,
        period_name: str | None = None,
        *,
        calendar: str = MONTHLY,
        include_uncommitted: bool = False,
    ) -> RankReport:
        """A person's rank in a period, or in the last one of a calendar that has a run, with report cards."""
        opened, ix = await self._find(distributor_id, period_name, include_uncommitted, calendar)
        ranks, names = opened.result.ranks, (*opened.plan.rank_names, None)
        card = report_card(opened.plan, opened.result, ix)
        return RankReport(
            run=opened.run,
            distributor=distributor_id,
            active=bool(ranks.active[ix]),
            paid_as=names[ranks.paid_as[ix]],
            title=names[ranks.title[ix]],
            highest=names[ranks.highest[ix]],
            pay_rank=names[ranks.pay[ix]],
            card=card,
            decision=opened.taken.decisions.get(ix),
            periods={each.rank: _periods_met(opened, each) for each in (card.paid_as, *card.next) if each is not None},
        )

    async def examples(self, run: Run) -> list[str]:
        """Three people whose statements show most: the best paid, a middling one, and one paid by several bonuses."""
        opened = await self._opened.open(run)
        by_person = opened.result.totals.by_person
        amounts = by_person.sum(axis=0)
        earners = np.argsort(-amounts, kind="stable")[: run.earners]
        if not len(earners):
            return []
        several = earners[np.count_nonzero(by_person[:, earners], axis=0) > 1]
        chosen = [earners[0], earners[len(earners) // 2], *several[len(several) // 2 :][:1]]
        return [opened.taken.ids[ix] for ix in dict.fromkeys(int(ix) for ix in chosen)]

    async def _find(
        self, distributor_id: str, period_name: str | None, include_uncommitted: bool, calendar: str = MONTHLY
    ) -> tuple[OpenedRun, int]:
        run = await self._run(period_name, include_uncommitted, calendar)
        opened = await self._opened.open(run)
        ix = opened.ix_of.get(distributor_id)
        if ix is None or not opened.taken.enrolled[ix]:
            raise NoStatementError(f"{distributor_id} had not joined by the end of the period of run {run.id}.")
        return opened, ix

    async def _run(self, period_name: str | None, include_uncommitted: bool, calendar: str) -> Run:
        if period_name is None:
            asked: list[tuple[str, int]] = [
                (period.calendar, period.number) for period in reversed(await self._periods.all(calendar))
            ]
        else:
            asked = [(calendar_of(period_name), number_of(period_name))]
        for period in asked:
            for run in await self._runs.of_period(*period):
                if run.committed or (include_uncommitted and run.state in UNCOMMITTED):
                    return run
        if period_name is not None:
            await self._periods.get(period_name)  # which says when there is no such period
        where = period_name or "any period"
        raise NoRunError(f"There is no committed run of {where} yet; pay is shown once the company has committed it.")


def statement_of(
    opened: OpenedRun, ix: int, asked_lines: Part = FIRST_LINES, asked_misses: Part = FIRST_MISSES
) -> Statement:
    """What a run says to one of its people. Counts and sums are of whole columns; only what is asked for is told row by
    row, each with its walk up the tree, so that a leader of a million lines costs what anybody does."""
    result, plan = opened.result, opened.plan
    lines = rows_of(result.lines.earner, ix)
    misses = rows_of(result.misses.person, ix)
    rank = int(result.ranks.pay[ix])
    line_sums = _line_sums(opened, lines)
    return Statement(
        run=opened.run,
        distributor=opened.taken.ids[ix],
        currency=plan.currency,
        rounding=plan.rounding,
        amount=int(result.balances.paid[ix]),
        earned=sum(one.amount for one in line_sums),
        balance=_balance(plan, result, ix),
        clawbacks=[*islice(clawbacks_of(opened, ix), CLAWBACKS_TOLD)],
        rank=plan.rank_names[rank] if rank >= 0 else None,
        decision=opened.taken.decisions.get(ix),
        line_count=len(lines),
        line_sums=line_sums,
        lines=[line_of(opened, row) for row in _part_of(lines, asked_lines)],
        miss_count=len(misses),
        miss_sums=_miss_sums(opened, misses),
        misses=[miss_of(opened, row) for row in _part_of(misses, asked_misses)],
        because=_because(opened, ix),
        carry=_carry(result, ix),
        rounded_per=plan.rounded_per,
    )


def _balance(plan: Plan, result: Result, ix: int) -> BalanceOver | None:
    balances = result.balances
    brought, earned, taken_back, _, carried = (int(column[ix]) for _, column in balances.columns())
    if plan.payout is None and not taken_back:
        return None
    return BalanceOver(brought, taken_back, carried, payout_words(plan, earned, taken_back, brought, carried))


def clawbacks_of(opened: OpenedRun, ix: int) -> Iterator[StatementClawback]:
    """All that returns take back of a person."""
    snapshot, currency, ids = opened.taken.snapshot, opened.plan.currency, opened.taken.ids
    rows = snapshot.clawbacks
    first, after = np.searchsorted(rows.person, [ix, ix + 1]).tolist()
    for row in range(first, after):
        bonus, order, amount = snapshot.clawed[int(rows.bonus[row])], int(rows.order[row]), int(rows.amount[row])
        source, returned = ids[int(snapshot.orders.seller[order])], opened.taken.order_ids[order]
        whose = source if snapshot.orders.buyer[order] >= 0 else f"a customer of {source}"
        told = f"{from_minor(amount)} {currency}: taken back of {bonus}, which paid it on an order of {whose}"
        yield StatementClawback(bonus, amount, returned, source, f"{told} that came back as {returned}")


def _periods_met(opened: OpenedRun, card: RankCard) -> list[PeriodMet]:
    """What was met in this period and in each before that a rank looks at."""
    run = opened.run
    told = [
        (name_of(run.calendar, run.period), run.id),
        *((each.name, each.run) for each in opened.taken.snapshot.past),
    ]
    return [PeriodMet(*of, met) for of, met in zip(told, card.periods_met, strict=False)]


def _part_of(rows: range, asked: Part) -> range:
    return rows[asked.offset : asked.offset + asked.limit]


def _line_sums(opened: OpenedRun, rows: range) -> list[LineSum]:
    lines, mine = opened.result.lines, slice(rows.start, rows.stop)
    pairs, of = _groups(lines.bonus[mine], lines.paid_level[mine])
    counts, amounts = np.bincount(of, minlength=len(pairs)), scatter_sums(of, lines.amount[mine], len(pairs))
    return [
        LineSum(opened.plan.bonuses[bonus].name, paid_level, int(counts[at]), int(amounts[at]))
        for at, (bonus, paid_level) in enumerate(pairs)
    ]


def _miss_sums(opened: OpenedRun, rows: range) -> list[MissSum]:
    misses, mine = opened.result.misses, slice(rows.start, rows.stop)
    pairs, of = _groups(misses.bonus[mine], misses.reason[mine])
    counts = np.bincount(of, minlength=len(pairs))
    forgone, breakage = (scatter_sums(of, column[mine], len(pairs)) for column in (misses.forgone, misses.breakage))
    return [
        MissSum(
            opened.plan.bonuses[bonus].name,
            _reason_name(reason),
            int(counts[at]),
            int(forgone[at]),
            int(breakage[at]),
        )
        for at, (bonus, reason) in enumerate(pairs)
    ]


def _groups(bonus: Int16s, within: NDArray[np.signedinteger[Any]]) -> tuple[list[tuple[int, int]], Int64s]:
    """The pairs of a bonus and a number within it that occur, in order, and which of them each row is of. No number is
    negative, and all are small."""
    if not len(bonus):
        return [], np.zeros(0, np.int64)
    width = int(within.max()) + 1
    key = bonus.astype(np.int64) * width + within
    occurring = np.flatnonzero(np.bincount(key))
    place = np.zeros(int(occurring[-1]) + 1, np.int64)
    place[occurring] = np.arange(len(occurring))
    return [divmod(each, width) for each in occurring.tolist()], place[key]


def line_of(opened: OpenedRun, row: int) -> StatementLine:
    """A line of a run as its earner's statement tells it."""
    lines, plan = opened.result.lines, opened.plan
    order, source, rank = int(lines.order[row]), int(lines.source[row]), int(lines.rank[row])
    ids = opened.taken.ids
    bonus, snapshot = plan.bonuses[int(lines.bonus[row])], opened.taken.snapshot
    walked = path(snapshot, bonus, order, int(lines.earner[row])) if order >= 0 else ()
    return StatementLine(
        bonus=bonus.name,
        amount=int(lines.amount[row]),
        raw=int(lines.raw[row]),
        exact=exact_share(plan, opened.result, row),
        base=int(lines.base[row]),
        rate_num=int(lines.rate_num[row]),
        rate_den=int(lines.rate_den[row]),
        level=int(lines.level[row]),
        paid_level=int(lines.paid_level[row]),
        rank=plan.rank_names[rank] if rank >= 0 else None,
        source=ids[source] if source >= 0 else None,
        order=opened.taken.order_ids[order] if order >= 0 else None,
        path=[ids[ix] for ix in walked],
        skipped=[SkippedPerson(ids[skip.person], skip.reason) for skip in skips(snapshot, plan, opened.result, row)],
        words=explain_line(snapshot, plan, opened.result, row, opened.names),
    )


def miss_of(opened: OpenedRun, row: int) -> StatementMiss:
    """The same of a miss."""
    misses, plan = opened.result.misses, opened.plan
    order = int(misses.order[row])
    seller = int(opened.taken.snapshot.orders.seller[order]) if order >= 0 else -1
    return StatementMiss(
        bonus=plan.bonuses[int(misses.bonus[row])].name,
        reason=_reason_name(int(misses.reason[row])),
        lack=lack_of(plan, opened.result, row),
        forgone=int(misses.forgone[row]),
        breakage=int(misses.breakage[row]),
        level=int(misses.level[row]),
        paid_level=int(misses.paid_level[row]),
        source=opened.taken.ids[seller] if seller >= 0 else None,
        order=opened.taken.order_ids[order] if order >= 0 else None,
        words=explain_miss(opened.taken.snapshot, plan, opened.result, row, opened.names),
    )


def _reason_name(reason: int) -> str:
    return Reason(reason).name.lower()


def _because(opened: OpenedRun, ix: int) -> list[StatementBecause]:
    plan = opened.plan
    found = why_nothing(opened.taken.snapshot, plan, opened.result, ix, opened.nearest_sales)
    return [
        StatementBecause(
            bonus=None if one.bonus is None else plan.bonuses[one.bonus].name,
            reason=one.cause,
            lack=one.lack,
            words=because_words(one),
        )
        for one in found
    ]


def _carry(result: Result, ix: int) -> list[CarryOver]:
    carry = result.carry
    return [
        CarryOver(
            leg=leg,
            brought_in=int(getattr(carry, f"{leg}_in")[ix]),
            new=int(getattr(carry, f"{leg}_new")[ix]),
            matched=int(getattr(carry, f"{leg}_matched")[ix]),
            flushed=int(getattr(carry, f"{leg}_flushed")[ix]),
            carried_out=int(getattr(carry, f"{leg}_out")[ix]),
        )
        for leg in ("left", "right")
    ]

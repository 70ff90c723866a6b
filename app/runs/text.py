"""Runs and statements as text, for the terminal."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Final

from app.amounts import exact_from_minor, from_minor
from app.clock import from_ms, zulu
from app.engine.because import Because
from app.engine.reasons import Lack
from app.runs.models import PastStatement, Payment, RankDecision, Run, RunStep, Statement
from app.spreadsheets import guarded

LINES_SHOWN = 8
SKIPPED = {
    "inactive_status": "status not active",
    "inactive_volume": "too little personal PV",
    "passed_over": "left the company",
    "rank_depth": "rank not paid on the level",
    "gate_customer_pv": "too little PV of own customers",
    "gate_customer_share": "too small a part from own customers",
    "gate_majority": "too small a part of the group from customers",
    "gate_customers": "too few own customers",
}
MISSED = {
    "inactive_status": "status not active",
    "inactive_volume": "too little personal PV",
    "rank_depth": "the rank is not paid this deep",
    "weak_leg_empty": "a leg without volume",
    "capped": "above the cap",
    "capped_owner": "all positions together above their cap",
    "capped_day": "days above the cap of a day",
    "gate_customer_pv": "too little PV of own customers",
    "gate_customer_share": "too small a part from own customers",
    "gate_majority": "too small a part of the group from customers",
    "gate_customers": "too few own customers",
}


def decision_words(decision: RankDecision) -> str:
    """`Director until 2026-12-31 by decision of ann: transfer`."""
    return f"{decision.rank} until {decision.until} by decision of {decision.author}: {decision.reason}"


def run_lines(run: Run) -> Iterator[str]:
    """What a run did, in a few lines."""
    state = f"{run.state}, {'final' if run.final else 'estimate: the period is still open'}"
    yield f"Run {run.id} ({state}) by plan {run.plan_name}"
    yield f"  {run.people:,} people and {run.orders:,} orders as known at fact {run.seq:,}"
    yield f"  {from_minor(run.amount):,} paid to {run.payees:,} people; {from_minor(run.breakage):,} paid to nobody"
    if run.balance_in or run.balance_out or run.taken_back:
        brought, back, carried = (from_minor(each) for each in (run.balance_in, -run.taken_back, run.balance_out))
        earned = from_minor(run.earned)
        yield f"  {earned:,} earned, {brought:,} brought in, {back:,} taken back, {carried:,} carried on"
    yield f"  result {run.hash}"
    if run.state == "partly_paid" or (run.state == "voided" and run.paid_people):
        yield f"  {from_minor(run.paid_amount):,} of it went to {run.paid_people:,} people"
    if run.supersedes:
        yield f"  it supersedes {run.supersedes}"
    if run.set_off_amount or run.overpaid_amount:
        set_off, overpaid = from_minor(run.set_off_amount), from_minor(run.overpaid_amount)
        yield f"  {set_off:,} of it was paid by voided runs of the period, which paid {overpaid:,} beyond it"
    if run.superseded_by:
        yield f"  {run.superseded_by} supersedes it"


def step_line(step: RunStep) -> str:
    """A step that a run took: when, what, who, why."""
    paid = f", {from_minor(step.paid_amount):,} to {step.paid_people:,} people" if step.step == "pay" else ""
    why = f": {step.reason}" if step.reason else ""
    return (
        f"{zulu(from_ms(step.recorded_at))}  fact {step.seq}  {step.step} to {step.state}{paid}, by {step.actor}{why}"
    )


def statement_lines(statement: Statement, *, shown: int = LINES_SHOWN) -> Iterator[str]:
    """A statement with the reason of each line, and of what was missed."""
    total = f"{from_minor(statement.amount):,} {statement.currency}"
    state = "final" if statement.run.committed else "estimate"
    rank = f", rank for pay {statement.rank}" if statement.rank else ""
    yield f"Statement of {statement.distributor}, run {statement.run.id} ({state}): {total}{rank}"
    if statement.decision is not None:
        yield f"{'':14}{decision_words(statement.decision)}"
    if statement.balance is not None:
        yield f"{'':14}{statement.balance.words}"
    for taken in statement.clawbacks[:shown]:
        yield f"  {from_minor(taken.amount):>10,}  {taken.words}"
    yield from _more(len(statement.clawbacks) - shown, "taken back")
    if statement.received:
        yield f"{'':14}{received_words(statement)}"
    for line in statement.lines[:shown]:
        yield f"  {from_minor(line.amount):>10,}  {line.bonus}: {line.words}"
        if rounded := line.raw - line.exact:
            exact, by = exact_from_minor(line.exact), exact_from_minor(rounded)
            yield f"{'':14}exactly {exact:f}, rounded by {by:+f} to {from_minor(line.raw)} ({_how_rounded(statement)})"
        if len(line.path) > 1:
            yield f"{'':14}path {' > '.join(line.path)}"
        if line.skipped:
            skipped = [f"{one.person} ({SKIPPED[one.reason]})" for one in line.skipped]
            yield f"{'':14}without a level {', '.join(skipped[:shown])}"
            yield from _more(len(skipped) - shown, "people without a level")
    yield from _more(statement.line_count - len(statement.lines[:shown]), "lines")
    for miss in statement.misses[:shown]:
        yield f"{'missed':>12}  {miss.bonus}: {miss.words}"
        yield f"{'':14}{lacking(miss.lack, statement.currency)}"
    yield from _more(statement.miss_count - len(statement.misses[:shown]), "missed lines")
    for one in statement.because:
        yield f"{'':14}{one.bonus}: {one.words}" if one.bonus else f"{'':14}{one.words}"


def _how_rounded(statement: Statement) -> str:
    """`half_up`, or `half_up, all lines of the bonus together`."""
    together = ", all lines of the bonus together" if statement.rounded_per == "total" else ""
    return f"{statement.rounding}{together}"


_BECAUSE: Final = {
    "inactive_status": "nothing is paid to the inactive, and your status was not active",
    "inactive_volume": "nothing is paid to the inactive: you had {0.actual} of {0.needed} personal PV, {0.gap} short",
    "gate_customer_pv": "it asks for {0.needed} PV of your own customers, and they bought {0.actual}",
    "gate_customer_share": "of your personal PV it asks for {0.needed} from your customers, and they bought {0.actual}",
    "gate_majority": "of your group's PV it asks for {0.needed} from customers, and they bought {0.actual}",
    "gate_customers": "it asks for {0.needed} different customers of yours who buy, and {0.actual} did",
    "no_place": "you have no {0.requirement}",
    "nobody_below": "there are no {0.requirement}, and no customer of yours bought anything that counts",
    "nobody_placed": "nobody is placed below you",
    "no_sale": "there were no {0.requirement}, and no customer of yours bought anything that counts",
    "too_deep": "the nearest sale is on your level {0.actual}, and the bonus pays {0.needed} levels",
    "unpaid_level": "the nearest sale is on your level {0.actual}, and the bonus pays only on {0.needed}",
    "rank_depth": "the level of the nearest sale needs rank {0.needed} for pay, and yours is {0.actual}",
    "leg_empty": "no volume to match: there is {0.actual} {0.requirement}",
    "leg_short": "too little for a cycle: there is {0.actual} {0.requirement} of the {0.needed} that it takes",
    "no_rate": "the plan gives it a rate of 0",
    "no_step": "your {0.requirement} is {0.actual}, and its lowest rate needs {0.needed}",
    "no_difference": "all that was sold below you was paid at your rate of {0.actual} or a higher one before you",
    "broken_away": "all that was sold below you belongs to groups that have broken away; an override needs rank "
    "{0.needed} for pay, and yours is {0.actual}",
    "no_override": "you had no {0.requirement}",
    "no_leader": "it is paid to leaders of groups that have broken away, from rank {0.needed} for pay on, and yours is "
    "{0.actual}",
    "no_group": "there are no {0.requirement}",
    "no_retail": "there were no {0.requirement}",
    "next_rank": "the next rank asks {0.requirement}: you have {0.actual} of {0.needed}, {0.gap} short",
}


def because_words(because: Because) -> str:
    """Why a bonus pays nothing, as one sentence to the person."""
    if because.cause == "next_rank" and because.lack.unit == "status":
        return f"the next rank asks to be {because.lack.requirement}, and you were not"
    words = _BECAUSE[because.cause].format(because.lack)
    return f"or else {words}" if because.instead else words


def past_statement_lines(statement: PastStatement) -> Iterator[str]:
    """A statement that was taken over."""
    total = f"{from_minor(statement.amount):,} {statement.currency}"
    yield f"Statement of {statement.distributor}, {statement.period}, taken over from the former system: {total}"
    for line in statement.lines:
        yield f"  {from_minor(line.amount):>10,}  {line.bonus}{f': {line.note}' if line.note else ''}"


def balance_lines(statement: Statement, balance: int | None) -> Iterator[str]:
    """What a person brought along into the period, where they did and the plan has no rule for it."""
    if balance and statement.balance is None:
        told = "balance taken over from the former system; the plan has no payout rule that nets it"
        yield f"  {from_minor(balance):>10,}  {told}"


def payments_csv(payments: Iterable[Payment]) -> str:
    """Whom a run pays how much, a row each."""
    sheet = StringIO()
    write = csv.writer(sheet, lineterminator="\n").writerow
    write(("distributor", "amount", "paid_before", "to_pay", "overpaid", "paid_by_fact"))
    for one in payments:
        money = (one.amount, one.received, one.to_pay, one.overpaid)
        write((guarded(one.distributor), *map(from_minor, money), one.paid_seq))
    return sheet.getvalue()


def received_words(statement: Statement) -> str:
    """What a person received before for the period, and what is left."""
    received, left = from_minor(statement.received), from_minor(statement.to_pay)
    beyond = statement.received - statement.amount
    more = f", {from_minor(beyond):,} {statement.currency} too much" if beyond > 0 else ""
    return (
        f"{received:,} {statement.currency} of it was paid before, by a run that was voided{more}: {left:,} is to pay"
    )


def lacking(lack: Lack, currency: str) -> str:
    """`personal PV: needed 100.00, actual 80.00, gap 20.00 PV`."""
    if lack.unit == "status":
        return f"{lack.requirement}: needed {lack.needed}, actual {lack.actual}"
    unit = {"rank": "ranks", "money": currency}.get(lack.unit, lack.unit)
    return f"{lack.requirement}: needed {lack.needed}, actual {lack.actual}, gap {lack.gap} {unit}"


def _more(count: int, what: str) -> Iterator[str]:
    if count > 0:
        yield f"{'':14}… and {count:,} more {what}"

"""What the runs' routes give."""

from dataclasses import asdict
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from app.engine.because import Cause
from app.engine.reasons import SkipReason, Unit
from app.facts.limits import MAX_PAID_AT_ONCE
from app.facts.runs import RunState, StepName
from app.periods.calendars import Calendar, name_of
from app.runs.models import RankDecision, Run
from app.runs.text import decision_words
from app.wire import Amount, Body, Day, ExactAmount, Id, Instant, Reason, ReceiptBody, amount, shown

FiguresKind = Literal["estimate", "final"]
Rounding = Literal["half_up", "half_even"]
RoundedPer = Literal["line", "total"]
RUN_EXAMPLE: Final[dict[str, Any]] = {
    "id": "2026-03-3f9a1c0b7d21",
    "calendar": "monthly",
    "period": "2026-03",
    "state": "committed",
    "figures": "final",
    "hash": "3f9a1c0b7d21" + "0" * 52,
    "plan": "binary 1",
    "plan_hash": "5b" * 32,
    "snapshot_hash": "c4" * 32,
    "code_version": "0.1.0",
    "seq": 4711,
    "people": 119,
    "orders": 84,
    "earners": 37,
    "earned": "1928.80",
    "taken_back": "0.00",
    "balance_in": "3.10",
    "balance_out": "11.50",
    "payees": 36,
    "amount": "1920.40",
    "breakage": "310.00",
    "calculated_at": "2026-04-03T06:00:04.000Z",
    "paid_people": 0,
    "paid_amount": "0.00",
    "set_off_people": 0,
    "set_off_amount": "0.00",
    "overpaid_amount": "0.00",
}


class RunBody(BaseModel):
    """A calculated run. Its hash covers what went in, the code, and what came out."""

    id: str = Field(examples=["2026-03-3f9a1c0b7d21"])
    calendar: str = Field(examples=["monthly"])
    period: str = Field(examples=["2026-03"])
    state: RunState = Field(description="How far it is on its way to pay", examples=["committed"])
    figures: FiguresKind = Field(description="Final once committed")
    hash: str
    plan: str = Field(examples=["binary 1"])
    plan_hash: str
    snapshot_hash: str
    code_version: str
    seq: int = Field(description="The last fact that counts")
    people: int
    orders: int
    earners: int = Field(description="Who earned something")
    earned: Amount = Field(description="All bonuses; earned + taken_back + balance_in = amount + balance_out")
    taken_back: Amount = Field(description="By returns after the close where the plan claws back, below zero")
    balance_in: Amount = Field(description="All that people brought along; below zero they owe the company")
    balance_out: Amount = Field(description="All that is carried on into the next period")
    payees: int = Field(description="Who is paid something")
    amount: Amount = Field(description="All that is paid out")
    breakage: Amount = Field(description="What the plan would have paid and nobody qualified for")
    calculated_at: Instant
    paid_people: int = Field(description="How many are paid; of a voided run too")
    paid_amount: Amount
    supersedes: str | None = Field(None, description="The voided run of the period whose place it took")
    superseded_by: str | None = Field(None, description="Of a voided run: the one that took its place")
    set_off_people: int = Field(description="Whom it owes nothing beyond what voided runs of the period paid")
    set_off_amount: Amount = Field(description="By how much less it pays than its statements say")
    overpaid_amount: Amount = Field(description="What voided runs of the period paid beyond them")

    @classmethod
    def of(cls, run: Run) -> "RunBody":
        """A run as it goes out."""
        return cls(
            id=run.id,
            calendar=run.calendar,
            period=name_of(run.calendar, run.period),
            state=run.state,
            figures="final" if run.committed else "estimate",
            hash=run.hash,
            plan=run.plan_name,
            plan_hash=run.plan_hash,
            snapshot_hash=run.snapshot_hash,
            code_version=run.code_version,
            seq=run.seq,
            people=run.people,
            orders=run.orders,
            earners=run.earners,
            earned=amount(run.earned),
            taken_back=amount(run.taken_back),
            balance_in=amount(run.balance_in),
            balance_out=amount(run.balance_out),
            payees=run.payees,
            amount=amount(run.amount),
            breakage=amount(run.breakage),
            calculated_at=run.calculated_at,
            paid_people=run.paid_people,
            paid_amount=amount(run.paid_amount),
            supersedes=run.supersedes,
            superseded_by=run.superseded_by,
            set_off_people=run.set_off_people,
            set_off_amount=amount(run.set_off_amount),
            overpaid_amount=amount(run.overpaid_amount),
        )


class RunsOf(BaseModel):
    """Whose runs a list is asked for."""

    model_config = ConfigDict(extra="forbid")

    calendar: Calendar = Field("monthly", description="Whose runs")
    state: RunState | None = Field(None, description="Only those in this state")


class RunsBody(BaseModel):
    """The newest hundred runs, newest first."""

    model_config = shown({"runs": [RUN_EXAMPLE]})

    runs: list[RunBody]


class StepBody(BaseModel):
    """A step that a run took, by the fact `seq`: who, when, why."""

    seq: int
    step: StepName
    state: RunState = Field(description="Where it led")
    actor: str
    reason: str
    at: Instant
    paid_people: int = Field(description="Paid by this step")
    paid_amount: Amount


STEP_EXAMPLE: Final[dict[str, Any]] = {
    "seq": 4720,
    "step": "commit",
    "state": "committed",
    "actor": "bob",
    "reason": "approved in the meeting of 3 April",
    "at": "2026-04-03T09:12:00.000Z",
    "paid_people": 0,
    "paid_amount": "0.00",
}


class RunHistoryBody(BaseModel):
    """A run and its newest thousand steps, oldest first."""

    model_config = shown({"run": RUN_EXAMPLE, "steps": [STEP_EXAMPLE]})

    run: RunBody
    steps: list[StepBody]


class RunStepping(Body):
    """A step of a run, and why."""

    model_config = shown({"step": "pay", "reason": "bank file 7", "distributors": ["D42", "D77"]})

    step: StepName = Field(description="send_back, unlock and void need a reason")
    reason: Reason = ""
    distributors: list[Id] = Field(
        [],
        max_length=MAX_PAID_AT_ONCE,
        description="Whom to pay, each once; everybody not paid yet when nobody is named. Only for pay",
    )


class RunStepReceipt(BaseModel):
    """Where the step led."""

    model_config = shown(
        {
            "run": "2026-03-3f9a1c0b7d21",
            "state": "partly_paid",
            "paid_people": 2,
            "paid_amount": "120.50",
            "receipt": {"seq": 4721, "kind": "StepRun", "recorded_at": "2026-04-04T06:00:00.000Z"},
        }
    )

    run: str
    state: RunState
    paid_people: int = Field(description="Paid by this step")
    paid_amount: Amount = Field(description="As the run's statements say")
    receipt: ReceiptBody


class OwnRunBody(BaseModel):
    """A run that pays a person, or paid them before it was voided."""

    id: str = Field(examples=["2026-03-3f9a1c0b7d21"])
    period: str = Field(examples=["2026-03"])
    state: RunState
    amount: Amount = Field(description="What it pays the person")
    paid: bool = Field(description="Whether they were paid that")
    paid_seq: int | None = Field(None, description="The fact by which they were; null before")
    paid_before: Amount = Field(description="By runs of the period that were voided")
    to_pay: Amount = Field(description="What is left of it")
    superseded_by: str | None = Field(None, description="Of a voided run: the one that took its place")


class PaymentBody(BaseModel):
    """What a run pays one person."""

    id: str = Field(examples=["D42"])
    amount: Amount = Field(description="Their statement")
    paid_before: Amount = Field(description="By runs of the period that were voided")
    to_pay: Amount = Field(description="What is left")
    overpaid: Amount = Field(description="What they received beyond their statement")
    paid_seq: int | None = Field(None, description="The fact by which they were paid; null before")


class PaymentsBody(BaseModel):
    """Everybody whom a run owes something, or whom one that was voided before it paid, in the order of enrolment."""

    model_config = shown(
        {
            "run": "2026-03-3f9a1c0b7d21",
            "payments": [
                {
                    "id": "D42",
                    "amount": "60.25",
                    "paid_before": "40.00",
                    "to_pay": "20.25",
                    "overpaid": "0.00",
                    "paid_seq": None,
                }
            ],
            "next": 42,
        }
    )

    run: str
    payments: list[PaymentBody]
    next: int | None = Field(description="To ask for those after them; null at the end")


class OwnRunsBody(BaseModel):
    """The newest hundred of them, newest period first."""

    model_config = shown(
        {
            "id": "D42",
            "runs": [
                {
                    "id": "2026-03-3f9a1c0b7d21",
                    "period": "2026-03",
                    "state": "partly_paid",
                    "amount": "60.25",
                    "paid": True,
                    "paid_seq": 4721,
                    "paid_before": "0.00",
                    "to_pay": "60.25",
                }
            ],
        }
    )

    id: str
    runs: list[OwnRunBody]


class CheckBody(BaseModel):
    """One requirement of a rank."""

    measure: str = Field(description="What it looks at, by its name in the run's files", examples=["personal_pv"])
    requirement: str = Field(description="The same in words", examples=["personal PV"])
    required: str = Field(description="A volume with two decimals, or a count", examples=["100.00"])
    actual: str = Field(examples=["80.00"])
    met: bool
    missing: str = Field(description="required - actual; 0 when met", examples=["20.00"])
    unit: Unit


class PeriodMetBody(BaseModel):
    """Whether all that a rank asks, or a higher one, was met in a period."""

    period: str = Field(examples=["2026-02"])
    run: str | None = Field(description="The run that says so; null where the period has none, which counts as not met")
    met: bool


class RankCardBody(BaseModel):
    """All requirements of one rank."""

    rank: str = Field(examples=["Silver"])
    rules: Literal["requires", "maintain"] = Field(
        description="maintain: what the plan asks of somebody who reached that rank or a higher one before"
    )
    met: bool = Field(description="By what the person did, whoever decided what")
    checks: list[CheckBody]
    periods: list[PeriodMetBody] = Field(
        default=[], description="Of a rank that must be met in so many of the last periods: these, the latest first"
    )


class RankDecisionBody(BaseModel):
    """Somebody decided that a person is paid as that rank at least."""

    rank: str = Field(examples=["Director"])
    since: Day = Field(description="The first day; a period counts by its last day")
    until: Day = Field(description="The last day")
    author: str
    reason: str
    seq: int = Field(description="The fact that says so")
    words: str = Field(examples=["Director until 2026-12-31 by decision of ann: transfer from the Lisbon office"])

    @classmethod
    def of(cls, decision: RankDecision) -> Self:
        return cls(**asdict(decision), words=decision_words(decision))


_CHECK: Final[dict[str, Any]] = {
    "measure": "personal_pv",
    "requirement": "personal PV",
    "required": "100.00",
    "actual": "80.00",
    "met": False,
    "missing": "20.00",
    "unit": "PV",
}


class RankBody(BaseModel):
    """A person's ranks in a period, and what the next two need."""

    model_config = shown(
        {
            "id": "D42",
            "period": "2026-03",
            "figures": "final",
            "run": "2026-03-3f9a1c0b7d21",
            "seq": 4711,
            "rank": "Bronze",
            "title": "Bronze",
            "highest": "Bronze",
            "pay_rank": "Bronze",
            "active": True,
            "earned": {
                "rank": "Bronze",
                "rules": "maintain",
                "met": True,
                "checks": [_CHECK | {"required": "50.00", "met": True, "missing": "0.00"}],
            },
            "next": [{"rank": "Silver", "rules": "requires", "met": False, "checks": [_CHECK]}],
        }
    )

    id: str
    period: str | None = Field(description="Null when there is no run to tell from", examples=["2026-03"])
    figures: FiguresKind | None
    run: str | None = Field(None, description="The run that tells")
    seq: int | None = Field(None, description="The last fact that counts")
    rank: str | None = Field(description="Paid as: earned in the period, or decided by somebody")
    title: str | None = Field(description="As the enrolment says it")
    highest: str | None = Field(
        None, description="The highest of both and of what was earned in any period before; decisions do not count"
    )
    pay_rank: str | None = Field(description="The one the period's pay was calculated by")
    highest_rank: str | None = Field(
        None, description="The highest by the newest committed run, or as a former system told"
    )
    decision: RankDecisionBody | None = Field(None, description="The rank that somebody decided, in that period")
    active: bool | None
    earned: RankCardBody | None = Field(
        description="The requirements of the rank paid as; null without one, and to a distributor of others"
    )
    next: list[RankCardBody] = Field(
        description="Those of the next two ranks above it, the lower first; none of others to a distributor"
    )
    note: str | None = Field(None, description="Why there is no rank to show; null when there is one")


class SkippedBody(BaseModel):
    """Somebody on the path who took no level."""

    person: str
    reason: SkipReason = Field(
        description="inactive_status, inactive_volume: inactive by the plan; passed_over: they left the company; "
        "rank_depth: their rank is not paid on the level that came, under dynamic compression; gate_customer_pv, "
        "gate_customer_share, gate_majority, gate_customers: too little was bought by customers, or by too few, for a "
        "gate of the bonus"
    )


class LineBody(BaseModel):
    """One amount paid, and why: base x rate = exact, exact + rounded_by = raw, and amount is raw up to the caps.

    By volume ratio the base is a fraction: `base` is rounded down, and `exact` ends at ten decimals; where days have a
    cap, each is rounded by itself, and `exact` is what they add up to.
    """

    bonus: str
    amount: Amount = Field(description="Paid")
    raw: Amount = Field(description="Before any cap")
    exact: ExactAmount = Field(description="Before rounding, with all its decimals")
    rounded_by: ExactAmount = Field(description="What rounding added; negative where it took away")
    base: Amount = Field(description="The CV the rate was applied to")
    rate: str = Field(description="An exact fraction", examples=["1/20"])
    level: int = Field(description="Levels from the seller, counted in the tree")
    paid_level: int = Field(
        description="Levels counted by the plan, after compression; of a differential bonus how many are paid up to it"
    )
    rank: str | None
    source: str | None = Field(description="Whose sale or volume")
    order: str | None
    path: list[str] = Field(description="From the source up to the earner")
    skipped: list[SkippedBody] = Field(description="Who on the path took no level, nearest the source first")
    words: str


class LackBody(BaseModel):
    """A requirement that was not met: PV, CV and money with two decimals, ranks and statuses by name, else counts."""

    requirement: str = Field(examples=["personal PV"])
    needed: str = Field(examples=["100.00"])
    actual: str = Field(examples=["80.00"])
    gap: str = Field(
        description="What was missing, and of a cap what was above it; of ranks how many lie between",
        examples=["20.00"],
    )
    unit: Unit


class MissBody(LackBody):
    """One amount not paid, and what it would have needed."""

    bonus: str
    reason: str
    forgone: Amount
    breakage: Amount = Field(description="The part of it that nobody was paid")
    level: int
    paid_level: int = Field(description="The level it would have been paid as")
    source: str | None
    order: str | None
    words: str


class BecauseBody(LackBody):
    """Why a bonus has neither a line nor a miss; or what the next rank asks, of who is paid nothing."""

    bonus: str | None = Field(description="Null where it is so of every bonus")
    reason: Cause
    words: str


class CarryBody(BaseModel):
    """Binary CV of one leg: brought_in + new = matched + flushed + carried_out."""

    leg: str = Field(examples=["left"])
    brought_in: Amount
    new: Amount
    matched: Amount
    flushed: Amount
    carried_out: Amount


class PastLineBody(BaseModel):
    """What the former system paid by one bonus."""

    bonus: str
    amount: Amount
    note: str


class PastStatementBody(BaseModel):
    """A statement that was taken over from a former system: what it paid, without reasons."""

    model_config = shown(
        {
            "id": "D1",
            "period": "2025-12",
            "figures": "final",
            "taken_over": True,
            "seq": 4711,
            "currency": "EUR",
            "amount": "4.83",
            "lines": [{"bonus": "unilevel", "amount": "4.83", "note": ""}],
        }
    )

    id: str
    period: str
    figures: Literal["final"]
    taken_over: Literal[True]
    seq: int = Field(description="The fact that tells it")
    currency: str
    amount: Amount
    lines: list[PastLineBody]


class LineSumBody(BaseModel):
    """All lines of a bonus on one paid level."""

    bonus: str
    paid_level: int = Field(description="0 where the bonus has no levels")
    lines: int
    amount: Amount


class MissSumBody(BaseModel):
    """All misses of a bonus for one reason."""

    bonus: str
    reason: str
    misses: int
    forgone: Amount
    breakage: Amount = Field(description="The part that nobody was paid")


class ClawbackBody(BaseModel):
    """What a return after the close takes back of what an earlier run paid on its order."""

    bonus: str
    amount: Amount = Field(description="Below zero")
    order: str = Field(description="The return's own number")
    source: str = Field(description="Whose sale came back")
    words: str


class BalanceBody(BaseModel):
    """What becomes of it all: brought_in + earned + taken_back = paid + carried_out."""

    brought_in: Amount = Field(description="Below zero when they owed the company")
    earned: Amount
    taken_back: Amount = Field(description="By returns after the close, below zero")
    paid: Amount
    carried_out: Amount = Field(description="Into the next period; below zero when they owe the company")
    words: str


class StatementBody(BaseModel):
    """What a person is paid for a period, with the reason of every line. All lines together add up to `amount`."""

    model_config = shown(
        {
            "id": "D1",
            "period": "2026-03",
            "figures": "final",
            "run": "2026-03-3f9a1c0b7d21",
            "seq": 4711,
            "currency": "EUR",
            "rounding": "half_up",
            "rounded_per": "line",
            "amount": "4.83",
            "paid_before": "0.00",
            "to_pay": "4.83",
            "earned": "4.83",
            "rank": "Silver",
            "line_count": 1,
            "line_sums": [{"bonus": "unilevel", "paid_level": 1, "lines": 1, "amount": "4.83"}],
            "lines": [
                {
                    "bonus": "unilevel",
                    "amount": "4.83",
                    "raw": "4.83",
                    "exact": "4.825",
                    "rounded_by": "0.005",
                    "base": "96.50",
                    "rate": "1/20",
                    "level": 2,
                    "paid_level": 1,
                    "rank": "Silver",
                    "source": "D42",
                    "order": "O-10017",
                    "path": ["D42", "D7", "D1"],
                    "skipped": [{"person": "D7", "reason": "inactive_volume"}],
                    "words": "5 % of 96.50 CV from order O-10017 of D42, level 1 after compression",
                }
            ],
            "misses": [
                {
                    "bonus": "unilevel",
                    "reason": "rank_depth",
                    "requirement": "rank for pay",
                    "needed": "Gold",
                    "actual": "Silver",
                    "gap": "1",
                    "unit": "rank",
                    "forgone": "1.20",
                    "breakage": "1.20",
                    "level": 4,
                    "paid_level": 4,
                    "source": "D99",
                    "order": "O-10020",
                    "words": "level 4 is paid from Gold on",
                }
            ],
            "miss_count": 1,
            "miss_sums": [
                {"bonus": "unilevel", "reason": "rank_depth", "misses": 1, "forgone": "1.20", "breakage": "1.20"}
            ],
            "because": [
                {
                    "bonus": "Team",
                    "reason": "leg_empty",
                    "requirement": "CV in the right leg",
                    "needed": "0.01",
                    "actual": "0.00",
                    "gap": "0.01",
                    "unit": "CV",
                    "words": "no volume to match: there is 0.00 CV in the right leg",
                }
            ],
            "carry": [
                {
                    "leg": "left",
                    "brought_in": "0.00",
                    "new": "200.00",
                    "matched": "200.00",
                    "flushed": "0.00",
                    "carried_out": "0.00",
                }
            ],
        }
    )

    id: str
    period: str
    figures: FiguresKind
    run: str
    seq: int = Field(description="The last fact that counts")
    currency: str = Field(examples=["EUR"])
    rounding: Rounding = Field(
        description="To the smallest unit: halves away from zero (half_up) or to even (half_even)"
    )
    rounded_per: RoundedPer = Field(
        description="Each line by itself, or all lines of a bonus together, which share their total"
    )
    amount: Amount = Field(description="What is paid")
    paid_before: Amount = Field(description="Of it, or beyond it, for this period by runs that were voided")
    to_pay: Amount = Field(description="What is left of it")
    earned: Amount = Field(description="All lines added up; what is paid, where the plan has no payout rule")
    balance: BalanceBody | None = Field(None, description="Where the plan has a payout rule or something is taken back")
    clawbacks: list[ClawbackBody] = Field([], description="The first 200")
    rank: str | None
    decision: RankDecisionBody | None = Field(None, description="The rank that somebody decided, in that period")
    opening_balance: Amount | None = Field(
        None,
        description="Taken over from a former system at the beginning of the period; negative when owed to the company",
    )
    line_count: int = Field(description="Of all lines")
    line_sums: list[LineSumBody] = Field(description="All lines added up, by bonus and paid level")
    lines: list[LineBody] = Field(description="Those from `offset` on, up to `limit`")
    miss_count: int = Field(description="Of all misses")
    miss_sums: list[MissSumBody] = Field(description="All misses added up, by bonus and reason")
    misses: list[MissBody] = Field(description="Those from `miss_offset` on, up to `miss_limit`")
    because: list[BecauseBody] = Field(description="Of bonuses with neither a line nor a miss, why")
    carry: list[CarryBody]


STATEMENT_ANSWER: Final[dict[str, Any]] = {
    "description": "The statement.",
    "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}, "example": "%PDF-1.4 ..."}},
}
"""What the route answers beside JSON."""

"""What routes give of statements: lines, misses, and what is left over."""

from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from app.engine.because import Cause
from app.engine.reasons import SkipReason, Unit
from app.runs.rank_schemas import RankDecisionBody
from app.runs.schemas import FiguresKind, RoundedPer, Rounding
from app.wire import Amount, ExactAmount, shown


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

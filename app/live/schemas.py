"""What the route of live ranks and pay gives."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from app.runs.rank_schemas import RankCardBody
from app.wire import Amount, AsOf, shown

SourceName = Annotated[
    Literal["live", "preview"],
    Field(description="live: kept up with the facts by a worker; preview: by the newest run of the period"),
]
_LIVE: Final[dict[str, Any]] = {"source": "live", "as_of": {"seq": 4711, "at": "2026-03-05T09:30:00.250Z"}, "run": None}
_CHECK: Final[dict[str, Any]] = {
    "measure": "group_pv",
    "requirement": "group PV",
    "required": "500.00",
    "actual": "420.00",
    "met": False,
    "missing": "80.00",
    "unit": "PV",
}
_CARD: Final[dict[str, Any]] = {
    "rank": "Bronze",
    "rules": "requires",
    "met": True,
    "checks": [_CHECK | {"required": "100.00", "met": True, "missing": "0.00"}],
}
_PAY: Final[dict[str, Any]] = _LIVE | {"as_of": {"seq": 4650, "at": "2026-03-05T09:29:51.100Z"}}


class FigureSource(BaseModel):
    """Where a figure comes from, and as of when."""

    source: SourceName
    as_of: AsOf = Field(description="It knows every fact up to this one")
    run: str | None = Field(None, description="The run, of a preview")


class MatchedBody(BaseModel):
    """What the legs of a binary position have matched so far, CV."""

    left: Amount
    right: Amount


class LiveRankBody(FigureSource):
    """The rank of a period so far, and what the next two need."""

    rank: str | None = Field(description="Paid as, were the period to end now; by what is known, or by a decision")
    title: str | None = Field(description="As the enrolment says it")
    highest: str | None = Field(description="The highest of both and of what was earned in any period before")
    pay_rank: str | None = Field(description="The one that pay goes by")
    active: bool
    earned: RankCardBody | None = Field(
        description="The requirements of that rank; null without one, and to a distributor of others"
    )
    next: list[RankCardBody] = Field(
        description="Those of the next two ranks above it, the lower first; none of others to a distributor"
    )


class LiveBonusBody(FigureSource):
    """What one bonus comes to so far."""

    name: str = Field(examples=["Team bonus"])
    type: str = Field(examples=["binary"])
    amount: Amount = Field(
        description="An estimate: later orders, returns, moves and caps change it. What returns after the close take "
        "back is not in it, but in `pay.taken_back`"
    )
    matched: MatchedBody | None = Field(None, description="Of a binary bonus")


class LivePayBody(FigureSource):
    """What all bonuses come to so far, and what is paid of it."""

    earned: Amount = Field(description="The bonuses added up, without what is taken back")
    taken_back: Amount = Field(
        description="Zero, or below it what returns after the close take back of what earlier runs paid, where the "
        "plan claws back"
    )
    amount: Amount = Field(
        description="What would be paid: `earned`, `taken_back` and what is owed from before, by the plan's payout rule"
    )


class LiveBody(BaseModel):
    """How somebody stands in an open period."""

    model_config = shown(
        {
            "id": "D42",
            "period": "2026-03",
            "plan": "Sample hybrid 2026.1",
            "currency": "EUR",
            "rank": _LIVE
            | {
                "rank": "Bronze",
                "title": "Bronze",
                "highest": "Bronze",
                "pay_rank": "Bronze",
                "active": True,
                "earned": _CARD,
                "next": [_CARD | {"rank": "Silver", "met": False, "checks": [_CHECK]}],
            },
            "bonuses": [
                _PAY | {"name": "Levels", "type": "unilevel", "amount": "40.25", "matched": None},
                _PAY
                | {
                    "name": "Team",
                    "type": "binary",
                    "amount": "12.00",
                    "matched": {"left": "120.00", "right": "120.00"},
                },
            ],
            "pay": _PAY | {"earned": "52.25", "taken_back": "-4.00", "amount": "48.25"},
        }
    )

    id: str
    period: str = Field(examples=["2026-03"])
    plan: str = Field(description="By which the period is estimated")
    currency: str = Field(examples=["EUR"])
    rank: LiveRankBody
    bonuses: list[LiveBonusBody] | None = Field(
        description="Each bonus of the plan; null while none was worked out yet, and to a distributor of others"
    )
    pay: LivePayBody | None = Field(
        description="All of them together, and what returns take back; null as `bonuses` is"
    )

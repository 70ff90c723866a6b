"""What the routes of decided ranks take and give."""

from pydantic import BaseModel, ConfigDict, Field

from app.wire import Body, Day, GivenReason, Instant, ReceiptBody, Text, shown

_RECEIPT = {"seq": 1208, "kind": "OverrideRank", "recorded_at": "2026-03-02T10:00:01.250Z"}


class RankOverrideRequest(Body):
    """A person is paid as at least a rank."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"rank": "Gold", "since": "2026-03-01", "until": "2026-12-31", "reason": "moved from Lisbon"}]
        }
    )

    rank: Text = Field(min_length=1, description="Of the plan that pays; a run whose plan does not know it is refused")
    since: Day = Field(description="The first day; a period counts by its last day, in its zone")
    until: Day = Field(description="The last day")
    reason: GivenReason


class RankOverrideEnd(Body):
    """No rank is decided any more."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"since": "2026-09-01", "reason": "the transfer was taken back"}]}
    )

    since: Day = Field(description="The first day on which what was decided does not count any more")
    reason: GivenReason


class RankOverrideAnswer(BaseModel):
    """What was decided."""

    model_config = shown(
        {"distributor_id": "D42", "rank": "Gold", "since": "2026-03-01", "until": "2026-12-31", "receipt": _RECEIPT}
    )

    distributor_id: str
    rank: str | None = Field(description="Null: none any more")
    since: Day
    until: Day | None
    receipt: ReceiptBody


class SaidOfRankBody(BaseModel):
    """One decision. What is said later takes the place of what was said before of the same days and of all after."""

    rank: str | None = Field(description="Null: none any more, from `since` on")
    since: Day
    until: Day | None
    author: str
    reason: str
    seq: int = Field(description="The fact that says so")
    recorded_at: Instant


class SaidOfRankList(BaseModel):
    """All that was decided of somebody's rank, in the order in which it was said."""

    model_config = shown(
        {
            "id": "D42",
            "overrides": [
                {
                    "rank": "Gold",
                    "since": "2026-03-01",
                    "until": "2026-12-31",
                    "author": "ann",
                    "reason": "moved from Lisbon",
                    "seq": 1208,
                    "recorded_at": "2026-03-02T10:00:01.250Z",
                }
            ],
        }
    )

    id: str
    overrides: list[SaidOfRankBody]

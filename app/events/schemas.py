"""Events as they leave the service."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from app.events.models import MOST_AT_ONCE
from app.wire import Body, Instant, shown

EXAMPLE = {
    "seq": 1209,
    "type": "order.placed",
    "version": 1,
    "recorded_at": "2026-03-05T09:30:00.420Z",
    "valid_at": "2026-03-05T09:30:00.000Z",
    "distributor_id": "D42",
    "actor": "shop",
    "reason": "",
    "data": {
        "id": "O-10017",
        "buyer_id": "D42",
        "buyer_kind": "distributor",
        "placed_at": "2026-03-05T09:30:00.000Z",
        "pv": "120.00",
        "cv": "96.50",
        "periods": {"monthly": "2026-03"},
    },
}

NEW_RANK = {
    "type": "rank.changed",
    "version": 1,
    "distributor_id": "D42",
    "period": "2026-03",
    "before": "Member",
    "now": "Silver",
    "as_of_seq": 1209,
}
"""In a stream alone."""


class EventBody(BaseModel):
    """Something that happened."""

    model_config = shown(EXAMPLE)

    seq: int = Field(
        description="The number of the fact: without a gap, and in the order in which things were recorded"
    )
    type: str = Field(description="Such as order.placed; docs/events.md has all")
    version: Literal[1] = Field(description="Of the schema; new members do not raise it")
    recorded_at: Instant
    valid_at: Instant = Field(description="When it took effect")
    distributor_id: str | None = Field(description="Whom it is about, whose order it was, whose customer; null: nobody")
    actor: str | None = Field(description="Who said so; null to a distributor")
    reason: str | None = Field(description="Why; null to a distributor")
    data: dict[str, Any] = Field(description="What was asked and what was decided, by the type")


class EventsAnswer(BaseModel):
    """Events in their order."""

    model_config = shown({"events": [EXAMPLE], "next_after": 1209, "last": 4711})

    events: list[EventBody]
    next_after: int = Field(
        description="What to ask after for the next page; events that are not for you are passed over"
    )
    last: int = Field(description="The number of the last event there is; `next_after` reaches it at the end")


class GroupBody(Body):
    """Where a group goes on."""

    model_config = shown({"after": 0})

    after: int = Field(ge=0, le=2**53, description="The event after which it goes on; 0 begins with the first")


class GroupAnswer(BaseModel):
    """A group."""

    model_config = shown({"group": "warehouse", "done_to": 0})

    group: str
    done_to: int = Field(description="All events up to this one are done")


class TurnBody(Body):
    """What a consumer has done, and how much it takes."""

    model_config = shown({"done": [1207, 1208], "most": 100})

    done: list[Annotated[int, Field(ge=1, le=2**53)]] = Field(
        [], max_length=MOST_AT_ONCE, description="Numbers of events"
    )
    most: int = Field(100, ge=0, le=MOST_AT_ONCE, description="So many at most")


class TurnAnswer(BaseModel):
    """What the consumer holds now: what it was given and has not done, then new events."""

    model_config = shown({"events": [EXAMPLE], "done_to": 1208})

    events: list[EventBody]
    done_to: int = Field(description="The group has done all events up to this one")

"""What an event is, and what it may be called."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.errors import BanyanError, ConflictError, UnavailableError

VERSION: Final = 1
"""Of the schema of every event. A member that is added leaves it; one that goes, or means something else, raises it."""

TYPES: Final[Mapping[str, str]] = {
    "Enrol": "distributor.enrolled",
    "Place": "distributor.placed",
    "Prefer": "distributor.preference_set",
    "Move": "distributor.moved",
    "Vacate": "distributor.place_vacated",
    "Terminate": "distributor.terminated",
    "Reinstate": "distributor.reinstated",
    "PastMove": "distributor.past_move_told",
    "Opening": "distributor.opening_told",
    "PastStatement": "distributor.past_statement_told",
    "OverrideRank": "distributor.rank_decided",
    "Register": "customer.registered",
    "Order": "order.placed",
    "DateOrder": "order.dated",
    "Return": "order.returned",
    "OpenPeriod": "period.opened",
    "ClosePeriod": "period.closed",
    "ReopenPeriod": "period.reopened",
    "SetGraceDays": "period.grace_days_set",
    "RequestRun": "run.requested",
    "QueueRun": "run.queued",
    "CancelRun": "run.cancelled",
    "StepRun": "run.stepped",
    "CommitRun": "run.committed",
    "RegisterPlan": "plan.registered",
    "KeepMatrix": "company.matrix_kept",
    "SetMovePolicy": "company.move_policy_set",
    "Exported": "company.history_exported",
}
"""By kind of fact. Each fact is one event, with the fact's number."""

RANK_CHANGED: Final = "rank.changed"
"""No fact, and so without a number: told in streams alone, to whoever follows at the moment."""

MOST_AT_ONCE: Final = 500
"""Events in one answer."""

SEEN_BELOW: Final = frozenset(
    {
        "distributor.enrolled",
        "distributor.placed",
        "distributor.moved",
        "distributor.place_vacated",
        "distributor.terminated",
        "distributor.reinstated",
        "customer.registered",
        "order.placed",
        "order.dated",
        "order.returned",
    }
)
"""What a distributor is told of themselves and of everybody below them; the rest is for the staff."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. Instants are epoch milliseconds.

    `about`: the number (ix) of the distributor whom it is about, whose order it was or whose customer; None: nobody.
    `data`: what was asked and what was decided, as it leaves the service: ids, decimal text, ISO 8601.
    """

    seq: int
    type: str
    recorded_at: int
    valid_at: int
    actor: str
    reason: str
    about: int | None
    distributor_id: str | None
    data: dict[str, Any]


class NoSuchEventError(ConflictError):
    """Somebody goes on after an event that never was: they heard another company, or a store that is gone."""

    title = "No such event"


class TooManyStreamsError(UnavailableError):
    """Each stream holds a connection as long as its reader likes."""

    status = 429
    title = "Too many streams"


class UnknownGroupError(BanyanError):
    """Nobody began that group."""

    status = 404
    title = "Unknown group"

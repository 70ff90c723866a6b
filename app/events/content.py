"""What an event says of a fact: the same for everybody who hears it, in the words of the API. Pure."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from app.amounts import from_minor
from app.clock import from_ms, zulu
from app.events.models import TYPES, VERSION, Event
from app.facts.calendars import CALENDARS
from app.facts.history import PastFact
from app.periods.calendars import name_of

_AMOUNTS: Final = frozenset(
    {
        *("pv", "cv", "carry_left", "carry_right", "balance", "amount"),
        *("paid_amount", "set_off_amount", "overpaid_amount"),
    }
)
_INSTANTS: Final = frozenset({"at", "since", "until"})
_ABOUT: Final = ("ix", "seller_ix", "distributor_ix")
"""Where a fact keeps whom it is about; the first that it has."""


def event_of(fact: PastFact, ids: Mapping[int, str]) -> Event:
    """The event of a fact; `ids` of those whom facts are about."""
    about = about_of(fact)
    return Event(
        fact.seq,
        TYPES[fact.kind],
        fact.recorded_at,
        fact.valid_at,
        fact.actor,
        fact.reason,
        about,
        None if about is None else ids.get(about),
        _data_of(fact),
    )


def told(event: Event, *, of_staff: bool = True) -> dict[str, Any]:
    """An event as it leaves: to the staff, or to a distributor, who is not told who said so and why."""
    return {
        "seq": event.seq,
        "type": event.type,
        "version": VERSION,
        "recorded_at": zulu(from_ms(event.recorded_at)),
        "valid_at": zulu(from_ms(event.valid_at)),
        "distributor_id": event.distributor_id,
        "actor": event.actor if of_staff else None,
        "reason": event.reason if of_staff else None,
        "data": event.data,
    }


def about_of(fact: PastFact) -> int | None:
    """The number of the distributor whom a fact is about; None: nobody."""
    found = (fact.decided[name] for name in _ABOUT if fact.decided.get(name) is not None)
    return next((int(ix) for ix in found if ix >= 0), None)


def _data_of(fact: PastFact) -> dict[str, Any]:
    """What was asked, then what was decided. The inner numbers of people stay inside; the periods that an order counts
    in have their names."""
    data = _shown(orjson.loads(fact.body))
    del data["kind"]
    periods = {}
    for name, value in fact.decided.items():
        if name in CALENDARS:
            periods[name] = None if value is None else name_of(name, value)
        elif name not in data and not (name == "ix" or name.endswith("_ix")):
            data[name] = _value(name, value)
    return data | ({"periods": periods} if periods else {})


def _shown(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in said.items()}


def _value(name: str, value: Any) -> Any:
    match value:
        case dict():
            return _shown(value)
        case list():
            return [_value(name, one) for one in value]
        case bool():
            return value
        case int() if name in _AMOUNTS:
            return str(from_minor(value))
        case int() if name in _INSTANTS or name.endswith("_at"):
            return zulu(from_ms(value))
    return value

"""What periods say of themselves in the graph is copied from the facts that opened and closed them: whether it still is
so. Whatever else is audited of a period goes by the facts."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from app.audit.copies import same
from app.audit.steps import OfCalendar
from app.clock import from_ms
from app.facts.calendars import PLACED
from app.periods.models import Period

_OPENED: Final = {
    **dict.fromkeys(("calendar", "name", "zone"), str),
    **dict.fromkeys(("number", "starts_at", "ends_at"), int),
}
"""What every period says, and of which type."""
_OF_ITS_RUN: Final = frozenset({"run", "voided_run"})
"""What the steps of runs leave on a period: app/audit/steps.py follows them."""
_UNREADABLE: Final = (AttributeError, LookupError, TypeError, ValueError)


class ToldPeriods:
    """Follows the facts of all periods in their order. One that cannot be read is left out: the walk along the chain
    names it."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self._told: dict[OfCalendar, dict[str, Any]] = {}
        for seq, kind, body in zip(*(row[name] for name in ("seqs", "kinds", "bodies")), strict=True):
            try:
                self._follow(seq, kind, orjson.loads(body))
            except _UNREADABLE:
                continue
        self.problems = tuple(self._problems(row["periods"]))
        """Where what is stored says something else."""

    def period(self, of: OfCalendar) -> Period | None:
        """As the facts tell it, without its run; None where they do not."""
        said = self._told.get(of)
        try:
            return None if said is None else _period_of(said)
        except (*_UNREADABLE, ArithmeticError, OSError):  # an instant that is none
            return None

    def before(self, opens: Mapping[str, int]) -> dict[OfCalendar, OfCalendar]:
        """Of each period that carries on from another one, which. `opens` by calendar: the period that begins with
        figures of a former system."""
        ending = {(of[0], said["ends_at"]): of for of, said in self._told.items()}
        return {
            of: ending[of[0], said["starts_at"]]
            for of, said in self._told.items()
            if (of[0], said["starts_at"]) in ending and opens.get(of[0]) != of[1]
        }

    def _follow(self, seq: int, kind: str, said: dict[str, Any]) -> None:
        of = said["calendar"], said["number"]
        match kind:
            case "OpenPeriod":
                if any(type(said[name]) is not of_type for name, of_type in _OPENED.items()):
                    raise TypeError("not as a period is opened")
                self._told[of] = {
                    **{name: said[name] for name in _OPENED},
                    "grace_ends_at": said["grace_ends_at"],
                    "commission_date": said.get("commission_date"),
                    "state": "open",
                    "opened_seq": seq,
                    "closed_seq": None,
                    "turns": None,
                }
            case "ClosePeriod":
                self._told[of] |= {"state": "closed", "closed_seq": seq}
            case "ReopenPeriod":
                was = self._told[of]
                turns = [*_turns(was), was["closed_seq"], seq]
                was |= {"state": "open", "turns": turns, "closed_seq": None, "grace_ends_at": None}
            case "SetGraceDays":
                self._told[of]["grace_ends_at"] = said["grace_ends_at"]

    def _problems(self, stored: list[dict[str, Any]]) -> Iterator[str]:
        left = dict(self._told)
        for said in stored:
            calendar, number = said.get("calendar"), said.get("number")
            is_so = left.pop((calendar, number), None) if type(calendar) is str and type(number) is int else None
            if is_so is None:
                yield f"Period {said.get('name')}, number {number} of {calendar!r}, is stored, and no fact opened it."
                continue
            for name in sorted((said.keys() | is_so.keys()) - _OF_ITS_RUN):
                if not same(said.get(name), is_so.get(name)):
                    yield (
                        f"Period {is_so['name']} says {name} {said.get(name)!r}; by the facts it is "
                        f"{is_so.get(name)!r}."
                    )
        for is_so in left.values():
            yield f"Period {is_so['name']}, which fact {is_so['opened_seq']} opened, is not stored."


def _turns(said: Mapping[str, Any]) -> list[int]:
    """The facts that opened it, and closed it before it was opened again."""
    turns: list[int] = said["turns"] or [said["opened_seq"]]
    return turns


def _period_of(said: Mapping[str, Any]) -> Period:
    grace, closed = said["grace_ends_at"], said["closed_seq"]
    return Period(
        **{name: said[name] for name in ("calendar", "number", "name", "zone", "state")},
        starts_at=from_ms(said["starts_at"]),
        ends_at=from_ms(said["ends_at"]),
        grace_ends_at=None if grace is None else from_ms(grace),
        commission_date=said["commission_date"] or PLACED,
        turns=(*_turns(said), *([] if closed is None else [closed])),
        run=None,
    )

"""The steps of runs by their facts alone: what they must have left on runs and periods."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.audit.models import SteppedRun
from app.facts.runs import committed_of, marks_of, stepped_of, to_pay

_UNREADABLE: Final = (AttributeError, LookupError, TypeError, ValueError)
OfPeriod = tuple[str | None, str | None]
"""The run that is a period's pay, and the voided one that no other superseded yet."""
NO_RUN: Final[OfPeriod] = (None, None)
OfCalendar = tuple[str, int]
"""A period by its calendar and number."""


@dataclass(slots=True)
class _Replayed:
    """A run while its facts are read."""

    said: dict[str, Any]
    marks: dict[str, Any] = field(default_factory=dict)
    paid: dict[str, int] = field(default_factory=dict)
    paid_by: dict[int, tuple[tuple[str, ...], int]] = field(default_factory=dict)


class Replay:
    """Follows the steps of every run in the order of their facts. A fact that cannot be read is left out: the walk
    along the chain names it."""

    def __init__(self, row: Mapping[str, Any], before: Mapping[OfCalendar, OfCalendar]) -> None:
        """`before` names the period that each one carries on from, of those that begin with no opening figures."""
        self._before = before
        self._runs: dict[str, _Replayed] = {}
        self.periods: dict[OfCalendar, OfPeriod] = defaultdict(lambda: NO_RUN)
        columns = (row[name] for name in ("seqs", "kinds", "actors", "bodies", "decided"))
        for seq, kind, actor, body, decided in zip(*columns, strict=True):
            try:
                self._follow(kind, json.loads(body), actor, seq, decided)
            except _UNREADABLE:
                continue

    def runs(self) -> Iterator[SteppedRun]:
        """Every run that took a step, in the order of their first ones."""
        for run_id, run in self._runs.items():
            calendar, period, run_hash = (run.said[name] for name in ("calendar", "period", "run_hash"))
            committed_seq = run.marks.get("committed_seq")
            yield SteppedRun(run_id, calendar, period, run_hash, committed_seq, run.marks, run.paid, run.paid_by)

    def _follow(self, kind: str, said: dict[str, Any], actor: str, seq: int, decided: dict[str, Any]) -> None:
        run_id, of = said["run_id"], (said["calendar"], said["period"])
        if kind == "CommitRun":
            supersedes, stepped = decided["supersedes"], committed_of(said, actor, seq, decided)
            self.periods[of] = run_id, None
            if supersedes in self._runs:
                self._runs[supersedes].marks["superseded_by"] = run_id
        else:
            stepped = stepped_of(said["step"], said["distributors"], actor, seq, decided)
            if stepped.step == "void":
                self.periods[of] = None, run_id
        run = self._runs.setdefault(run_id, _Replayed(said))
        run.marks |= marks_of(stepped)
        if stepped.step == "send_back":
            run.marks.pop("carries_from", None)  # calculated again, it may begin with another
        elif stepped.step in ("review", "commit"):
            run.marks["carries_from"] = self.periods[self._before[of]][0] if of in self._before else None
        for name in ("paid_people", "paid_amount"):
            run.marks[name] = run.marks.get(name, 0) + getattr(stepped, name)
        if stepped.step == "pay":
            people = tuple(said["distributors"])
            run.paid |= dict.fromkeys(people, seq)
            run.paid_by[seq] = people, stepped.paid_amount


def standing_problems(replay: Replay, row: Mapping[str, Any]) -> Iterator[str]:
    """Where runs and periods say otherwise of the steps than the facts."""
    stored = {str(said.get("id")): dict(said) for said in row["runs"]}
    for run in replay.runs():
        said = stored.pop(run.run_id, None)
        if said is None:
            yield f"Run {run.run_id}, of which facts tell steps, says of none, or is not stored."
            continue
        open_still = {"carries_from"} - run.marks.keys()
        for name in sorted((said.keys() | run.marks.keys()) - {"id"} - open_still):
            told, is_so = said.get(name), run.marks.get(name)
            if told != is_so:
                yield f"Run {run.run_id} says {name} {told!r}; by the facts of its steps it is {is_so!r}."
    for id, said in stored.items():
        yield f"Run {id} says that it is {said.get('state')}, and no fact took it there."
    named = {
        (calendar, number): (run, voided)
        for calendar, number, run, voided in row["periods"]
        if type(calendar) is str and type(number) is int  # else what is stored is no period: app/audit/calendars.py
    }
    for of in sorted(named.keys() | replay.periods.keys()):
        if named.get(of, NO_RUN) != replay.periods[of]:
            says, is_so = (_of_period(*pair) for pair in (named.get(of, NO_RUN), replay.periods[of]))
            yield f"Period {of[1]} of {of[0]!r} says {says}; by the facts it is {is_so}."


def _of_period(run: str | None, voided: str | None) -> str:
    return f"the run {run or 'none'}" + (f", {voided} voided" if voided else "")


def received_of(run: SteppedRun, amounts: Mapping[str, int], before: Mapping[str, int]) -> dict[str, int]:
    """By distributor what people received for the period once a run had paid whom it did, and was voided."""
    paid = amounts if run.marks.get("paid_rest_seq") is not None else run.paid
    received = dict(before)
    for id in paid:
        received[id] = received.get(id, 0) + to_pay(amounts.get(id, 0), received.get(id, 0))
    return received


def set_off_problems(run: SteppedRun, amounts: Mapping[str, int], received: Mapping[str, int]) -> Iterator[str]:
    """Where the fact that committed a run says otherwise of what voided runs paid than their statements."""
    left = {id: to_pay(amounts.get(id, 0), got) for id, got in received.items()}
    is_so = (
        sum(amounts.get(id, 0) != 0 and not rest for id, rest in left.items()),
        sum(amounts.get(id, 0) - rest for id, rest in left.items()),
        sum(max(0, got - amounts.get(id, 0)) for id, got in received.items() if got),
    )
    said = tuple(run.marks.get(name) or 0 for name in ("set_off_people", "set_off_amount", "overpaid_amount"))
    if said != is_so:
        yield (
            f"Fact {run.committed_seq} sets off {said[1]} for {said[0]} people against run {run.run_id}, {said[2]} "
            f"overpaid; by what voided runs paid it is {is_so[1]} for {is_so[0]}, {is_so[2]} overpaid."
        )


def paid_problems(run: SteppedRun, amounts: Mapping[str, int]) -> Iterator[str]:
    """Where a fact paid another amount than was left to pay to those whom it names. `amounts` by distributor."""
    for seq, (people, amount) in run.paid_by.items():
        owed = sum(amounts.get(id, 0) for id in people)
        if people and owed != amount:
            yield f"Fact {seq} paid {amount} by run {run.run_id}; the statements of those it names say {owed}."

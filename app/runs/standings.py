"""How one person stands in a period; of a stored run read from the rows of its files that are theirs, and the run is
not opened.

A file has a row a person, by ix, so that two row groups tell all of it. Nothing of a run ever changes but how far it
has come, which is not told here: what was read once is kept.
"""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from app.blobs.store import BlobStore
from app.engine.models import Ranks
from app.engine.reasons import RankCard, ReportCard, report_card
from app.periods.calendars import name_of
from app.plans.binary import Binary
from app.plans.loader import parse_plan
from app.plans.models import Plan
from app.runs.calculation import MEASURE, PAST
from app.runs.models import PeriodMet, RankDecision, Run
from app.runs.tables import some_at

MOST_KEPT: Final = 5_000
"""Standings, a few KiB each."""
PLANS_KEPT: Final = 8
_OF_PEOPLE: Final = frozenset({"enrolled", "title", "highest", "decision"})
_OF_RANKS: Final = frozenset(
    {
        *("paid_as", "pay", "active", "met", "highest", "earned", "taken_back", "paid"),
        *("left_matched", "right_matched", "left_out", "right_out"),
    }
)
_BONUS: Final = "bonus:"


class StoredRun(NamedTuple):
    """Where a run is stored, and as of which fact it is."""

    id: str
    calendar: str
    period: int
    seq: int
    people_blob: str
    ranks_blob: str
    plan_blob: str

    @classmethod
    def of(cls, run: Run) -> "StoredRun":
        """The files of a run."""
        return cls(*(getattr(run, name) for name in cls._fields))


@dataclass(frozen=True, slots=True)
class Pay:
    """What a person earns by each bonus, minor units, as of the fact `seq`, and what bonuses come to together.

    `taken_back`: zero, or below it what returns after the close take back of what earlier runs paid. `paid`: what of
    both, and of what is owed from before, is paid out. `matched`: CV of the left and the right leg that was matched,
    zero where the plan has no binary bonus.
    """

    seq: int
    bonuses: tuple[tuple[str, int], ...]
    earned: int
    taken_back: int
    paid: int
    matched: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person stands in a period as of the fact `seq`, by a run or, where that is None, live (app/live).

    `ranks`: of this person alone, as row 0. `past`: the periods before that ranks look at, and the run that tells of
    each, the latest first. `pay`: None while nobody has worked it out. `carried`: CV of the left and the right leg that
    the period leaves for the next one; None of what is live, and where the plan has no binary bonus. `enrolled`:
    whether they had joined by the end of the period; a run tells of nobody else.
    """

    period: str
    run: str | None
    seq: int
    plan: Plan
    ranks: Ranks
    highest: str | None
    decision: RankDecision | None
    past: tuple[tuple[str, str | None], ...]
    pay: Pay | None
    carried: tuple[int, int] | None
    enrolled: bool = True

    @property
    def live(self) -> bool:
        """Whether it is followed from fact to fact."""
        return self.run is None

    @property
    def paid_as(self) -> str | None:
        return self._named("paid_as")

    @property
    def title(self) -> str | None:
        return self._named("title")

    @property
    def pay_rank(self) -> str | None:
        return self._named("pay")

    @property
    def active(self) -> bool:
        return bool(self.ranks.active[0])

    def report_card(self) -> ReportCard:
        """What the rank paid as and the next two ask, and what the person has."""
        return report_card(self.plan, self, 0)

    def periods_met(self, card: RankCard) -> list[PeriodMet]:
        """What was met in this period and in each before that a rank looks at."""
        told = [(self.period, self.run), *self.past]
        return [PeriodMet(*of, met) for of, met in zip(told, card.periods_met, strict=False)]

    def _named(self, column: str) -> str | None:
        names = (*self.plan.rank_names, None)  # -1 is the last
        return names[int(getattr(self.ranks, column)[0])]


class RunStandings:
    """Keeps the last standings that were asked for, and their plans."""

    def __init__(self, blobs: BlobStore, most_kept: int = MOST_KEPT) -> None:
        self._blobs = blobs
        self._most_kept = most_kept
        self._kept: OrderedDict[tuple[str, int], Standing | None] = OrderedDict()
        self._plans: OrderedDict[str, Plan] = OrderedDict()

    async def of(self, run: StoredRun, ix: int) -> Standing | None:
        """None of who had not joined by the end of the run's period, as far as it knew."""
        key = run.id, ix
        if key not in self._kept:
            self._kept[key] = await asyncio.to_thread(self._read, run, ix)
            while len(self._kept) > self._most_kept:
                self._kept.popitem(last=False)
            return self._kept[key]
        self._kept.move_to_end(key)
        return self._kept[key]

    def _read(self, run: StoredRun, ix: int) -> Standing | None:
        person = some_at(
            self._blobs.open(run.people_blob), ix, lambda name: name in _OF_PEOPLE or name.startswith(PAST)
        )
        if person is None or not person["enrolled"]:
            return None
        ranks = some_at(
            self._blobs.open(run.ranks_blob), ix, lambda name: name in _OF_RANKS or name.startswith((MEASURE, _BONUS))
        )
        return None if ranks is None else _standing(run, self._plan(run), person, ranks)

    def _plan(self, run: StoredRun) -> Plan:
        plan = self._plans.get(run.plan_blob)
        if plan is None:
            plan = self._plans[run.plan_blob] = parse_plan(self._blobs.get(run.plan_blob), f"plan of run {run.id}")
            while len(self._plans) > PLANS_KEPT:
                self._plans.popitem(last=False)
        return plan


def _standing(run: StoredRun, plan: Plan, person: Mapping[str, Any], row: Mapping[str, Any]) -> Standing:
    past = [name.split(":") for name in person if name.startswith(PAST)]
    decision = RankDecision(**json.loads(person["decision"])) if person["decision"] else None
    bonuses = tuple((bonus.name, row[f"{_BONUS}{number}"]) for number, bonus in enumerate(plan.bonuses))
    carries = any(isinstance(bonus, Binary) for bonus in plan.bonuses)
    return Standing(
        period=name_of(run.calendar, run.period),
        run=run.id,
        seq=run.seq,
        plan=plan,
        ranks=_ranks(plan, person, row, decision),
        highest=row["highest"] or None,
        decision=decision,
        past=tuple((name, told_by or None) for _, name, told_by in past),
        pay=Pay(
            run.seq,
            bonuses,
            earned=row["earned"],
            taken_back=row["taken_back"],
            paid=row["paid"],
            matched=(row["left_matched"], row["right_matched"]),
        ),
        carried=(row["left_out"], row["right_out"]) if carries else None,
    )


def _ranks(plan: Plan, person: Mapping[str, Any], row: Mapping[str, Any], decision: RankDecision | None) -> Ranks:
    """As `stored_result` has them of everybody: what people bring along is told by names that the plan may not know."""
    index = {name: number for number, name in enumerate(plan.rank_names)}
    title, highest_before = index.get(person["title"], -1), index.get(person["highest"], -1)
    met_before = [index.get(met, -1) for name, met in person.items() if name.startswith(PAST)][: plan.looks_back]
    measures = [name for name in row if name.startswith(MEASURE)]
    return Ranks(
        paid_as=_rank(row["paid_as"]),
        title=_rank(title),
        pay=_rank(row["pay"]),
        active=np.array([row["active"]], np.bool_),
        met=_rank(row["met"]),
        highest=_rank(index.get(row["highest"], -1)),
        reached=_rank(max(title, highest_before)),
        decided=_rank(-1 if decision is None else index.get(decision.rank, -1)),
        past=_column(met_before, np.int16),
        measures=tuple(name.removeprefix(MEASURE) for name in measures),
        actuals=_column([row[name] for name in measures], np.int64),
    )


def _rank(number: int) -> Any:
    return np.array([number], np.int16)


def _column(values: Sequence[int], of: type[np.signedinteger[Any]]) -> Any:
    """A row for each, of one person."""
    return np.array(values, of).reshape(-1, 1)

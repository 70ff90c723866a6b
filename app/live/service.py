"""How somebody stands in an open period: by this process's mirror, by another's over Redis, else by the newest run."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import numpy as np
import orjson

from app.access.visibility import NotVisibleError
from app.cache import Questions
from app.graph import GraphDatabase
from app.live import wire
from app.live.mirrors import Mirrors
from app.live.models import Earned, LiveNotReadyError, PastName, Standing
from app.periods.calendars import Calendar
from app.periods.models import Period
from app.plans.models import Plan
from app.plans.service import PlanService
from app.runs.before import PeriodsBefore
from app.runs.opened import OpenedRun, OpenedRuns
from app.volumes.live import LiveFigures, PeriodNotOpenError

TOPIC: Final = "live"
AGAIN_S: Final = 2
_PLANS_KEPT: Final = 8


@dataclass(frozen=True, slots=True)
class Judged:
    """A standing with the plan by which it is."""

    standing: Standing
    plan: Plan


@dataclass(frozen=True, slots=True)
class Answer:
    """How somebody stands in a period, and, where no live pay is known yet, what the newest run says of it."""

    period: Period
    rank: Judged
    pay: Judged


class LiveService:
    def __init__(
        self,
        graph: GraphDatabase,
        *,
        mirrors: Mirrors,
        questions: Questions | None,
        figures: LiveFigures,
        plans: PlanService,
        before: PeriodsBefore,
        opened: OpenedRuns,
    ) -> None:
        self._graph = graph
        self._mirrors = mirrors
        self._questions = questions
        self._figures = figures
        self._plans = plans
        self._before = before
        self._opened = opened
        self._known: OrderedDict[str, Plan] = OrderedDict()

    async def of(self, distributor_id: str, name: str | None, calendar: Calendar | None = None) -> Answer:
        """How somebody stands in the open period called `name`, else in the present one of a calendar.

        Raises PeriodNotOpenError, UnknownPeriodError, InvalidPeriodError, NotVisibleError for nobody, LiveNotReadyError
        where neither a worker nor a run tells.
        """
        period = await self._figures.period(name, calendar)
        if period is None or not period.open:
            what = "No period is open" if period is None else f"Period {period.name} is closed"
            raise PeriodNotOpenError(f"{what}, so nothing in it is live; its run tells ranks and pay.")
        row = await self._graph.read_one("queries/live/ix_of", {"id": distributor_id})
        if row is None:
            raise NotVisibleError(f"There is no distributor '{distributor_id}' that you may see.")
        live = await self._live(period, row["ix"])
        if live is not None and live.standing.earned is not None:
            return Answer(period, live, live)
        preview = await self._preview(period, row["ix"], distributor_id)
        found = live or preview
        if found is None:
            raise LiveNotReadyError(
                f"No worker tells live ranks of {period.name} at the moment, and no run of it has been calculated; try "
                "again in a few seconds.",
                retry_after_s=AGAIN_S,
            )
        return Answer(period, found, preview or found)

    async def _live(self, period: Period, ix: int) -> Judged | None:
        standing = self._mirrors.standing(period.name, ix)
        if standing is None and self._questions is not None:
            answer = await self._questions.ask(orjson.dumps([period.name, ix]))
            standing = None if answer is None else wire.read(answer)
        return None if standing is None else Judged(standing, await self._plan(standing.plan_hash))

    async def _preview(self, period: Period, ix: int, distributor_id: str) -> Judged | None:
        run = await self._before.nearest_to_pay(period)
        if run is None:
            return None
        opened = await self._opened.open(run)
        if opened.ix_of.get(distributor_id) != ix:
            return None  # of somebody who enrolled after it
        return Judged(preview_of(opened, ix), opened.plan)

    async def _plan(self, hash: str) -> Plan:
        if hash not in self._known:
            self._known[hash] = await self._plans.stored(hash)
            while len(self._known) > _PLANS_KEPT:
                self._known.popitem(last=False)
        return self._known[hash]


def preview_of(opened: OpenedRun, ix: int) -> Standing:
    """How a run says that somebody stands."""
    result, carry = opened.result, opened.result.carry
    amounts = tuple(result.totals.by_person[:, ix].tolist())
    return Standing(
        source="preview",
        seq=opened.run.seq,
        enrolled=bool(opened.taken.enrolled[ix]),
        plan_hash=opened.run.plan_hash,
        ranks=result.ranks.of(np.array([ix])),
        past=tuple(PastName(each.name, each.run) for each in opened.taken.snapshot.past),
        earned=Earned(opened.run.seq, amounts, (int(carry.left_matched[ix]), int(carry.right_matched[ix]))),
        run=opened.run.id,
    )


def answer_by(mirrors: Mirrors, question: bytes) -> bytes:
    """What this process's mirrors say to another's question."""
    period, ix = orjson.loads(question)
    return wire.written(mirrors.standing(period, ix))

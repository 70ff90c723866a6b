"""How somebody stands in an open period: by this process's mirror, by another's over Redis, else by the newest run."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import orjson

from app.access.visibility import NotVisibleError
from app.cache import Questions
from app.graph import GraphDatabase
from app.live import wire
from app.live.mirrors import Mirrors
from app.live.models import LiveNotReadyError
from app.periods.calendars import Calendar
from app.periods.models import Period
from app.plans.models import Plan
from app.plans.service import PlanService
from app.runs.before import PeriodsBefore
from app.runs.standings import RunStandings, Standing, StoredRun
from app.volumes.live import LiveFigures, PeriodNotOpenError

TOPIC: Final = "live"
AGAIN_S: Final = 2
_PLANS_KEPT: Final = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """How somebody stands in a period, and, where no live pay is known yet, what the newest run says of it."""

    period: Period
    rank: Standing
    pay: Standing


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
        standings: RunStandings,
    ) -> None:
        self._graph = graph
        self._mirrors = mirrors
        self._questions = questions
        self._figures = figures
        self._plans = plans
        self._before = before
        self._standings = standings
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
        ix = await self._ix_of(distributor_id)
        live = await self.live_of(ix, period)
        if live is not None and live.pay is not None:
            return Answer(period, live, live)
        preview = await self._preview(period, ix)
        found = live or preview
        if found is None:
            raise LiveNotReadyError(
                f"No worker tells live ranks of {period.name} at the moment, and no run of it that knows "
                f"{distributor_id} has been calculated; try again in a few seconds.",
                retry_after_s=AGAIN_S,
            )
        return Answer(period, found, preview or found)

    async def _ix_of(self, distributor_id: str) -> int:
        row = await self._graph.read_one("queries/access/ix_of", {"id": distributor_id})
        if row is None:
            raise NotVisibleError(f"There is no distributor '{distributor_id}' that you may see.")
        return int(row["ix"])

    async def live_of(self, ix: int, period: Period) -> Standing | None:
        """How somebody stands in an open period, as a worker tells it; None where none does, or not of them."""
        standing = self._mirrors.standing(period.name, ix)
        if standing is not None or self._questions is None:
            return standing
        answer = await self._questions.ask(orjson.dumps([period.name, ix]))
        said = None if answer is None else wire.said(answer)
        return None if said is None else wire.standing(said, await self._plan(said["plan"]))

    async def _preview(self, period: Period, ix: int) -> Standing | None:
        """By the newest run; None without one, and of who joined after it."""
        run = await self._before.nearest_to_pay(period)
        return None if run is None else await self._standings.of(StoredRun.of(run), ix)

    async def _plan(self, hash: str) -> Plan:
        if hash not in self._known:
            self._known[hash] = await self._plans.stored(hash)
            while len(self._known) > _PLANS_KEPT:
                self._known.popitem(last=False)
        return self._known[hash]


def answer_by(mirrors: Mirrors, question: bytes) -> bytes:
    """What this process's mirrors say to another's question."""
    period, ix = orjson.loads(question)
    return wire.written(mirrors.standing(period, ix))

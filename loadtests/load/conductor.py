"""One run: a company with a committed month, an API process and a worker, then stage after stage of callers."""

import asyncio
import itertools
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import numpy as np
from pydantic import SecretStr

from app.access.models import Role
from app.access.tokens import issue_token
from app.demo.commit import commit_with_two
from app.errors import BanyanError
from app.facts.verify import verify_chain
from app.plans.loader import library, load_plan
from app.wiring import open_house
from loadtests.api_process import COMPANY, SECRET
from loadtests.company import ACTOR, MONTHS, Say, id_of
from loadtests.counting import Counting
from loadtests.dashboards import preview
from loadtests.faults.ground import Ground, SettingsOf, filled
from loadtests.faults.house import Service, service, until
from loadtests.load.asks import MIX, Name
from loadtests.load.draws import Roots
from loadtests.load.hour import leave_pages
from loadtests.load.looks import Looks, looks_of
from loadtests.load.rows import Goal, Row, rows_of
from loadtests.load.stages import VARIABLE, Seen, Stage, of_file

PLAN: Final = "sample"
HIT_RATE: Final = "hits among looks for pages"
HOT: Final = "hot subtrees"
ONE_BY_ONE: Final = "a page first, and again"
GOALS: Final[Mapping[tuple[str, str], Goal]] = {
    (HOT, HIT_RATE): Goal(share=0.85),
    (ONE_BY_ONE, "page of 50, again"): Goal(p95_ms=10),
    (ONE_BY_ONE, "page of many, first"): Goal(p95_ms=80),
}
"""Of a million people, while orders flow."""
LONGER_S: Final = 120.0
"""After the time of a stage, for what is under way."""


class LostOrdersError(BanyanError):
    """The graph holds more or fewer orders than were answered for: no figure of this is worth reading."""

    title = "Orders lost or doubled"


class CallersFailedError(BanyanError):
    """Locust ended without a word about what it saw."""

    title = "Callers failed"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run asks."""

    people: int
    rates: tuple[float, ...]
    """Requests a second of the mix, one stage each."""
    seconds: float
    warm_s: float
    orders: float
    """A second, beside pages."""
    pages: float
    """A second, about roots by Zipf's law."""
    asked_before: int
    """Pages before those that are counted: a cache that has run for a while is what people meet."""
    firsts: float
    """Pages a second of each size that nobody asked for before."""
    many: int
    """People on a large page."""
    seed: int = 5

    def mixed(self, rate: float) -> dict[Name, float]:
        return {name: rate * share for name, share in MIX.items()}

    @property
    def hot(self) -> dict[Name, float]:
        return {"hot page": self.pages, "order": self.orders}

    @property
    def one_by_one(self) -> dict[Name, float]:
        return {"page of 50, first": self.firsts, "page of many, first": self.firsts, "order": self.orders}

    @property
    def onces(self) -> int:
        """How many people nobody else asks about: more than come by chance."""
        return int(4 * self.firsts * self.seconds) + 20


WHOLE: Final = Plan(
    people=1_000_000,
    rates=(25.0, 50.0, 75.0, 100.0),
    seconds=60.0,
    warm_s=30.0,
    orders=100.0,
    pages=100.0,
    asked_before=360_000,
    firsts=1.0,
    many=1_000,
)
QUICK: Final = Plan(
    people=1_000,
    rates=(10.0, 20.0),
    seconds=5.0,
    warm_s=3.0,
    orders=10.0,
    pages=20.0,
    asked_before=200,
    firsts=1.0,
    many=20,
)


async def run(plan: Plan, settings_of: SettingsOf, folder: Path, tell: Callable[[Row], None], say: Say) -> None:
    """Every stage of the plan; each row is told as it comes."""
    async with AsyncExitStack() as stack:
        ground = await stack.enter_async_context(filled(plan.people, settings_of, folder, say))
        await _pay(ground)
        parts = await stack.enter_async_context(service(ground, 1, folder))
        await _live(parts)
        await _Stages(plan, parts, ground, folder, tell).run()
        report = await verify_chain(parts.house.graph)
        if not report.intact:
            raise LostOrdersError("; ".join(report.problems[:3]))


async def _pay(ground: Ground) -> None:
    """The first month is paid, and the open one is previewed, as it is by night."""
    async with open_house(ground.settings, ground.endpoints) as house:
        await Counting(house).catch_up()
        await house.periods.close(MONTHS[0], key="close", actor=ACTOR)
        calculated = await house.runs.calculate(MONTHS[0], load_plan(library()[PLAN]))
        await commit_with_two(house, calculated.id)
        await preview(house)


async def _live(parts: Service) -> None:
    """Return once the worker answers for ranks and pay of the open month."""
    token = issue_token(SecretStr(SECRET), COMPANY, Role.SUPPORT)
    async with httpx.AsyncClient(timeout=10, headers={"Authorization": f"Bearer {token}"}) as client:

        async def answered() -> bool:
            try:
                answer = await client.get(f"{parts.homes[0]}/v1/distributors/{id_of(0)}/live?period={MONTHS[1]}")
            except httpx.HTTPError:
                return False
            return answer.status_code == httpx.codes.OK

        await until("live ranks", answered)


class _Stages:
    """Each is a process of Locust, and is counted in the graph."""

    def __init__(self, plan: Plan, parts: Service, ground: Ground, folder: Path, tell: Callable[[Row], None]) -> None:
        self._plan = plan
        self._parts = parts
        self._folder = folder
        self._tell = tell
        self._once = _wide(ground, plan.many, plan.onces, plan.seed)
        self._numbers = itertools.count(1)

    async def run(self) -> None:
        plan = self._plan
        await self._stage("warm-up", plan.mixed(plan.rates[0]), plan.warm_s)
        for rate in plan.rates:
            what = f"the mix at {rate:g} a second"
            stage, seen, late = await self._stage(what, plan.mixed(rate), plan.seconds)
            for row in rows_of(stage, seen, late, together=True):
                self._tell(row)
        await leave_pages(self._parts.homes[0], self._asked_before())
        await self._stage(f"warm-up: {HOT}", plan.hot, plan.warm_s)
        before = await self._looks()
        stage, seen, late = await self._stage(HOT, plan.hot, plan.seconds)
        for row in (*rows_of(stage, seen, late, together=False), self._hits((await self._looks()).since(before))):
            self._tell(self._judged(row))
        stage, seen, late = await self._stage(ONE_BY_ONE, plan.one_by_one, plan.seconds, self._once)
        for row in rows_of(stage, seen, late, together=False):
            self._tell(self._judged(row))

    async def _stage(
        self, what: str, rates: Mapping[Name, float], seconds: float, once: Sequence[str] = ()
    ) -> tuple[Stage, dict[str, Seen], list[float]]:
        """Raises LostOrdersError, CallersFailedError."""
        number, plan = next(self._numbers), self._plan
        stage = Stage(
            what, dict(rates), seconds, plan.people, plan.seed + number, SECRET, COMPANY,
            out=str(self._folder / f"stage-{number}.json"), label=f"load-{number}", once=tuple(once), many=plan.many,
        )  # fmt: skip
        before = await self._parts.head()
        seen, late = await _called(stage, self._parts.homes[0], self._folder / f"stage-{number}.log")
        must_be_counted(what, seen.get("order", Seen()), await self._parts.head() - before)
        return stage, seen, late

    def _asked_before(self) -> list[str]:
        """Others than in any stage."""
        return Roots(self._plan.people, np.random.default_rng(self._plan.seed)).asked(self._plan.asked_before)

    async def _looks(self) -> Looks:
        async with httpx.AsyncClient(timeout=10) as client:
            page = await client.get(f"{self._parts.homes[0]}/metrics")
        return looks_of(page.text, "structure")

    def _hits(self, looks: Looks) -> Row:
        return Row(HOT, HIT_RATE, answers=int(looks.all), share=looks.share or 0.0)

    def _judged(self, row: Row) -> Row:
        return judged(row, self._plan.people)


def must_be_counted(what: str, orders: Seen, written: int) -> None:
    """Raise LostOrdersError unless what was answered for is there, and nothing that was not sent."""
    if not len(orders.ms) <= written <= len(orders.ms) + orders.failed:
        raise LostOrdersError(f"{what}: {len(orders.ms):,} orders were answered for, and {written:,} are in the graph")


def judged(row: Row, people: int) -> Row:
    """With what was asked of it, where that was asked."""
    goal = GOALS.get((row.stage, row.what)) if people == WHOLE.people else None
    return row if goal is None else row.against(goal)


async def _called(stage: Stage, home: str, log: Path) -> tuple[dict[str, Seen], list[float]]:
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "locust", "--locustfile", str(Path(__file__).with_name("locustfile.py")),
            "--headless", "--only-summary", "--users", "3", "--spawn-rate", "3", "--host", home,
            "--exit-code-on-error", "0", "--loglevel", "WARNING",
            env={**os.environ, VARIABLE: stage.as_text()},
            stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
        try:
            async with asyncio.timeout(stage.seconds + LONGER_S):
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    return await asyncio.to_thread(_seen, stage, log)


def _seen(stage: Stage, log: Path) -> tuple[dict[str, Seen], list[float]]:
    file = Path(stage.out)
    if not file.exists():
        raise CallersFailedError(f"{stage.what}: {log.read_text(errors='replace')[-2000:]}")
    return of_file(file.read_bytes())


def _wide(ground: Ground, many: int, count: int, seed: int) -> list[str]:
    """People with more than so many below, in any order; the top ones are left out, whom others ask about."""
    wide = np.flatnonzero(ground.sizes > many)[1:]
    return [id_of(int(ix)) for ix in np.random.default_rng(seed).permutation(wide)[:count]]

"""One run: a company, the service and its clients as processes, then fault after fault with a comparison after each."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loadtests.api_process import bearer
from loadtests.company import Say
from loadtests.faults.callers import Callers, calling
from loadtests.faults.client import Config
from loadtests.faults.comparing import compare
from loadtests.faults.doing import do
from loadtests.faults.ground import SettingsOf, filled
from loadtests.faults.house import Service, service, until
from loadtests.faults.rows import Row, row_of
from loadtests.faults.schedule import Fault, Kind, schedule

FLOWS: Final = 10
"""Facts that must have come before a fault is done: without a load it would show nothing."""
SETTLE_S: Final = 1.0
"""The load goes on for so long after the part is back."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run does."""

    people: int
    counts: Mapping[Kind, int]
    clients: int
    rate: float
    """Commands a second, of all clients together."""
    callers: int
    """Of each client, and so how many of its commands are under way at most."""
    seed: int
    least_s: float
    most_s: float
    members: int = 2

    @property
    def faults(self) -> tuple[Fault, ...]:
        return schedule(self.seed, self.counts, least_s=self.least_s, most_s=self.most_s, members=self.members)

    def examined_after(self, fault: Fault) -> bool:
        """Whether the doctor examines everything: after each end of the graph, and at last."""
        return fault.kind == "neo4j" or fault.number == sum(self.counts.values())


WHOLE: Final = Plan(
    people=1_000_000,
    counts={
        "api": 7,
        "worker": 6,
        "worker_before_refresh": 6,
        "neo4j": 6,
        "redis": 6,
        "old_leader": 2,
        "resting_leader": 2,
        "redis_stalled": 2,
        "redis_flushed": 2,
    },
    clients=4,
    rate=100.0,
    callers=16,
    seed=11,
    least_s=3.0,
    most_s=10.0,
)
QUICK: Final = Plan(
    people=1_000,
    counts={"worker_before_refresh": 1, "api": 1, "neo4j": 1, "redis": 1, "resting_leader": 1},
    clients=2,
    rate=40.0,
    callers=8,
    seed=11,
    least_s=0.5,
    most_s=1.5,
)


async def run(plan: Plan, settings_of: SettingsOf, folder: Path, tell: Callable[[Row], None], say: Say) -> None:
    """Every fault of the plan; each row is told as it comes."""
    async with AsyncExitStack() as stack:
        ground = await stack.enter_async_context(filled(plan.people, settings_of, folder, say))
        parts = await stack.enter_async_context(service(ground, plan.members, folder))
        since = await parts.head()
        callers = await stack.enter_async_context(calling(_configs(plan, parts, folder), folder / "clients.log"))
        for fault in plan.faults:
            say(f"fault {fault.number}: {fault.words}")
            tell(await _one(fault, parts, callers, since, plan.people, whole=plan.examined_after(fault)))


async def _one(fault: Fault, parts: Service, callers: Callers, since: int, people: int, *, whole: bool) -> Row:
    before = await parts.head()

    async def flows() -> bool:
        return await parts.head() >= before + FLOWS

    callers.flow()
    await until("the load flows", flows)
    await asyncio.sleep(fault.after_s)
    done = await do(parts, callers, fault)
    await asyncio.sleep(SETTLE_S)
    await callers.pause()
    return row_of(fault, done, await compare(parts, callers.journals, since, people, whole=whole))


def _configs(plan: Plan, parts: Service, folder: Path) -> list[Config]:
    return [
        Config(
            name=f"c{number}",
            homes=tuple(parts.homes),
            bearer=bearer(),
            journal=str(folder / f"c{number}.journal"),
            people=plan.people,
            seed=plan.seed,
            rate=plan.rate / plan.clients,
            callers=plan.callers,
        )
        for number in range(plan.clients)
    ]

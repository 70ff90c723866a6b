"""`python -m loadtests.orders_in`: how many orders come in, alone and in bulk, with the callers on the same machine.

A company on servers of our own, the API in a process as `banyan serve` runs it, roll-up and all, and the callers in
another. With `--every` again without the roll-up, as beside a worker elsewhere, and then with three processes. Closed
loop: each caller sends the next request when the last one is answered. Open loop: requests come at a rate, whatever
becomes of those before, and a time begins when its request was due. After each the facts in the graph are counted: as
many as were answered for, or the figure is none.
"""

import argparse
import asyncio
import os
import pstats
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import psutil

from app.errors import BanyanError
from app.facts.verify import verify_chain
from app.graph import GraphDatabase
from app.logs import configure_logs
from app.runtime import Endpoints
from app.volumes.rollup import LEASE_MS
from loadtests.alone import alone
from loadtests.api_process import ApiProcess, api_process, bearer
from loadtests.company import size_of
from loadtests.counting import Counting
from loadtests.filling import Servers, begin, fill_live, filled_offline, make, serving, settings_in
from loadtests.order_callers import OVERLOADED, Load, Sold, sell
from loadtests.report import head, say, whisper, write
from loadtests.sheet import Sheet
from loadtests.timing import percentile
from loadtests.trees import HEAVY_TAILED

COMMITTED: Final = Path("bench/orders_in.json")
"""Of whole runs only; the others go where git does not look."""
OTHERS: Final = Path("out/orders_in.json")
WHOLE: Final = (1_000_000, 40.0)
QUICK: Final = (1_000, 5.0)
"""People, seconds a stage."""
CALLERS: Final = 32
BULK_CALLERS: Final = 2
"""For each process of the API."""
OPEN_CALLERS: Final = 512
A_BULK: Final = 1_000
PROMISED: Final = 300
PROMISED_IN_BULK: Final = 5_000
"""Orders a second, on two cores."""
TOO_MANY: Final = 2.0
"""Times the rate at which one by one is answered."""
PROFILED: Final = 40
"""Functions told of a profile."""
MOST_LIVE: Final = 20_000
"""People of a company that is imported into servers that run; a larger one is built beside them."""


class CountedOtherwiseError(BanyanError):
    """The graph holds more or fewer orders than were answered for: no figure of this is worth reading."""

    title = "Orders lost or doubled"


@dataclass(frozen=True, slots=True)
class Setting:
    """How the API runs."""

    processes: int
    roll_up: bool
    """Whether they roll up as well; one of them reigns."""

    @property
    def words(self) -> str:
        processes = "one process" if self.processes == 1 else f"{self.processes} processes"
        return f"{processes}, {'roll-up and all' if self.roll_up else 'without the roll-up'}"


PROMISED_OF: Final = Setting(1, roll_up=True)
EVERY: Final = (PROMISED_OF, Setting(1, roll_up=False), Setting(3, roll_up=True))


@dataclass(frozen=True, slots=True)
class Figures:
    """One stage. Times are milliseconds a request, shares are of one core."""

    what: str
    accepted: int
    per_second: float
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    refused: dict[str, int]
    cpu: dict[str, float]
    asked: float | None = None
    """Orders a second."""
    lag: int = 0
    """Facts that the roll-up had not counted when the stage ended."""

    @property
    def line(self) -> str:
        percentiles = (self.p50_ms, self.p95_ms, self.p99_ms)
        times = "".join(" " * 9 if value is None else f"{value:>9,.1f}" for value in percentiles)
        verdict = "" if self.asked is None else f"  {self.asked:,.0f} asked: {'yes' if self.met else 'no'}"
        cpu = " ".join(f"{name} {share:.2f}" for name, share in self.cpu.items())
        rate = f"{self.what:<44}{self.accepted:>9,}{self.per_second:>11,.0f}"
        return f"{rate}{times}  {cpu}{verdict}  {self.lag:,} to roll up  {self.refused or ''}"

    @property
    def met(self) -> bool:
        return self.asked is not None and self.per_second >= self.asked


def main() -> None:
    """Measure, show, and keep."""
    chosen = _arguments()
    configure_logs("ERROR")
    settings = EVERY if chosen.every else (Setting(chosen.processes, not chosen.no_roll_up),)
    measured = asyncio.run(_measured(chosen.people, chosen.seconds, settings, profile=chosen.profile))
    report = {
        **head(),
        "company": {"people": chosen.people, "seconds": chosen.seconds},
        "settings": [
            {**asdict(setting), "load_average": load, "rows": [asdict(row) | _verdict(row) for row in rows]}
            for setting, load, rows in measured
        ],
    }
    whole = settings == (PROMISED_OF,) and (chosen.people, chosen.seconds) == WHOLE
    out = chosen.out or (COMMITTED if whole else OTHERS)
    write(out, report)
    say(f"written to {out}")


def _verdict(row: "Figures") -> dict[str, bool]:
    return {} if row.asked is None else {"met": row.met}


async def _measured(
    people: int, seconds: float, settings: Sequence[Setting], *, profile: bool
) -> list[tuple[Setting, float, list["Figures"]]]:
    """The rows of each setting, and how busy the machine was when they began: what else runs takes from them."""
    measured: list[tuple[Setting, float, list[Figures]]] = []
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="banyan-orders-")))
        house, endpoints = await stack.enter_async_context(_filled(people, folder))
        for number, setting in enumerate(settings):
            load = os.getloadavg()[0]
            say(f"\n{people:,} people; {setting.words}; load average {load:.1f}")
            async with _api(endpoints, folder / f"api-{number}", setting) as apis:
                stages = Stages(house.graph, apis, people)
                measured.append((setting, load, await measure(stages, seconds)))
                if profile:
                    await _profiled(stages, seconds)
            if number + 1 < len(settings):
                await asyncio.sleep(LEASE_MS / 1000)  # of whoever rolled up there
                await Counting(house).catch_up()
        report = await verify_chain(house.graph)
        if not report.intact:
            raise CountedOtherwiseError("; ".join(report.problems[:3]))
    return measured


@asynccontextmanager
async def _filled(people: int, folder: Path) -> AsyncIterator[Servers]:
    """Servers with a company that is rolled up."""
    sheet = Sheet({}, whisper)
    sheet.section(HEAVY_TAILED, people)
    make(HEAVY_TAILED, people, folder / "files", sheet)
    async with AsyncExitStack() as stack:
        servers = await stack.enter_async_context(serving(settings_in(folder / "servers"), whisper))
        start = await begin(servers[0])
        if people <= MOST_LIVE:
            await fill_live(servers[0], folder / "files", sheet)
        else:
            await stack.aclose()
            (folder / "large").mkdir()
            large = filled_offline(settings_in(folder / "large"), folder / "files", start, sheet, whisper)
            servers = await stack.enter_async_context(large)
            await Counting(servers[0]).catch_up()
        yield servers


@asynccontextmanager
async def _api(endpoints: Endpoints, folder: Path, setting: Setting) -> AsyncIterator[list[ApiProcess]]:
    async with AsyncExitStack() as stack:
        started = []
        for number in range(setting.processes):
            own = folder / str(number)
            own.mkdir(parents=True)
            started.append(await stack.enter_async_context(api_process(endpoints, own, roll_up=setting.roll_up)))
        yield started


async def measure(stages: "Stages", seconds: float) -> list[Figures]:
    """Every stage, each so long."""
    await stages.run("warm-up", seconds / 2, CALLERS)
    closed = await stages.run("one by one, closed loop", seconds, CALLERS, asked=PROMISED)
    at_rate = await stages.run("one by one, at the promised rate", seconds, OPEN_CALLERS, rate=PROMISED)
    beyond = await stages.run(
        "one by one, at twice what is answered", seconds, OPEN_CALLERS, rate=TOO_MANY * closed.per_second
    )
    callers = BULK_CALLERS * len(stages.apis)
    await stages.run("warm-up in bulk", seconds / 2, callers, a_bulk=A_BULK)
    bulk = await stages.run("in bulk, closed loop", seconds, callers, a_bulk=A_BULK, asked=PROMISED_IN_BULK)
    return [closed, at_rate, beyond, bulk]


class Stages:
    """Loads on the processes of one API, one after the other, each counted in the graph."""

    def __init__(
        self, graph: GraphDatabase, apis: Sequence[ApiProcess], people: int, tell: Callable[[str], None] = say
    ) -> None:
        self._graph = graph
        self.apis = apis
        self._people = people
        self._say = tell

    async def run(
        self, what: str, seconds: float, callers: int, *, rate: float = 0.0, a_bulk: int = 0, asked: float | None = None
    ) -> Figures:
        """One load. Raises CountedOtherwiseError."""
        before, used = await self._facts(), self._cpu_seconds()
        name = f"{before}-{what}".replace(" ", "-").replace(",", "")  # no other load's
        homes = [api.home for api in self.apis]
        load = Load(homes, bearer(), name, self._people, seconds, callers, rate=rate, a_bulk=a_bulk)
        sold, _ = await asyncio.to_thread(alone, sell, load)
        after = self._cpu_seconds()
        cpu = {who: round((after[who] - used[who]) / sold.seconds, 2) for who in used}
        written = await self._facts() - before
        unknown = sum(sold.refused.values()) - sold.refused[OVERLOADED]
        if not sold.accepted <= written <= sold.accepted + unknown * max(1, a_bulk):
            raise CountedOtherwiseError(
                f"{what}: {sold.accepted:,} orders were answered for, and {written:,} are in the graph"
            )
        figures = figures_of(what, sold, cpu | {"callers": round(sold.cpu_s / sold.seconds, 2)})
        figures = replace(figures, asked=asked, lag=await self._lag())
        self._say(figures.line)
        return figures

    async def _facts(self) -> int:
        row = await self._graph.read_one("queries/facts/head")
        return int(row["seq"]) if row else 0

    async def _lag(self) -> int:
        row = await self._graph.read_one("queries/volumes/lag")
        return int(row["head_seq"] - row["cursor_seq"]) if row else 0

    def _cpu_seconds(self) -> dict[str, float]:
        """Of the API and of Neo4j, so far."""
        found, ours = {"api": 0.0, "neo4j": 0.0}, {api.process.pid for api in self.apis}
        for process in psutil.Process().children(recursive=True):
            name = "api" if process.pid in ours else "neo4j" if "java" in process.name() else None
            if name is not None:
                used = process.cpu_times()
                found[name] += used.user + used.system
        return found


def figures_of(what: str, sold: Sold, cpu: dict[str, float]) -> Figures:
    """What callers saw."""
    p50, p95, p99 = (percentile(sold.times, share) * 1000 if sold.times else None for share in (0.5, 0.95, 0.99))
    return Figures(what, sold.accepted, sold.accepted / sold.seconds, p50, p95, p99, dict(sold.refused), cpu)


async def _profiled(stages: Stages, seconds: float) -> None:
    """Where the API's first process spends its time, by function. Watching costs more than a half, so these rates are
    none."""
    first = stages.apis[0]
    for what, callers, a_bulk in (("profile one by one", CALLERS, 0), ("profile in bulk", BULK_CALLERS, A_BULK)):
        first.profile()
        await stages.run(what, seconds, callers, a_bulk=a_bulk)
        first.profile()
        await asyncio.to_thread(_tell_profile, first.folder / "profile")


def _tell_profile(path: Path) -> None:
    while not path.exists():
        time.sleep(0.1)
    pstats.Stats(str(path), stream=sys.stdout).sort_stats("tottime").print_stats(PROFILED)
    path.unlink()


def _arguments() -> Any:
    parser = argparse.ArgumentParser(
        "python -m loadtests.orders_in", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a small company, and a few seconds for each stage")
    parser.add_argument("--people", type=size_of, help="such as 100k; else 1M, or 1k when quick")
    parser.add_argument("--seconds", type=float, help=f"for each stage; else {WHOLE[1]:g}, or {QUICK[1]:g} when quick")
    parser.add_argument("--no-roll-up", action="store_true", help="as beside a worker elsewhere")
    parser.add_argument("--processes", type=int, default=1, help="of the API")
    parser.add_argument("--every", action="store_true", help="one process with and without the roll-up, then three")
    parser.add_argument("--profile", action="store_true", help="tell where the API spends its time")
    parser.add_argument("--out", type=Path, help=f"else a whole run writes {COMMITTED}, any other {OTHERS}")
    chosen = parser.parse_args()
    people, seconds = QUICK if chosen.quick else WHOLE
    chosen.people = chosen.people or people
    chosen.seconds = chosen.seconds or seconds
    return chosen


if __name__ == "__main__":
    main()
